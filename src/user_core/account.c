/* Looks accounts up: by handle, by id, whole. Makes none. */
#include <string.h>

#include "core/id.h"
#include "user_core/account_private.h"
#include "user_core/claim_store.h"
#include "user_core/store.h"

enum { MERGES_MAX = 4 };

nd_word
nd_status_of(nd_word stored)
{
    return stored.at == 0 ? (nd_word){NOEMA_ACCOUNT_ACTIVE} : stored;
}

noema_status
nd_status_check(nd_word status, noema_error *error)
{
    static const char *const reasons[] = {
        [NOEMA_ACCOUNT_SUSPENDED] = "SUSPENDED",
        [NOEMA_ACCOUNT_DEACTIVATED_BY_USER] = "DEACTIVATED",
        [NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN] = "DEACTIVATED",
        [NOEMA_ACCOUNT_MERGED] = "MERGED",
        [NOEMA_ACCOUNT_ERASED] = "ERASED",
    };
    if (status.at == NOEMA_ACCOUNT_ACTIVE || status.at == NOEMA_ACCOUNT_PENDING) {
        return NOEMA_OK;
    }
    if (status.at < 0 || (size_t)status.at >= sizeof reasons / sizeof reasons[0]) {
        return nd_fail_reason(error, NOEMA_DENIED, "UNKNOWN_STATUS", "account",
                              "has a status that this version does not know");
    }
    return nd_fail_reason(error, NOEMA_DENIED, reasons[status.at], "account", "is %s",
                          nd_word_text(&nd_user_statuses, status));
}

bool
nd_claim_leads(const nd_claim *claim)
{
    return claim->kind.at == ND_CLAIM_PLATFORM ||
           (claim->kind.at == ND_CLAIM_WALLET && claim->verified.ms != 0);
}

nd_claim
nd_claim_make(const nd_handle *handle, nd_id account, nd_time now)
{
    nd_claim claim = {
        .handle = nd_handle_text(handle),
        .account = account,
        .kind = {(int32_t)handle->kind},
        .added = now,
    };
    if (handle->kind == ND_CLAIM_WALLET) {
        claim.verified = now;
    }
    return claim;
}

nd_event
nd_event_make(nd_id id, const nd_claim *claim, nd_event_kind what, nd_text actor, nd_time now)
{
    return (nd_event){
        .id = id,
        .account = claim->account,
        .at = now,
        .what = {(int32_t)what},
        .handle = claim->handle,
        .actor = actor,
    };
}

/* Follows a merged account to the one that it leads to. */
static noema_status
follow(nd_base *base, nd_deadline deadline, nd_id id, nd_arena *arena, nd_account *account,
       noema_error *error)
{
    for (int step = 0; step <= MERGES_MAX; step++) {
        nd_user user;
        ND_TRY(nd_user_read_status(base, deadline, id, arena, &user, error));
        bool leads_on = user.status.at == NOEMA_ACCOUNT_MERGED && !nd_id_is_none(user.merged_into);
        if (!leads_on) {
            *account = (nd_account){.id = id, .status = nd_status_of(user.status)};
            return NOEMA_OK;
        }
        id = user.merged_into;
    }
    return nd_fail(error, NOEMA_CORRUPT, "mergedInto", "leads on for more than %d accounts",
                   MERGES_MAX);
}

static noema_status
find_by_claim(nd_base *base, nd_deadline deadline, const char *handle, nd_arena *arena,
              nd_account *account, noema_error *error)
{
    nd_handle parsed;
    nd_claim claim;
    ND_TRY(nd_handle_parse(handle, "handle", &parsed, error));
    ND_TRY(nd_claim_read(base, deadline, nd_handle_text(&parsed), arena, &claim, error));
    if (!nd_claim_leads(&claim)) {
        return NOEMA_NOT_FOUND;
    }
    if (claim.account_status.at == NOEMA_ACCOUNT_MERGED) {
        return follow(base, deadline, claim.account, arena, account, error);
    }
    *account = (nd_account){.id = claim.account, .status = nd_status_of(claim.account_status)};
    return NOEMA_OK;
}

/* A handle has a colon, an id has none. */
static noema_status
find(nd_base *base, nd_deadline deadline, const char *handle, nd_arena *arena, nd_account *account,
     noema_error *error)
{
    nd_id id;
    if (handle == NULL || strchr(handle, ':') != NULL || handle[0] == '\0') {
        return find_by_claim(base, deadline, handle, arena, account, error);
    }
    if (nd_id_parse(handle, "handle", &id, NULL) != NOEMA_OK) {
        return nd_fail(error, NOEMA_INVALID, "handle",
                       "must be a handle (telegram:4242) or an id of 24 hexadecimal digits");
    }
    return follow(base, deadline, id, arena, account, error);
}

noema_status
nd_account_find(nd_base *base, nd_deadline deadline, const char *handle, nd_account *account,
                noema_error *error)
{
    nd_arena *arena = nd_arena_new();
    memset(account, 0, sizeof *account);
    noema_status status = find(base, deadline, handle, arena, account, error);
    nd_arena_free(arena);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(error, NOEMA_NOT_FOUND, "handle", "leads to no account");
    }
    ND_TRY(status);
    return nd_status_check(account->status, error);
}

noema_status
nd_account_read(nd_base *base, nd_deadline deadline, nd_id id, nd_arena *arena, nd_bson *document,
                noema_error *error)
{
    noema_status status = nd_user_fetch(base, deadline, id, arena, document, error);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(error, NOEMA_NOT_FOUND, "account", "there is no such account");
    }
    return status;
}

noema_status
nd_account_handles(nd_base *base, nd_deadline deadline, nd_id id, nd_arena *arena, nd_list *handles,
                   noema_error *error)
{
    return nd_claim_list(base, deadline, id, arena, handles, error);
}
