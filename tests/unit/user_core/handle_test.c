/* Handles: what is one, in which spelling it is claimed, and what is said of what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "unit/core/random.h"
#include "user_core/handle.h"

static void
assert_handle(const char *given, const char *canonical, const char *platform, const char *id,
              nd_claim_kind kind)
{
    nd_handle handle;
    noema_error error;
    assert_int_equal(nd_handle_parse(given, "handle", &handle, &error), NOEMA_OK);
    assert_string_equal(handle.text, canonical);
    assert_string_equal(handle.platform, platform);
    assert_true(nd_text_is(nd_handle_text(&handle), canonical));
    assert_true(nd_text_is(nd_handle_id(&handle), id));
    assert_int_equal(handle.kind, kind);
}

static void
assert_refused(const char *given, const char *why)
{
    nd_handle handle;
    noema_error error;
    memset(&handle, 7, sizeof handle);
    const nd_handle before = handle;
    assert_int_equal(nd_handle_parse(given, "handle", &handle, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "handle");
    if (strstr(error.message, why) == NULL) {
        print_error("'%s': %s\n", given != NULL ? given : "NULL", error.message);
        fail();
    }
    assert_memory_equal(&handle, &before, sizeof handle);
}

static void
ids_are_text_and_kept_as_they_are(void **state)
{
    (void)state;
    assert_handle("telegram:4242", "telegram:4242", "telegram", "4242", ND_CLAIM_PLATFORM);
    assert_handle("discord:80351110224678912", "discord:80351110224678912", "discord",
                  "80351110224678912", ND_CLAIM_PLATFORM);
    assert_handle("email:Ann.B+x@Example.org", "email:Ann.B+x@Example.org", "email",
                  "Ann.B+x@Example.org", ND_CLAIM_PLATFORM);
    assert_handle("a:b", "a:b", "a", "b", ND_CLAIM_PLATFORM);
    assert_handle("web:a:b:c", "web:a:b:c", "web", "a:b:c", ND_CLAIM_PLATFORM);
    assert_handle("x_2:!~", "x_2:!~", "x_2", "!~", ND_CLAIM_PLATFORM);
    assert_handle("web:$where.$ne", "web:$where.$ne", "web", "$where.$ne", ND_CLAIM_PLATFORM);
}

/* Their neighbours would be the same double. */
static void
ids_beyond_2_to_the_53rd_are_told_apart(void **state)
{
    (void)state;
    assert_handle("discord:9007199254740992", "discord:9007199254740992", "discord",
                  "9007199254740992", ND_CLAIM_PLATFORM);
    assert_handle("discord:9007199254740993", "discord:9007199254740993", "discord",
                  "9007199254740993", ND_CLAIM_PLATFORM);
    assert_handle("discord:18446744073709551615", "discord:18446744073709551615", "discord",
                  "18446744073709551615", ND_CLAIM_PLATFORM);
}

static void
ethereum_addresses_are_lowered(void **state)
{
    const char *lower = "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359";
    (void)state;
    assert_handle("eip155:0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                  "eip155:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", "eip155", lower,
                  ND_CLAIM_WALLET);
    assert_handle("eip155:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
                  "eip155:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", "eip155", lower,
                  ND_CLAIM_WALLET);
    assert_handle("eip155:0xFB6916095CA1DF60BB79CE92CE3EA74C37C5D359",
                  "eip155:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", "eip155", lower,
                  ND_CLAIM_WALLET);
}

static void
a_mistyped_ethereum_address_is_refused(void **state)
{
    (void)state;
    assert_refused("eip155:0xFb6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "EIP-55");
    assert_refused("eip155:0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d35", "40 hexadecimal digits");
    assert_refused("eip155:1:0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "40 hexadecimal digits");
    assert_refused("eip155:0Xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", "40 hexadecimal digits");
}

static void
solana_addresses_keep_their_case(void **state)
{
    const char *address = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
    (void)state;
    assert_handle("solana:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
                  "solana:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "solana", address,
                  ND_CLAIM_WALLET);
    assert_refused("solana:epjfwdd5aufqssqem2qn1xzybapc8g4weggkzwytdt1v", "base58");
    assert_refused("solana:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt", "32 bytes");
    assert_refused("solana:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1vv", "32 bytes");
}

static void
an_api_key_is_no_handle(void **state)
{
    (void)state;
    assert_refused("apikey:abcdefghijkl", "API key");
    assert_refused("apikey:sha256:00", "API key");
    assert_handle("apikeys:x", "apikeys:x", "apikeys", "x", ND_CLAIM_PLATFORM);
}

static void
what_is_no_platform_is_refused(void **state)
{
    static const char *const bad[] = {
        NULL,
        "",
        ":",
        ":4242",
        "telegram",
        "Telegram:4242",
        "TELEGRAM:4242",
        "tele gram:4242",
        "tele-gram:4242",
        "tele.gram:4242",
        "$telegram:4242",
        "1telegram:4242",
        "_telegram:4242",
        "__proto__:4242",
        " telegram:4242",
        "t\xc3\xa9l:4242",
        "507f1f77bcf86cd799439011",
        "a23456789012345678901234567890123:x", /* 33 bytes */
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused(bad[i], "telegram:4242");
    }
    assert_handle("a2345678901234567890123456789012:x", "a2345678901234567890123456789012:x",
                  "a2345678901234567890123456789012", "x", ND_CLAIM_PLATFORM);
}

static void
what_is_no_id_is_refused(void **state)
{
    (void)state;
    assert_refused("telegram:", "1 to 128 bytes");
    assert_refused("telegram: 4242", "printable ASCII");
    assert_refused("telegram:4242 ", "printable ASCII");
    assert_refused("telegram:42\t42", "printable ASCII");
    assert_refused("telegram:42\n", "printable ASCII");
    assert_refused("telegram:\x7f", "printable ASCII");
    assert_refused("telegram:\xd9\xa4\xd9\xa2", "printable ASCII"); /* Arabic-Indic digits */
    assert_refused("web:caf\xc3\xa9", "printable ASCII");
}

static void
an_id_has_at_most_128_bytes(void **state)
{
    char text[4 + 1000] = "web:";
    nd_handle handle;
    (void)state;
    memset(text + 4, 'x', 128);
    assert_int_equal(nd_handle_parse(text, "handle", &handle, NULL), NOEMA_OK);
    assert_int_equal(nd_handle_id(&handle).length, 128);
    text[4 + 128] = 'x';
    assert_refused(text, "1 to 128 bytes");
    memset(text + 4, 'x', 999);
    assert_refused(text, "1 to 128 bytes");
}

/* What was accepted once is accepted again, as it is. */
static void
random_text_is_refused_or_canonical(void **state)
{
    static const char bytes[] = "abz09_:.$ AZ\x80\xff\n0x1";
    (void)state;
    size_t accepted = 0;
    random_begin("random_text_is_refused_or_canonical");
    for (int i = 0; i < 200000; i++) {
        char text[64] = {0};
        nd_handle first;
        nd_handle again;
        size_t length = random_next() % 16;
        for (size_t j = 0; j < length; j++) {
            text[j] = bytes[random_next() % (sizeof bytes - 1)];
        }
        if (nd_handle_parse(text, "handle", &first, NULL) == NOEMA_OK) {
            assert_int_equal(nd_handle_parse(first.text, "handle", &again, NULL), NOEMA_OK);
            assert_string_equal(first.text, again.text);
            assert_null(strpbrk(first.platform, ".$: "));
            accepted++;
        }
    }
    assert_true(accepted > 300); /* about 1,000 */
}

static void
a_platform_alone_follows_the_same_rule(void **state)
{
    static const char *const bad[] = {
        NULL, "", "Telegram", "a.b", "$a", "a:b", "a b", "1a", "a23456789012345678901234567890123"};
    noema_error error;
    (void)state;
    assert_int_equal(nd_platform_check("telegram", "platform", &error), NOEMA_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(nd_platform_check(bad[i], "platform", &error), NOEMA_INVALID);
        assert_string_equal(error.field, "platform");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_text_and_kept_as_they_are),
        cmocka_unit_test(ids_beyond_2_to_the_53rd_are_told_apart),
        cmocka_unit_test(ethereum_addresses_are_lowered),
        cmocka_unit_test(a_mistyped_ethereum_address_is_refused),
        cmocka_unit_test(solana_addresses_keep_their_case),
        cmocka_unit_test(an_api_key_is_no_handle),
        cmocka_unit_test(what_is_no_platform_is_refused),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(an_id_has_at_most_128_bytes),
        cmocka_unit_test(random_text_is_refused_or_canonical),
        cmocka_unit_test(a_platform_alone_follows_the_same_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
