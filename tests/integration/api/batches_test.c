/* noema_economy_apply of many: each done or refused for itself, in order for an account. */
#include <stdlib.h>

#include "fixture.h"

enum { MANY = 300 };

static void
each_is_done_or_refused_for_itself_in_order(void **state)
{
    noema_receipt receipts[4];
    noema_id account = fresh_account();
    const noema_command commands[4] = {
        command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD),
        command_for(NOEMA_COMMAND_CREDIT, account, 2 * NOEMA_USD),
        command_for(NOEMA_COMMAND_DEBIT, account, 3 * NOEMA_USD),
        command_for(NOEMA_COMMAND_DEBIT, account, 2 * NOEMA_USD),
    };
    (void)state;
    assert_status(noema_economy_apply(db, commands, 4, receipts, sizeof receipts[0], &error),
                  NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(receipts[0].status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(receipts[1].status, NOEMA_OK);
    assert_int_equal(receipts[1].seq, 1);
    assert_int_equal(receipts[2].status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(receipts[3].status, NOEMA_OK);
    assert_int_equal(receipts[3].seq, 2);
    assert_int_equal(receipts[3].balance, 0);
    assert_balance(account, 0, 0);
}

static void
twins_in_a_batch_are_one(void **state)
{
    noema_receipt receipts[3];
    noema_id account = account_with(NOEMA_USD);
    noema_command commands[3];
    (void)state;
    commands[0] = commands[1] = commands[2] = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    commands[2].amount = NOEMA_USD / 2;
    assert_refused(noema_economy_apply(db, commands, 3, receipts, sizeof receipts[0], &error),
                   NOEMA_KEY_REUSED, "commands.2.amount");
    assert_int_equal(receipts[0].status, NOEMA_OK);
    assert_int_equal(receipts[1].status, NOEMA_OK);
    assert_string_equal(receipts[0].entry.text, receipts[1].entry.text);
    assert_int_equal(receipts[2].status, NOEMA_KEY_REUSED);
    assert_balance(account, 0, 0);
}

static void
hundreds_for_many_accounts_are_all_done(void **state)
{
    enum { ACCOUNTS = 7 };
    noema_id accounts[ACCOUNTS];
    noema_command *commands = calloc(MANY, sizeof *commands);
    noema_receipt *receipts = calloc(MANY, sizeof *receipts);
    char(*keys)[32] = calloc(MANY, sizeof *keys);
    (void)state;
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts[i] = account_with(NOEMA_USD);
    }
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "many:%d", i);
        commands[i] = command_for(NOEMA_COMMAND_DEBIT, accounts[i % ACCOUNTS], 1);
        commands[i].key = keys[i];
    }
    assert_status(noema_economy_apply(db, commands, MANY, receipts, sizeof *receipts, &error),
                  NOEMA_OK);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(receipts[i].status, NOEMA_OK);
        assert_int_equal(receipts[i].seq, 2 + i / ACCOUNTS);
        assert_string_equal(receipts[i].account.text, accounts[i % ACCOUNTS].text);
    }
    assert_status(noema_economy_apply(db, commands, MANY, receipts, sizeof *receipts, &error),
                  NOEMA_OK);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(receipts[i].flags, NOEMA_REPLAYED);
    }
    assert_balance(accounts[0], NOEMA_USD - (MANY + ACCOUNTS - 1) / ACCOUNTS, 0);
    free(commands);
    free(receipts);
    free(keys);
}

/* INVALID is found before anything is sent: nothing of the call happens. */
static void
an_invalid_one_is_named_by_its_place(void **state)
{
    noema_receipt receipts[3];
    noema_id account = account_with(NOEMA_USD);
    noema_command commands[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        commands[i] = command_for(NOEMA_COMMAND_DEBIT, account, CENT);
    }
    commands[1].amount = -1;
    assert_refused(noema_economy_apply(db, commands, 3, receipts, sizeof receipts[0], &error),
                   NOEMA_INVALID, "commands.1.amount");
    assert_int_equal(receipts[1].status, NOEMA_INVALID);
    noema_balance after = balance_of(account);
    int done = (receipts[0].status == NOEMA_OK) + (receipts[2].status == NOEMA_OK);
    assert_int_equal(after.balance, NOEMA_USD - done * CENT);
    assert_int_equal(after.seq, 1 + done);
    assert_int_equal(receipts[0].status, receipts[2].status);
}

static void
the_gravest_status_is_the_calls(void **state)
{
    noema_receipt receipts[2];
    noema_id account = account_with(NOEMA_USD);
    noema_id nobody = {"0123456789abcdef01234567"};
    const noema_command commands[2] = {command_for(NOEMA_COMMAND_DEBIT, account, CENT),
                                       command_for(NOEMA_COMMAND_DEBIT, nobody, CENT)};
    (void)state;
    assert_refused(noema_economy_apply(db, commands, 2, receipts, sizeof receipts[0], &error),
                   NOEMA_NOT_FOUND, "commands.1.account");
    assert_int_equal(receipts[0].status, NOEMA_OK);
    assert_int_equal(receipts[1].status, NOEMA_NOT_FOUND);
    assert_balance(account, NOEMA_USD - CENT, 0);
}

/* A caller that was compiled against a later header has longer receipts. */
static void
longer_receipts_are_filled_at_their_places(void **state)
{
    struct {
        noema_receipt receipt;
        char later[32];
    } receipts[2];
    noema_id account = account_with(NOEMA_USD);
    const noema_command commands[2] = {command_for(NOEMA_COMMAND_DEBIT, account, CENT),
                                       command_for(NOEMA_COMMAND_DEBIT, account, 2 * CENT)};
    (void)state;
    memset(receipts, 0x5a, sizeof receipts);
    assert_status(
        noema_economy_apply(db, commands, 2, &receipts[0].receipt, sizeof receipts[0], &error),
        NOEMA_OK);
    assert_int_equal(receipts[0].receipt.amount, -CENT);
    assert_int_equal(receipts[1].receipt.amount, -2 * CENT);
}

/* And one compiled against an earlier header has shorter ones. */
static void
shorter_receipts_are_not_written_beyond_their_end(void **state)
{
    enum { SHORT = sizeof(noema_receipt) - 16 };
    union {
        noema_receipt receipt;
        unsigned char bytes[2 * sizeof(noema_receipt)];
    } space;
    noema_id account = account_with(NOEMA_USD);
    const noema_command commands[2] = {command_for(NOEMA_COMMAND_DEBIT, account, CENT),
                                       command_for(NOEMA_COMMAND_DEBIT, account, 2 * CENT)};
    (void)state;
    memset(&space, 0x5a, sizeof space);
    noema_status status = noema_economy_apply(db, commands, 2, &space.receipt, SHORT, &error);
    for (size_t i = (size_t)2 * SHORT; i < sizeof space; i++) {
        assert_int_equal(space.bytes[i], 0x5a);
    }
    if (status != NOEMA_OK) {
        assert_refused(status, NOEMA_INVALID, "receipt_size");
        assert_balance(account, NOEMA_USD, 0);
        return;
    }
    noema_money second;
    memcpy(&second, space.bytes + SHORT + offsetof(noema_receipt, amount), sizeof second);
    assert_int_equal(second, -2 * CENT);
}

static void
nothing_to_do_and_too_much_are_refused(void **state)
{
    noema_receipt receipt;
    const noema_command command = command_for(NOEMA_COMMAND_DEBIT, fresh_account(), CENT);
    (void)state;
    assert_status(noema_economy_apply(db, &command, 0, &receipt, sizeof receipt, &error),
                  NOEMA_INVALID);
    assert_string_equal(error.field, "count");
    assert_status(noema_economy_apply(db, &command, 1, &receipt, 0, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "receipt_size");
    assert_status(noema_economy_apply(db, &command, SIZE_MAX, &receipt, sizeof receipt, &error),
                  NOEMA_LIMIT);
    assert_string_equal(error.field, "count");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_done_or_refused_for_itself_in_order),
        cmocka_unit_test(twins_in_a_batch_are_one),
        cmocka_unit_test(hundreds_for_many_accounts_are_all_done),
        cmocka_unit_test(an_invalid_one_is_named_by_its_place),
        cmocka_unit_test(the_gravest_status_is_the_calls),
        cmocka_unit_test(longer_receipts_are_filled_at_their_places),
        cmocka_unit_test(shorter_receipts_are_not_written_beyond_their_end),
        cmocka_unit_test(nothing_to_do_and_too_much_are_refused),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
