/* Metrics: counted from many threads, read as JSON and as Prometheus text. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/memory.h"
#include "core/metrics.h"

static nd_json *
read_json(const nd_metrics *metrics)
{
    nd_json *root = NULL;
    char *text = nd_metrics_json(metrics);
    assert_int_equal(nd_json_parse(text, "metrics", 1000000, 9, true, &root, NULL), NOEMA_OK);
    nd_delete(text);
    return root;
}

static void
assert_line(const nd_metrics *metrics, const char *line)
{
    char *text = nd_metrics_prometheus(metrics);
    const char *found = strstr(text, line);
    if (found == NULL || (found != text && found[-1] != '\n') || found[strlen(line)] != '\n') {
        fail_msg("no line \"%s\" in:\n%s", line, text);
    }
    nd_delete(text);
}

static void
counters_begin_at_zero_and_add_up(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    for (int i = 0; i < ND_METRIC_COUNT; i++) {
        assert_int_equal(nd_metrics_get(metrics, (nd_metric)i), 0);
    }
    nd_metrics_add(metrics, ND_METRIC_BATCHES, 2);
    nd_metrics_add(metrics, ND_METRIC_BATCHES, 3);
    nd_metrics_set(metrics, ND_METRIC_CLOCK_SKEW_MS, -7);
    assert_int_equal(nd_metrics_get(metrics, ND_METRIC_BATCHES), 5);
    assert_int_equal(nd_metrics_get(metrics, ND_METRIC_CLOCK_SKEW_MS), -7);
    nd_metrics_free(metrics);
    nd_metrics_free(NULL);
}

static void
json_names_every_metric_of_the_table(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    nd_metrics_add(metrics, ND_METRIC_QUEUE_DEPTH, 4);
    nd_json *root = read_json(metrics);
    assert_int_equal(nd_json_length(root), ND_METRIC_COUNT + 1);
    assert_int_equal(nd_json_integer(nd_json_get(root, "queue_depth")), 4);
    assert_int_equal(nd_json_kind_of(nd_json_get(root, "clock_skew_ms")), ND_JSON_INTEGER);
    assert_int_equal(nd_json_length(nd_json_get(root, "operations")), 0);
    nd_json_free(root);
    nd_metrics_free(metrics);
}

static const char *
first_operation(const nd_json *root)
{
    void *cursor = NULL;
    const char *key = "";
    nd_json *value = NULL;
    assert_true(nd_json_next(nd_json_get(root, "operations"), &cursor, &key, &value));
    return key;
}

static void
operations_are_counted_by_status_in_order_of_name(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    nd_metrics_operation(metrics, "economy.debit", 1500000, NOEMA_OK);
    nd_metrics_operation(metrics, "economy.debit", 250000, NOEMA_INSUFFICIENT_FUNDS);
    nd_metrics_operation(metrics, "account.get", 9, NOEMA_OK);
    nd_json *root = read_json(metrics);
    const nd_json *debit = nd_json_point(root, "/operations/economy.debit");
    assert_int_equal(nd_json_integer(nd_json_get(debit, "count")), 2);
    assert_int_equal(nd_json_integer(nd_json_get(debit, "errors")), 1);
    assert_int_equal(nd_json_integer(nd_json_get(debit, "sumUs")), 1750000);
    assert_int_equal(nd_json_integer(nd_json_get(debit, "lastUs")), 250000);
    assert_string_equal(nd_json_string(nd_json_get(debit, "lastError")), "INSUFFICIENT_FUNDS");
    assert_int_equal(nd_json_integer(nd_json_point(debit, "/statuses/INSUFFICIENT_FUNDS")), 1);
    assert_null(nd_json_point(root, "/operations/account.get/lastError"));
    assert_string_equal(first_operation(root), "account.get");
    nd_json_free(root);
    nd_metrics_free(metrics);
}

static void
prometheus_text_tells_counters_from_gauges(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    nd_metrics_add(metrics, ND_METRIC_COMMANDS_DONE, INT64_MAX);
    nd_metrics_set(metrics, ND_METRIC_CLOCK_SKEW_MS, INT64_MIN);
    assert_line(metrics, "# HELP noemadb_commands_done_total Money commands answered OK.");
    assert_line(metrics, "# TYPE noemadb_commands_done_total counter");
    assert_line(metrics, "noemadb_commands_done_total 9223372036854775807");
    assert_line(metrics, "# TYPE noemadb_clock_skew_ms gauge");
    assert_line(metrics, "noemadb_clock_skew_ms -9223372036854775808");
    nd_metrics_free(metrics);
}

static void
prometheus_text_gives_operations_by_status_and_seconds(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    nd_metrics_operation(metrics, "economy.debit", 1500000, NOEMA_OK);
    nd_metrics_operation(metrics, "economy.debit", 250, NOEMA_BUSY);
    assert_line(metrics, "noemadb_operations_total{op=\"economy.debit\",status=\"OK\"} 1");
    assert_line(metrics, "noemadb_operations_total{op=\"economy.debit\",status=\"BUSY\"} 1");
    assert_line(metrics, "noemadb_operation_seconds_sum{op=\"economy.debit\"} 1.500250");
    assert_line(metrics, "noemadb_operation_seconds_count{op=\"economy.debit\"} 2");
    nd_metrics_free(metrics);
}

static void
a_strange_status_counts_as_internal(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    nd_metrics_operation(metrics, "x", 1, 5);
    nd_metrics_operation(metrics, "x", 1, INT32_MIN);
    nd_metrics_operation(metrics, "x", 1, NOEMA_CANCELLED);
    assert_line(metrics, "noemadb_operations_total{op=\"x\",status=\"INTERNAL\"} 2");
    assert_line(metrics, "noemadb_operations_total{op=\"x\",status=\"CANCELLED\"} 1");
    nd_metrics_free(metrics);
}

static void
equal_names_at_other_addresses_are_one_operation(void **state)
{
    (void)state;
    static const char one[] = "a.b";
    static const char other[] = "a.b";
    nd_metrics *metrics = nd_metrics_new();
    nd_metrics_operation(metrics, one, 1, NOEMA_OK);
    nd_metrics_operation(metrics, other, 1, NOEMA_OK);
    assert_line(metrics, "noemadb_operations_total{op=\"a.b\",status=\"OK\"} 2");
    nd_metrics_free(metrics);
}

static void
more_than_128_names_are_not_kept(void **state)
{
    (void)state;
    static char names[300][16];
    nd_metrics *metrics = nd_metrics_new();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++) {
            (void)snprintf(names[i], sizeof names[i], "op.%d", i);
            nd_metrics_operation(metrics, names[i], 1, NOEMA_OK);
        }
    }
    nd_json *root = read_json(metrics);
    const nd_json *operations = nd_json_get(root, "operations");
    assert_int_equal(nd_json_length(operations), 128);
    assert_int_equal(nd_json_integer(nd_json_point(operations, "/op.0/count")), 2);
    assert_int_equal(nd_json_integer(nd_json_point(operations, "/op.127/count")), 2);
    nd_json_free(root);
    nd_metrics_free(metrics);
}

enum { THREADS = 8, EACH = 20000 };

static void *
count_much(void *context)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    nd_metrics *metrics = context;
    for (int i = 0; i < EACH; i++) {
        nd_metrics_add(metrics, ND_METRIC_CONFLICTS, 1);
        nd_metrics_operation(metrics, names[i % 5], 1, NOEMA_OK);
    }
    return NULL;
}

static void
nothing_is_lost_between_threads(void **state)
{
    (void)state;
    nd_metrics *metrics = nd_metrics_new();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, metrics), 0);
    }
    for (int i = 0; i < 20; i++) {
        nd_delete(nd_metrics_prometheus(metrics));
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(nd_metrics_get(metrics, ND_METRIC_CONFLICTS), THREADS * EACH);
    nd_json *root = read_json(metrics);
    assert_int_equal(nd_json_length(nd_json_get(root, "operations")), 5);
    assert_int_equal(nd_json_integer(nd_json_point(root, "/operations/e/count")),
                     THREADS * EACH / 5);
    nd_json_free(root);
    nd_metrics_free(metrics);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_begin_at_zero_and_add_up),
        cmocka_unit_test(json_names_every_metric_of_the_table),
        cmocka_unit_test(operations_are_counted_by_status_in_order_of_name),
        cmocka_unit_test(prometheus_text_tells_counters_from_gauges),
        cmocka_unit_test(prometheus_text_gives_operations_by_status_and_seconds),
        cmocka_unit_test(a_strange_status_counts_as_internal),
        cmocka_unit_test(equal_names_at_other_addresses_are_one_operation),
        cmocka_unit_test(more_than_128_names_are_not_kept),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
