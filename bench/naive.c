/* The naive program that the library is measured against, as it stands in many services: a pooled
 * client with a session that is kept, and for each debit one transaction of findAndModify with the
 * balance in its filter, insertOne of the entry, commit (majority, journaled). It backs off
 * exponentially with full jitter, and asks again for a commit whose result is unknown. */
#include <time.h>

#include "bench.h"
#include "core/id.h"
#include "schema/schema.h"

/* 5 ms, half as much again each time, at most 500 ms; of that a random part. */
static void
back_off(bench_worker *worker, uint32_t attempt)
{
    uint64_t most = 5000000;
    for (uint32_t i = 0; i < attempt && most < 500000000; i++) {
        most += most / 2;
    }
    const struct timespec pause = {.tv_nsec = (long)(bench_random(&worker->random) % most)};
    (void)nanosleep(&pause, NULL);
}

static bool
commit(bench_worker *worker, bson_t *reply)
{
    for (;;) {
        bson_error_t error;
        if (mongoc_client_session_commit_transaction(worker->session, reply, &error)) {
            return true;
        }
        if (!mongoc_error_has_label(reply, "UnknownTransactionCommitResult")) {
            return false;
        }
        bson_destroy(reply);
    }
}

static bool
run_once(bench_worker *worker, naive_body body, void *order, bson_t *reply)
{
    bson_error_t error;
    if (!mongoc_client_session_start_transaction(worker->session, worker->transaction, &error)) {
        bench_die("naive: %s", error.message);
    }
    if (!body(worker, order, reply)) {
        return false;
    }
    bson_destroy(reply);
    return commit(worker, reply);
}

bool
naive_transact(bench_worker *worker, naive_body body, void *order)
{
    for (uint32_t attempt = 0;; attempt++) {
        bson_t reply;
        bson_error_t ignored;
        bool done = run_once(worker, body, order, &reply);
        bool again = !done && mongoc_error_has_label(&reply, "TransientTransactionError");
        bson_destroy(&reply);
        if (done) {
            return true;
        }
        (void)mongoc_client_session_abort_transaction(worker->session, &ignored);
        if (!again) {
            return false;
        }
        back_off(worker, attempt);
    }
}

/* The account's document with its new balance is in the reply; without one, there was too little. */
static bool
read_change(const bson_t *reply, int64_t *after, int64_t *seq)
{
    bson_iter_t at;
    bson_iter_t value;
    bson_decimal128_t balance;
    nd_money amount;
    if (!bson_iter_init(&at, reply) || !bson_iter_find_descendant(&at, "value.usdCredit", &value) ||
        !bson_iter_decimal128(&value, &balance) || !nd_decimal_read(&balance, &amount)) {
        return false;
    }
    *after = amount.nano;
    *seq = bson_iter_init(&at, reply) && bson_iter_find_descendant(&at, "value.seq", &value)
               ? bson_iter_as_int64(&value)
               : 0;
    return true;
}

bool
naive_change(bench_worker *worker, const bson_t *filter, const bson_t *update, int64_t *after,
             int64_t *seq, bson_t *reply)
{
    bson_error_t error;
    bson_t in_session = BSON_INITIALIZER;
    mongoc_find_and_modify_opts_t *opts = mongoc_find_and_modify_opts_new();
    bool done = mongoc_client_session_append(worker->session, &in_session, &error) &&
                mongoc_find_and_modify_opts_set_update(opts, update) &&
                mongoc_find_and_modify_opts_set_flags(opts, MONGOC_FIND_AND_MODIFY_RETURN_NEW) &&
                mongoc_find_and_modify_opts_append(opts, &in_session);
    if (!done) {
        bench_die("naive: %s", error.message);
    }
    done =
        mongoc_collection_find_and_modify_with_opts(worker->economy, filter, opts, reply, &error);
    mongoc_find_and_modify_opts_destroy(opts);
    bson_destroy(&in_session);
    return done && read_change(reply, after, seq);
}

bool
naive_insert(bench_worker *worker, mongoc_collection_t *collection, const bson_t *document,
             bson_t *reply)
{
    bson_error_t error;
    bson_t in_session = BSON_INITIALIZER;
    if (!mongoc_client_session_append(worker->session, &in_session, &error)) {
        bench_die("naive: %s", error.message);
    }
    bool done = mongoc_collection_insert_one(collection, document, &in_session, reply, &error);
    bson_destroy(&in_session);
    return done;
}

static bool
debit(bench_worker *worker, void *order, bson_t *reply)
{
    bench_entry *entry = order;
    bson_decimal128_t price = nd_decimal_of((nd_money){-entry->amount});
    bson_decimal128_t change = nd_decimal_of((nd_money){entry->amount});
    int64_t now = bench_now_ms();
    bson_t *filter = BCON_NEW("_id", BCON_OID(&entry->account), "usdCredit", "{", "$gte",
                              BCON_DECIMAL128(&price), "}");
    bson_t *update = BCON_NEW(
        "$inc", "{", "usdCredit", BCON_DECIMAL128(&change), "seq", BCON_INT64(1), "version",
        BCON_INT64(1), "}", "$set", "{", "head", BCON_BIN(BSON_SUBTYPE_BINARY, entry->hash, 32),
        "headAt", BCON_DATE_TIME(now), "seal", BCON_BIN(BSON_SUBTYPE_BINARY, entry->hash, 16),
        "updatedAt", BCON_DATE_TIME(now), "}");
    bool done = naive_change(worker, filter, update, &entry->after, &entry->seq, reply);
    bson_destroy(filter);
    bson_destroy(update);
    if (!done) {
        return false;
    }
    bson_destroy(reply);
    bson_t *document = bench_entry_new(entry);
    done = naive_insert(worker, worker->entries, document, reply);
    bson_destroy(document);
    return done;
}

int64_t
naive_debit(bench_worker *worker)
{
    char key[BENCH_KEY];
    bench_entry entry = {.type = "debit", .key = key, .amount = -BENCH_PRICE};
    bench_key(key);
    bson_oid_init(&entry.id, NULL);
    entry.account = bench_oid(bench_pick(worker->load, &worker->random));
    nd_random(entry.hash, sizeof(entry.hash));
    return naive_transact(worker, debit, &entry) ? 1 : 0;
}
