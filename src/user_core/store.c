/* Reads and writes userCore. */
#include "user_core/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user_core/handle.h"
#include "user_core/store_private.h"

static const char *const status_names[] = {"_id", "status", "mergedInto", NULL};

bool
nd_user_load(nd_session *session, nd_deadline deadline, const nd_id *accounts, size_t count,
             nd_arena *arena, nd_list *found, nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    nd_filter_ids(&filter, "_id", accounts, count);
    nd_options_only(&options, status_names);
    bool done = nd_session_find(session, deadline, nd_user_collection.name, &filter, &options,
                                (uint32_t)count, arena, found, outcome);
    bson_destroy(&options);
    bson_destroy(&filter);
    return done;
}

noema_status
nd_user_decode(nd_bson document, nd_user *user, nd_arena *arena, noema_error *error)
{
    bson_t view;
    memset(user, 0, sizeof(*user));
    if (!nd_bson_open(document, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "userCore: not a document");
    }
    return nd_schema_decode(&nd_user_table, &view, user, arena, error);
}

static noema_status
find_one(nd_base *base, nd_deadline deadline, nd_id account, const bson_t *options, nd_arena *arena,
         nd_bson *found, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_id(&filter, "_id", account);
    noema_status status = nd_base_find_one(base, deadline, nd_user_collection.name, &filter,
                                           options, arena, found, error);
    bson_destroy(&filter);
    return status;
}

noema_status
nd_user_fetch(nd_base *base, nd_deadline deadline, nd_id account, nd_arena *arena,
              nd_bson *document, noema_error *error)
{
    return find_one(base, deadline, account, NULL, arena, document, error);
}

noema_status
nd_user_read(nd_base *base, nd_deadline deadline, nd_id account, nd_arena *arena, nd_user *user,
             nd_bson *document, noema_error *error)
{
    nd_bson found = {0};
    ND_TRY(find_one(base, deadline, account, NULL, arena, &found, error));
    if (document != NULL) {
        *document = found;
    }
    return nd_user_decode(found, user, arena, error);
}

noema_status
nd_user_read_status(nd_base *base, nd_deadline deadline, nd_id account, nd_arena *arena,
                    nd_user *user, noema_error *error)
{
    bson_t options = BSON_INITIALIZER;
    nd_bson found = {0};
    nd_options_only(&options, status_names);
    noema_status status = find_one(base, deadline, account, &options, arena, &found, error);
    bson_destroy(&options);
    ND_TRY(status);
    return nd_user_decode(found, user, arena, error);
}

noema_status
nd_user_touch(nd_base *base, nd_deadline deadline, nd_id account, const char *platform,
              noema_error *error)
{
    nd_written written = {0};
    int64_t now = nd_clock_now(nd_base_clock(base)).ms;
    bson_t filter = BSON_INITIALIZER;
    nd_filter_id(&filter, "_id", account);
    BCON_APPEND(&filter, "status", "{", "$nin", "[", "merged", "erased", "]", "}");
    bson_t *update = platform == NULL ? BCON_NEW("$set", "{", "lastTouch", BCON_DATE_TIME(now), "}")
                                      : BCON_NEW("$set", "{", "lastTouch", BCON_DATE_TIME(now),
                                                 "lastSeenPlatform", BCON_UTF8(platform), "}");
    noema_status status = nd_base_update_one(base, deadline, nd_user_collection.name, &filter,
                                             update, false, &written, error);
    bson_destroy(update);
    bson_destroy(&filter);
    ND_TRY(status);
    return written.matched == 1 ? NOEMA_OK : NOEMA_NOT_FOUND;
}

/* ---- in a transaction --------------------------------------------------------------------- */

bool
nd_user_load_identity(nd_session *session, nd_deadline deadline, nd_id account, nd_arena *arena,
                      nd_user *user, bool *there, nd_outcome *outcome)
{
    static const char *const names[] = {
        "_id",        "status",    "mergedInto", "platformIdentities",
        "loginCount", "updatedAt", "version",    NULL};
    bson_t filter = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    nd_list found = {0};
    nd_filter_id(&filter, "_id", account);
    nd_options_only(&options, names);
    bool done = nd_session_find(session, deadline, nd_user_collection.name, &filter, &options, 1,
                                arena, &found, outcome);
    bson_destroy(&options);
    bson_destroy(&filter);
    *there = done && found.count > 0;
    if (!*there) {
        return done;
    }
    return nd_outcome_sound(nd_user_decode(*(nd_bson *)found.items, user, arena, &outcome->error),
                            outcome);
}

bool
nd_user_insert(nd_session *session, nd_deadline deadline, const nd_user *user, nd_outcome *outcome)
{
    static const char *const lists[] = {"wallets", "apiKeys", "awards"};
    bson_t document = BSON_INITIALIZER;
    bson_t empty = BSON_INITIALIZER;
    nd_schema_encode(&nd_user_table, user, &document);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        bson_append_array(&document, lists[i], -1, &empty);
    }
    bson_append_document(&document, "profile", -1, &empty);
    bool done = nd_insert_one(session, deadline, nd_user_collection.name, &document, outcome);
    bson_destroy(&document);
    return done;
}

void
nd_shown_document(const nd_shown *shown, bson_t *document)
{
    bson_init(document);
    nd_append_text(document, shown->platform, shown->id);
}

/* A path is made of a platform's name alone, which holds neither '.' nor '$'. Where there is no
 * document yet a path would lead nowhere. */
static void
append_shown(const nd_user *before, const nd_shown *shown, bson_t *set, bson_t *unset)
{
    char path[sizeof "platformIdentities." + ND_PLATFORM_MAX];
    if (before->identities.length == 0) {
        bson_t document;
        nd_shown_document(shown, &document);
        bson_append_document(set, "platformIdentities", -1, &document);
        bson_destroy(&document);
        return;
    }
    (void)snprintf(path, sizeof path, "platformIdentities.%s", shown->platform);
    if (nd_text_is_none(shown->id)) {
        bson_append_utf8(unset, path, -1, "", 0);
    } else {
        nd_append_text(set, path, shown->id);
    }
}

/* {q: {_id}, u: {$set, $unset}}. What changes is never nothing: version does. */
static void
build_change(nd_id id, const bson_t *set, const bson_t *unset, bson_t *statement)
{
    bson_t part;
    bson_append_document_begin(statement, "q", 1, &part);
    nd_append_id(&part, "_id", id);
    bson_append_document_end(statement, &part);
    bson_append_document_begin(statement, "u", 1, &part);
    bson_append_document(&part, "$set", -1, set);
    if (!bson_empty(unset)) {
        bson_append_document(&part, "$unset", -1, unset);
    }
    bson_append_document_end(statement, &part);
}

bool
nd_user_store(nd_session *session, nd_deadline deadline, const nd_user *before,
              const nd_user *after, const nd_shown *shown, nd_outcome *outcome)
{
    bson_t set = BSON_INITIALIZER;
    bson_t unset = BSON_INITIALIZER;
    bson_t statement = BSON_INITIALIZER;
    (void)nd_schema_changes(&nd_user_table, before, after, &set, &unset);
    if (shown != NULL) {
        append_shown(before, shown, &set, &unset);
    }
    build_change(before->id, &set, &unset, &statement);
    bool done =
        nd_write_one(session, deadline, "update", nd_user_collection.name, &statement, outcome);
    bson_destroy(&statement);
    bson_destroy(&unset);
    bson_destroy(&set);
    return done;
}

/* JavaScript has no larger whole numbers. */
static bool
is_whole_double(const bson_iter_t *at)
{
    const double most = 9007199254740992.0;
    return BSON_ITER_HOLDS_DOUBLE(at) && bson_iter_double(at) >= -most &&
           bson_iter_double(at) <= most;
}

/* The old system stored some ids as numbers. */
nd_text
nd_user_shown(const nd_user *user, const char *platform, nd_arena *arena)
{
    bson_t view;
    bson_iter_t at;
    char digits[24] = "";
    if (!nd_bson_open(user->identities, &view) || !bson_iter_init_find(&at, &view, platform)) {
        return (nd_text){NULL, 0};
    }
    if (BSON_ITER_HOLDS_UTF8(&at)) {
        uint32_t length = 0;
        const char *id = bson_iter_utf8(&at, &length);
        return nd_arena_text(arena, id, length);
    }
    if (BSON_ITER_HOLDS_INT(&at) || is_whole_double(&at)) {
        (void)snprintf(digits, sizeof digits, "%" PRId64, bson_iter_as_int64(&at));
    }
    return nd_arena_string(arena, digits);
}

/* ---- one statement ------------------------------------------------------------------------- */

bool
nd_insert_one(nd_session *session, nd_deadline deadline, const char *collection,
              const bson_t *document, nd_outcome *outcome)
{
    nd_statements statements;
    nd_statements_begin(&statements, "insert", collection);
    nd_statements_insert(&statements, document);
    nd_statements_end(&statements, false);
    bool done = nd_session_write(session, deadline, &statements.command, NULL, outcome);
    nd_statements_free(&statements);
    return done;
}

bool
nd_write_one(nd_session *session, nd_deadline deadline, const char *verb, const char *collection,
             const bson_t *statement, nd_outcome *outcome)
{
    int64_t matched = 0;
    bool deletes = strcmp(verb, "delete") == 0;
    bson_t command = BSON_INITIALIZER;
    bson_t array;
    bson_append_utf8(&command, verb, -1, collection, -1);
    bson_append_array_begin(&command, deletes ? "deletes" : "updates", -1, &array);
    bson_append_document(&array, "0", 1, statement);
    bson_append_array_end(&command, &array);
    bool done = nd_session_write(session, deadline, &command, &matched, outcome);
    bson_destroy(&command);
    return done && (matched == 1 || nd_outcome_again(outcome));
}

bool
nd_outcome_again(nd_outcome *outcome)
{
    outcome->fault = ND_FAULT_TRANSIENT;
    (void)nd_fail(&outcome->error, NOEMA_TIMEOUT, NULL,
                  "the deadline passed while others kept changing the same account or handle");
    return false;
}

bool
nd_outcome_sound(noema_status status, nd_outcome *outcome)
{
    if (status == NOEMA_OK) {
        return true;
    }
    outcome->fault = ND_FAULT_OTHER;
    return false;
}
