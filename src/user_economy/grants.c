/* Grants: credit that was given, kept apart from what was bought, and spent first. */
#include "core/money.h"
#include "user_economy/user_economy.h"

/* Sorted by expiry; never (0) is after everything. */
static bool
expires_before(nd_time a, nd_time b)
{
    if (a.ms == 0) {
        return false;
    }
    return b.ms == 0 || a.ms < b.ms;
}

/* The first grant that does not expire earlier. */
static uint32_t
place_of(const nd_economy *account, nd_time expires)
{
    const nd_grant *grants = account->grants.items;
    uint32_t at = 0;
    while (at < account->grants.count && expires_before(grants[at].expires, expires)) {
        at++;
    }
    return at;
}

static bool
stands_at(const nd_economy *account, uint32_t at, nd_time expires)
{
    const nd_grant *grants = account->grants.items;
    return at < account->grants.count && grants[at].expires.ms == expires.ms;
}

void
nd_grants_burn(nd_economy *account, const nd_law *law, nd_money amount, nd_entry *entry)
{
    while (amount.nano > 0 && account->grants.count > 0) {
        nd_grant *first = account->grants.items;
        nd_money part = nd_money_min(first->amount, amount);
        nd_entry_add_part(entry, first->expires, part, law->arena);
        amount.nano -= part.nano;
        first->amount.nano -= part.nano;
        if (first->amount.nano == 0) {
            nd_list_remove(&account->grants, 0, sizeof(nd_grant));
        }
    }
}

bool
nd_grants_have_room(const nd_economy *account, nd_time expires)
{
    return account->grants.count < ND_GRANTS_MAX ||
           stands_at(account, place_of(account, expires), expires);
}

void
nd_grants_give(nd_economy *account, const nd_law *law, nd_time expires, nd_money amount,
               nd_entry *entry)
{
    if (amount.nano == 0) {
        return;
    }
    uint32_t at = place_of(account, expires);
    if (!stands_at(account, at, expires) && account->grants.count < ND_GRANTS_MAX) {
        nd_grant *grant = nd_list_insert(&account->grants, at, sizeof(nd_grant), law->arena);
        grant->expires = expires;
        grant->created = law->now;
    }
    if (at == account->grants.count) {
        at--;
    }
    nd_grant *grant = (nd_grant *)account->grants.items + at;
    grant->amount.nano += amount.nano;
    nd_entry_add_part(entry, grant->expires, amount, law->arena);
}
