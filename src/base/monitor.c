/* What the driver's background heartbeats tell: whether there is a primary, why not, and what time
 * it is there. The driver calls from its own threads and from those that use it, while it holds its
 * own locks: so nothing here calls the driver back. */
#include <stdio.h>
#include <string.h>

#include "base/base_private.h"

static _Thread_local uint32_t sent;

void
nd_sent_forget(void)
{
    sent = 0;
}

uint32_t
nd_sent_count(void)
{
    return sent;
}

void
nd_monitor_init(nd_monitor *monitor, const mongoc_uri_t *uri, nd_clock *clock, nd_metrics *metrics)
{
    const char *name = mongoc_uri_get_replica_set(uri);
    memset(monitor, 0, sizeof *monitor);
    (void)snprintf(monitor->set_name, sizeof monitor->set_name, "%s", name != NULL ? name : "");
    monitor->clock = clock;
    monitor->metrics = metrics;
    (void)pthread_mutex_init(&monitor->lock, NULL);
    nd_condition_init(&monitor->changed);
}

void
nd_monitor_free(nd_monitor *monitor)
{
    (void)pthread_cond_destroy(&monitor->changed);
    (void)pthread_mutex_destroy(&monitor->lock);
}

void
nd_monitor_stop(nd_monitor *monitor)
{
    (void)pthread_mutex_lock(&monitor->lock);
    monitor->stopped = true;
    (void)pthread_cond_broadcast(&monitor->changed);
    (void)pthread_mutex_unlock(&monitor->lock);
}

/* Notes why the server can't be used. Under the lock. */
static void
note(nd_monitor *monitor, const char *reason, const char *sentence)
{
    (void)snprintf(monitor->reason, sizeof monitor->reason, "%s", reason);
    (void)snprintf(monitor->trouble, sizeof monitor->trouble, "%.*s",
                   (int)sizeof monitor->trouble - 1, sentence);
}

/* ---- hello -------------------------------------------------------------------------------------- */

static bool
says(const bson_t *hello, const char *key)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, hello, key) && bson_iter_as_bool(&at);
}

static const char *
text_in(const bson_t *hello, const char *key)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, hello, key) && BSON_ITER_HOLDS_UTF8(&at)
               ? bson_iter_utf8(&at, NULL)
               : "";
}

bool
nd_hello_is_writable(const bson_t *hello)
{
    return says(hello, "isWritablePrimary") || says(hello, "ismaster");
}

/* A member of a set says its name, a mongos "isdbgrid"; one that was never initiated, or has been
 * removed, says isreplicaset. */
bool
nd_hello_is_standalone(const bson_t *hello)
{
    return text_in(hello, "setName")[0] == '\0' && strcmp(text_in(hello, "msg"), "isdbgrid") != 0 &&
           !says(hello, "isreplicaset") && !bson_has_field(hello, "serviceId");
}

/* Under the lock. */
static void
compare_names(nd_monitor *monitor, const bson_t *hello)
{
    const char *name = text_in(hello, "setName");
    monitor->is_standalone = nd_hello_is_standalone(hello);
    if (monitor->set_name[0] != '\0' && name[0] != '\0' && strcmp(monitor->set_name, name) != 0) {
        char sentence[sizeof monitor->trouble];
        (void)snprintf(sentence, sizeof sentence,
                       "the server belongs to the replica set '%.60s', the URI says '%.60s'", name,
                       monitor->set_name);
        note(monitor, "SET_NAME", sentence);
    }
}

static void
set_clock(nd_monitor *monitor, const bson_t *hello, int64_t round_trip_us)
{
    bson_iter_t at;
    if (nd_hello_is_writable(hello) && bson_iter_init_find(&at, hello, "localTime") &&
        BSON_ITER_HOLDS_DATE_TIME(&at)) {
        nd_clock_set(monitor->clock, (nd_time){bson_iter_date_time(&at)}, round_trip_us / 1000);
        nd_metrics_set(monitor->metrics, ND_METRIC_CLOCK_SKEW_MS, nd_clock_skew(monitor->clock));
    }
}

void
nd_monitor_heard(nd_monitor *monitor, const bson_t *hello, int64_t round_trip_us)
{
    (void)pthread_mutex_lock(&monitor->lock);
    compare_names(monitor, hello);
    (void)pthread_mutex_unlock(&monitor->lock);
    set_clock(monitor, hello, round_trip_us);
}

/* ---- callbacks ------------------------------------------------------------------------------ */

/* An awaited answer was held back by the server until something changed: its duration says nothing
 * about the network, and the time in it is fresh. */
static void
heartbeat_succeeded(const mongoc_apm_server_heartbeat_succeeded_t *event)
{
    nd_monitor *monitor = mongoc_apm_server_heartbeat_succeeded_get_context(event);
    (void)pthread_mutex_lock(&monitor->lock);
    if (!mongoc_apm_server_heartbeat_succeeded_get_awaited(event)) {
        monitor->round_trip_us = mongoc_apm_server_heartbeat_succeeded_get_duration(event);
    }
    int64_t round_trip_us = monitor->round_trip_us;
    (void)pthread_mutex_unlock(&monitor->lock);
    nd_monitor_heard(monitor, mongoc_apm_server_heartbeat_succeeded_get_reply(event),
                     round_trip_us);
}

static void
heartbeat_failed(const mongoc_apm_server_heartbeat_failed_t *event)
{
    nd_monitor *monitor = mongoc_apm_server_heartbeat_failed_get_context(event);
    const mongoc_host_list_t *host = mongoc_apm_server_heartbeat_failed_get_host(event);
    bson_error_t problem = {0};
    const char *reason;
    char sentence[sizeof monitor->trouble];
    char whole[sizeof monitor->trouble + sizeof host->host_and_port + 2];
    mongoc_apm_server_heartbeat_failed_get_error(event, &problem);
    nd_fault_explain(problem.message, &reason, sentence, sizeof sentence);
    (void)snprintf(whole, sizeof whole, "%s: %s", host->host_and_port, sentence);
    if (problem.message[0] == '\0') {
        return; /* broken off by the driver itself, to look again */
    }
    (void)pthread_mutex_lock(&monitor->lock);
    note(monitor, reason, whole);
    (void)pthread_mutex_unlock(&monitor->lock);
}

static bool
takes_writes(const mongoc_server_description_t *server)
{
    static const char *const types[] = {"RSPrimary", "Standalone", "Mongos", "LoadBalancer"};
    const char *type = mongoc_server_description_type(server);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void
topology_changed(const mongoc_apm_topology_changed_t *event)
{
    nd_monitor *monitor = mongoc_apm_topology_changed_get_context(event);
    size_t count = 0;
    bool has_primary = false;
    mongoc_server_description_t **servers = mongoc_topology_description_get_servers(
        mongoc_apm_topology_changed_get_new_description(event), &count);
    for (size_t i = 0; i < count; i++) {
        has_primary = has_primary || takes_writes(servers[i]);
    }
    mongoc_server_descriptions_destroy_all(servers, count);
    (void)pthread_mutex_lock(&monitor->lock);
    monitor->has_primary = has_primary;
    if (has_primary) {
        note(monitor, "", "");
        (void)pthread_cond_broadcast(&monitor->changed);
    }
    (void)pthread_mutex_unlock(&monitor->lock);
}

static void
command_started(const mongoc_apm_command_started_t *event)
{
    (void)event;
    sent++;
}

mongoc_apm_callbacks_t *
nd_monitor_callbacks(void)
{
    mongoc_apm_callbacks_t *callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_started_cb(callbacks, command_started);
    mongoc_apm_set_topology_changed_cb(callbacks, topology_changed);
    mongoc_apm_set_server_heartbeat_succeeded_cb(callbacks, heartbeat_succeeded);
    mongoc_apm_set_server_heartbeat_failed_cb(callbacks, heartbeat_failed);
    return callbacks;
}

/* ---- waiting ------------------------------------------------------------------------------------ */

static noema_status
tell_trouble(const nd_monitor *monitor, noema_error *error)
{
    if (monitor->trouble[0] == '\0') {
        return nd_fail(error, NOEMA_UNAVAILABLE, NULL,
                       "no primary: an election is going on, or "
                       "no member of the set can be reached");
    }
    return nd_fail_reason(error, NOEMA_UNAVAILABLE, monitor->reason, NULL, "%s", monitor->trouble);
}

noema_status
nd_monitor_await(nd_monitor *monitor, nd_deadline deadline, bool heed_stop, noema_error *error)
{
    noema_status status = NOEMA_OK;
    if (nd_deadline_passed(deadline)) {
        return nd_fail(error, NOEMA_TIMEOUT, NULL, "%s", nd_status_text(NOEMA_TIMEOUT));
    }
    (void)pthread_mutex_lock(&monitor->lock);
    bool in_time = true;
    while (!monitor->has_primary && !(heed_stop && monitor->stopped) && in_time) {
        in_time = nd_condition_wait(&monitor->changed, &monitor->lock, deadline);
    }
    if (heed_stop && monitor->stopped) {
        status = nd_fail(error, NOEMA_CLOSED, NULL, "%s", nd_status_text(NOEMA_CLOSED));
    } else if (!monitor->has_primary) {
        status = tell_trouble(monitor, error);
    }
    (void)pthread_mutex_unlock(&monitor->lock);
    return status;
}
