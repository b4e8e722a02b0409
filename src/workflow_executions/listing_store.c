/* Filters of the lists of runs; the indexes by account and start, or by start, serve them. */
#include "workflow_executions/listing_store.h"

#include "schema/statements.h"
#include "transactions/history_store.h"
#include "transactions/timeline_store.h"

noema_status
nd_run_states_parse(const char *text, uint32_t *states, noema_error *error)
{
    return nd_words_parse(&nd_run_states, text, "types", states, error);
}

noema_status
nd_run_list(nd_base *base, nd_deadline deadline, const nd_run_query *query, nd_arena *arena,
            nd_list *documents, char next[ND_PAGE_TEXT], noema_error *error)
{
    bson_t which = BSON_INITIALIZER;
    nd_filter_words(&which, "status", &nd_run_states, query->states);
    if (query->tool.length > 0) {
        nd_append_text(&which, "toolId", query->tool);
    }
    const nd_timeline timeline = {
        .collection = nd_run_collection.name,
        .list = "runs",
        .time = "requestTimestamp",
        .hidden = "lease.token",
        .account = query->account,
        .all = query->all,
        .which = &which,
        .from = query->from,
        .to = query->to,
        .limit = query->limit,
        .page = query->page,
    };
    noema_status status =
        nd_timeline_read(base, deadline, &timeline, arena, documents, next, error);
    bson_destroy(&which);
    return status;
}
