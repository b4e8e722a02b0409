/* Random bytes, and documents with random bytes changed, into every reader: whatever they answer,
 * nothing crashes, nothing is read beyond its end. Means something under sanitizers. The seed is
 * printed; NOEMA_TEST_SEED repeats a run. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "unit/schema/thing.h"

static unsigned
seed(void)
{
    const char *given = getenv("NOEMA_TEST_SEED");
    unsigned value = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    print_message("NOEMA_TEST_SEED=%u\n", value);
    srand(value);
    return value;
}

/* What came through the readers of a document; counted, so that the test can see that some did. */
static struct {
    int opened, checked, decoded;
} passed;

static void
read_all(const uint8_t *bytes, uint32_t length, nd_arena *arena)
{
    bson_t view;
    thing made = {0};
    noema_error error = {0};
    /* A copy of exactly this size, so that a byte too many is seen. */
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    if (nd_bson_open((nd_bson){copy, length}, &view)) {
        passed.opened++;
        passed.checked += nd_schema_check(&thing_table, &view, &error) == NOEMA_OK;
        if (nd_schema_decode(&thing_table, &view, &made, arena, &error) == NOEMA_OK) {
            bson_t again = BSON_INITIALIZER;
            passed.decoded++;
            nd_schema_encode(&thing_table, &made, &again);
            bson_destroy(&again);
        }
        nd_json *json = nd_schema_json(&view);
        char *text = nd_json_text(json);
        nd_delete(text);
        nd_json_free(json);
    }
    free(copy);
    nd_arena_reset(arena);
}

static bson_t *
whole_document(void)
{
    static const bson_oid_t id = {
        {1, 2, 3}
    };
    static const uint8_t hash[32] = {9};
    bson_decimal128_t price = nd_decimal_of((nd_money){250000000});
    bson_t *scope = bson_new();
    bson_t *made = BCON_NEW(
        "_id", BCON_OID(&id), "price", BCON_DECIMAL128(&price), "made", BCON_DATE_TIME(5), "colour",
        "grün", "name", "Zoë", "body", "{", "k", "v", "l", "[", BCON_INT32(1), "]", "}", "parts",
        "[", "{", "name", "n", "amount", BCON_DECIMAL128(&price), "tags", "[", "t", "]", "}", "]",
        "owners", "[", BCON_OID(&id), "]", "hash", BCON_BIN(BSON_SUBTYPE_BINARY, hash, 32), "open",
        BCON_BOOL(false), "level", BCON_INT32(1), "total", BCON_INT64(7), "ratio", BCON_DOUBLE(0.5),
        "must", "{", "label", "{", "text", "x", "}", "}", "re", BCON_REGEX("a", "i"), "old",
        BCON_BIN(BSON_SUBTYPE_BINARY_DEPRECATED, hash, 4), "ptr", BCON_DBPOINTER("c", &id), "sym",
        BCON_SYMBOL("s"), "code", BCON_CODE("f"));
    bson_append_code_with_scope(made, "scoped", -1, "g", scope);
    bson_destroy(scope);
    return made;
}

static void
random_bytes_crash_no_reader(void **state)
{
    nd_arena *arena = nd_arena_new();
    (void)state;
    (void)seed();
    for (int i = 0; i < 100000; i++) {
        uint8_t bytes[128];
        uint32_t length = (uint32_t)rand() % sizeof bytes;
        for (uint32_t at = 0; at < length; at++) {
            bytes[at] = (uint8_t)(rand() % 3 == 0 ? rand() % 20 : rand());
        }
        if (length >= 5 && rand() % 8 != 0) {
            memcpy(bytes, &length, sizeof length);
            bytes[length - 1] = 0;
        }
        read_all(bytes, length, arena);
    }
    assert_true(passed.opened > 1000);
    nd_arena_free(arena);
}

static void
damaged_documents_crash_no_reader(void **state)
{
    nd_arena *arena = nd_arena_new();
    bson_t *document = whole_document();
    uint32_t length = document->len;
    uint8_t bytes[1024];
    (void)state;
    (void)seed();
    assert_true(length < sizeof bytes);
    assert_int_equal(nd_schema_check(&thing_table, document, NULL), NOEMA_OK);
    memset(&passed, 0, sizeof passed);
    for (int i = 0; i < 60000; i++) {
        memcpy(bytes, bson_get_data(document), length);
        for (int changes = rand() % 4; changes >= 0; changes--) {
            bytes[4 + rand() % (int)(length - 4)] =
                (uint8_t)(rand() % 2 == 0 ? rand() % 40 : rand());
        }
        read_all(bytes, length, arena);
    }
    assert_true(passed.checked > 1000);
    assert_true(passed.decoded > 1000);
    bson_destroy(document);
    nd_arena_free(arena);
}

static void
cut_documents_crash_no_reader(void **state)
{
    nd_arena *arena = nd_arena_new();
    bson_t *document = whole_document();
    uint8_t bytes[1024];
    (void)state;
    for (uint32_t length = 0; length < document->len; length++) {
        memcpy(bytes, bson_get_data(document), length);
        read_all(bytes, length, arena);
        if (length >= 5) {
            memcpy(bytes, &length, sizeof length);
            bytes[length - 1] = 0;
            read_all(bytes, length, arena);
        }
    }
    bson_destroy(document);
    nd_arena_free(arena);
}

static void
random_json_crashes_no_reader(void **state)
{
    static const char *const words[] = {"{",           "}",         "[",  "]",      ",",    ":",
                                        "\"a\"",       "\"$b.c%\"", "1",  "-2.5e3", "true", "null",
                                        "\"\\u00e9\"", " ",         "\"", "\\"};
    nd_arena *arena = nd_arena_new();
    int taken = 0;
    (void)state;
    (void)seed();
    for (int i = 0; i < 100000; i++) {
        char text[256] = "{\"a\":";
        char *end = text + 5;
        for (int count = rand() % 12; count > 0; count--) {
            const char *word = words[(size_t)rand() % (sizeof words / sizeof words[0])];
            end += snprintf(end, 16, "%s", word);
        }
        (void)snprintf(end, 16, "%s", rand() % 2 == 0 ? "}" : "1}");
        nd_bson made;
        noema_error error;
        taken += nd_user_document_take(text, "input", 200, arena, &made, &error) == NOEMA_OK;
        nd_arena_reset(arena);
    }
    assert_true(taken > 1000);
    nd_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_crash_no_reader),
        cmocka_unit_test(damaged_documents_crash_no_reader),
        cmocka_unit_test(cut_documents_crash_no_reader),
        cmocka_unit_test(random_json_crashes_no_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
