/* Reads of the ledger, and its statements in the engine's transaction. */
#ifndef ND_TRANSACTIONS_STORE_H
#define ND_TRANSACTIONS_STORE_H

#include "base/base.h"
#include "schema/statements.h"
#include "transactions/record.h"

/* Appends the raw documents of those ids. */
ND_MUST bool nd_entry_load(nd_session *session, nd_deadline deadline, const nd_id *ids,
                           size_t count, nd_arena *arena, nd_list *found, nd_outcome *outcome);
typedef struct nd_refund_sum {
    nd_id original;
    nd_money refunded;
} nd_refund_sum;
/* What the refunds of each of those entries sum up to; appends nd_refund_sum. */
ND_MUST bool nd_entry_sum_refunds(nd_session *session, nd_deadline deadline, const nd_id *originals,
                                  size_t count, nd_arena *arena, nd_list *sums,
                                  nd_outcome *outcome);
ND_MUST noema_status nd_entry_decode(nd_bson document, nd_entry *entry, nd_arena *arena,
                                     noema_error *error);
/* Encodes, hashes behind *head, appends the hash, and makes it the new head. */
void nd_entry_append(nd_statements *inserts, nd_entry *entry, const nd_hash_key *key,
                     nd_hash *head);
/* Majority reads; at most 1,000 ids. */
ND_MUST noema_status nd_entry_read(nd_base *base, nd_deadline deadline, nd_id id, nd_entry *entry,
                                   nd_arena *arena, noema_error *error);
ND_MUST noema_status nd_entry_read_many(nd_base *base, nd_deadline deadline, const nd_id *ids,
                                        size_t count, nd_arena *arena, nd_list *found,
                                        noema_error *error);

#endif
