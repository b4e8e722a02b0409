/* Documents that a caller hands in. */
#include <stdio.h>
#include <stdlib.h>

#include "unit/schema/thing.h"

static nd_arena *arena;

static int
make_arena(void **state)
{
    (void)state;
    arena = nd_arena_new();
    return 0;
}

static int
free_arena(void **state)
{
    (void)state;
    nd_arena_free(arena);
    return 0;
}

static void
require_taken(const char *json_text, bson_t *expected)
{
    nd_bson made;
    noema_error error = {0};
    bson_t view;
    noema_status status = nd_user_document_take(json_text, "metadata", 4096, arena, &made, &error);
    if (status != NOEMA_OK) {
        print_error("%s\n", error.message);
    }
    assert_int_equal(status, NOEMA_OK);
    assert_true(nd_bson_open(made, &view));
    require_bson(&view, expected);
}

static void
require_refused(const char *json_text, size_t max_bytes, noema_status expected)
{
    nd_bson made = {(const uint8_t *)"x", 1};
    noema_error error;
    noema_status status =
        nd_user_document_take(json_text, "metadata", max_bytes, arena, &made, &error);
    assert_int_equal(status, expected);
    assert_string_equal(error.field, "metadata");
    assert_null(made.bytes);
    assert_int_equal(made.length, 0);
}

static void
no_text_gives_an_absent_document(void **state)
{
    nd_bson made = {(const uint8_t *)"x", 1};
    (void)state;
    assert_int_equal(nd_user_document_take(NULL, "metadata", 9, arena, &made, NULL), NOEMA_OK);
    assert_int_equal(made.length, 0);
    made.length = 1;
    assert_int_equal(nd_user_document_take("", "metadata", 9, arena, &made, NULL), NOEMA_OK);
    assert_int_equal(made.length, 0);
    assert_null(made.bytes);
}

static void
values_become_the_widest_type(void **state)
{
    (void)state;
    require_taken("{}", bson_new());
    require_taken("{\"i\":1,\"m\":-9223372036854775808,\"r\":1.0,\"e\":1e2,\"t\":true,\"f\":false,"
                  "\"n\":null,\"s\":\"\\u00e9\",\"\":0,\"a\":[1,[],{\"b\":[\"x\"]}]}",
                  BCON_NEW("i", BCON_INT64(1), "m", BCON_INT64(INT64_MIN), "r", BCON_DOUBLE(1), "e",
                           BCON_DOUBLE(100), "t", BCON_BOOL(true), "f", BCON_BOOL(false), "n",
                           BCON_NULL, "s", "é", "", BCON_INT64(0), "a", "[", BCON_INT64(1), "[",
                           "]", "{", "b", "[", "x", "]", "}", "]"));
}

static void
names_that_mean_something_are_escaped(void **state)
{
    (void)state;
    require_taken("{\"Flux 1.1 Pro\":1,\"$where\":{\"a.b\":2,\"$\":3},\"cost$\":4,\"100%\":5,"
                  "\"%2E\":6,\"..\":7}",
                  BCON_NEW("Flux 1%2E1 Pro", BCON_INT64(1), "%24where", "{", "a%2Eb", BCON_INT64(2),
                           "%24", BCON_INT64(3), "}", "cost$", BCON_INT64(4), "100%25",
                           BCON_INT64(5), "%252E", BCON_INT64(6), "%2E%2E", BCON_INT64(7)));
}

static void
what_was_given_is_read_back(void **state)
{
    static const char given[] =
        "{\"Flux 1.1\":{\"$set\":[1,2.5,null,{\"%\":\"a.b\"}]},\"%24\":true,\"a%2Eb.c$\":\"$x\"}";
    nd_bson made;
    bson_t view;
    (void)state;
    assert_int_equal(nd_user_document_take(given, "input", 4096, arena, &made, NULL), NOEMA_OK);
    assert_true(nd_bson_open(made, &view));
    nd_json *node = nd_schema_json(&view);
    char *text = nd_json_text(node);
    assert_string_equal(text, given);
    nd_delete(text);
    nd_json_free(node);
}

static void
what_is_no_object_is_invalid(void **state)
{
    static const char *const rows[] = {
        "[]",
        "1",
        "null",
        "\"x\"",
        "{",
        "{} {}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"\\u0000\":1}",
        "{\"a\":18446744073709551616}",
        "{\"a\":1e999}",
        "{\"a\":NaN}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{a:1}",
        "{\"a\":01}",
        " ",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        require_refused(rows[i], 4096, NOEMA_INVALID);
    }
}

static void
depth_is_bounded_at_eight(void **state)
{
    bson_t *expected =
        BCON_NEW("a", "[", "[", "[", "[", "[", "[", "[", "]", "]", "]", "]", "]", "]", "]");
    (void)state;
    require_taken("{\"a\":[[[[[[[]]]]]]]}", expected);
    require_refused("{\"a\":[[[[[[[[]]]]]]]]}", 4096, NOEMA_INVALID);
    char deep[4001];
    memset(deep, '[', sizeof deep);
    memcpy(deep, "{\"a\":", 5);
    deep[4000] = '\0';
    require_refused(deep, 4096, NOEMA_INVALID);
}

static void
keys_are_bounded_at_256_bytes(void **state)
{
    char given[300];
    char key[257];
    (void)state;
    memset(key, 'k', sizeof key);
    key[256] = '\0';
    (void)snprintf(given, sizeof given, "{\"%s\":1}", key);
    bson_t *expected = bson_new();
    bson_append_int64(expected, key, -1, 1);
    require_taken(given, expected);
    (void)snprintf(given, sizeof given, "{\"a\":[{\"%sx\":1}]}", key);
    require_refused(given, 4096, NOEMA_INVALID);
    memset(key, '.', 256);
    (void)snprintf(given, sizeof given, "{\"%s\":1}", key);
    nd_bson made;
    assert_int_equal(nd_user_document_take(given, "input", 4096, arena, &made, NULL), NOEMA_OK);
    assert_int_equal(made.length, 4 + 1 + 768 + 1 + 8 + 1);
}

static void
size_is_bounded_as_json_and_as_bson(void **state)
{
    nd_bson made;
    (void)state;
    assert_int_equal(nd_user_document_take("{\"a\":1}", "input", 16, arena, &made, NULL), NOEMA_OK);
    assert_int_equal(made.length, 16);
    require_refused("{\"a\":1}", 15, NOEMA_LIMIT);
    require_refused("{\"a\":1}", 6, NOEMA_LIMIT);
    require_refused("{\"a\":[0,0,0,0,0,0,0,0,0,0]}", 100, NOEMA_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_gives_an_absent_document),
        cmocka_unit_test(values_become_the_widest_type),
        cmocka_unit_test(names_that_mean_something_are_escaped),
        cmocka_unit_test(what_was_given_is_read_back),
        cmocka_unit_test(what_is_no_object_is_invalid),
        cmocka_unit_test(depth_is_bounded_at_eight),
        cmocka_unit_test(keys_are_bounded_at_256_bytes),
        cmocka_unit_test(size_is_bounded_as_json_and_as_bson),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
