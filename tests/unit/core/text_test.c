/* Text: UTF-8 against a second decoder, arguments, keys, hex, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "random.h"

typedef struct sample {
    const char *bytes;
    size_t length;
    bool valid;
} sample;

#define SAMPLE(literal, valid) {literal, sizeof(literal) - 1, valid}

static const sample samples[] = {
    SAMPLE("", true),
    SAMPLE("plain", true),
    SAMPLE("\x7f", true),
    SAMPLE("\xc2\x80", true),
    SAMPLE("\xdf\xbf", true),
    SAMPLE("\xe0\xa0\x80", true),
    SAMPLE("\xed\x9f\xbf", true),
    SAMPLE("\xee\x80\x80", true),
    SAMPLE("\xef\xbf\xbf", true),
    SAMPLE("\xf0\x90\x80\x80", true),
    SAMPLE("\xf4\x8f\xbf\xbf", true),
    SAMPLE("a\0b", false),
    SAMPLE("\x80", false),
    SAMPLE("\xbf", false),
    SAMPLE("\xc0\x80", false),         /* overlong NUL */
    SAMPLE("\xc1\xbf", false),         /* overlong U+007F */
    SAMPLE("\xe0\x9f\xbf", false),     /* overlong U+07FF */
    SAMPLE("\xf0\x8f\xbf\xbf", false), /* overlong U+FFFF */
    SAMPLE("\xed\xa0\x80", false),     /* surrogates */
    SAMPLE("\xed\xbf\xbf", false),
    SAMPLE("\xed\xa0\xbd\xed\xb8\x80", false),
    SAMPLE("\xf4\x90\x80\x80", false), /* U+110000 */
    SAMPLE("\xf5\x80\x80\x80", false),
    SAMPLE("\xf8\x88\x80\x80\x80", false),
    SAMPLE("\xfe", false),
    SAMPLE("\xff", false),
    SAMPLE("\xc3", false), /* cut */
    SAMPLE("\xe2\x82", false),
    SAMPLE("\xf0\x9f\x8e", false),
    SAMPLE("\xc3(", false),
    SAMPLE("\xe2(\x82", false),
    SAMPLE("\xe2\x82(", false),
    SAMPLE("\xf0\x9f\x8e(", false),
};

static void
utf8_is_told_from_what_looks_like_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (nd_utf8_valid(samples[i].bytes, samples[i].length) != samples[i].valid) {
            fail_msg("sample %zu", i);
        }
    }
}

/* A second decoder, made from the definition: decode, then judge the code point. */
static bool
valid_point(uint32_t point, size_t more)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    return point >= least[more] && point != 0 && point <= 0x10ffff &&
           !(point >= 0xd800 && point <= 0xdfff);
}

static size_t
bytes_behind(uint8_t first)
{
    if (first < 0x80) {
        return 0;
    }
    if (first >> 5 == 6) {
        return 1;
    }
    return first >> 4 == 14 ? 2 : 3;
}

static bool
valid_by_definition(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t more = bytes_behind(bytes[i]);
        uint32_t point = more == 0 ? bytes[i] : bytes[i] & (0x3fU >> more);
        if (bytes[i] >= 0xf8 || (bytes[i] & 0xc0) == 0x80 || i + more >= length) {
            return false;
        }
        for (size_t j = 1; j <= more; j++) {
            if (bytes[i + j] >> 6 != 2) {
                return false;
            }
            point = point << 6 | (bytes[i + j] & 0x3f);
        }
        if (!valid_point(point, more)) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

static void
random_bytes_are_judged_as_by_a_second_decoder(void **state)
{
    (void)state;
    static const uint8_t likely[] = {0x00, 0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1,
                                     0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf4, 0xf5};
    int valid = 0;
    random_begin(__func__);
    for (int i = 0; i < 500000; i++) {
        uint8_t bytes[4];
        size_t length = random_next() % 5;
        for (size_t j = 0; j < length; j++) {
            bytes[j] = likely[random_next() % sizeof likely];
        }
        bool expected = valid_by_definition(bytes, length);
        assert_int_equal(nd_utf8_valid((const char *)bytes, length), expected);
        valid += expected ? 1 : 0;
    }
    assert_true(valid > 1000);
}

static void
one_character_is_measured(void **state)
{
    (void)state;
    assert_int_equal(nd_utf8_one("", 0), 0);
    assert_int_equal(nd_utf8_one("\0", 1), 1);
    assert_int_equal(nd_utf8_one("\xc3\xa9x", 3), 2);
    assert_int_equal(nd_utf8_one("\xc3\xa9x", 1), 0);
    assert_int_equal(nd_utf8_one("\xf0\x9f\x8e\xa8", 4), 4);
}

static void
characters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(nd_utf8_count("", 0), 0);
    assert_int_equal(nd_utf8_count("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xa8", 10), 4);
}

static void
a_cut_never_divides_a_character(void **state)
{
    (void)state;
    const char *text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xa8z";
    const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t length = 0; length <= 11; length++) {
        assert_int_equal(nd_utf8_cut(text, length), expected[length]);
    }
    assert_int_equal(nd_utf8_cut("\x80\x80\x80\x80", 4), 4);
    assert_int_equal(nd_utf8_cut("\x80", 1), 1);
}

static void
one_line_is_made_of_any_bytes(void **state)
{
    (void)state;
    char text[] = "a\nb\tc\x7f\xc2\x80\xff\xe2\x82\xac\xe2\x82";
    nd_text_one_line(text);
    assert_string_equal(text, "a b c  ?\xe2\x82\xac??");
    char empty[] = "";
    nd_text_one_line(empty);
    assert_string_equal(empty, "");
    random_begin(__func__);
    for (int i = 0; i < 20000; i++) {
        char random[17] = "";
        for (size_t j = 0; j < sizeof random - 1; j++) {
            random[j] = (char)(random_next() % 255 + 1);
        }
        nd_text_one_line(random);
        assert_true(nd_utf8_valid(random, strlen(random)));
        assert_null(strpbrk(random, "\n\r\t\x7f"));
    }
}

static void
texts_compare_by_content(void **state)
{
    (void)state;
    nd_text none = nd_text_of(NULL);
    assert_true(nd_text_is_none(none));
    assert_false(nd_text_is_none(nd_text_of("")));
    assert_true(nd_text_equal(nd_text_of("ab"), (nd_text){"abc", 2}));
    assert_false(nd_text_equal(nd_text_of("ab"), nd_text_of("abc")));
    assert_false(nd_text_equal(nd_text_of("ab"), nd_text_of("aB")));
    assert_true(nd_text_equal(none, none));
    assert_true(nd_text_equal(none, nd_text_of("")));
    assert_true(nd_text_is(nd_text_of("ab"), "ab"));
    assert_false(nd_text_is(none, "ab"));
}

static void
assert_not_taken(const char *from, size_t min, size_t max, const char *message)
{
    nd_text text = nd_text_of("untouched");
    noema_error error;
    assert_int_equal(nd_text_take(from, "reason", min, max, &text, &error), NOEMA_INVALID);
    assert_string_equal(error.message, message);
    assert_string_equal(error.field, "reason");
    assert_true(nd_text_is(text, "untouched"));
}

static void
an_argument_is_taken_within_its_bounds(void **state)
{
    (void)state;
    nd_text text;
    assert_int_equal(nd_text_take("abc", "reason", 3, 3, &text, NULL), NOEMA_OK);
    assert_true(nd_text_is(text, "abc"));
    assert_int_equal(nd_text_take(NULL, "reason", 0, 3, &text, NULL), NOEMA_OK);
    assert_true(nd_text_is_none(text));
    assert_int_equal(nd_text_take("", "reason", 0, 0, &text, NULL), NOEMA_OK);
    assert_true(nd_text_is_none(text));
    assert_not_taken("abcd", 0, 3, "reason: must be at most 3 bytes");
    assert_not_taken("a", 0, 0, "reason: must be at most 0 bytes");
    assert_not_taken("ab", 3, 9, "reason: must be at least 3 bytes");
    assert_not_taken("", 1, 9, "reason: must not be empty");
    assert_not_taken(NULL, 1, 9, "reason: must not be empty");
    assert_not_taken("\xc0\x80", 0, 9, "reason: must be valid UTF-8");
    assert_not_taken("\xed\xa0\x80", 0, 9, "reason: must be valid UTF-8");
}

static void
a_key_is_one_to_two_hundred_bytes(void **state)
{
    (void)state;
    char long_key[202];
    nd_text key;
    memset(long_key, 'k', sizeof long_key);
    long_key[201] = '\0';
    assert_int_equal(nd_key_take(long_key, "key", &key, NULL), NOEMA_INVALID);
    long_key[200] = '\0';
    assert_int_equal(nd_key_take(long_key, "key", &key, NULL), NOEMA_OK);
    assert_int_equal(key.length, 200);
    assert_int_equal(nd_key_take("k", "key", &key, NULL), NOEMA_OK);
    assert_int_equal(nd_key_take("stripe:pi_1 \xe2\x82\xac", "key", &key, NULL), NOEMA_OK);
    assert_int_equal(nd_key_take("", "key", &key, NULL), NOEMA_INVALID);
    assert_int_equal(nd_key_take(NULL, "key", &key, NULL), NOEMA_INVALID);
}

static void
a_key_with_control_characters_is_refused(void **state)
{
    (void)state;
    const char *wrong[] = {"a\nb", "\x01", "a\x7f", "a\xc2\x85", "\xc2\x9f", "tab\t", "\xff"};
    nd_text key;
    noema_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(nd_key_take(wrong[i], "key", &key, &error), NOEMA_INVALID);
        assert_string_equal(error.field, "key");
    }
    assert_int_equal(nd_key_take("\xc2\xa0", "key", &key, &error), NOEMA_OK);
}

static void
the_librarys_own_keys_are_refused(void **state)
{
    (void)state;
    nd_text key;
    noema_error error;
    assert_int_equal(nd_key_take("noema:settle:1", "key", &key, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "key: must not begin with \"noema:\"");
    assert_int_equal(nd_key_take("noema:", "key", &key, &error), NOEMA_INVALID);
    assert_int_equal(nd_key_take("noema", "key", &key, &error), NOEMA_OK);
    assert_int_equal(nd_key_take("my-noema:1", "key", &key, &error), NOEMA_OK);
}

static void
hex_comes_back(void **state)
{
    (void)state;
    uint8_t bytes[256];
    uint8_t back[256];
    char hex[513];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    nd_hex(bytes, sizeof bytes, hex);
    assert_int_equal(strlen(hex), 512);
    assert_memory_equal(hex, "000102", 6);
    assert_string_equal(hex + 508, "feff");
    assert_true(nd_unhex(hex, sizeof back, back));
    assert_memory_equal(bytes, back, sizeof back);
    nd_hex(bytes, 0, hex);
    assert_string_equal(hex, "");
}

static void
what_is_no_hex_of_the_size_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[2];
    assert_true(nd_unhex("aBfF", 2, bytes));
    assert_int_equal(bytes[0], 0xab);
    const char *wrong[] = {"",     "aab",  "aabbc", "aabbcc", "aab ",
                           "aabg", "aab:", "aab@",  "aab`",   "aab/"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(nd_unhex(wrong[i], 2, bytes));
    }
}

static const char *const colours[] = {"red", "green", "redder"};
static const nd_words words = ND_WORDS(colours);

static void
words_are_found_by_their_spelling(void **state)
{
    (void)state;
    assert_int_equal(nd_word_find(&words, "red", 3).at, 1);
    assert_int_equal(nd_word_find(&words, "redder", 6).at, 3);
    assert_int_equal(nd_word_find(&words, "redder", 3).at, 1);
    assert_int_equal(nd_word_find(&words, "Red", 3).at, ND_WORD_UNKNOWN);
    assert_int_equal(nd_word_find(&words, "re", 2).at, ND_WORD_UNKNOWN);
    assert_int_equal(nd_word_find(&words, "", 0).at, ND_WORD_UNKNOWN);
    assert_int_equal(nd_word_find(&words, NULL, 0).at, 0);
}

static void
words_have_a_text_for_every_number(void **state)
{
    (void)state;
    assert_string_equal(nd_word_text(&words, (nd_word){0}), "");
    assert_string_equal(nd_word_text(&words, (nd_word){2}), "green");
    assert_string_equal(nd_word_text(&words, (nd_word){3}), "redder");
    assert_string_equal(nd_word_text(&words, (nd_word){ND_WORD_UNKNOWN}), "?");
    assert_string_equal(nd_word_text(&words, (nd_word){4}), "?");
    assert_string_equal(nd_word_text(&words, (nd_word){INT32_MIN}), "?");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_what_looks_like_it),
        cmocka_unit_test(random_bytes_are_judged_as_by_a_second_decoder),
        cmocka_unit_test(one_character_is_measured),
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test(a_cut_never_divides_a_character),
        cmocka_unit_test(one_line_is_made_of_any_bytes),
        cmocka_unit_test(texts_compare_by_content),
        cmocka_unit_test(an_argument_is_taken_within_its_bounds),
        cmocka_unit_test(a_key_is_one_to_two_hundred_bytes),
        cmocka_unit_test(a_key_with_control_characters_is_refused),
        cmocka_unit_test(the_librarys_own_keys_are_refused),
        cmocka_unit_test(hex_comes_back),
        cmocka_unit_test(what_is_no_hex_of_the_size_is_refused),
        cmocka_unit_test(words_are_found_by_their_spelling),
        cmocka_unit_test(words_have_a_text_for_every_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
