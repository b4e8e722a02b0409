/* Refunds: of what was used, at most what is left of it, whoever asks at once. */
#include "fixture.h"

enum { PARTS = 20 };

static noema_command
refund_of(noema_id entry, noema_money amount)
{
    noema_command command = command_for(NOEMA_COMMAND_REFUND, (noema_id){""}, amount);
    command.kind = amount > 0 ? NOEMA_COMMAND_REFUND : NOEMA_COMMAND_REFUND_ALL;
    command.entry = entry;
    return command;
}

static noema_command
refund_of_run(noema_id run, noema_money amount)
{
    noema_command command = refund_of((noema_id){""}, amount);
    command.run = run;
    return command;
}

static void
a_refund_finds_its_account_by_the_entry(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    const noema_command refund = refund_of(debited(account, 3 * NOEMA_USD).entry, NOEMA_USD);
    noema_receipt receipt = applied(&refund);
    (void)state;
    assert_string_equal(receipt.account.text, account.text);
    assert_int_equal(receipt.amount, NOEMA_USD);
    assert_int_equal(receipt.balance, 3 * NOEMA_USD);
    assert_balance(account, 3 * NOEMA_USD, 0);
}

static void
no_more_than_was_taken_is_given_back(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_id entry = debited(account, 3 * NOEMA_USD).entry;
    (void)state;
    noema_command refund = refund_of(entry, 3 * NOEMA_USD + 1);
    assert_refused(apply(&refund, &receipt), NOEMA_LIMIT, "commands.0.amount");
    refund.amount = 2 * NOEMA_USD;
    (void)applied(&refund);
    refund = refund_of(entry, NOEMA_USD + 1);
    assert_refused(apply(&refund, &receipt), NOEMA_LIMIT, "commands.0.amount");
    assert_int_equal(receipt.status, NOEMA_LIMIT);
    refund.amount = NOEMA_USD;
    (void)applied(&refund);
    refund = refund_of(entry, 0);
    assert_refused(apply(&refund, &receipt), NOEMA_LIMIT, "commands.0.amount");
    assert_balance(account, 5 * NOEMA_USD, 0);
}

static void
of_a_partial_debit_no_more_comes_back_than_it_took(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(2 * NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, 5 * NOEMA_USD);
    (void)state;
    debit.debit_mode = NOEMA_UP_TO;
    noema_command refund = refund_of(applied(&debit).entry, 2 * NOEMA_USD + 1);
    assert_status(apply(&refund, &receipt), NOEMA_LIMIT);
    refund = refund_of(refund.entry, 0);
    assert_int_equal(applied(&refund).amount, 2 * NOEMA_USD);
    debit.key = fresh_key();
    debit.amount = 2 * NOEMA_USD;
    (void)applied(&debit);
    debit.key = fresh_key();
    refund = refund_of(applied(&debit).entry, 0);
    assert_status(apply(&refund, &receipt), NOEMA_LIMIT);
    assert_balance(account, 0, 0);
}

static void
what_was_not_used_is_not_refunded(void **state)
{
    noema_receipt receipt;
    noema_id account = fresh_account();
    noema_id entries[4];
    (void)state;
    entries[0] = credited(account, 5 * NOEMA_USD).entry;
    entries[1] = given(account, NOEMA_USD, 0).entry;
    noema_command refund = refund_of(debited(account, 2 * NOEMA_USD).entry, NOEMA_USD);
    entries[2] = applied(&refund).entry;
    noema_command exp = command_for(NOEMA_COMMAND_ADD_EXP, account, 0);
    exp.exp = 1;
    entries[3] = applied(&exp).entry;
    uint64_t before = stored_everything();
    for (size_t i = 0; i < 4; i++) {
        refund = refund_of(entries[i], NOEMA_USD);
        noema_status status = apply(&refund, &receipt);
        assert_true(status == NOEMA_ILLEGAL_TRANSITION || status == NOEMA_INVALID);
        assert_string_equal(error.field, "commands.0.entry");
        refund = refund_of(entries[i], 0);
        assert_status(apply(&refund, &receipt), status);
    }
    assert_true(before == stored_everything());
}

static void
an_entry_or_run_that_is_not_there_is_not_found(void **state)
{
    noema_receipt receipt;
    noema_command refund = refund_of((noema_id){"0123456789abcdef01234567"}, NOEMA_USD);
    (void)state;
    assert_refused(apply(&refund, &receipt), NOEMA_NOT_FOUND, "commands.0.entry");
    refund.entry = (noema_id){""};
    refund.run = (noema_id){"0123456789abcdef01234567"};
    assert_refused(apply(&refund, &receipt), NOEMA_NOT_FOUND, "commands.0.run");
}

static void
a_refund_names_one_thing(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command refund = refund_of(debited(account, NOEMA_USD).entry, NOEMA_USD);
    noema_run run = started(account, NOEMA_USD);
    (void)state;
    refund.run = run.id;
    assert_status(apply(&refund, &receipt), NOEMA_INVALID);
    refund.run = refund.entry = (noema_id){""};
    assert_status(apply(&refund, &receipt), NOEMA_INVALID);
    assert_string_equal(error.field, "commands.0.entry");
    assert_balance(account, 4 * NOEMA_USD, NOEMA_USD);
}

static void
another_account_gets_nothing_of_it(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_id other = account_with(NOEMA_USD);
    noema_command refund = refund_of(debited(account, NOEMA_USD).entry, NOEMA_USD);
    (void)state;
    refund.account = other;
    noema_status status = apply(&refund, &receipt);
    assert_true(status == NOEMA_INVALID || status == NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "commands.0.account");
    assert_balance(account, 4 * NOEMA_USD, 0);
    assert_balance(other, NOEMA_USD, 0);
    refund.account = account;
    (void)applied(&refund);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

static void
a_run_is_refunded_in_parts_and_shows_it(void **state)
{
    noema_receipt receipt;
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    (void)state;
    const noema_settlement settlement =
        completion_of(started(account, 3 * NOEMA_USD).id, 2 * NOEMA_USD);
    (void)settled(&settlement, &run);
    noema_command refund = refund_of_run(run.id, NOEMA_USD / 2);
    assert_int_equal(applied(&refund).amount, NOEMA_USD / 2);
    assert_int_equal(run_of(run.id).refunded, NOEMA_USD / 2);
    refund = refund_of_run(run.id, 2 * NOEMA_USD);
    assert_status(apply(&refund, &receipt), NOEMA_LIMIT);
    refund = refund_of_run(run.id, 0);
    noema_receipt all = applied(&refund);
    assert_int_equal(all.amount, 3 * NOEMA_USD / 2);
    assert_string_equal(all.account.text, account.text);
    assert_int_equal(run_of(run.id).refunded, 2 * NOEMA_USD);
    assert_int_equal(run_of(run.id).charged, 2 * NOEMA_USD);
    assert_int_equal(run_of(run.id).state, NOEMA_RUN_COMPLETED);
    assert_int_equal(applied(&refund).flags, NOEMA_REPLAYED);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

/* The charge of a run has two names: its own entry, and the run. */
static void
by_entry_and_by_run_share_one_bound(void **state)
{
    noema_receipt receipt;
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    (void)state;
    const noema_settlement settlement =
        completion_of(started(account, 3 * NOEMA_USD).id, 2 * NOEMA_USD);
    noema_id entry = settled(&settlement, &run).entry;
    noema_command refund = refund_of(entry, NOEMA_USD);
    (void)applied(&refund);
    assert_int_equal(run_of(run.id).refunded, NOEMA_USD);
    refund = refund_of_run(run.id, NOEMA_USD + 1);
    assert_status(apply(&refund, &receipt), NOEMA_LIMIT);
    refund = refund_of_run(run.id, 0);
    assert_int_equal(applied(&refund).amount, NOEMA_USD);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

static void
a_run_that_is_open_or_free_has_nothing_to_refund(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run run = started(account, NOEMA_USD);
    noema_command refund = refund_of_run(run.id, NOEMA_USD);
    (void)state;
    noema_status status = apply(&refund, &receipt);
    assert_true(status == NOEMA_LIMIT || status == NOEMA_ILLEGAL_TRANSITION);
    const noema_settlement settlement = completion_of(run.id, 0);
    (void)settled(&settlement, &run);
    assert_status(apply(&refund, &receipt), NOEMA_LIMIT);
    refund = refund_of_run(run.id, 0);
    assert_status(apply(&refund, &receipt), NOEMA_LIMIT);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

typedef struct asker {
    noema_command command;
    noema_status status;
    noema_receipt receipt;
    noema_error error;
} asker;

static void
ask(void *worker)
{
    asker *mine = worker;
    mine->status = noema_economy_apply(db, &mine->command, 1, &mine->receipt, sizeof mine->receipt,
                                       &mine->error);
}

static void
twenty_refunds_at_once_of_a_tenth_each_give_ten(void **state)
{
    asker askers[PARTS] = {{.status = NOEMA_INTERNAL}};
    int refunded = 0;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_id entry = debited(account, NOEMA_USD).entry;
    (void)state;
    for (size_t i = 0; i < PARTS; i++) {
        askers[i].command = refund_of(entry, NOEMA_USD / 10);
    }
    race(ask, askers, PARTS, sizeof askers[0]);
    for (size_t i = 0; i < PARTS; i++) {
        refunded += askers[i].status == NOEMA_OK;
        assert_true(askers[i].status == NOEMA_OK || askers[i].status == NOEMA_LIMIT);
    }
    assert_int_equal(refunded, 10);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refund_finds_its_account_by_the_entry),
        cmocka_unit_test(no_more_than_was_taken_is_given_back),
        cmocka_unit_test(of_a_partial_debit_no_more_comes_back_than_it_took),
        cmocka_unit_test(what_was_not_used_is_not_refunded),
        cmocka_unit_test(an_entry_or_run_that_is_not_there_is_not_found),
        cmocka_unit_test(a_refund_names_one_thing),
        cmocka_unit_test(another_account_gets_nothing_of_it),
        cmocka_unit_test(a_run_is_refunded_in_parts_and_shows_it),
        cmocka_unit_test(by_entry_and_by_run_share_one_bound),
        cmocka_unit_test(a_run_that_is_open_or_free_has_nothing_to_refund),
        cmocka_unit_test(twenty_refunds_at_once_of_a_tenth_each_give_ten),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
