/* The end of a handle: calls that wait or come later are told so, money that was sent is completed, and
 * a child process is refused. */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

enum { CROWD = 24 };

/* ---- stop beside calls --------------------------------------------------------------------------------- */

static atomic_int begun;

typedef struct caller {
    noema_db *on;
    noema_id account;
    size_t number;
    bool stops;
    size_t done;
    size_t unknown;
    noema_status last;
    noema_receipt receipt;
    noema_error error;
} caller;

static void
debit_until_refused(caller *mine)
{
    mine->last = NOEMA_OK;
    for (size_t i = 0; mine->last == NOEMA_OK && i < 100000; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "stop:%zu:%zu", mine->number, i);
        mine->last = noema_economy_debit(mine->on, &mine->account, 1, key, NULL, &mine->receipt,
                                         &mine->error);
        mine->done += mine->last == NOEMA_OK;
        mine->unknown += mine->last == NOEMA_OUTCOME_UNKNOWN;
        (void)atomic_fetch_add(&begun, 1);
    }
}

static void
work(void *worker)
{
    caller *mine = worker;
    if (!mine->stops) {
        debit_until_refused(mine);
        return;
    }
    while (atomic_load(&begun) < 4 * CROWD) {
        (void)usleep(1000);
    }
    noema_stop(mine->on);
}

static void
calls_beside_a_stop_end_closed_or_complete(void **state)
{
    caller callers[CROWD + 1] = {{.done = 0}};
    noema_db *other = open_another();
    noema_id account = account_with(NOEMA_USD);
    noema_money taken = 0;
    (void)state;
    for (size_t i = 0; i <= CROWD; i++) {
        callers[i].on = other;
        callers[i].account = account;
        callers[i].number = i;
        callers[i].stops = i == CROWD;
    }
    race(work, callers, CROWD + 1, sizeof callers[0]);
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(callers[i].last, NOEMA_CLOSED);
        assert_int_equal(callers[i].error.status, NOEMA_CLOSED);
        assert_int_equal(callers[i].receipt.status, NOEMA_CLOSED);
        assert_int_equal(callers[i].unknown, 0);
        taken += (noema_money)callers[i].done;
    }
    noema_close(other);
    assert_true(taken > 0);
    assert_balance(account, NOEMA_USD - taken, 0);
}

/* ---- after stop ---------------------------------------------------------------------------------------- */

static void
assert_accounts_are_closed(noema_db *on, const noema_id *account)
{
    noema_account made;
    noema_document *document = (noema_document *)&made;
    assert_status(noema_ping(on, &error), NOEMA_CLOSED);
    assert_status(noema_install(on, true, &document, &error), NOEMA_CLOSED);
    assert_null(document);
    assert_status(noema_account_ensure(on, "telegram:1", &made, &error), NOEMA_CLOSED);
    assert_zeros(made);
    assert_status(noema_account_find(on, "telegram:1", &made, &error), NOEMA_CLOSED);
    assert_status(noema_account_read(on, account, &document, &error), NOEMA_CLOSED);
    assert_null(document);
    assert_status(noema_account_link(on, account, "telegram:1", &error), NOEMA_CLOSED);
    assert_status(noema_account_unlink(on, account, "telegram:1", &error), NOEMA_CLOSED);
    assert_status(noema_account_touch(on, account, "telegram", &error), NOEMA_CLOSED);
}

static void
assert_credit_is_closed(noema_db *on, const noema_id *account)
{
    noema_balance balance;
    noema_receipt receipt;
    const noema_command command = command_for(NOEMA_COMMAND_DEBIT, *account, 1);
    assert_status(noema_economy_balance(on, account, &balance, &error), NOEMA_CLOSED);
    assert_zeros(balance);
    assert_status(noema_economy_debit(on, account, 1, "k", NULL, &receipt, &error), NOEMA_CLOSED);
    assert_int_equal(receipt.status, NOEMA_CLOSED);
    assert_status(noema_economy_apply(on, &command, 1, &receipt, sizeof receipt, &error),
                  NOEMA_CLOSED);
    assert_int_equal(receipt.status, NOEMA_CLOSED);
    assert_status(noema_economy_find(on, account, "k", &receipt, &error), NOEMA_CLOSED);
    assert_status(noema_economy_void(on, account, "k", &receipt, &error), NOEMA_CLOSED);
}

static void
assert_runs_are_closed(noema_db *on, const noema_id *account)
{
    noema_receipt receipt;
    noema_run run;
    noema_list *list = (noema_list *)&run;
    noema_document *document = (noema_document *)&run;
    uint32_t count = 7;
    const noema_run_request request = request_for(*account, CENT);
    const noema_settlement settlement = settlement_for(*account, NOEMA_RUN_FAILED);
    const noema_query query = {.size = sizeof query, .account = *account};
    assert_status(noema_run_start(on, &request, &run, &error), NOEMA_CLOSED);
    assert_zeros(run);
    assert_status(noema_run_settle(on, &settlement, &run, &receipt, &error), NOEMA_CLOSED);
    assert_status(noema_run_attach(on, account, "p", &error), NOEMA_CLOSED);
    assert_status(noema_run_find(on, account, &run, NULL, &error), NOEMA_CLOSED);
    assert_status(noema_run_reap(on, 1, &count, &error), NOEMA_CLOSED);
    assert_int_equal(count, 0);
    assert_status(noema_run_list(on, &query, &list, &error), NOEMA_CLOSED);
    assert_null(list);
    assert_status(noema_ledger_list(on, &query, &list, &error), NOEMA_CLOSED);
    assert_status(noema_ledger_verify(on, account, NULL, NULL, &document, &error), NOEMA_CLOSED);
    assert_null(document);
}

static void
a_stopped_handle_says_closed(void **state)
{
    noema_db *other = open_another();
    noema_id account = account_with(NOEMA_USD);
    char *json = NULL;
    (void)state;
    noema_stop(other);
    noema_stop(other);
    assert_accounts_are_closed(other, &account);
    assert_credit_is_closed(other, &account);
    assert_runs_are_closed(other, &account);
    assert_int_equal(noema_call(other, "base.ping", "{}", &json), NOEMA_CLOSED);
    assert_non_null(strstr(json, "\"CLOSED\""));
    noema_free(json);
    json = noema_metrics(other, "json");
    assert_non_null(json);
    noema_free(json);
    noema_close(other);
    assert_balance(account, NOEMA_USD, 0);
}

static void
closing_one_handle_leaves_the_other(void **state)
{
    noema_db *one = open_another();
    noema_db *two = open_another();
    (void)state;
    noema_close(one);
    assert_status(noema_ping(two, &error), NOEMA_OK);
    noema_close(two);
    assert_status(noema_ping(db, &error), NOEMA_OK);
    noema_close(NULL);
    noema_stop(NULL);
}

static void
open_and_close_can_be_repeated(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        noema_close(open_another());
    }
}

/* What a getter returned belongs to its object, which outlives the handle. */
static void
documents_outlive_their_handle(void **state)
{
    noema_document *user;
    noema_db *other = open_another();
    noema_id account = fresh_account();
    const char *id = "";
    (void)state;
    assert_status(noema_account_read(other, &account, &user, &error), NOEMA_OK);
    noema_close(other);
    assert_true(noema_document_text(user, "/_id", &id));
    assert_string_equal(id, account.text);
    noema_document_free(user);
}

/* ---- fork ------------------------------------------------------------------------------------------------ */

/* In the child no assertion of cmocka is heard: its exit code says how far it came. */
static int
child(const noema_id *account)
{
    noema_error said;
    noema_account made;
    noema_balance balance;
    noema_receipt receipt;
    noema_run run;
    char *json = NULL;
    if (noema_ping(db, &said) != NOEMA_FORKED || said.status != NOEMA_FORKED) {
        return 1;
    }
    if (noema_account_ensure(db, "telegram:child", &made, &said) != NOEMA_FORKED) {
        return 2;
    }
    if (noema_economy_balance(db, account, &balance, &said) != NOEMA_FORKED) {
        return 3;
    }
    if (noema_economy_debit(db, account, 1, "child", NULL, &receipt, &said) != NOEMA_FORKED ||
        receipt.status != NOEMA_FORKED) {
        return 4;
    }
    if (noema_run_find(db, account, &run, NULL, &said) != NOEMA_FORKED) {
        return 5;
    }
    if (noema_call(db, "base.ping", "{}", &json) != NOEMA_FORKED ||
        strstr(json, "\"FORKED\"") == NULL) {
        return 6;
    }
    noema_free(json);
    noema_stop(db);
    noema_close(db);
    return 42;
}

static void
a_child_process_is_refused_and_the_parent_goes_on(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    int status = 0;
    (void)state;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(20);
        _exit(child(&account));
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    (void)debited(account, CENT);
    assert_balance(account, NOEMA_USD - CENT, 0);
}

/* The child's own handle works. ThreadSanitizer can't follow threads there. */
static void
a_child_process_opens_a_handle_of_its_own(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    int status = 0;
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        noema_db *own = NULL;
        noema_receipt receipt;
        noema_options *options = test_options();
        (void)alarm(30);
        bool done =
            noema_open(options, &own, &error) == NOEMA_OK &&
            noema_economy_debit(own, &account, CENT, "child", NULL, &receipt, &error) == NOEMA_OK;
        noema_close(own);
        _exit(done ? 42 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_balance(account, NOEMA_USD - CENT, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_beside_a_stop_end_closed_or_complete),
        cmocka_unit_test(a_stopped_handle_says_closed),
        cmocka_unit_test(closing_one_handle_leaves_the_other),
        cmocka_unit_test(open_and_close_can_be_repeated),
        cmocka_unit_test(documents_outlive_their_handle),
        cmocka_unit_test(a_child_process_is_refused_and_the_parent_goes_on),
        cmocka_unit_test(a_child_process_opens_a_handle_of_its_own),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
