/* One user makes two thirds of all runs, in bursts of up to 588: one account, everything at once. */
#include <stdlib.h>

#include "fixture.h"

enum { BURST = 588, FUNDED = 200, THREADS = 84, EACH = BURST / THREADS };

typedef struct runner {
    noema_id account;
    size_t number;
    size_t started;
    size_t refused;
    size_t settled;
    size_t others;
    noema_id runs[EACH];
    noema_error error;
} runner;

static void
start_some(void *worker)
{
    runner *mine = worker;
    for (size_t i = 0; i < EACH; i++) {
        char key[40];
        noema_run run;
        (void)snprintf(key, sizeof key, "burst:%zu:%zu", mine->number, i);
        const noema_run_request request = {.size = sizeof request,
                                           .account = mine->account,
                                           .key = key,
                                           .tool = "flux",
                                           .hold = CENT};
        noema_status status = noema_run_start(db, &request, &run, &mine->error);
        mine->runs[i] = run.id;
        mine->started += status == NOEMA_OK;
        mine->refused += status == NOEMA_INSUFFICIENT_FUNDS;
        mine->others += status != NOEMA_OK && status != NOEMA_INSUFFICIENT_FUNDS;
    }
}

static void
settle_some(void *worker)
{
    runner *mine = worker;
    for (size_t i = 0; i < EACH; i++) {
        noema_run run;
        noema_receipt receipt;
        if (mine->runs[i].text[0] == '\0') {
            continue;
        }
        const noema_settlement settlement = {.size = sizeof settlement,
                                             .run = mine->runs[i],
                                             .state = NOEMA_RUN_COMPLETED,
                                             .price = NOEMA_PRICE_HOLD,
                                             .exp = 1};
        noema_status status = noema_run_settle(db, &settlement, &run, &receipt, &mine->error);
        mine->settled += status == NOEMA_OK;
        mine->others += status != NOEMA_OK;
    }
}

static runner
sum_of(const runner *runners)
{
    runner sum = {.number = 0};
    for (size_t i = 0; i < THREADS; i++) {
        sum.started += runners[i].started;
        sum.refused += runners[i].refused;
        sum.settled += runners[i].settled;
        sum.others += runners[i].others;
    }
    return sum;
}

static void
a_burst_of_588_on_one_account_never_overspends(void **state)
{
    noema_id account = account_with(FUNDED * CENT);
    runner *runners = calloc(THREADS, sizeof *runners);
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        runners[i].account = account;
        runners[i].number = i;
    }
    race(start_some, runners, THREADS, sizeof *runners);
    runner sum = sum_of(runners);
    assert_int_equal(sum.others, 0);
    assert_int_equal(sum.started, FUNDED);
    assert_int_equal(sum.refused, BURST - FUNDED);
    assert_balance(account, FUNDED * CENT, FUNDED * CENT);
    assert_int_equal(stored_count("workflowExecutions", by_account(account)), FUNDED);
    race(settle_some, runners, THREADS, sizeof *runners);
    sum = sum_of(runners);
    free(runners);
    assert_int_equal(sum.others, 0);
    assert_int_equal(sum.settled, FUNDED);
    assert_balance(account, 0, 0);
    assert_int_equal(balance_of(account).exp, FUNDED);
    assert_int_equal(balance_of(account).seq, 1 + FUNDED);
    assert_int_equal(stored_sum("transactions", by_account(account), "$amountUsd"), 0);
}

/* ---- everything that spends, from two handles ------------------------------------------------------ */

enum { MIXED = 32, ROUNDS = 8 };

typedef struct spender {
    noema_db *on;
    noema_id account;
    size_t number;
    noema_money spent;
    size_t others;
    noema_error error;
} spender;

static void
spend_by_debit(spender *mine, const char *key)
{
    noema_receipt receipt;
    noema_status status =
        noema_economy_debit(mine->on, &mine->account, CENT, key, NULL, &receipt, &mine->error);
    mine->spent -= receipt.amount;
    mine->others += status != NOEMA_OK && status != NOEMA_INSUFFICIENT_FUNDS;
}

static void
spend_by_run(spender *mine, const char *key)
{
    noema_run run;
    noema_receipt receipt;
    const noema_run_request request = {.size = sizeof request,
                                       .account = mine->account,
                                       .key = key,
                                       .tool = "flux",
                                       .hold = 2 * CENT};
    noema_status status = noema_run_start(mine->on, &request, &run, &mine->error);
    if (status != NOEMA_OK) {
        mine->others += status != NOEMA_INSUFFICIENT_FUNDS;
        return;
    }
    const noema_settlement settlement = {.size = sizeof settlement,
                                         .run = run.id,
                                         .state = NOEMA_RUN_COMPLETED,
                                         .price = NOEMA_PRICE_AMOUNT,
                                         .charge = 3 * CENT,
                                         .overrun = NOEMA_OVERRUN_CHARGE};
    mine->others +=
        noema_run_settle(mine->on, &settlement, &run, &receipt, &mine->error) != NOEMA_OK;
    mine->spent -= receipt.amount;
}

static void
spend(void *worker)
{
    spender *mine = worker;
    for (size_t i = 0; i < ROUNDS; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "mixed:%zu:%zu", mine->number, i);
        if (mine->number % 2 == 0) {
            spend_by_debit(mine, key);
        } else {
            spend_by_run(mine, key);
        }
    }
}

static void
two_handles_spend_what_there_is_and_no_more(void **state)
{
    enum { CENTS = 300 };
    spender spenders[MIXED] = {{.spent = 0}};
    noema_db *other = open_another();
    noema_id account = account_with(CENTS * CENT);
    noema_money spent = 0;
    (void)state;
    for (size_t i = 0; i < MIXED; i++) {
        spenders[i].on = i % 4 < 2 ? db : other;
        spenders[i].account = account;
        spenders[i].number = i;
    }
    race(spend, spenders, MIXED, sizeof spenders[0]);
    noema_close(other);
    for (size_t i = 0; i < MIXED; i++) {
        if (spenders[i].others != 0) {
            print_error("spender %zu: %s\n", i, spenders[i].error.message);
        }
        assert_int_equal(spenders[i].others, 0);
        spent += spenders[i].spent;
    }
    assert_balance(account, CENTS * CENT - spent, 0);
    assert_true(spent > CENTS * CENT / 2 && spent <= CENTS * CENT);
    assert_int_equal(stored_sum("transactions", by_account(account), "$amountUsd"),
                     CENTS * CENT - spent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_of_588_on_one_account_never_overspends),
        cmocka_unit_test(two_handles_spend_what_there_is_and_no_more),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
