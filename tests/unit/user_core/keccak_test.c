/* Keccak-256 against published digests: those of the Keccak team's ShortMsgKAT_256, of Ethereum's
 * own names, and of messages around the rate of 136 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/text.h"
#include "user_core/keccak.h"

static void
assert_digest(const void *bytes, size_t length, const char *expected)
{
    uint8_t digest[ND_KECCAK_SIZE];
    char hex[2 * ND_KECCAK_SIZE + 1];
    nd_keccak256(bytes, length, digest);
    nd_hex(digest, sizeof digest, hex);
    assert_string_equal(hex, expected);
}

static void
published_texts_have_their_digest(void **state)
{
    static const struct {
        const char *text, *digest;
    } rows[] = {
        {"",                                             "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
        {"abc",                                          "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"},
        {"testing",                                      "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"},
        {"The quick brown fox jumps over the lazy dog",
         "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15"                                                },
        {"The quick brown fox jumps over the lazy dog.",
         "578951e24efd62a3d63a86f7cd19aaa53c898fe287d2552133220370240b572d"                                                },
        {"Transfer(address,address,uint256)",
         "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"                                                },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_digest(rows[i].text, strlen(rows[i].text), rows[i].digest);
    }
}

static void
published_bytes_have_their_digest(void **state)
{
    (void)state;
    assert_digest("\xcc", 1, "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
    assert_digest("\x41\xfb", 2,
                  "a8eaceda4d47b3281a795ad9e1ea2122b407baf9aabcb9e18b5717b7873537d2");
}

static void
blocks_end_where_the_rate_says(void **state)
{
    static const struct {
        size_t length;
        const char *digest;
    } rows[] = {
        {1,       "3ac225168df54212a25c1c01fd35bebfea408fdac2e31ddd6f80a4bbf9a5f1cb"},
        {135,     "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446"},
        {136,     "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"},
        {137,     "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39"},
        {271,     "132f47effd6c8b1b299efa53fe68aece77ec8ae4eb2e294f668eec94f76001e1"},
        {272,     "cf7fcd4f705ee749930d19ca84561a9bf62516bd90a471545fa2f49fdc7e63c8"},
        {273,     "5a7b8187d2778e614097fac3097573de1fee4d972304d3360796a857029bb176"},
        {1000000, "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96"},
    };
    enum { LONGEST = 1000000 };
    char *message = nd_new(LONGEST);
    (void)state;
    memset(message, 'a', LONGEST);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_digest(message, rows[i].length, rows[i].digest);
    }
    nd_delete(message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_texts_have_their_digest),
        cmocka_unit_test(published_bytes_have_their_digest),
        cmocka_unit_test(blocks_end_where_the_rate_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
