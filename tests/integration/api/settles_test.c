/* The end of a run: its price by every way of saying it, what is done above the hold, and all of it
 * once. */
#include "fixture.h"

static noema_run
started_with_rate(noema_id account, noema_money hold, noema_money rate)
{
    noema_run run;
    noema_run_request request = request_for(account, hold);
    request.rate = rate;
    request.rate_unit = "second";
    request.service = "comfydeploy";
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    return run;
}

static void
assert_not_settled(const noema_settlement *settlement, noema_status wanted, const char *field)
{
    noema_run run;
    noema_receipt receipt;
    uint64_t before = stored_everything();
    assert_refused(noema_run_settle(db, settlement, &run, &receipt, &error), wanted, field);
    assert_int_equal(receipt.status, wanted);
    assert_true(before == stored_everything());
}

static void
a_completed_run_is_charged_and_its_hold_released(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement = completion_of(started(account, 3 * NOEMA_USD).id, NOEMA_USD);
    (void)state;
    settlement.provider_cost = NOEMA_USD / 2;
    settlement.exp = 4;
    noema_receipt receipt = settled(&settlement, &run);
    assert_int_equal(receipt.amount, -NOEMA_USD);
    assert_int_equal(receipt.balance, 4 * NOEMA_USD);
    assert_int_equal(receipt.held, 0);
    assert_int_equal(receipt.available, 4 * NOEMA_USD);
    assert_int_equal(receipt.exp, 4);
    assert_int_equal(receipt.seq, 2);
    assert_int_equal(run.state, NOEMA_RUN_COMPLETED);
    assert_int_equal(run.hold, 3 * NOEMA_USD);
    assert_int_equal(run.charged, NOEMA_USD);
    assert_int_equal(run.provider_cost, NOEMA_USD / 2);
    assert_int_equal(run.shortfall, 0);
    assert_in_range(run.ended, (uint64_t)run.started, (uint64_t)(run.started + 20000));
    assert_balance(account, 4 * NOEMA_USD, 0);
}

static void
a_webhook_settles_by_what_it_knows(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run first = started_with_rate(account, NOEMA_USD, CENT);
    const char *provider_run = fresh_key();
    (void)state;
    noema_settlement settlement = completion_of((noema_id){""}, NOEMA_USD);
    settlement.service = "comfydeploy";
    settlement.provider_run_id = provider_run;
    assert_not_settled(&settlement, NOEMA_NOT_FOUND, "provider_run_id");
    assert_int_equal(error.flags & NOEMA_RETRYABLE, NOEMA_RETRYABLE);
    assert_status(noema_run_attach(db, &first.id, provider_run, &error), NOEMA_OK);
    (void)settled(&settlement, &run);
    assert_string_equal(run.id.text, first.id.text);
    const noema_settlement by_run = completion_of(first.id, NOEMA_USD);
    assert_int_equal(settled(&by_run, &run).flags, NOEMA_REPLAYED);
    assert_balance(account, 4 * NOEMA_USD, 0);
}

static void
the_same_end_again_is_replayed_and_another_is_refused(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement = completion_of(started(account, NOEMA_USD).id, NOEMA_USD);
    (void)state;
    noema_receipt first = settled(&settlement, &run);
    settlement.output_json = "{\"late\":true}";
    noema_receipt again = settled(&settlement, &run);
    assert_int_equal(again.flags, NOEMA_REPLAYED);
    assert_int_equal(run.flags & NOEMA_REPLAYED, NOEMA_REPLAYED);
    assert_string_equal(again.entry.text, first.entry.text);
    assert_int_equal(again.time, first.time);
    settlement.charge--;
    noema_receipt receipt;
    assert_status(noema_run_settle(db, &settlement, &run, &receipt, &error),
                  NOEMA_ILLEGAL_TRANSITION);
    assert_int_equal(run.state, NOEMA_RUN_COMPLETED);
    assert_int_equal(run.charged, NOEMA_USD);
    assert_int_equal(receipt.status, NOEMA_ILLEGAL_TRANSITION);
    settlement = settlement_for(run.id, NOEMA_RUN_FAILED);
    assert_status(noema_run_settle(db, &settlement, &run, &receipt, &error),
                  NOEMA_ILLEGAL_TRANSITION);
    assert_balance(account, 4 * NOEMA_USD, 0);
}

static void
a_completed_run_must_say_its_price(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_settlement settlement = settlement_for(started(account, CENT).id, NOEMA_RUN_COMPLETED);
    (void)state;
    assert_not_settled(&settlement, NOEMA_INVALID, "price");
    settlement.charge = CENT;
    assert_not_settled(&settlement, NOEMA_INVALID, "price");
    settlement.charge = 0;
    settlement.price = NOEMA_PRICE_FREE + 1;
    assert_not_settled(&settlement, NOEMA_INVALID, "price");
    settlement.price = NOEMA_PRICE_AMOUNT;
    assert_not_settled(&settlement, NOEMA_INVALID, "charge");
    settlement.charge = -1;
    assert_not_settled(&settlement, NOEMA_INVALID, "charge");
    settlement.price = NOEMA_PRICE_HOLD;
    settlement.charge = CENT;
    assert_not_settled(&settlement, NOEMA_INVALID, "charge");
    settlement.price = NOEMA_PRICE_FREE;
    assert_not_settled(&settlement, NOEMA_INVALID, "charge");
}

static void
units_are_charged_by_the_rate_of_the_start(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    noema_settlement settlement =
        settlement_for(started_with_rate(account, NOEMA_USD, 337000).id, NOEMA_RUN_COMPLETED);
    (void)state;
    settlement.price = NOEMA_PRICE_UNITS;
    settlement.units_milli = 12400;
    assert_int_equal(settled(&settlement, &run).amount, -4178800);
    settlement.run = started_with_rate(account, CENT, 3).id;
    settlement.units_milli = 500; /* 1.5 nano-USD: half up */
    assert_int_equal(settled(&settlement, &run).amount, -2);
    settlement.run = started_with_rate(account, CENT, 3).id;
    settlement.units_milli = 0;
    noema_receipt receipt;
    noema_status status = noema_run_settle(db, &settlement, &run, &receipt, &error);
    assert_true(status == NOEMA_OK || status == NOEMA_INVALID);
    assert_int_equal(receipt.amount, 0);
}

static void
units_need_a_rate_and_fit_the_range(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_settlement settlement = settlement_for(started(account, CENT).id, NOEMA_RUN_COMPLETED);
    (void)state;
    settlement.price = NOEMA_PRICE_UNITS;
    settlement.units_milli = 1000;
    assert_not_settled(&settlement, NOEMA_INVALID, "price");
    settlement.run = started_with_rate(account, CENT, NOEMA_USD).id;
    settlement.units_milli = INT64_MAX;
    assert_not_settled(&settlement, NOEMA_LIMIT, "units_milli");
    settlement.units_milli = -1;
    assert_not_settled(&settlement, NOEMA_INVALID, "units_milli");
}

static void
the_hold_can_be_the_price_and_so_can_nothing(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement =
        settlement_for(started(account, NOEMA_USD).id, NOEMA_RUN_COMPLETED);
    (void)state;
    settlement.price = NOEMA_PRICE_HOLD;
    assert_int_equal(settled(&settlement, &run).amount, -NOEMA_USD);
    settlement.run = started(account, NOEMA_USD).id;
    settlement.price = NOEMA_PRICE_FREE;
    noema_receipt receipt = settled(&settlement, &run);
    assert_int_equal(receipt.status, NOEMA_OK);
    assert_int_equal(receipt.amount, 0);
    assert_string_equal(receipt.entry.text, "");
    assert_int_equal(run.charged, 0);
    assert_int_equal(settled(&settlement, &run).flags, NOEMA_REPLAYED);
    assert_balance(account, 4 * NOEMA_USD, 0);
    assert_int_equal(balance_of(account).seq, 2);
}

static void
above_the_hold_the_hold_is_the_cap(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    const noema_settlement settlement =
        completion_of(started(account, NOEMA_USD).id, 3 * NOEMA_USD);
    noema_receipt receipt = settled(&settlement, &run);
    (void)state;
    assert_int_equal(receipt.amount, -NOEMA_USD);
    assert_int_equal(receipt.shortfall, 2 * NOEMA_USD);
    assert_int_equal(run.charged, NOEMA_USD);
    assert_int_equal(run.shortfall, 2 * NOEMA_USD);
    assert_int_equal(settled(&settlement, &run).shortfall, 2 * NOEMA_USD);
    assert_balance(account, 4 * NOEMA_USD, 0);
}

static void
above_the_hold_what_is_available_can_be_charged(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement = completion_of(started(account, NOEMA_USD).id, 3 * NOEMA_USD);
    (void)state;
    settlement.overrun = NOEMA_OVERRUN_CHARGE;
    assert_int_equal(settled(&settlement, &run).amount, -3 * NOEMA_USD);
    assert_int_equal(run.shortfall, 0);
    settlement = completion_of(started(account, NOEMA_USD).id, 3 * NOEMA_USD);
    (void)started(account, NOEMA_USD / 2);
    settlement.overrun = NOEMA_OVERRUN_CHARGE;
    noema_receipt receipt = settled(&settlement, &run);
    assert_int_equal(receipt.amount, -3 * NOEMA_USD / 2);
    assert_int_equal(run.shortfall, 3 * NOEMA_USD / 2);
    assert_balance(account, NOEMA_USD / 2, NOEMA_USD / 2);
}

static void
above_the_hold_a_settle_can_be_refused(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement = completion_of(started(account, NOEMA_USD).id, 3 * NOEMA_USD);
    (void)state;
    settlement.overrun = NOEMA_OVERRUN_REFUSE;
    assert_refused(noema_run_settle(db, &settlement, &run, &receipt, &error), NOEMA_LIMIT,
                   "charge");
    assert_balance(account, 5 * NOEMA_USD, NOEMA_USD);
    settlement.charge = NOEMA_USD;
    assert_int_equal(settled(&settlement, &run).amount, -NOEMA_USD);
    settlement = completion_of(started(account, NOEMA_USD).id, NOEMA_USD);
    settlement.overrun = NOEMA_OVERRUN_REFUSE + 1;
    assert_not_settled(&settlement, NOEMA_INVALID, "overrun");
}

static void
a_failed_run_costs_nothing_unless_it_says_so(void **state)
{
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement = settlement_for(started(account, NOEMA_USD).id, NOEMA_RUN_FAILED);
    (void)state;
    settlement.error_code = "NSFW";
    settlement.error_text = "the picture was refused";
    noema_receipt receipt = settled(&settlement, &run);
    assert_int_equal(receipt.amount, 0);
    assert_int_equal(run.state, NOEMA_RUN_FAILED);
    assert_int_equal(settled(&settlement, &run).flags, NOEMA_REPLAYED);
    assert_balance(account, 5 * NOEMA_USD, 0);
    settlement.run = started(account, NOEMA_USD).id;
    settlement.price = NOEMA_PRICE_AMOUNT;
    settlement.charge = CENT;
    assert_int_equal(settled(&settlement, &run).amount, -CENT);
    assert_int_equal(run.charged, CENT);
    assert_balance(account, 5 * NOEMA_USD - CENT, 0);
}

static void
a_free_run_goes_through_the_same_states(void **state)
{
    noema_run run;
    noema_id account = fresh_account();
    noema_settlement settlement = completion_of(started(account, 0).id, 0);
    (void)state;
    settlement.exp = 3;
    noema_receipt receipt = settled(&settlement, &run);
    assert_int_equal(receipt.amount, 0);
    assert_int_equal(receipt.exp, 3);
    assert_int_equal(run.state, NOEMA_RUN_COMPLETED);
    assert_int_equal(balance_of(account).exp, 3);
    assert_int_equal(settled(&settlement, &run).flags, NOEMA_REPLAYED);
    assert_int_equal(balance_of(account).exp, 3);
    settlement = completion_of(started(account, 0).id, CENT);
    receipt = settled(&settlement, &run);
    assert_int_equal(receipt.amount, 0);
    assert_int_equal(run.shortfall, CENT);
    assert_balance(account, 0, 0);
}

static void
experience_of_a_run_is_not_negative(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    (void)state;
    settlement.exp = -1;
    assert_not_settled(&settlement, NOEMA_INVALID, "exp");
    settlement.exp = 0;
    settlement.provider_cost = -1;
    assert_not_settled(&settlement, NOEMA_INVALID, "provider_cost");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_completed_run_is_charged_and_its_hold_released),
        cmocka_unit_test(a_webhook_settles_by_what_it_knows),
        cmocka_unit_test(the_same_end_again_is_replayed_and_another_is_refused),
        cmocka_unit_test(a_completed_run_must_say_its_price),
        cmocka_unit_test(units_are_charged_by_the_rate_of_the_start),
        cmocka_unit_test(units_need_a_rate_and_fit_the_range),
        cmocka_unit_test(the_hold_can_be_the_price_and_so_can_nothing),
        cmocka_unit_test(above_the_hold_the_hold_is_the_cap),
        cmocka_unit_test(above_the_hold_what_is_available_can_be_charged),
        cmocka_unit_test(above_the_hold_a_settle_can_be_refused),
        cmocka_unit_test(a_failed_run_costs_nothing_unless_it_says_so),
        cmocka_unit_test(a_free_run_goes_through_the_same_states),
        cmocka_unit_test(experience_of_a_run_is_not_negative),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
