/* Reads and writes `identities`. Handles are values here, never paths. */
#include "user_core/claim_store.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "schema/statements.h"
#include "user_core/handle.h"
#include "user_core/store_private.h"

/* A merge can bring an account more handles than link allows it. */
enum { LIST_MAX = 1000 };

static const char *const list_names[] = {"_id",        "masterAccountId", "kind", "addedAt",
                                         "verifiedAt", "label",           NULL};

static noema_status
decode(nd_bson document, nd_claim *claim, nd_arena *arena, noema_error *error)
{
    bson_t view;
    memset(claim, 0, sizeof *claim);
    if (!nd_bson_open(document, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "identities: not a document");
    }
    ND_TRY(nd_schema_decode(&nd_claim_table, &view, claim, arena, error));
    if (nd_id_is_none(claim->account)) {
        return nd_fail(error, NOEMA_CORRUPT, "masterAccountId", "a claim must lead to an account");
    }
    return NOEMA_OK;
}

/* The hot path: a projection of so small a document costs the server more than it saves (5 %). */
noema_status
nd_claim_read(nd_base *base, nd_deadline deadline, nd_text handle, nd_arena *arena, nd_claim *claim,
              noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_bson found = {0};
    nd_append_text(&filter, "_id", handle);
    noema_status status = nd_base_find_one(base, deadline, nd_claim_collection.name, &filter, NULL,
                                           arena, &found, error);
    bson_destroy(&filter);
    ND_TRY(status);
    return decode(found, claim, arena, error);
}

/* Equal times are told apart by the handle, so that the order never changes. */
static void
append_oldest_first(bson_t *options)
{
    bson_t sort;
    bson_append_document_begin(options, "sort", -1, &sort);
    bson_append_int32(&sort, "addedAt", -1, 1);
    bson_append_int32(&sort, "_id", -1, 1);
    bson_append_document_end(options, &sort);
}

static noema_status
decode_all(const nd_list *documents, nd_arena *arena, nd_list *claims, noema_error *error)
{
    const nd_bson *items = documents->items;
    for (uint32_t i = 0; i < documents->count; i++) {
        ND_TRY(decode(items[i], nd_list_push(claims, sizeof(nd_claim), arena), arena, error));
    }
    return NOEMA_OK;
}

noema_status
nd_claim_list(nd_base *base, nd_deadline deadline, nd_id account, nd_arena *arena, nd_list *claims,
              noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    bson_t kind;
    nd_list found = {0};
    nd_filter_id(&filter, "masterAccountId", account);
    bson_append_document_begin(&filter, "kind", -1, &kind);
    bson_append_utf8(&kind, "$ne", -1, "api_key", -1);
    bson_append_document_end(&filter, &kind);
    nd_options_only(&options, list_names);
    append_oldest_first(&options);
    noema_status status = nd_base_find(base, deadline, nd_claim_collection.name, &filter, &options,
                                       LIST_MAX, arena, &found, error);
    bson_destroy(&options);
    bson_destroy(&filter);
    ND_TRY(status);
    return decode_all(&found, arena, claims, error);
}

static bool
load_one(nd_session *session, nd_deadline deadline, const bson_t *filter, const bson_t *options,
         nd_arena *arena, nd_claim *claim, bool *there, nd_outcome *outcome)
{
    nd_list found = {0};
    if (!nd_session_find(session, deadline, nd_claim_collection.name, filter, options, 1, arena,
                         &found, outcome)) {
        return false;
    }
    *there = found.count > 0;
    if (!*there) {
        return true;
    }
    return nd_outcome_sound(decode(*(nd_bson *)found.items, claim, arena, &outcome->error),
                            outcome);
}

bool
nd_claim_load(nd_session *session, nd_deadline deadline, nd_text handle, nd_arena *arena,
              nd_claim *claim, bool *there, nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    nd_append_text(&filter, "_id", handle);
    bool done = load_one(session, deadline, &filter, NULL, arena, claim, there, outcome);
    bson_destroy(&filter);
    return done;
}

/* {_id: {$gte: "telegram:", $lt: "telegram;", $ne: except}}: ';' follows ':'. */
static void
append_platform(bson_t *filter, const char *platform, nd_text except)
{
    char from[ND_PLATFORM_MAX + 2];
    char to[ND_PLATFORM_MAX + 2];
    bson_t range;
    (void)snprintf(from, sizeof from, "%s:", platform);
    (void)snprintf(to, sizeof to, "%s;", platform);
    bson_append_document_begin(filter, "_id", -1, &range);
    bson_append_utf8(&range, "$gte", -1, from, -1);
    bson_append_utf8(&range, "$lt", -1, to, -1);
    nd_append_text(&range, "$ne", except);
    bson_append_document_end(filter, &range);
}

bool
nd_claim_load_oldest(nd_session *session, nd_deadline deadline, nd_id account, const char *platform,
                     nd_text except, nd_arena *arena, nd_claim *claim, bool *there,
                     nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    nd_filter_id(&filter, "masterAccountId", account);
    append_platform(&filter, platform, except);
    nd_options_only(&options, list_names);
    append_oldest_first(&options);
    bool done = load_one(session, deadline, &filter, &options, arena, claim, there, outcome);
    bson_destroy(&options);
    bson_destroy(&filter);
    return done;
}

bool
nd_claim_insert(nd_session *session, nd_deadline deadline, const nd_claim *claim,
                nd_outcome *outcome)
{
    bson_t document = BSON_INITIALIZER;
    nd_schema_encode(&nd_claim_table, claim, &document);
    bool done = nd_insert_one(session, deadline, nd_claim_collection.name, &document, outcome);
    bson_destroy(&document);
    return done || (outcome->fault == ND_FAULT_DUPLICATE ? nd_outcome_again(outcome) : false);
}

bool
nd_claim_delete(nd_session *session, nd_deadline deadline, nd_text handle, nd_id account,
                nd_outcome *outcome)
{
    bson_t statement = BSON_INITIALIZER;
    bson_t query;
    bson_append_document_begin(&statement, "q", 1, &query);
    nd_append_text(&query, "_id", handle);
    nd_append_id(&query, "masterAccountId", account);
    bson_append_document_end(&statement, &query);
    bson_append_int32(&statement, "limit", -1, 1);
    bool done =
        nd_write_one(session, deadline, "delete", nd_claim_collection.name, &statement, outcome);
    bson_destroy(&statement);
    return done;
}
