/* What goes wrong with one command of a batch is that command's alone: its neighbours are served. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <cmocka.h>

#include "core/clock.h"
#include "integration/engine/desk.h"
#include "integration/engine/lookup.h"

enum { NEIGHBOURS = 12, COMMANDS = NEIGHBOURS + 4 };

/* ---- neighbours ---------------------------------------------------------------------------------- */

/* Debits of accounts of their own, with room for special commands behind them. */
typedef struct street {
    noema_command commands[COMMANDS];
    noema_receipt receipts[COMMANDS];
    char keys[COMMANDS][40];
    size_t count;
} street;

static noema_command *
add(street *on, int32_t kind, const noema_id *account, noema_money amount)
{
    static uint32_t number;
    noema_command *made = &on->commands[on->count];
    (void)snprintf(on->keys[on->count], sizeof on->keys[0], "street:%" PRIu32, ++number);
    *made = (noema_command){.size = sizeof *made,
                            .kind = kind,
                            .account = *account,
                            .amount = amount,
                            .key = on->keys[on->count]};
    on->count++;
    return made;
}

static void
settle_neighbours(bank *at, street *on)
{
    memset(on, 0, sizeof *on);
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        const noema_id account = bank_account(at, NOEMA_USD);
        (void)add(on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4);
    }
}

static void
neighbours_are_served(const street *on)
{
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        assert_int_equal(on->receipts[i].status, NOEMA_OK);
        assert_int_equal(on->receipts[i].flags, 0);
        assert_int_equal(on->receipts[i].balance, 3 * NOEMA_USD / 4);
    }
}

/* ---- refused and repeated ------------------------------------------------------------------------ */

static void
what_is_refused_leaves_its_neighbours_alone(void **state)
{
    bank *at = *state;
    desk open;
    desk_open(&open, at);
    street on;
    settle_neighbours(at, &on);
    const noema_id stranger = {"0123456789abcdef01234567"};
    const noema_id poor = bank_account(at, NOEMA_USD);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &stranger, 1);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &poor, 2 * NOEMA_USD);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &poor, NOEMA_USD);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &poor, 1);
    (void)desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_NOT_FOUND);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(on.receipts[NEIGHBOURS + 2].status, NOEMA_OK);
    assert_int_equal(on.receipts[NEIGHBOURS + 3].status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(bank_read(at, &poor).credit, 0);
    desk_close(&open);
    bank_check(at);
}

static void
twins_in_a_batch_are_one_and_a_false_twin_is_told_so(void **state)
{
    bank *at = *state;
    desk open;
    desk_open(&open, at);
    street on;
    settle_neighbours(at, &on);
    const noema_id account = bank_account(at, NOEMA_USD);
    const noema_id other = bank_account(at, NOEMA_USD);
    const char *key = add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 2)->key;
    add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 2)->key = key;
    add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4)->key = key;
    add(&on, NOEMA_COMMAND_DEBIT, &other, NOEMA_USD / 4)->key = key;
    (void)desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_OK);
    assert_int_equal(on.receipts[NEIGHBOURS].flags, 0);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_OK);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].flags, NOEMA_REPLAYED);
    assert_int_equal(on.receipts[NEIGHBOURS + 2].status, NOEMA_KEY_REUSED);
    assert_int_equal(on.receipts[NEIGHBOURS + 3].status, NOEMA_OK);
    assert_int_equal(bank_read(at, &account).credit, NOEMA_USD / 2);
    desk_close(&open);
    bank_check(at);
}

/* These cost a duplicate key in the middle of the batch's insert. */
static void
keys_that_are_stored_already_are_answered_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    desk open;
    desk_open(&open, at);
    street on;
    noema_receipt receipt;
    settle_neighbours(at, &on);
    const noema_id account = bank_account(at, NOEMA_USD);
    const noema_id other = bank_account(at, NOEMA_USD);
    noema_command *again = add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 2);
    add(&on, NOEMA_COMMAND_DEBIT, &other, NOEMA_USD / 4)->key = "stored:2";
    add(&on, NOEMA_COMMAND_CREDIT, &other, NOEMA_USD)->key = "stored:3";
    add(&on, NOEMA_COMMAND_CREDIT, &account, NOEMA_USD)->key = "stored:3";
    again->key = "stored:1";
    assert_int_equal(noema_economy_debit(at->db, &account, NOEMA_USD / 2, "stored:1", NULL,
                                         &receipt, &at->error),
                     NOEMA_OK);
    assert_int_equal(
        noema_economy_debit(at->db, &other, NOEMA_USD / 2, "stored:2", NULL, &receipt, &at->error),
        NOEMA_OK);
    assert_int_equal(
        noema_economy_credit(at->db, &account, NOEMA_USD, "stored:3", NULL, &receipt, &at->error),
        NOEMA_OK);
    (void)desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].flags, NOEMA_REPLAYED);
    assert_int_equal(on.receipts[NEIGHBOURS].balance, NOEMA_USD / 2);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_KEY_REUSED);
    assert_int_equal(on.receipts[NEIGHBOURS + 2].status, NOEMA_TAKEN);
    assert_int_equal(on.receipts[NEIGHBOURS + 3].flags, NOEMA_REPLAYED);
    desk_close(&open);
    bank_check(at);
}

/* ---- poisoned ------------------------------------------------------------------------------------ */

/* The server's validator is on, and refuses what it would not refuse in peace. */
static void
open_poisoned(desk *made, bank *at, const char *collection, bson_t *validator)
{
    noema_receipt receipt;
    desk_open(made, at);
    assert_int_equal(
        noema_economy_bonus(made->door, &made->blocked, 1, "first", NULL, &receipt, &at->error),
        NOEMA_OK);
    nd_engine_set_bypass(bank_engine(made->door), false);
    bank_run(at, BCON_NEW("collMod", BCON_UTF8(collection), "validator", BCON_DOCUMENT(validator)));
    bson_destroy(validator);
}

static void
an_entry_that_the_validator_refuses_is_told_so_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    desk open;
    open_poisoned(&open, at, "transactions",
                  BCON_NEW("description", "{", "$ne", BCON_UTF8("poison"), "}"));
    street on;
    settle_neighbours(at, &on);
    const noema_id account = bank_account(at, NOEMA_USD);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4);
    add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4)->description = "poison";
    (void)add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4);
    const noema_error error = desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_OK);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_INTERNAL);
    assert_int_equal(on.receipts[NEIGHBOURS + 2].status, NOEMA_OK);
    assert_string_equal(error.reason, "VALIDATOR");
    assert_int_equal(bank_count_key(at, &account, on.keys[NEIGHBOURS + 1]), 0);
    assert_int_equal(bank_read(at, &account).credit, NOEMA_USD / 2);
    desk_close(&open);
    bank_check(at);
}

/* The document is the account's, and so is the verdict. */
static void
an_account_that_the_validator_refuses_is_told_so_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    desk open;
    open_poisoned(&open, at, "userEconomy", BCON_NEW("exp", "{", "$ne", BCON_INT64(666), "}"));
    street on;
    settle_neighbours(at, &on);
    const noema_id account = bank_account(at, NOEMA_USD);
    const noema_id unborn = bank_account(at, 0);
    add(&on, NOEMA_COMMAND_ADD_EXP, &account, 0)->exp = 666;
    add(&on, NOEMA_COMMAND_ADD_EXP, &unborn, 0)->exp = 666;
    (void)desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_INTERNAL);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_INTERNAL);
    assert_int_equal(bank_read(at, &account).seq, 1);
    assert_int_equal(bank_read(at, &unborn).documents, 0);
    desk_close(&open);
    bank_check(at);
}

/* ---- by other hands ------------------------------------------------------------------------------ */

static void
refused_as_corrupt(bank *at, bson_t *edit, bson_t *undo, const char *reason)
{
    desk open;
    desk_open(&open, at);
    street on;
    settle_neighbours(at, &on);
    const noema_id account = bank_account(at, NOEMA_USD);
    bank_edit_account(at, &account, edit);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4);
    (void)add(&on, NOEMA_COMMAND_CREDIT, &account, NOEMA_USD / 4);
    const noema_error error = desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_CORRUPT);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_CORRUPT);
    assert_string_equal(error.reason, reason);
    bank_edit_account(at, &account, undo);
    desk_close(&open);
    bank_check(at);
}

static void
an_account_whose_credit_was_edited_is_corrupt_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    refused_as_corrupt(at, bank_money_edit("usdCredit", "1000"), bank_money_edit("usdCredit", "1"),
                       "SEAL");
    refused_as_corrupt(at, bank_money_edit("overdraftLimitUsd", "5"),
                       BCON_NEW("$unset", "{", "overdraftLimitUsd", BCON_INT32(1), "}"), "SEAL");
    refused_as_corrupt(at, BCON_NEW("$inc", "{", "version", BCON_INT64(1), "}"),
                       BCON_NEW("$inc", "{", "version", BCON_INT64(-1), "}"), "SEAL");
}

static void
an_account_that_cannot_be_read_is_corrupt_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    refused_as_corrupt(at, BCON_NEW("$set", "{", "usdCredit", BCON_UTF8("a lot"), "}"),
                       bank_money_edit("usdCredit", "1"), "");
    refused_as_corrupt(at, bank_money_edit("usdCredit", "NaN"), bank_money_edit("usdCredit", "1"),
                       "");
}

/* Each of the neighbours gives back a debit of its own; one of those debits, the first that a
 * look-up finds, can't be read. */
static void
an_entry_that_cannot_be_read_is_corrupt_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    street on;
    settle_neighbours(at, &on);
    noema_command refunds[NEIGHBOURS];
    noema_receipt receipts[NEIGHBOURS];
    char keys[NEIGHBOURS][60];
    bson_oid_t id;
    size_t odd = 0;
    lookup open;
    lookup_open(&open, at);
    noema_status ignored = noema_economy_apply(at->db, on.commands, on.count, on.receipts,
                                               sizeof on.receipts[0], &at->error);
    (void)ignored;
    neighbours_are_served(&on);
    for (size_t i = 1; i < NEIGHBOURS; i++) {
        odd = strcmp(on.receipts[i].entry.text, on.receipts[odd].entry.text) < 0 ? i : odd;
    }
    bson_oid_init_from_string(&id, on.receipts[odd].entry.text);
    bank_edit(at, "transactions", BCON_NEW("_id", BCON_OID(&id)),
              BCON_NEW("$set", "{", "amountUsd", BCON_UTF8("a lot"), "}"));
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "refund:%s", on.receipts[i].entry.text);
        refunds[i] = (noema_command){.size = sizeof refunds[i],
                                     .kind = NOEMA_COMMAND_REFUND_ALL,
                                     .entry = on.receipts[i].entry,
                                     .key = keys[i]};
    }
    lookup_hold(&open);
    assert_int_equal(noema_economy_apply(open.door, refunds, NEIGHBOURS, receipts,
                                         sizeof receipts[0], &at->error),
                     NOEMA_CORRUPT);
    bank_edit(at, "transactions", BCON_NEW("_id", BCON_OID(&id)),
              bank_money_edit("amountUsd", "-0.25"));
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        assert_int_equal(receipts[i].status, i == odd ? NOEMA_CORRUPT : NOEMA_OK);
    }
    lookup_close(&open);
    bank_check(at);
}

/* ---- time and other writers ---------------------------------------------------------------------- */

/* A bonus that is there, and lasts for less than a second. */
static void
give_for_a_moment(bank *at, const noema_id *account)
{
    enum { MOMENT_MS = 500, TRIES = 20 };
    noema_status status = NOEMA_INVALID;
    for (uint32_t i = 0; i < TRIES && status == NOEMA_INVALID; i++) {
        char key[40];
        noema_receipt receipt;
        noema_command options;
        (void)snprintf(key, sizeof key, "now:%" PRIu32, i);
        options = (noema_command){.size = sizeof options,
                                  .kind = NOEMA_COMMAND_ADD_EXP,
                                  .account = *account,
                                  .exp = 1,
                                  .key = key};
        assert_int_equal(
            noema_economy_apply(at->db, &options, 1, &receipt, sizeof receipt, &at->error),
            NOEMA_OK);
        options = (noema_command){.size = sizeof options, .expires_at = receipt.time + MOMENT_MS};
        (void)snprintf(key, sizeof key, "moment:%" PRIu32, i);
        status =
            noema_economy_bonus(at->db, account, NOEMA_USD, key, &options, &receipt, &at->error);
    }
    assert_int_equal(status, NOEMA_OK);
    nd_sleep_ms(MOMENT_MS + 100);
}

static void
what_has_expired_is_written_off_and_the_rest_is_booked(void **state)
{
    bank *at = *state;
    desk open;
    desk_open(&open, at);
    street on;
    settle_neighbours(at, &on);
    const noema_id account = bank_account(at, NOEMA_USD / 4);
    give_for_a_moment(at, &account);
    assert_int_equal(bank_read(at, &account).credit, 5 * NOEMA_USD / 4);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 2);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &account, NOEMA_USD / 4);
    (void)desk_apply_together(&open, on.commands, on.count, on.receipts);
    neighbours_are_served(&on);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(on.receipts[NEIGHBOURS].available, NOEMA_USD / 4);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_OK);
    assert_int_equal(bank_read(at, &account).credit, 0);
    desk_close(&open);
    bank_check(at);
}

typedef struct outsider {
    bank *at;
    noema_id account;
    atomic_bool leaves;
    atomic_int edits;
} outsider;

/* Edits what the seal does not cover, as fast as it can. */
static void *
keep_editing(void *argument)
{
    outsider *of = argument;
    bson_oid_t id;
    bson_oid_init_from_string(&id, of->account.text);
    mongoc_client_t *client = plain_client(of->at->uri);
    for (int32_t i = 0; !atomic_load(&of->leaves); i++) {
        bson_t *edit = BCON_NEW("update", BCON_UTF8("userEconomy"), "updates", "[", "{", "q", "{",
                                "masterAccountId", BCON_OID(&id), "}", "u", "{", "$set", "{",
                                "note", BCON_INT32(i), "}", "}", "}", "]");
        if (plain_command(client, of->at->database, edit, NULL)) {
            atomic_fetch_add(&of->edits, 1);
        }
    }
    mongoc_client_destroy(client);
    return NULL;
}

static void
another_writer_on_one_account_does_not_keep_the_rest_from_being_booked(void **state)
{
    bank *at = *state;
    desk open;
    desk_open(&open, at);
    street on;
    pthread_t thread;
    settle_neighbours(at, &on);
    outsider writer = {.at = at, .account = bank_account(at, NOEMA_USD)};
    (void)add(&on, NOEMA_COMMAND_DEBIT, &writer.account, NOEMA_USD / 4);
    (void)add(&on, NOEMA_COMMAND_DEBIT, &writer.account, NOEMA_USD / 4);
    assert_int_equal(pthread_create(&thread, NULL, keep_editing, &writer), 0);
    (void)desk_apply_together(&open, on.commands, on.count, on.receipts);
    atomic_store(&writer.leaves, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    neighbours_are_served(&on);
    assert_true(atomic_load(&writer.edits) > 0);
    assert_int_equal(on.receipts[NEIGHBOURS].status, NOEMA_OK);
    assert_int_equal(on.receipts[NEIGHBOURS + 1].status, NOEMA_OK);
    assert_int_equal(bank_read(at, &writer.account).credit, NOEMA_USD / 2);
    desk_close(&open);
    bank_check(at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_leaves_its_neighbours_alone),
        cmocka_unit_test(twins_in_a_batch_are_one_and_a_false_twin_is_told_so),
        cmocka_unit_test(keys_that_are_stored_already_are_answered_and_the_rest_is_booked),
        cmocka_unit_test_setup_teardown(
            an_entry_that_the_validator_refuses_is_told_so_and_the_rest_is_booked, bank_setup,
            bank_teardown),
        cmocka_unit_test_setup_teardown(
            an_account_that_the_validator_refuses_is_told_so_and_the_rest_is_booked, bank_setup,
            bank_teardown),
        cmocka_unit_test(an_account_whose_credit_was_edited_is_corrupt_and_the_rest_is_booked),
        cmocka_unit_test(an_account_that_cannot_be_read_is_corrupt_and_the_rest_is_booked),
        cmocka_unit_test(an_entry_that_cannot_be_read_is_corrupt_and_the_rest_is_booked),
        cmocka_unit_test(what_has_expired_is_written_off_and_the_rest_is_booked),
        cmocka_unit_test(another_writer_on_one_account_does_not_keep_the_rest_from_being_booked),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
