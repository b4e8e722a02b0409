/* One measurement: a load is begun, warmed up, counted over a fixed time, and ended; then the books
 * of an engine's load must add up. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "api/db.h"
#include "bench.h"
#include "core/clock.h"
#include "core/memory.h"

enum { WARM_UP_MS = 700 };

typedef struct reading {
    int64_t at_us;
    int64_t done;
    int64_t client_us;
    int64_t server_us;
    int64_t batches;
    int64_t commands;
} reading;

/* ---- reading -------------------------------------------------------------------------------------- */

static int64_t
cpu_of_client(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static int64_t
number_at(const bson_t *document, const char *path)
{
    bson_iter_t at;
    bson_iter_t value;
    bool found = bson_iter_init(&at, document) && bson_iter_find_descendant(&at, path, &value);
    return found ? bson_iter_as_int64(&value) : 0;
}

/* 0 where the server does not say. */
static int64_t
cpu_of_server(const bench_place *place)
{
    bson_t reply;
    bson_error_t ignored;
    mongoc_client_t *client = mongoc_client_pool_pop(place->clients);
    bson_t *command = BCON_NEW("serverStatus", BCON_INT32(1));
    (void)mongoc_client_command_simple(client, "admin", command, NULL, &reply, &ignored);
    int64_t used = number_at(&reply, "extra_info.user_time_us") +
                   number_at(&reply, "extra_info.system_time_us");
    bson_destroy(command);
    bson_destroy(&reply);
    mongoc_client_pool_push(place->clients, client);
    return used;
}

static reading
read_now(const bench_place *place, const bench_tally *tally)
{
    const nd_metrics *metrics = place->db->metrics;
    reading now = {.server_us = cpu_of_server(place),
                   .client_us = cpu_of_client(),
                   .batches = nd_metrics_get(metrics, ND_METRIC_BATCHES),
                   .commands = nd_metrics_get(metrics, ND_METRIC_BATCH_COMMANDS)};
    now.done = tally->done;
    now.at_us = nd_monotonic_us();
    return now;
}

/* ---- judging -------------------------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double
bench_median(const double *values, int count)
{
    double sorted[BENCH_ROUNDS_MAX];
    if (count == 0) {
        return 0;
    }
    memcpy(sorted, values, (size_t)count * sizeof(sorted[0]));
    qsort(sorted, (size_t)count, sizeof(sorted[0]), compare);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static int
compare_us(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double
percentile(const bench_samples *samples, double share)
{
    if (samples->count == 0) {
        return 0;
    }
    size_t at = (size_t)(share * (double)(samples->count - 1));
    return (double)samples->us[at];
}

static void
note_result(bench_contender *of, int round, const reading *from, const reading *to,
            bench_samples *samples)
{
    double done = fmax((double)(to->done - from->done), 1);
    of->rate[round] = done * 1e6 / (double)(to->at_us - from->at_us);
    of->client_us[round] = (double)(to->client_us - from->client_us) / done;
    of->server_us[round] = (double)(to->server_us - from->server_us) / done;
    if (of->engine && to->batches > from->batches) {
        of->batch = (double)(to->commands - from->commands) / (double)(to->batches - from->batches);
    }
    if (samples->count > 0) {
        qsort(samples->us, samples->count, sizeof(samples->us[0]), compare_us);
    }
    of->p50[round] = percentile(samples, 0.50);
    of->p90[round] = percentile(samples, 0.90);
    of->p99[round] = percentile(samples, 0.99);
}

/* What the callbacks counted is what left the balances, with an entry each, and nothing on hold. */
static void
check_books(const bench_contender *of, const bench_books *before, const bench_books *after,
            const bench_tally *tally)
{
    int64_t drop = before->credit - after->credit;
    int64_t entries = after->entries - before->entries;
    if (drop != tally->spent || entries != tally->done || after->held != 0) {
        bench_die("%s: THE BOOKS ARE WRONG: the receipts say %" PRId64 " nano-USD in %" PRId64
                  " operations, the balances fell by %" PRId64 " with %" PRId64
                  " entries, held %" PRId64,
                  of->name, tally->spent, tally->done, drop, entries, after->held);
    }
}

void
bench_measure(const bench_place *place, bench_contender *contender, const bench_options *options,
              int round)
{
    bench_tally tally = {0};
    bench_books before = {0};
    bench_books after = {0};
    const bench_load load = {place, contender, &tally};
    if (contender->engine) {
        bench_books_read(place, &before);
    }
    nd_engine_set_memory(place->db->engine, !contender->reads);
    void *running = contender->feed != NULL ? bench_flight_begin(&load) : bench_crowd_begin(&load);
    nd_sleep_ms(WARM_UP_MS);
    tally.sampling = true;
    reading from = read_now(place, &tally);
    nd_sleep_ms((int64_t)(options->seconds * 1000));
    reading to = read_now(place, &tally);
    tally.stop = true;
    if (contender->feed != NULL) {
        bench_flight_end(running);
    } else {
        bench_crowd_end(running);
    }
    if (tally.failed > 0) {
        bench_die("%s: %" PRId64 " operations failed; the first: %s", contender->name, tally.failed,
                  tally.trouble);
    }
    if (contender->engine) {
        bench_books_read(place, &after);
        check_books(contender, &before, &after, &tally);
    }
    note_result(contender, round, &from, &to, &tally.samples);
    nd_delete(tally.samples.us);
}
