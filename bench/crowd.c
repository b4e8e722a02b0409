/* Threads that repeat one step until they are told to stop. */
#include <string.h>

#include "async/async.h"
#include "bench.h"
#include "core/clock.h"
#include "core/memory.h"

typedef struct crowd {
    uint32_t count;
    bench_worker workers[];
} crowd;

uint64_t
bench_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

nd_id
bench_pick(const bench_load *load, uint64_t *random)
{
    uint64_t index = load->contender->hot ? 0 : (bench_random(random) >> 33) % BENCH_ACCOUNTS;
    return bench_account((uint32_t)index);
}

void
bench_fail(bench_tally *tally, const char *why)
{
    if (tally->failed++ == 0) {
        (void)strncat(tally->trouble, why, sizeof(tally->trouble) - 1);
    }
}

static void
note_sample(bench_samples *samples, int64_t us)
{
    if (samples->count == samples->room) {
        samples->room = samples->room == 0 ? 1024 : samples->room * 2;
        samples->us = nd_resize(samples->us, samples->room * sizeof(*samples->us));
    }
    samples->us[samples->count++] = us;
}

static void *
work(void *argument)
{
    bench_worker *worker = argument;
    bench_tally *tally = worker->load->tally;
    const bool alone = worker->load->contender->width == 1;
    while (!tally->stop) {
        int64_t began = nd_monotonic_us();
        int64_t done = worker->load->contender->step(worker);
        if (alone && tally->sampling) {
            note_sample(&tally->samples, nd_monotonic_us() - began);
        }
        if (done == 0) {
            bench_fail(tally, "a step did not succeed");
        }
        tally->done += done;
    }
    return NULL;
}

static mongoc_transaction_opt_t *
transaction_new(void)
{
    mongoc_transaction_opt_t *made = mongoc_transaction_opts_new();
    mongoc_read_concern_t *snapshot = mongoc_read_concern_new();
    mongoc_write_concern_t *durable = mongoc_write_concern_new();
    (void)mongoc_read_concern_set_level(snapshot, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_write_concern_set_wmajority(durable, 10000);
    mongoc_write_concern_set_journal(durable, true);
    mongoc_transaction_opts_set_read_concern(made, snapshot);
    mongoc_transaction_opts_set_write_concern(made, durable);
    mongoc_write_concern_destroy(durable);
    mongoc_read_concern_destroy(snapshot);
    return made;
}

static void
hire(bench_worker *worker, const bench_load *load, uint32_t index)
{
    bson_error_t error;
    const char *database = load->place->naive;
    worker->load = load;
    worker->random = UINT64_C(88172645463325252) + index * UINT64_C(7919);
    worker->client = mongoc_client_pool_pop(load->place->clients);
    worker->session = mongoc_client_start_session(worker->client, NULL, &error);
    if (worker->session == NULL) {
        bench_die("no session: %s", error.message);
    }
    worker->transaction = transaction_new();
    worker->economy = mongoc_client_get_collection(worker->client, database, "userEconomy");
    worker->entries = mongoc_client_get_collection(worker->client, database, "transactions");
    worker->runs = mongoc_client_get_collection(worker->client, database, "workflowExecutions");
    if (!nd_thread_start(&worker->thread, "bench-crowd", work, worker)) {
        bench_die("the system has no more threads");
    }
}

static void
dismiss(bench_worker *worker)
{
    pthread_join(worker->thread, NULL);
    mongoc_collection_destroy(worker->runs);
    mongoc_collection_destroy(worker->entries);
    mongoc_collection_destroy(worker->economy);
    mongoc_transaction_opts_destroy(worker->transaction);
    mongoc_client_session_destroy(worker->session);
    mongoc_client_pool_push(worker->load->place->clients, worker->client);
}

void *
bench_crowd_begin(const bench_load *load)
{
    uint32_t count = load->contender->width;
    crowd *made = nd_new(sizeof(*made) + count * sizeof(made->workers[0]));
    made->count = count;
    for (uint32_t i = 0; i < count; i++) {
        hire(&made->workers[i], load, i);
    }
    return made;
}

void
bench_crowd_end(void *ended)
{
    crowd *all = ended;
    for (uint32_t i = 0; i < all->count; i++) {
        dismiss(&all->workers[i]);
    }
    nd_delete(all);
}
