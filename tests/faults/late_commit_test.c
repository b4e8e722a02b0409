/* A commit is held back until its caller has been told that the outcome is unknown. Then it arrives,
 * the key is looked up, and voided or asked for again, in every order: it is stored at most once,
 * and never after a void. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "faults/line.h"

enum { HASTY_MS = 600, MOMENT_MS = 300, ALL = 1000 };

/* What happens, a letter each: the commit Arrives, the key is Found, Voided, asked for Again. What
 * comes before the arrival and must write waits for the server to end the transaction. */
static const char *const orders[] = {"AFV", "AVF", "FAV", "FVA", "VAF", "VFA",
                                     "AFR", "ARF", "FAR", "FRA", "RAF", "RFA"};
enum { ORDERS = sizeof orders / sizeof orders[0], LATE_OPERATIONS = 3 };
static const int late_operations[LATE_OPERATIONS] = {TRIAL_CREDIT, TRIAL_DEBIT, TRIAL_START};

typedef struct late {
    line line;
    const char *order;
    size_t at; /* what of it has been done */
    bool arrived;
    int32_t arrival_code;
    bool voided; /* its void was OK */
    bool done;   /* its asking again was OK */
    noema_status found;
} late;

static void
blame(late *of, const char *what, noema_status status, const noema_error *error)
{
    trial *tried = &of->line.trial;
    if (tried->problem[0] == '\0') {
        (void)snprintf(tried->problem, sizeof tried->problem, "%s, %s, %s: %s (%s)",
                       tried->operation->name, of->order, what, noema_status_name(status),
                       error->message);
    }
}

/* ---- what happens -------------------------------------------------------------------------------- */

static void *
ask_in_vain(void *argument)
{
    late *of = argument;
    const relay_rule rule = {
        .way = RELAY_REQUEST, .command = "commitTransaction", .times = ALL, .deed = RELAY_HOLD};
    trial_prepare(&of->line.trial);
    relay_set(of->line.relay, &rule);
    trial_ask(&of->line.trial);
    trial_judge(&of->line.trial, "held back");
    if (of->line.trial.told != NOEMA_OUTCOME_UNKNOWN || relay_hits(of->line.relay) == 0) {
        blame(of, "held back", of->line.trial.told, &of->line.trial.error);
    }
    return NULL;
}

static void
arrive(late *of)
{
    noema_error none = {0};
    relay_release(of->line.relay);
    if (!relay_await_late(of->line.relay, 1, &of->arrival_code)) {
        blame(of, "arrival", NOEMA_TIMEOUT, &none);
    }
    of->arrived = true;
}

static bool
is_run(const late *of)
{
    return of->line.trial.operation == &trial_operations[TRIAL_START];
}

/* A payment's key belongs to no account. */
static const noema_id *
account_of(const late *of)
{
    bool is_payment = of->line.trial.operation == &trial_operations[TRIAL_CREDIT];
    return is_payment ? NULL : &of->line.trial.account;
}

/* Before the arrival it is not there; after it, it is, unless the void or the second asking was
 * first. */
static void
find(late *of)
{
    const trial *tried = &of->line.trial;
    noema_receipt receipt;
    noema_run run;
    noema_error error;
    bool is_there = of->done || of->voided || (of->arrived && of->arrival_code == 0);
    of->found =
        is_run(of)
            ? noema_run_find_key(tried->at->db, &tried->account, tried->key, &run, NULL, &error)
            : noema_economy_find(tried->at->db, account_of(of), tried->key, &receipt, &error);
    if (of->found != (is_there ? NOEMA_OK : NOEMA_NOT_FOUND)) {
        blame(of, "find", of->found, &error);
    }
}

static void
void_key(late *of)
{
    const trial *tried = &of->line.trial;
    noema_receipt receipt;
    noema_run run;
    noema_error error;
    noema_status status =
        is_run(of)
            ? noema_run_void(tried->at->db, &tried->account, tried->key, &run, &error)
            : noema_economy_void(tried->at->db, account_of(of), tried->key, &receipt, &error);
    bool is_right = of->arrived ? status == NOEMA_ILLEGAL_TRANSITION : status == NOEMA_OK;
    of->voided = status == NOEMA_OK;
    if (!is_right) {
        blame(of, "void", status, &error);
    }
}

static void
ask_again(late *of)
{
    trial_ask_again(&of->line.trial, of->order);
    of->done = true;
}

/* ---- in which order ------------------------------------------------------------------------------ */

/* Goes on up to what has to wait for the transaction's end. */
static void *
go_on(void *argument)
{
    late *of = argument;
    for (; of->order[of->at] != '\0'; of->at++) {
        const char what = of->order[of->at];
        if ((what == 'V' || what == 'R') && !of->arrived) {
            return NULL;
        }
        if (what == 'A') {
            arrive(of);
        } else if (what == 'F') {
            find(of);
        } else if (what == 'V') {
            void_key(of);
        } else {
            ask_again(of);
        }
    }
    return NULL;
}

/* A void or a second asking that comes before the arrival, and then the rest. */
static void *
wait_and_go_on(void *argument)
{
    late *of = argument;
    if (of->order[of->at] == 'V') {
        void_key(of);
    } else if (of->order[of->at] == 'R') {
        ask_again(of);
    }
    of->at += of->order[of->at] == '\0' ? 0 : 1;
    return go_on(of);
}

/* While they wait, the server ends the transactions that nobody ends. */
static void *
end_transactions(void *argument)
{
    late *of = argument;
    nd_sleep_ms(MOMENT_MS);
    trial_end_transactions(of->line.trial.client);
    return NULL;
}

typedef struct step {
    void *(*work)(void *);
    void *context;
} step;

static void *
take_step(void *argument)
{
    step *of = argument;
    return of->work(of->context);
}

static void
wait_for_the_servers_end(late *lates, size_t count)
{
    step steps[LATE_OPERATIONS * ORDERS + 1];
    for (size_t i = 0; i < count; i++) {
        steps[i] = (step){wait_and_go_on, &lates[i]};
    }
    steps[count] = (step){end_transactions, &lates[0]};
    bank_crowd(count + 1, take_step, steps, sizeof steps[0]);
}

/* ---- the tests ----------------------------------------------------------------------------------- */

static void
judge(late *of)
{
    const trial *tried = &of->line.trial;
    const noema_error none = {0};
    const int64_t stored = tried->operation->count(tried);
    /* A void of a payment is an entry of nobody, and no credit. */
    bool is_payment = account_of(of) == NULL;
    if (stored != (of->voided && is_payment ? 0 : 1)) {
        blame(of, "stored not once", of->found, &none);
    }
    if (of->voided && of->arrival_code == 0) {
        blame(of, "the commit was let in after the void", of->found, &none);
    }
}

static void
in_every_order_it_is_stored_at_most_once_and_never_after_a_void(void **state)
{
    enum { LATES = LATE_OPERATIONS * ORDERS };
    static late lates[LATES];
    for (size_t i = 0; i < LATES; i++) {
        line_open(&lates[i].line, *state, late_operations[i / ORDERS], HASTY_MS);
        lates[i].order = orders[i % ORDERS];
    }
    bank_crowd(LATES, ask_in_vain, lates, sizeof lates[0]);
    bank_crowd(LATES, go_on, lates, sizeof lates[0]);
    wait_for_the_servers_end(lates, LATES);
    for (size_t i = 0; i < LATES; i++) {
        judge(&lates[i]);
        line_close(&lates[i].line);
    }
    for (size_t i = 0; i < LATES; i++) {
        line_must_be_sound(&lates[i].line);
    }
    bank_check(*state);
}

/* The void has begun, and cannot end: the commit arrives under its hands. */
static void *
void_under_way(void *argument)
{
    late *of = argument;
    noema_receipt receipt;
    noema_error error;
    noema_status status = noema_economy_void(of->line.trial.at->db, &of->line.trial.account,
                                             of->line.trial.key, &receipt, &error);
    of->voided = status == NOEMA_OK;
    if (status != NOEMA_OK && status != NOEMA_ILLEGAL_TRANSITION) {
        blame(of, "void", status, &error);
    }
    return NULL;
}

static void *
arrive_in_a_moment(void *argument)
{
    late *of = argument;
    nd_sleep_ms(MOMENT_MS);
    arrive(of);
    return NULL;
}

static void
a_commit_that_arrives_during_the_void_is_applied_or_voided(void **state)
{
    late of = {.order = "V and A"};
    line_open(&of.line, *state, TRIAL_DEBIT, HASTY_MS);
    (void)ask_in_vain(&of);
    step steps[] = {
        {void_under_way,     &of},
        {arrive_in_a_moment, &of}
    };
    bank_crowd(2, take_step, steps, sizeof steps[0]);
    line_close(&of.line);
    line_must_be_sound(&of.line);
    assert_true(of.voided == (of.arrival_code != 0));
    bank_check(*state);
}

/* Each commit is cut off, and yet on its way, until the engine runs the batch again; the older ones
 * arrive when the younger one is done. */
static void
commits_that_arrive_after_the_batch_was_run_again_are_refused(void **state)
{
    enum { SENT = 6 /* three times, each repeated by the driver */ };
    line on;
    int32_t code = 0;
    const relay_rule rule = {
        .way = RELAY_REQUEST, .command = "commitTransaction", .times = SENT, .deed = RELAY_DELAY};
    line_open(&on, *state, TRIAL_DEBIT, 30000);
    trial_prepare(&on.trial);
    relay_set(on.relay, &rule);
    trial_ask(&on.trial);
    assert_int_equal(relay_hits(on.relay), SENT);
    trial_judge(&on.trial, "delayed");
    trial_must_be_done(&on.trial, "delayed");
    relay_release(on.relay);
    assert_true(relay_await_late(on.relay, SENT, &code));
    trial_judge(&on.trial, "delayed, and arrived");
    trial_ask_again(&on.trial, "delayed, and arrived");
    line_close(&on);
    line_must_be_sound(&on);
    assert_int_equal(code, 225 /* TransactionTooOld */);
    bank_check(*state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_every_order_it_is_stored_at_most_once_and_never_after_a_void),
        cmocka_unit_test(a_commit_that_arrives_during_the_void_is_applied_or_voided),
        cmocka_unit_test(commits_that_arrive_after_the_batch_was_run_again_are_refused),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
