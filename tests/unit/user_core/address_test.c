/* Addresses: the vectors of EIP-55, and base58 against a second encoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "unit/core/random.h"
#include "user_core/address.h"

/* https://eips.ethereum.org/EIPS/eip-55: all caps, all lower, normal. */
static const char *const eip55_vectors[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
};
enum { VECTORS = sizeof eip55_vectors / sizeof eip55_vectors[0] };

static void
lower_digits(const char *from, char *to)
{
    for (; *from != '\0'; from++) {
        *to++ = (char)(*from >= 'A' && *from <= 'F' ? *from - 'A' + 'a' : *from);
    }
    *to = '\0';
}

static bool
is_letter(char digit)
{
    return (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
}

static void
every_vector_of_eip55_is_spelled_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        char lower[ND_ETHEREUM_SIZE];
        char expected[ND_ETHEREUM_SIZE];
        char spelled[ND_ETHEREUM_SIZE];
        lower_digits(eip55_vectors[i], expected);
        assert_int_equal(nd_ethereum_read(eip55_vectors[i], lower), ND_ETHEREUM_GOOD);
        assert_string_equal(lower, expected);
        nd_ethereum_spell(lower, spelled);
        assert_string_equal(spelled, eip55_vectors[i]);
    }
}

static size_t
count_letters(const char *text, bool upper)
{
    size_t count = 0;
    for (size_t i = 2; text[i] != '\0'; i++) {
        count += is_letter(text[i]) && (text[i] < 'a') == upper ? 1 : 0;
    }
    return count;
}

/* One letter in the wrong case is always seen, as long as the address is still of mixed case. */
static void
one_letter_of_the_wrong_case_fails_the_checksum(void **state)
{
    size_t refused = 0;
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        for (size_t j = 2; j < ND_ETHEREUM_SIZE - 1; j++) {
            char text[ND_ETHEREUM_SIZE];
            char lower[ND_ETHEREUM_SIZE];
            memcpy(text, eip55_vectors[i], sizeof text);
            if (!is_letter(text[j])) {
                continue;
            }
            text[j] ^= 'a' ^ 'A';
            if (count_letters(text, true) > 0 && count_letters(text, false) > 0) {
                assert_int_equal(nd_ethereum_read(text, lower), ND_ETHEREUM_CHECKSUM);
                refused++;
            }
        }
    }
    assert_true(refused > 100);
}

static void
an_address_of_one_case_carries_no_checksum(void **state)
{
    char lower[ND_ETHEREUM_SIZE];
    (void)state;
    assert_int_equal(nd_ethereum_read("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", lower),
                     ND_ETHEREUM_GOOD);
    assert_int_equal(nd_ethereum_read("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", lower),
                     ND_ETHEREUM_GOOD);
    assert_string_equal(lower, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
}

static void
what_is_no_ethereum_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "0x",
        "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
        "1:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x 5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
    };
    char lower[ND_ETHEREUM_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(nd_ethereum_read(bad[i], lower), ND_ETHEREUM_SHAPE);
    }
}

/* ---- base58 --------------------------------------------------------------------------------- */

enum { TEXT_SIZE = 64 };

/* By repeated division; the digits come out backwards. */
static void
encode(const uint8_t *bytes, size_t size, char text[TEXT_SIZE])
{
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t rest[40] = {0};
    char digits[TEXT_SIZE];
    size_t count = 0;
    size_t zeros = 0;
    memcpy(rest, bytes, size);
    while (zeros < size && bytes[zeros] == 0) {
        zeros++;
    }
    for (size_t from = zeros; from < size;) {
        unsigned remainder = 0;
        for (size_t i = from; i < size; i++) {
            remainder = remainder * 256 + rest[i];
            rest[i] = (uint8_t)(remainder / 58);
            remainder %= 58;
        }
        digits[count++] = alphabet[remainder];
        while (from < size && rest[from] == 0) {
            from++;
        }
    }
    memset(text, '1', zeros);
    for (size_t i = 0; i < count; i++) {
        text[zeros + i] = digits[count - 1 - i];
    }
    text[zeros + count] = '\0';
}

static void
known_solana_addresses_are_32_bytes(void **state)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"11111111111111111111111111111111",
         "0000000000000000000000000000000000000000000000000000000000000000"},
        {"So11111111111111111111111111111111111111112",
         "069b8857feab8184fb687f634618c035dac439dc1aeb3b5598a0f00000000001"},
        {"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
         "06ddf6e1d765a193d9cbe146ceeb79ac1cb485ed5f5b37913a8cf5857eff00a9"},
        {"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
         "c6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2d2f6e0e47ca60203452f5d61"},
        {"JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG",
         "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t key[ND_SOLANA_BYTES];
        char hex[2 * ND_SOLANA_BYTES + 1];
        assert_true(nd_solana_read(rows[i].text, key));
        nd_hex(key, sizeof key, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void
what_is_no_solana_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "1",
        "1111111111111111111111111111111",                /* 31 zero bytes */
        "111111111111111111111111111111111",              /* 33 */
        "tVojvhToWjQ8Xvo4UPx2Xz9eRy7auyYMmZBjc2XfN",      /* 31 bytes */
        "2K3n5t4wSaF5mj27Tw9vStXWLWyRjjiH5Cp3CFLpKVCr1c", /* 33 bytes */
        "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH",   /* 2^256 */
        "1TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",   /* a zero byte too many */
        "0okenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",    /* 0, O, I, l are none of base58's */
        "OokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
        "IokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
        "lokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
        "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5D ",
    };
    uint8_t key[ND_SOLANA_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(nd_solana_read(bad[i], key));
    }
}

static void
random_keys_are_read_as_a_second_encoder_writes_them(void **state)
{
    (void)state;
    random_begin("random_keys_are_read_as_a_second_encoder_writes_them");
    for (int i = 0; i < 5000; i++) {
        uint8_t bytes[33];
        uint8_t key[ND_SOLANA_BYTES];
        char text[TEXT_SIZE];
        size_t zeros = random_next() % 4 == 0 ? random_next() % 33 : 0;
        size_t size = i % 8 == 0 ? 31 + 2 * (random_next() % 2) : ND_SOLANA_BYTES;
        for (size_t j = 0; j < sizeof bytes; j++) {
            bytes[j] = j < zeros ? 0 : (uint8_t)random_next();
        }
        encode(bytes, size, text);
        assert_int_equal(nd_solana_read(text, key), size == ND_SOLANA_BYTES);
        if (size == ND_SOLANA_BYTES) {
            assert_memory_equal(key, bytes, sizeof key);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_of_eip55_is_spelled_as_published),
        cmocka_unit_test(one_letter_of_the_wrong_case_fails_the_checksum),
        cmocka_unit_test(an_address_of_one_case_carries_no_checksum),
        cmocka_unit_test(what_is_no_ethereum_address_is_refused),
        cmocka_unit_test(known_solana_addresses_are_32_bytes),
        cmocka_unit_test(what_is_no_solana_address_is_refused),
        cmocka_unit_test(random_keys_are_read_as_a_second_encoder_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
