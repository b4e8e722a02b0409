/* What somebody did to the ledger past this library is found, and named by rule and entry. */
#include "fixture.h"

static void
an_untouched_account_is_proved(void **state)
{
    (void)state;
    nd_id account = new_account();
    live(account);
    require_proved(account);
    assert_int_equal(integer_in(report, "accounts"), 1);
    assert_true(integer_in(report, "entries") > 20);
    assert_true(nd_json_bool(nd_json_get(report, "keyed")));
    assert_int_equal(nd_json_kind_of(nd_json_get(report, "next")), ND_JSON_NULL);
    assert_true(nd_json_length(nd_json_get(report, "asOf")) == strlen("2026-11-01T12:00:38.902Z"));
}

static void
a_changed_amount_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t amount = usd("-2");
    live_plainly(account);
    change("transactions", entry_of(account, 4),
           BCON_NEW("$set", "{", "amountUsd", BCON_DECIMAL128(&amount), "}"));
    require_broken(account, "chain", 4, 2);
    require_among("balance", 4);
}

static void
a_flipped_bit_in_a_text_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    change("transactions", entry_of(account, 7),
           BCON_NEW("$set", "{", "description", "what the user reade", "}"));
    require_broken(account, "chain", 7, 1);
}

/* A field that the library does not know is under the hash, too. */
static void
an_added_field_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    change("transactions", entry_of(account, 7), BCON_NEW("$set", "{", "note", "mine", "}"));
    require_broken(account, "chain", 7, 1);
}

static void
a_deleted_entry_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    erase("transactions", entry_of(account, 5));
    require_broken(account, "seq", 5, 1);
}

static void
a_deleted_newest_entry_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    erase("transactions", entry_of(account, 10));
    require_broken(account, "seq", 10, 1);
}

/* A copy of an entry under another _id. */
static void
insert_copy(nd_id account, int64_t seq, int64_t as, int64_t later_ms)
{
    bson_iter_t at;
    bson_t copy = BSON_INITIALIZER;
    bson_oid_t id;
    bson_t *found = stored("transactions", entry_of(account, seq));
    bson_oid_init(&id, NULL);
    bson_append_oid(&copy, "_id", -1, &id);
    assert_true(bson_iter_init_find(&at, found, "timestamp"));
    bson_append_date_time(&copy, "timestamp", -1, bson_iter_date_time(&at) + later_ms);
    bson_append_int64(&copy, "seq", -1, as);
    bson_copy_to_excluding_noinit(found, &copy, "_id", "timestamp", "seq", NULL);
    insert("transactions", bson_copy(&copy));
    bson_destroy(&copy);
    bson_destroy(found);
}

static void
an_inserted_entry_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    insert_copy(account, 5, 5, 0);
    require_broken(account, "seq", 5, 1);
}

static void
an_entry_behind_the_newest_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    insert_copy(account, 10, 11, 5);
    require_broken(account, "seq", 11, 1);
}

static void
reordered_entries_are_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    change("transactions", entry_of(account, 5), BCON_NEW("$set", "{", "seq", BCON_INT64(-6), "}"));
    change("transactions", entry_of(account, 6), BCON_NEW("$set", "{", "seq", BCON_INT64(5), "}"));
    change("transactions", entry_of(account, -6), BCON_NEW("$set", "{", "seq", BCON_INT64(6), "}"));
    assert_int_equal(prove(account, NULL), NOEMA_CORRUPT);
    require_among("chain", 5);
    require_among("seq", 6);
}

static void
a_wrong_hold_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t held = usd("2.5");
    credit(account, 10, "stripe:held");
    start(account, 3, 60000, "start:1");
    require_proved(account);
    change("userEconomy", of_account(account),
           BCON_NEW("$set", "{", "heldUsd", BCON_DECIMAL128(&held), "}"));
    require_broken(account, "held", 1, 2);
    require_among("seal", 1);
}

static void
an_open_hold_that_was_changed_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t open = usd("1");
    credit(account, 10, "stripe:open");
    start(account, 3, 60000, "start:1");
    change("workflowExecutions", of_account(account),
           BCON_NEW("$set", "{", "holdOpenUsd", BCON_DECIMAL128(&open), "}"));
    require_broken(account, "held", 1, 1);
    change("workflowExecutions", of_account(account),
           BCON_NEW("$set", "{", "holdOpenUsd", "three", "}"));
    require_broken(account, "held", 1, 1);
}

static void
a_raised_limit_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t limit = usd("1000");
    live_plainly(account);
    change("userEconomy", of_account(account),
           BCON_NEW("$set", "{", "overdraftLimitUsd", BCON_DECIMAL128(&limit), "}"));
    require_broken(account, "seal", 10, 2);
    require_among("limit", 10);
}

static void
an_edited_balance_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t balance = usd("1000");
    live_plainly(account);
    change("userEconomy", of_account(account),
           BCON_NEW("$set", "{", "usdCredit", BCON_DECIMAL128(&balance), "}"));
    require_broken(account, "seal", 10, 2);
    require_among("document", 10);
}

static void
a_document_without_seal_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    change("userEconomy", of_account(account), BCON_NEW("$unset", "{", "seal", "", "}"));
    require_broken(account, "seal", 10, 1);
}

static void
an_unreadable_document_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    change("userEconomy", of_account(account), BCON_NEW("$set", "{", "usdCredit", "much", "}"));
    require_broken(account, "decode", 0, 1);
    assert_int_equal(integer_in(report, "entries"), 10);
}

static void
a_document_that_is_gone_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    erase("userEconomy", of_account(account));
    require_broken(account, "document", 10, 1);
    assert_int_equal(integer_in(report, "accounts"), 1);
}

/* Signed as the engine would: the law is broken by its own key. */
static void
a_refund_that_is_too_large_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    nd_answer taken = debit(account, 3, "debit:large");
    refund(taken.receipt.entry.text, 2, "refund:1");
    require_proved(account);
    nd_entry forged = {.type = {ND_ENTRY_REFUND},
                       .key = nd_text_of("refund:2"),
                       .amount = {2 * USD},
                       .refund_of = id_of(taken.receipt.entry.text)};
    forged.id = nd_record_id(ND_DOMAIN_MONEY, account, forged.key, 0);
    forge(account, &forged, 0);
    require_broken(account, "refund", 13, 1);
}

static void
a_refund_of_nothing_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    nd_entry forged = {.type = {ND_ENTRY_REFUND},
                       .key = nd_text_of("refund:2"),
                       .amount = {2 * USD},
                       .refund_of = nd_id_new()};
    forged.id = nd_record_id(ND_DOMAIN_MONEY, account, forged.key, 0);
    forge(account, &forged, 0);
    require_broken(account, "refund", 11, 1);
}

static void
a_run_that_says_something_else_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t amount = usd("1");
    credit(account, 10, "stripe:run");
    nd_answer run = start(account, 5, 60000, "start:1");
    settle(run.run.id.text, NOEMA_RUN_COMPLETED, 4, 0);
    require_proved(account);
    change("workflowExecutions", of_account(account),
           BCON_NEW("$set", "{", "refundedUsd", BCON_DECIMAL128(&amount), "}"));
    require_broken(account, "run", 2, 1);
    change("workflowExecutions", of_account(account),
           BCON_NEW("$unset", "{", "refundedUsd", "", "}", "$set", "{", "chargedUsd",
                    BCON_DECIMAL128(&amount), "}"));
    require_broken(account, "run", 2, 1);
    erase("workflowExecutions", of_account(account));
    require_broken(account, "run", 2, 1);
}

static void
a_cut_tail_is_found_by_a_checkpoint(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_json *checkpoint;
    live_plainly(account);
    bson_t *older = stored("userEconomy", of_account(account));
    debit(account, 1, "debit:11");
    assert_int_equal(nd_checkpoint(base, soon(), account, &checkpoint, NULL), NOEMA_OK);
    assert_int_equal(integer_in(checkpoint, "seq"), 11);
    nd_json *kept = nd_json_new_array();
    nd_json_push(kept, checkpoint);
    assert_int_equal(prove(account, kept), NOEMA_OK);
    assert_int_equal(integer_in(report, "checkpoints"), 1);
    erase("transactions", entry_of(account, 11));
    change("userEconomy", of_account(account), older);
    require_proved(account);
    assert_int_equal(prove(account, kept), NOEMA_CORRUPT);
    require_among("checkpoint", 11);
    assert_int_equal(nd_json_length(nd_json_get(report, "problems")), 1);
    nd_json_free(kept);
}

static void
an_entry_that_cant_be_read_is_found(void **state)
{
    (void)state;
    nd_id account = new_account();
    bson_decimal128_t nan = usd("NaN");
    live_plainly(account);
    change("transactions", entry_of(account, 6),
           BCON_NEW("$set", "{", "amountUsd", BCON_DECIMAL128(&nan), "}"));
    require_broken(account, "decode", 6, 2);
    require_among("chain", 6);
}

static void
a_broken_seal_gives_no_checkpoint(void **state)
{
    (void)state;
    nd_id account = new_account();
    noema_error error;
    nd_json *checkpoint;
    assert_int_equal(nd_checkpoint(base, soon(), account, &checkpoint, &error), NOEMA_NOT_FOUND);
    live_plainly(account);
    change("userEconomy", of_account(account), BCON_NEW("$set", "{", "exp", BCON_INT64(1000), "}"));
    assert_int_equal(nd_checkpoint(base, soon(), account, &checkpoint, &error), NOEMA_CORRUPT);
    assert_string_equal(error.reason, "SEAL");
    assert_null(checkpoint);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_test)
    const struct CMUnitTest tests[] = {
        TEST(an_untouched_account_is_proved),
        TEST(a_changed_amount_is_found),
        TEST(a_flipped_bit_in_a_text_is_found),
        TEST(an_added_field_is_found),
        TEST(a_deleted_entry_is_found),
        TEST(a_deleted_newest_entry_is_found),
        TEST(an_inserted_entry_is_found),
        TEST(an_entry_behind_the_newest_is_found),
        TEST(reordered_entries_are_found),
        TEST(a_wrong_hold_is_found),
        TEST(an_open_hold_that_was_changed_is_found),
        TEST(a_raised_limit_is_found),
        TEST(an_edited_balance_is_found),
        TEST(a_document_without_seal_is_found),
        TEST(an_unreadable_document_is_found),
        TEST(a_document_that_is_gone_is_found),
        TEST(a_refund_that_is_too_large_is_found),
        TEST(a_refund_of_nothing_is_found),
        TEST(a_run_that_says_something_else_is_found),
        TEST(a_cut_tail_is_found_by_a_checkpoint),
        TEST(an_entry_that_cant_be_read_is_found),
        TEST(a_broken_seal_gives_no_checkpoint),
    };
    require_server();
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
