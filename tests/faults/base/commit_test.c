/* Faults at the commit, one after the other: what the session and the runner say is compared with
 * what the database holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/base_fixture.h"

#define COMMIT "\"failCommands\":[\"commitTransaction\"]"
#define ANY "\"failCommands\":[\"insert\",\"update\",\"find\",\"commitTransaction\"]"

enum { ALWAYS = 0 };

typedef struct row {
    const char *name;
    const char *fault; /* of failCommand */
    int32_t times;
    nd_fault first;      /* what the first commit of a session says */
    noema_status runner; /* what the runner ends with */
    bool applied;        /* is it in the database when the session has given up? */
} row;

/* A closed connection at the commit comes before the server reads it; a failed write concern after
 * it has committed. The driver repeats a commit once by itself when the connection breaks. */
static row rows[] = {
    {"an_untroubled_commit_is_done",                             NULL,                                    1,      ND_FAULT_NONE,    NOEMA_OK,              true },
    {"a_time_out_of_the_write_concern_is_unknown_and_then_done",
     "{" COMMIT ",\"writeConcernError\":{\"code\":64,\"errmsg\":\"waiting\"}}",                           1,      ND_FAULT_UNKNOWN,
     NOEMA_OK,                                                                                                                                             true },
    {"a_write_concern_that_can_not_be_is_unknown_and_then_done",
     "{" COMMIT ",\"writeConcernError\":{\"code\":100,\"errmsg\":\"can not\"}}",                          1,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OK,              true },
    {"a_write_concern_that_fails_for_ever_stays_unknown",
     "{" COMMIT ",\"writeConcernError\":{\"code\":100,\"errmsg\":\"can not\"}}",                          ALWAYS,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OUTCOME_UNKNOWN, true },
    {"one_broken_connection_is_mended_by_the_driver",            "{" COMMIT ",\"closeConnection\":true}", 1,
     ND_FAULT_NONE,                                                                                                                 NOEMA_OK,              true },
    {"two_broken_connections_are_unknown_and_then_done",         "{" COMMIT ",\"closeConnection\":true}", 2,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OK,              false},
    {"five_broken_connections_are_unknown_and_then_done",        "{" COMMIT ",\"closeConnection\":true}",
     5,                                                                                                           ND_FAULT_UNKNOWN, NOEMA_OK,              false},
    {"broken_connections_for_ever_stay_unknown",                 "{" COMMIT ",\"closeConnection\":true}", ALWAYS,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OUTCOME_UNKNOWN, false},
    {"too_little_time_is_unknown_and_then_done",                 "{" COMMIT ",\"errorCode\":50}",         1,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OK,              false},
    {"too_little_time_for_ever_stays_unknown",                   "{" COMMIT ",\"errorCode\":50}",         ALWAYS,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OUTCOME_UNKNOWN, false},
    {"a_transaction_that_is_gone_is_run_again",
     "{" COMMIT ",\"errorCode\":251,\"errorLabels\":[\"TransientTransactionError\"]}",                    1,
     ND_FAULT_TRANSIENT,                                                                                                            NOEMA_OK,              false},
    {"a_step_down_at_the_commit_is_mended_by_the_driver",
     "{" COMMIT ",\"errorCode\":11602,\"errorLabels\":[\"RetryableWriteError\"]}",                        1,      ND_FAULT_NONE,
     NOEMA_OK,                                                                                                                                             true },
    {"a_refusal_at_the_commit_is_unknown_and_then_done",         "{" COMMIT ",\"errorCode\":8000}",       1,
     ND_FAULT_UNKNOWN,                                                                                                              NOEMA_OK,              false},
};
enum { ROWS = sizeof rows / sizeof rows[0] };
static row lost_twice = {.fault = "{" COMMIT ",\"closeConnection\":true}", .times = 2};

static int
teardown(void **state)
{
    base_fixture_fail_off(*state);
    return base_fixture_teardown(state);
}

static nd_deadline
soon(void)
{
    return nd_deadline_in(10000);
}

static void
prepare(base_fixture *on)
{
    const row *of = on->row;
    (void)base_fixture_run(on, NULL, BCON_NEW("create", BCON_UTF8("entries")));
    (void)base_fixture_run(on, NULL, BCON_NEW("create", BCON_UTF8("sums")));
    if (of->fault != NULL) {
        base_fixture_fail(on, of->times, of->fault);
    }
}

static bool
write_entry(nd_session *session, nd_outcome *outcome)
{
    bson_t *entry = BCON_NEW("insert", BCON_UTF8("entries"), "documents", "[", "{", "_id",
                             BCON_INT32(1), "}", "]");
    bson_t *sum = BCON_NEW("update", BCON_UTF8("sums"), "updates", "[", "{", "q", "{", "_id",
                           BCON_INT32(1), "}", "u", "{", "$inc", "{", "n", BCON_INT32(1), "}", "}",
                           "upsert", BCON_BOOL(true), "}", "]");
    bool done = nd_session_write(session, soon(), entry, NULL, outcome) &&
                nd_session_write(session, soon(), sum, NULL, outcome);
    bson_destroy(entry);
    bson_destroy(sum);
    return done;
}

static int32_t
sum(base_fixture *on)
{
    base_fixture_settle(on);
    return base_fixture_counter(on, "sums");
}

/* With the fault on, a session that has written and not yet committed. */
static nd_session *
open_and_write(base_fixture *on, nd_outcome *outcome)
{
    prepare(on);
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), outcome));
    assert_true(write_entry(session, outcome));
    return session;
}

static void
a_session_says(void **state)
{
    base_fixture *on = *state;
    const row *of = on->row;
    nd_outcome outcome;
    nd_session *session = open_and_write(on, &outcome);
    bool done = nd_session_commit(session, soon(), &outcome);
    assert_int_equal(outcome.fault, of->first);
    assert_int_equal(done, outcome.fault == ND_FAULT_NONE);
    assert_int_equal(outcome.error.status == NOEMA_OUTCOME_UNKNOWN,
                     outcome.fault == ND_FAULT_UNKNOWN);
    base_fixture_fail_off(on);
    nd_session_close(session);
    assert_int_equal(sum(on), of->applied ? 1 : 0);
    assert_int_equal(base_fixture_count(on, "entries", NULL), of->applied ? 1 : 0);
}

/* With the fault over, the same commit again, or the same work as the session's next transaction,
 * brings it to an end. */
static void
a_session_ends_its_doubts(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_session *session = open_and_write(on, &outcome);
    (void)!nd_session_commit(session, soon(), &outcome);
    base_fixture_fail_off(on);
    if (outcome.fault == ND_FAULT_UNKNOWN) {
        assert_true(nd_session_commit(session, soon(), &outcome));
    } else if (outcome.fault == ND_FAULT_TRANSIENT) {
        assert_true(nd_session_begin(session, soon(), &outcome));
        assert_true(write_entry(session, &outcome));
        assert_true(nd_session_commit(session, soon(), &outcome));
    }
    nd_session_close(session);
    assert_int_equal(sum(on), 1);
}

/* The next transaction of a session whose commit is unknown ends the older one. */
static void
a_session_is_fenced_by_its_next_transaction(void **state)
{
    base_fixture *on = *state;
    const row *of = on->row;
    nd_outcome outcome;
    nd_session *session = open_and_write(on, &outcome);
    (void)!nd_session_commit(session, soon(), &outcome);
    base_fixture_fail_off(on);
    assert_true(nd_session_begin(session, soon(), &outcome));
    bool written = write_entry(session, &outcome);
    assert_int_equal(written, !of->applied);
    if (written) {
        assert_true(nd_session_commit(session, soon(), &outcome));
    } else {
        assert_int_equal(outcome.fault, ND_FAULT_DUPLICATE);
    }
    nd_session_close(session);
    assert_int_equal(sum(on), 1);
}

/* Left alone, the server keeps its documents locked for transactionLifetimeLimitSeconds. */
static void
a_closed_session_holds_no_documents(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_session *session = open_and_write(on, &outcome);
    assert_false(nd_session_commit(session, soon(), &outcome));
    base_fixture_fail_off(on);
    nd_session_close(session);
    session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(write_entry(session, &outcome)); /* no conflict with the older one */
    nd_session_close(session);
}

/* ---- the runner --------------------------------------------------------------------------------- */

static bool
work(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
     noema_error *error)
{
    base_fixture *on = context;
    nd_list found = {0};
    (void)verdict;
    (void)error;
    if (!nd_session_find(session, soon(), "entries", NULL, NULL, 1, on->arena, &found, outcome)) {
        return false;
    }
    return found.count > 0 || write_entry(session, outcome);
}

static void
the_runner_ends_with(void **state)
{
    base_fixture *on = *state;
    const row *of = on->row;
    prepare(on);
    int64_t started = nd_monotonic_ms();
    /* What is to succeed has time for it, also on a busy machine. */
    const int64_t limit = of->times == ALWAYS ? 3000 : 15000;
    noema_status status =
        nd_base_transaction(on->base, nd_deadline_in(limit), work, on, &on->error);
    int64_t took = nd_monotonic_ms() - started;
    base_fixture_fail_off(on);
    assert_int_equal(status, of->runner);
    assert_in_range(took, 0, limit + 3500);
    int32_t applied = sum(on);
    assert_int_equal(base_fixture_count(on, "entries", NULL), applied);
    assert_true(status == NOEMA_OK ? applied == 1 : applied <= 1);
}

/* ---- faults before the commit ----------------------------------------------------------------------- */

static row before[] = {
    {"a_broken_connection_inside_is_run_again",        "{" ANY ",\"closeConnection\":true}",               2,
     ND_FAULT_NONE,                                                                                                               NOEMA_OK,          true },
    {"a_step_down_inside_is_run_again",
     "{" ANY ",\"errorCode\":10107,\"errorLabels\":[\"TransientTransactionError\"]}",                      2,
     ND_FAULT_NONE,                                                                                                               NOEMA_OK,          true },
    {"a_slow_command_inside_is_run_again",             "{\"failCommands\":[\"insert\"],\"errorCode\":50}", 2,
     ND_FAULT_NONE,                                                                                                               NOEMA_OK,          true },
    {"a_connection_that_always_breaks_is_unavailable",
     "{\"failCommands\":[\"insert\"],\"closeConnection\":true}",                                           ALWAYS, ND_FAULT_NONE,
     NOEMA_UNAVAILABLE,                                                                                                                              false},
    {"a_conflict_without_end_is_a_timeout",
     "{\"failCommands\":[\"update\"],\"errorCode\":112,\"errorLabels\":[\"TransientTransactionError\"]}",
     ALWAYS,                                                                                                       ND_FAULT_NONE, NOEMA_TIMEOUT,     false},
    {"a_privilege_that_is_missing_is_told",            "{\"failCommands\":[\"insert\"],\"errorCode\":13}", 1,
     ND_FAULT_NONE,                                                                                                               NOEMA_UNAVAILABLE, false},
    {"a_command_that_is_wrong_is_a_bug",               "{\"failCommands\":[\"insert\"],\"errorCode\":2}",  1,
     ND_FAULT_NONE,                                                                                                               NOEMA_INTERNAL,    false},
};
enum { BEFORE = sizeof before / sizeof before[0] };

static void
nothing_happens_before_the_commit(void **state)
{
    base_fixture *on = *state;
    const row *of = on->row;
    prepare(on);
    /* What is to succeed has time for it, also on a busy machine. */
    const int64_t limit = of->times == ALWAYS ? 3000 : 15000;
    noema_status status =
        nd_base_transaction(on->base, nd_deadline_in(limit), work, on, &on->error);
    base_fixture_fail_off(on);
    /* Between two attempts it is the deadline that ends it. */
    const bool is_late = of->times == ALWAYS && status == NOEMA_TIMEOUT;
    assert_true(is_late || status == of->runner);
    assert_int_equal(sum(on), of->applied ? 1 : 0);
    assert_int_equal(base_fixture_count(on, "entries", NULL), of->applied ? 1 : 0);
}

int
main(void)
{
    static struct CMUnitTest tests[4 * ROWS + BEFORE + 1];
    static char names[4 * ROWS][120];
    size_t count = 0;
    static const struct {
        const char *prefix;
        CMUnitTestFunction run;
    } views[] = {
        {"session says",   a_session_says                             },
        {"session ends",   a_session_ends_its_doubts                  },
        {"session fenced", a_session_is_fenced_by_its_next_transaction},
        {"runner",         the_runner_ends_with                       },
    };
    for (size_t v = 0; v < 4; v++) {
        for (size_t i = 0; i < ROWS; i++, count++) {
            (void)snprintf(names[count], sizeof names[count], "%s: %s", views[v].prefix,
                           rows[i].name);
            tests[count] = (struct CMUnitTest){names[count], views[v].run, base_fixture_setup,
                                               teardown, &rows[i]};
        }
    }
    for (size_t i = 0; i < BEFORE; i++, count++) {
        tests[count] = (struct CMUnitTest){before[i].name, nothing_happens_before_the_commit,
                                           base_fixture_setup, teardown, &before[i]};
    }
    tests[count] = (struct CMUnitTest){"a_closed_session_holds_no_documents",
                                       a_closed_session_holds_no_documents, base_fixture_setup,
                                       teardown, &lost_twice};
    (void)base_fixture_uri();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
