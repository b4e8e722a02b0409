/* One slot for an account, found by its hash. */
#include "engine/recent.h"

#include <pthread.h>
#include <string.h>

#include "async/async.h"
#include "core/id.h"

/* Commits for which an account that was guessed in vain is not kept. */
enum { SHUNNED_COMMITS = 64 };

typedef struct slot {
    nd_economy account; /* its grants lie below; it has no other list */
    nd_grant grants[ND_RECENT_GRANTS];
    uint32_t shunned; /* commits to go until it is kept; the account is only named */
} slot;

struct nd_recent {
    pthread_mutex_t mutex;
    slot *slots;
    bool off;
};

nd_recent *
nd_recent_new(void)
{
    nd_recent *made = nd_new(sizeof(*made));
    nd_lock_init(&made->mutex);
    made->slots = nd_new(ND_RECENT_MAX * sizeof(slot));
    return made;
}

void
nd_recent_free(nd_recent *recent)
{
    if (recent == NULL) {
        return;
    }
    nd_delete(recent->slots);
    pthread_mutex_destroy(&recent->mutex);
    nd_delete(recent);
}

static slot *
slot_of(const nd_recent *recent, nd_id account)
{
    return &recent->slots[nd_id_hash(account) % ND_RECENT_MAX];
}

static bool
is_of(const slot *at, nd_id account)
{
    return nd_id_equal(at->account.account, account);
}

static bool
can_be_kept(const nd_economy *account)
{
    return account->budgets.count == 0 && account->merged_from.count == 0 &&
           account->grants.count <= ND_RECENT_GRANTS && account->status.at >= 0;
}

/* Nothing of the account but its name. */
static slot
named(nd_id account, uint32_t shunned)
{
    return (slot){.account = {.account = account}, .shunned = shunned};
}

static void
keep(slot *at, const nd_economy *account)
{
    const uint32_t count = account->grants.count;
    *at = (slot){.account = *account};
    at->account.budgets = at->account.merged_from = (nd_list){0};
    at->account.grants = (nd_list){at->grants, count, count};
    if (count > 0) {
        memcpy(at->grants, account->grants.items, count * sizeof(nd_grant));
    }
}

void
nd_recent_put(nd_recent *recent, const nd_economy *account)
{
    nd_lock(&recent->mutex);
    slot *at = slot_of(recent, account->account);
    if (is_of(at, account->account) && at->shunned > 0) {
        at->shunned--;
    } else if (can_be_kept(account)) {
        keep(at, account);
    } else if (is_of(at, account->account)) {
        *at = named(nd_id_none, 0);
    }
    nd_unlock(&recent->mutex);
}

bool
nd_recent_find(nd_recent *recent, nd_id account, nd_arena *arena, nd_economy *found)
{
    nd_lock(&recent->mutex);
    const slot *at = slot_of(recent, account);
    const bool kept = is_of(at, account) && at->account.version > 0 && !recent->off;
    if (kept) {
        *found = at->account;
        found->grants = nd_list_copy(&at->account.grants, sizeof(nd_grant), arena);
    }
    nd_unlock(&recent->mutex);
    return kept;
}

void
nd_recent_outdated(nd_recent *recent, nd_id account)
{
    nd_lock(&recent->mutex);
    *slot_of(recent, account) = named(account, SHUNNED_COMMITS);
    nd_unlock(&recent->mutex);
}

void
nd_recent_set(nd_recent *recent, bool on)
{
    nd_lock(&recent->mutex);
    recent->off = !on;
    nd_unlock(&recent->mutex);
}
