/* Counters of one database handle, declared in one table; read as JSON and Prometheus text. */
#ifndef ND_CORE_METRICS_H
#define ND_CORE_METRICS_H

#include "core/error.h"

/* One row a counter: name, kind (counter | gauge), help. */
#define ND_METRICS(X)                                                                              \
    X(COMMANDS_DONE, "commands_done", "counter", "Money commands answered OK.")                    \
    X(COMMANDS_REFUSED, "commands_refused", "counter", "Money commands refused.")                  \
    X(COMMANDS_UNKNOWN, "commands_unknown", "counter", "Money commands of unknown outcome.")       \
    X(COMMANDS_REPLAYED, "commands_replayed", "counter",                                           \
      "Repeated keys answered from the ledger.")                                                   \
    X(COMMANDS_WITHDRAWN, "commands_withdrawn", "counter",                                         \
      "Commands that left the queue unbegun.")                                                     \
    X(QUEUE_DEPTH, "queue_depth", "gauge", "Money commands waiting.")                              \
    X(QUEUE_WAIT_US, "queue_wait_us", "counter", "Sum of microseconds spent waiting.")             \
    X(BATCHES, "batches", "counter", "Transactions begun by the engine.")                          \
    X(BATCH_COMMANDS, "batch_commands", "counter", "Commands in those transactions.")              \
    X(CONFLICTS, "conflicts", "counter", "Transactions run again after a write conflict.")         \
    X(DUPLICATES, "duplicates", "counter", "Transactions run again after a duplicate key.")        \
    X(COMMITS_UNKNOWN, "commits_unknown", "counter", "Commits whose reply was lost or doubtful.")  \
    X(ACCOUNTS_RECENT, "accounts_recent", "counter",                                               \
      "Accounts taken from memory, because this engine had written them last.")                    \
    X(ACCOUNTS_OUTDATED, "accounts_outdated", "counter",                                           \
      "Of those, accounts that were not so any more, and were read.")                              \
    X(SEALS_BROKEN, "seals_broken", "counter", "Accounts loaded with a broken seal.")              \
    X(ACCOUNTS_CORRUPT, "accounts_corrupt", "counter", "Accounts loaded that no rule explains.")   \
    X(RUNS_REAPED, "runs_reaped", "counter", "Overdue runs timed out.")                            \
    X(CLOCK_SKEW_MS, "clock_skew_ms", "gauge", "This machine's clock minus the server's.")

typedef enum nd_metric {
#define ND_METRIC_ENUM(symbol, name, kind, help) ND_METRIC_##symbol,
    ND_METRICS(ND_METRIC_ENUM)
#undef ND_METRIC_ENUM
        ND_METRIC_COUNT
} nd_metric;

/* Operations of the library by name: count, errors, sum and last duration, last error status. */
typedef struct nd_metrics nd_metrics;
nd_metrics *nd_metrics_new(void);
void nd_metrics_free(nd_metrics *metrics);
void nd_metrics_add(nd_metrics *metrics, nd_metric metric, int64_t by);
void nd_metrics_set(nd_metrics *metrics, nd_metric metric, int64_t to);
int64_t nd_metrics_get(const nd_metrics *metrics, nd_metric metric);
/* name must be a literal; at most 128 different ones are kept. */
void nd_metrics_operation(nd_metrics *metrics, const char *name, int64_t duration_us,
                          noema_status status);
/* Yours, nd_delete. */
char *nd_metrics_json(const nd_metrics *metrics);
char *nd_metrics_prometheus(const nd_metrics *metrics);

#endif
