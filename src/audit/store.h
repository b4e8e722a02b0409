/* All that the proof reads. */
#ifndef ND_AUDIT_STORE_H
#define ND_AUDIT_STORE_H

#include "audit/marks.h"
#include "audit/trail.h"
#include "base/base.h"

/* Accounts behind `after`, in order, at most limit: those with a userEconomy document, with entries,
 * or with a checkpoint. Appends nd_id; *last: there are no more. */
ND_MUST noema_status nd_proof_accounts(nd_base *base, nd_deadline deadline, nd_id after,
                                       const nd_marks *marks, uint32_t limit, nd_arena *arena,
                                       nd_list *accounts, bool *last, noema_error *error);

/* An account at one snapshot that the majority has. */
typedef struct nd_snapshot {
    bool stored;     /* it has a document */
    const char *why; /* not NULL: the document can't be read */
    nd_economy economy;
    bool holds_readable;
    nd_money holds;    /* sum of what open runs hold of it */
    nd_list strangers; /* of nd_bson: some of the entries behind the document's newest one */
} nd_snapshot;
ND_MUST noema_status nd_proof_snapshot(nd_base *base, nd_deadline deadline, nd_id account,
                                       nd_arena *arena, nd_snapshot *snapshot, noema_error *error);

/* Entries of an account from the cursor on, oldest first, none newer than `until`. Appends nd_bson;
 * at most limit. */
ND_MUST noema_status nd_proof_entries(nd_base *base, nd_deadline deadline, nd_id account,
                                      const nd_cursor *cursor, nd_time until, uint32_t limit,
                                      nd_arena *arena, nd_list *found, noema_error *error);

/* Entries whose account is no id at all; some of them. Appends nd_bson. */
ND_MUST noema_status nd_proof_unowned(nd_base *base, nd_deadline deadline, nd_arena *arena,
                                      nd_list *found, noema_error *error);

/* What entries refer to, at one snapshot. */
typedef struct nd_referred {
    const nd_id *runs;
    size_t run_count;
    const nd_id *originals; /* entries that are refunded */
    size_t original_count;
    const nd_id *summed; /* entries whose refunds are summed */
    size_t summed_count;
    nd_list found_runs;      /* of nd_bson */
    nd_list found_originals; /* of nd_bson */
    nd_list sums;            /* of nd_refund_sum */
} nd_referred;
ND_MUST noema_status nd_proof_referred(nd_base *base, nd_deadline deadline, nd_arena *arena,
                                       nd_referred *referred, noema_error *error);
/* The refunds of an entry, oldest first; at most 1,000. Appends nd_bson. */
ND_MUST noema_status nd_proof_refunds(nd_base *base, nd_deadline deadline, nd_id original,
                                      nd_arena *arena, nd_list *found, noema_error *error);

#endif
