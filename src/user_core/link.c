/* Links handles to accounts and unlinks them. Each change writes the account's document, so that two
 * of them on one account can't both stand on what they read: counting claims alone let two unlinks
 * take each other's last one. */
#include <string.h>

#include "core/id.h"
#include "user_core/account_private.h"
#include "user_core/claim_store.h"
#include "user_core/event_store.h"
#include "user_core/store.h"

/* One call; the lower half is what the present attempt has read. Refusals commit, too: they are
 * answers from a snapshot that a majority must have. */
typedef struct change {
    const nd_handle *handle;
    nd_text actor;
    nd_deadline deadline;
    nd_id account;
    nd_id event; /* chosen before the first attempt, so that a repeated one knows its own work */
    nd_time now;
    nd_arena *arena;
    bool sent; /* an earlier attempt wrote, and may have been committed after all */

    nd_user user;
    nd_claim claim;
    bool user_there;
    bool claim_there;
    bool done; /* by an earlier attempt */
    noema_status answer;
    noema_error refusal;
} change;

static bool
load(nd_session *session, change *made, nd_outcome *outcome)
{
    return nd_user_load_identity(session, made->deadline, made->account, made->arena, &made->user,
                                 &made->user_there, outcome) &&
           nd_claim_load(session, made->deadline, nd_handle_text(made->handle), made->arena,
                         &made->claim, &made->claim_there, outcome);
}

/* Both that the account is there and that it may. */
static noema_status
check_account(const change *made, noema_error *error)
{
    if (!made->user_there) {
        return nd_fail(error, NOEMA_NOT_FOUND, "account", "there is no such account");
    }
    return nd_status_check(nd_status_of(made->user.status), error);
}

static bool
is_ours(const change *made)
{
    return made->claim_there && nd_id_equal(made->claim.account, made->account);
}

static nd_user
user_after(const change *made, int32_t logins)
{
    nd_user after = made->user;
    after.login_count += logins;
    after.version++;
    after.updated = made->now;
    return after;
}

static bool
append_event(nd_session *session, const change *made, nd_event_kind what, nd_outcome *outcome)
{
    const nd_claim claim = nd_claim_make(made->handle, made->account, made->now);
    nd_event event = nd_event_make(made->event, &claim, what, made->actor, made->now);
    return nd_event_insert(session, made->deadline, &event, outcome);
}

static noema_status
run(nd_base *base, nd_deadline deadline, nd_work work, nd_id id, const char *handle, nd_text actor,
    noema_error *error)
{
    nd_handle parsed;
    ND_TRY(nd_handle_parse(handle, "handle", &parsed, error));
    change made = {
        .handle = &parsed,
        .actor = actor,
        .deadline = deadline,
        .account = id,
        .event = nd_id_new(),
        .now = nd_clock_now(nd_base_clock(base)),
        .arena = nd_arena_new(),
    };
    noema_status status = nd_base_transaction(base, deadline, work, &made, error);
    nd_arena_free(made.arena);
    ND_TRY(status);
    return made.answer == NOEMA_OK ? NOEMA_OK : nd_error_copy(error, &made.refusal);
}

/* ---- link ---------------------------------------------------------------------------------- */

static noema_status
judge_link(const change *made, noema_error *error)
{
    ND_TRY(check_account(made, error));
    if (is_ours(made)) {
        return NOEMA_OK;
    }
    if (made->claim_there) {
        return nd_fail(error, NOEMA_TAKEN, "handle", "belongs to another account");
    }
    if (made->user.login_count >= ND_HANDLES_MAX) {
        return nd_fail(error, NOEMA_LIMIT, "handle", "an account has at most %d", ND_HANDLES_MAX);
    }
    return NOEMA_OK;
}

/* platformIdentities keeps showing the oldest id of a platform. */
static bool
write_link(nd_session *session, change *made, nd_outcome *outcome)
{
    const nd_claim claim = nd_claim_make(made->handle, made->account, made->now);
    const nd_user after = user_after(made, 1);
    const nd_shown shown = {made->handle->platform, nd_handle_id(made->handle)};
    bool is_first = nd_text_is_none(nd_user_shown(&made->user, shown.platform, made->arena));
    return nd_claim_insert(session, made->deadline, &claim, outcome) &&
           nd_user_store(session, made->deadline, &made->user, &after, is_first ? &shown : NULL,
                         outcome) &&
           append_event(session, made, ND_EVENT_LINK, outcome);
}

static bool
link_once(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
          noema_error *error)
{
    change *made = context;
    (void)error;
    *verdict = NOEMA_OK;
    if (!load(session, made, outcome)) {
        return false;
    }
    made->answer = judge_link(made, &made->refusal);
    if (made->answer != NOEMA_OK || made->claim_there) {
        return true;
    }
    return write_link(session, made, outcome);
}

noema_status
nd_account_link(nd_base *base, nd_deadline deadline, nd_id id, const char *handle, nd_text actor,
                noema_error *error)
{
    return run(base, deadline, link_once, id, handle, actor, error);
}

/* ---- unlink -------------------------------------------------------------------------------- */

static noema_status
judge_unlink(const change *made, noema_error *error)
{
    if (made->done) {
        return NOEMA_OK;
    }
    ND_TRY(check_account(made, error));
    if (!is_ours(made)) {
        return nd_fail(error, NOEMA_NOT_FOUND, "handle", "is not linked to this account");
    }
    if (nd_claim_leads(&made->claim) && made->user.login_count <= 1) {
        return nd_fail_reason(error, NOEMA_DENIED, "LAST_IDENTITY", "handle",
                              "is the last one that leads to this account");
    }
    return NOEMA_OK;
}

/* What platformIdentities shows instead of the handle that goes: the oldest that is left. */
static bool
load_shown(nd_session *session, change *made, nd_shown *shown, nd_outcome *outcome)
{
    nd_claim oldest;
    bool there = false;
    size_t prefix = strlen(made->handle->platform) + 1;
    if (!nd_claim_load_oldest(session, made->deadline, made->account, made->handle->platform,
                              nd_handle_text(made->handle), made->arena, &oldest, &there,
                              outcome)) {
        return false;
    }
    *shown = (nd_shown){.platform = made->handle->platform};
    if (there) {
        shown->id = nd_text_of(oldest.handle.bytes + prefix);
    }
    return true;
}

static bool
write_unlink(nd_session *session, change *made, nd_outcome *outcome)
{
    const nd_user after = user_after(made, nd_claim_leads(&made->claim) ? -1 : 0);
    nd_text now_shown = nd_user_shown(&made->user, made->handle->platform, made->arena);
    bool shows_it = nd_text_equal(now_shown, nd_handle_id(made->handle));
    nd_shown shown;
    if (shows_it && !load_shown(session, made, &shown, outcome)) {
        return false;
    }
    made->sent = true;
    return nd_claim_delete(session, made->deadline, nd_handle_text(made->handle), made->account,
                           outcome) &&
           nd_user_store(session, made->deadline, &made->user, &after, shows_it ? &shown : NULL,
                         outcome) &&
           append_event(session, made, ND_EVENT_UNLINK, outcome);
}

static bool
unlink_once(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
            noema_error *error)
{
    change *made = context;
    (void)error;
    *verdict = NOEMA_OK;
    if (!load(session, made, outcome)) {
        return false;
    }
    if (made->sent && !is_ours(made) &&
        !nd_event_load(session, made->deadline, made->event, made->arena, &made->done, outcome)) {
        return false;
    }
    made->answer = judge_unlink(made, &made->refusal);
    if (made->answer != NOEMA_OK || made->done) {
        return true;
    }
    return write_unlink(session, made, outcome);
}

noema_status
nd_account_unlink(nd_base *base, nd_deadline deadline, nd_id id, const char *handle, nd_text actor,
                  noema_error *error)
{
    return run(base, deadline, unlink_once, id, handle, actor, error);
}
