/* What must fail, fails: a writer without keys doubles a debit when a commit's reply is lost, and the
 * check of the ledger that the other tests rely on sees it. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "faults/naive.h"
#include "support/bank.h"
#include "support/relay.h"

enum { DEBITS = 10 };

/* How many of the debits are in the ledger. */
static int64_t
write_naively(bank *at, const noema_id *account, uint32_t lost)
{
    relay *between = relay_start(at->uri);
    mongoc_client_t *client = plain_client(relay_uri(between));
    /* The driver repeats a commit by itself: one that both times is lost comes to the writer. */
    const relay_rule rule = {.way = RELAY_REPLY,
                             .command = "commitTransaction",
                             .skip = 4,
                             .times = 2 * lost,
                             .deed = RELAY_CUT};
    relay_set(between, &rule);
    for (uint32_t i = 0; i < DEBITS; i++) {
        char key[40];
        (void)snprintf(key, sizeof key, "naive:%" PRIu32, i);
        assert_true(naive_debit(client, at->database, account->text, key));
    }
    assert_int_equal(relay_hits(between), 2 * lost);
    mongoc_client_destroy(client);
    relay_stop(between);
    return bank_read(at, account).seq - 1;
}

static void
a_naive_writer_books_each_debit_once_while_nothing_is_lost(void **state)
{
    bank *at = *state;
    const noema_id account = bank_account(at, 2 * NOEMA_USD);
    assert_int_equal(write_naively(at, &account, 0), DEBITS);
    bank_check(at);
}

/* Balances and sums agree all the same: only the keys tell. */
static void
a_naive_writer_books_a_debit_twice_when_a_commits_reply_is_lost_and_the_check_sees_it(void **state)
{
    bank *at = *state;
    ledger_report report;
    const noema_id account = bank_account(at, 2 * NOEMA_USD);
    assert_int_equal(write_naively(at, &account, 1), DEBITS + 1);
    ledger_check(at->client, at->database, &report);
    assert_int_equal(report.problems, 1);
    assert_non_null(strstr(report.words, "twice: key"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_naive_writer_books_each_debit_once_while_nothing_is_lost,
                                        bank_setup, bank_teardown),
        cmocka_unit_test_setup_teardown(
            a_naive_writer_books_a_debit_twice_when_a_commits_reply_is_lost_and_the_check_sees_it,
            bank_setup, bank_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
