/* kill -9: of the server while it writes, and of a client in the middle of a transaction. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pthread.h>
#include <cmocka.h>

#include "core/clock.h"
#include "support/bank.h"
#include "support/mix.h"
#include "support/process.h"
#include "support/relay.h"
#include "support/server.h"

enum { WRITABLE_MS = 20000 };

/* ---- the server ---------------------------------------------------------------------------------- */

enum { WRITERS = 6, ACCOUNTS = 8, COMMANDS_MAX = 20000, ASKS = 20, WHILE_MS = 700, KILLS = 2 };

typedef struct office {
    atomic_bool stop;
    noema_id accounts[ACCOUNTS];
    char prefixes[WRITERS][16];
    mix mixes[WRITERS];
    pthread_t threads[WRITERS];
} office;

static void
open_office(bank *at, office *made)
{
    uint64_t seed =
        getenv("ND_SEED") != NULL ? strtoull(getenv("ND_SEED"), NULL, 10) : (uint64_t)time(NULL);
    printf("ND_SEED=%" PRIu64 "\n", seed);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        made->accounts[i] = bank_account(at, 100 * NOEMA_USD);
    }
    for (uint32_t i = 0; i < WRITERS; i++) {
        (void)snprintf(made->prefixes[i], sizeof made->prefixes[i], "kill:%" PRIu32, i);
        made->mixes[i] = (mix){.db = at->db,
                               .accounts = made->accounts,
                               .account_count = ACCOUNTS,
                               .seed = seed + i,
                               .prefix = made->prefixes[i],
                               .commands = COMMANDS_MAX,
                               .stop = &made->stop,
                               .asks = ASKS,
                               .told = calloc(COMMANDS_MAX, sizeof(mix_told))};
        assert_non_null(made->mixes[i].told);
        assert_int_equal(pthread_create(&made->threads[i], NULL, mix_run, &made->mixes[i]), 0);
    }
}

static int64_t
close_office(bank *at, office *of)
{
    int64_t contradictions = 0;
    uint32_t done = 0;
    atomic_store(&of->stop, true);
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(of->threads[i], NULL), 0);
    }
    bank_reconnect(at);
    for (size_t i = 0; i < WRITERS; i++) {
        contradictions += mix_contradictions(&of->mixes[i], at->client, at->database);
        done += of->mixes[i].ok;
        free(of->mixes[i].told);
    }
    printf("%" PRIu32 " done\n", done);
    assert_true(done > 0);
    return contradictions;
}

static void
a_server_killed_twice_loses_nothing_that_was_acknowledged_and_books_no_key_twice(void **state)
{
    static office made;
    bank *at = *state;
    if (!server_is_ours()) {
        skip();
    }
    open_office(at, &made);
    for (size_t i = 0; i < KILLS; i++) {
        nd_sleep_ms(WHILE_MS);
        server_kill();
        server_start();
        assert_true(server_await_primary(at->uri));
    }
    nd_sleep_ms(WHILE_MS);
    assert_int_equal(close_office(at, &made), 0);
    bank_check(at);
}

/* ---- a client ------------------------------------------------------------------------------------ */

/* What it has said to be OK is there. */
static void
acknowledged_are_there(bank *at, const noema_id *account, const process *of)
{
    uint32_t count = 0;
    for (const char *line = of->text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        char key[80];
        line += *line == '\n' ? 1 : 0;
        if (sscanf(line, "OK %79s", key) == 1 && strchr(line, '\n') != NULL) {
            assert_int_equal(bank_count_key(at, account, key), 1);
            count++;
        }
    }
    assert_true(count > 0);
}

static void
is_writable_soon(bank *at, const noema_id *account)
{
    noema_receipt receipt;
    const noema_command patient = {.size = sizeof patient, .timeout_ms = WRITABLE_MS};
    const int64_t began = nd_monotonic_ms();
    noema_status status =
        noema_economy_debit(at->db, account, 1, "after the kill", &patient, &receipt, &at->error);
    printf("writable after %" PRId64 " ms\n", nd_monotonic_ms() - began);
    if (status != NOEMA_OK) {
        fail_msg("not writable: %s", at->error.message);
    }
}

static process
spend_for_ever(bank *at, const char *uri, const noema_id *account)
{
    const char *const arguments[] = {uri, at->database, "debtor", account->text,
                                     "s", "8",          "0",      NULL};
    return process_start(NOEMA_TEST_PROGRAMS "/debtor", arguments);
}

/* Its commit is on its way when it dies: the server keeps the account for it, as long as it keeps
 * any transaction that nobody ends. */
static void
accounts_of_a_client_killed_in_a_transaction_are_writable_within_20_s(void **state)
{
    bank *at = *state;
    int32_t code;
    relay *between = relay_start(at->uri);
    const noema_id account = bank_account(at, 100 * NOEMA_USD);
    const relay_rule rule = {.way = RELAY_REQUEST,
                             .command = "commitTransaction",
                             .skip = 20,
                             .times = 1,
                             .deed = RELAY_HOLD};
    relay_set(between, &rule);
    process client = spend_for_ever(at, relay_uri(between), &account);
    assert_true(relay_await_hits(between, 1));
    process_kill(&client);
    assert_int_equal(process_end(&client), -9);
    is_writable_soon(at, &account);
    relay_release(between);
    assert_true(relay_await_late(between, 1, &code));
    assert_int_not_equal(code, 0);
    acknowledged_are_there(at, &account, &client);
    process_free(&client);
    relay_stop(between);
    bank_check(at);
}

static void
a_client_killed_anywhere_leaves_what_it_acknowledged_and_a_writable_account(void **state)
{
    enum { LINES = 200 };
    bank *at = *state;
    const noema_id account = bank_account(at, 100 * NOEMA_USD);
    process client = spend_for_ever(at, at->uri, &account);
    assert_true(process_await_lines(&client, LINES));
    process_kill(&client);
    assert_int_equal(process_end(&client), -9);
    is_writable_soon(at, &account);
    acknowledged_are_there(at, &account, &client);
    process_free(&client);
    bank_check(at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_of_a_client_killed_in_a_transaction_are_writable_within_20_s),
        cmocka_unit_test(
            a_client_killed_anywhere_leaves_what_it_acknowledged_and_a_writable_account),
        cmocka_unit_test(
            a_server_killed_twice_loses_nothing_that_was_acknowledged_and_books_no_key_twice),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
