/* Reads userEconomy. */
#include "user_economy/store.h"

#include <string.h>

#include "user_economy/user_economy.h"

bool
nd_economy_load(nd_session *session, nd_deadline deadline, const nd_id *accounts, size_t count,
                nd_arena *arena, nd_list *found, nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_ids(&filter, "masterAccountId", accounts, count);
    bool done = nd_session_find(session, deadline, nd_economy_collection.name, &filter, NULL,
                                (uint32_t)count + 1, arena, found, outcome);
    bson_destroy(&filter);
    return done;
}

static noema_status
decode(nd_bson document, nd_economy *account, nd_arena *arena, noema_error *error)
{
    bson_t view;
    bson_iter_t at;
    memset(account, 0, sizeof(*account));
    if (!nd_bson_open(document, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "userEconomy: not a document");
    }
    /* Whose it is must be known even when the rest can't be read. */
    if (bson_iter_init_find(&at, &view, "masterAccountId") && BSON_ITER_HOLDS_OID(&at)) {
        memcpy(account->account.bytes, bson_iter_oid(&at)->bytes, sizeof(account->account.bytes));
    }
    return nd_schema_decode(&nd_economy_table, &view, account, arena, error);
}

noema_status
nd_economy_decode(nd_bson document, const nd_hash_key *key, nd_economy *account, nd_arena *arena,
                  noema_error *error)
{
    ND_TRY(decode(document, account, arena, error));
    nd_seal seal = nd_economy_seal(account, key);
    if (!nd_seal_equal(&seal, &account->seal)) {
        return nd_fail_reason(error, NOEMA_CORRUPT, "SEAL", "account",
                              "its balance was not written by this library");
    }
    const char *broken = nd_economy_unsound(account);
    return broken == NULL ? NOEMA_OK : nd_fail(error, NOEMA_CORRUPT, "account", "%s", broken);
}

/* The seal covers every field that decides about money, and the version. */
static bool
is_same(nd_bson document, const nd_hash_key *key, const nd_economy *expected, nd_arena *arena)
{
    nd_economy found;
    return nd_economy_decode(document, key, &found, arena, NULL) == NOEMA_OK &&
           nd_seal_equal(&found.seal, &expected->seal);
}

bool
nd_economy_replace(nd_session *session, nd_deadline deadline, const nd_economy *before,
                   const nd_economy *after, bool bypass, nd_arena *arena, bool *met,
                   nd_outcome *outcome)
{
    nd_bson was;
    bson_t filter = BSON_INITIALIZER;
    bson_t update = BSON_INITIALIZER;
    nd_filter_id(&filter, "_id", before->id);
    bool done = true;
    *met = false;
    /* An update without operators would replace the document. */
    if (nd_append_change(&update, &nd_economy_table, before, after)) {
        done = nd_session_find_and_modify(session, deadline, nd_economy_collection.name, &filter,
                                          &update, bypass, arena, &was, outcome);
        *met = done && is_same(was, nd_base_ledger_key(nd_session_base(session)), before, arena);
    }
    bson_destroy(&update);
    bson_destroy(&filter);
    return done;
}

noema_status
nd_economy_read(nd_base *base, nd_deadline deadline, nd_id account, nd_economy *found,
                nd_arena *arena, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_bson document = {0};
    nd_filter_id(&filter, "masterAccountId", account);
    noema_status status = nd_base_find_one(base, deadline, nd_economy_collection.name, &filter,
                                           NULL, arena, &document, error);
    bson_destroy(&filter);
    ND_TRY(status);
    return decode(document, found, arena, error);
}
