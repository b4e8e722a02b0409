/* Runs past their deadline: what a late settle finds, what reap takes and what it leaves, and that the
 * background reaper does the same. */
#include "fixture.h"

static noema_run
started_for(noema_id account, noema_money hold, uint32_t lifetime_ms)
{
    noema_run run;
    noema_run_request request = request_for(account, hold);
    request.lifetime_ms = lifetime_ms;
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    assert_int_equal(run.deadline - run.started, lifetime_ms);
    return run;
}

/* As if it had been started so long ago. */
static void
set_overdue(noema_id run, noema_time by_ms)
{
    change_stored("workflowExecutions", by_id(run),
                  BCON_NEW("$set", "{", "deadline", BCON_DATE_TIME(now() - by_ms), "dueAt",
                           BCON_DATE_TIME(now() - by_ms), "}"));
}

static uint32_t
reaped(uint32_t limit)
{
    uint32_t count = 77;
    assert_status(noema_run_reap(db, limit, &count, &error), NOEMA_OK);
    return count;
}

static void
a_settle_after_the_deadline_finds_a_timeout(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run first = started_for(account, NOEMA_USD, 200);
    const noema_settlement settlement = completion_of(first.id, NOEMA_USD);
    (void)state;
    sleep_until(first.deadline + 200);
    for (int i = 0; i < 2; i++) {
        assert_status(noema_run_settle(db, &settlement, &run, &receipt, &error),
                      NOEMA_ILLEGAL_TRANSITION);
        assert_int_equal(run.state, NOEMA_RUN_TIMEOUT);
        assert_int_equal(run.charged, 0);
        assert_int_equal(receipt.status, NOEMA_ILLEGAL_TRANSITION);
    }
    assert_balance(account, 5 * NOEMA_USD, 0);
    assert_int_equal(run_of(first.id).state, NOEMA_RUN_TIMEOUT);
    const noema_settlement timeout = settlement_for(first.id, NOEMA_RUN_TIMEOUT);
    assert_int_equal(settled(&timeout, &run).flags, NOEMA_REPLAYED);
}

/* A caller that gives up by itself at the deadline is not told that it is wrong. */
static void
a_timeout_after_the_deadline_is_what_was_asked(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    noema_run first = started_for(account, CENT, 200);
    const noema_settlement settlement = settlement_for(first.id, NOEMA_RUN_TIMEOUT);
    (void)state;
    sleep_until(first.deadline + 200);
    assert_int_equal(settled(&settlement, &run).status, NOEMA_OK);
    assert_int_equal(run.state, NOEMA_RUN_TIMEOUT);
    assert_balance(account, NOEMA_USD, 0);
}

static void
an_overdue_hold_binds_until_somebody_ends_the_run(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_run run = started_for(account, NOEMA_USD, 100);
    (void)state;
    sleep_until(run.deadline + 100);
    noema_run seen = run_of(run.id);
    assert_int_equal(seen.state, NOEMA_RUN_PENDING);
    assert_balance(account, NOEMA_USD, NOEMA_USD);
    set_overdue(run.id, 60000);
    (void)reaped(100);
    assert_balance(account, NOEMA_USD, 0);
}

static void
reap_takes_what_is_overdue_by_half_a_minute_and_no_more(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run late = started(account, NOEMA_USD);
    noema_run early = started(account, NOEMA_USD);
    noema_run open = started(account, NOEMA_USD);
    (void)state;
    assert_int_equal(reaped(100), 0);
    set_overdue(late.id, 33000);
    set_overdue(early.id, 20000);
    assert_int_equal(reaped(100), 1);
    assert_int_equal(reaped(100), 0);
    assert_int_equal(run_of(late.id).state, NOEMA_RUN_TIMEOUT);
    assert_int_equal(run_of(early.id).state, NOEMA_RUN_PENDING);
    assert_int_equal(run_of(open.id).state, NOEMA_RUN_PENDING);
    assert_balance(account, 5 * NOEMA_USD, 2 * NOEMA_USD);
    set_overdue(early.id, 60000);
    assert_int_equal(reaped(100), 1);
    assert_balance(account, 5 * NOEMA_USD, NOEMA_USD);
}

static void
reap_takes_no_more_than_it_is_told(void **state)
{
    noema_id accounts[2] = {account_with(5 * NOEMA_USD), account_with(5 * NOEMA_USD)};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        set_overdue(started(accounts[i % 2], NOEMA_USD).id, 60000 + (noema_time)i);
    }
    assert_int_equal(reaped(2), 2);
    assert_int_equal(reaped(100), 3);
    assert_balance(accounts[0], 5 * NOEMA_USD, 0);
    assert_balance(accounts[1], 5 * NOEMA_USD, 0);
    uint32_t count = 77;
    assert_refused(noema_run_reap(db, 0, &count, &error), NOEMA_INVALID, "limit");
    assert_int_equal(count, 0);
}

/* A run that names a free price, is attached, or was asked to stop is reaped like any other. */
static void
free_and_queued_runs_are_reaped(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_run_request request = request_for(account, CENT);
    noema_run queued;
    noema_run free_run = started(account, 0);
    (void)state;
    request.service = "comfydeploy";
    assert_status(noema_run_start(db, &request, &queued, &error), NOEMA_OK);
    assert_status(noema_run_attach(db, &queued.id, fresh_key(), &error), NOEMA_OK);
    assert_status(noema_run_request_cancel(db, &queued.id, "stop", &error), NOEMA_OK);
    set_overdue(queued.id, 60000);
    set_overdue(free_run.id, 60000);
    assert_int_equal(reaped(10), 2);
    int32_t state_of_queued = run_of(queued.id).state;
    assert_true(state_of_queued == NOEMA_RUN_TIMEOUT || state_of_queued == NOEMA_RUN_CANCELLED);
    assert_int_equal(run_of(free_run.id).state, NOEMA_RUN_TIMEOUT);
    assert_balance(account, NOEMA_USD, 0);
}

/* ---- reap and settle at once ----------------------------------------------------------------------- */

enum { RACES = 12 };

typedef struct rival {
    bool reaps;
    noema_settlement settlement;
    noema_status status;
    noema_run run;
    noema_receipt receipt;
    noema_error error;
    uint32_t count;
} rival;

static void
compete(void *worker)
{
    rival *mine = worker;
    mine->status = mine->reaps ? noema_run_reap(db, RACES, &mine->count, &mine->error)
                               : noema_run_settle(db, &mine->settlement, &mine->run, &mine->receipt,
                                                  &mine->error);
}

static void
a_late_settle_beside_the_reaper_charges_nothing(void **state)
{
    rival rivals[RACES + 2] = {{.status = NOEMA_INTERNAL}};
    noema_id account = account_with(RACES * NOEMA_USD);
    (void)state;
    for (size_t i = 0; i < RACES; i++) {
        rivals[i].settlement = completion_of(started(account, NOEMA_USD).id, NOEMA_USD);
        set_overdue(rivals[i].settlement.run, 60000);
    }
    rivals[RACES].reaps = rivals[RACES + 1].reaps = true;
    race(compete, rivals, RACES + 2, sizeof rivals[0]);
    for (size_t i = 0; i < RACES; i++) {
        assert_int_equal(rivals[i].status, NOEMA_ILLEGAL_TRANSITION);
        assert_int_equal(rivals[i].run.state, NOEMA_RUN_TIMEOUT);
    }
    assert_int_equal(rivals[RACES].status, NOEMA_OK);
    assert_balance(account, RACES * NOEMA_USD, 0);
}

static void
the_background_reaper_ends_what_nobody_ends(void **state)
{
    noema_db *other = NULL;
    noema_options *options = test_options();
    noema_id account = account_with(NOEMA_USD);
    noema_run run = started(account, NOEMA_USD);
    (void)state;
    set_overdue(run.id, 60000);
    assert_status(noema_options_set(options, "reaper", "on", &error), NOEMA_OK);
    assert_status(noema_open(options, &other, &error), NOEMA_OK);
    noema_options_free(options);
    noema_time until = now() + 30000;
    while (run_of(run.id).state != NOEMA_RUN_TIMEOUT && now() < until) {
        sleep_until(now() + 50);
    }
    noema_close(other);
    assert_int_equal(run_of(run.id).state, NOEMA_RUN_TIMEOUT);
    assert_balance(account, NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_settle_after_the_deadline_finds_a_timeout),
        cmocka_unit_test(a_timeout_after_the_deadline_is_what_was_asked),
        cmocka_unit_test(an_overdue_hold_binds_until_somebody_ends_the_run),
        cmocka_unit_test(reap_takes_what_is_overdue_by_half_a_minute_and_no_more),
        cmocka_unit_test(reap_takes_no_more_than_it_is_told),
        cmocka_unit_test(free_and_queued_runs_are_reaped),
        cmocka_unit_test(a_late_settle_beside_the_reaper_charges_nothing),
        cmocka_unit_test(the_background_reaper_ends_what_nobody_ends),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
