/* What a command is told when its deadline passes at an awkward moment, and what becomes of its
 * account then. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pthread.h>
#include <cmocka.h>

#include "core/clock.h"
#include "faults/line.h"

enum { TIMEOUT_MS = 1000, SLIGHTLY_LATE_MS = TIMEOUT_MS + 100, WRITABLE_MS = 20000 };

static void *
release_late(void *argument)
{
    line *on = argument;
    nd_sleep_ms(SLIGHTLY_LATE_MS);
    relay_release(on->relay);
    return NULL;
}

/* The server's answer, that the key is stored, comes after the deadline, and shortly before the
 * caller leaves. The payment is the account's own: whatever it is told, it is not that somebody else
 * has it, nor that it did not happen. */
static void
a_payment_that_is_known_is_never_called_taken_because_the_deadline_passed(void **state)
{
    line on;
    pthread_t thread;
    bank *at = *state;
    const relay_rule rule = {
        .way = RELAY_REPLY, .command = "insert", .times = 1, .deed = RELAY_HOLD};
    line_open(&on, at, TRIAL_CREDIT, TIMEOUT_MS);
    trial_prepare(&on.trial);
    trial_ask(&on.trial);
    assert_int_equal(on.trial.told, NOEMA_OK);
    relay_set(on.relay, &rule);
    assert_int_equal(pthread_create(&thread, NULL, release_late, &on), 0);
    trial_ask(&on.trial);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(relay_hits(on.relay), 1);
    line_close(&on);
    if (on.trial.told != NOEMA_OK && on.trial.told != NOEMA_TIMEOUT &&
        on.trial.told != NOEMA_OUTCOME_UNKNOWN) {
        fail_msg("told %s (%s)", noema_status_name(on.trial.told), on.trial.error.message);
    }
    bank_check(at);
}

/* The commit can't be sent until the deadline. The same key, asked again at once as the header says,
 * does not have to wait for the server to end the transaction that nobody ends. */
static void
after_an_unknown_outcome_the_account_is_soon_writable(void **state)
{
    line on;
    bank *at = *state;
    const relay_rule rule = {
        .way = RELAY_REQUEST, .command = "commitTransaction", .times = 1000, .deed = RELAY_CUT};
    noema_receipt receipt;
    const noema_command patient = {.size = sizeof patient, .timeout_ms = WRITABLE_MS};
    line_open(&on, at, TRIAL_DEBIT, TIMEOUT_MS);
    trial_prepare(&on.trial);
    relay_set(on.relay, &rule);
    trial_ask(&on.trial);
    assert_int_equal(on.trial.told, NOEMA_OUTCOME_UNKNOWN);
    relay_set(on.relay, NULL);
    const int64_t began = nd_monotonic_ms();
    noema_status status = noema_economy_debit(on.trial.door, &on.trial.account, 1, "next", &patient,
                                              &receipt, &at->error);
    printf("writable after %" PRId64 " ms\n", nd_monotonic_ms() - began);
    assert_int_equal(status, NOEMA_OK);
    trial_ask_again(&on.trial, "after the deadline");
    line_close(&on);
    line_must_be_sound(&on);
    bank_check(at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_that_is_known_is_never_called_taken_because_the_deadline_passed),
        cmocka_unit_test(after_an_unknown_outcome_the_account_is_soon_writable),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
