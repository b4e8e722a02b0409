/* What the ledger says: the history of an account or of all, the balance as of a time, the entries
 * of a run. Majority reads. */
#ifndef ND_TRANSACTIONS_HISTORY_STORE_H
#define ND_TRANSACTIONS_HISTORY_STORE_H

#include <bson/bson.h>

#include "base/base.h"
#include "schema/page.h"
#include "transactions/record.h"

typedef struct nd_history_query {
    nd_id account; /* none is INVALID unless all is true */
    bool all;
    nd_time from;     /* in; 0: unbounded */
    nd_time to;       /* out; 0: unbounded */
    uint32_t types;   /* 1 << nd_entry_type of each; 0: all */
    uint32_t limit;   /* 1..500 */
    const char *page; /* next of the page before; NULL: the first */
} nd_history_query;

/* "credit,debit" into bits. NULL or "" gives 0. INVALID names "types". */
ND_MUST noema_status nd_history_types_parse(const char *text, uint32_t *types, noema_error *error);
/* The same for any list of at most 31 words. */
ND_MUST noema_status nd_words_parse(const nd_words *words, const char *text, const char *field,
                                    uint32_t *bits, noema_error *error);
/* {name: {$in: [...]}} of such bits; nothing for 0. */
void nd_filter_words(bson_t *filter, const char *name, const nd_words *words, uint32_t bits);

/* Appends raw entries to a list of nd_bson, newest first: of an account by timestamp and seq, of all
 * by timestamp and _id. next: "" when this is the last page; a page of what is rare may be short, or
 * empty, and yet not the last. INVALID names "account", "limit" or "page". */
ND_MUST noema_status nd_history_list(nd_base *base, nd_deadline deadline,
                                     const nd_history_query *query, nd_arena *arena,
                                     nd_list *documents, char next[ND_PAGE_TEXT],
                                     noema_error *error);
/* The newest entry at `when` or before: `after` was the balance then. Before the first one the entry
 * is all zero. What was held then is not in the ledger. */
ND_MUST noema_status nd_history_balance_at(nd_base *base, nd_deadline deadline, nd_id account,
                                           nd_time when, nd_arena *arena, nd_entry *last,
                                           noema_error *error);
/* Appends the raw entries of a run, oldest first; at most 500. */
ND_MUST noema_status nd_history_of_run(nd_base *base, nd_deadline deadline, nd_id run,
                                       nd_arena *arena, nd_list *documents, noema_error *error);

#endif
