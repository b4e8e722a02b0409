/* Stored documents into records: as this library writes them, as others did, and torn ones. */
#include <math.h>

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

/* Both destroy the document. */
static thing
require_decoded(bson_t *document)
{
    thing made = {0};
    noema_error error = {0};
    noema_status status = nd_schema_decode(&thing_table, document, &made, arena, &error);
    if (status != NOEMA_OK) {
        print_error("%s\n", error.message);
    }
    assert_int_equal(status, NOEMA_OK);
    bson_destroy(document);
    return made;
}

static void
require_corrupt(bson_t *document, const char *path)
{
    thing made = {0};
    noema_error error;
    assert_int_equal(nd_schema_decode(&thing_table, document, &made, arena, &error), NOEMA_CORRUPT);
    assert_string_equal(error.field, path);
    bson_destroy(document);
}

static bson_decimal128_t
decimal(const char *text)
{
    bson_decimal128_t made;
    assert_true(bson_decimal128_from_string(text, &made));
    return made;
}

static void
every_type_is_read(void **state)
{
    static const bson_oid_t id = {
        {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
    };
    static const uint8_t hash[32] = {1, [31] = 9};
    static const uint8_t seal[16] = {2, [15] = 8};
    bson_decimal128_t price = decimal("-0.25");
    thing made = require_decoded(
        BCON_NEW("_id", BCON_OID(&id), "price", BCON_DECIMAL128(&price), "made", BCON_DATE_TIME(-5),
                 "colour", "grün", "name", "Zoë", "body", "{", "a", BCON_INT32(1), "}", "owners",
                 "[", BCON_OID(&id), BCON_OID(&id), "]", "tags", "[", "x", "", "]", "hash",
                 BCON_BIN(BSON_SUBTYPE_BINARY, hash, 32), "seal",
                 BCON_BIN(BSON_SUBTYPE_BINARY, seal, 16), "open", BCON_BOOL(true), "level",
                 BCON_INT32(-7), "total", BCON_INT64(INT64_MAX), "ratio", BCON_DOUBLE(0.5)));
    (void)state;
    assert_memory_equal(made.id.bytes, id.bytes, 12);
    assert_int_equal(made.price.nano, -250000000);
    assert_int_equal(made.made.ms, -5);
    assert_int_equal(made.colour.at, 3);
    assert_true(nd_text_is(made.name, "Zoë"));
    assert_int_equal(made.name.bytes[made.name.length], 0);
    assert_int_equal(made.body.length, 12);
    assert_int_equal(made.owners.count, 2);
    assert_memory_equal(((nd_id *)made.owners.items)[1].bytes, id.bytes, 12);
    assert_int_equal(made.tags.count, 2);
    assert_true(nd_text_is(((nd_text *)made.tags.items)[0], "x"));
    assert_memory_equal(made.hash.bytes, hash, 32);
    assert_memory_equal(made.seal.bytes, seal, 16);
    assert_true(made.open);
    assert_int_equal(made.level, -7);
    assert_int_equal(made.total, INT64_MAX);
    assert_true(made.ratio > 0.49 && made.ratio < 0.51);
    assert_int_equal(made.sum, 0);
    assert_null(made.note.bytes);
}

static void
nested_documents_are_read_in_any_order(void **state)
{
    bson_decimal128_t one = decimal("1");
    thing made = require_decoded(
        BCON_NEW("box", "{", "label", "{", "price", BCON_DECIMAL128(&one), "text", "in", "}",
                 "parts", "[", "{", "tags", "[", "t", "]", "amount", BCON_DECIMAL128(&one), "label",
                 "{", "text", "deep", "}", "name", "n", "}", "{", "}", "]", "level", BCON_INT32(2),
                 "}", "x", BCON_INT32(1), "must", "{", "level", BCON_INT32(3), "}"));
    (void)state;
    assert_int_equal(made.box.level, 2);
    assert_true(nd_text_is(made.box.label.text, "in"));
    assert_int_equal(made.box.parts.count, 2);
    const part *parts = made.box.parts.items;
    assert_true(nd_text_is(parts[0].name, "n"));
    assert_true(nd_text_is(parts[0].label.text, "deep"));
    assert_int_equal(parts[0].amount.nano, 1000000000);
    assert_int_equal(parts[0].tags.count, 1);
    assert_int_equal(parts[1].amount.nano, 0);
    assert_int_equal(made.must.level, 3);
}

static void
what_is_read_does_not_borrow_from_the_document(void **state)
{
    bson_t *document = BCON_NEW("name", "abc", "body", "{", "k", "v", "}", "tags", "[", "x", "]");
    thing made = {0};
    (void)state;
    assert_int_equal(nd_schema_decode(&thing_table, document, &made, arena, NULL), NOEMA_OK);
    bson_destroy(document);
    bson_t view;
    assert_true(nd_text_is(made.name, "abc"));
    assert_true(nd_text_is(*(nd_text *)made.tags.items, "x"));
    assert_true(nd_bson_open(made.body, &view));
    require_bson(&view, BCON_NEW("k", "v"));
}

static void
old_documents_hold_money_as_any_number(void **state)
{
    bson_decimal128_t long_one = decimal("0.10000000049999");
    (void)state;
    assert_int_equal(require_decoded(BCON_NEW("price", BCON_DOUBLE(0.1))).price.nano, 100000000);
    assert_int_equal(require_decoded(BCON_NEW("price", BCON_INT32(-3))).price.nano, -3000000000);
    assert_int_equal(require_decoded(BCON_NEW("price", BCON_INT64(9000000000))).price.nano,
                     ND_MONEY_MAX);
    assert_int_equal(require_decoded(BCON_NEW("price", BCON_DECIMAL128(&long_one))).price.nano,
                     100000000);
}

static void
money_that_can_not_be_read_is_corrupt(void **state)
{
    static const char *const texts[] = {"NaN", "Infinity", "-Infinity", "9000000000.000000001"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bson_decimal128_t value = decimal(texts[i]);
        require_corrupt(BCON_NEW("price", BCON_DECIMAL128(&value)), "price");
    }
    require_corrupt(BCON_NEW("price", BCON_DOUBLE((double)NAN)), "price");
    require_corrupt(BCON_NEW("price", BCON_DOUBLE((double)INFINITY)), "price");
    require_corrupt(BCON_NEW("price", BCON_DOUBLE(1e10)), "price");
    require_corrupt(BCON_NEW("price", BCON_INT64(9000000001)), "price");
    require_corrupt(BCON_NEW("price", BCON_INT64(INT64_MIN)), "price");
    require_corrupt(BCON_NEW("price", "1.5"), "price");
    require_corrupt(BCON_NEW("price", BCON_BOOL(true)), "price");
}

static void
integers_are_read_from_any_whole_number(void **state)
{
    bson_decimal128_t seven = decimal("7.00");
    bson_decimal128_t large = decimal("9223372036854775807");
    (void)state;
    assert_int_equal(require_decoded(BCON_NEW("total", BCON_INT32(5))).total, 5);
    assert_int_equal(require_decoded(BCON_NEW("total", BCON_DOUBLE(-5.0))).total, -5);
    assert_int_equal(require_decoded(BCON_NEW("total", BCON_DECIMAL128(&seven))).total, 7);
    assert_int_equal(require_decoded(BCON_NEW("total", BCON_DECIMAL128(&large))).total, INT64_MAX);
    assert_int_equal(require_decoded(BCON_NEW("total", BCON_DOUBLE(-0x1p63))).total, INT64_MIN);
    assert_int_equal(require_decoded(BCON_NEW("level", BCON_INT64(INT32_MIN))).level, INT32_MIN);
    assert_int_equal(require_decoded(BCON_NEW("level", BCON_DOUBLE(3.0))).level, 3);
    assert_true(require_decoded(BCON_NEW("ratio", BCON_INT32(1))).ratio > 0.99);
    assert_true(require_decoded(BCON_NEW("ratio", BCON_INT64(2))).ratio > 1.99);
}

static void
numbers_that_are_no_such_integer_are_corrupt(void **state)
{
    bson_decimal128_t half = decimal("0.5");
    bson_decimal128_t large = decimal("9223372036854775808");
    bson_decimal128_t huge = decimal("1E+100");
    bson_decimal128_t nan = decimal("NaN");
    (void)state;
    require_corrupt(BCON_NEW("total", BCON_DOUBLE(0.5)), "total");
    require_corrupt(BCON_NEW("total", BCON_DOUBLE(0x1p63)), "total");
    require_corrupt(BCON_NEW("total", BCON_DOUBLE((double)NAN)), "total");
    require_corrupt(BCON_NEW("total", BCON_DECIMAL128(&half)), "total");
    require_corrupt(BCON_NEW("total", BCON_DECIMAL128(&large)), "total");
    require_corrupt(BCON_NEW("total", BCON_DECIMAL128(&huge)), "total");
    require_corrupt(BCON_NEW("total", BCON_DECIMAL128(&nan)), "total");
    require_corrupt(BCON_NEW("level", BCON_INT64(INT64_C(2147483648))), "level");
    require_corrupt(BCON_NEW("level", BCON_DOUBLE(-2147483649.0)), "level");
    require_corrupt(BCON_NEW("ratio", BCON_DOUBLE((double)INFINITY)), "ratio");
}

static void
null_and_absence_are_the_same(void **state)
{
    thing made = require_decoded(BCON_NEW("name", BCON_NULL, "price", BCON_NULL, "box", BCON_NULL,
                                          "parts", BCON_NULL, "colour", BCON_NULL, "must", "{",
                                          "label", BCON_NULL, "}"));
    thing nothing = {0};
    (void)state;
    assert_memory_equal(&made, &nothing, sizeof made);
}

static void
an_unknown_word_is_known_to_be_unknown(void **state)
{
    (void)state;
    assert_int_equal(require_decoded(BCON_NEW("colour", "blue")).colour.at, ND_WORD_UNKNOWN);
    assert_int_equal(require_decoded(BCON_NEW("colour", "")).colour.at, ND_WORD_UNKNOWN);
    assert_int_equal(require_decoded(BCON_NEW("colour", "green")).colour.at, 2);
    require_corrupt(BCON_NEW("colour", BCON_INT32(1)), "colour");
}

static void
a_value_of_another_type_is_corrupt_at_its_path(void **state)
{
    static const uint8_t bytes[33];
    (void)state;
    require_corrupt(BCON_NEW("_id", "x"), "_id");
    require_corrupt(BCON_NEW("made", BCON_INT64(5)), "made");
    require_corrupt(BCON_NEW("name", BCON_INT64(5)), "name");
    require_corrupt(BCON_NEW("body", "[", "]"), "body");
    require_corrupt(BCON_NEW("tags", "{", "}"), "tags");
    require_corrupt(BCON_NEW("open", BCON_INT32(1)), "open");
    require_corrupt(BCON_NEW("must", "[", "]"), "must");
    require_corrupt(BCON_NEW("owners", "[", BCON_NULL, "]"), "owners.0");
    require_corrupt(BCON_NEW("hash", BCON_BIN(BSON_SUBTYPE_BINARY, bytes, 31)), "hash");
    require_corrupt(BCON_NEW("hash", BCON_BIN(BSON_SUBTYPE_BINARY, bytes, 33)), "hash");
    require_corrupt(BCON_NEW("hash", BCON_BIN(BSON_SUBTYPE_UUID, bytes, 32)), "hash");
    require_corrupt(BCON_NEW("seal", BCON_BIN(BSON_SUBTYPE_BINARY, bytes, 0)), "seal");
    require_corrupt(
        BCON_NEW("parts", "[", "{", "}", "{", "label", "{", "text", BCON_BOOL(true), "}", "}", "]"),
        "parts.1.label.text");
    require_corrupt(BCON_NEW("must", "{", "parts", "[", BCON_INT32(1), "]", "}"), "must.parts.0");
}

static void
text_that_is_no_text_is_corrupt(void **state)
{
    bson_t *document = bson_new();
    (void)state;
    bson_append_utf8(document, "name", -1, "a\0b", 3);
    require_corrupt(document, "name");
    document = bson_new();
    bson_append_utf8(document, "name", -1, "\xc3(", 2);
    require_corrupt(document, "name");
    require_corrupt(BCON_NEW("tags", "[", "ok", BCON_UTF8("\xed\xa0\x80"), "]"), "tags.1");
}

static void
a_field_that_stands_twice_is_corrupt(void **state)
{
    (void)state;
    require_corrupt(BCON_NEW("level", BCON_INT32(1), "level", BCON_INT32(1)), "level");
    require_corrupt(BCON_NEW("must", "{", "level", BCON_NULL, "level", BCON_INT32(1), "}"),
                    "must.level");
}

static void
torn_bytes_are_corrupt(void **state)
{
    static const uint8_t torn[] = {13, 0, 0, 0, 0x02, 'x', 0, 99, 0, 0, 0, 0, 0};
    static const uint8_t inside[] = {22, 0, 0, 0,    0x04, 't', 'a', 'g', 's', 0, 11,
                                     0,  0, 0, 0x02, '0',  0,   9,   0,   0,   0, 0};
    bson_t view;
    thing made = {0};
    noema_error error;
    (void)state;
    assert_true(nd_bson_open((nd_bson){torn, sizeof torn}, &view));
    assert_int_equal(nd_schema_decode(&thing_table, &view, &made, arena, &error), NOEMA_CORRUPT);
    assert_true(nd_bson_open((nd_bson){inside, sizeof inside}, &view));
    assert_int_equal(nd_schema_decode(&thing_table, &view, &made, arena, &error), NOEMA_CORRUPT);
    assert_string_equal(error.field, "tags");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(nested_documents_are_read_in_any_order),
        cmocka_unit_test(what_is_read_does_not_borrow_from_the_document),
        cmocka_unit_test(old_documents_hold_money_as_any_number),
        cmocka_unit_test(money_that_can_not_be_read_is_corrupt),
        cmocka_unit_test(integers_are_read_from_any_whole_number),
        cmocka_unit_test(numbers_that_are_no_such_integer_are_corrupt),
        cmocka_unit_test(null_and_absence_are_the_same),
        cmocka_unit_test(an_unknown_word_is_known_to_be_unknown),
        cmocka_unit_test(a_value_of_another_type_is_corrupt_at_its_path),
        cmocka_unit_test(text_that_is_no_text_is_corrupt),
        cmocka_unit_test(a_field_that_stands_twice_is_corrupt),
        cmocka_unit_test(torn_bytes_are_corrupt),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
