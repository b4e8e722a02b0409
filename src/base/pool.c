/* The pool of connections. It counts its clients itself, because the driver's pool can wait neither
 * until a deadline nor for a stop. */
#include "base/pool_private.h"

#include <assert.h>

#include "base/base_private.h"

struct nd_pool {
    mongoc_client_pool_t *clients;
    nd_monitor monitor;
    pthread_mutex_t lock;
    pthread_cond_t returned;
    uint32_t left;
    bool stopped;
};

static void
set_name_shown(mongoc_client_pool_t *clients, const nd_options *options)
{
    const char *name = options->app_name != NULL && options->app_name[0] != '\0'
                           ? options->app_name
                           : "noemadb/" NOEMADB_VERSION;
    (void)mongoc_client_pool_set_appname(clients, name);
}

static mongoc_client_pool_t *
make_clients(const mongoc_uri_t *uri, const nd_options *options, nd_monitor *monitor,
             noema_error *error)
{
    bson_error_t problem = {0};
    mongoc_client_pool_t *clients = mongoc_client_pool_new_with_error(uri, &problem);
    if (clients == NULL) {
        const char *reason;
        char sentence[200];
        nd_fault_explain(problem.message, &reason, sentence, sizeof sentence);
        (void)nd_fail_reason(error, NOEMA_UNAVAILABLE, reason, "uri", "%s", sentence);
        return NULL;
    }
    mongoc_apm_callbacks_t *callbacks = nd_monitor_callbacks();
    mongoc_client_pool_max_size(clients, options->pool_size);
    (void)mongoc_client_pool_set_error_api(clients, MONGOC_ERROR_API_VERSION_2);
    (void)mongoc_client_pool_set_apm_callbacks(clients, callbacks, monitor);
    set_name_shown(clients, options);
    mongoc_apm_callbacks_destroy(callbacks);
    return clients;
}

noema_status
nd_pool_open(mongoc_uri_t *uri, const nd_options *options, nd_clock *clock, nd_metrics *metrics,
             nd_pool **pool, noema_error *error)
{
    nd_pool *made = nd_new(sizeof *made);
    nd_monitor_init(&made->monitor, uri, clock, metrics);
    made->clients = make_clients(uri, options, &made->monitor, error);
    mongoc_uri_destroy(uri);
    if (made->clients == NULL) {
        nd_monitor_free(&made->monitor);
        nd_delete(made);
        return NOEMA_UNAVAILABLE;
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    nd_condition_init(&made->returned);
    made->left = options->pool_size;
    *pool = made;
    return NOEMA_OK;
}

void
nd_pool_close(nd_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    mongoc_client_pool_destroy(pool->clients);
    nd_monitor_free(&pool->monitor);
    (void)pthread_cond_destroy(&pool->returned);
    (void)pthread_mutex_destroy(&pool->lock);
    nd_delete(pool);
}

void
nd_pool_stop(nd_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopped = true;
    (void)pthread_cond_broadcast(&pool->returned);
    (void)pthread_mutex_unlock(&pool->lock);
    nd_monitor_stop(&pool->monitor);
}

/* Waits for one of the clients to be free, and counts it out. */
static noema_status
reserve(nd_pool *pool, nd_deadline deadline)
{
    noema_status status = NOEMA_OK;
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->left == 0 && !pool->stopped && status == NOEMA_OK) {
        if (!nd_condition_wait(&pool->returned, &pool->lock, deadline) && pool->left == 0) {
            status = NOEMA_BUSY;
        }
    }
    if (pool->stopped) {
        status = NOEMA_CLOSED;
    }
    if (status == NOEMA_OK) {
        pool->left--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

static void
unreserve(nd_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->left++;
    (void)pthread_cond_signal(&pool->returned);
    (void)pthread_mutex_unlock(&pool->lock);
}

mongoc_client_t *
nd_pool_take(nd_pool *pool, nd_deadline deadline, noema_error *error)
{
    noema_status status = reserve(pool, deadline);
    if (status == NOEMA_CLOSED) {
        (void)nd_fail(error, status, NULL, "%s", nd_status_text(status));
        return NULL;
    }
    mongoc_client_t *client = NULL;
    if (status == NOEMA_OK) {
        client = mongoc_client_pool_try_pop(pool->clients);
        if (client == NULL) {
            unreserve(pool);
        }
    }
    if (client == NULL) {
        (void)nd_fail(error, NOEMA_BUSY, NULL,
                      "all connections are in use: raise pool_size, or ask for less at once");
    }
    return client;
}

void
nd_pool_give(nd_pool *pool, mongoc_client_t *client)
{
    assert(client != NULL);
    mongoc_client_pool_push(pool->clients, client);
    unreserve(pool);
}

noema_status
nd_pool_await_primary(nd_pool *pool, nd_deadline deadline, noema_error *error)
{
    return nd_monitor_await(&pool->monitor, deadline, true, error);
}

noema_status
nd_pool_await_primary_always(nd_pool *pool, nd_deadline deadline, noema_error *error)
{
    return nd_monitor_await(&pool->monitor, deadline, false, error);
}

bool
nd_pool_is_standalone(nd_pool *pool)
{
    (void)pthread_mutex_lock(&pool->monitor.lock);
    bool is_standalone = pool->monitor.is_standalone;
    (void)pthread_mutex_unlock(&pool->monitor.lock);
    return is_standalone;
}

void
nd_pool_heard(nd_pool *pool, const bson_t *hello, int64_t round_trip_us)
{
    nd_monitor_heard(&pool->monitor, hello, round_trip_us);
}

bool
nd_pool_names_set(const nd_pool *pool)
{
    return pool->monitor.set_name[0] != '\0';
}
