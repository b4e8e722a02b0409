/* EIP-55 (https://eips.ethereum.org/EIPS/eip-55) and base58 in Bitcoin's alphabet. */
#include "user_core/address.h"

#include <string.h>

#include "core/text.h"
#include "user_core/keccak.h"

enum { PREFIX = 2, DIGITS = 2 * ND_ETHEREUM_BYTES };

static bool
is_lower(char digit)
{
    return digit >= 'a' && digit <= 'f';
}

static bool
is_upper(char digit)
{
    return digit >= 'A' && digit <= 'F';
}

static bool
is_of_mixed_case(const char *digits)
{
    bool has_lower = false;
    bool has_upper = false;
    for (size_t i = 0; digits[i] != '\0'; i++) {
        has_lower = has_lower || is_lower(digits[i]);
        has_upper = has_upper || is_upper(digits[i]);
    }
    return has_lower && has_upper;
}

nd_ethereum_verdict
nd_ethereum_read(const char *text, char lower[ND_ETHEREUM_SIZE])
{
    uint8_t bytes[ND_ETHEREUM_BYTES];
    char spelled[ND_ETHEREUM_SIZE];
    if (strncmp(text, "0x", PREFIX) != 0 || !nd_unhex(text + PREFIX, sizeof bytes, bytes)) {
        return ND_ETHEREUM_SHAPE;
    }
    memcpy(lower, "0x", PREFIX);
    nd_hex(bytes, sizeof bytes, lower + PREFIX);
    nd_ethereum_spell(lower, spelled);
    if (is_of_mixed_case(text + PREFIX) && strcmp(text, spelled) != 0) {
        return ND_ETHEREUM_CHECKSUM;
    }
    return ND_ETHEREUM_GOOD;
}

/* A letter stands in upper case where the hash of the lower-case digits has a nibble of 8 or more. */
void
nd_ethereum_spell(const char lower[ND_ETHEREUM_SIZE], char spelled[ND_ETHEREUM_SIZE])
{
    uint8_t hash[ND_KECCAK_SIZE];
    nd_keccak256(lower + PREFIX, DIGITS, hash);
    memcpy(spelled, lower, ND_ETHEREUM_SIZE);
    for (size_t i = 0; i < DIGITS; i++) {
        unsigned nibble = (unsigned)hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0x0f;
        if (nibble >= 8 && is_lower(spelled[PREFIX + i])) {
            spelled[PREFIX + i] = (char)(spelled[PREFIX + i] - 'a' + 'A');
        }
    }
}

/* -1: none of base58's; 0, O, I and l are left out as too much alike. */
static int
base58_value(char digit)
{
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const char *found = digit != '\0' ? strchr(alphabet, digit) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

/* key = key * 58 + digit. false: it needs more bytes than there are. */
static bool
push_digit(uint8_t key[ND_SOLANA_BYTES], int digit)
{
    unsigned carry = (unsigned)digit;
    for (size_t i = ND_SOLANA_BYTES; i-- > 0;) {
        carry += key[i] * 58U;
        key[i] = (uint8_t)(carry & 0xff);
        carry >>= 8;
    }
    return carry == 0;
}

bool
nd_solana_read(const char *text, uint8_t key[ND_SOLANA_BYTES])
{
    size_t zeros = 0;
    memset(key, 0, ND_SOLANA_BYTES);
    for (size_t i = 0; text[i] != '\0'; i++) {
        int digit = base58_value(text[i]);
        if (digit < 0 || !push_digit(key, digit)) {
            return false;
        }
    }
    while (zeros < ND_SOLANA_BYTES && key[zeros] == 0) {
        zeros++;
    }
    /* Each leading '1' stands for one zero byte: fewer make a shorter key, more a longer one. */
    return strspn(text, "1") == zeros;
}
