/* What is printed and written: the machine, the figures of each contender, the table of ratios. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "core/memory.h"

enum { LINES_MAX = 32 };

typedef struct line {
    char what[64];
    const char *unit;
    const char *against;
    const char *goal;
    double engine;
    double other;
} line;

struct bench_report {
    const bench_options *options;
    nd_json *root;
    nd_json *contenders;
    nd_json *ratios;
    nd_json *sizes;
    line lines[LINES_MAX];
    size_t count;
};

/* ---- the machine ------------------------------------------------------------------------------------ */

static nd_json *
load_now(double *one)
{
    double loads[3] = {0};
    nd_json *json = nd_json_new_array();
    int count = getloadavg(loads, 3);
    for (int i = 0; i < count; i++) {
        nd_json_push(json, nd_json_new_real(loads[i]));
    }
    *one = loads[0];
    return json;
}

static void
read_version(char *version, size_t size)
{
    bson_t reply;
    bson_iter_t at;
    bson_error_t ignored;
    const char *uri = getenv("NOEMA_MONGODB_URI");
    mongoc_client_t *client = uri == NULL ? NULL : mongoc_client_new(uri);
    (void)snprintf(version, size, "?");
    if (client == NULL) {
        return;
    }
    bson_t *command = BCON_NEW("buildInfo", BCON_INT32(1));
    bool done = mongoc_client_command_simple(client, "admin", command, NULL, &reply, &ignored);
    if (done && bson_iter_init_find(&at, &reply, "version") && BSON_ITER_HOLDS_UTF8(&at)) {
        (void)snprintf(version, size, "%s", bson_iter_utf8(&at, NULL));
    }
    bson_destroy(command);
    bson_destroy(&reply);
    mongoc_client_destroy(client);
}

bench_report *
bench_report_new(const bench_options *options)
{
    bench_report *report = nd_new(sizeof(*report));
    char version[32];
    double load;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    report->options = options;
    report->root = nd_json_new_object();
    report->contenders = nd_json_new_array();
    report->ratios = nd_json_new_array();
    report->sizes = nd_json_new_object();
    read_version(version, sizeof(version));
    nd_json_put_text(report->root, "library", noema_version());
    nd_json_put_text(report->root, "server", version);
    nd_json_put_integer(report->root, "cores", cores);
    nd_json_put(report->root, "seconds", nd_json_new_real(options->seconds));
    nd_json_put_integer(report->root, "rounds", options->rounds);
    nd_json_put(report->root, "loadAtStart", load_now(&load));
    printf("mongod %s, noemadb %s, %ld cores, load %.2f\n", version, noema_version(), cores, load);
    printf("%d rounds of %.1f s each; medians\n", options->rounds, options->seconds);
    return report;
}

void
bench_report_free(bench_report *report)
{
    nd_json_free(report->root);
    nd_delete(report);
}

/* ---- contenders --------------------------------------------------------------------------------- */

static nd_json *
numbers(const double *values, int count)
{
    nd_json *json = nd_json_new_array();
    for (int i = 0; i < count; i++) {
        nd_json_push(json, nd_json_new_real(values[i]));
    }
    return json;
}

static void
put_latency(nd_json *json, const bench_contender *of, int rounds)
{
    nd_json_put(json, "p50Us", nd_json_new_real(bench_median(of->p50, rounds)));
    nd_json_put(json, "p90Us", nd_json_new_real(bench_median(of->p90, rounds)));
    nd_json_put(json, "p99Us", nd_json_new_real(bench_median(of->p99, rounds)));
}

static void
print_contender(const bench_contender *of, int rounds)
{
    printf("  %-22s %9.0f/s  client %5.1f us, server %6.1f us", of->name,
           bench_median(of->rate, rounds), bench_median(of->client_us, rounds),
           bench_median(of->server_us, rounds));
    if (of->batch > 0) {
        printf("  %.0f a batch", of->batch);
    }
    if (bench_median(of->p50, rounds) > 0) {
        printf("  p50 %.0f p90 %.0f p99 %.0f us", bench_median(of->p50, rounds),
               bench_median(of->p90, rounds), bench_median(of->p99, rounds));
    }
    printf("\n");
    (void)fflush(stdout);
}

void
bench_report_contender(bench_report *report, const char *part, const bench_contender *of,
                       int rounds)
{
    nd_json *json = nd_json_new_object();
    nd_json_put_text(json, "part", part);
    nd_json_put_text(json, "name", of->name);
    nd_json_put_integer(json, of->feed != NULL ? "inFlight" : "threads", of->width);
    nd_json_put(json, "perSecond", nd_json_new_real(bench_median(of->rate, rounds)));
    nd_json_put(json, "rounds", numbers(of->rate, rounds));
    nd_json_put(json, "clientUs", nd_json_new_real(bench_median(of->client_us, rounds)));
    nd_json_put(json, "serverUs", nd_json_new_real(bench_median(of->server_us, rounds)));
    if (of->batch > 0) {
        nd_json_put(json, "batch", nd_json_new_real(of->batch));
    }
    if (bench_median(of->p50, rounds) > 0) {
        put_latency(json, of, rounds);
    }
    nd_json_push(report->contenders, json);
    print_contender(of, rounds);
}

void
bench_report_place(bench_report *report, const char *part, const bench_place *place)
{
    uint32_t engine = bench_entry_size(place, place->engine);
    uint32_t naive = bench_entry_size(place, place->naive);
    if (engine > 0 && naive > 0) {
        printf("  an entry is %u bytes, the naive program's %u\n", engine, naive);
        nd_json *sizes = nd_json_new_object();
        nd_json_put_integer(sizes, "engine", engine);
        nd_json_put_integer(sizes, "naive", naive);
        nd_json_put(report->sizes, part, sizes);
    }
}

/* ---- ratios ---------------------------------------------------------------------------------------- */

void
bench_report_ratio(bench_report *report, const char *what, const char *unit, double engine,
                   const char *against, double other, const char *goal)
{
    if (engine <= 0 || other <= 0) {
        return; /* one of the two did not take part */
    }
    if (report->count == LINES_MAX) {
        bench_die("the table has no room for %s", what);
    }
    line *next = &report->lines[report->count++];
    (void)snprintf(next->what, sizeof(next->what), "%s", what);
    next->unit = unit;
    next->against = against;
    next->goal = goal;
    next->engine = engine;
    next->other = other;
    nd_json *json = nd_json_new_object();
    nd_json_put_text(json, "what", what);
    nd_json_put_text(json, "unit", unit);
    nd_json_put(json, "engine", nd_json_new_real(engine));
    nd_json_put_text(json, "against", against);
    nd_json_put(json, "other", nd_json_new_real(other));
    nd_json_put(json, "ratio", nd_json_new_real(engine / other));
    nd_json_put_text(json, "goal", goal);
    nd_json_push(report->ratios, json);
}

static void
write_json(const bench_report *report)
{
    char *text = nd_json_text(report->root);
    FILE *file = fopen(report->options->json, "w");
    bool written = file != NULL && fputs(text, file) >= 0 && fputc('\n', file) != EOF;
    if (file == NULL || fclose(file) != 0 || !written) {
        bench_die("%s can't be written", report->options->json);
    }
    nd_delete(text);
}

void
bench_report_end(bench_report *report)
{
    double load;
    printf("\n%-44s %11s   %-20s %11s %7s  %s\n", "what", "engine", "against", "", "ratio", "goal");
    for (size_t i = 0; i < report->count; i++) {
        const line *at = &report->lines[i];
        printf("%-44s %9.0f%-2s   %-20s %9.0f%-2s %7.2f  %s\n", at->what, at->engine, at->unit,
               at->against, at->other, at->unit, at->engine / at->other, at->goal);
    }
    nd_json_put(report->root, "loadAtEnd", load_now(&load));
    printf("load at the end %.2f\n", load);
    nd_json_put(report->root, "contenders", report->contenders);
    nd_json_put(report->root, "ratios", report->ratios);
    nd_json_put(report->root, "entryBytes", report->sizes);
    if (report->options->json != NULL) {
        write_json(report);
    }
}
