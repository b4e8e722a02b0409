/* Records into documents, and what a change of a record says to the server. */
#include "unit/schema/thing.h"

static const uint8_t hash_bytes[32] = {1, [31] = 9};

static bson_decimal128_t
usd(const char *text)
{
    bson_decimal128_t made;
    assert_true(bson_decimal128_from_string(text, &made));
    return made;
}

static void
an_empty_record_writes_what_is_required(void **state)
{
    static const uint8_t zeros[32];
    static const bson_oid_t none = {{0}};
    bson_decimal128_t zero = usd("0");
    thing nothing = {0};
    bson_t made = BSON_INITIALIZER;
    (void)state;
    nothing.note.bytes = ""; /* no text either */
    nd_schema_encode(&thing_table, &nothing, &made);
    require_bson(&made, BCON_NEW("_id", BCON_OID(&none), "price", BCON_DECIMAL128(&zero), "made",
                                 BCON_DATE_TIME(0), "name", "", "body", "{", "}", "parts", "[", "]",
                                 "hash", BCON_BIN(BSON_SUBTYPE_BINARY, zeros, 32), "open",
                                 BCON_BOOL(false), "level", BCON_INT32(0), "total", BCON_INT64(0),
                                 "ratio", BCON_DOUBLE(0), "must", "{", "}"));
    bson_destroy(&made);
}

/* Sets every member; what it points to is static. */
static void
fill(thing *made, const bson_t *body)
{
    static nd_text tags[] = {
        {"t1", 2},
        {"",   0}
    };
    static nd_id owners[] = {{{1}}, {{2}}};
    static part parts[] = {
        {.name = {"n", 1}, .amount = {-1}, .colour = {3}, .at = {7}},
        {.name = {"m", 1}, .label = {.price = {5}}}
    };
    parts[1].tags = (nd_list){tags, 1, 1};
    *made = (thing){
        .price = {250000000},
        .fee = {1},
        .plain = {-1200000000000},
        .made = {1},
        .seen = {-2},
        .colour = {2},
        .size = {3},
        .name = {"Zoëtrope", 4},
        .note = {"note", 4},
        .body = nd_bson_of(body),
        .extra = nd_bson_of(body),
        .parts = {parts, 2, 2},
        .owners = {owners, 2, 2},
        .tags = {tags, 2, 2},
        .seal = {{7}},
        .open = true,
        .closed = true,
        .count = -1,
        .level = 5,
        .total = 1,
        .sum = INT64_MIN,
        .ratio = 0.25,
        .share = -0.5,
        .box = {.label = {.text = {"in", 2}}}
    };
    memcpy(made->hash.bytes, hash_bytes, sizeof hash_bytes);
}

static bson_t *
filled_document(void)
{
    static const bson_oid_t none = {{0}};
    static const bson_oid_t owners[] = {{{1}}, {{2}}};
    static const uint8_t seal[16] = {7};
    bson_decimal128_t price = usd("0.25");
    bson_decimal128_t fee = usd("0.000000001");
    bson_decimal128_t plain = usd("-1200");
    bson_decimal128_t minus = usd("-0.000000001");
    bson_decimal128_t zero = usd("0");
    bson_decimal128_t five = usd("5E-9");
    return BCON_NEW(
        "_id", BCON_OID(&none), "price", BCON_DECIMAL128(&price), "fee", BCON_DECIMAL128(&fee),
        "plain", BCON_DECIMAL128(&plain), "made", BCON_DATE_TIME(1), "seen", BCON_DATE_TIME(-2),
        "colour", "green", "size", "grün", "name", "Zoë", "note", "note", "body", "{", "k",
        BCON_INT32(1), "}", "extra", "{", "k", BCON_INT32(1), "}", "parts", "[", "{", "name", "n",
        "amount", BCON_DECIMAL128(&minus), "colour", "grün", "at", BCON_DATE_TIME(7), "}", "{",
        "name", "m", "amount", BCON_DECIMAL128(&zero), "tags", "[", "t1", "]", "label", "{",
        "price", BCON_DECIMAL128(&five), "}", "}", "]", "owners", "[", BCON_OID(&owners[0]),
        BCON_OID(&owners[1]), "]", "tags", "[", "t1", "", "]", "hash",
        BCON_BIN(BSON_SUBTYPE_BINARY, hash_bytes, 32), "seal",
        BCON_BIN(BSON_SUBTYPE_BINARY, seal, 16), "open", BCON_BOOL(true), "closed", BCON_BOOL(true),
        "count", BCON_INT32(-1), "level", BCON_INT32(5), "total", BCON_INT64(1), "sum",
        BCON_INT64(INT64_MIN), "ratio", BCON_DOUBLE(0.25), "share", BCON_DOUBLE(-0.5), "must", "{",
        "}", "box", "{", "label", "{", "text", "in", "}", "}");
}

static void
every_type_is_written_in_the_order_of_the_table(void **state)
{
    bson_t *body = BCON_NEW("k", BCON_INT32(1));
    thing full;
    bson_t made = BSON_INITIALIZER;
    noema_error error;
    (void)state;
    fill(&full, body);
    nd_schema_encode(&thing_table, &full, &made);
    assert_int_equal(nd_schema_check(&thing_table, &made, &error), NOEMA_OK);
    require_bson(&made, filled_document());
    bson_destroy(&made);
    bson_destroy(body);
}

static void
what_is_written_is_read_back(void **state)
{
    bson_t *body = BCON_NEW("k", BCON_INT32(1));
    nd_arena *arena = nd_arena_new();
    thing full;
    thing back = {0};
    bson_t made = BSON_INITIALIZER;
    bson_t set = BSON_INITIALIZER;
    bson_t unset = BSON_INITIALIZER;
    (void)state;
    fill(&full, body);
    nd_schema_encode(&thing_table, &full, &made);
    assert_int_equal(nd_schema_decode(&thing_table, &made, &back, arena, NULL), NOEMA_OK);
    assert_int_equal(nd_schema_changes(&thing_table, &full, &back, &set, &unset), 0);
    assert_true(bson_empty(&set) && bson_empty(&unset));
    bson_destroy(&made);
    bson_destroy(body);
    nd_arena_free(arena);
}

static void
unknown_words_are_never_written(void **state)
{
    thing made = {.colour = {ND_WORD_UNKNOWN}, .size = {ND_WORD_UNKNOWN}};
    bson_t document = BSON_INITIALIZER;
    (void)state;
    nd_schema_encode(&thing_table, &made, &document);
    assert_false(bson_has_field(&document, "colour"));
    assert_false(bson_has_field(&document, "size"));
    bson_destroy(&document);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_record_writes_what_is_required),
        cmocka_unit_test(every_type_is_written_in_the_order_of_the_table),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(unknown_words_are_never_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
