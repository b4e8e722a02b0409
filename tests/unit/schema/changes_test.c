/* What nd_schema_changes says of two records. */
#include "unit/schema/thing.h"

/* Requires {set, unset} of the change, and their number; both are destroyed. */
static void
require_changes(const thing *before, const thing *after, uint32_t count, bson_t *set, bson_t *unset)
{
    bson_t set_made = BSON_INITIALIZER;
    bson_t unset_made = BSON_INITIALIZER;
    uint32_t made = nd_schema_changes(&thing_table, before, after, &set_made, &unset_made);
    require_bson(&set_made, set);
    require_bson(&unset_made, unset);
    assert_int_equal(made, count);
    bson_destroy(&set_made);
    bson_destroy(&unset_made);
}

static void
equal_records_change_nothing(void **state)
{
    char name[] = "same";
    char other_name[] = "same";
    bson_t *body = BCON_NEW("k", "v");
    bson_t *other_body = BCON_NEW("k", "v");
    nd_text tags[] = {
        {"t", 1}
    };
    nd_text other_tags[] = {
        {"t", 1}
    };
    thing before = {
        .name = {name, 4},
          .body = nd_bson_of(body), .tags = {tags, 1, 4}
    };
    thing after = {
        .name = {other_name, 4},
          .body = nd_bson_of(other_body)
    };
    (void)state;
    after.tags = (nd_list){other_tags, 1, 1};
    before.note = (nd_text){"", 0};
    require_changes(&before, &after, 0, bson_new(), bson_new());
    bson_destroy(body);
    bson_destroy(other_body);
}

static void
members_that_differ_are_set(void **state)
{
    bson_decimal128_t price = nd_decimal_of((nd_money){-1});
    bson_t *body = BCON_NEW("k", "w");
    bson_t *other_body = BCON_NEW("k", "v");
    thing before = {
        .note = {"ab", 2},
          .body = nd_bson_of(other_body), .level = 4, .open = true
    };
    thing after = {
        .note = {"ac", 2},
          .price = {-1},
          .body = nd_bson_of(body)
    };
    (void)state;
    require_changes(&before, &after, 5,
                    BCON_NEW("price", BCON_DECIMAL128(&price), "note", "ac", "body", "{", "k", "w",
                             "}", "open", BCON_BOOL(false), "level", BCON_INT32(0)),
                    bson_new());
    bson_destroy(body);
    bson_destroy(other_body);
}

static void
optional_members_that_became_zero_are_unset(void **state)
{
    bson_t *body = bson_new();
    nd_id owners[] = {{{1}}};
    thing before = {
        .fee = {1},
          .seen = {1},
          .size = {2},
          .note = {"a", 1},
          .closed = true
    };
    thing after = {0};
    (void)state;
    before.extra = nd_bson_of(body);
    before.owners = (nd_list){owners, 1, 1};
    before.seal.bytes[15] = 1;
    before.box.label.price.nano = 1;
    before.share = 0.1;
    require_changes(&before, &after, 10, bson_new(),
                    BCON_NEW("fee", "", "seen", "", "size", "", "note", "", "extra", "", "owners",
                             "", "seal", "", "closed", "", "share", "", "box", ""));
    bson_destroy(body);
}

static void
lists_and_documents_inside_are_set_whole(void **state)
{
    part parts[] = {
        {.name = {"a", 1}, .amount = {1}           },
        {.name = {"b", 1}, .label = {{"x", 1}, {0}}}
    };
    part others[] = {
        {.name = {"a", 1}, .amount = {1}           },
        {.name = {"b", 1}, .label = {{"y", 1}, {0}}}
    };
    bson_decimal128_t one = nd_decimal_of((nd_money){1});
    bson_decimal128_t zero = nd_decimal_of((nd_money){0});
    thing before = {
        .parts = {parts, 2, 2},
          .must = {.level = 1, .parts = {parts, 2, 2}}
    };
    thing after = {
        .parts = {others, 2, 2},
          .must = {.level = 1, .parts = {parts, 1, 2}}
    };
    (void)state;
    require_changes(&before, &after, 2,
                    BCON_NEW("parts", "[", "{", "name", "a", "amount", BCON_DECIMAL128(&one), "}",
                             "{", "name", "b", "amount", BCON_DECIMAL128(&zero), "label", "{",
                             "text", "y", "}", "}", "]", "must", "{", "level", BCON_INT32(1),
                             "parts", "[", "{", "name", "a", "amount", BCON_DECIMAL128(&one), "}",
                             "]", "}"),
                    bson_new());
}

static void
a_required_member_that_became_zero_is_set(void **state)
{
    bson_decimal128_t zero = nd_decimal_of((nd_money){0});
    part parts[] = {{.amount = {1}}};
    thing before = {
        .price = {1},
          .name = {"ab", 2},
          .parts = {parts, 1, 1},
          .must = {.level = 1}
    };
    thing after = {0};
    (void)state;
    require_changes(
        &before, &after, 4,
        BCON_NEW("price", BCON_DECIMAL128(&zero), "name", "", "parts", "[", "]", "must", "{", "}"),
        bson_new());
}

static void
unknown_words_stay_as_they_are_stored(void **state)
{
    thing before = {.colour = {ND_WORD_UNKNOWN}, .size = {ND_WORD_UNKNOWN}};
    thing after = before;
    (void)state;
    require_changes(&before, &after, 0, bson_new(), bson_new());
    after.colour.at = 1;
    after.size.at = 0;
    require_changes(&before, &after, 2, BCON_NEW("colour", "red"), BCON_NEW("size", ""));
    after.colour.at = 0; /* required: it can't be taken away */
    require_changes(&before, &after, 1, bson_new(), BCON_NEW("size", ""));
    require_changes(&after, &before, 0, bson_new(), bson_new());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_records_change_nothing),
        cmocka_unit_test(members_that_differ_are_set),
        cmocka_unit_test(optional_members_that_became_zero_are_unset),
        cmocka_unit_test(lists_and_documents_inside_are_set_whole),
        cmocka_unit_test(a_required_member_that_became_zero_is_set),
        cmocka_unit_test(unknown_words_stay_as_they_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
