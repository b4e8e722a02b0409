/* Reads the ledger, and writes its entries as bytes that verify can hash again. */
#include "transactions/store.h"

#include <string.h>

#include "core/money.h"
#include "transactions/transactions.h"

bool
nd_entry_load(nd_session *session, nd_deadline deadline, const nd_id *ids, size_t count,
              nd_arena *arena, nd_list *found, nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_ids(&filter, "_id", ids, count);
    bool done = nd_session_find(session, deadline, nd_entry_collection.name, &filter, NULL,
                                (uint32_t)count, arena, found, outcome);
    bson_destroy(&filter);
    return done;
}

static void
put_sum(nd_bson document, nd_arena *arena, nd_list *sums)
{
    bson_t view;
    bson_iter_t at;
    bson_decimal128_t total;
    nd_refund_sum *sum = nd_list_push(sums, sizeof(*sum), arena);
    /* A sum that can't be read leaves nothing to be refunded. */
    sum->refunded.nano = ND_MONEY_MAX;
    if (!nd_bson_open(document, &view)) {
        return;
    }
    if (bson_iter_init_find(&at, &view, "_id") && BSON_ITER_HOLDS_OID(&at)) {
        memcpy(sum->original.bytes, bson_iter_oid(&at)->bytes, sizeof(sum->original.bytes));
    }
    if (bson_iter_init_find(&at, &view, "total") && bson_iter_decimal128(&at, &total) &&
        !nd_decimal_read(&total, &sum->refunded)) {
        sum->refunded.nano = ND_MONEY_MAX;
    }
}

bool
nd_entry_sum_refunds(nd_session *session, nd_deadline deadline, const nd_id *originals,
                     size_t count, nd_arena *arena, nd_list *sums, nd_outcome *outcome)
{
    nd_list found = {0};
    bson_t match = BSON_INITIALIZER;
    nd_filter_ids(&match, "refundOf", originals, count);
    bson_t *pipeline =
        BCON_NEW("0", "{", "$match", BCON_DOCUMENT(&match), "}", "1", "{", "$group", "{", "_id",
                 "$refundOf", "total", "{", "$sum", "$amountUsd", "}", "}", "}");
    bool done = nd_session_aggregate(session, deadline, nd_entry_collection.name, pipeline,
                                     (uint32_t)count, arena, &found, outcome);
    bson_destroy(pipeline);
    bson_destroy(&match);
    for (uint32_t i = 0; i < found.count; i++) {
        put_sum(((nd_bson *)found.items)[i], arena, sums);
    }
    return done;
}

noema_status
nd_entry_decode(nd_bson document, nd_entry *entry, nd_arena *arena, noema_error *error)
{
    bson_t view;
    memset(entry, 0, sizeof(*entry));
    if (!nd_bson_open(document, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "transactions: not a document");
    }
    return nd_schema_decode(&nd_entry_table, &view, entry, arena, error);
}

void
nd_entry_append(nd_statements *inserts, nd_entry *entry, const nd_hash_key *key, nd_hash *head)
{
    bson_t document = BSON_INITIALIZER;
    nd_schema_encode(&nd_entry_table, entry, &document);
    entry->hash = nd_entry_chain(key, head, nd_bson_of(&document));
    bson_append_binary(&document, "hash", 4, BSON_SUBTYPE_BINARY, entry->hash.bytes,
                       sizeof(entry->hash.bytes));
    *head = entry->hash;
    nd_statements_insert(inserts, &document);
    bson_destroy(&document);
}

noema_status
nd_entry_read(nd_base *base, nd_deadline deadline, nd_id id, nd_entry *entry, nd_arena *arena,
              noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_bson document = {0};
    nd_filter_id(&filter, "_id", id);
    noema_status status = nd_base_find_one(base, deadline, nd_entry_collection.name, &filter, NULL,
                                           arena, &document, error);
    bson_destroy(&filter);
    ND_TRY(status);
    return nd_entry_decode(document, entry, arena, error);
}

noema_status
nd_entry_read_many(nd_base *base, nd_deadline deadline, const nd_id *ids, size_t count,
                   nd_arena *arena, nd_list *found, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_ids(&filter, "_id", ids, count);
    noema_status status = nd_base_find(base, deadline, nd_entry_collection.name, &filter, NULL,
                                       (uint32_t)count, arena, found, error);
    bson_destroy(&filter);
    return status;
}
