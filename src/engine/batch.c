/* Runs a batch: one transaction that is repeated until each of its commands is answered. What is
 * answered was committed by a majority, replays and refusals too. */
#include "engine/batch.h"

#include <string.h>

#include "engine/load.h"
#include "engine/store.h"

/* Conflicts in a row after which a batch is halved; duplicates, after which something is wrong. */
enum { CONFLICTS_TO_HALVE = 3, DUPLICATES_MAX = 8 };

typedef struct nd_attempts {
    uint32_t conflicts;
    uint32_t duplicates;
    bool with_keys; /* a key of the batch is stored: look all of them up first */
    bool failed;    /* one did: nothing is guessed any more */
    bool unknown;   /* a commit of this batch may have happened */
} nd_attempts;

void
nd_committer_init(nd_committer *committer, nd_base *base, nd_queue *queue)
{
    memset(committer, 0, sizeof(*committer));
    committer->base = base;
    committer->queue = queue;
    committer->arena = nd_arena_new();
    nd_books_init(&committer->books, committer->arena);
    nd_queue_add_batch(queue, &committer->batch);
}

void
nd_committer_free(nd_committer *committer)
{
    nd_session_close(committer->session);
    nd_books_free(&committer->books);
    nd_batch_free(&committer->batch);
    nd_arena_free(committer->arena);
}

/* ---- answers ---------------------------------------------------------------------------------- */

static void
count_answer(nd_metrics *metrics, const nd_command *command)
{
    noema_status status = command->answer.receipt.status;
    if (status == NOEMA_OUTCOME_UNKNOWN) {
        nd_metrics_add(metrics, ND_METRIC_COMMANDS_UNKNOWN, 1);
    } else if (status != NOEMA_OK) {
        nd_metrics_add(metrics, ND_METRIC_COMMANDS_REFUSED, 1);
    } else {
        nd_metrics_add(metrics,
                       command->known ? ND_METRIC_COMMANDS_REPLAYED : ND_METRIC_COMMANDS_DONE, 1);
    }
}

static void
finish(nd_committer *committer, nd_command *command)
{
    count_answer(nd_base_metrics(committer->base), command);
    nd_queue_finish(committer->queue, command);
}

static void
finish_all(nd_committer *committer)
{
    nd_batch *batch = &committer->batch;
    nd_queue_cork(committer->queue);
    for (size_t i = 0; i < batch->count; i++) {
        finish(committer, batch->commands[i]);
    }
    batch->count = 0;
    nd_queue_uncork(committer->queue);
}

/* Ends one command of the batch with an error. */
static void
drop(nd_committer *committer, size_t at, const noema_error *error)
{
    nd_batch *batch = &committer->batch;
    nd_command *command = batch->commands[at];
    memmove(&batch->commands[at], &batch->commands[at + 1],
            (batch->count - at - 1) * sizeof(batch->commands[0]));
    batch->count--;
    nd_command_refuse(command, error);
    finish(committer, command);
}

/* What a command that is not done is told. */
static noema_error
verdict(const nd_attempts *attempts, const noema_error *error)
{
    noema_error told;
    if (attempts->unknown) {
        nd_fail(&told, NOEMA_OUTCOME_UNKNOWN, NULL,
                "the commit's reply was lost; ask again with the same key");
        return told;
    }
    if (error->status == NOEMA_OK) {
        nd_fail(&told, NOEMA_TIMEOUT, NULL, "the deadline passed");
        return told;
    }
    return *error;
}

static void
drop_all(nd_committer *committer, const nd_attempts *attempts, const noema_error *error)
{
    noema_error told = verdict(attempts, error);
    while (committer->batch.count > 0) {
        drop(committer, committer->batch.count - 1, &told);
    }
}

static void
drop_late(nd_committer *committer, const nd_attempts *attempts)
{
    const noema_error none = {0};
    noema_error told = verdict(attempts, &none);
    for (size_t i = committer->batch.count; i > 0; i--) {
        if (nd_deadline_passed(committer->batch.commands[i - 1]->deadline)) {
            drop(committer, i - 1, &told);
        }
    }
}

/* ---- one attempt ---------------------------------------------------------------------------------- */

static bool
load_and_fold(nd_committer *committer, nd_deadline deadline, const nd_sources *from,
              nd_outcome *outcome)
{
    const nd_batch *batch = &committer->batch;
    if (!nd_load(committer->session, deadline, batch, from, &committer->books, outcome)) {
        return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        nd_fold(&committer->books, batch->commands[i]);
    }
    return true;
}

/* Remembers what this attempt writes, so that a later one can tell its own work from another's. */
static void
note_attempt(nd_committer *committer)
{
    nd_entry_page **pages = committer->books.entries.items;
    for (uint32_t i = 0; i < committer->books.entries.count; i++) {
        if (pages[i]->maker != NULL && !pages[i]->stored) {
            pages[i]->maker->attempt = pages[i]->entry.hash;
        }
    }
    for (size_t i = 0; i < committer->batch.count; i++) {
        nd_command *command = committer->batch.commands[i];
        if (command->kind == ND_SETTLE && !command->known) {
            command->attempted = committer->books.law.now;
        }
    }
}

/* A verdict on an account that was guessed stands when the account is written, because its write
 * meets what was guessed or ends the attempt. When it would not be, it is read, and all is folded
 * again. */
static bool
find_verdicts(nd_committer *committer, nd_deadline deadline, const nd_attempts *attempts,
              nd_outcome *outcome)
{
    nd_books *books = &committer->books;
    nd_sources from = {attempts->failed ? NULL : committer->recent, attempts->with_keys};
    if (!load_and_fold(committer, deadline, &from, outcome)) {
        return false;
    }
    const nd_account_page *guess = nd_books_guess(books);
    if (guess == NULL || guess->written) {
        return true;
    }
    from.recent = NULL;
    nd_books_clear(books, books->law.now);
    return load_and_fold(committer, deadline, &from, outcome);
}

/* What was guessed and what was read may not fit together; what was read must. */
static void
judge_breach(nd_committer *committer, nd_outcome *outcome)
{
    nd_books *books = &committer->books;
    books->misguessed = nd_books_guess(books) != NULL;
    if (books->misguessed) {
        outcome->fault = ND_FAULT_TRANSIENT;
        return;
    }
    outcome->fault = ND_FAULT_OTHER;
    nd_fail(&outcome->error, NOEMA_INTERNAL, NULL, "a rule of the ledger was broken: %s",
            books->breach);
    committer->broken = true;
}

/* Load, fold, write; the commit is the caller's. */
static bool
work(nd_committer *committer, nd_deadline deadline, const nd_attempts *attempts,
     nd_outcome *outcome, nd_blame *blamed)
{
    nd_session *session = committer->session;
    nd_books *books = &committer->books;
    bool bypass = !committer->no_bypass && atomic_load(committer->bypass_wanted);
    if (!find_verdicts(committer, deadline, attempts, outcome)) {
        return false;
    }
    if (!nd_load_refused(session, deadline, &committer->batch, books, outcome)) {
        return false;
    }
    if (books->breach[0] != '\0') {
        judge_breach(committer, outcome);
        return false;
    }
    return nd_store(session, deadline, books, bypass, outcome, blamed);
}

/* The same commit again, as long as its reply is lost. */
static bool
commit(nd_committer *committer, nd_deadline deadline, nd_outcome *outcome)
{
    enum { COMMITS_MAX = 3 };
    for (uint32_t i = 0; i < COMMITS_MAX; i++) {
        if (nd_session_commit(committer->session, deadline, outcome)) {
            return true;
        }
        if (outcome->fault != ND_FAULT_UNKNOWN) {
            return false;
        }
        nd_metrics_add(nd_base_metrics(committer->base), ND_METRIC_COMMITS_UNKNOWN, 1);
        nd_backoff(i, deadline);
    }
    return false;
}

static bool
attempt(nd_committer *committer, nd_deadline deadline, const nd_attempts *attempts,
        nd_outcome *outcome, nd_blame *blamed)
{
    nd_metrics *metrics = nd_base_metrics(committer->base);
    nd_arena_reset(committer->arena);
    nd_books_clear(&committer->books, nd_clock_now(nd_base_clock(committer->base)));
    nd_metrics_add(metrics, ND_METRIC_BATCHES, 1);
    nd_metrics_add(metrics, ND_METRIC_BATCH_COMMANDS, (int64_t)committer->batch.count);
    memset(outcome, 0, sizeof(*outcome));
    *blamed = (nd_blame){0};
    if (!nd_session_begin(committer->session, deadline, outcome)) {
        return false;
    }
    if (!work(committer, deadline, attempts, outcome, blamed)) {
        nd_session_abort(committer->session);
        return false;
    }
    if (!commit(committer, deadline, outcome)) {
        nd_session_abort(committer->session);
        return false;
    }
    return true;
}

/* ---- what follows a failed one ------------------------------------------------------------------- */

static void
halve(nd_committer *committer)
{
    if (committer->batch.count > 1) {
        nd_queue_give_back(committer->queue, &committer->batch, committer->batch.count / 2);
    }
}

/* Those whose statement it was; all, when that is not known or may have been committed before. */
static void
drop_blamed(nd_committer *committer, const nd_attempts *attempts, const nd_blame *blamed,
            const noema_error *error)
{
    size_t before = committer->batch.count;
    for (size_t i = before; i > 0 && !attempts->unknown; i--) {
        if (nd_blame_meets(blamed, committer->batch.commands[i - 1])) {
            drop(committer, i - 1, error);
        }
    }
    if (committer->batch.count == before) {
        drop_all(committer, attempts, error);
    }
}

/* Nothing is wrong: the next attempt reads. */
static void
forget_guess(nd_committer *committer)
{
    nd_recent_outdated(committer->recent, nd_books_guess(&committer->books)->id);
    nd_metrics_add(nd_base_metrics(committer->base), ND_METRIC_ACCOUNTS_OUTDATED, 1);
}

static void
after_duplicate(nd_committer *committer, nd_attempts *attempts, const nd_outcome *outcome,
                const nd_blame *blamed)
{
    nd_metrics_add(nd_base_metrics(committer->base), ND_METRIC_DUPLICATES, 1);
    attempts->with_keys = true;
    if (++attempts->duplicates > DUPLICATES_MAX) {
        drop_blamed(committer, attempts, blamed, &outcome->error);
    }
}

static void
after_privilege(nd_committer *committer, const nd_attempts *attempts, const nd_outcome *outcome)
{
    if (committer->no_bypass) {
        drop_all(committer, attempts, &outcome->error);
        return;
    }
    committer->no_bypass = true;
    nd_log_write(nd_base_log(committer->base), NOEMA_LOG_WARN, "engine",
                 "this role lacks bypassDocumentValidation: the server validates, slower");
}

static void
after_fault(nd_committer *committer, nd_attempts *attempts, const nd_outcome *outcome,
            const nd_blame *blamed, nd_deadline deadline)
{
    attempts->failed = true;
    switch (outcome->fault) {
    case ND_FAULT_TRANSIENT:
        if (committer->books.misguessed) {
            forget_guess(committer);
            return;
        }
        nd_metrics_add(nd_base_metrics(committer->base), ND_METRIC_CONFLICTS, 1);
        if (++attempts->conflicts % CONFLICTS_TO_HALVE == 0 && !attempts->unknown) {
            halve(committer);
        }
        nd_backoff(attempts->conflicts - 1, deadline);
        return;
    case ND_FAULT_DUPLICATE:
        after_duplicate(committer, attempts, outcome, blamed);
        return;
    case ND_FAULT_DOCUMENT:
        drop_blamed(committer, attempts, blamed, &outcome->error);
        return;
    case ND_FAULT_PRIVILEGE:
        after_privilege(committer, attempts, outcome);
        return;
    case ND_FAULT_UNKNOWN:
        /* The next transaction of this session fences the commit that may be on its way. */
        attempts->unknown = true;
        attempts->with_keys = true;
        note_attempt(committer);
        nd_backoff(attempts->conflicts++, deadline);
        return;
    case ND_FAULT_NONE:
    case ND_FAULT_UNAVAILABLE:
    case ND_FAULT_OTHER:
        drop_all(committer, attempts, &outcome->error);
        return;
    }
}

static bool
open_session(nd_committer *committer, nd_deadline deadline, const nd_attempts *attempts)
{
    noema_error error;
    if (committer->session != NULL) {
        return true;
    }
    nd_error_clear(&error);
    committer->session = nd_session_open(committer->base, deadline, &error);
    if (committer->session == NULL) {
        drop_all(committer, attempts, &error);
    }
    return committer->session != NULL;
}

/* What the next commands need not read. */
static void
note_committed(nd_committer *committer)
{
    nd_run_page **runs = committer->books.runs.items;
    for (uint32_t i = 0; i < committer->books.runs.count; i++) {
        if (runs[i]->maker != NULL && !nd_id_is_none(runs[i]->now.payer)) {
            nd_queue_note_payer(committer->queue, runs[i]->id, runs[i]->now.payer);
        }
    }
    nd_account_page **accounts = committer->books.accounts.items;
    for (uint32_t i = 0; i < committer->books.accounts.count; i++) {
        if (accounts[i]->written) {
            nd_recent_put(committer->recent, &accounts[i]->now);
        }
    }
}

bool
nd_batch_run(nd_committer *committer)
{
    nd_attempts attempts = {0};
    nd_outcome outcome = {0};
    nd_blame blamed;
    drop_late(committer, &attempts);
    while (committer->batch.count > 0 && !committer->broken) {
        nd_deadline deadline =
            nd_commands_latest(committer->batch.commands, committer->batch.count);
        if (!open_session(committer, deadline, &attempts)) {
            break;
        }
        if (attempt(committer, deadline, &attempts, &outcome, &blamed)) {
            attempts.unknown = false;
            note_committed(committer);
            finish_all(committer);
            break;
        }
        after_fault(committer, &attempts, &outcome, &blamed, deadline);
        drop_late(committer, &attempts);
    }
    if (committer->broken) {
        nd_log_write(nd_base_log(committer->base), NOEMA_LOG_ERROR, "engine", "%s",
                     outcome.error.message);
        drop_all(committer, &attempts, &outcome.error);
    }
    if (attempts.unknown) {
        nd_session_close(committer->session);
        committer->session = NULL;
    }
    nd_queue_end_batch(committer->queue, &committer->batch);
    return !committer->broken;
}
