/* An engine does not read again what it has just written: but whatever somebody else did to an
 * account meanwhile is seen before money moves. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pthread.h>
#include <cmocka.h>

#include "core/clock.h"
#include "integration/engine/desk.h"

static noema_status
ask(noema_db *door, int32_t kind, const noema_id *account, noema_money amount,
    noema_receipt *receipt)
{
    static uint32_t number;
    char key[40];
    noema_error error;
    (void)snprintf(key, sizeof key, "recent:%" PRIu32, ++number);
    const noema_command command = {
        .size = sizeof command, .kind = kind, .account = *account, .amount = amount, .key = key};
    noema_status status = noema_economy_apply(door, &command, 1, receipt, sizeof *receipt, &error);
    return status;
}

static void
must(noema_db *door, int32_t kind, const noema_id *account, noema_money amount, noema_money balance)
{
    noema_receipt receipt;
    assert_int_equal(ask(door, kind, account, amount, &receipt), NOEMA_OK);
    assert_int_equal(receipt.balance, balance);
}

static void
refused(noema_db *door, int32_t kind, const noema_id *account, noema_money amount,
        noema_status status)
{
    noema_receipt receipt;
    assert_int_equal(ask(door, kind, account, amount, &receipt), status);
}

static noema_db *
other_door(bank *at)
{
    const bank_door door = {.second = true};
    return bank_open(at, &door);
}

/* ---- not read again ------------------------------------------------------------------------------- */

static void
an_account_that_was_just_written_is_not_read_again(void **state)
{
    bank *at = *state;
    const noema_id account = bank_account(at, 10 * NOEMA_USD);
    const int64_t before = bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT);
    for (int i = 1; i <= 5; i++) {
        must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD, (10 - i) * NOEMA_USD);
    }
    assert_int_equal(bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT) - before, 5);
    assert_int_equal(bank_metric(at->db, ND_METRIC_ACCOUNTS_OUTDATED), 0);
    bank_check(at);
}

static void
grants_are_remembered_and_used_up_in_their_order(void **state)
{
    bank *at = *state;
    const noema_id account = bank_account(at, NOEMA_USD);
    const int64_t before = bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT);
    must(at->db, NOEMA_COMMAND_BONUS, &account, NOEMA_USD, 2 * NOEMA_USD);
    must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 2, 3 * NOEMA_USD / 2);
    must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD, NOEMA_USD / 2);
    must(at->db, NOEMA_COMMAND_BONUS, &account, NOEMA_USD, 3 * NOEMA_USD / 2);
    must(at->db, NOEMA_COMMAND_DEBIT, &account, 3 * NOEMA_USD / 2, 0);
    assert_int_equal(bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT) - before, 5);
    bank_check(at);
}

/* ---- by another engine ---------------------------------------------------------------------------- */

/* What an engine remembers is too little, then too much: neither decides. */
static void
what_another_engine_booked_counts_at_once(void **state)
{
    bank *at = *state;
    noema_db *other = other_door(at);
    const noema_id account = bank_account(at, 2 * NOEMA_USD);
    must(other, NOEMA_COMMAND_CREDIT, &account, 8 * NOEMA_USD, 10 * NOEMA_USD);
    must(at->db, NOEMA_COMMAND_DEBIT, &account, 7 * NOEMA_USD, 3 * NOEMA_USD);
    must(other, NOEMA_COMMAND_DEBIT, &account, 2 * NOEMA_USD, NOEMA_USD);
    refused(at->db, NOEMA_COMMAND_DEBIT, &account, 2 * NOEMA_USD, NOEMA_INSUFFICIENT_FUNDS);
    must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD, 0);
    assert_int_equal(bank_metric(other, ND_METRIC_ACCOUNTS_OUTDATED), 1);
    noema_close(other);
    bank_check(at);
}

/* Nor does it make the engine forget. */
static void
a_refusal_is_read_before_it_is_told(void **state)
{
    bank *at = *state;
    const noema_id account = bank_account(at, NOEMA_USD);
    const int64_t recent = bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT);
    const int64_t outdated = bank_metric(at->db, ND_METRIC_ACCOUNTS_OUTDATED);
    for (int i = 1; i <= 3; i++) {
        refused(at->db, NOEMA_COMMAND_DEBIT, &account, 2 * NOEMA_USD, NOEMA_INSUFFICIENT_FUNDS);
        must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 10, (10 - i) * NOEMA_USD / 10);
    }
    assert_int_equal(bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT) - recent, 6);
    assert_int_equal(bank_metric(at->db, ND_METRIC_ACCOUNTS_OUTDATED) - outdated, 0);
    bank_check(at);
}

/* The first of the batch could be paid from what is remembered, the second could not. */
static void
a_refusal_beside_a_debit_is_not_taken_from_memory(void **state)
{
    bank *at = *state;
    noema_db *other = other_door(at);
    const noema_id account = bank_account(at, 10 * NOEMA_USD);
    noema_receipt receipts[2];
    const noema_command commands[] = {
        {.size = sizeof commands[0],
         .kind = NOEMA_COMMAND_DEBIT,
         .account = account,
         .amount = 8 * NOEMA_USD,
         .key = "beside:1"},
        {.size = sizeof commands[0],
         .kind = NOEMA_COMMAND_DEBIT,
         .account = account,
         .amount = 8 * NOEMA_USD,
         .key = "beside:2"},
    };
    must(other, NOEMA_COMMAND_CREDIT, &account, 10 * NOEMA_USD, 20 * NOEMA_USD);
    assert_int_equal(
        noema_economy_apply(at->db, commands, 2, receipts, sizeof receipts[0], &at->error),
        NOEMA_OK);
    assert_int_equal(receipts[1].balance, 4 * NOEMA_USD);
    noema_close(other);
    bank_check(at);
}

static void
an_account_that_two_engines_write_in_turn_is_booked_exactly(void **state)
{
    enum { TURNS = 60 };
    bank *at = *state;
    noema_db *other = other_door(at);
    const noema_id account = bank_account(at, TURNS * NOEMA_USD);
    for (int i = 1; i <= TURNS; i++) {
        must(i % 2 == 0 ? at->db : other, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD,
             (TURNS - i) * NOEMA_USD);
    }
    /* A few outdated guesses, then none: an account that others write is read. */
    assert_in_range(bank_metric(other, ND_METRIC_ACCOUNTS_OUTDATED), 1, 3);
    assert_int_equal(bank_read(at, &account).seq, 1 + TURNS);
    noema_close(other);
    bank_check(at);
}

/* The run is read, its hold not: together they break rules of the ledger that nobody has broken. */
static void
a_run_that_another_engine_started_is_settled_on_a_remembered_account(void **state)
{
    bank *at = *state;
    noema_db *other = other_door(at);
    noema_run run;
    noema_receipt receipt;
    const noema_id account = bank_account(at, 10 * NOEMA_USD);
    const noema_run_request request = {.size = sizeof request,
                                       .account = account,
                                       .key = "elsewhere",
                                       .tool = "flux",
                                       .hold = 5 * NOEMA_USD};
    must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD, 9 * NOEMA_USD);
    assert_int_equal(noema_run_start(other, &request, &run, &at->error), NOEMA_OK);
    const noema_settlement settlement = {.size = sizeof settlement,
                                         .state = NOEMA_RUN_COMPLETED,
                                         .run = run.id,
                                         .price = NOEMA_PRICE_HOLD};
    assert_int_equal(noema_run_settle(at->db, &settlement, &run, &receipt, &at->error), NOEMA_OK);
    assert_int_equal(receipt.balance, 4 * NOEMA_USD);
    noema_close(other);
    bank_check(at);
}

/* ---- by a hand in a shell ------------------------------------------------------------------------- */

static bson_t *
unset(const char *field)
{
    return BCON_NEW("$unset", "{", field, BCON_INT32(1), "}");
}

/* The account is the handle's own work, and remembered. */
static void
an_edit_is_seen(bank *at, bson_t *edit, bson_t *undo)
{
    const noema_id account = bank_account(at, NOEMA_USD);
    must(at->db, NOEMA_COMMAND_BONUS, &account, NOEMA_USD, 2 * NOEMA_USD);
    bank_edit_account(at, &account, edit);
    refused(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4, NOEMA_CORRUPT);
    refused(at->db, NOEMA_COMMAND_CREDIT, &account, NOEMA_USD / 4, NOEMA_CORRUPT);
    bank_edit_account(at, &account, undo);
    must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4, 7 * NOEMA_USD / 4);
    bank_check(at);
}

static void
a_remembered_account_that_was_edited_is_corrupt(void **state)
{
    bank *at = *state;
    an_edit_is_seen(at, bank_money_edit("usdCredit", "1000"), bank_money_edit("usdCredit", "2"));
    an_edit_is_seen(at, bank_money_edit("usdCredit", "1.5"), bank_money_edit("usdCredit", "2"));
    an_edit_is_seen(at, bank_money_edit("overdraftLimitUsd", "5"), unset("overdraftLimitUsd"));
    an_edit_is_seen(at, bank_money_edit("heldUsd", "-5"), unset("heldUsd"));
    an_edit_is_seen(at, bank_money_edit("grants.0.amountUsd", "0.5"),
                    bank_money_edit("grants.0.amountUsd", "1"));
    an_edit_is_seen(at, BCON_NEW("$inc", "{", "version", BCON_INT64(1), "}"),
                    BCON_NEW("$inc", "{", "version", BCON_INT64(-1), "}"));
    an_edit_is_seen(at, BCON_NEW("$set", "{", "accountStatus", "suspended", "}"),
                    unset("accountStatus"));
}

/* Of userEconomy; destroys it. */
static void
set_validator(bank *at, bson_t *validator)
{
    bank_run(at,
             BCON_NEW("collMod", BCON_UTF8("userEconomy"), "validator", BCON_DOCUMENT(validator)));
    bson_destroy(validator);
}

static void *
void_payment(void *argument)
{
    desk *on = argument;
    noema_receipt receipt;
    noema_error error;
    noema_status status = noema_economy_void(on->door, NULL, "never", &receipt, &error);
    return status == NOEMA_OK ? on : NULL;
}

/* Of one account, and of none: a batch that guesses. */
static void
a_remembered_account_that_the_validator_refuses_is_refused_alone(void **state)
{
    bank *at = *state;
    desk open;
    pthread_t threads[2];
    void *is_void = NULL;
    noema_receipt receipt;
    desk_open(&open, at);
    const noema_id account = bank_account(at, NOEMA_USD);
    const noema_command command = {.size = sizeof command,
                                   .kind = NOEMA_COMMAND_ADD_EXP,
                                   .account = account,
                                   .exp = 666,
                                   .key = "refused"};
    desk_call call = {.door = open.door, .commands = &command, .count = 1, .receipts = &receipt};
    must(open.door, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4, 3 * NOEMA_USD / 4);
    nd_engine_set_bypass(bank_engine(open.door), false);
    set_validator(at, BCON_NEW("exp", "{", "$ne", BCON_INT64(666), "}"));
    const int64_t together = desk_togetherness(&open);
    desk_block(&open);
    assert_int_equal(pthread_create(&threads[0], NULL, desk_call_run, &call), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, void_payment, &open), 0);
    desk_await(&open, 2);
    desk_let_go(&open);
    assert_int_equal(pthread_join(threads[0], NULL), 0);
    assert_int_equal(pthread_join(threads[1], &is_void), 0);
    assert_true(desk_togetherness(&open) > together);
    assert_int_equal(receipt.status, NOEMA_INTERNAL);
    assert_string_equal(call.error.reason, "VALIDATOR");
    assert_ptr_equal(is_void, &open);
    must(open.door, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4, NOEMA_USD / 2);
    set_validator(at, bson_new());
    desk_close(&open);
    bank_check(at);
}

static noema_status
gain(noema_db *door, const noema_id *account, int64_t exp, const char *key)
{
    noema_receipt receipt;
    noema_error error;
    const noema_command command = {.size = sizeof command,
                                   .kind = NOEMA_COMMAND_ADD_EXP,
                                   .account = *account,
                                   .exp = exp,
                                   .key = key};
    noema_status status = noema_economy_apply(door, &command, 1, &receipt, sizeof receipt, &error);
    return status;
}

/* What is remembered would come to 666, what is stored does not. */
static void
a_refusal_of_the_validator_is_not_taken_from_memory(void **state)
{
    bank *at = *state;
    noema_db *other = other_door(at);
    const noema_id account = bank_account(at, NOEMA_USD);
    assert_int_equal(gain(at->db, &account, 665, "gain:1"), NOEMA_OK);
    assert_int_equal(gain(other, &account, 100, "gain:2"), NOEMA_OK);
    nd_engine_set_bypass(bank_engine(at->db), false);
    set_validator(at, BCON_NEW("exp", "{", "$ne", BCON_INT64(666), "}"));
    assert_int_equal(gain(at->db, &account, 1, "gain:3"), NOEMA_OK);
    nd_engine_set_bypass(bank_engine(at->db), true);
    set_validator(at, bson_new());
    noema_close(other);
    bank_check(at);
}

/* A sharded collection refuses it: its filter does not name the shard. */
static void
a_server_that_refuses_the_write_of_a_guess_is_asked_by_reads(void **state)
{
    bank *at = *state;
    const noema_id account = bank_account(at, 10 * NOEMA_USD);
    const faultpoint fault = {.command = "findAndModify", .app_name = at->database, .code = 61};
    if (!faultpoint_set(at->client, &fault)) {
        skip();
    }
    for (int i = 1; i <= 5; i++) {
        must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD, (10 - i) * NOEMA_USD);
    }
    faultpoint_off(at->client);
    bank_check(at);
}

static void
what_others_keep_in_the_document_stays_and_does_not_matter(void **state)
{
    bank *at = *state;
    const noema_id account = bank_account(at, 2 * NOEMA_USD);
    const int64_t before = bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT);
    bank_edit_account(at, &account, BCON_NEW("$set", "{", "note", "theirs", "}"));
    must(at->db, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD, NOEMA_USD);
    assert_int_equal(bank_metric(at->db, ND_METRIC_ACCOUNTS_RECENT) - before, 1);
    bank_check(at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_that_was_just_written_is_not_read_again),
        cmocka_unit_test(grants_are_remembered_and_used_up_in_their_order),
        cmocka_unit_test(what_another_engine_booked_counts_at_once),
        cmocka_unit_test(a_refusal_is_read_before_it_is_told),
        cmocka_unit_test(a_refusal_beside_a_debit_is_not_taken_from_memory),
        cmocka_unit_test(an_account_that_two_engines_write_in_turn_is_booked_exactly),
        cmocka_unit_test(a_run_that_another_engine_started_is_settled_on_a_remembered_account),
        cmocka_unit_test(a_remembered_account_that_was_edited_is_corrupt),
        cmocka_unit_test(a_remembered_account_that_the_validator_refuses_is_refused_alone),
        cmocka_unit_test(a_refusal_of_the_validator_is_not_taken_from_memory),
        cmocka_unit_test(a_server_that_refuses_the_write_of_a_guess_is_asked_by_reads),
        cmocka_unit_test(what_others_keep_in_the_document_stays_and_does_not_matter),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
