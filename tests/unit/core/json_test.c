/* JSON: what is refused, what comes back, pointers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/memory.h"

enum { MAX_BYTES = 1000000, MAX_DEPTH = 20 };

static nd_json *
parse(const char *text)
{
    nd_json *root = NULL;
    noema_error error;
    if (nd_json_parse(text, "args", MAX_BYTES, MAX_DEPTH, false, &root, &error) != NOEMA_OK) {
        fail_msg("%s: %s", text, error.message);
    }
    return root;
}

static void
assert_refused(const char *text, const char *message_begins)
{
    nd_json *root = NULL;
    noema_error error;
    noema_status status = nd_json_parse(text, "args", MAX_BYTES, MAX_DEPTH, false, &root, &error);
    if (status != NOEMA_INVALID) {
        fail_msg("\"%.60s\" gives %s", text, nd_status_name(status));
    }
    assert_null(root);
    assert_string_equal(error.field, "args");
    if (strncmp(error.message, message_begins, strlen(message_begins)) != 0) {
        fail_msg("\"%.60s\" is refused with \"%s\"", text, error.message);
    }
}

static void
assert_comes_back(const char *text, const char *expected)
{
    nd_json *root = parse(text);
    char *back = nd_json_text(root);
    assert_string_equal(back, expected);
    nd_delete(back);
    nd_json_free(root);
}

static void
json_comes_back_compact_and_in_its_order(void **state)
{
    (void)state;
    assert_comes_back(" { \"z\" : 1 , \"a\" : [ true , null , -0.5 ] } ",
                      "{\"z\":1,\"a\":[true,null,-0.5]}");
    assert_comes_back("\"caf\\u00e9 \\ud83c\\udfa8\"", "\"caf\xc3\xa9 \xf0\x9f\x8e\xa8\"");
    assert_comes_back("7", "7");
    assert_comes_back("null", "null");
    assert_comes_back("{}", "{}");
    assert_comes_back("\"[[[[[[[[[[[[[[[[[[[[[[[[[[ \\\" {{{{{\"",
                      "\"[[[[[[[[[[[[[[[[[[[[[[[[[[ \\\" {{{{{\"");
}

static void
what_is_no_json_is_refused(void **state)
{
    (void)state;
    const char *wrong[] = {"{",
                           "[1,]",
                           "{\"a\":}",
                           "{a:1}",
                           "'x'",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "nul",
                           "NaN",
                           "Infinity",
                           "\"\n\"",
                           "[1 2]",
                           "\\",
                           "\"\\x\"",
                           "\"abc",
                           "\"abc\\",
                           "\"\\ud800\"",
                           "}",
                           "]",
                           "\xef\xbb\xbf{}",
                           "{\"a\" 1}",
                           "// x\n1",
                           "--1",
                           "\"\\",
                           " "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i], "args: must be ");
    }
    assert_refused(NULL, "args: must be JSON");
    assert_refused("", "args: must be JSON");
}

static void
a_key_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"a\":1,\"a\":1}", "args: must not name a key twice");
    assert_refused("[{\"x\":{\"a\":1,\"b\":2,\"\\u0061\":3}}]", "args: must not name a key twice");
}

static void
text_behind_the_value_is_refused(void **state)
{
    (void)state;
    assert_refused("{} {}", "args: must be one JSON value, with nothing behind it");
    assert_refused("1 x", "args: must be one JSON value, with nothing behind it");
    assert_comes_back("{} \n\t ", "{}");
}

static void
nul_in_text_and_keys_is_refused(void **state)
{
    (void)state;
    assert_refused("\"a\\u0000b\"", "args: must not hold a NUL character");
    assert_refused("{\"a\\u0000b\":1}", "args: must not hold a NUL character");
}

static void
text_that_is_no_utf8_is_refused(void **state)
{
    (void)state;
    assert_refused("\"\xff\"", "args: must be valid UTF-8");
    assert_refused("\"\xc0\x80\"", "args: must be valid UTF-8");
    assert_refused("\"\xed\xa0\x80\"", "args: must be valid UTF-8");
}

static void
integers_beyond_64_bits_are_refused_never_wrapped(void **state)
{
    (void)state;
    assert_comes_back("9223372036854775807", "9223372036854775807");
    assert_comes_back("-9223372036854775808", "-9223372036854775808");
    assert_refused("9223372036854775808", "args: must not hold a number beyond 64 bits");
    assert_refused("-9223372036854775809", "args: must not hold a number beyond 64 bits");
    assert_refused("[123456789012345678901234567890]",
                   "args: must not hold a number beyond 64 bits");
    assert_refused("1e999", "args: must not hold a number beyond 64 bits");
}

static void
an_error_never_quotes_the_text(void **state)
{
    (void)state;
    nd_json *root = NULL;
    noema_error error;
    assert_int_equal(nd_json_parse("{\"key\": sk_live_canary}", "args", MAX_BYTES, MAX_DEPTH, true,
                                   &root, &error),
                     NOEMA_INVALID);
    assert_null(strstr(error.message, "canary"));
    assert_string_equal(error.message, "args: must be valid JSON (line 1, column 10)");
}

static void
depth_is_bounded(void **state)
{
    (void)state;
    nd_json *root = NULL;
    const char *text = "{\"a\":[{}]}";
    assert_int_equal(nd_json_parse(text, "args", 100, 3, true, &root, NULL), NOEMA_OK);
    nd_json_free(root);
    noema_error error;
    assert_int_equal(nd_json_parse(text, "args", 100, 2, true, &root, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "args: must be nested at most 2 deep");
    assert_int_equal(nd_json_parse("{}", "args", 100, 1, true, &root, NULL), NOEMA_OK);
    nd_json_free(root);
    assert_int_equal(nd_json_parse("{}", "args", 100, 0, true, &root, NULL), NOEMA_INVALID);
    assert_int_equal(nd_json_parse("7", "args", 100, 0, false, &root, NULL), NOEMA_OK);
    nd_json_free(root);
    assert_int_equal(nd_json_parse("[[],[],[],\"]]\\\\\",[]]", "a", 100, 2, false, &root, NULL),
                     NOEMA_OK);
    nd_json_free(root);
}

static void
a_hundred_thousand_brackets_are_refused(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *text = malloc(2 * DEEP + 1);
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    text[2 * DEEP] = '\0';
    assert_refused(text, "args: must be nested at most 20 deep");
    text[DEEP] = '\0';
    assert_refused(text, "args: must be nested at most 20 deep");
    nd_json *root = NULL;
    assert_int_equal(nd_json_parse(text, "args", MAX_BYTES, UINT32_MAX, false, &root, NULL),
                     NOEMA_INVALID);
    for (int i = 0; i + 5 < DEEP; i += 5) {
        memcpy(text + i, "{\"a\":", 5);
    }
    assert_refused(text, "args: must be nested at most 20 deep");
    free(text);
}

static void
size_is_bounded(void **state)
{
    (void)state;
    nd_json *root = NULL;
    noema_error error;
    assert_int_equal(nd_json_parse("[1,2]", "args", 5, 5, false, &root, &error), NOEMA_OK);
    nd_json_free(root);
    assert_int_equal(nd_json_parse("[1,2]", "args", 4, 5, false, &root, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "args: must be at most 4 bytes");
    assert_int_equal(nd_json_parse("7", "args", SIZE_MAX, 5, false, &root, &error), NOEMA_OK);
    nd_json_free(root);
}

static void
an_object_may_be_demanded(void **state)
{
    (void)state;
    nd_json *root = NULL;
    noema_error error;
    assert_int_equal(nd_json_parse("[]", "args", 9, 9, true, &root, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "args: must be a JSON object");
    assert_null(root);
}

static void
nodes_tell_their_kind_and_value(void **state)
{
    (void)state;
    nd_json *root = parse("[null,true,-3,2.5,\"h\xc3\xa9\",[1],{\"a\":1,\"b\":2}]");
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(nd_json_kind_of(nd_json_at(root, i)), i);
    }
    assert_true(nd_json_bool(nd_json_at(root, 1)));
    assert_int_equal(nd_json_integer(nd_json_at(root, 2)), -3);
    assert_true(nd_json_real(nd_json_at(root, 2)) == -3.0);
    assert_true(nd_json_real(nd_json_at(root, 3)) == 2.5);
    assert_string_equal(nd_json_string(nd_json_at(root, 4)), "h\xc3\xa9");
    assert_int_equal(nd_json_length(nd_json_at(root, 4)), 3);
    assert_int_equal(nd_json_length(nd_json_at(root, 5)), 1);
    assert_int_equal(nd_json_length(nd_json_at(root, 6)), 2);
    assert_int_equal(nd_json_length(root), 7);
    nd_json_free(root);
}

static void
a_question_of_the_wrong_kind_gets_nothing(void **state)
{
    (void)state;
    nd_json *root = parse("[\"text\"]");
    assert_null(nd_json_get(root, "a"));
    assert_null(nd_json_at(root, 1));
    assert_false(nd_json_bool(root));
    assert_int_equal(nd_json_integer(nd_json_at(root, 0)), 0);
    assert_string_equal(nd_json_string(root), "");
    assert_int_equal(nd_json_kind_of(NULL), ND_JSON_NULL);
    assert_string_equal(nd_json_string(NULL), "");
    assert_int_equal(nd_json_length(NULL), 0);
    assert_null(nd_json_get(NULL, "a"));
    nd_json_free(root);
    nd_json_free(NULL);
}

static void
members_come_in_their_order(void **state)
{
    (void)state;
    nd_json *root = parse("{\"z\":0,\"a\":1,\"m\":2}");
    const char *expected[] = {"z", "a", "m"};
    void *cursor = NULL;
    const char *key = NULL;
    nd_json *value = NULL;
    int count = 0;
    while (nd_json_next(root, &cursor, &key, &value)) {
        assert_string_equal(key, expected[count]);
        assert_int_equal(nd_json_integer(value), count);
        count++;
    }
    assert_int_equal(count, 3);
    nd_json *array = parse("[1]");
    cursor = NULL;
    assert_false(nd_json_next(array, &cursor, &key, &value));
    assert_false(nd_json_next(NULL, &cursor, &key, &value));
    nd_json_free(array);
    nd_json_free(root);
}

static void
pointers_follow_rfc_6901(void **state)
{
    (void)state;
    nd_json *root =
        parse("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
              "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9,\"Flux 1.1 Pro\":{\"steps\":30}}");
    assert_ptr_equal(nd_json_point(root, ""), root);
    assert_int_equal(nd_json_length(nd_json_point(root, "/foo")), 2);
    assert_string_equal(nd_json_string(nd_json_point(root, "/foo/1")), "baz");
    assert_int_equal(nd_json_kind_of(nd_json_point(root, "/")), ND_JSON_INTEGER);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/a~1b")), 1);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/c%d")), 2);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/k\"l")), 6);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/ ")), 7);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/m~0n")), 8);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/~01")), 9);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/Flux 1.1 Pro/steps")), 30);
    nd_json_free(root);
}

static void
pointers_to_nothing_or_malformed_give_nothing(void **state)
{
    (void)state;
    nd_json *root = parse("{\"foo\":[1,2],\"~\":3,\"n\":null}");
    const char *wrong[] = {"foo",
                           "/fo",
                           "/foo/2",
                           "/foo/-",
                           "/foo/01",
                           "/foo/+1",
                           "/foo/ 1",
                           "/foo/1x",
                           "/foo/",
                           "/foo/0/",
                           "/~",
                           "/~2",
                           "/foo/99999999999999999999",
                           "/n/x",
                           "/foo/4294967296",
                           "//"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (nd_json_point(root, wrong[i]) != NULL) {
            fail_msg("\"%s\" points to something", wrong[i]);
        }
    }
    assert_null(nd_json_point(root, NULL));
    assert_null(nd_json_point(NULL, "/a"));
    nd_json_free(root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_comes_back_compact_and_in_its_order),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(a_key_twice_is_refused),
        cmocka_unit_test(text_behind_the_value_is_refused),
        cmocka_unit_test(nul_in_text_and_keys_is_refused),
        cmocka_unit_test(text_that_is_no_utf8_is_refused),
        cmocka_unit_test(integers_beyond_64_bits_are_refused_never_wrapped),
        cmocka_unit_test(an_error_never_quotes_the_text),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(a_hundred_thousand_brackets_are_refused),
        cmocka_unit_test(size_is_bounded),
        cmocka_unit_test(an_object_may_be_demanded),
        cmocka_unit_test(nodes_tell_their_kind_and_value),
        cmocka_unit_test(a_question_of_the_wrong_kind_gets_nothing),
        cmocka_unit_test(members_come_in_their_order),
        cmocka_unit_test(pointers_follow_rfc_6901),
        cmocka_unit_test(pointers_to_nothing_or_malformed_give_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
