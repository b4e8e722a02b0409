/* Metrics: counters that any thread adds to without a lock; the lock guards only the first sight
 * of an operation's name. */
#include "core/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/memory.h"

enum { OPERATIONS_MAX = 128, SLOTS = 256, STATUSES = 22 };

typedef struct operation {
    _Atomic(const char *) name; /* NULL: a free slot */
    _Atomic int64_t by_status[STATUSES];
    _Atomic int64_t sum_us, last_us;
    _Atomic noema_status last_error;
} operation;

struct nd_metrics {
    _Atomic int64_t values[ND_METRIC_COUNT];
    pthread_mutex_t lock;
    int count;
    operation operations[SLOTS]; /* open addressing by name */
};

typedef struct metric_row {
    const char *name;
    const char *kind;
    const char *help;
} metric_row;

static const metric_row rows[] = {
#define ROW(symbol, name, kind, help) {name, kind, help},
    ND_METRICS(ROW)
#undef ROW
};

nd_metrics *
nd_metrics_new(void)
{
    nd_metrics *metrics = nd_new(sizeof *metrics);
    if (pthread_mutex_init(&metrics->lock, NULL) != 0) {
        abort();
    }
    return metrics;
}

void
nd_metrics_free(nd_metrics *metrics)
{
    if (metrics != NULL) {
        (void)pthread_mutex_destroy(&metrics->lock);
        nd_delete(metrics);
    }
}

void
nd_metrics_add(nd_metrics *metrics, nd_metric metric, int64_t by)
{
    atomic_fetch_add_explicit(&metrics->values[metric], by, memory_order_relaxed);
}

void
nd_metrics_set(nd_metrics *metrics, nd_metric metric, int64_t to)
{
    atomic_store_explicit(&metrics->values[metric], to, memory_order_relaxed);
}

int64_t
nd_metrics_get(const nd_metrics *metrics, nd_metric metric)
{
    return atomic_load_explicit(&metrics->values[metric], memory_order_relaxed);
}

/* The slot of name, or the free one where it belongs; there is always one. */
static operation *
slot_of(nd_metrics *metrics, const char *name)
{
    uint32_t at = 2166136261U;
    for (const char *c = name; *c != '\0'; c++) {
        at = (at ^ (uint8_t)*c) * 16777619U;
    }
    for (;; at++) {
        operation *slot = &metrics->operations[at % SLOTS];
        const char *there = atomic_load(&slot->name);
        if (there == NULL || there == name || strcmp(there, name) == 0) {
            return slot;
        }
    }
}

/* NULL: there are too many names. */
static operation *
find_operation(nd_metrics *metrics, const char *name)
{
    operation *found = slot_of(metrics, name);
    if (atomic_load(&found->name) != NULL) {
        return found;
    }
    (void)pthread_mutex_lock(&metrics->lock);
    found = slot_of(metrics, name);
    if (atomic_load(&found->name) == NULL) {
        if (metrics->count < OPERATIONS_MAX) {
            metrics->count++;
            atomic_store(&found->name, name);
        } else {
            found = NULL;
        }
    }
    (void)pthread_mutex_unlock(&metrics->lock);
    return found;
}

void
nd_metrics_operation(nd_metrics *metrics, const char *name, int64_t duration_us,
                     noema_status status)
{
    operation *of = find_operation(metrics, name);
    if (of == NULL) {
        return;
    }
    if (status > 0 || status <= -STATUSES) {
        status = NOEMA_INTERNAL;
    }
    atomic_fetch_add_explicit(&of->by_status[-status], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&of->sum_us, duration_us, memory_order_relaxed);
    atomic_store_explicit(&of->last_us, duration_us, memory_order_relaxed);
    if (status != NOEMA_OK) {
        atomic_store_explicit(&of->last_error, status, memory_order_relaxed);
    }
}

/* The operations seen so far in the order of their names; returns how many. */
static size_t
list_operations(const nd_metrics *metrics, const operation *list[OPERATIONS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS && count < OPERATIONS_MAX; i++) {
        const operation *of = &metrics->operations[i];
        const char *name = atomic_load(&of->name);
        if (name == NULL) {
            continue;
        }
        size_t at = count++;
        for (; at > 0 && strcmp(atomic_load(&list[at - 1]->name), name) > 0; at--) {
            list[at] = list[at - 1];
        }
        list[at] = of;
    }
    return count;
}

static int64_t
count_of(const operation *of, int first_status)
{
    int64_t sum = 0;
    for (int i = first_status; i < STATUSES; i++) {
        sum += atomic_load(&of->by_status[i]);
    }
    return sum;
}

static nd_json *
operation_json(const operation *of)
{
    nd_json *json = nd_json_new_object();
    nd_json *statuses = nd_json_new_object();
    nd_json_put_integer(json, "count", count_of(of, 0));
    nd_json_put_integer(json, "errors", count_of(of, 1));
    nd_json_put_integer(json, "sumUs", atomic_load(&of->sum_us));
    nd_json_put_integer(json, "lastUs", atomic_load(&of->last_us));
    noema_status last = atomic_load(&of->last_error);
    if (last != NOEMA_OK) {
        nd_json_put_text(json, "lastError", nd_status_name(last));
    }
    for (int i = 0; i < STATUSES; i++) {
        int64_t count = atomic_load(&of->by_status[i]);
        if (count > 0) {
            nd_json_put_integer(statuses, nd_status_name(-i), count);
        }
    }
    nd_json_put(json, "statuses", statuses);
    return json;
}

char *
nd_metrics_json(const nd_metrics *metrics)
{
    const operation *list[OPERATIONS_MAX];
    nd_json *root = nd_json_new_object();
    nd_json *operations = nd_json_new_object();
    for (int i = 0; i < ND_METRIC_COUNT; i++) {
        nd_json_put_integer(root, rows[i].name, nd_metrics_get(metrics, (nd_metric)i));
    }
    size_t count = list_operations(metrics, list);
    for (size_t i = 0; i < count; i++) {
        nd_json_put(operations, atomic_load(&list[i]->name), operation_json(list[i]));
    }
    nd_json_put(root, "operations", operations);
    char *text = nd_json_text(root);
    nd_json_free(root);
    return text;
}

typedef struct page {
    char *text;
    size_t length;
    size_t size;
} page;

ND_FORMAT(2, 3) static void
append(page *to, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t length = printed > 0 ? (size_t)printed : 0;
    length = length < sizeof line ? length : sizeof line - 1;
    if (to->length + length + 1 > to->size) {
        to->size = (to->size + length + 1) * 2;
        to->text = nd_resize(to->text, to->size);
    }
    memcpy(to->text + to->length, line, length + 1);
    to->length += length;
}

static void
append_values(page *to, const nd_metrics *metrics)
{
    for (int i = 0; i < ND_METRIC_COUNT; i++) {
        const char *tail = strcmp(rows[i].kind, "counter") == 0 ? "_total" : "";
        append(to, "# HELP noemadb_%s%s %s\n", rows[i].name, tail, rows[i].help);
        append(to, "# TYPE noemadb_%s%s %s\n", rows[i].name, tail, rows[i].kind);
        append(to, "noemadb_%s%s %" PRId64 "\n", rows[i].name, tail,
               nd_metrics_get(metrics, (nd_metric)i));
    }
}

static void
append_counts(page *to, const operation *of)
{
    for (int i = 0; i < STATUSES; i++) {
        int64_t count = atomic_load(&of->by_status[i]);
        if (count > 0) {
            append(to, "noemadb_operations_total{op=\"%s\",status=\"%s\"} %" PRId64 "\n",
                   atomic_load(&of->name), nd_status_name(-i), count);
        }
    }
}

static void
append_seconds(page *to, const operation *of)
{
    const char *name = atomic_load(&of->name);
    int64_t us = atomic_load(&of->sum_us);
    append(to, "noemadb_operation_seconds_sum{op=\"%s\"} %" PRId64 ".%06" PRId64 "\n", name,
           us / 1000000, us % 1000000);
    append(to, "noemadb_operation_seconds_count{op=\"%s\"} %" PRId64 "\n", name, count_of(of, 0));
}

char *
nd_metrics_prometheus(const nd_metrics *metrics)
{
    const operation *list[OPERATIONS_MAX];
    page to = {0};
    size_t count = list_operations(metrics, list);
    append_values(&to, metrics);
    append(&to, "# HELP noemadb_operations_total Operations ended, by status.\n"
                "# TYPE noemadb_operations_total counter\n");
    for (size_t i = 0; i < count; i++) {
        append_counts(&to, list[i]);
    }
    append(&to, "# HELP noemadb_operation_seconds Time that operations took.\n"
                "# TYPE noemadb_operation_seconds summary\n");
    for (size_t i = 0; i < count; i++) {
        append_seconds(&to, list[i]);
    }
    return to.text;
}
