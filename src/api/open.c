/* Options, open, install, close. */
#include <string.h>

#include "api/collections.h"
#include "api/db.h"
#include "api/documents.h"
#include "core/crypto.h"

/* How often overdue runs are looked for, and how many are timed out at once. */
enum { REAP_EVERY_MS = 5000, REAP_LIMIT = 500 };

enum { OPEN_MS = 2000 };

/* ---- options ---------------------------------------------------------------------------------- */

struct noema_options {
    nd_options *inner;
};

noema_options *
noema_options_new(void)
{
    noema_options *options = nd_try_new(sizeof(*options));
    if (options != NULL) {
        options->inner = nd_options_new();
    }
    return options;
}

noema_status
noema_options_set(noema_options *options, const char *name, const char *value, noema_error *error)
{
    nd_error_clear(error);
    if (options == NULL) {
        return nd_fail(error, NOEMA_INVALID, "options", "must not be NULL");
    }
    return nd_options_set(options->inner, name, value, error);
}

noema_status
noema_options_set_secret(noema_options *options, const char *name, const void *bytes, size_t length,
                         noema_error *error)
{
    nd_error_clear(error);
    if (options == NULL) {
        return nd_fail(error, NOEMA_INVALID, "options", "must not be NULL");
    }
    if (!nd_crypto_init()) {
        return nd_fail(error, NOEMA_INTERNAL, NULL, "libsodium can't be used");
    }
    return nd_options_set_secret(options->inner, name, bytes, length, error);
}

void
noema_options_set_log(noema_options *options, noema_log_hook hook, void *context, int32_t level)
{
    if (options != NULL) {
        options->inner->log = (nd_log){.hook = hook, .context = context, .level = level};
    }
}

void
noema_options_free(noema_options *options)
{
    if (options != NULL) {
        nd_options_free(options->inner);
        nd_delete(options);
    }
}

/* ---- the reaper --------------------------------------------------------------------------------- */

/* false: stopping. */
static bool
rest(noema_db *db)
{
    nd_deadline until = nd_deadline_in(REAP_EVERY_MS);
    nd_lock(&db->mutex);
    while (!db->stopping && nd_condition_wait(&db->stopping_changed, &db->mutex, until)) {
    }
    bool goes_on = !db->stopping;
    nd_unlock(&db->mutex);
    return goes_on;
}

static void *
reap_overdue(void *argument)
{
    noema_db *db = argument;
    while (rest(db)) {
        uint32_t settled;
        noema_error error;
        noema_status status = noema_run_reap(db, REAP_LIMIT, &settled, &error);
        if (status != NOEMA_OK && status != NOEMA_UNSUPPORTED && status != NOEMA_CLOSED) {
            nd_log_write(nd_base_log(db->base), NOEMA_LOG_WARN, "reaper", "%s", error.message);
        }
    }
    return NULL;
}

/* ---- open and close ----------------------------------------------------------------------------- */

/* A wrong ledger key is told at once; a database that is not installed is opened, to install it. */
static bool
has_its_key(nd_base *base, noema_error *error)
{
    noema_status status = nd_base_installed(base, nd_deadline_in(OPEN_MS), error);
    return status != NOEMA_UNSUPPORTED || strcmp(error->reason, "LEDGER_KEY") != 0;
}

static noema_status
open_with(nd_options *options, noema_db **db, noema_error *error)
{
    ND_TRY(nd_options_finish(options, error));
    noema_db *made = nd_new(sizeof(*made));
    made->metrics = nd_metrics_new();
    nd_lock_init(&made->mutex);
    nd_condition_init(&made->stopping_changed);
    noema_status status = nd_base_open(options, made->metrics, &made->base, error);
    if (status == NOEMA_OK && !has_its_key(made->base, error)) {
        status = error->status;
        nd_base_close(made->base);
    }
    if (status == NOEMA_OK) {
        made->touches = nd_touches_new();
        made->reaper_runs =
            options->reaper && nd_thread_start(&made->reaper, "noema-reaper", reap_overdue, made);
        *db = made;
        return NOEMA_OK;
    }
    nd_metrics_free(made->metrics);
    nd_delete(made);
    return status;
}

noema_status
noema_open(const noema_options *options, noema_db **db, noema_error *error)
{
    noema_error own;
    if (error == NULL) {
        error = &own;
    }
    nd_error_clear(error);
    if (db == NULL) {
        return nd_fail(error, NOEMA_INVALID, "db", "must not be NULL");
    }
    *db = NULL;
    if (!nd_crypto_init()) {
        return nd_fail(error, NOEMA_INTERNAL, NULL, "libsodium can't be used");
    }
    nd_options *copy = options == NULL ? nd_options_new() : nd_options_copy(options->inner);
    noema_status status = open_with(copy, db, error);
    nd_options_free(copy);
    if (status == NOEMA_OK) {
        nd_error_clear(error);
    }
    return status;
}

noema_status
noema_ping(noema_db *db, noema_error *error)
{
    nd_api_call call;
    noema_status status = nd_api_begin_bare(&call, db, "base.ping", 2000, error);
    if (status == NOEMA_OK) {
        status = nd_base_ping(db->base, call.deadline, call.error);
    }
    return nd_api_end(&call, status);
}

void
noema_stop(noema_db *db)
{
    if (db == NULL || nd_base_usable(db->base, NULL) == NOEMA_FORKED) {
        return;
    }
    nd_lock(&db->mutex);
    db->stopping = true;
    nd_engine *engine = db->engine;
    pthread_cond_broadcast(&db->stopping_changed);
    nd_unlock(&db->mutex);
    if (engine != NULL) {
        nd_engine_stop(engine);
    }
    nd_base_stop(db->base);
}

/* In a forked child nothing can be joined or sent: the memory is left to its parent's copy. */
void
noema_close(noema_db *db)
{
    if (db == NULL || nd_base_usable(db->base, NULL) == NOEMA_FORKED) {
        return;
    }
    noema_stop(db);
    if (db->reaper_runs) {
        pthread_join(db->reaper, NULL);
    }
    nd_engine_close(db->engine);
    nd_touches_free(db->touches);
    nd_base_close(db->base);
    nd_metrics_free(db->metrics);
    pthread_cond_destroy(&db->stopping_changed);
    pthread_mutex_destroy(&db->mutex);
    nd_delete(db);
}

/* ---- install and metrics -------------------------------------------------------------------------- */

enum { INSTALL_MS = 60000 };

noema_status
noema_install(noema_db *db, bool check_only, noema_document **report, noema_error *error)
{
    nd_api_call call;
    nd_json *found = NULL;
    if (report != NULL) {
        *report = NULL;
    }
    noema_status status = nd_api_begin_bare(&call, db, "base.install", INSTALL_MS, error);
    if (status == NOEMA_OK) {
        status = nd_base_install(db->base, call.deadline, nd_collections, nd_collection_count,
                                 check_only, &found, call.error);
    }
    if (found != NULL && report != NULL) {
        *report = nd_document_new(found);
    } else if (found != NULL) {
        nd_json_free(found);
    }
    return nd_api_end(&call, status);
}

char *
noema_metrics(const noema_db *db, const char *format)
{
    if (db == NULL || format == NULL) {
        return NULL;
    }
    if (strcmp(format, "json") == 0) {
        return nd_metrics_json(db->metrics);
    }
    return strcmp(format, "prometheus") == 0 ? nd_metrics_prometheus(db->metrics) : NULL;
}
