/* Credit and debit: exact amounts and signs, what there is and no more, under races and at the ends
 * of the range. */
#include "fixture.h"

enum { CROWD = 40 };

typedef struct payer {
    noema_id account;
    char key[40];
    noema_status status;
    noema_receipt receipt;
    noema_error error;
} payer;

static void
pay_a_dollar(void *worker)
{
    payer *mine = worker;
    mine->status = noema_economy_debit(db, &mine->account, NOEMA_USD, mine->key, NULL,
                                       &mine->receipt, &mine->error);
}

static void
assert_is_a_true_refusal(const payer *of)
{
    assert_int_equal(of->status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(of->receipt.status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(of->error.needed, NOEMA_USD);
    assert_int_equal(of->error.available, 0);
    assert_string_equal(of->receipt.entry.text, "");
}

static void
forty_concurrent_dollars_on_ten_take_exactly_ten(void **state)
{
    payer payers[CROWD] = {{.status = NOEMA_INTERNAL}};
    bool seen[CROWD + 2] = {false};
    int paid = 0;
    noema_id account = account_with(10 * NOEMA_USD);
    (void)state;
    for (size_t i = 0; i < CROWD; i++) {
        payers[i].account = account;
        (void)snprintf(payers[i].key, sizeof payers[i].key, "crowd:%zu", i);
    }
    race(pay_a_dollar, payers, CROWD, sizeof payers[0]);
    for (size_t i = 0; i < CROWD; i++) {
        const noema_receipt *receipt = &payers[i].receipt;
        if (payers[i].status != NOEMA_OK) {
            assert_is_a_true_refusal(&payers[i]);
            continue;
        }
        paid++;
        assert_true(receipt->seq >= 2 && receipt->seq <= 11 && !seen[receipt->seq]);
        seen[receipt->seq] = true;
        assert_int_equal(receipt->balance, (11 - receipt->seq) * NOEMA_USD);
    }
    assert_int_equal(paid, 10);
    assert_balance(account, 0, 0);
    assert_int_equal(balance_of(account).seq, 11);
}

static void
three_tenths_less_a_tenth_are_two_tenths(void **state)
{
    char text[64];
    noema_id account = account_with(30 * CENT);
    noema_receipt receipt = debited(account, 10 * CENT);
    (void)state;
    assert_int_equal(receipt.balance, 20 * CENT);
    (void)noema_money_format(receipt.balance, text, sizeof text);
    assert_string_equal(text, "0.2");
    assert_int_equal(stored_sum("userEconomy", by_account(account), "$usdCredit"), 20 * CENT);
}

static void
debits_are_negative_so_that_the_ledger_can_be_summed(void **state)
{
    noema_id account = fresh_account();
    (void)state;
    assert_int_equal(credited(account, 7 * NOEMA_USD).amount, 7 * NOEMA_USD);
    assert_int_equal(debited(account, 2 * NOEMA_USD).amount, -2 * NOEMA_USD);
    assert_int_equal(given(account, NOEMA_USD / 2, 0).amount, NOEMA_USD / 2);
    assert_int_equal(stored_sum("transactions", by_account(account), "$amountUsd"),
                     11 * NOEMA_USD / 2);
    assert_balance(account, 5 * NOEMA_USD + NOEMA_USD / 2, 0);
}

static void
a_receipt_tells_the_whole_movement(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_time before = now();
    noema_receipt receipt = debited(account, 2 * NOEMA_USD);
    (void)state;
    assert_int_equal(receipt.status, NOEMA_OK);
    assert_int_equal(receipt.flags, 0);
    assert_string_equal(receipt.account.text, account.text);
    assert_int_equal(strlen(receipt.entry.text), 24);
    assert_int_equal(receipt.seq, 2);
    assert_in_range(receipt.time, (uint64_t)(before - 2000), (uint64_t)(before + 20000));
    assert_int_equal(receipt.promo, 0);
    assert_int_equal(receipt.shortfall, 0);
    assert_int_equal(receipt.balance, 3 * NOEMA_USD);
    assert_int_equal(receipt.held, 0);
    assert_int_equal(receipt.available, 3 * NOEMA_USD);
    assert_int_equal(receipt.exp, 0);
}

static void
a_refusal_for_lack_of_funds_says_by_how_much(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run run = started(account, 2 * NOEMA_USD);
    uint64_t before = stored_everything();
    (void)state;
    (void)run;
    assert_refused(
        noema_economy_debit(db, &account, 4 * NOEMA_USD, fresh_key(), NULL, &receipt, &error),
        NOEMA_INSUFFICIENT_FUNDS, "amount");
    assert_int_equal(error.needed, 4 * NOEMA_USD);
    assert_int_equal(error.available, 3 * NOEMA_USD);
    assert_int_equal(error.flags & NOEMA_RETRYABLE, 0);
    assert_int_equal(receipt.status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(receipt.balance, 5 * NOEMA_USD);
    assert_int_equal(receipt.held, 2 * NOEMA_USD);
    assert_int_equal(receipt.available, 3 * NOEMA_USD);
    assert_int_equal(receipt.amount, 0);
    assert_true(before == stored_everything());
}

static void
a_key_that_was_refused_may_be_tried_again(void **state)
{
    noema_receipt receipt;
    const char *key = fresh_key();
    noema_id account = account_with(NOEMA_USD);
    (void)state;
    assert_status(noema_economy_debit(db, &account, 2 * NOEMA_USD, key, NULL, &receipt, &error),
                  NOEMA_INSUFFICIENT_FUNDS);
    (void)credited(account, NOEMA_USD);
    assert_status(noema_economy_debit(db, &account, 2 * NOEMA_USD, key, NULL, &receipt, &error),
                  NOEMA_OK);
    assert_int_equal(receipt.flags, 0);
    assert_balance(account, 0, 0);
}

static noema_receipt
debited_up_to(noema_id account, noema_money amount)
{
    noema_receipt receipt;
    const noema_command options = {.size = sizeof options, .debit_mode = NOEMA_UP_TO};
    assert_status(
        noema_economy_debit(db, &account, amount, fresh_key(), &options, &receipt, &error),
        NOEMA_OK);
    return receipt;
}

static void
up_to_takes_what_there_is_and_says_what_is_short(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_receipt receipt = debited_up_to(account, 2 * NOEMA_USD);
    (void)state;
    assert_int_equal(receipt.amount, -2 * NOEMA_USD);
    assert_int_equal(receipt.flags, 0);
    assert_int_equal(receipt.shortfall, 0);
    receipt = debited_up_to(account, 10 * NOEMA_USD);
    assert_int_equal(receipt.amount, -3 * NOEMA_USD);
    assert_int_equal(receipt.flags, NOEMA_PARTIAL);
    assert_int_equal(receipt.shortfall, 7 * NOEMA_USD);
    assert_int_equal(receipt.balance, 0);
    receipt = debited_up_to(account, NOEMA_USD);
    assert_int_equal(receipt.amount, 0);
    assert_int_equal(receipt.flags, NOEMA_PARTIAL);
    assert_int_equal(receipt.shortfall, NOEMA_USD);
    assert_int_equal(receipt.seq, 4);
    assert_balance(account, 0, 0);
}

static void
up_to_leaves_what_open_runs_hold(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run run = started(account, 2 * NOEMA_USD);
    noema_receipt receipt = debited_up_to(account, 5 * NOEMA_USD);
    (void)state;
    (void)run;
    assert_int_equal(receipt.amount, -3 * NOEMA_USD);
    assert_int_equal(receipt.held, 2 * NOEMA_USD);
    assert_int_equal(receipt.available, 0);
    assert_balance(account, 2 * NOEMA_USD, 2 * NOEMA_USD);
}

static void
a_nano_dollar_is_kept(void **state)
{
    noema_id account = account_with(1);
    (void)state;
    assert_balance(account, 1, 0);
    (void)credited(account, 123456789);
    assert_int_equal(debited(account, 1).balance, 123456789);
}

static void
beyond_nine_billion_is_refused_and_changes_nothing(void **state)
{
    const noema_money most = INT64_C(9000000000) * NOEMA_USD;
    noema_receipt receipt;
    noema_id account = account_with(most);
    uint64_t before = stored_everything();
    (void)state;
    assert_balance(account, most, 0);
    assert_refused(noema_economy_credit(db, &account, 1, fresh_key(), NULL, &receipt, &error),
                   NOEMA_LIMIT, "amount");
    assert_int_equal(receipt.status, NOEMA_LIMIT);
    assert_refused(noema_economy_bonus(db, &account, 1, fresh_key(), NULL, &receipt, &error),
                   NOEMA_LIMIT, "amount");
    assert_true(before == stored_everything());
    assert_int_equal(debited(account, most).balance, 0);
}

static void
an_account_without_money_reads_as_zeros(void **state)
{
    noema_balance balance = balance_of(fresh_account());
    (void)state;
    assert_zeros(balance);
}

static void
experience_is_added_and_taken(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_command command = command_for(NOEMA_COMMAND_ADD_EXP, account, 0);
    (void)state;
    command.exp = 250;
    assert_int_equal(applied(&command).exp, 250);
    command.exp = -50;
    command.key = fresh_key();
    noema_receipt receipt = applied(&command);
    assert_int_equal(receipt.exp, -50);
    assert_int_equal(receipt.amount, 0);
    assert_int_equal(receipt.balance, NOEMA_USD);
    assert_int_equal(balance_of(account).exp, 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forty_concurrent_dollars_on_ten_take_exactly_ten),
        cmocka_unit_test(three_tenths_less_a_tenth_are_two_tenths),
        cmocka_unit_test(debits_are_negative_so_that_the_ledger_can_be_summed),
        cmocka_unit_test(a_receipt_tells_the_whole_movement),
        cmocka_unit_test(a_refusal_for_lack_of_funds_says_by_how_much),
        cmocka_unit_test(a_key_that_was_refused_may_be_tried_again),
        cmocka_unit_test(up_to_takes_what_there_is_and_says_what_is_short),
        cmocka_unit_test(up_to_leaves_what_open_runs_hold),
        cmocka_unit_test(a_nano_dollar_is_kept),
        cmocka_unit_test(beyond_nine_billion_is_refused_and_changes_nothing),
        cmocka_unit_test(an_account_without_money_reads_as_zeros),
        cmocka_unit_test(experience_is_added_and_taken),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
