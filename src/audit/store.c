/* The queries of the proof. What must agree is read in one transaction, which is committed though it
 * writes nothing: only then has the majority what it saw. */
#include "audit/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/money.h"
#include "schema/statements.h"
#include "transactions/store.h"
#include "user_economy/store.h"
#include "user_economy/user_economy.h"
#include "workflow_executions/store.h"

enum { STRANGERS_MAX = 20, REFUNDS_MAX = 1000 };

static bson_oid_t
oid_of(nd_id id)
{
    bson_oid_t oid;
    memcpy(oid.bytes, id.bytes, sizeof(id.bytes));
    return oid;
}

/* ---- accounts --------------------------------------------------------------------------------------- */

static void
push_id(nd_list *ids, nd_id id, nd_arena *arena)
{
    nd_id *item = nd_list_push(ids, sizeof(*item), arena);
    *item = id;
}

static noema_status
push_account(nd_bson document, nd_list *ids, nd_arena *arena, noema_error *error)
{
    bson_t view;
    bson_iter_t at;
    nd_id id;
    if (!nd_bson_open(document, &view) || !bson_iter_init_find(&at, &view, "masterAccountId") ||
        !BSON_ITER_HOLDS_OID(&at)) {
        return nd_fail(error, NOEMA_CORRUPT, "masterAccountId", "an account is no ObjectId");
    }
    memcpy(id.bytes, bson_iter_oid(&at)->bytes, sizeof(id.bytes));
    push_id(ids, id, arena);
    return NOEMA_OK;
}

/* Accounts of a collection in (after, until], but not those of `except`; by an index that begins with
 * masterAccountId. */
static noema_status
find_accounts(nd_base *base, nd_deadline deadline, const char *collection, nd_id after, nd_id until,
              const nd_list *except, uint32_t limit, nd_arena *arena, nd_list *ids,
              noema_error *error)
{
    const bson_oid_t low = oid_of(after);
    const bson_oid_t high = oid_of(until);
    const nd_id *known = except == NULL ? NULL : except->items;
    nd_list found = {0};
    bson_t filter = BSON_INITIALIZER;
    bson_t range;
    bson_t array;
    bson_append_document_begin(&filter, "masterAccountId", -1, &range);
    BSON_APPEND_OID(&range, "$gt", &low);
    BSON_APPEND_OID(&range, "$lte", &high);
    bson_append_array_begin(&range, "$nin", -1, &array);
    for (uint32_t i = 0; known != NULL && i < except->count; i++) {
        char digits[16];
        const char *key;
        bson_uint32_to_string(i, &key, digits, sizeof(digits));
        nd_append_id(&array, key, known[i]);
    }
    bson_append_array_end(&range, &array);
    bson_append_document_end(&filter, &range);
    bson_t *options = BCON_NEW("sort", "{", "masterAccountId", BCON_INT32(1), "}", "projection",
                               "{", "_id", BCON_INT32(0), "masterAccountId", BCON_INT32(1), "}");
    noema_status status =
        nd_base_find(base, deadline, collection, &filter, options, limit, arena, &found, error);
    bson_destroy(options);
    bson_destroy(&filter);
    for (uint32_t i = 0; i < found.count && status == NOEMA_OK; i++) {
        status = push_account(((nd_bson *)found.items)[i], ids, arena, error);
    }
    return status;
}

/* Accounts with entries and without a document: one by one, for each may have any number of
 * entries. */
static noema_status
find_orphans(nd_base *base, nd_deadline deadline, nd_id after, nd_id until, uint32_t limit,
             nd_arena *arena, nd_list *ids, noema_error *error)
{
    const nd_list stored = nd_list_copy(ids, sizeof(nd_id), arena);
    for (uint32_t i = 0; i < limit; i++) {
        uint32_t before = ids->count;
        ND_TRY(find_accounts(base, deadline, nd_entry_collection.name, after, until, &stored, 1,
                             arena, ids, error));
        if (ids->count == before) {
            return NOEMA_OK;
        }
        after = ((nd_id *)ids->items)[before];
    }
    return NOEMA_OK;
}

static void
add_marked(const nd_marks *marks, nd_id after, nd_id until, uint32_t limit, nd_arena *arena,
           nd_list *ids)
{
    const nd_mark *mark = nd_marks_behind(marks, after);
    for (uint32_t i = 0; i < limit && mark != NULL; i++) {
        if (nd_id_compare(mark->account, until) > 0) {
            return;
        }
        push_id(ids, mark->account, arena);
        mark = nd_marks_behind(marks, mark->account);
    }
}

static int
compare_ids(const void *a, const void *b)
{
    return nd_id_compare(*(const nd_id *)a, *(const nd_id *)b);
}

static void
sort_once(nd_list *ids)
{
    nd_id *items = ids->items;
    uint32_t kept = 0;
    if (ids->count < 2) {
        return;
    }
    qsort(items, ids->count, sizeof(*items), compare_ids);
    for (uint32_t i = 0; i < ids->count; i++) {
        if (kept == 0 || !nd_id_equal(items[i], items[kept - 1])) {
            items[kept++] = items[i];
        }
    }
    ids->count = kept;
}

noema_status
nd_proof_accounts(nd_base *base, nd_deadline deadline, nd_id after, const nd_marks *marks,
                  uint32_t limit, nd_arena *arena, nd_list *accounts, bool *last,
                  noema_error *error)
{
    nd_id until;
    memset(until.bytes, 0xff, sizeof(until.bytes));
    ND_TRY(find_accounts(base, deadline, nd_economy_collection.name, after, until, NULL, limit,
                         arena, accounts, error));
    *last = accounts->count < limit;
    if (!*last) {
        until = ((nd_id *)accounts->items)[accounts->count - 1];
    }
    ND_TRY(find_orphans(base, deadline, after, until, limit, arena, accounts, error));
    add_marked(marks, after, until, limit, arena, accounts);
    sort_once(accounts);
    if (accounts->count > limit) {
        accounts->count = limit;
        *last = false;
    }
    return NOEMA_OK;
}

/* ---- an account at a snapshot -------------------------------------------------------------------- */

typedef struct nd_taking {
    nd_deadline deadline;
    nd_id account;
    nd_arena *arena;
    nd_snapshot *snapshot;
} nd_taking;

static void
read_economy(nd_bson document, nd_arena *arena, nd_snapshot *snapshot)
{
    bson_t view;
    noema_error error;
    nd_error_clear(&error);
    snapshot->stored = true;
    if (!nd_bson_open(document, &view)) {
        snapshot->why = "not a document";
    } else if (nd_schema_decode(&nd_economy_table, &view, &snapshot->economy, arena, &error) !=
               NOEMA_OK) {
        snapshot->why = nd_arena_string(arena, error.message).bytes;
    }
}

static bool
take_holds(nd_session *session, const nd_taking *taking, nd_outcome *outcome)
{
    static const nd_field fields[] = {
        {ND_AT(nd_refund_sum, refunded), "total", {ND_OPTIONAL, ND_MONEY}, "Sum."},
    };
    static const nd_table table = ND_TABLE(nd_refund_sum, fields);
    const bson_oid_t payer = oid_of(taking->account);
    nd_list found = {0};
    bson_t view;
    nd_refund_sum sum = {0};
    bson_t *pipeline =
        BCON_NEW("0", "{", "$match", "{", "payerAccountId", BCON_OID(&payer), "dueAt", "{",
                 "$exists", BCON_BOOL(true), "}", "}", "}", "1", "{", "$group", "{", "_id",
                 BCON_NULL, "total", "{", "$sum", "$holdOpenUsd", "}", "}", "}");
    bool done = nd_session_aggregate(session, taking->deadline, nd_run_collection.name, pipeline, 1,
                                     taking->arena, &found, outcome);
    bson_destroy(pipeline);
    if (done) {
        taking->snapshot->holds_readable =
            found.count == 0 ||
            (nd_bson_open(*(nd_bson *)found.items, &view) &&
             nd_schema_decode(&table, &view, &sum, taking->arena, NULL) == NOEMA_OK);
        taking->snapshot->holds = sum.refunded;
    }
    return done;
}

/* Entries that the document knows nothing of: behind its newest one, or without a time. */
static bool
take_strangers(nd_session *session, const nd_taking *taking, nd_outcome *outcome)
{
    const nd_economy *economy = &taking->snapshot->economy;
    const bson_oid_t account = oid_of(taking->account);
    bson_t *filter =
        BCON_NEW("$or", "[", "{", "masterAccountId", BCON_OID(&account), "timestamp", "{", "$gt",
                 BCON_DATE_TIME(economy->head_at.ms), "}", "}", "{", "masterAccountId",
                 BCON_OID(&account), "timestamp", BCON_DATE_TIME(economy->head_at.ms), "seq", "{",
                 "$gt", BCON_INT64(economy->seq), "}", "}", "{", "masterAccountId",
                 BCON_OID(&account), "timestamp", BCON_NULL, "}", "]");
    bool done =
        nd_session_find(session, taking->deadline, nd_entry_collection.name, filter, NULL,
                        STRANGERS_MAX, taking->arena, &taking->snapshot->strangers, outcome);
    bson_destroy(filter);
    return done;
}

static bool
take_snapshot(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
              noema_error *error)
{
    const nd_taking *taking = context;
    nd_list found = {0};
    (void)error;
    memset(taking->snapshot, 0, sizeof(*taking->snapshot));
    *verdict = NOEMA_OK;
    if (!nd_economy_load(session, taking->deadline, &taking->account, 1, taking->arena, &found,
                         outcome)) {
        return false;
    }
    if (found.count > 0) {
        read_economy(*(nd_bson *)found.items, taking->arena, taking->snapshot);
    }
    if (taking->snapshot->stored && taking->snapshot->why == NULL &&
        !take_strangers(session, taking, outcome)) {
        return false;
    }
    return take_holds(session, taking, outcome);
}

/* Nothing was written, so nothing can be unknown but whether the majority has what was seen. */
static noema_status
read_in_transaction(nd_base *base, nd_deadline deadline, nd_work work, void *context,
                    noema_error *error)
{
    noema_status status = nd_base_transaction(base, deadline, work, context, error);
    if (status == NOEMA_OUTCOME_UNKNOWN && nd_deadline_passed(deadline)) {
        return nd_fail(error, NOEMA_TIMEOUT, NULL, "the deadline passed");
    }
    if (status == NOEMA_OUTCOME_UNKNOWN) {
        return nd_fail(error, NOEMA_UNAVAILABLE, NULL, "no majority confirmed what was read");
    }
    return status;
}

noema_status
nd_proof_snapshot(nd_base *base, nd_deadline deadline, nd_id account, nd_arena *arena,
                  nd_snapshot *snapshot, noema_error *error)
{
    nd_taking taking = {deadline, account, arena, snapshot};
    return read_in_transaction(base, deadline, take_snapshot, &taking, error);
}

/* ---- entries ------------------------------------------------------------------------------------------ */

noema_status
nd_proof_entries(nd_base *base, nd_deadline deadline, nd_id account, const nd_cursor *cursor,
                 nd_time until, uint32_t limit, nd_arena *arena, nd_list *found, noema_error *error)
{
    const bson_oid_t oid = oid_of(account);
    int64_t from = cursor->begun ? cursor->at.ms : INT64_MIN;
    bson_t *filter = BCON_NEW("masterAccountId", BCON_OID(&oid), "timestamp", "{", "$gte",
                              BCON_DATE_TIME(from), "$lte", BCON_DATE_TIME(until.ms), "}");
    bson_t *options = BCON_NEW("sort", "{", "timestamp", BCON_INT32(1), "seq", BCON_INT32(1), "}",
                               "skip", BCON_INT64(cursor->begun ? cursor->skip : 0));
    noema_status status = nd_base_find(base, deadline, nd_entry_collection.name, filter, options,
                                       limit, arena, found, error);
    bson_destroy(options);
    bson_destroy(filter);
    return status;
}

/* No account, a text, a number: what a hand would write. Each is a range of the index. */
noema_status
nd_proof_unowned(nd_base *base, nd_deadline deadline, nd_arena *arena, nd_list *found,
                 noema_error *error)
{
    bson_t *filter =
        BCON_NEW("$or", "[", "{", "masterAccountId", BCON_NULL, "}", "{", "masterAccountId", "{",
                 "$gte", BCON_UTF8(""), "}", "}", "{", "masterAccountId", "{", "$gte",
                 BCON_DOUBLE(-INFINITY), "}", "}", "]");
    noema_status status = nd_base_find(base, deadline, nd_entry_collection.name, filter, NULL,
                                       STRANGERS_MAX, arena, found, error);
    bson_destroy(filter);
    return status;
}

/* ---- what entries refer to ---------------------------------------------------------------------------- */

typedef struct nd_looking {
    nd_deadline deadline;
    nd_arena *arena;
    nd_referred *referred;
} nd_looking;

static bool
look_up(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
        noema_error *error)
{
    const nd_looking *looking = context;
    nd_referred *on = looking->referred;
    (void)error;
    *verdict = NOEMA_OK;
    on->found_runs.count = 0;
    on->found_originals.count = 0;
    on->sums.count = 0;
    return (on->run_count == 0 || nd_run_load(session, looking->deadline, on->runs, on->run_count,
                                              looking->arena, &on->found_runs, outcome)) &&
           (on->original_count == 0 ||
            nd_entry_load(session, looking->deadline, on->originals, on->original_count,
                          looking->arena, &on->found_originals, outcome)) &&
           (on->summed_count == 0 ||
            nd_entry_sum_refunds(session, looking->deadline, on->summed, on->summed_count,
                                 looking->arena, &on->sums, outcome));
}

noema_status
nd_proof_referred(nd_base *base, nd_deadline deadline, nd_arena *arena, nd_referred *referred,
                  noema_error *error)
{
    nd_looking looking = {deadline, arena, referred};
    return read_in_transaction(base, deadline, look_up, &looking, error);
}

noema_status
nd_proof_refunds(nd_base *base, nd_deadline deadline, nd_id original, nd_arena *arena,
                 nd_list *found, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_id(&filter, "refundOf", original);
    bson_t *options = BCON_NEW("sort", "{", "timestamp", BCON_INT32(1), "seq", BCON_INT32(1), "}");
    noema_status status = nd_base_find(base, deadline, nd_entry_collection.name, &filter, options,
                                       REFUNDS_MAX, arena, found, error);
    bson_destroy(options);
    bson_destroy(&filter);
    return status;
}
