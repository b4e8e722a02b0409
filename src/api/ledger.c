/* NoemaTransactions: the ledger, and the lists of all sections. */
#include <string.h>

#include "api/db.h"
#include "api/documents.h"
#include "audit/audit.h"
#include "transactions/history_store.h"
#include "workflow_executions/listing_store.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500, TOOL_MAX = 200, CHECKPOINTS_BYTES = 1 << 20 };

/* ---- queries ---------------------------------------------------------------------------------- */

/* What is asked of every list. */
static noema_status
take_query(nd_api_call *call, const noema_query *from, noema_query *query, nd_id *account)
{
    noema_error *error = call->error;
    ND_TRY(nd_api_struct(call, from, "query", sizeof(*query), query));
    if (query->all_accounts > 1) {
        return nd_fail(error, NOEMA_INVALID, "all_accounts", "must be 0 or 1");
    }
    if (query->reserved != 0) {
        return nd_fail(error, NOEMA_INVALID, "reserved", "must be zero");
    }
    ND_TRY(nd_id_take(&query->account, "account", query->all_accounts == 1, account, error));
    if (query->all_accounts == 1 && !nd_id_is_none(*account)) {
        return nd_fail(error, NOEMA_INVALID, "all_accounts", "name the account, or all");
    }
    if (query->limit > LIMIT_MAX) {
        return nd_fail(error, NOEMA_INVALID, "limit", "must be 1 to %d", LIMIT_MAX);
    }
    query->limit = query->limit == 0 ? LIMIT_DEFAULT : query->limit;
    if (query->from < 0 || query->to < 0 || (query->to != 0 && query->to < query->from)) {
        return nd_fail(error, NOEMA_INVALID, query->from < 0 ? "from" : "to",
                       "must be a time, and not before from");
    }
    return NOEMA_OK;
}

static noema_status
list_entries(nd_api_call *call, const noema_query *from, noema_list **entries)
{
    noema_query query;
    nd_history_query ask = {0};
    nd_list documents = {0};
    char next[ND_PAGE_TEXT];
    ND_TRY(nd_api_needs(call, entries, "entries"));
    ND_TRY(take_query(call, from, &query, &ask.account));
    if (query.tool != NULL) {
        return nd_fail(call->error, NOEMA_INVALID, "tool", "is not used by this list");
    }
    ask.all = query.all_accounts == 1;
    ask.from.ms = query.from;
    ask.to.ms = query.to;
    ask.limit = query.limit;
    ask.page = query.page;
    ND_TRY(nd_history_types_parse(query.types, &ask.types, call->error));
    ND_TRY(nd_history_list(call->db->base, call->deadline, &ask, nd_api_arena(call), &documents,
                           next, call->error));
    *entries = nd_list_new(&documents, next);
    return NOEMA_OK;
}

noema_status
noema_ledger_list(noema_db *db, const noema_query *query, noema_list **entries, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(entries, sizeof(*entries));
    noema_status status = nd_api_begin(&call, db, "ledger.list", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? list_entries(&call, query, entries) : status);
}

static noema_status
list_runs(nd_api_call *call, const noema_query *from, noema_list **runs)
{
    noema_query query;
    nd_run_query ask = {0};
    nd_list documents = {0};
    char next[ND_PAGE_TEXT];
    ND_TRY(nd_api_needs(call, runs, "runs"));
    ND_TRY(take_query(call, from, &query, &ask.account));
    ask.all = query.all_accounts == 1;
    ask.from.ms = query.from;
    ask.to.ms = query.to;
    ask.limit = query.limit;
    ask.page = query.page;
    ND_TRY(nd_text_take(query.tool, "tool", 0, TOOL_MAX, &ask.tool, call->error));
    ND_TRY(nd_run_states_parse(query.types, &ask.states, call->error));
    ND_TRY(nd_run_list(call->db->base, call->deadline, &ask, nd_api_arena(call), &documents, next,
                       call->error));
    *runs = nd_list_new(&documents, next);
    return NOEMA_OK;
}

noema_status
noema_run_list(noema_db *db, const noema_query *query, noema_list **runs, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(runs, sizeof(*runs));
    noema_status status = nd_api_begin(&call, db, "run.list", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? list_runs(&call, query, runs) : status);
}

/* ---- proof -------------------------------------------------------------------------------------- */

static noema_status
balance_at(nd_api_call *call, const noema_id *account, noema_time when, noema_balance *balance)
{
    nd_id id;
    nd_entry last;
    nd_economy economy;
    ND_TRY(nd_api_needs(call, balance, "balance"));
    ND_TRY(nd_api_needs(call, account, "account"));
    ND_TRY(nd_id_take(account, "account", false, &id, call->error));
    if (when <= 0) {
        return nd_fail(call->error, NOEMA_INVALID, "when", "must be a time");
    }
    ND_TRY(nd_history_balance_at(call->db->base, call->deadline, id, (nd_time){when},
                                 nd_api_arena(call), &last, call->error));
    if (last.seq == 0) {
        return nd_api_economy(call, id, &economy);
    }
    balance->balance = last.after.nano;
    balance->seq = last.seq;
    return NOEMA_OK;
}

noema_status
noema_ledger_balance_at(noema_db *db, const noema_id *account, noema_time when,
                        noema_balance *balance, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(balance, sizeof(*balance));
    noema_status status = nd_api_begin(&call, db, "ledger.balance_at", 0, error);
    if (status == NOEMA_OK) {
        status = balance_at(&call, account, when, balance);
    }
    return nd_api_end(&call, status);
}

static noema_status
take_checkpoints(nd_api_call *call, const char *text, nd_json **checkpoints)
{
    *checkpoints = NULL;
    if (text == NULL) {
        return NOEMA_OK;
    }
    ND_TRY(
        nd_json_parse(text, "checkpoints", CHECKPOINTS_BYTES, 4, false, checkpoints, call->error));
    if (nd_json_kind_of(*checkpoints) == ND_JSON_ARRAY) {
        return NOEMA_OK;
    }
    nd_json_free(*checkpoints);
    return nd_fail(call->error, NOEMA_INVALID, "checkpoints", "must be an array");
}

static noema_status
verify(nd_api_call *call, const noema_id *account, const char *page, const char *checkpoints_json,
       noema_document **report)
{
    nd_id id = nd_id_none;
    nd_json *checkpoints;
    nd_json *found = NULL;
    ND_TRY(nd_api_needs(call, report, "report"));
    if (account != NULL) {
        nd_economy economy;
        ND_TRY(nd_id_take(account, "account", false, &id, call->error));
        if (nd_api_economy(call, id, &economy) == NOEMA_NOT_FOUND) {
            return call->error->status; /* what can't be read is for the proof to say */
        }
    }
    ND_TRY(take_checkpoints(call, checkpoints_json, &checkpoints));
    noema_status status =
        nd_verify(call->db->base, call->deadline, id, page, checkpoints, &found, call->error);
    if (found != NULL) {
        *report = nd_document_new(found);
    }
    if (checkpoints != NULL) {
        nd_json_free(checkpoints);
    }
    return status;
}

noema_status
noema_ledger_verify(noema_db *db, const noema_id *account, const char *page,
                    const char *checkpoints_json, noema_document **report, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(report, sizeof(*report));
    noema_status status = nd_api_begin(&call, db, "ledger.verify", 0, error);
    if (status == NOEMA_OK) {
        status = verify(&call, account, page, checkpoints_json, report);
    }
    return nd_api_end(&call, status);
}

static noema_status
take_checkpoint(nd_api_call *call, const noema_id *account, noema_document **checkpoint)
{
    nd_id id;
    nd_json *found = NULL;
    ND_TRY(nd_api_needs(call, checkpoint, "checkpoint"));
    ND_TRY(nd_api_needs(call, account, "account"));
    ND_TRY(nd_id_take(account, "account", false, &id, call->error));
    ND_TRY(nd_checkpoint(call->db->base, call->deadline, id, &found, call->error));
    *checkpoint = nd_document_new(found);
    return NOEMA_OK;
}

noema_status
noema_ledger_checkpoint(noema_db *db, const noema_id *account, noema_document **checkpoint,
                        noema_error *error)
{
    nd_api_call call;
    nd_api_clear(checkpoint, sizeof(*checkpoint));
    noema_status status = nd_api_begin(&call, db, "ledger.checkpoint", 0, error);
    if (status == NOEMA_OK) {
        status = take_checkpoint(&call, account, checkpoint);
    }
    return nd_api_end(&call, status);
}
