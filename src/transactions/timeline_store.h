/* A page of a collection in order of time, newest first, by a key: stable while documents arrive.
 * Needs no more of an index than whose they are and the time. */
#ifndef ND_TRANSACTIONS_TIMELINE_STORE_H
#define ND_TRANSACTIONS_TIMELINE_STORE_H

#include "base/base.h"
#include "schema/page.h"

enum { ND_TIMELINE_LIMIT = 500 };

typedef struct nd_timeline {
    const char *collection;
    const char *list;   /* the tokens' list: see schema/page.h; an account's id is added */
    const char *time;   /* name of a date */
    const char *number; /* NULL, or name of an integer that orders equal times before _id does */
    nd_id account; /* stands before the time in the index; none is INVALID unless all is true */
    bool all;
    const bson_t *which; /* the rest of the filter; NULL or empty: all */
    const char *hidden;  /* NULL, or a field that is not read */
    nd_time from;        /* in; 0: unbounded */
    nd_time to;          /* out; 0: unbounded */
    uint32_t limit;      /* 1..500, else INVALID */
    const char *page;    /* NULL: the first */
} nd_timeline;

/* Appends raw documents to a list of nd_bson. next: "" when this is the last page; a page may be
 * short, or empty, and yet not the last, when `which` is rare and the deadline near. INVALID names
 * "account", "limit" or "page". */
ND_MUST noema_status nd_timeline_read(nd_base *base, nd_deadline deadline,
                                      const nd_timeline *timeline, nd_arena *arena,
                                      nd_list *documents, char next[ND_PAGE_TEXT],
                                      noema_error *error);

#endif
