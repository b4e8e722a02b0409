/* The server's own limit: the entries of a batch inserted by one command in one transaction, with
 * the same indexes, the validator bypassed as the engine does it. Nothing is read or updated. */
#include "bench.h"
#include "core/id.h"

static void
append_entries(bench_worker *worker, bson_t *command)
{
    bson_t array;
    BSON_APPEND_ARRAY_BEGIN(command, "documents", &array);
    for (uint32_t i = 0; i < BENCH_BATCH; i++) {
        char key[BENCH_KEY];
        char digits[16];
        const char *at;
        bench_entry entry = {.type = "debit", .key = key, .amount = -BENCH_PRICE, .seq = 1 + i};
        bench_key(key);
        /* Ids that do not grow, as the engine's. */
        nd_random(entry.id.bytes, sizeof(entry.id.bytes));
        nd_random(entry.hash, sizeof(entry.hash));
        entry.account = bench_oid(bench_pick(worker->load, &worker->random));
        entry.after = BENCH_CREDIT - (int64_t)i * BENCH_PRICE;
        bson_t *document = bench_entry_new(&entry);
        bson_uint32_to_string(i, &at, digits, sizeof(digits));
        BSON_APPEND_DOCUMENT(&array, at, document);
        bson_destroy(document);
    }
    bson_append_array_end(command, &array);
}

static bool
insert(bench_worker *worker, void *order, bson_t *reply)
{
    const bson_t *command = order;
    bson_error_t error;
    bson_t in_session = BSON_INITIALIZER;
    if (!mongoc_client_session_append(worker->session, &in_session, &error)) {
        bench_die("limit: %s", error.message);
    }
    bool done = mongoc_client_write_command_with_opts(worker->client, worker->load->place->limit,
                                                      command, &in_session, reply, &error);
    bson_destroy(&in_session);
    return done;
}

int64_t
bench_step_insert(bench_worker *worker)
{
    bson_t command = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&command, "insert", "transactions");
    append_entries(worker, &command);
    BSON_APPEND_BOOL(&command, "bypassDocumentValidation", true);
    bool done = naive_transact(worker, insert, &command);
    bson_destroy(&command);
    return done ? BENCH_BATCH : 0;
}
