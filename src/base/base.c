/* The handle: open, stop, close, and what everybody may ask of it. */
#include <string.h>
#include <unistd.h>

#include "base/base_private.h"
#include "base/settings_private.h"

noema_status
nd_base_usable(const nd_base *base, noema_error *error)
{
    if (getpid() != base->owner) {
        return nd_fail(error, NOEMA_FORKED, NULL,
                       "this handle was opened before fork(): open a new one in the child");
    }
    if (atomic_load(&base->stopped)) {
        return nd_fail(error, NOEMA_CLOSED, NULL, "%s", nd_status_text(NOEMA_CLOSED));
    }
    return NOEMA_OK;
}

nd_clock *
nd_base_clock(nd_base *base)
{
    return base->clock;
}

const nd_log *
nd_base_log(const nd_base *base)
{
    return &base->options->log;
}

nd_metrics *
nd_base_metrics(nd_base *base)
{
    return base->metrics;
}

const nd_options *
nd_base_options(const nd_base *base)
{
    return base->options;
}

const nd_hash_key *
nd_base_ledger_key(const nd_base *base)
{
    return &base->ledger_key;
}

nd_deadline
nd_base_deadline(const nd_base *base, uint32_t timeout_ms)
{
    return nd_deadline_in(timeout_ms > 0 ? timeout_ms : base->options->timeout_ms);
}

/* ---- open --------------------------------------------------------------------------------------- */

static noema_status
refuse_standalone(noema_error *error)
{
    return nd_fail_reason(error, NOEMA_UNSUPPORTED, "STANDALONE", "uri",
                          "the server stands alone and has no transactions: start mongod with "
                          "--replSet rs0, run rs.initiate() in mongosh, add ?replicaSet=rs0 to "
                          "the URI");
}

static noema_status
say_hello(nd_base *base, nd_deadline deadline, bson_t *hello, int64_t *round_trip_us,
          noema_error *error)
{
    nd_arena *arena = nd_arena_new();
    bson_t command = BSON_INITIALIZER;
    nd_bson reply = {0};
    (void)BSON_APPEND_INT32(&command, "hello", 1);
    (void)BSON_APPEND_INT64(&command, "maxTimeMS", nd_limit_ms(deadline, ND_OPERATION_MS));
    int64_t started = nd_monotonic_us();
    noema_status status =
        nd_base_command_on(base, deadline, "admin", &command, arena, &reply, error);
    *round_trip_us = nd_monotonic_us() - started;
    bson_t view;
    if (status == NOEMA_OK && nd_bson_open(reply, &view)) {
        bson_copy_to(&view, hello);
    } else {
        bson_init(hello);
    }
    bson_destroy(&command);
    nd_arena_free(arena);
    return status;
}

/* Without the set's name the driver talks to the one host of the URI, whatever becomes of it. */
static void
warn_of_failover(nd_base *base, const bson_t *hello)
{
    if (bson_has_field(hello, "setName") && !nd_pool_names_set(base->pool)) {
        nd_log_write(&base->options->log, NOEMA_LOG_WARN, "base",
                     "the URI names no replicaSet: there will be no failover");
    }
}

/* The first connection costs a login, so the time is taken from a second answer. */
static noema_status
meet(nd_base *base, noema_error *error)
{
    nd_deadline deadline = nd_deadline_in(ND_OPEN_MS);
    int64_t round_trip_us;
    bson_t hello;
    /* The pool starts to look for servers when its first client is taken. */
    mongoc_client_t *client = nd_pool_take(base->pool, deadline, error);
    if (client == NULL) {
        return error->status;
    }
    nd_pool_give(base->pool, client);
    noema_status status = say_hello(base, deadline, &hello, &round_trip_us, error);
    bool stands_alone =
        status == NOEMA_OK ? nd_hello_is_standalone(&hello) : nd_pool_is_standalone(base->pool);
    if (stands_alone) {
        status = refuse_standalone(error);
    } else if (status == NOEMA_OK) {
        bson_destroy(&hello);
        status = say_hello(base, deadline, &hello, &round_trip_us, error);
        nd_pool_heard(base->pool, &hello, round_trip_us);
        warn_of_failover(base, &hello);
    }
    bson_destroy(&hello);
    return status;
}

/* A secret that got lost on the way would make a database without one. */
static noema_status
check_secrets(const nd_options *given, const nd_options *copied, noema_error *error)
{
    if ((given->ledger_key != NULL && copied->ledger_key == NULL) ||
        (given->api_pepper != NULL && copied->api_pepper == NULL)) {
        return nd_fail(error, NOEMA_NO_MEMORY, NULL, "no locked memory for a secret");
    }
    return NOEMA_OK;
}

static noema_status
open_base(nd_base *base, const nd_options *given, noema_error *error)
{
    mongoc_uri_t *uri = NULL;
    nd_driver_log_open(base);
    ND_TRY(check_secrets(given, base->options, error));
    ND_TRY(nd_settings_uri(base->options, &uri, error));
    ND_TRY(nd_pool_open(uri, base->options, base->clock, base->metrics, &base->pool, error));
    return meet(base, error);
}

noema_status
nd_base_open(const nd_options *options, nd_metrics *metrics, nd_base **base, noema_error *error)
{
    noema_error local;
    *base = NULL;
    if (!nd_crypto_init()) {
        return nd_fail(error, NOEMA_INTERNAL, NULL, "libsodium can't be used here");
    }
    mongoc_init();
    nd_base *made = nd_new(sizeof *made);
    made->options = nd_options_copy(options);
    made->metrics = metrics;
    made->clock = nd_clock_new();
    made->owner = getpid();
    nd_hash_key_make(made->options->ledger_key, &made->ledger_key);
    noema_status status = open_base(made, options, error != NULL ? error : &local);
    if (status != NOEMA_OK) {
        nd_base_close(made);
        return status;
    }
    nd_error_clear(error);
    *base = made;
    return NOEMA_OK;
}

void
nd_base_stop(nd_base *base)
{
    atomic_store(&base->stopped, true);
    if (base->pool != NULL && getpid() == base->owner) {
        nd_pool_stop(base->pool);
    }
}

/* A child of fork() must not touch the connections: they are its parent's, and the threads that
 * would have to end are not here. What it can't free it leaves. */
void
nd_base_close(nd_base *base)
{
    if (base == NULL) {
        return;
    }
    bool is_ours = getpid() == base->owner;
    if (is_ours) {
        nd_base_stop(base);
        nd_pool_close(base->pool);
        nd_driver_log_close(base);
        nd_clock_free(base->clock);
    }
    nd_wipe(&base->ledger_key, sizeof base->ledger_key);
    nd_options_free(base->options);
    if (is_ours) {
        nd_delete(base);
    }
}
