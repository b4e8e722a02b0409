/* The statement of a changed record. */
#include "schema/statements.h"
#include "unit/schema/thing.h"

static const uint8_t id_bytes[12] = {1, 2, 3};

typedef struct small {
    nd_id id;
    nd_money price;
    nd_money fee;
    nd_text note;
    nd_list tags; /* of nd_text */
} small;

static const nd_field small_fields[] = {
    {ND_AT(small, id),    "_id",   {ND_PLAIN},                 "Which."},
    {ND_AT(small, price), "price", {ND_MONEY},                 "Price."},
    {ND_AT(small, fee),   "fee",   {ND_OPTIONAL},              "Fee."  },
    {ND_AT(small, note),  "note",  {ND_OPTIONAL},              "Note." },
    {ND_AT(small, tags),  "tags",  {ND_OPTIONAL, ND_TEXTS(0)}, "Tags." },
};
static const nd_table small_table = ND_TABLE(small, small_fields);

static small
sample(void)
{
    small made = {
        .price = {5},
          .note = {"ab", 2}
    };
    memcpy(made.id.bytes, id_bytes, sizeof id_bytes);
    return made;
}

/* Requires the one statement of an update command; destroys both. */
static void
require_statement(nd_statements *made, bson_t *statement)
{
    bson_t expected = BSON_INITIALIZER;
    bson_t updates;
    bson_append_utf8(&expected, "update", -1, "smalls", -1);
    bson_append_array_begin(&expected, "updates", -1, &updates);
    bson_append_document(&updates, "0", 1, statement);
    bson_append_array_end(&expected, &updates);
    nd_statements_end(made, false);
    require_bson(&made->command, bson_copy(&expected));
    bson_destroy(&expected);
    bson_destroy(statement);
    nd_statements_free(made);
}

static void
an_update_goes_by_id(void **state)
{
    (void)state;
    nd_statements made;
    const small before = sample();
    small after = before;
    bson_oid_t id;
    bson_decimal128_t fee = nd_decimal_of((nd_money){7});
    bson_oid_init_from_data(&id, id_bytes);
    after.fee.nano = 7;
    after.note = (nd_text){0};
    nd_statements_begin(&made, "update", "smalls");
    nd_statements_update(&made, before.id, &small_table, &before, &after);
    require_statement(&made,
                      BCON_NEW("q", "{", "_id", BCON_OID(&id), "}", "u", "{", "$set", "{", "fee",
                               BCON_DECIMAL128(&fee), "}", "$unset", "{", "note", "", "}", "}"));
}

static void
what_did_not_change_gives_no_statement(void **state)
{
    (void)state;
    nd_statements made;
    const small before = sample();
    nd_statements_begin(&made, "update", "smalls");
    nd_statements_update(&made, before.id, &small_table, &before, &before);
    assert_int_equal(made.count, 0);
    nd_statements_end(&made, false);
    nd_statements_free(&made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_goes_by_id),
        cmocka_unit_test(what_did_not_change_gives_no_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
