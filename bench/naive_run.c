/* The naive program's paid run: two transactions. The first puts the price on hold, guarded by what
 * is available, and inserts the run; the second spends it, ends the run and writes the entry. */
#include <stdio.h>

#include "bench.h"
#include "core/crypto.h"
#include "core/id.h"
#include "schema/schema.h"

typedef struct order {
    bson_oid_t run;
    const char *key;
    bench_entry entry;
} order;

static void
put_marks(const order *of, bson_t *set)
{
    BSON_APPEND_BINARY(set, "seal", BSON_SUBTYPE_BINARY, of->entry.hash, 16);
    BSON_APPEND_DATE_TIME(set, "updatedAt", bench_now_ms());
}

/* available = usdCredit - heldUsd */
static bson_t *
guard_new(const order *of)
{
    bson_decimal128_t hold = nd_decimal_of((nd_money){BENCH_HOLD});
    return BCON_NEW("_id", BCON_OID(&of->entry.account), "$expr", "{", "$gte", "[", "{",
                    "$subtract", "[", "$usdCredit", "{", "$ifNull", "[", "$heldUsd", BCON_INT32(0),
                    "]", "}", "]", "}", BCON_DECIMAL128(&hold), "]", "}");
}

static bool
start(bench_worker *worker, void *context, bson_t *reply)
{
    order *of = context;
    bson_decimal128_t hold = nd_decimal_of((nd_money){BENCH_HOLD});
    bson_t set = BSON_INITIALIZER;
    put_marks(of, &set);
    bson_t *filter = guard_new(of);
    bson_t *update = BCON_NEW("$inc", "{", "heldUsd", BCON_DECIMAL128(&hold), "version",
                              BCON_INT64(1), "}", "$set", BCON_DOCUMENT(&set));
    bool done = naive_change(worker, filter, update, &of->entry.after, &of->entry.seq, reply);
    bson_destroy(filter);
    bson_destroy(update);
    bson_destroy(&set);
    if (!done) {
        return false;
    }
    bson_destroy(reply);
    bson_t *run = bench_run_new(&of->run, &of->entry.account, of->key);
    done = naive_insert(worker, worker->runs, run, reply);
    bson_destroy(run);
    return done;
}

static bool
spend(bench_worker *worker, order *of, bson_t *reply)
{
    bson_decimal128_t release = nd_decimal_of((nd_money){-BENCH_HOLD});
    bson_decimal128_t charge = nd_decimal_of((nd_money){-BENCH_PRICE});
    bson_t set = BSON_INITIALIZER;
    put_marks(of, &set);
    BSON_APPEND_BINARY(&set, "head", BSON_SUBTYPE_BINARY, of->entry.hash, 32);
    BSON_APPEND_DATE_TIME(&set, "headAt", bench_now_ms());
    bson_t *filter = BCON_NEW("_id", BCON_OID(&of->entry.account));
    bson_t *update = BCON_NEW("$inc", "{", "usdCredit", BCON_DECIMAL128(&charge), "heldUsd",
                              BCON_DECIMAL128(&release), "seq", BCON_INT64(1), "version",
                              BCON_INT64(1), "}", "$set", BCON_DOCUMENT(&set));
    bool done = naive_change(worker, filter, update, &of->entry.after, &of->entry.seq, reply);
    bson_destroy(filter);
    bson_destroy(update);
    bson_destroy(&set);
    return done;
}

static bson_t *
ending_new(const order *of)
{
    bson_decimal128_t charge = nd_decimal_of((nd_money){BENCH_PRICE});
    int64_t now = bench_now_ms();
    return BCON_NEW("$set", "{", "status", "completed", "chargedUsd", BCON_DECIMAL128(&charge),
                    "settled", "{", "askedUsd", BCON_DECIMAL128(&charge), "overrun", "cap_at_hold",
                    "entryId", BCON_OID(&of->entry.id), "}", "responseTimestamp",
                    BCON_DATE_TIME(now), "durationMs", BCON_INT64(1), "transactionIds", "[",
                    BCON_OID(&of->entry.id), "]", "responsePayload",
                    BCON_DOCUMENT(bench_metadata()), "updatedAt", BCON_DATE_TIME(now), "}",
                    "$unset", "{", "holdOpenUsd", "", "dueAt", "", "}");
}

static bool
end_run(bench_worker *worker, const order *of, bson_t *reply)
{
    bson_error_t error;
    bson_t in_session = BSON_INITIALIZER;
    bson_t *filter = BCON_NEW("_id", BCON_OID(&of->run), "status", "pending");
    bson_t *update = ending_new(of);
    bool done = mongoc_client_session_append(worker->session, &in_session, &error);
    if (!done) {
        bench_die("naive: %s", error.message);
    }
    done = mongoc_collection_update_one(worker->runs, filter, update, &in_session, reply, &error);
    bson_destroy(filter);
    bson_destroy(update);
    bson_destroy(&in_session);
    return done;
}

static bool
settle(bench_worker *worker, void *context, bson_t *reply)
{
    order *of = context;
    if (!spend(worker, of, reply)) {
        return false;
    }
    bson_destroy(reply);
    if (!end_run(worker, of, reply)) {
        return false;
    }
    bson_destroy(reply);
    bson_t *document = bench_entry_new(&of->entry);
    bool done = naive_insert(worker, worker->entries, document, reply);
    bson_destroy(document);
    return done;
}

int64_t
naive_run(bench_worker *worker)
{
    char key[BENCH_KEY];
    char entry_key[64];
    char run[25];
    order of = {
        .key = key, .entry = {.type = "charge", .key = entry_key, .amount = -BENCH_PRICE}
    };
    bench_key(key);
    bson_oid_init(&of.run, NULL);
    bson_oid_init(&of.entry.id, NULL);
    bson_oid_to_string(&of.run, run);
    (void)snprintf(entry_key, sizeof(entry_key), "noema:settle:%s", run);
    of.entry.run = &of.run;
    of.entry.account = bench_oid(bench_pick(worker->load, &worker->random));
    nd_random(of.entry.hash, sizeof(of.entry.hash));
    return naive_transact(worker, start, &of) && naive_transact(worker, settle, &of) ? 1 : 0;
}
