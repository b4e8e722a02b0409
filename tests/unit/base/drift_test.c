/* Comparing what the server lists with what is declared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/install_private.h"

typedef struct row {
    const char *name;
    const char *declared;
    const char *listed;
    bool same;
} row;

#define KEY "\"key\":{\"a\":1,\"b\":-1}"
#define NAMED ",\"name\":\"a_1_b_-1\""

static row documents[] = {
    {"the_types_of_numbers_do_not_count", "{\"a\":{\"$numberLong\":\"1\"},\"b\":1.0}",
     "{\"a\":1,\"b\":1}",                                                                                                   true },
    {"their_values_do",                   "{\"a\":1}",                                 "{\"a\":2}",                         false},
    {"the_order_counts",                  "{\"a\":1,\"b\":2}",                         "{\"b\":2,\"a\":1}",                 false},
    {"more_is_different",                 "{\"a\":1}",                                 "{\"a\":1,\"b\":2}",                 false},
    {"less_is_different",                 "{\"a\":1,\"b\":2}",                         "{\"a\":1}",                         false},
    {"it_looks_inside",                   "{\"a\":{\"b\":[1,{\"c\":\"x\"}]}}",         "{\"a\":{\"b\":[1,{\"c\":\"y\"}]}}",
     false                                                                                                                       },
    {"equal_inside_is_equal",             "{\"a\":{\"b\":[1,{\"c\":\"x\"}]}}",
     "{\"a\":{\"b\":[1.0,{\"c\":\"x\"}]}}",                                                                                 true },
    {"an_array_is_no_document",           "{\"a\":[1]}",                               "{\"a\":{\"0\":1}}",                 false},
    {"decimals_are_compared",             "{\"a\":{\"$numberDecimal\":\"1\"}}",
     "{\"a\":{\"$numberDecimal\":\"2\"}}",                                                                                  false},
    {"a_number_is_no_text",               "{\"a\":1}",                                 "{\"a\":\"1\"}",                     false},
};

static row indexes[] = {
    {"an_index_is_itself",                   "{" KEY NAMED "}",                                                    "{\"v\":2," KEY NAMED "}",                       true },
    {"its_name_does_not_count",              "{" KEY NAMED "}",                                                    "{\"v\":2," KEY ",\"name\":\"other\"}",          true },
    {"what_is_switched_off_is_not_there",    "{" KEY NAMED "}",
     "{\"v\":2," KEY NAMED ",\"unique\":false,\"background\":true}",                                                                                                true },
    {"unique_counts",                        "{" KEY NAMED ",\"unique\":true}",                                    "{\"v\":2," KEY NAMED "}",                       false},
    {"unique_unasked_counts",                "{" KEY NAMED "}",                                                    "{\"v\":2," KEY NAMED ",\"unique\":true}",       false},
    {"the_direction_counts",                 "{" KEY NAMED "}",                                                    "{\"v\":2,\"key\":{\"a\":1,\"b\":1}" NAMED "}",
     false                                                                                                                                                               },
    {"the_order_of_keys_counts",             "{" KEY NAMED "}",                                                    "{\"v\":2,\"key\":{\"b\":-1,\"a\":1}" NAMED "}",
     false                                                                                                                                                               },
    {"the_filter_counts",                    "{" KEY NAMED ",\"partialFilterExpression\":{\"a\":{\"$gt\":\"\"}}}",
     "{\"v\":2," KEY NAMED ",\"partialFilterExpression\":{\"a\":{\"$exists\":true}}}",                                                                              false},
    {"a_filter_unasked_counts",              "{" KEY NAMED "}",
     "{\"v\":2," KEY NAMED ",\"partialFilterExpression\":{\"a\":1}}",                                                                                               false},
    {"expiry_counts",                        "{" KEY NAMED ",\"expireAfterSeconds\":0}",
     "{\"v\":2," KEY NAMED ",\"expireAfterSeconds\":60.0}",                                                                                                         false},
    {"expiry_as_another_number_is_the_same", "{" KEY NAMED ",\"expireAfterSeconds\":0}",
     "{\"v\":2," KEY NAMED ",\"expireAfterSeconds\":0.0}",                                                                                                          true },
    {"hidden_counts",                        "{" KEY NAMED "}",                                                    "{\"v\":2," KEY NAMED ",\"hidden\":true}",       false},
    {"a_collation_counts",                   "{" KEY NAMED "}",
     "{\"v\":2," KEY NAMED ",\"collation\":{\"locale\":\"de\"}}",                                                                                                   false},
};
enum {
    DOCUMENTS = sizeof documents / sizeof documents[0],
    INDEXES = sizeof indexes / sizeof indexes[0]
};

/* bson_t points into itself: it can't be returned by value. */
static void
parse(const char *json, bson_t *made)
{
    bson_error_t error;
    assert_true(bson_init_from_json(made, json, -1, &error));
}

static void
check(const row *of, bool (*same)(const bson_t *, const bson_t *))
{
    bson_t declared;
    bson_t listed;
    parse(of->declared, &declared);
    parse(of->listed, &listed);
    assert_int_equal(same(&declared, &listed), of->same);
    bson_destroy(&declared);
    bson_destroy(&listed);
}

static void
documents_compare(void **state)
{
    check(*state, nd_bson_same);
}

static void
indexes_compare(void **state)
{
    check(*state, nd_index_same);
}

int
main(void)
{
    static struct CMUnitTest tests[DOCUMENTS + INDEXES];
    for (size_t i = 0; i < DOCUMENTS; i++) {
        tests[i] =
            (struct CMUnitTest){documents[i].name, documents_compare, NULL, NULL, &documents[i]};
    }
    for (size_t i = 0; i < INDEXES; i++) {
        tests[DOCUMENTS + i] =
            (struct CMUnitTest){indexes[i].name, indexes_compare, NULL, NULL, &indexes[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
