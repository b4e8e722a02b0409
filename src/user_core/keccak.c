/* The sponge over Keccak-f[1600] with a rate of 136 bytes. Not constant-time in the length; it hashes
 * nothing secret. */
#include "user_core/keccak.h"

enum { LANES = 25, ROUNDS = 24, RATE = 136, PADDING = 0x01, LAST = 0x80 };

static const uint64_t round_constants[ROUNDS] = {
    UINT64_C(0x0000000000000001), UINT64_C(0x0000000000008082), UINT64_C(0x800000000000808a),
    UINT64_C(0x8000000080008000), UINT64_C(0x000000000000808b), UINT64_C(0x0000000080000001),
    UINT64_C(0x8000000080008081), UINT64_C(0x8000000000008009), UINT64_C(0x000000000000008a),
    UINT64_C(0x0000000000000088), UINT64_C(0x0000000080008009), UINT64_C(0x000000008000000a),
    UINT64_C(0x000000008000808b), UINT64_C(0x800000000000008b), UINT64_C(0x8000000000008089),
    UINT64_C(0x8000000000008003), UINT64_C(0x8000000000008002), UINT64_C(0x8000000000000080),
    UINT64_C(0x000000000000800a), UINT64_C(0x800000008000000a), UINT64_C(0x8000000080008081),
    UINT64_C(0x8000000000008080), UINT64_C(0x0000000080000001), UINT64_C(0x8000000080008008),
};

/* The walk of pi through the lanes, from lane 1, and the rotation of each lane on its way. */
static const uint8_t pi_lanes[LANES - 1] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                            15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
static const uint8_t rotations[LANES - 1] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                             27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};

static uint64_t
rotate(uint64_t lane, unsigned by)
{
    return lane << by | lane >> (64 - by);
}

static void
theta(uint64_t lanes[LANES])
{
    uint64_t columns[5];
    for (size_t x = 0; x < 5; x++) {
        columns[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    }
    for (size_t i = 0; i < LANES; i++) {
        lanes[i] ^= columns[(i + 4) % 5] ^ rotate(columns[(i + 1) % 5], 1);
    }
}

static void
rho_and_pi(uint64_t lanes[LANES])
{
    uint64_t carried = lanes[1];
    for (size_t i = 0; i < LANES - 1; i++) {
        uint64_t next = lanes[pi_lanes[i]];
        lanes[pi_lanes[i]] = rotate(carried, rotations[i]);
        carried = next;
    }
}

static void
chi(uint64_t lanes[LANES])
{
    for (size_t y = 0; y < LANES; y += 5) {
        uint64_t row[5];
        for (size_t x = 0; x < 5; x++) {
            row[x] = lanes[y + x];
        }
        for (size_t x = 0; x < 5; x++) {
            lanes[y + x] ^= ~row[(x + 1) % 5] & row[(x + 2) % 5];
        }
    }
}

static void
permute(uint64_t lanes[LANES])
{
    for (size_t round = 0; round < ROUNDS; round++) {
        theta(lanes);
        rho_and_pi(lanes);
        chi(lanes);
        lanes[0] ^= round_constants[round];
    }
}

/* Lanes are little-endian, whatever the machine is. */
static void
absorb_byte(uint64_t lanes[LANES], size_t at, uint8_t byte)
{
    lanes[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

void
nd_keccak256(const void *bytes, size_t length, uint8_t digest[ND_KECCAK_SIZE])
{
    uint64_t lanes[LANES] = {0};
    const uint8_t *message = bytes;
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        absorb_byte(lanes, at++, message[i]);
        if (at == RATE) {
            permute(lanes);
            at = 0;
        }
    }
    absorb_byte(lanes, at, PADDING);
    absorb_byte(lanes, RATE - 1, LAST);
    permute(lanes);
    for (size_t i = 0; i < ND_KECCAK_SIZE; i++) {
        digest[i] = (uint8_t)(lanes[i / 8] >> (8 * (i % 8)));
    }
}
