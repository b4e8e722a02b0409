/* A server that answers late, towards one handle: money calls end within their own time and are never
 * half done, and others go on beside them. */
#include <stdlib.h>

#include "fixture.h"

static noema_db *slow;
static char app_name[60];

static void
configure(bson_t *command)
{
    bson_error_t problem = {0};
    bool done = mongoc_client_command_simple(observer, "admin", command, NULL, NULL, &problem);
    bson_destroy(command);
    if (!done) {
        print_error("%s\n", problem.message);
        fail();
    }
}

static void
delay(const char *server_command, int32_t by_ms)
{
    configure(BCON_NEW("configureFailPoint", "failCommand", "mode", "alwaysOn", "data", "{",
                       "failCommands", "[", BCON_UTF8(server_command), "]", "blockConnection",
                       BCON_BOOL(true), "blockTimeMS", BCON_INT32(by_ms), "appName",
                       BCON_UTF8(app_name), "}"));
}

static void
end_delay(void)
{
    configure(BCON_NEW("configureFailPoint", "failCommand", "mode", "off"));
}

/* Without fault points in the server there is nothing to test. */
static int
open_faulty_database(void **state)
{
    enum { SKIPPED = 77 };
    bson_t *command =
        BCON_NEW("getParameter", BCON_INT32(1), "failpoint.failCommand", BCON_INT32(1));
    if (open_database(state) != 0) {
        return -1;
    }
    bool there = mongoc_client_command_simple(observer, "admin", command, NULL, NULL, NULL);
    bson_destroy(command);
    if (!there) {
        print_message("skipped: the server was started without --faults\n");
        (void)drop_database(state);
        exit(SKIPPED);
    }
    return 0;
}

static int
begin(void **state)
{
    noema_options *options = test_options();
    (void)state;
    (void)snprintf(app_name, sizeof app_name, "slow-%s", database);
    assert_status(noema_options_set(options, "app_name", app_name, &error), NOEMA_OK);
    assert_status(noema_open(options, &slow, &error), NOEMA_OK);
    noema_options_free(options);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    end_delay();
    noema_close(slow);
    return 0;
}

/* It was applied, or never will be: there is no third. */
static noema_money
taken_at_last(noema_id account, const char *key)
{
    noema_receipt receipt;
    noema_status status = noema_economy_void(db, &account, key, &receipt, &error);
    if (status == NOEMA_OK) {
        assert_int_equal(receipt.flags & NOEMA_VOIDED, NOEMA_VOIDED);
        return 0;
    }
    assert_status(status, NOEMA_ILLEGAL_TRANSITION);
    return -receipt.amount;
}

static void
assert_ends_in_time(const char *server_command, bool remembered)
{
    noema_receipt receipt;
    const char *key = fresh_key();
    noema_id account = account_with(NOEMA_USD);
    const noema_command options = {.size = sizeof options, .timeout_ms = 300};
    const noema_money given = remembered ? 1 : 0;
    if (remembered) {
        assert_status(
            noema_economy_bonus(slow, &account, given, fresh_key(), NULL, &receipt, &error),
            NOEMA_OK);
    }
    delay(server_command, 1000);
    noema_time before = now();
    noema_status status =
        noema_economy_debit(slow, &account, CENT, key, &options, &receipt, &error);
    noema_time took = now() - before;
    end_delay();
    assert_true(status == NOEMA_TIMEOUT || status == NOEMA_OUTCOME_UNKNOWN);
    assert_int_equal(receipt.status, status);
    assert_int_equal(error.flags & NOEMA_RETRYABLE, NOEMA_RETRYABLE);
    assert_in_range(took, 250, 950);
    noema_money taken = taken_at_last(account, key);
    if (status == NOEMA_TIMEOUT) {
        assert_int_equal(taken, 0);
    }
    sleep_until(before + 1200);
    assert_balance(account, NOEMA_USD + given - taken, 0);
}

static void
a_money_call_ends_within_its_time_and_is_not_half_done(void **state)
{
    (void)state;
    assert_ends_in_time("find", false);
    assert_ends_in_time("update", false);
    assert_ends_in_time("findAndModify", true);
    assert_ends_in_time("insert", true);
    assert_ends_in_time("commitTransaction", true);
}

static void
a_run_is_started_within_its_time_or_can_be_voided(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    noema_run_request request = request_for(account, CENT);
    (void)state;
    request.timeout_ms = 300;
    delay("insert", 1000);
    noema_time before = now();
    noema_status status = noema_run_start(slow, &request, &run, &error);
    noema_time took = now() - before;
    end_delay();
    assert_true(status == NOEMA_TIMEOUT || status == NOEMA_OUTCOME_UNKNOWN);
    assert_in_range(took, 250, 950);
    status = noema_run_void(db, &account, request.key, &run, &error);
    assert_true(status == NOEMA_OK || status == NOEMA_ILLEGAL_TRANSITION);
    sleep_until(before + 1200);
    assert_balance(account, NOEMA_USD, status == NOEMA_OK ? 0 : CENT);
}

/* ---- others go on ----------------------------------------------------------------------------------- */

enum { READERS = 8 };

typedef struct reader {
    noema_id account;
    noema_status status;
    noema_time took;
    noema_balance balance;
    noema_error error;
} reader;

static void
read_balance(void *worker)
{
    reader *mine = worker;
    noema_time before = now();
    mine->status = noema_economy_balance(slow, &mine->account, &mine->balance, &mine->error);
    mine->took = now() - before;
}

/* The old system had one queue: eight of these took eight times as long. */
static void
slow_reads_wait_beside_each_other(void **state)
{
    reader readers[READERS] = {{.status = NOEMA_INTERNAL}};
    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        readers[i].account = account_with(NOEMA_USD);
    }
    delay("find", 400);
    noema_time before = now();
    race(read_balance, readers, READERS, sizeof readers[0]);
    noema_time took = now() - before;
    end_delay();
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(readers[i].status, NOEMA_OK);
        assert_int_equal(readers[i].balance.balance, NOEMA_USD);
    }
    assert_in_range(took, 350, 3 * 400);
}

/* And a time-out there did not take the job back. */
static void
what_timed_out_in_the_queue_never_happens(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(NOEMA_USD);
    const noema_command options = {.size = sizeof options, .timeout_ms = 300};
    const char *key = fresh_key();
    (void)state;
    delay("commitTransaction", 800);
    noema_status first =
        noema_economy_debit(slow, &account, CENT, fresh_key(), &options, &receipt, &error);
    noema_status second =
        noema_economy_debit(slow, &account, CENT, key, &options, &receipt, &error);
    end_delay();
    assert_true(first == NOEMA_OUTCOME_UNKNOWN || first == NOEMA_TIMEOUT);
    assert_int_equal(second, NOEMA_TIMEOUT);
    sleep_until(now() + 1000);
    assert_status(noema_economy_find(db, &account, key, &receipt, &error), NOEMA_NOT_FOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_money_call_ends_within_its_time_and_is_not_half_done,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_run_is_started_within_its_time_or_can_be_voided, begin,
                                        end),
        cmocka_unit_test_setup_teardown(slow_reads_wait_beside_each_other, begin, end),
        cmocka_unit_test_setup_teardown(what_timed_out_in_the_queue_never_happens, begin, end),
    };
    return cmocka_run_group_tests(tests, open_faulty_database, drop_database);
}
