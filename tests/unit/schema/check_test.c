/* The client's check: which path it names. That its verdicts are the server's is shown by
 * tests/integration/agreement_test.c. */
#include "unit/schema/thing.h"

static const bson_oid_t some_id = {
    {1, 2, 3}
};

/* A part as it must be, with one more member. */
static bson_t *
part_of(const char *name, const char *amount)
{
    bson_decimal128_t decimal;
    assert_true(bson_decimal128_from_string(amount, &decimal));
    return BCON_NEW("name", BCON_UTF8(name), "amount", BCON_DECIMAL128(&decimal));
}

static bson_t *
thing_with_part(bson_t *one, const char *name)
{
    static const uint8_t hash[32];
    bson_decimal128_t price = nd_decimal_of((nd_money){250000000});
    bson_t *made = BCON_NEW("_id", BCON_OID(&some_id), "price", BCON_DECIMAL128(&price), "made",
                            BCON_DATE_TIME(5), "colour", "grün", "name", BCON_UTF8(name), "body",
                            "{", "}", "parts", "[", BCON_DOCUMENT(one), "]", "hash",
                            BCON_BIN(BSON_SUBTYPE_BINARY, hash, 32), "open", BCON_BOOL(false),
                            "level", BCON_INT32(0), "total", BCON_INT64(0), "ratio",
                            BCON_DOUBLE(0.5), "must", "{", "}", "foreign", BCON_INT32(1));
    bson_destroy(one);
    return made;
}

/* Destroys the document. */
static void
require_refused(bson_t *document, const char *path, const char *message)
{
    noema_error error;
    assert_int_equal(nd_schema_check(&thing_table, document, &error), NOEMA_INVALID);
    assert_string_equal(error.field, path);
    assert_string_equal(error.message, message);
    assert_int_equal(nd_schema_check(&thing_table, document, NULL), NOEMA_INVALID);
    bson_destroy(document);
}

static void
a_whole_document_passes_with_fields_of_others(void **state)
{
    bson_t *document = thing_with_part(part_of("bolt", "0"), "a bé");
    noema_error error;
    (void)state;
    assert_int_equal(nd_schema_check(&thing_table, document, &error), NOEMA_OK);
    bson_destroy(document);
}

static void
a_missing_field_is_named(void **state)
{
    (void)state;
    require_refused(BCON_NEW("foreign", BCON_INT32(1)), "_id", "_id: is missing");
    require_refused(thing_with_part(BCON_NEW("name", "a"), "ab"), "parts.0.amount",
                    "parts.0.amount: is missing");
}

static void
a_wrong_type_is_named_by_its_path(void **state)
{
    (void)state;
    require_refused(thing_with_part(BCON_NEW("name", BCON_INT32(1)), "ab"), "parts.0.name",
                    "parts.0.name: must be of BSON type string");
    require_refused(BCON_NEW("must", "[", "]"), "must", "must: must be of BSON type object");
    require_refused(BCON_NEW("must", "{", "label", "{", "price", BCON_INT32(1), "}", "}"),
                    "must.label.price", "must.label.price: must be of BSON type decimal");
    require_refused(BCON_NEW("owners", "[", BCON_OID(&some_id), "x", "]"), "owners.1",
                    "owners.1: must be of BSON type objectId");
    require_refused(BCON_NEW("note", BCON_NULL), "note", "note: must be of BSON type string");
}

static void
bounds_are_named(void **state)
{
    (void)state;
    require_refused(thing_with_part(part_of("a", "0"), "é"), "name",
                    "name: must be at least 2 characters");
    require_refused(thing_with_part(part_of("a", "0"), "ééééé!"), "name",
                    "name: must be at most 5 characters");
    require_refused(thing_with_part(part_of("a", "NaN"), "ab"), "parts.0.amount",
                    "parts.0.amount: must be from -9000000000 to 9000000000 USD");
    require_refused(BCON_NEW("count", BCON_INT32(8)), "count", "count: must be from -5 to 7");
    require_refused(BCON_NEW("debt", BCON_INT64(1)), "debt", "debt: must be from -9 to 0");
    require_refused(BCON_NEW("colour", "blue"), "colour",
                    "colour: is none of the words that it may be");
    require_refused(BCON_NEW("owners", "[", BCON_OID(&some_id), BCON_OID(&some_id),
                             BCON_OID(&some_id), BCON_OID(&some_id), "]"),
                    "owners", "owners: must have at most 3 items");
}

static void
of_a_field_that_stands_twice_the_first_counts(void **state)
{
    bson_t *document = thing_with_part(part_of("bolt", "0"), "ab");
    noema_error error;
    (void)state;
    bson_append_int32(document, "name", -1, 1);
    assert_int_equal(nd_schema_check(&thing_table, document, &error), NOEMA_OK);
    bson_destroy(document);
    require_refused(BCON_NEW("count", BCON_INT32(9), "count", BCON_INT32(1)), "count",
                    "count: must be from -5 to 7");
}

static void
torn_bytes_are_refused(void **state)
{
    static const uint8_t torn[] = {13, 0, 0, 0, 0x02, 'x', 0, 99, 0, 0, 0, 0, 0};
    static const uint8_t inside[] = {21, 0, 0, 0,    0x03, 'm', 'u', 's', 't', 0, 10,
                                     0,  0, 0, 0x7f, 'x',  0,   0,   0,   0,   0};
    bson_t view;
    noema_error error;
    (void)state;
    assert_true(nd_bson_open((nd_bson){torn, sizeof torn}, &view));
    assert_int_equal(nd_schema_check(&thing_table, &view, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "is no BSON");
    assert_true(nd_bson_open((nd_bson){inside, sizeof inside}, &view));
    assert_int_equal(nd_schema_check(&thing_table, &view, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "must");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_document_passes_with_fields_of_others),
        cmocka_unit_test(a_missing_field_is_named),
        cmocka_unit_test(a_wrong_type_is_named_by_its_path),
        cmocka_unit_test(bounds_are_named),
        cmocka_unit_test(of_a_field_that_stands_twice_the_first_counts),
        cmocka_unit_test(torn_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
