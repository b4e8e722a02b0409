/* Reads, single writes and commands outside of a transaction. Each is tried until its deadline as
 * long as nothing can have happened. */
#include <string.h>

#include "base/base_private.h"

/* One attempt; fills *call, and what it is to fill besides when that went well. */
typedef void (*attempt)(mongoc_client_t *client, void *context, nd_deadline deadline,
                        nd_call *call);

static noema_status
attempt_once(nd_base *base, nd_deadline deadline, nd_phase phase, attempt once, void *context,
             nd_outcome *outcome)
{
    noema_error error;
    nd_call call;
    nd_outcome_clear(outcome);
    mongoc_client_t *client = NULL;
    if (nd_pool_await_primary(base->pool, deadline, &error) == NOEMA_OK) {
        client = nd_pool_take(base->pool, deadline, &error);
    }
    if (client == NULL) {
        nd_fault_unsent(outcome, ND_FAULT_UNAVAILABLE, &error);
        return error.status;
    }
    once(client, context, deadline, &call);
    nd_pool_give(base->pool, client);
    nd_fault_judge(phase, &call, outcome);
    nd_call_clean(&call);
    return outcome->error.status;
}

/* An error that passes is told when the deadline comes first: it says more than TIMEOUT does. */
static noema_status
attempt_all(nd_base *base, nd_deadline deadline, nd_phase phase, attempt once, void *context,
            noema_error *error)
{
    nd_outcome outcome;
    ND_TRY(nd_base_usable(base, error));
    for (uint32_t tries = 0;; tries++) {
        noema_status status = attempt_once(base, deadline, phase, once, context, &outcome);
        if (status == NOEMA_OK) {
            return NOEMA_OK;
        }
        if (outcome.fault != ND_FAULT_TRANSIENT || nd_deadline_passed(deadline)) {
            return nd_error_copy(error, &outcome.error);
        }
        nd_backoff(tries, deadline);
        if (nd_deadline_passed(deadline)) {
            return nd_error_copy(error, &outcome.error);
        }
        ND_TRY(nd_base_usable(base, error));
    }
}

static noema_status
record(nd_base *base, const char *name, int64_t started_us, noema_status status)
{
    nd_metrics_operation(base->metrics, name, nd_monotonic_us() - started_us, status);
    return status;
}

/* ---- find --------------------------------------------------------------------------------------- */

typedef struct search {
    const char *database;
    const char *collection;
    const bson_t *filter;
    const bson_t *options;
    uint32_t limit;
    nd_arena *arena;
    nd_list *found;
    uint32_t found_before;
} search;

static void
find_options(const search *of, nd_deadline deadline, bson_t *opts)
{
    bson_init(opts);
    (void)BSON_APPEND_INT64(opts, "limit", of->limit);
    (void)BSON_APPEND_INT64(opts, "batchSize", of->limit);
    (void)BSON_APPEND_INT64(opts, "maxTimeMS", nd_limit_ms(deadline, ND_OPERATION_MS));
    if (of->options != NULL) {
        (void)bson_concat(opts, of->options);
    }
}

static void
read_cursor(const search *of, mongoc_cursor_t *cursor, nd_call *call)
{
    const bson_t *document;
    const bson_t *reply;
    while (mongoc_cursor_next(cursor, &document)) {
        nd_bson *item = nd_list_push(of->found, sizeof *item, of->arena);
        *item = nd_bson_copy(document, of->arena);
    }
    bool failed = mongoc_cursor_error_document(cursor, &call->error, &reply);
    if (failed && reply != NULL) {
        bson_destroy(&call->reply);
        bson_copy_to(reply, &call->reply);
    }
    nd_call_end(call, !failed);
}

/* A cursor and not a command, because the driver follows it past 16 MB in one implicit session. */
static void
find_once(mongoc_client_t *client, void *context, nd_deadline deadline, nd_call *call)
{
    static const bson_t everything = BSON_INITIALIZER;
    search *of = context;
    bson_t opts;
    nd_call_start(call);
    bson_init(&call->reply);
    of->found->count = of->found_before;
    find_options(of, deadline, &opts);
    mongoc_collection_t *collection =
        mongoc_client_get_collection(client, of->database, of->collection);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(
        collection, of->filter != NULL ? of->filter : &everything, &opts, NULL);
    read_cursor(of, cursor, call);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    bson_destroy(&opts);
}

static noema_status
check_collection(const char *collection, noema_error *error)
{
    if (collection == NULL || collection[0] == '\0') {
        return nd_fail(error, NOEMA_INVALID, "collection", "must not be empty");
    }
    return NOEMA_OK;
}

noema_status
nd_base_find(nd_base *base, nd_deadline deadline, const char *collection, const bson_t *filter,
             const bson_t *options, uint32_t limit, nd_arena *arena, nd_list *found,
             noema_error *error)
{
    int64_t started = nd_monotonic_us();
    search of = {base->options->database, collection, filter, options,
                 limit > 0 ? limit : 1,   arena,      found,  found->count};
    noema_status status = check_collection(collection, error);
    if (status == NOEMA_OK) {
        status = attempt_all(base, deadline, ND_PHASE_READ, find_once, &of, error);
    }
    return record(base, "base.find", started, status);
}

/* A command, which costs a third less of this side's time than a cursor. */
static void
find_one_once(mongoc_client_t *client, void *context, nd_deadline deadline, nd_call *call)
{
    search *of = context;
    bson_t command;
    bson_t opts = BSON_INITIALIZER;
    nd_find_command(of->collection, of->filter, of->options, 1, &command);
    (void)BSON_APPEND_BOOL(&command, "singleBatch", true);
    (void)BSON_APPEND_INT64(&opts, "maxTimeMS", nd_limit_ms(deadline, ND_OPERATION_MS));
    nd_call_read(call, client, of->database, &command, &opts);
    if (call->done) {
        (void)nd_take_batch(&call->reply, "firstBatch", of->arena, of->found);
    }
    bson_destroy(&opts);
    bson_destroy(&command);
}

static noema_status
find_one(nd_base *base, nd_deadline deadline, search *of, nd_bson *found, noema_error *error)
{
    ND_TRY(check_collection(of->collection, error));
    ND_TRY(attempt_all(base, deadline, ND_PHASE_READ, find_one_once, of, error));
    if (of->found->count == 0) {
        return nd_fail(error, NOEMA_NOT_FOUND, NULL, "%s", "");
    }
    *found = *(const nd_bson *)of->found->items;
    return NOEMA_OK;
}

noema_status
nd_base_find_one(nd_base *base, nd_deadline deadline, const char *collection, const bson_t *filter,
                 const bson_t *options, nd_arena *arena, nd_bson *found, noema_error *error)
{
    int64_t started = nd_monotonic_us();
    nd_list list = {0};
    search of = {base->options->database, collection, filter, options, 1, arena, &list, 0};
    memset(found, 0, sizeof *found);
    return record(base, "base.find", started, find_one(base, deadline, &of, found, error));
}

/* ---- update ------------------------------------------------------------------------------------- */

typedef struct change {
    const char *database;
    const char *collection;
    const bson_t *filter;
    const bson_t *update;
    bool upsert;
    nd_written written;
} change;

/* {$set: ...}, or the stages of a pipeline, the first at "0". */
static bool
is_update(const bson_t *update)
{
    bson_iter_t at;
    return bson_iter_init(&at, update) && bson_iter_next(&at) &&
           (bson_iter_key(&at)[0] == '$' || strcmp(bson_iter_key(&at), "0") == 0);
}

static int64_t
number_in(const bson_t *reply, const char *key)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, key) ? bson_iter_as_int64(&at) : 0;
}

/* The collection's function, because the driver repeats no update that is sent as a command; this
 * one takes no maxTimeMS. */
static void
update_once(mongoc_client_t *client, void *context, nd_deadline deadline, nd_call *call)
{
    change *of = context;
    bson_t opts = BSON_INITIALIZER;
    (void)deadline;
    (void)BSON_APPEND_BOOL(&opts, "validate", false);
    (void)BSON_APPEND_BOOL(&opts, "upsert", of->upsert);
    mongoc_collection_t *collection =
        mongoc_client_get_collection(client, of->database, of->collection);
    nd_call_start(call);
    nd_call_end(call, mongoc_collection_update_one(collection, of->filter, of->update, &opts,
                                                   &call->reply, &call->error));
    mongoc_collection_destroy(collection);
    bson_destroy(&opts);
    of->written.upserted = bson_has_field(&call->reply, "upsertedId");
    of->written.matched = number_in(&call->reply, "matchedCount");
    of->written.modified = number_in(&call->reply, "modifiedCount");
}

static noema_status
update_one(nd_base *base, nd_deadline deadline, change *of, noema_error *error)
{
    ND_TRY(check_collection(of->collection, error));
    if (!is_update(of->update)) {
        return nd_fail(error, NOEMA_INVALID, "update", "must be operators or a pipeline");
    }
    return attempt_all(base, deadline, ND_PHASE_WRITE, update_once, of, error);
}

noema_status
nd_base_update_one(nd_base *base, nd_deadline deadline, const char *collection,
                   const bson_t *filter, const bson_t *update, bool upsert, nd_written *written,
                   noema_error *error)
{
    int64_t started = nd_monotonic_us();
    change of = {.database = base->options->database,
                 .collection = collection,
                 .filter = filter,
                 .update = update,
                 .upsert = upsert};
    noema_status status = update_one(base, deadline, &of, error);
    if (written != NULL) {
        *written = status == NOEMA_OK ? of.written : (nd_written){0};
    }
    return record(base, "base.update", started, status);
}

/* ---- commands ----------------------------------------------------------------------------------- */

typedef struct order {
    const char *database;
    const bson_t *command;
    nd_arena *arena; /* NULL: nobody wants the reply */
    nd_bson reply;
} order;

static void
command_once(mongoc_client_t *client, void *context, nd_deadline deadline, nd_call *call)
{
    order *of = context;
    (void)deadline;
    nd_call_raw(call, client, of->database, of->command);
    if (of->arena != NULL) {
        of->reply = nd_bson_copy(&call->reply, of->arena);
    }
}

/* What only reads may be sent again, however it failed. */
static bool
only_reads(const bson_t *command)
{
    static const char *const names[] = {
        "find",    "count",           "distinct", "listIndexes",  "aggregate",
        "hello",   "listCollections", "ping",     "getParameter", "buildInfo",
        "dbStats", "collStats",       "explain",  "serverStatus", "validate",
    };
    bson_iter_t at;
    if (!bson_iter_init(&at, command) || !bson_iter_next(&at)) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(bson_iter_key(&at), names[i]) == 0) {
            return true;
        }
    }
    return false;
}

noema_status
nd_base_command_on(nd_base *base, nd_deadline deadline, const char *database, const bson_t *command,
                   nd_arena *arena, nd_bson *reply, noema_error *error)
{
    int64_t started = nd_monotonic_us();
    order of = {.database = database, .command = command, .arena = arena};
    nd_phase phase = only_reads(command) ? ND_PHASE_READ : ND_PHASE_WRITE;
    noema_status status = attempt_all(base, deadline, phase, command_once, &of, error);
    if (reply != NULL) {
        *reply = of.reply;
    }
    return record(base, "base.command", started, status);
}

noema_status
nd_base_command(nd_base *base, nd_deadline deadline, const bson_t *command, nd_arena *arena,
                nd_bson *reply, noema_error *error)
{
    return nd_base_command_on(base, deadline, base->options->database, command, arena, reply,
                              error);
}

noema_status
nd_base_ping(nd_base *base, nd_deadline deadline, noema_error *error)
{
    int64_t started = nd_monotonic_us();
    bson_t command = BSON_INITIALIZER;
    (void)BSON_APPEND_INT32(&command, "ping", 1);
    (void)BSON_APPEND_INT64(&command, "maxTimeMS", nd_limit_ms(deadline, ND_OPERATION_MS));
    order of = {.database = "admin", .command = &command};
    noema_status status = attempt_all(base, deadline, ND_PHASE_READ, command_once, &of, error);
    bson_destroy(&command);
    return record(base, "base.ping", started, status);
}
