/* Remembers when an account was last seen: in the database once a minute at most. */
#include <pthread.h>
#include <string.h>

#include "async/async.h"
#include "core/id.h"
#include "user_core/account_private.h"
#include "user_core/store.h"

enum { PERIOD_MS = 60 * 1000, PATIENCE_MS = 500, SETS = 1024, WAYS = 4 };

typedef struct sight {
    nd_id account; /* none: free */
    int64_t at_ms;
} sight;

/* An account has a place in one set only; a full set forgets whom it has not seen for longest. */
struct nd_touches {
    pthread_mutex_t mutex;
    sight sights[SETS][WAYS];
};

nd_touches *
nd_touches_new(void)
{
    nd_touches *touches = nd_new(sizeof *touches);
    nd_lock_init(&touches->mutex);
    return touches;
}

void
nd_touches_free(nd_touches *touches)
{
    if (touches != NULL) {
        pthread_mutex_destroy(&touches->mutex);
        nd_delete(touches);
    }
}

/* The account's own place, or the one that it is to have. */
static sight *
place_of(nd_touches *touches, nd_id account)
{
    sight *set = touches->sights[nd_id_hash(account) % SETS];
    sight *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (nd_id_equal(set[i].account, account)) {
            return &set[i];
        }
        if (nd_id_is_none(oldest->account)) {
            continue;
        }
        if (nd_id_is_none(set[i].account) || set[i].at_ms < oldest->at_ms) {
            oldest = &set[i];
        }
    }
    return oldest;
}

bool
nd_touches_due(nd_touches *touches, nd_id account, int64_t now_ms)
{
    nd_lock(&touches->mutex);
    sight *place = place_of(touches, account);
    bool seen = nd_id_equal(place->account, account) && now_ms - place->at_ms < PERIOD_MS;
    if (!seen) {
        *place = (sight){account, now_ms};
    }
    nd_unlock(&touches->mutex);
    return !seen;
}

void
nd_touches_forget(nd_touches *touches, nd_id account)
{
    nd_lock(&touches->mutex);
    sight *place = place_of(touches, account);
    if (nd_id_equal(place->account, account)) {
        *place = (sight){0};
    }
    nd_unlock(&touches->mutex);
}

/* A wallet says who came, not where. An account that was just made has been touched by that. */
void
nd_account_seen(nd_base *base, nd_deadline deadline, nd_touches *touches, const nd_account *account,
                const nd_handle *handle)
{
    if (touches == NULL || !nd_touches_due(touches, account->id, nd_monotonic_ms()) ||
        account->created) {
        return;
    }
    const char *platform = handle->kind == ND_CLAIM_PLATFORM ? handle->platform : NULL;
    noema_error error;
    noema_status status =
        nd_user_touch(base, nd_deadline_sooner(deadline, nd_deadline_in(PATIENCE_MS)), account->id,
                      platform, &error);
    if (status != NOEMA_OK && status != NOEMA_NOT_FOUND) {
        nd_log_write(nd_base_log(base), NOEMA_LOG_WARN, "user_core", "touch: %s", error.message);
    }
}

noema_status
nd_account_touch(nd_base *base, nd_deadline deadline, nd_touches *touches, nd_id id,
                 const char *platform, noema_error *error)
{
    ND_TRY(nd_platform_check(platform, "platform", error));
    if (!nd_touches_due(touches, id, nd_monotonic_ms())) {
        return NOEMA_OK;
    }
    noema_status status = nd_user_touch(base, deadline, id, platform, error);
    if (status != NOEMA_OK) {
        nd_touches_forget(touches, id);
    }
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(error, NOEMA_NOT_FOUND, "account", "there is no such account");
    }
    return status;
}
