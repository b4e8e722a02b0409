/* Reads and writes workflowExecutions. Money fields are written by the engine alone. */
#include "workflow_executions/store.h"

#include <string.h>

#include "core/id.h"
#include "workflow_executions/workflow_executions.h"

/* Payloads are left out: money does not depend on them, and a reply has a bound. */
bool
nd_run_load(nd_session *session, nd_deadline deadline, const nd_id *ids, size_t count,
            nd_arena *arena, nd_list *found, nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_ids(&filter, "_id", ids, count);
    bson_t *options =
        BCON_NEW("projection", "{", "requestPayload", BCON_INT32(0), "responsePayload",
                 BCON_INT32(0), "artifactUrls", BCON_INT32(0), "metadata", BCON_INT32(0),
                 "notificationContext", BCON_INT32(0), "}");
    bool done = nd_session_find(session, deadline, nd_run_collection.name, &filter, options,
                                (uint32_t)count, arena, found, outcome);
    bson_destroy(options);
    bson_destroy(&filter);
    return done;
}

noema_status
nd_run_decode(nd_bson document, nd_run *run, nd_arena *arena, noema_error *error)
{
    bson_t view;
    memset(run, 0, sizeof(*run));
    if (!nd_bson_open(document, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "workflowExecutions: not a document");
    }
    return nd_schema_decode(&nd_run_table, &view, run, arena, error);
}

/* The token proves the lease, and so is read by nobody. */
static noema_status
read_one(nd_base *base, nd_deadline deadline, const bson_t *filter, nd_arena *arena, nd_run *run,
         nd_bson *document, noema_error *error)
{
    nd_bson found = {0};
    bson_t *options = BCON_NEW("projection", "{", "lease.token", BCON_INT32(0), "}");
    noema_status status = nd_base_find_one(base, deadline, nd_run_collection.name, filter, options,
                                           arena, &found, error);
    bson_destroy(options);
    ND_TRY(status);
    if (document != NULL) {
        *document = found;
    }
    return nd_run_decode(found, run, arena, error);
}

noema_status
nd_run_read(nd_base *base, nd_deadline deadline, nd_id id, nd_arena *arena, nd_run *run,
            nd_bson *document, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_id(&filter, "_id", id);
    noema_status status = read_one(base, deadline, &filter, arena, run, document, error);
    bson_destroy(&filter);
    return status;
}

noema_status
nd_run_read_provider(nd_base *base, nd_deadline deadline, nd_text service, nd_text provider_run,
                     nd_arena *arena, nd_run *run, nd_bson *document, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_append_text(&filter, "serviceName", service);
    nd_append_text(&filter, "platformRunId", provider_run);
    noema_status status = read_one(base, deadline, &filter, arena, run, document, error);
    bson_destroy(&filter);
    return status;
}

noema_status
nd_run_read_payers(nd_base *base, nd_deadline deadline, const nd_id *ids, size_t count,
                   nd_arena *arena, nd_list *found, noema_error *error)
{
    static const char *const names[] = {"_id", "masterAccountId", "payerAccountId", NULL};
    bson_t filter = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    nd_filter_ids(&filter, "_id", ids, count);
    nd_options_only(&options, names);
    noema_status status = nd_base_find(base, deadline, nd_run_collection.name, &filter, &options,
                                       (uint32_t)count, arena, found, error);
    bson_destroy(&options);
    bson_destroy(&filter);
    return status;
}

noema_status
nd_run_read_due(nd_base *base, nd_deadline deadline, nd_time before, uint32_t limit,
                nd_arena *arena, nd_list *ids, noema_error *error)
{
    bson_t *filter = BCON_NEW("dueAt", "{", "$lt", BCON_DATE_TIME(before.ms), "}");
    bson_t *options = BCON_NEW("sort", "{", "dueAt", BCON_INT32(1), "}", "projection", "{", "_id",
                               BCON_INT32(1), "}");
    nd_list found = {0};
    noema_status status = nd_base_find(base, deadline, nd_run_collection.name, filter, options,
                                       limit, arena, &found, error);
    bson_destroy(options);
    bson_destroy(filter);
    ND_TRY(status);
    const nd_bson *documents = found.items;
    for (uint32_t i = 0; i < found.count; i++) {
        nd_run run;
        ND_TRY(nd_run_decode(documents[i], &run, arena, error));
        nd_id *id = nd_list_push(ids, sizeof(*id), arena);
        *id = run.id;
    }
    return NOEMA_OK;
}

static noema_status
explain_attach(nd_base *base, nd_deadline deadline, nd_id id, nd_text provider_run, nd_arena *arena,
               noema_error *error)
{
    nd_run run;
    noema_status status = nd_run_read(base, deadline, id, arena, &run, NULL, error);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(error, NOEMA_NOT_FOUND, "run", "no such run");
    }
    ND_TRY(status);
    if (nd_text_equal(run.provider_run, provider_run)) {
        return NOEMA_OK;
    }
    if (!nd_run_is_open(&run)) {
        return nd_fail(error, NOEMA_ILLEGAL_TRANSITION, "run", "the run is %s already",
                       nd_word_text(&nd_run_states, run.status));
    }
    return nd_fail(error, NOEMA_ILLEGAL_TRANSITION, "provider_run_id", "the run has another one");
}

noema_status
nd_run_attach(nd_base *base, nd_deadline deadline, nd_id run, nd_text provider_run, nd_arena *arena,
              noema_error *error)
{
    bson_oid_t oid;
    memcpy(oid.bytes, run.bytes, sizeof(run.bytes));
    nd_time now = nd_clock_now(nd_base_clock(base));
    /* dueAt is there while the run is open. */
    bson_t *filter = BCON_NEW("_id", BCON_OID(&oid), "dueAt", "{", "$exists", BCON_BOOL(true), "}",
                              "platformRunId", "{", "$exists", BCON_BOOL(false), "}");
    bson_t *update =
        BCON_NEW("$set", "{", "platformRunId", BCON_UTF8(provider_run.bytes), "status",
                 BCON_UTF8(nd_word_text(&nd_run_states, (nd_word){NOEMA_RUN_QUEUED})), "startedAt",
                 BCON_DATE_TIME(now.ms), "updatedAt", BCON_DATE_TIME(now.ms), "}");
    nd_written written = {0};
    noema_status status = nd_base_update_one(base, deadline, nd_run_collection.name, filter, update,
                                             false, &written, error);
    bson_destroy(update);
    bson_destroy(filter);
    if (status == NOEMA_TAKEN) {
        return nd_fail(error, NOEMA_TAKEN, "provider_run_id", "another run of the service has it");
    }
    ND_TRY(status);
    if (written.matched == 1) {
        return NOEMA_OK;
    }
    return explain_attach(base, deadline, run, provider_run, arena, error);
}

noema_status
nd_run_ask_cancel(nd_base *base, nd_deadline deadline, nd_id id, nd_text reason, nd_text actor,
                  nd_arena *arena, noema_error *error)
{
    bson_oid_t oid;
    memcpy(oid.bytes, id.bytes, sizeof(id.bytes));
    nd_time now = nd_clock_now(nd_base_clock(base));
    bson_t *filter = BCON_NEW("_id", BCON_OID(&oid), "dueAt", "{", "$exists", BCON_BOOL(true), "}",
                              "cancel", "{", "$exists", BCON_BOOL(false), "}");
    bson_t cancel = BSON_INITIALIZER;
    BSON_APPEND_DATE_TIME(&cancel, "requestedAt", now.ms);
    if (reason.length > 0) {
        nd_append_text(&cancel, "reason", reason);
    }
    if (actor.length > 0) {
        nd_append_text(&cancel, "actor", actor);
    }
    bson_t *update = BCON_NEW("$set", "{", "cancel", BCON_DOCUMENT(&cancel), "updatedAt",
                              BCON_DATE_TIME(now.ms), "}");
    nd_written written = {0};
    noema_status status = nd_base_update_one(base, deadline, nd_run_collection.name, filter, update,
                                             false, &written, error);
    bson_destroy(update);
    bson_destroy(&cancel);
    bson_destroy(filter);
    ND_TRY(status);
    if (written.matched == 1) {
        return NOEMA_OK;
    }
    nd_run run;
    status = nd_run_read(base, deadline, id, arena, &run, NULL, error);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(error, NOEMA_NOT_FOUND, "run", "no such run");
    }
    ND_TRY(status);
    if (nd_run_is_open(&run)) {
        return NOEMA_OK;
    }
    return nd_fail(error, NOEMA_ILLEGAL_TRANSITION, "run", "the run is %s already",
                   nd_word_text(&nd_run_states, run.status));
}
