/* Lists paid runs. */
#ifndef ND_WORKFLOW_EXECUTIONS_LISTING_STORE_H
#define ND_WORKFLOW_EXECUTIONS_LISTING_STORE_H

#include "base/base.h"
#include "schema/page.h"
#include "workflow_executions/record.h"

typedef struct nd_run_query {
    nd_id account; /* the owner; none is INVALID unless all is true */
    bool all;
    nd_time from;     /* of the start; in; 0: unbounded */
    nd_time to;       /* out; 0: unbounded */
    uint32_t states;  /* 1 << NOEMA_RUN_... of each; 0: all */
    nd_text tool;     /* absent: all */
    uint32_t limit;   /* 1..500 */
    const char *page; /* next of the page before; NULL: the first */
} nd_run_query;

/* "pending,failed" into bits. NULL or "" gives 0. INVALID names "types", as the public query does. */
ND_MUST noema_status nd_run_states_parse(const char *text, uint32_t *states, noema_error *error);
/* Appends raw runs to a list of nd_bson, by start and _id, newest first. next: "" when this is the
 * last page; a page of what is rare may be short, or empty, and yet not the last. INVALID names
 * "account", "limit" or "page". */
ND_MUST noema_status nd_run_list(nd_base *base, nd_deadline deadline, const nd_run_query *query,
                                 nd_arena *arena, nd_list *documents, char next[ND_PAGE_TEXT],
                                 noema_error *error);

#endif
