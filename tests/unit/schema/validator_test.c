/* The shape of the server's validator. That the server understands it as the client's check does
 * is shown by tests/integration/agreement_test.c. */
#include "unit/schema/thing.h"

static const char *const sizes[] = {"s", "l"};
static const nd_words size_words = ND_WORDS(sizes);

typedef struct small {
    nd_id id;
    nd_money price;
    nd_text name;
    nd_word size;
    int32_t count;
    int32_t depth;
    int64_t total;
    nd_list owners;
    nd_list labels;
    nd_hash hash;
} small;

static const nd_field small_fields[] = {
    {ND_AT(small, id),     "_id",    {ND_PLAIN},                                ""},
    {ND_AT(small, price),  "price",  {ND_OPTIONAL},                             ""},
    {ND_AT(small, name),   "name",   {ND_TEXT(2, 5)},                           ""},
    {ND_AT(small, size),   "size",   {ND_OPTIONAL, ND_ONE_OF(size_words)},      ""},
    {ND_AT(small, count),  "count",  {ND_OPTIONAL, ND_RANGE(-3, INT32_MAX)},    ""},
    {ND_AT(small, depth),  "depth",  {ND_OPTIONAL, ND_RANGE(INT32_MIN, 5)},     ""},
    {ND_AT(small, total),  "total",  {ND_OPTIONAL, ND_RANGE(0, 8)},             ""},
    {ND_AT(small, owners), "owners", {ND_OPTIONAL, ND_IDS(3)},                  ""},
    {ND_AT(small, labels), "labels", {ND_OPTIONAL, ND_LIST_OF(label_table, 0)}, ""},
    {ND_AT(small, hash),   "hash",   {ND_OPTIONAL},                             ""},
};
static const nd_table small_table = ND_TABLE(small, small_fields);
static const nd_collection small_collection = {"small", &small_table, NULL, 0, ""};

static void
a_validator_says_what_the_table_says(void **state)
{
    bson_decimal128_t least = nd_decimal_of((nd_money){-ND_MONEY_MAX});
    bson_decimal128_t most = nd_decimal_of((nd_money){ND_MONEY_MAX});
    bson_t made = BSON_INITIALIZER;
    (void)state;
    nd_schema_validator(&small_collection, &made);
    require_bson(&made,
                 BCON_NEW("$jsonSchema", "{", "bsonType", "object", "required", "[", "_id", "name",
                          "]", "properties", "{", "_id", "{", "bsonType", "objectId", "}", "price",
                          "{", "bsonType", "decimal", "minimum", BCON_DECIMAL128(&least), "maximum",
                          BCON_DECIMAL128(&most), "}", "name", "{", "bsonType", "string",
                          "minLength", BCON_INT64(2), "maxLength", BCON_INT64(5), "}", "size", "{",
                          "bsonType", "string", "enum", "[", "s", "l", "]", "}", "count", "{",
                          "bsonType", "int", "minimum", BCON_INT64(-3), "}", "depth", "{",
                          "bsonType", "int", "maximum", BCON_INT64(5), "}", "total", "{",
                          "bsonType", "long", "minimum", BCON_INT64(0), "maximum", BCON_INT64(8),
                          "}", "owners", "{", "bsonType", "array", "maxItems", BCON_INT64(3),
                          "items", "{", "bsonType", "objectId", "}", "}", "labels", "{", "bsonType",
                          "array", "items", "{", "bsonType", "object", "properties", "{", "text",
                          "{", "bsonType", "string", "}", "price", "{", "bsonType", "decimal",
                          "minimum", BCON_DECIMAL128(&least), "maximum", BCON_DECIMAL128(&most),
                          "}", "}", "}", "}", "hash", "{", "bsonType", "binData", "}", "}", "}"));
    bson_destroy(&made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_validator_says_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
