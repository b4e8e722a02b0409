/* The walk proves what the law wrote, and names what somebody else did to it. */
#include "ledger.h"

#include <string.h>

#include "transactions/store.h"

static void
what_the_law_wrote_is_proved(void **state)
{
    ledger *on = *state;
    ledger_require_clean(on);
    ledger_fill(on);
    assert_int_equal(on->documents.count, on->economy.seq);
    assert_true(on->documents.count > 15);
    ledger_require_clean(on);
    assert_int_equal(on->trail.seq, on->economy.seq);
}

static void
a_changed_amount_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 5);
    entry.amount.nano += 1;
    ledger_replace(on, 5, &entry);
    assert_int_equal(ledger_prove(on, 1000), 2);
    ledger_require_among(on, "chain", 5);
    ledger_require_among(on, "balance", 5);
}

/* Every bit of an entry's bytes but the last NUL is under the hash, or is it. */
static void
every_flipped_bit_is_found(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_bson *stored = (nd_bson *)on->documents.items + 6;
    const nd_bson right = *stored;
    for (uint32_t bit = 0; bit < 8 * right.length; bit++) {
        uint8_t *bytes = nd_arena_copy(on->arena, right.bytes, right.length);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        *stored = (nd_bson){bytes, right.length};
        assert_true(ledger_prove(on, 1000) > 0);
    }
}

static void
a_flipped_bit_in_a_text_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 7);
    entry.description = nd_arena_string(on->arena, "what the user Reads");
    ledger_replace(on, 7, &entry);
    ledger_require(on, "chain", 7);
}

static void
a_deleted_entry_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    ledger_delete(on, 5);
    ledger_require(on, "seq", 5);
}

static void
deleted_entries_are_one_gap(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    ledger_delete(on, 1);
    ledger_delete(on, 2);
    ledger_delete(on, 3);
    ledger_require(on, "seq", 1);
}

static void
a_missing_tail_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    ledger_delete(on, on->economy.seq);
    ledger_delete(on, on->economy.seq - 1);
    ledger_require(on, "seq", on->economy.seq - 1);
}

static void
an_inserted_entry_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 5);
    entry.id = nd_id_new();
    ledger_insert(on, 5, &entry);
    ledger_require(on, "seq", 5);
}

/* The forged one comes first, so the true one looks like the second of its number. */
static void
of_two_with_one_number_the_chained_one_is_believed(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 5);
    nd_id forged = nd_id_new();
    entry.id = forged;
    entry.amount.nano -= 1;
    entry.after.nano -= 1;
    ledger_insert(on, 4, &entry);
    ledger_require(on, "seq", 5);
    const nd_json *problem = nd_json_at(on->problems.list, 0);
    assert_string_equal(nd_json_string(nd_json_get(problem, "entry")), nd_id_public(forged).text);
}

static void
inserted_entries_with_far_numbers_do_not_hide_the_rest(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    for (int64_t i = 0; i < 3; i++) {
        nd_entry entry = ledger_entry(on, 4);
        entry.id = nd_id_new();
        entry.seq = 900 + i;
        ledger_insert(on, 4, &entry);
    }
    nd_entry entry = ledger_entry(on, 4);
    entry.seq = on->economy.seq;
    entry.id = nd_id_new();
    ledger_insert(on, 2, &entry);
    assert_int_equal(ledger_prove(on, 1000), 4);
    ledger_require_among(on, "seq", 900);
    ledger_require_among(on, "seq", 902);
    ledger_require_among(on, "seq", on->economy.seq);
    assert_int_equal(on->trail.seq, on->economy.seq);
}

/* As if their times had been changed for each other. */
static void
reordered_entries_are_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry first = ledger_entry(on, 8);
    nd_entry second = ledger_entry(on, 9);
    nd_time time = first.timestamp;
    first.timestamp = second.timestamp;
    second.timestamp = time;
    ledger_put(on, 7, &second);
    ledger_put(on, 8, &first);
    assert_int_equal(ledger_prove(on, 1000), 3);
    ledger_require_among(on, "chain", 8);
    ledger_require_among(on, "seq", 9); /* it stands before entry 8, and is missing behind it */
}

static void
renumbered_entries_are_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry first = ledger_entry(on, 8);
    nd_entry second = ledger_entry(on, 9);
    first.seq = 9;
    second.seq = 8;
    ledger_put(on, 7, &second);
    ledger_put(on, 8, &first);
    assert_true(ledger_prove(on, 1000) >= 2);
    ledger_require_among(on, "chain", 8);
    ledger_require_among(on, "chain", 9);
}

static void
another_key_proves_nothing(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    on->key.bytes[0] ^= 1;
    assert_int_equal(ledger_prove(on, 1000), on->economy.seq);
    ledger_require_among(on, "chain", 1);
}

static void
a_forged_id_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 3);
    entry.id = nd_id_new();
    ledger_replace(on, 3, &entry);
    ledger_rechain(on, 3);
    ledger_require(on, "id", 3);
}

/* With the key, even the chain can be forged: the sums are still not what they were. */
static void
a_rechained_amount_breaks_the_balances(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 11);
    entry.amount.nano -= 1;
    entry.after.nano -= 1;
    ledger_replace(on, 11, &entry);
    ledger_rechain(on, 11);
    ledger_require(on, "balance", 12);
}

static void
an_unreadable_entry_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    bson_t document;
    bson_t broken = BSON_INITIALIZER;
    nd_hash hash = ledger_entry(on, 5).hash;
    nd_bson *stored = (nd_bson *)on->documents.items + 4;
    assert_true(nd_bson_open(*stored, &document));
    bson_copy_to_excluding_noinit(&document, &broken, "amountUsd", "hash", NULL);
    bson_append_utf8(&broken, "amountUsd", -1, "five", -1);
    bson_append_binary(&broken, "hash", -1, BSON_SUBTYPE_BINARY, hash.bytes, sizeof(hash.bytes));
    *stored = nd_bson_copy(&broken, on->arena);
    bson_destroy(&broken);
    assert_int_equal(ledger_prove(on, 1000), 2);
    ledger_require_among(on, "decode", 5);
    ledger_require_among(on, "chain", 5);
    assert_int_equal(on->trail.seq, on->economy.seq);
}

static void
the_document_must_say_what_the_entries_say(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    const nd_economy right = on->economy;
    on->economy.credit.nano += 1;
    ledger_require(on, "document", right.seq);
    on->economy = right;
    on->economy.exp += 1;
    ledger_require(on, "document", right.seq);
    on->economy = right;
    on->economy.head_at.ms -= 1;
    ledger_require(on, "document", right.seq);
    on->economy = right;
    on->economy.head.bytes[0] ^= 1;
    ledger_require(on, "head", right.seq);
    on->economy = right;
    on->economy.limit.nano = USD;
    ledger_require(on, "limit", right.seq);
    on->economy = right;
    ledger_require_clean(on);
}

static void
an_empty_ledger_has_an_empty_document(void **state)
{
    ledger *on = *state;
    on->economy.credit.nano = 5;
    ledger_require(on, "document", 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_the_law_wrote_is_proved),
        TEST(a_changed_amount_is_named),
        TEST(every_flipped_bit_is_found),
        TEST(a_flipped_bit_in_a_text_is_named),
        TEST(a_deleted_entry_is_named),
        TEST(deleted_entries_are_one_gap),
        TEST(a_missing_tail_is_named),
        TEST(an_inserted_entry_is_named),
        TEST(of_two_with_one_number_the_chained_one_is_believed),
        TEST(inserted_entries_with_far_numbers_do_not_hide_the_rest),
        TEST(reordered_entries_are_named),
        TEST(renumbered_entries_are_named),
        TEST(another_key_proves_nothing),
        TEST(a_forged_id_is_named),
        TEST(a_rechained_amount_breaks_the_balances),
        TEST(an_unreadable_entry_is_named),
        TEST(the_document_must_say_what_the_entries_say),
        TEST(an_empty_ledger_has_an_empty_document),
    };
    if (!nd_crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
