/* noemadb_bench [--seconds N] [--rounds N] [--only PART] [--who TEXT] [--json FILE]: measures the
 * library on the server of NOEMA_MONGODB_URI, in databases of its own that it drops. It judges nothing but the
 * books: whether a goal is reached is for the reader. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void
bench_die(const char *format, ...)
{
    va_list arguments;
    (void)fflush(stdout);
    (void)fputs("noemadb_bench: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static void
usage(void)
{
    char names[128];
    bench_parts_list(names, sizeof(names));
    fprintf(
        stderr,
        "usage: noemadb_bench [--seconds N] [--rounds N] [--only PART] [--who TEXT] [--json FILE]\n"
        "seconds: of one measurement, 0.2 to 600 (4); rounds: 1 to %d (2); PART: %s;\n"
        "who: those alone whose name holds TEXT, for a profiler\n",
        BENCH_ROUNDS_MAX, names);
    exit(2);
}

static double
take_number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most)) {
        usage();
    }
    return value;
}

static bench_options
take_options(int count, char **words)
{
    bench_options options = {.seconds = 4, .rounds = 2};
    for (int i = 1; i < count; i += 2) {
        const char *value = i + 1 < count ? words[i + 1] : NULL;
        if (value == NULL) {
            usage();
        } else if (strcmp(words[i], "--seconds") == 0) {
            options.seconds = take_number(value, 0.2, 600);
        } else if (strcmp(words[i], "--rounds") == 0) {
            options.rounds = (int)take_number(value, 1, BENCH_ROUNDS_MAX);
        } else if (strcmp(words[i], "--only") == 0 && bench_parts_know(value)) {
            options.only = value;
        } else if (strcmp(words[i], "--who") == 0) {
            options.who = value;
        } else if (strcmp(words[i], "--json") == 0) {
            options.json = value;
        } else {
            usage();
        }
    }
    return options;
}

int
main(int count, char **words)
{
    const bench_options options = take_options(count, words);
    mongoc_init();
    bench_report *report = bench_report_new(&options);
    bench_parts_run(&options, report);
    bench_report_end(report);
    bench_report_free(report);
    return EXIT_SUCCESS;
}
