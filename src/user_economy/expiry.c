/* Grants that have expired are written off, earliest first, except for what open holds need. */
#include <stdio.h>

#include "core/money.h"
#include "core/text.h"
#include "user_economy/user_economy.h"

static bool
has_expired(const nd_grant *grant, nd_time now)
{
    return grant->expires.ms != 0 && grant->expires.ms <= now.ms;
}

static nd_money
free_credit(const nd_economy *account)
{
    return nd_money_max((nd_money){0}, (nd_money){account->credit.nano - account->held.nano});
}

/* "noema:expiry:<seq>": once for the entry that it becomes. */
static void
begin_expiry(const nd_economy *account, const nd_law *law, nd_entry *entry)
{
    char key[40];
    snprintf(key, sizeof(key), "noema:expiry:%lld", (long long)account->seq + 1);
    const nd_request request = {.type = {ND_ENTRY_EXPIRY},
                                .named = account->account,
                                .key = nd_arena_string(law->arena, key)};
    nd_entry_begin(entry, &request);
    entry->id = nd_record_id(ND_DOMAIN_SYSTEM, account->account, request.key, 0);
}

bool
nd_economy_expire(nd_economy *account, const nd_law *law, nd_entry *entry)
{
    nd_grant *first = account->grants.items;
    if (account->grants.count == 0 || !has_expired(first, law->now)) {
        return false;
    }
    nd_money off = nd_money_min(first->amount, free_credit(account));
    if (off.nano == 0) {
        return false;
    }
    begin_expiry(account, law, entry);
    nd_grants_burn(account, law, off, entry);
    nd_economy_book(account, law, (nd_money){-off.nano}, entry);
    return true;
}

nd_money
nd_economy_due(const nd_economy *account, nd_time now)
{
    const nd_grant *grants = account->grants.items;
    nd_money expired = {0};
    for (uint32_t i = 0; i < account->grants.count && has_expired(&grants[i], now); i++) {
        expired.nano += grants[i].amount.nano;
    }
    return nd_money_min(expired, free_credit(account));
}
