/* Stored documents as plain JSON. */
#include <math.h>

#include "unit/schema/thing.h"

/* Destroys the document. */
static void
require_json(bson_t *document, const char *expected)
{
    nd_json *node = nd_schema_json(document);
    char *text = nd_json_text(node);
    assert_string_equal(text, expected);
    nd_delete(text);
    nd_json_free(node);
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
our_types_are_spelled_for_people(void **state)
{
    static const bson_oid_t id = {
        {0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff}
    };
    static const uint8_t bytes[] = {0, 0xc3, 0x28};
    bson_decimal128_t price = decimal("-0.250");
    (void)state;
    require_json(BCON_NEW("_id", BCON_OID(&id), "price", BCON_DECIMAL128(&price), "at",
                          BCON_DATE_TIME(INT64_C(1793534438902)), "name", "Zoë", "n",
                          BCON_INT32(-1), "m", BCON_INT64(INT64_MAX), "d", BCON_DOUBLE(0.5), "b",
                          BCON_BOOL(true), "z", BCON_NULL, "x",
                          BCON_BIN(BSON_SUBTYPE_BINARY, bytes, 3), "in", "{", "list", "[", "a",
                          BCON_INT32(2), "{", "}", "[", "]", "]", "}"),
                 "{\"_id\":\"ab0102030405060708090aff\",\"price\":\"-0.25\","
                 "\"at\":\"2026-11-01T12:00:38.902Z\",\"name\":\"Zoë\",\"n\":-1,"
                 "\"m\":9223372036854775807,\"d\":0.5,\"b\":true,\"z\":null,\"x\":\"00c328\","
                 "\"in\":{\"list\":[\"a\",2,{},[]]}}");
}

static void
what_json_can_not_say_becomes_text(void **state)
{
    static const bson_oid_t id = {{1}};
    bson_t *document = BCON_NEW(
        "nan", BCON_DOUBLE((double)NAN), "inf", BCON_DOUBLE((double)INFINITY), "ninf",
        BCON_DOUBLE(-(double)INFINITY), "re", BCON_REGEX("a.b", "i"), "code", BCON_CODE("f()"),
        "sym", BCON_SYMBOL("s"), "ts", BCON_TIMESTAMP(7, 8), "min", BCON_MINKEY, "max", BCON_MAXKEY,
        "undef", BCON_UNDEFINED, "ptr", BCON_DBPOINTER("c", &id), "far", BCON_DATE_TIME(INT64_MIN));
    bson_t *scope = BCON_NEW("a", BCON_INT32(1));
    (void)state;
    bson_append_code_with_scope(document, "scoped", -1, "g()", scope);
    bson_destroy(scope);
    require_json(document, "{\"nan\":\"NaN\",\"inf\":\"Infinity\",\"ninf\":\"-Infinity\","
                           "\"re\":\"/a.b/i\",\"code\":\"f()\",\"sym\":\"s\","
                           "\"ts\":\"Timestamp(7, 8)\",\"min\":\"MinKey\",\"max\":\"MaxKey\","
                           "\"undef\":null,\"ptr\":\"010000000000000000000000\","
                           "\"far\":\"Date(-9223372036854775808)\",\"scoped\":\"g()\"}");
}

static void
decimals_that_are_no_money_keep_their_digits(void **state)
{
    bson_decimal128_t nan = decimal("NaN");
    bson_decimal128_t large = decimal("1E+30");
    bson_decimal128_t fine = decimal("0.12345678901");
    (void)state;
    require_json(BCON_NEW("a", BCON_DECIMAL128(&nan), "b", BCON_DECIMAL128(&large), "c",
                          BCON_DECIMAL128(&fine)),
                 "{\"a\":\"NaN\",\"b\":\"1E+30\",\"c\":\"0.12345678901\"}");
}

static void
escaped_keys_are_shown_as_they_were_given(void **state)
{
    (void)state;
    require_json(BCON_NEW("Flux 1%2E1", BCON_INT32(1), "%24admin", BCON_INT32(2), "100%25",
                          BCON_INT32(3), "%252E", BCON_INT32(4), "%2e%41%", BCON_INT32(5)),
                 "{\"Flux 1.1\":1,\"$admin\":2,\"100%\":3,\"%2E\":4,\"%2e%41%\":5}");
}

static void
bytes_that_are_no_utf8_are_repaired(void **state)
{
    bson_t *document = bson_new();
    (void)state;
    bson_append_utf8(document, "a", -1, "x\xc3(\0y", 5);
    bson_append_int32(document, "k\xff", -1, 1);
    require_json(document, "{\"a\":\"x?(?y\",\"k?\":1}");
}

/* 5000 deep; an array's only item is named "0". */
static bson_t *
deep(bool has_documents, bool has_arrays)
{
    bson_t *document = bson_new();
    for (int i = 0; i < 5000; i++) {
        bson_t *outer = bson_new();
        bson_append_int32(outer, "0", -1, i);
        if (!has_arrays || (has_documents && i % 2 == 0)) {
            bson_append_document(outer, "1", -1, document);
        } else {
            bson_append_array(outer, "1", -1, document);
        }
        bson_destroy(document);
        document = outer;
    }
    return document;
}

static void
depth_is_bounded(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        bson_t *document = deep((i & 1) != 0, (i & 2) != 0);
        nd_json *node = nd_schema_json(document);
        char *text = nd_json_text(node);
        assert_non_null(strstr(text, "\"(too deep)\""));
        assert_true(strlen(text) < 2000);
        nd_delete(text);
        nd_json_free(node);
        bson_destroy(document);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_types_are_spelled_for_people),
        cmocka_unit_test(what_json_can_not_say_becomes_text),
        cmocka_unit_test(decimals_that_are_no_money_keep_their_digits),
        cmocka_unit_test(escaped_keys_are_shown_as_they_were_given),
        cmocka_unit_test(bytes_that_are_no_utf8_are_repaired),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
