/* The runner of transactions that are no money: begin, work, commit, again. */
#include <assert.h>

#include "base/base_private.h"

enum { COMMIT_REPEATS = 2, FIRST_PAUSE_MS = 5, LAST_PAUSE_MS = 500 };

void
nd_backoff(uint32_t attempt, nd_deadline deadline)
{
    int64_t most = FIRST_PAUSE_MS;
    for (uint32_t i = 0; i < attempt && most < LAST_PAUSE_MS; i++) {
        most += (most + 1) / 2;
    }
    most = most < LAST_PAUSE_MS ? most : LAST_PAUSE_MS;
    int64_t pause = (int64_t)nd_random_below((uint32_t)most + 1);
    int64_t left = nd_deadline_left(deadline);
    nd_sleep_ms(pause < left ? pause : left);
}

typedef struct run {
    nd_session *session;
    nd_deadline deadline;
    nd_work work;
    void *context;
    bool in_doubt; /* a commit of this run is unknown */
    noema_status verdict;
    noema_error *error; /* not NULL */
} run;

/* Ends the run without a commit, or with one that may have been. */
static noema_status
give_up(const run *of, const noema_error *why)
{
    if (of->in_doubt) {
        noema_error first = *why;
        return nd_fail(of->error, NOEMA_OUTCOME_UNKNOWN, NULL,
                       "a commit's reply was lost; then: %s", first.message);
    }
    return nd_error_copy(of->error, why);
}

/* What work has decided, with or without words. */
static noema_status
refuse(const run *of)
{
    if (of->error->status != of->verdict) {
        (void)nd_fail(of->error, of->verdict, NULL, "%s", "");
    }
    return give_up(of, of->error);
}

/* The commit, alone, until it is known or COMMIT_REPEATS are used up. */
static nd_fault
commit(run *of, nd_outcome *outcome)
{
    for (uint32_t attempt = 0;; attempt++) {
        if (nd_session_commit(of->session, of->deadline, outcome)) {
            return ND_FAULT_NONE;
        }
        if (outcome->fault != ND_FAULT_UNKNOWN) {
            return outcome->fault;
        }
        of->in_doubt = true;
        nd_metrics_add(nd_session_base(of->session)->metrics, ND_METRIC_COMMITS_UNKNOWN, 1);
        if (attempt == COMMIT_REPEATS || nd_deadline_passed(of->deadline)) {
            return ND_FAULT_UNKNOWN;
        }
        nd_backoff(attempt, of->deadline);
    }
}

static bool
may_repeat(const nd_outcome *outcome)
{
    return outcome->fault == ND_FAULT_TRANSIENT || outcome->fault == ND_FAULT_UNKNOWN;
}

/* One pass. true: *status is the run's end; false: run it again. */
static bool
pass(run *of, noema_status *status)
{
    nd_outcome outcome;
    nd_outcome_clear(&outcome);
    of->verdict = NOEMA_OK;
    nd_error_clear(of->error);
    if (!nd_session_begin(of->session, of->deadline, &outcome)) {
        *status = give_up(of, &outcome.error);
        return true;
    }
    bool worked = of->work(of->session, of->context, &of->verdict, &outcome, of->error);
    if (worked && of->verdict == NOEMA_OK) {
        worked = commit(of, &outcome) == ND_FAULT_NONE;
    } else {
        nd_session_abort(of->session);
    }
    if (worked) {
        *status = of->verdict == NOEMA_OK ? NOEMA_OK : refuse(of);
        return true;
    }
    if (may_repeat(&outcome) && !nd_deadline_passed(of->deadline)) {
        return false;
    }
    assert(outcome.error.status != NOEMA_OK);
    *status = give_up(of, &outcome.error);
    return true;
}

/* After stop nothing begins anew, except what may have been committed. */
static noema_status
repeat(nd_base *base, run *of)
{
    noema_status status = NOEMA_OK;
    for (uint32_t attempt = 0; !pass(of, &status); attempt++) {
        nd_metrics_add(base->metrics, ND_METRIC_CONFLICTS, 1);
        nd_backoff(attempt, of->deadline);
        if (!of->in_doubt) {
            ND_TRY(nd_base_usable(base, of->error));
        }
    }
    return status;
}

static noema_status
run_transaction(nd_base *base, nd_deadline deadline, nd_work work, void *context,
                noema_error *error)
{
    noema_error local = {0};
    run of = {.deadline = deadline,
              .work = work,
              .context = context,
              .error = error != NULL ? error : &local};
    of.session = nd_session_open(base, deadline, of.error);
    if (of.session == NULL) {
        return of.error->status;
    }
    noema_status status = repeat(base, &of);
    nd_session_close(of.session);
    return status;
}

noema_status
nd_base_transaction(nd_base *base, nd_deadline deadline, nd_work work, void *context,
                    noema_error *error)
{
    int64_t started = nd_monotonic_us();
    noema_status status = run_transaction(base, deadline, work, context, error);
    nd_metrics_operation(base->metrics, "base.transaction", nd_monotonic_us() - started, status);
    return status;
}
