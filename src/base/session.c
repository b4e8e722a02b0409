/* A client with a session of its own, and its transactions. The only place that builds options of
 * a transaction, so that no command of one can lack its session. */
#include <assert.h>

#include "base/base_private.h"
#include "base/meta_record.h"

enum { FENCE_MS = 500 };

typedef enum stage {
    STAGE_IDLE,
    STAGE_OPEN,      /* begun */
    STAGE_COMMITTED, /* a commit was asked for: it can only be asked for again */
} stage;

struct nd_session {
    nd_base *base;
    mongoc_client_t *client;
    mongoc_client_session_t *session;
    stage stage;
    uint32_t commits_sent; /* of this transaction */
    bool in_doubt;         /* a commit is unknown, and no later transaction has ended it */
};

nd_session *
nd_session_open(nd_base *base, nd_deadline deadline, noema_error *error)
{
    if (nd_base_usable(base, error) != NOEMA_OK) {
        return NULL;
    }
    mongoc_client_t *client = nd_pool_take(base->pool, deadline, error);
    if (client == NULL) {
        return NULL;
    }
    bson_error_t problem = {0};
    mongoc_client_session_t *made = mongoc_client_start_session(client, NULL, &problem);
    if (made == NULL) {
        nd_pool_give(base->pool, client);
        (void)nd_fail(error, NOEMA_UNAVAILABLE, NULL, "the driver gives no session: %s",
                      problem.message);
        return NULL;
    }
    nd_session *session = nd_new(sizeof *session);
    session->base = base;
    session->client = client;
    session->session = made;
    return session;
}

nd_base *
nd_session_base(nd_session *session)
{
    return session->base;
}

/* ---- begin and end ------------------------------------------------------------------------------ */

/* Concerns are inherited from the client's, which settings.c has set, except for the snapshot. */
static void
start(nd_session *session, nd_deadline deadline, nd_call *call)
{
    mongoc_transaction_opt_t *opts = mongoc_transaction_opts_new();
    mongoc_read_concern_t *snapshot = mongoc_read_concern_new();
    (void)mongoc_read_concern_set_level(snapshot, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_transaction_opts_set_read_concern(opts, snapshot);
    mongoc_transaction_opts_set_max_commit_time_ms(opts, nd_limit_ms(deadline, ND_COMMIT_MS));
    nd_call_start(call);
    bson_init(&call->reply);
    nd_call_end(call,
                mongoc_client_session_start_transaction(session->session, opts, &call->error));
    mongoc_read_concern_destroy(snapshot);
    mongoc_transaction_opts_destroy(opts);
}

static bool
await_primary(const nd_session *session, nd_deadline deadline, nd_outcome *outcome)
{
    noema_error error;
    if (nd_pool_await_primary_always(session->base->pool, deadline, &error) != NOEMA_OK) {
        nd_fault_unsent(outcome, ND_FAULT_UNAVAILABLE, &error);
        return false;
    }
    return true;
}

bool
nd_session_begin(nd_session *session, nd_deadline deadline, nd_outcome *outcome)
{
    assert(session->stage != STAGE_OPEN);
    for (uint32_t attempt = 0;; attempt++) {
        nd_call call;
        if (!await_primary(session, deadline, outcome)) {
            return false;
        }
        start(session, deadline, &call);
        nd_fault_judge(ND_PHASE_INSIDE, &call, outcome);
        nd_call_clean(&call);
        if (outcome->fault == ND_FAULT_NONE) {
            session->stage = STAGE_OPEN;
            session->commits_sent = 0;
            return true;
        }
        if (outcome->fault != ND_FAULT_TRANSIENT) {
            return false;
        }
        nd_backoff(attempt, deadline);
        if (nd_deadline_passed(deadline)) {
            outcome->fault = ND_FAULT_UNAVAILABLE;
            return false;
        }
    }
}

bool
nd_session_commit(nd_session *session, nd_deadline deadline, nd_outcome *outcome)
{
    assert(session->stage != STAGE_IDLE);
    if (session->stage == STAGE_OPEN && nd_deadline_passed(deadline)) {
        noema_error error;
        (void)nd_fail(&error, NOEMA_TIMEOUT, NULL, "%s", nd_status_text(NOEMA_TIMEOUT));
        nd_fault_unsent(outcome, ND_FAULT_UNAVAILABLE, &error);
        return false;
    }
    nd_call call;
    nd_call_start(&call);
    nd_call_end(&call, mongoc_client_session_commit_transaction(session->session, &call.reply,
                                                                &call.error));
    session->stage = STAGE_COMMITTED;
    session->commits_sent += call.sent;
    call.sent = session->commits_sent;
    nd_fault_judge(ND_PHASE_COMMIT, &call, outcome);
    session->in_doubt = outcome->fault == ND_FAULT_UNKNOWN;
    nd_call_clean(&call);
    return outcome->fault == ND_FAULT_NONE;
}

void
nd_session_abort(nd_session *session)
{
    if (session->stage == STAGE_OPEN) {
        bson_error_t ignored;
        (void)mongoc_client_session_abort_transaction(session->session, &ignored);
    }
    session->stage = STAGE_IDLE;
}

/* ---- commands in the transaction ------------------------------------------------------------------ */

/* Options of a command: {sessionId, maxTimeMS}. false: the deadline has passed. */
static bool
open_options(const nd_session *session, nd_deadline deadline, bson_t *opts, nd_outcome *outcome)
{
    noema_error error;
    assert(session->stage == STAGE_OPEN);
    if (nd_deadline_passed(deadline)) {
        (void)nd_fail(&error, NOEMA_TIMEOUT, NULL, "%s", nd_status_text(NOEMA_TIMEOUT));
        nd_fault_unsent(outcome, ND_FAULT_UNAVAILABLE, &error);
        return false;
    }
    bson_error_t problem = {0};
    bson_init(opts);
    if (!mongoc_client_session_append(session->session, opts, &problem)) {
        (void)nd_fail(&error, NOEMA_INTERNAL, NULL, "no session: %s", problem.message);
        nd_fault_unsent(outcome, ND_FAULT_OTHER, &error);
        bson_destroy(opts);
        return false;
    }
    return true;
}

static void
limit_time(bson_t *opts, nd_deadline deadline)
{
    (void)BSON_APPEND_INT64(opts, "maxTimeMS", nd_limit_ms(deadline, ND_OPERATION_MS));
}

static void
more_command(const char *collection, int64_t cursor, bson_t *command)
{
    bson_init(command);
    (void)BSON_APPEND_INT64(command, "getMore", cursor);
    (void)BSON_APPEND_UTF8(command, "collection", collection);
}

/* Runs a command that answers with a batch. Returns the cursor's id, 0 at the end or with a fault. */
static int64_t
fetch(nd_session *session, const bson_t *command, const bson_t *opts, const char *batch,
      nd_arena *arena, nd_list *found, nd_outcome *outcome)
{
    nd_call call;
    int64_t cursor = 0;
    nd_call_read(&call, session->client, session->base->options->database, command, opts);
    nd_fault_judge(ND_PHASE_INSIDE, &call, outcome);
    if (outcome->fault == ND_FAULT_NONE) {
        session->in_doubt = false;
        cursor = nd_take_batch(&call.reply, batch, arena, found);
    }
    nd_call_clean(&call);
    return cursor;
}

/* A batch ends at 16 MB, whatever its size was to be: what is left is fetched, where singleBatch
 * would lose it silently. A getMore has no time limit of its own. */
static bool
fetch_all(nd_session *session, nd_deadline deadline, const char *collection, const bson_t *command,
          nd_arena *arena, nd_list *found, nd_outcome *outcome)
{
    bson_t opts;
    bson_t more;
    if (!open_options(session, deadline, &opts, outcome)) {
        return false;
    }
    bson_copy_to(&opts, &more);
    limit_time(&opts, deadline);
    int64_t cursor = fetch(session, command, &opts, "firstBatch", arena, found, outcome);
    while (cursor != 0) {
        bson_t next;
        more_command(collection, cursor, &next);
        cursor = fetch(session, &next, &more, "nextBatch", arena, found, outcome);
        bson_destroy(&next);
    }
    bson_destroy(&more);
    bson_destroy(&opts);
    return outcome->fault == ND_FAULT_NONE;
}

bool
nd_session_find(nd_session *session, nd_deadline deadline, const char *collection,
                const bson_t *filter, const bson_t *options, uint32_t limit, nd_arena *arena,
                nd_list *found, nd_outcome *outcome)
{
    bson_t command;
    assert(limit > 0);
    nd_find_command(collection, filter, options, limit, &command);
    bool done = fetch_all(session, deadline, collection, &command, arena, found, outcome);
    bson_destroy(&command);
    return done;
}

bool
nd_session_aggregate(nd_session *session, nd_deadline deadline, const char *collection,
                     const bson_t *pipeline, uint32_t limit, nd_arena *arena, nd_list *found,
                     nd_outcome *outcome)
{
    bson_t command;
    bson_t cursor;
    assert(limit > 0);
    bson_init(&command);
    (void)BSON_APPEND_UTF8(&command, "aggregate", collection);
    (void)BSON_APPEND_ARRAY(&command, "pipeline", pipeline);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&command, "cursor", &cursor);
    (void)BSON_APPEND_INT64(&cursor, "batchSize", limit);
    (void)bson_append_document_end(&command, &cursor);
    bool done = fetch_all(session, deadline, collection, &command, arena, found, outcome);
    bson_destroy(&command);
    return done;
}

static int64_t
count_in(const bson_t *reply)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, "n") ? bson_iter_as_int64(&at) : 0;
}

/* The reply is the caller's to clean, when this is true. */
static bool
run_write(nd_session *session, nd_deadline deadline, const bson_t *command, nd_call *call,
          nd_outcome *outcome)
{
    bson_t opts;
    if (!open_options(session, deadline, &opts, outcome)) {
        return false;
    }
    limit_time(&opts, deadline);
    nd_call_write(call, session->client, session->base->options->database, command, &opts);
    bson_destroy(&opts);
    nd_fault_judge(ND_PHASE_INSIDE, call, outcome);
    if (outcome->fault != ND_FAULT_NONE) {
        nd_call_clean(call);
        return false;
    }
    session->in_doubt = false;
    return true;
}

bool
nd_session_write(nd_session *session, nd_deadline deadline, const bson_t *command, int64_t *matched,
                 nd_outcome *outcome)
{
    nd_call call;
    if (!run_write(session, deadline, command, &call, outcome)) {
        return false;
    }
    if (matched != NULL) {
        *matched = count_in(&call.reply);
    }
    nd_call_clean(&call);
    return true;
}

bool
nd_session_find_and_modify(nd_session *session, nd_deadline deadline, const char *collection,
                           const bson_t *filter, const bson_t *update, bool bypass, nd_arena *arena,
                           nd_bson *was, nd_outcome *outcome)
{
    nd_call call;
    bson_iter_t at;
    bson_t value;
    bson_t command = BSON_INITIALIZER;
    (void)BSON_APPEND_UTF8(&command, "findAndModify", collection);
    (void)BSON_APPEND_DOCUMENT(&command, "query", filter);
    (void)BSON_APPEND_DOCUMENT(&command, "update", update);
    if (bypass) {
        (void)BSON_APPEND_BOOL(&command, "bypassDocumentValidation", true);
    }
    *was = (nd_bson){0};
    bool done = run_write(session, deadline, &command, &call, outcome);
    bson_destroy(&command);
    if (!done) {
        return false;
    }
    if (bson_iter_init_find(&at, &call.reply, "value") && nd_bson_enter(&at, &value)) {
        *was = nd_bson_copy(&value, arena);
    }
    nd_call_clean(&call);
    return true;
}

/* ---- close -------------------------------------------------------------------------------------- */

/* A transaction whose commit is unknown may still hold its documents, against everybody, until its
 * life on the server is over. The next transaction of the session ends it, and a commit of it that
 * is still on its way is refused from then on (225). Without a server this is not worth waiting
 * for: whoever gets the server's session from the driver next does the same. */
static void
fence(nd_session *session)
{
    nd_outcome outcome;
    nd_list found = {0};
    nd_deadline deadline = nd_deadline_in(FENCE_MS);
    nd_arena *arena = nd_arena_new();
    if (nd_session_begin(session, deadline, &outcome)) {
        (void)!nd_session_find(session, deadline, nd_meta_collection.name, NULL, NULL, 1, arena,
                               &found, &outcome);
        nd_session_abort(session);
    }
    nd_arena_free(arena);
}

void
nd_session_close(nd_session *session)
{
    if (session == NULL) {
        return;
    }
    nd_session_abort(session);
    if (session->in_doubt) {
        fence(session);
    }
    mongoc_client_session_destroy(session->session);
    nd_pool_give(session->base->pool, session->client);
    nd_delete(session);
}
