/* Connections, and what is known about the server behind them. */
#ifndef ND_BASE_POOL_PRIVATE_H
#define ND_BASE_POOL_PRIVATE_H

#include <mongoc/mongoc.h>
#include <pthread.h>

#include "async/async.h"
#include "base/options.h"
#include "core/clock.h"
#include "core/metrics.h"

#ifndef NOEMADB_VERSION
#define NOEMADB_VERSION "0.0.0"
#endif

typedef struct nd_pool nd_pool;

/* Takes the URI. Clock and metrics are borrowed. */
ND_MUST noema_status nd_pool_open(mongoc_uri_t *uri, const nd_options *options, nd_clock *clock,
                                  nd_metrics *metrics, nd_pool **pool, noema_error *error);
/* All clients are back. */
void nd_pool_close(nd_pool *pool);
/* Waiting calls end with CLOSED. */
void nd_pool_stop(nd_pool *pool);

/* NULL with BUSY at the deadline, or CLOSED. */
mongoc_client_t *nd_pool_take(nd_pool *pool, nd_deadline deadline, noema_error *error);
void nd_pool_give(nd_pool *pool, mongoc_client_t *client);

/* Until there is a primary. UNAVAILABLE at the deadline, with what is known about the reason;
 * TIMEOUT when it has passed already; CLOSED after stop. */
ND_MUST noema_status nd_pool_await_primary(nd_pool *pool, nd_deadline deadline, noema_error *error);
/* The same for a transaction that has to be ended also after stop. */
ND_MUST noema_status nd_pool_await_primary_always(nd_pool *pool, nd_deadline deadline,
                                                  noema_error *error);
/* The answer of the last heartbeat was that of a standalone server. */
bool nd_pool_is_standalone(nd_pool *pool);
/* Does the URI name a replica set? */
bool nd_pool_names_set(const nd_pool *pool);
/* An answer to hello that did not come by heartbeat. */
void nd_pool_heard(nd_pool *pool, const bson_t *hello, int64_t round_trip_us);

/* ---- monitor.c -------------------------------------------------------------------------------- */

typedef struct nd_monitor {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    nd_clock *clock;
    nd_metrics *metrics;
    char set_name[128]; /* that the URI asks for, "" if it asks for none */
    bool has_primary;
    bool is_standalone;
    bool stopped;
    int64_t round_trip_us; /* of the last heartbeat that was not awaited */
    char reason[32];
    char trouble[200]; /* why there is no primary, as far as is known */
} nd_monitor;

void nd_monitor_init(nd_monitor *monitor, const mongoc_uri_t *uri, nd_clock *clock,
                     nd_metrics *metrics);
void nd_monitor_free(nd_monitor *monitor);
void nd_monitor_stop(nd_monitor *monitor);
mongoc_apm_callbacks_t *nd_monitor_callbacks(void);
ND_MUST noema_status nd_monitor_await(nd_monitor *monitor, nd_deadline deadline, bool heed_stop,
                                      noema_error *error);
/* What a hello said: sets the clock, when it comes from a server that takes writes. */
void nd_monitor_heard(nd_monitor *monitor, const bson_t *hello, int64_t round_trip_us);
bool nd_hello_is_standalone(const bson_t *hello);
bool nd_hello_is_writable(const bson_t *hello);

/* Commands that this thread has sent since the last call of nd_sent_forget. */
void nd_sent_forget(void);
uint32_t nd_sent_count(void);

#endif
