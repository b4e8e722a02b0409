/* Declared indexes as createIndexes takes them. */
#include "unit/schema/thing.h"

static void
require_index(size_t index, bson_t *expected)
{
    bson_t made = BSON_INITIALIZER;
    nd_schema_index(&thing_collection, &thing_indexes[index], &made);
    require_bson(&made, expected);
    bson_destroy(&made);
}

static void
a_plain_index_has_keys_and_the_default_name(void **state)
{
    (void)state;
    require_index(0, BCON_NEW("key", "{", "name", BCON_INT32(1), "made", BCON_INT32(-1), "}",
                              "name", "name_1_made_-1"));
}

static void
an_index_of_present_texts_leaves_out_empty_ones(void **state)
{
    (void)state;
    require_index(1, BCON_NEW("key", "{", "note", BCON_INT32(1), "}", "name", "note_1", "unique",
                              BCON_BOOL(true), "partialFilterExpression", "{", "note", "{", "$gt",
                              "", "}", "}"));
    require_index(2, BCON_NEW("key", "{", "box.label.text", BCON_INT32(1), "}", "name",
                              "box.label.text_1", "partialFilterExpression", "{", "box.label.text",
                              "{", "$gt", "", "}", "}"));
}

static void
an_index_of_other_present_fields_asks_whether_they_exist(void **state)
{
    (void)state;
    require_index(3, BCON_NEW("key", "{", "box.level", BCON_INT32(1), "}", "name", "box.level_1",
                              "partialFilterExpression", "{", "box.level", "{", "$exists",
                              BCON_BOOL(true), "}", "}"));
}

static void
an_expiring_index_expires_at_its_date(void **state)
{
    (void)state;
    require_index(4, BCON_NEW("key", "{", "seen", BCON_INT32(1), "}", "name", "seen_1",
                              "expireAfterSeconds", BCON_INT32(0)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_index_has_keys_and_the_default_name),
        cmocka_unit_test(an_index_of_present_texts_leaves_out_empty_ones),
        cmocka_unit_test(an_index_of_other_present_fields_asks_whether_they_exist),
        cmocka_unit_test(an_expiring_index_expires_at_its_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
