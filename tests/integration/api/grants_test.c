/* Given credit: spent before bought credit, the earliest expiry first; written off when it expires;
 * given back where it came from. */
#include "fixture.h"

enum { GRANTS_MAX = 128 };
static const noema_time day = 86400000;

static void
given_credit_is_spent_before_bought_credit(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_receipt receipt = given(account, 2 * NOEMA_USD, 0);
    (void)state;
    assert_int_equal(receipt.amount, 2 * NOEMA_USD);
    assert_int_equal(receipt.promo, 2 * NOEMA_USD);
    assert_int_equal(balance_of(account).promo, 2 * NOEMA_USD);
    receipt = debited(account, 3 * NOEMA_USD);
    assert_int_equal(receipt.amount, -3 * NOEMA_USD);
    assert_int_equal(receipt.promo, -2 * NOEMA_USD);
    assert_int_equal(balance_of(account).promo, 0);
    assert_balance(account, 4 * NOEMA_USD, 0);
}

/* What is left after the short one expired shows which was spent. */
static void
the_grant_that_expires_first_is_spent_first(void **state)
{
    noema_id account = fresh_account();
    noema_time soon = now() + 1200;
    (void)state;
    (void)given(account, NOEMA_USD, 0);
    (void)given(account, NOEMA_USD, soon + day);
    (void)given(account, NOEMA_USD, soon);
    (void)debited(account, NOEMA_USD);
    sleep_until(soon + 100);
    assert_balance(account, 2 * NOEMA_USD, 0);
    (void)debited(account, 2 * NOEMA_USD);
    assert_balance(account, 0, 0);
}

static void
expired_credit_is_neither_shown_nor_spent(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(NOEMA_USD);
    noema_time soon = now() + 700;
    (void)state;
    (void)given(account, 2 * NOEMA_USD, soon);
    assert_balance(account, 3 * NOEMA_USD, 0);
    sleep_until(soon + 100);
    noema_balance seen = balance_of(account);
    assert_int_equal(seen.balance, NOEMA_USD);
    assert_int_equal(seen.promo, 0);
    assert_int_equal(seen.available, NOEMA_USD);
    assert_int_equal(seen.seq, 2);
    assert_status(
        noema_economy_debit(db, &account, 2 * NOEMA_USD, fresh_key(), NULL, &receipt, &error),
        NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(error.available, NOEMA_USD);
    assert_int_equal(receipt.balance, NOEMA_USD);
}

/* Written off by the library's own entry, before the command that comes next. */
static void
expiry_is_an_entry_of_the_ledger(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_time soon = now() + 600;
    bson_oid_t oid;
    (void)state;
    (void)given(account, 2 * NOEMA_USD, soon);
    (void)debited(account, NOEMA_USD / 2);
    sleep_until(soon + 100);
    noema_receipt receipt = debited(account, NOEMA_USD / 4);
    assert_int_equal(receipt.seq, 5);
    assert_int_equal(receipt.balance, 3 * NOEMA_USD / 4);
    assert_int_equal(receipt.promo, 0);
    bson_oid_init_from_string(&oid, account.text);
    assert_int_equal(stored_sum("transactions",
                                BCON_NEW("masterAccountId", BCON_OID(&oid), "type", "expiry"),
                                "$amountUsd"),
                     -3 * NOEMA_USD / 2);
    assert_int_equal(stored_sum("transactions", by_account(account), "$amountUsd"),
                     3 * NOEMA_USD / 4);
}

static void
a_grant_that_an_open_run_needs_outlives_its_expiry(void **state)
{
    noema_run ended;
    noema_id account = fresh_account();
    noema_time soon = now() + 700;
    (void)state;
    (void)given(account, 3 * NOEMA_USD, soon);
    noema_run run = started(account, 2 * NOEMA_USD);
    sleep_until(soon + 100);
    noema_balance seen = balance_of(account);
    assert_int_equal(seen.held, 2 * NOEMA_USD);
    assert_int_equal(seen.balance, 2 * NOEMA_USD);
    assert_int_equal(seen.available, 0);
    const noema_settlement settlement = completion_of(run.id, NOEMA_USD);
    assert_int_equal(settled(&settlement, &ended).amount, -NOEMA_USD);
    assert_balance(account, 0, 0);
}

static void
a_refund_goes_back_to_the_grants_it_came_from(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_time soon = now() + 1200;
    (void)state;
    (void)given(account, 2 * NOEMA_USD, soon);
    noema_command refund = command_for(NOEMA_COMMAND_REFUND_ALL, account, 0);
    refund.entry = debited(account, 3 * NOEMA_USD).entry;
    noema_receipt receipt = applied(&refund);
    assert_int_equal(receipt.amount, 3 * NOEMA_USD);
    assert_int_equal(receipt.promo, 2 * NOEMA_USD);
    assert_int_equal(balance_of(account).promo, 2 * NOEMA_USD);
    sleep_until(soon + 100);
    assert_balance(account, NOEMA_USD, 0);
}

/* Bought first, then the latest expiry. */
static void
a_part_of_a_refund_is_bought_credit_first(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_time soon = now() + 1200;
    (void)state;
    (void)given(account, NOEMA_USD, soon);
    (void)given(account, NOEMA_USD, soon + day);
    noema_command refund = command_for(NOEMA_COMMAND_REFUND, account, NOEMA_USD);
    refund.entry = debited(account, 3 * NOEMA_USD).entry;
    assert_int_equal(applied(&refund).promo, 0);
    refund.key = fresh_key();
    assert_int_equal(applied(&refund).promo, NOEMA_USD);
    sleep_until(soon + 100);
    assert_balance(account, 2 * NOEMA_USD, 0);
    refund.key = fresh_key();
    assert_int_equal(applied(&refund).promo, NOEMA_USD);
}

/* The user loses nothing to a provider that failed late. */
static void
a_refund_into_an_expired_grant_can_be_spent(void **state)
{
    noema_id account = fresh_account();
    noema_time soon = now() + 600;
    (void)state;
    (void)given(account, NOEMA_USD, soon);
    noema_command refund = command_for(NOEMA_COMMAND_REFUND_ALL, account, 0);
    refund.entry = debited(account, NOEMA_USD).entry;
    sleep_until(soon + 100);
    assert_int_equal(applied(&refund).promo, NOEMA_USD);
    assert_balance(account, NOEMA_USD, 0);
    assert_int_equal(debited(account, NOEMA_USD).promo, -NOEMA_USD);
}

static void
equal_expiry_is_one_grant_and_the_129th_is_refused(void **state)
{
    noema_receipt receipt;
    noema_id account = fresh_account();
    noema_time later = now() + day;
    noema_command bonuses[GRANTS_MAX];
    noema_receipt receipts[GRANTS_MAX];
    (void)state;
    for (int i = 0; i < GRANTS_MAX; i++) {
        bonuses[i] = command_for(NOEMA_COMMAND_BONUS, account, CENT);
        bonuses[i].expires_at = i == 0 ? 0 : later + i;
    }
    assert_status(
        noema_economy_apply(db, bonuses, GRANTS_MAX, receipts, sizeof receipts[0], &error),
        NOEMA_OK);
    (void)given(account, CENT, 0);
    (void)given(account, CENT, later + 1);
    noema_command one_more = command_for(NOEMA_COMMAND_BONUS, account, CENT);
    one_more.expires_at = later;
    assert_status(apply(&one_more, &receipt), NOEMA_LIMIT);
    assert_int_equal(balance_of(account).promo, (GRANTS_MAX + 2) * CENT);
    assert_balance(account, (GRANTS_MAX + 2) * CENT, 0);
}

static void
credit_that_has_expired_already_is_refused(void **state)
{
    noema_receipt receipt;
    noema_id account = fresh_account();
    noema_command bonus = command_for(NOEMA_COMMAND_BONUS, account, CENT);
    (void)state;
    bonus.expires_at = now() - day;
    assert_refused(apply(&bonus, &receipt), NOEMA_INVALID, "commands.0.expires_at");
    bonus.expires_at = -1;
    assert_refused(apply(&bonus, &receipt), NOEMA_INVALID, "commands.0.expires_at");
    assert_balance(account, 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_credit_is_spent_before_bought_credit),
        cmocka_unit_test(the_grant_that_expires_first_is_spent_first),
        cmocka_unit_test(expired_credit_is_neither_shown_nor_spent),
        cmocka_unit_test(expiry_is_an_entry_of_the_ledger),
        cmocka_unit_test(a_grant_that_an_open_run_needs_outlives_its_expiry),
        cmocka_unit_test(a_refund_goes_back_to_the_grants_it_came_from),
        cmocka_unit_test(a_part_of_a_refund_is_bought_credit_first),
        cmocka_unit_test(a_refund_into_an_expired_grant_can_be_spent),
        cmocka_unit_test(equal_expiry_is_one_grant_and_the_129th_is_refused),
        cmocka_unit_test(credit_that_has_expired_already_is_refused),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
