/* Credit that is given: always a grant. On a negative balance the overdraft is paid first, and what
 * remains becomes the grant. */
#include "core/money.h"
#include "user_economy/user_economy.h"

noema_status
nd_economy_bonus(nd_economy *account, const nd_law *law, const nd_request *request, nd_entry *entry,
                 noema_error *error)
{
    ND_TRY(nd_economy_may_spend(account, error));
    if (request->expires.ms != 0 && request->expires.ms <= law->now.ms) {
        return nd_fail(error, NOEMA_INVALID, "expires_at", "has passed");
    }
    ND_TRY(nd_economy_can_add(account, request->amount, error));
    nd_money after = {account->credit.nano + request->amount.nano};
    nd_money given = nd_money_max((nd_money){0}, nd_money_min(request->amount, after));
    if (given.nano > 0 && !nd_grants_have_room(account, request->expires)) {
        return nd_fail(error, NOEMA_LIMIT, "grants", "an account has at most %d", ND_GRANTS_MAX);
    }
    nd_entry_begin(entry, request);
    nd_economy_book(account, law, request->amount, entry);
    nd_grants_give(account, law, request->expires, given, entry);
    return NOEMA_OK;
}
