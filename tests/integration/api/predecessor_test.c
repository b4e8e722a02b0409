/* The measured bugs of the system that this library replaces, as far as they are about accounts, money
 * and runs, are absent. Forty debits at once, the sign of debits and the float that lost a digit are
 * in money_test.c; bursts in burst_test.c; lists in lists_test.c; one operation at a time, and jobs that
 * outlive their time-out, in deadlines_test.c. */
#include "fixture.h"

enum { ARRIVALS = 50, FIRST_CREDITS = 8, WEBHOOKS = 16 };

/* ---- fifty accounts for one Telegram id -------------------------------------------------------- */

typedef struct arrival {
    const char *handle;
    noema_status status;
    noema_account account;
    noema_error error;
} arrival;

static void
arrive(void *worker)
{
    arrival *mine = worker;
    mine->status = noema_account_ensure(db, mine->handle, &mine->account, &mine->error);
}

static void
fifty_concurrent_arrivals_make_one_account(void **state)
{
    arrival arrivals[ARRIVALS] = {{.status = NOEMA_INTERNAL}};
    const char *handle = fresh_handle();
    int created = 0;
    int64_t users = stored_count("userCore", bson_new());
    (void)state;
    for (size_t i = 0; i < ARRIVALS; i++) {
        arrivals[i].handle = handle;
    }
    race(arrive, arrivals, ARRIVALS, sizeof arrivals[0]);
    for (size_t i = 0; i < ARRIVALS; i++) {
        assert_int_equal(arrivals[i].status, NOEMA_OK);
        assert_string_equal(arrivals[i].account.id.text, arrivals[0].account.id.text);
        created += arrivals[i].account.created;
    }
    assert_int_equal(created, 1);
    assert_int_equal(stored_count("userCore", bson_new()), users + 1);
}

/* ---- eight economy records for one account ---------------------------------------------------- */

typedef struct payer {
    noema_id account;
    char payment[40];
    noema_status status;
    noema_receipt receipt;
    noema_error error;
} payer;

static void
pay(void *worker)
{
    payer *mine = worker;
    mine->status = noema_economy_credit(db, &mine->account, NOEMA_USD, mine->payment, NULL,
                                        &mine->receipt, &mine->error);
}

static void
eight_concurrent_first_credits_make_one_record(void **state)
{
    payer payers[FIRST_CREDITS] = {{.status = NOEMA_INTERNAL}};
    noema_id account = fresh_account();
    (void)state;
    for (size_t i = 0; i < FIRST_CREDITS; i++) {
        payers[i].account = account;
        (void)snprintf(payers[i].payment, sizeof payers[i].payment, "first:%zu", i);
    }
    race(pay, payers, FIRST_CREDITS, sizeof payers[0]);
    for (size_t i = 0; i < FIRST_CREDITS; i++) {
        assert_int_equal(payers[i].status, NOEMA_OK);
    }
    assert_int_equal(stored_count("userEconomy", by_account(account)), 1);
    assert_balance(account, FIRST_CREDITS * NOEMA_USD, 0);
}

static void
a_payment_confirmed_eight_times_is_credited_once(void **state)
{
    payer payers[FIRST_CREDITS] = {{.status = NOEMA_INTERNAL}};
    noema_id account = fresh_account();
    (void)state;
    for (size_t i = 0; i < FIRST_CREDITS; i++) {
        payers[i].account = account;
        (void)snprintf(payers[i].payment, sizeof payers[i].payment, "stripe:pi_confirmed");
    }
    race(pay, payers, FIRST_CREDITS, sizeof payers[0]);
    for (size_t i = 0; i < FIRST_CREDITS; i++) {
        assert_int_equal(payers[i].status, NOEMA_OK);
        assert_string_equal(payers[i].receipt.entry.text, payers[0].receipt.entry.text);
    }
    assert_balance(account, NOEMA_USD, 0);
    assert_int_equal(balance_of(account).seq, 1);
}

/* ---- charged, rewarded and credited twice ------------------------------------------------------- */

typedef struct webhook {
    noema_settlement settlement;
    noema_status status;
    noema_run run;
    noema_receipt receipt;
    noema_error error;
} webhook;

static void
report(void *worker)
{
    webhook *mine = worker;
    mine->status =
        noema_run_settle(db, &mine->settlement, &mine->run, &mine->receipt, &mine->error);
}

static void
the_final_webhook_repeated_charges_once(void **state)
{
    webhook webhooks[WEBHOOKS] = {{.status = NOEMA_INTERNAL}};
    noema_id account = account_with(5 * NOEMA_USD);
    noema_settlement settlement = completion_of(started(account, 2 * NOEMA_USD).id, NOEMA_USD);
    int fresh = 0;
    (void)state;
    settlement.exp = 10;
    for (size_t i = 0; i < WEBHOOKS; i++) {
        webhooks[i].settlement = settlement;
    }
    race(report, webhooks, WEBHOOKS, sizeof webhooks[0]);
    for (size_t i = 0; i < WEBHOOKS; i++) {
        assert_int_equal(webhooks[i].status, NOEMA_OK);
        assert_string_equal(webhooks[i].receipt.entry.text, webhooks[0].receipt.entry.text);
        assert_int_equal(webhooks[i].run.charged, NOEMA_USD);
        fresh += (webhooks[i].receipt.flags & NOEMA_REPLAYED) == 0;
    }
    assert_int_equal(fresh, 1);
    assert_balance(account, 4 * NOEMA_USD, 0);
    assert_int_equal(balance_of(account).exp, 10);
    assert_int_equal(balance_of(account).seq, 2);
}

/* ---- no hold: check, run, then charge ------------------------------------------------------------ */

static void
no_work_is_given_away_when_the_charge_would_fail(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    noema_run first = started(account, NOEMA_USD);
    const noema_run_request second = request_for(account, CENT);
    noema_receipt receipt;
    (void)state;
    assert_status(noema_run_start(db, &second, &run, &error), NOEMA_INSUFFICIENT_FUNDS);
    assert_status(noema_economy_debit(db, &account, CENT, fresh_key(), NULL, &receipt, &error),
                  NOEMA_INSUFFICIENT_FUNDS);
    const noema_settlement settlement = completion_of(first.id, NOEMA_USD);
    assert_int_equal(settled(&settlement, &run).amount, -NOEMA_USD);
    assert_balance(account, 0, 0);
}

/* ---- terminal runs reopened, stuck runs ------------------------------------------------------------ */

static void
assert_stays(noema_id id, int32_t is)
{
    noema_run run;
    noema_receipt receipt;
    for (int32_t other = NOEMA_RUN_PENDING; other <= NOEMA_RUN_CANCELLED; other++) {
        noema_settlement settlement = settlement_for(id, other);
        settlement.price = other == NOEMA_RUN_COMPLETED ? NOEMA_PRICE_HOLD : 0;
        noema_status status = noema_run_settle(db, &settlement, &run, &receipt, &error);
        bool final = other >= NOEMA_RUN_COMPLETED;
        if (other == is) {
            assert_int_equal(status, NOEMA_OK);
            assert_int_equal(run.flags & NOEMA_REPLAYED, NOEMA_REPLAYED);
        } else if (final) {
            assert_int_equal(status, NOEMA_ILLEGAL_TRANSITION);
            assert_int_equal(run.state, is);
        } else {
            assert_int_equal(status, NOEMA_INVALID);
        }
    }
    assert_status(noema_run_attach(db, &id, fresh_key(), &error), NOEMA_ILLEGAL_TRANSITION);
    assert_status(noema_run_request_cancel(db, &id, "late", &error), NOEMA_ILLEGAL_TRANSITION);
}

static void
terminal_runs_stay_terminal(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run run;
    (void)state;
    for (int32_t is = NOEMA_RUN_COMPLETED; is <= NOEMA_RUN_CANCELLED; is++) {
        noema_settlement settlement = settlement_for(started(account, NOEMA_USD).id, is);
        settlement.price = is == NOEMA_RUN_COMPLETED ? NOEMA_PRICE_HOLD : 0;
        (void)settled(&settlement, &run);
        uint64_t before = stored_everything();
        assert_stays(run.id, is);
        assert_true(before == stored_everything());
    }
    assert_balance(account, 4 * NOEMA_USD, 0);
}

static void
a_run_whose_process_died_gives_its_hold_back(void **state)
{
    uint32_t reaped = 0;
    noema_id account = account_with(NOEMA_USD);
    noema_run run = started(account, NOEMA_USD);
    (void)state;
    change_stored("workflowExecutions", by_id(run.id),
                  BCON_NEW("$set", "{", "deadline", BCON_DATE_TIME(now() - 60000), "dueAt",
                           BCON_DATE_TIME(now() - 60000), "}"));
    assert_status(noema_run_reap(db, 100, &reaped, &error), NOEMA_OK);
    assert_int_equal(reaped, 1);
    assert_int_equal(run_of(run.id).state, NOEMA_RUN_TIMEOUT);
    assert_balance(account, NOEMA_USD, 0);
}

/* ---- the caller's context spread into the document ------------------------------------------------ */

static void
what_a_caller_calls_status_does_not_become_the_status(void **state)
{
    static const char context[] = "{\"status\": \"completed\", \"masterAccountId\": \"me\", "
                                  "\"amountUsd\": \"999\", \"_id\": 1, \"chargedUsd\": 0}";
    noema_run run;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_run_request request = request_for(account, NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    (void)state;
    request.input_json = request.metadata_json = debit.metadata_json = context;
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    noema_run seen = run_of(run.id);
    assert_int_equal(seen.state, NOEMA_RUN_PENDING);
    assert_string_equal(seen.account.text, account.text);
    noema_receipt receipt = applied(&debit);
    assert_int_equal(receipt.amount, -NOEMA_USD);
    assert_string_equal(receipt.account.text, account.text);
    noema_settlement settlement = completion_of(run.id, NOEMA_USD);
    settlement.output_json = context;
    assert_int_equal(settled(&settlement, &run).amount, -NOEMA_USD);
    assert_int_equal(run_of(run.id).charged, NOEMA_USD);
    assert_balance(account, 3 * NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_concurrent_arrivals_make_one_account),
        cmocka_unit_test(eight_concurrent_first_credits_make_one_record),
        cmocka_unit_test(a_payment_confirmed_eight_times_is_credited_once),
        cmocka_unit_test(the_final_webhook_repeated_charges_once),
        cmocka_unit_test(no_work_is_given_away_when_the_charge_would_fail),
        cmocka_unit_test(terminal_runs_stay_terminal),
        cmocka_unit_test(a_run_whose_process_died_gives_its_hold_back),
        cmocka_unit_test(what_a_caller_calls_status_does_not_become_the_status),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
