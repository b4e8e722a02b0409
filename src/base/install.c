/* Makes a database what is declared, or only says how it differs. Repeatable, and safe while other
 * processes do the same: it looks, mends and looks again until there is nothing left to mend. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/install_private.h"

enum { ROUNDS = 20, LIFETIME_SECONDS = 10, INDEXES_MAX = 63 };

typedef struct installing {
    nd_base *base;
    nd_deadline deadline;
    const nd_collection *const *collections;
    size_t count;
    nd_arena *arena;
    nd_json *created;
    nd_json *changed;
    nd_json *drift;
    nd_json *warnings;
} installing;

/* ---- report ------------------------------------------------------------------------------------- */

ND_FORMAT(2, 3) static void
say(nd_json *list, const char *format, ...)
{
    char line[300];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    nd_json_push(list, nd_json_new_text(line, strlen(line)));
}

static void
say_indexes(nd_json *list, const nd_collection *collection, uint64_t which, const char *what)
{
    for (size_t i = 0; i < collection->index_count; i++) {
        if ((which >> i & 1) != 0) {
            say(list, "%s index {%s}%s", collection->name, collection->indexes[i].keys, what);
        }
    }
}

static void
say_strangers(const installing *of, const nd_collection *collection, const nd_drift *drift)
{
    const nd_text *names = drift->strangers.items;
    for (uint32_t i = 0; i < drift->strangers.count; i++) {
        say(of->warnings, "%s index %s is not the library's: it slows each write", collection->name,
            names[i].bytes);
    }
}

static void
say_drift(const installing *of, const nd_collection *collection, const nd_drift *drift)
{
    if (drift->missing) {
        say(of->drift, "%s is missing", collection->name);
    } else if (drift->validator) {
        say(of->drift, "%s validator differs", collection->name);
    }
    say_indexes(of->drift, collection, drift->absent & ~drift->different, " is missing");
    say_indexes(of->drift, collection, drift->different, " has other options");
}

static void
say_mended(const installing *of, const nd_collection *collection, const nd_drift *drift)
{
    if (drift->missing) {
        say(of->created, "%s", collection->name);
    } else if (drift->validator) {
        say(of->changed, "%s validator", collection->name);
    }
    say_indexes(of->created, collection, drift->absent & ~drift->different, "");
    say_indexes(of->changed, collection, drift->different, "");
}

static nd_json *
make_report(const installing *of)
{
    nd_json *report = nd_json_new_object();
    size_t indexes = 0;
    for (size_t i = 0; i < of->count; i++) {
        indexes += of->collections[i]->index_count;
    }
    nd_json_put_integer(report, "collections", (int64_t)of->count);
    nd_json_put_integer(report, "validators", (int64_t)of->count);
    nd_json_put_integer(report, "indexes", (int64_t)indexes);
    nd_json_put(report, "created", of->created);
    nd_json_put(report, "changed", of->changed);
    nd_json_put(report, "drift", of->drift);
    nd_json_put(report, "warnings", of->warnings);
    return report;
}

/* ---- mending ------------------------------------------------------------------------------------ */

/* By another process that is at it, too, or by a lost reply: the next look tells. */
static bool
may_be_mended(const noema_error *error)
{
    static const int32_t codes[] = {
        26,    /* NamespaceNotFound */
        27,    /* IndexNotFound */
        48,    /* NamespaceExists */
        68,    /* IndexAlreadyExists */
        85,    /* IndexOptionsConflict */
        86,    /* IndexKeySpecsConflict */
        117,   /* ConflictingOperationInProgress */
        276,   /* IndexBuildAborted */
        12586, /* BackgroundOperationInProgressForDatabase */
        12587, /* BackgroundOperationInProgressForNamespace */
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (error->server_code == codes[i]) {
            return true;
        }
    }
    return error->status == NOEMA_OUTCOME_UNKNOWN;
}

static noema_status
run(const installing *of, bson_t *command, noema_error *error)
{
    (void)BCON_APPEND(command, "writeConcern", "{", "w", BCON_UTF8("majority"), "wtimeout",
                      BCON_INT32(ND_COMMIT_MS), "}");
    noema_status status = nd_base_command(of->base, of->deadline, command, of->arena, NULL, error);
    bson_destroy(command);
    return status;
}

static noema_status
put_validator(const installing *of, const nd_collection *collection, const char *verb,
              noema_error *error)
{
    bson_t validator = BSON_INITIALIZER;
    nd_schema_validator(collection, &validator);
    bson_t *command =
        BCON_NEW(verb, BCON_UTF8(collection->name), "validator", BCON_DOCUMENT(&validator),
                 "validationLevel", BCON_UTF8("moderate"), "validationAction", BCON_UTF8("error"));
    bson_destroy(&validator);
    return run(of, command, error);
}

static noema_status
clear_the_way(const installing *of, const nd_collection *collection, const nd_drift *drift,
              noema_error *error)
{
    const nd_text *names = drift->in_the_way.items;
    for (uint32_t i = 0; i < drift->in_the_way.count; i++) {
        ND_TRY(run(of,
                   BCON_NEW("dropIndexes", BCON_UTF8(collection->name), "index",
                            BCON_UTF8(names[i].bytes)),
                   error));
    }
    return NOEMA_OK;
}

static uint32_t
put_indexes(const nd_collection *collection, uint64_t except, bson_t *list)
{
    uint32_t count = 0;
    for (size_t i = 0; i < collection->index_count; i++) {
        if ((except >> i & 1) == 0) {
            char number[16];
            const char *key;
            bson_t spec = BSON_INITIALIZER;
            nd_schema_index(collection, &collection->indexes[i], &spec);
            (void)bson_uint32_to_string(count++, &key, number, sizeof number);
            (void)bson_append_document(list, key, -1, &spec);
            bson_destroy(&spec);
        }
    }
    return count;
}

/* All that are declared, also when the server lists them: it lists those, too, that are still being
 * built, and this waits for them. A reply that was lost to the socket's time-out is waited for by
 * asking again. */
static noema_status
create_indexes(const installing *of, const nd_collection *collection, const nd_drift *drift,
               noema_error *error)
{
    bson_t indexes = BSON_INITIALIZER;
    noema_status status = NOEMA_OK;
    if (put_indexes(collection, drift->renamed, &indexes) > 0) {
        do {
            status = run(of,
                         BCON_NEW("createIndexes", BCON_UTF8(collection->name), "indexes",
                                  BCON_ARRAY(&indexes)),
                         error);
        } while (status == NOEMA_OUTCOME_UNKNOWN && !nd_deadline_passed(of->deadline));
    }
    bson_destroy(&indexes);
    if (status == NOEMA_TAKEN) {
        return nd_fail(error, NOEMA_CONFLICT, collection->name,
                       "its documents break a unique index (%.60s)", error->field);
    }
    return status;
}

static noema_status
mend_once(const installing *of, const nd_collection *collection, const nd_drift *drift,
          noema_error *error)
{
    if (drift->missing) {
        ND_TRY(put_validator(of, collection, "create", error));
    } else if (drift->validator) {
        ND_TRY(put_validator(of, collection, "collMod", error));
    }
    ND_TRY(clear_the_way(of, collection, drift, error));
    return create_indexes(of, collection, drift, error);
}

static noema_status
mend(const installing *of, const nd_collection *collection, noema_error *error)
{
    noema_status status = NOEMA_OK;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        nd_drift drift;
        ND_TRY(nd_drift_find(of->base, of->deadline, collection, of->arena, &drift, error));
        if (round == 0) {
            say_mended(of, collection, &drift);
            say_strangers(of, collection, &drift);
        }
        status = mend_once(of, collection, &drift, error);
        if (status == NOEMA_OK && nd_drift_is_none(&drift)) {
            return NOEMA_OK;
        }
        if (status != NOEMA_OK && !may_be_mended(error)) {
            return status;
        }
        if (status != NOEMA_OK) {
            nd_backoff(round, of->deadline);
        }
    }
    return status != NOEMA_OK ? status
                              : nd_fail(error, NOEMA_CONFLICT, collection->name,
                                        "somebody else keeps changing its indexes or validator");
}

static noema_status
look(const installing *of, const nd_collection *collection, noema_error *error)
{
    nd_drift drift;
    ND_TRY(nd_drift_find(of->base, of->deadline, collection, of->arena, &drift, error));
    say_drift(of, collection, &drift);
    say_strangers(of, collection, &drift);
    return NOEMA_OK;
}

/* ---- gates -------------------------------------------------------------------------------------- */

static noema_status
find_documents(const installing *of, const char **where, noema_error *error)
{
    static const bson_t everything = BSON_INITIALIZER;
    nd_bson found;
    *where = NULL;
    for (size_t i = 0; i < of->count && *where == NULL; i++) {
        const char *name = of->collections[i]->name;
        noema_status status = nd_base_find_one(of->base, of->deadline, name, &everything, NULL,
                                               of->arena, &found, error);
        if (status == NOEMA_OK) {
            *where = name;
        } else if (status != NOEMA_NOT_FOUND) {
            return status;
        }
    }
    nd_error_clear(error);
    return NOEMA_OK;
}

/* Documents that were there before this library are nobody's that it knows. Another process may have
 * installed the database, and begun to work, between the two looks: so meta has the last word. */
static noema_status
refuse_old_documents(const installing *of, nd_meta *meta, noema_error *error)
{
    const char *where;
    ND_TRY(find_documents(of, &where, error));
    if (where == NULL) {
        return NOEMA_OK;
    }
    ND_TRY(nd_meta_read(of->base, of->deadline, of->arena, meta, error));
    if (nd_meta_is_none(meta)) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "ADOPTION", NULL,
                              "%s holds documents that this library did not write, and this "
                              "version can't adopt them: name an empty database",
                              where);
    }
    return nd_meta_admit(of->base, meta, error);
}

static noema_status
pass_gates(const installing *of, nd_meta *meta, noema_error *error)
{
    ND_TRY(nd_meta_read(of->base, of->deadline, of->arena, meta, error));
    ND_TRY(nd_meta_admit(of->base, meta, error));
    return nd_meta_is_none(meta) ? refuse_old_documents(of, meta, error) : NOEMA_OK;
}

/* Not every user may ask, and a mongos does not know: then there is no warning. */
static void
check_lifetime(const installing *of)
{
    nd_bson reply;
    bson_t view;
    bson_iter_t at;
    bson_t *command =
        BCON_NEW("getParameter", BCON_INT32(1), "transactionLifetimeLimitSeconds", BCON_INT32(1));
    noema_status status =
        nd_base_command_on(of->base, of->deadline, "admin", command, of->arena, &reply, NULL);
    bson_destroy(command);
    if (status == NOEMA_OK && nd_bson_open(reply, &view) &&
        bson_iter_init_find(&at, &view, "transactionLifetimeLimitSeconds") &&
        bson_iter_as_int64(&at) > LIFETIME_SECONDS) {
        say(of->warnings,
            "transactionLifetimeLimitSeconds is %lld: set it to %d, because a client that dies in a "
            "transaction blocks its accounts for that long",
            (long long)bson_iter_as_int64(&at), LIFETIME_SECONDS);
    }
}

/* ---- install ------------------------------------------------------------------------------------ */

static noema_status
check(const installing *of, const nd_meta *meta, noema_error *error)
{
    if (nd_meta_is_none(meta)) {
        say(of->drift, "the database is not installed");
    } else if (meta->schema_version != ND_SCHEMA_VERSION) {
        say(of->drift, "schema version %d, not %d", (int)meta->schema_version, ND_SCHEMA_VERSION);
    }
    for (size_t i = 0; i < of->count; i++) {
        ND_TRY(look(of, of->collections[i], error));
    }
    check_lifetime(of);
    size_t differences = nd_json_length(of->drift);
    if (differences > 0) {
        return nd_fail(error, NOEMA_CONFLICT, NULL,
                       "%zu differences between the database and its declaration: install it",
                       differences);
    }
    return NOEMA_OK;
}

/* The other process' key may have been another one: so what is written is read and judged again. */
static noema_status
install(const installing *of, nd_meta *meta, noema_error *error)
{
    for (size_t i = 0; i < of->count; i++) {
        ND_TRY(mend(of, of->collections[i], error));
    }
    ND_TRY(nd_meta_write(of->base, of->deadline, meta, of->arena, error));
    ND_TRY(nd_meta_read(of->base, of->deadline, of->arena, meta, error));
    ND_TRY(nd_meta_admit(of->base, meta, error));
    check_lifetime(of);
    return NOEMA_OK;
}

static noema_status
run_install(const installing *of, bool check_only, noema_error *error)
{
    nd_meta meta;
    ND_TRY(nd_base_usable(of->base, error));
    ND_TRY(pass_gates(of, &meta, error));
    return check_only ? check(of, &meta, error) : install(of, &meta, error);
}

noema_status
nd_base_install(nd_base *base, nd_deadline deadline, const nd_collection *const *collections,
                size_t count, bool check_only, nd_json **report, noema_error *error)
{
    int64_t started = nd_monotonic_us();
    noema_error local;
    installing of = {.base = base,
                     .deadline = deadline,
                     .collections = collections,
                     .count = count,
                     .arena = nd_arena_new(),
                     .created = nd_json_new_array(),
                     .changed = nd_json_new_array(),
                     .drift = nd_json_new_array(),
                     .warnings = nd_json_new_array()};
    for (size_t i = 0; i < count; i++) {
        assert(collections[i]->index_count <= INDEXES_MAX);
    }
    noema_status status = run_install(&of, check_only, error != NULL ? error : &local);
    nd_json *made = make_report(&of);
    if (report != NULL) {
        *report = made;
    } else {
        nd_json_free(made);
    }
    nd_arena_free(of.arena);
    nd_metrics_operation(base->metrics, "base.install", nd_monotonic_us() - started, status);
    return status;
}
