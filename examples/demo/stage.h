/* What the demo stands on: figures for people, chance from a seed, messages that come several times at
 * once, and many threads with one line of progress. Nothing of this needs to be known to use the
 * library, except ask_again(). Included by demo.c alone. */
#ifndef DEMO_STAGE_H
#define DEMO_STAGE_H

#include <noemadb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    uint32_t accounts, runs, threads, seed;
} plan = {200, 4000, 8, 1};
static atomic_int trouble; /* things that must not happen */
static atomic_long asked_again;

/* ---- words and figures -------------------------------------------------------------------------- */

typedef struct text {
    char s[48];
} text;

/* With six decimals, or as many as it has. */
static text
usd(noema_money amount)
{
    text made;
    size_t length = noema_money_format(amount, made.s, sizeof made.s);
    const char *point = strchr(made.s, '.');
    size_t decimals = point == NULL ? 0 : length - (size_t)(point - made.s) - 1;
    if (decimals < 6) {
        snprintf(made.s + length, sizeof made.s - length, "%s%.*s", point == NULL ? "." : "",
                 (int)(6 - decimals), "000000");
    }
    return made;
}

static text
number(int64_t value)
{
    text made = {""};
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)value);
    for (int i = 0, at = 0; i < length; i++) {
        bool gap = i > 0 && (length - i) % 3 == 0;
        at += snprintf(made.s + at, sizeof made.s - (size_t)at, gap ? ",%c" : "%c", digits[i]);
    }
    return made;
}

/* The first is enough to know what to look for. */
static void
complain(const char *what, const char *detail)
{
    if (trouble++ == 0) {
        fflush(stdout);
        fprintf(stderr, "\ndemo: %s: %s\n", what, detail);
    }
}

static void
complain_of(const char *what, const noema_error *error)
{
    char detail[sizeof error->message + 32];
    snprintf(detail, sizeof detail, "%s: %s", noema_status_name(error->status), error->message);
    complain(what, detail);
}

__attribute__((format(printf, 3, 4))) static void
check(bool fine, const char *what, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("  %-3s  %-44s ", fine ? "yes" : "NO", what);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    trouble += fine ? 0 : 1;
}

static void *
allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        perror("demo");
        exit(1);
    }
    return memory;
}

static void
start_thread(pthread_t *thread, void *(*run)(void *), void *argument)
{
    if (pthread_create(thread, NULL, run, argument) != 0) {
        perror("demo");
        exit(1);
    }
}

/* ---- time ----------------------------------------------------------------------------------------- */

static int64_t
now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void
nap(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* How long each call took. */
typedef struct samples {
    int64_t *us;
    size_t room;
    atomic_size_t count;
} samples;

static void
note(samples *of, int64_t began_us)
{
    size_t at = atomic_fetch_add(&of->count, 1);
    if (at < of->room) {
        of->us[at] = now_us() - began_us;
    }
}

static int
compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* In milliseconds; part 0.5 is the median. */
static double
quantile(samples *of, double part)
{
    size_t count = of->count < of->room ? of->count : of->room;
    if (count == 0) {
        return 0;
    }
    qsort(of->us, count, sizeof *of->us, compare);
    return (double)of->us[(size_t)(part * (double)(count - 1))] / 1000;
}

/* ---- chance: the same seed asks for the same things ---------------------------------------------- */

static uint64_t
dice(uint64_t what, uint64_t which)
{
    uint64_t z = plan.seed + (what << 56) + (which + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool
happens(uint32_t percent, uint64_t what, uint64_t which)
{
    return dice(what, which) % 100 < percent;
}

/* ---- what comes several times comes at the same time -------------------------------------------- */

typedef struct delivery delivery;
typedef void deliver_one(delivery *one);
struct delivery {
    deliver_one *handle;
    size_t at;     /* which person, or which message */
    noema_id made; /* the account, entry or run that it led to */
    bool repeat;   /* made by somebody else, or before */
    noema_receipt receipt;
    noema_run run;
    noema_status status;
    noema_error error;
    int tries;
};

/* What an adapter does after UNAVAILABLE, TIMEOUT, BUSY and OUTCOME_UNKNOWN: the same again, with the
   same key. */
static bool
ask_again(delivery *one)
{
    if ((one->error.flags & NOEMA_RETRYABLE) == 0 || one->tries == 100) {
        return false;
    }
    one->tries++;
    asked_again++;
    nap(one->error.retry_after_ms > 100 ? one->error.retry_after_ms : 100);
    return true;
}

/* The copy that made it, or else one that heard of it, or else a refused one. */
static const delivery *
choose(const delivery *copies, int times)
{
    const delivery *best = &copies[0];
    for (int i = 1; i < times; i++) {
        bool done = copies[i].status == NOEMA_OK;
        if (done && (best->status != NOEMA_OK || !copies[i].repeat)) {
            best = &copies[i];
        }
    }
    return best;
}

/* One copy at most may have made it, and all must speak of the same. Lack of credit alone is no
   trouble. Counts the repeats that changed nothing. */
static void
judge(const delivery *copies, int times, const delivery *best, atomic_long *absorbed)
{
    int made = 0;
    for (int i = 0; i < times; i++) {
        const delivery *one = &copies[i];
        if (one->status == NOEMA_OK) {
            made += one->repeat ? 0 : 1;
            *absorbed += one->repeat ? 1 : 0;
            if (strcmp(one->made.text, best->made.text) != 0) {
                complain("two results for one message", one->made.text);
            }
        } else if (one->status != NOEMA_INSUFFICIENT_FUNDS) {
            complain_of("a delivery failed", &one->error);
        }
    }
    if (made > 1) {
        complain("one message was done twice", best->made.text);
    }
}

static void *
handle(void *one)
{
    ((delivery *)one)->handle(one);
    return NULL;
}

static delivery
deliver(deliver_one *how, size_t at, int times, atomic_long *absorbed)
{
    delivery copies[3];
    pthread_t threads[3];
    for (int i = 0; i < times; i++) {
        copies[i] = (delivery){.handle = how, .at = at};
        if (i > 0) {
            start_thread(&threads[i], handle, &copies[i]);
        }
    }
    handle(&copies[0]);
    for (int i = 1; i < times; i++) {
        pthread_join(threads[i], NULL);
    }
    const delivery *best = choose(copies, times);
    judge(copies, times, best, absorbed);
    return *best;
}

/* ---- many threads, one line of progress ---------------------------------------------------------- */

typedef struct phase {
    const char *name;
    size_t count, group;
    void (*step)(size_t from, size_t to);
    atomic_size_t next, done;
} phase;

static void *
work(void *argument)
{
    phase *of = argument;
    size_t from;
    while (trouble == 0 && (from = atomic_fetch_add(&of->next, of->group)) < of->count) {
        size_t to = from + of->group < of->count ? from + of->group : of->count;
        of->step(from, to);
        of->done += to - from;
    }
    return NULL;
}

static bool
is_terminal(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDOUT_FILENO) && kind != NULL && strcmp(kind, "dumb") != 0;
}

/* On a terminal one line, written over and over; elsewhere a line a quarter. */
static void
show_progress(const phase *of, size_t done, double seconds, size_t *told)
{
    char bar[31] = "..............................";
    size_t quarter = done * 4 / of->count;
    if (is_terminal()) {
        memset(bar, '#', (sizeof bar - 1) * done / of->count);
        printf("\r\033[K%-10s [%s] %s of %s, %s a second", of->name, bar, number((int64_t)done).s,
               number((int64_t)of->count).s, number((int64_t)((double)done / seconds)).s);
    } else if (of->count >= 1000 && quarter > *told && quarter < 4) {
        printf("%-10s %s of %s\n", of->name, number((int64_t)done).s, number((int64_t)of->count).s);
    }
    *told = quarter;
    fflush(stdout);
}

/* Steps from 0 to count, a group at a time, over all threads; watch, if any, looks on meanwhile.
   Returns how many seconds it took. */
static double
run_phase(phase of, void (*watch)(void))
{
    size_t told = 0;
    pthread_t *threads = allocate(plan.threads, sizeof *threads);
    int64_t began = now_us();
    for (uint32_t i = 0; i < plan.threads; i++) {
        start_thread(&threads[i], work, &of);
    }
    while (of.done < of.count && trouble == 0) {
        nap(50);
        double seconds = (double)(now_us() - began) / 1e6;
        if (seconds > 0.3) {
            show_progress(&of, of.done, seconds, &told);
        }
        if (watch != NULL) {
            watch();
        }
    }
    for (uint32_t i = 0; i < plan.threads; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    double seconds = (double)(now_us() - began) / 1e6;
    printf("%s", is_terminal() ? "\r\033[K" : "");
    return seconds;
}

#endif
