/* Get or create. The claim's _id is the handle, so that of any number of racing callers one makes
 * the account and the others find it. */
#include <string.h>

#include "core/id.h"
#include "user_core/account_private.h"
#include "user_core/claim_store.h"
#include "user_core/event_store.h"
#include "user_core/store.h"

/* The ids are chosen before the first attempt, so that a repeated one knows its own work. */
typedef struct birth {
    const nd_handle *handle;
    nd_text actor;
    nd_deadline deadline;
    nd_id account;
    nd_id event;
    nd_time now;
    nd_arena *arena;
    nd_claim claim; /* that stands in the end */
} birth;

static bool
insert_user(nd_session *session, const birth *made, nd_outcome *outcome)
{
    const nd_shown shown = {made->handle->platform, nd_handle_id(made->handle)};
    bson_t identities;
    nd_shown_document(&shown, &identities);
    const nd_user user = {
        .id = made->account,
        .identities = nd_bson_of(&identities),
        .status = {NOEMA_ACCOUNT_ACTIVE},
        .login_count = 1,
        .created = made->now,
        .updated = made->now,
        .last_login = made->now,
        .last_platform = nd_text_of(made->handle->platform),
        .last_touch = made->now,
        .version = 1,
    };
    bool done = nd_user_insert(session, made->deadline, &user, outcome);
    bson_destroy(&identities);
    return done;
}

static bool
insert_all(nd_session *session, birth *made, nd_outcome *outcome)
{
    made->claim = nd_claim_make(made->handle, made->account, made->now);
    nd_event event =
        nd_event_make(made->event, &made->claim, ND_EVENT_LINK, made->actor, made->now);
    return nd_claim_insert(session, made->deadline, &made->claim, outcome) &&
           insert_user(session, made, outcome) &&
           nd_event_insert(session, made->deadline, &event, outcome);
}

static bool
find_or_make(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
             noema_error *error)
{
    birth *made = context;
    bool there = false;
    (void)error;
    *verdict = NOEMA_OK;
    if (!nd_claim_load(session, made->deadline, nd_handle_text(made->handle), made->arena,
                       &made->claim, &there, outcome)) {
        return false;
    }
    return there || insert_all(session, made, outcome);
}

/* Fills claim with the one that stands. */
static noema_status
make(nd_base *base, nd_deadline deadline, const nd_handle *handle, nd_text actor, nd_arena *arena,
     nd_claim *claim, bool *created, noema_error *error)
{
    birth made = {
        .handle = handle,
        .actor = actor,
        .deadline = deadline,
        .account = nd_id_new(),
        .event = nd_id_new(),
        .now = nd_clock_now(nd_base_clock(base)),
        .arena = arena,
    };
    ND_TRY(nd_base_transaction(base, deadline, find_or_make, &made, error));
    *claim = made.claim;
    *created = nd_id_equal(claim->account, made.account);
    return NOEMA_OK;
}

/* What the claim leads to; a tombstone's claims have moved, so that no second read is needed. */
static noema_status
answer(const nd_claim *claim, bool created, nd_account *account, noema_error *error)
{
    if (!nd_claim_leads(claim)) {
        return nd_fail_reason(error, NOEMA_DENIED, "UNVERIFIED", "handle",
                              "is a wallet whose ownership nobody has proved");
    }
    *account = (nd_account){
        .id = claim->account,
        .status = nd_status_of(claim->account_status),
        .created = created,
    };
    return nd_status_check(account->status, error);
}

static noema_status
ensure(nd_base *base, nd_deadline deadline, const nd_handle *handle, nd_text actor, nd_arena *arena,
       nd_account *account, noema_error *error)
{
    nd_claim claim;
    bool created = false;
    noema_status status =
        nd_claim_read(base, deadline, nd_handle_text(handle), arena, &claim, error);
    if (status == NOEMA_NOT_FOUND) {
        status = make(base, deadline, handle, actor, arena, &claim, &created, error);
    }
    ND_TRY(status);
    return answer(&claim, created, account, error);
}

noema_status
nd_account_ensure(nd_base *base, nd_deadline deadline, nd_touches *touches, const char *handle,
                  nd_text actor, nd_account *account, noema_error *error)
{
    nd_handle parsed;
    memset(account, 0, sizeof *account);
    ND_TRY(nd_handle_parse(handle, "handle", &parsed, error));
    nd_arena *arena = nd_arena_new();
    noema_status status = ensure(base, deadline, &parsed, actor, arena, account, error);
    nd_arena_free(arena);
    ND_TRY(status);
    nd_account_seen(base, deadline, touches, account, &parsed);
    return NOEMA_OK;
}
