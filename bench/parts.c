/* The parts: who is measured against whom, and what the goals are. Contenders take turns, round by
 * round, so that a change of the machine's load meets all of them. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

typedef struct part {
    const char *name;
    void (*run)(const struct part *part, const bench_options *options, bench_report *report);
} part;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
takes_part(const bench_contender *of, const bench_options *options)
{
    return options->who == NULL || strstr(of->name, options->who) != NULL;
}

static void
measure_all(const part *of, const bench_options *options, bench_report *report,
            bench_contender *contenders, size_t count)
{
    bench_place place;
    printf("\n%s\n", of->name);
    (void)fflush(stdout);
    bench_place_open(&place, of->name);
    for (int round = 0; round < options->rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            if (takes_part(&contenders[i], options)) {
                bench_measure(&place, &contenders[i], options, round);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (takes_part(&contenders[i], options)) {
            bench_report_contender(report, of->name, &contenders[i], options->rounds);
        }
    }
    bench_report_place(report, of->name, &place);
    bench_place_close(&place);
}

static double
rate_of(const bench_contender *of, const bench_options *options)
{
    return bench_median(of->rate, options->rounds);
}

static const bench_contender *
fastest(const bench_contender *contenders, size_t count, const bench_options *options)
{
    const bench_contender *best = &contenders[0];
    for (size_t i = 1; i < count; i++) {
        if (rate_of(&contenders[i], options) > rate_of(best, options)) {
            best = &contenders[i];
        }
    }
    return best;
}

static void
compare(bench_report *report, const bench_options *options, const char *what,
        const bench_contender *engine, const bench_contender *other, const char *goal)
{
    bench_report_ratio(report, what, "/s", rate_of(engine, options), other->name,
                       rate_of(other, options), goal);
}

/* ---- the parts ---------------------------------------------------------------------------------------- */

static void
run_uniform(const part *of, const bench_options *options, bench_report *report)
{
    bench_contender all[] = {
        {.name = "engine, 512 in flight", .feed = bench_feed_debit, .width = 512, .engine = true},
        {.name = "insertMany", .step = bench_step_insert, .width = 2},
        {.name = "naive, 1 thread", .step = naive_debit, .width = 1},
        {.name = "naive, 4 threads", .step = naive_debit, .width = 4},
        {.name = "naive, 8 threads", .step = naive_debit, .width = 8},
        {.name = "naive, 16 threads", .step = naive_debit, .width = 16},
        {.name = "naive, 32 threads", .step = naive_debit, .width = 32},
    };
    measure_all(of, options, report, all, COUNT(all));
    compare(report, options, "debits, 10,000 accounts, 512 in flight", &all[0],
            fastest(all + 2, COUNT(all) - 2, options), ">= 12");
    compare(report, options, "share of the server's limit, 10,000 accounts", &all[0], &all[1],
            ">= 0.55");
}

static void
run_hot(const part *of, const bench_options *options, bench_report *report)
{
    bench_contender all[] = {
        {.name = "engine, 256 in flight",
         .feed = bench_feed_debit,
         .width = 256,
         .hot = true,
         .engine = true},
        {.name = "insertMany", .step = bench_step_insert, .width = 2, .hot = true},
        {.name = "naive, 8 threads", .step = naive_debit, .width = 8, .hot = true},
    };
    measure_all(of, options, report, all, COUNT(all));
    compare(report, options, "debits, one hot account, 256 in flight", &all[0], &all[2], ">= 70");
    compare(report, options, "share of the server's limit, hot account", &all[0], &all[1],
            ">= 0.8");
}

static void
run_latency(const part *of, const bench_options *options, bench_report *report)
{
    bench_contender all[] = {
        {.name = "engine, 1 in flight", .step = bench_step_debit, .width = 1, .engine = true},
        {.name = "naive, 1 thread", .step = naive_debit, .width = 1},
        {.name = "engine, strangers",
         .step = bench_step_debit,
         .width = 1,
         .engine = true,
         .reads = true},
    };
    measure_all(of, options, report, all, COUNT(all));
    const double *engine[] = {all[0].p50, all[0].p90, all[0].p99, all[2].p50};
    const double *naive[] = {all[1].p50, all[1].p90, all[1].p99, all[1].p50};
    const char *const names[] = {"p50 of a debit, 1 in flight", "p90", "p99",
                                 "p50, on accounts that were not seen before"};
    for (size_t i = 0; i < COUNT(names); i++) {
        bench_report_ratio(report, names[i], "us", bench_median(engine[i], options->rounds),
                           all[1].name, bench_median(naive[i], options->rounds),
                           i == 0 ? "<= 1.1" : "");
    }
}

static void
run_apply(const part *of, const bench_options *options, bench_report *report)
{
    bench_contender all[] = {
        {.name = "engine, apply of 256",  .step = bench_step_apply, .width = 1,   .engine = true},
        {.name = "engine, 256 in flight", .feed = bench_feed_debit, .width = 256, .engine = true},
    };
    measure_all(of, options, report, all, COUNT(all));
    compare(report, options, "noema_economy_apply of 256, one thread", &all[0], &all[1], ">= 0.9");
}

static void
run_runs(const part *of, const bench_options *options, bench_report *report)
{
    bench_contender all[] = {
        {.name = "engine, 512 in flight", .feed = bench_feed_run, .width = 512, .engine = true},
        {.name = "naive, 1 thread", .step = naive_run, .width = 1},
        {.name = "naive, 4 threads", .step = naive_run, .width = 4},
        {.name = "naive, 8 threads", .step = naive_run, .width = 8},
        {.name = "naive, 16 threads", .step = naive_run, .width = 16},
        {.name = "naive, 32 threads", .step = naive_run, .width = 32},
    };
    measure_all(of, options, report, all, COUNT(all));
    compare(report, options, "start + settle of a paid run, 512 in flight", &all[0],
            fastest(all + 1, COUNT(all) - 1, options), ">= 8");
}

static const part parts[] = {
    {"uniform", run_uniform},
    {"hot",     run_hot    },
    {"latency", run_latency},
    {"apply",   run_apply  },
    {"runs",    run_runs   },
};

void
bench_parts_run(const bench_options *options, bench_report *report)
{
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (options->only == NULL || strcmp(options->only, parts[i].name) == 0) {
            parts[i].run(&parts[i], options, report);
        }
    }
}

bool
bench_parts_know(const char *name)
{
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (strcmp(name, parts[i].name) == 0) {
            return true;
        }
    }
    return false;
}

void
bench_parts_list(char *names, size_t size)
{
    size_t length = 0;
    names[0] = '\0';
    for (size_t i = 0; i < COUNT(parts) && length < size; i++) {
        length += (size_t)snprintf(names + length, size - length, "%s%s", i > 0 ? " | " : "",
                                   parts[i].name);
    }
}
