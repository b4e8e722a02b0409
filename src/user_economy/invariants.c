/* What is always true of an account's credit. */
#include "core/money.h"
#include "user_economy/user_economy.h"

static const char *
unsound_grants(const nd_economy *account)
{
    const nd_grant *grants = account->grants.items;
    int64_t last = 0;
    nd_money sum = {0};
    if (account->grants.count > ND_GRANTS_MAX) {
        return "it has too many grants";
    }
    for (uint32_t i = 0; i < account->grants.count; i++) {
        bool never = grants[i].expires.ms == 0;
        if (grants[i].amount.nano <= 0) {
            return "a grant is not positive";
        }
        if (never ? i + 1 != account->grants.count : grants[i].expires.ms <= last) {
            return "grants are not sorted by expiry";
        }
        if (!nd_money_add(sum, grants[i].amount, &sum)) {
            return "grants are out of range";
        }
        last = grants[i].expires.ms;
    }
    if (sum.nano > nd_money_max(account->credit, (nd_money){0}).nano) {
        return "more was given than there is";
    }
    return NULL;
}

const char *
nd_economy_unsound(const nd_economy *account)
{
    if (!nd_money_in_range(account->credit.nano) || !nd_money_in_range(account->held.nano) ||
        !nd_money_in_range(account->limit.nano)) {
        return "an amount is out of range";
    }
    if (account->held.nano < 0 || account->limit.nano < 0) {
        return "a hold or a limit is negative";
    }
    if (account->seq < 0 || account->version < 0 || account->version < account->seq) {
        return "a count is wrong";
    }
    return unsound_grants(account);
}
