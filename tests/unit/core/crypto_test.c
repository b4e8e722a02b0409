/* Cryptography: against Python's hashlib (blake2b), and the rules of keys and secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto.h"
#include "core/text.h"

static nd_piece
piece(const char *text)
{
    return (nd_piece){text, strlen(text)};
}

static void
key_of(const char *secret_text, nd_hash_key *key)
{
    nd_secret *secret = nd_secret_new(secret_text, strlen(secret_text));
    assert_non_null(secret);
    nd_hash_key_make(secret, key);
    nd_secret_free(secret);
}

static void
assert_hash(const nd_hash *hash, const char *expected)
{
    char hex[65];
    nd_hex(hash->bytes, sizeof hash->bytes, hex);
    assert_string_equal(hex, expected);
}

static void
assert_seal(const nd_seal *seal, const char *expected)
{
    char hex[33];
    nd_hex(seal->bytes, sizeof seal->bytes, hex);
    assert_string_equal(hex, expected);
}

static void
hashes_without_a_key_are_plain_blake2b(void **state)
{
    (void)state;
    nd_piece abc = piece("abc");
    nd_hash hash = nd_hash_of(NULL, &abc, 1);
    assert_hash(&hash, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    hash = nd_hash_of(NULL, NULL, 0);
    assert_hash(&hash, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    nd_seal seal = nd_seal_of(NULL, &abc, 1);
    assert_seal(&seal, "cf4ab791c62b8d2b2109c90275287816");
    nd_hash_key unkeyed;
    nd_hash_key_make(NULL, &unkeyed);
    hash = nd_hash_of(&unkeyed, &abc, 1);
    assert_hash(&hash, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void
hashes_with_a_key_are_keyed_blake2b(void **state)
{
    (void)state;
    nd_hash_key key;
    key_of("a ledger key", &key);
    nd_piece abc = piece("abc");
    nd_hash hash = nd_hash_of(&key, &abc, 1);
    assert_hash(&hash, "13497cd189ed000b58d71bdb64412ecc1e15c53da0a261310e72a9f57345a4aa");
    nd_seal seal = nd_seal_of(&key, &abc, 1);
    assert_seal(&seal, "74ab57409207d1fdd24c7105d970e539");
}

static void
a_key_is_the_hash_of_its_secret_and_named_by_its_own(void **state)
{
    (void)state;
    nd_hash_key key;
    char hex[65];
    key_of("a ledger key", &key);
    nd_hex(key.bytes, sizeof key.bytes, hex);
    assert_true(key.present);
    assert_string_equal(hex, "f0f4bc005afc0fe0caad72cc640e8c5d7c5a538d8ec01ba19863318e64446079");
    assert_string_equal(key.id, "1c6578b3");
    nd_hash_key_make(NULL, &key);
    assert_false(key.present);
    assert_string_equal(key.id, "");
}

static void
a_secret_may_be_longer_than_a_key(void **state)
{
    (void)state;
    char text[5001];
    nd_hash_key a;
    nd_hash_key b;
    memset(text, 's', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    key_of(text, &a);
    text[4999] = 't';
    key_of(text, &b);
    assert_string_not_equal(a.id, b.id);
}

static void
pieces_are_hashed_as_if_side_by_side(void **state)
{
    (void)state;
    nd_piece whole = piece("one two three");
    nd_piece parts[] = {
        piece("one"), piece(" "), piece(""), {NULL, 0},
           piece("two three")
    };
    nd_hash a = nd_hash_of(NULL, &whole, 1);
    nd_hash b = nd_hash_of(NULL, parts, 5);
    nd_hash c = nd_hash_of(NULL, parts, 4);
    assert_true(nd_hash_equal(&a, &b));
    assert_false(nd_hash_equal(&a, &c));
}

static void
a_flipped_bit_anywhere_is_seen(void **state)
{
    (void)state;
    nd_hash a = {{0}};
    nd_seal s = {{0}};
    for (size_t bit = 0; bit < 256; bit++) {
        nd_hash b = a;
        b.bytes[bit / 8] = (uint8_t)(1U << (bit % 8));
        assert_false(nd_hash_equal(&a, &b));
        assert_false(nd_hash_is_none(&b));
    }
    for (size_t bit = 0; bit < 128; bit++) {
        nd_seal t = s;
        t.bytes[bit / 8] = (uint8_t)(1U << (bit % 8));
        assert_false(nd_seal_equal(&s, &t));
    }
    assert_true(nd_hash_equal(&a, &a));
    assert_true(nd_seal_equal(&s, &s));
    assert_true(nd_hash_is_none(&a));
}

static void
a_copied_secret_outlives_the_first(void **state)
{
    (void)state;
    nd_hash_key a;
    nd_hash_key b;
    nd_secret *first = nd_secret_new("pepper", 6);
    nd_secret *second = nd_secret_copy(first);
    nd_hash_key_make(first, &a);
    nd_secret_free(first);
    nd_hash_key_make(second, &b);
    nd_secret_free(second);
    assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
    assert_null(nd_secret_copy(NULL));
    nd_secret_free(NULL);
}

static void
wiped_memory_is_zero(void **state)
{
    (void)state;
    nd_hash_key key;
    nd_hash_key zero;
    key_of("x", &key);
    memset(&zero, 0, sizeof zero);
    nd_wipe(&key, sizeof key);
    assert_memory_equal(&key, &zero, sizeof key);
}

static void
random_numbers_stay_below_and_reach_all(void **state)
{
    (void)state;
    int seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint32_t drawn = nd_random_below(7);
        assert_true(drawn < 7);
        seen[drawn]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_true(seen[i] > 700);
    }
    assert_int_equal(nd_random_below(0), 0);
    assert_int_equal(nd_random_below(1), 0);
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    nd_random(a, sizeof a);
    nd_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static int
initialise(void **state)
{
    (void)state;
    return nd_crypto_init() && nd_crypto_init() ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_without_a_key_are_plain_blake2b),
        cmocka_unit_test(hashes_with_a_key_are_keyed_blake2b),
        cmocka_unit_test(a_key_is_the_hash_of_its_secret_and_named_by_its_own),
        cmocka_unit_test(a_secret_may_be_longer_than_a_key),
        cmocka_unit_test(pieces_are_hashed_as_if_side_by_side),
        cmocka_unit_test(a_flipped_bit_anywhere_is_seen),
        cmocka_unit_test(a_copied_secret_outlives_the_first),
        cmocka_unit_test(wiped_memory_is_zero),
        cmocka_unit_test(random_numbers_stay_below_and_reach_all),
    };
    return cmocka_run_group_tests(tests, initialise, NULL);
}
