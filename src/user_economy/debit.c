/* A debit: exactly the amount, or, in mode UP_TO, as much of it as there is (also nothing). Given
 * credit burns first, earliest expiry first; then bought credit. */
#include "core/money.h"
#include "user_economy/user_economy.h"

noema_status
nd_economy_debit(nd_economy *account, const nd_law *law, const nd_request *request, nd_entry *entry,
                 noema_error *error)
{
    ND_TRY(nd_economy_may_spend(account, error));
    nd_money available = nd_economy_available(account);
    nd_money amount = request->amount;
    if (available.nano < amount.nano) {
        if (request->mode.at != ND_MODE_UP_TO) {
            return nd_economy_short(account, amount, "amount", error);
        }
        amount = nd_money_max(available, (nd_money){0});
    }
    nd_entry_begin(entry, request);
    if (amount.nano != request->amount.nano) {
        entry->requested = request->amount;
    }
    nd_grants_burn(account, law, amount, entry);
    nd_economy_book(account, law, (nd_money){-amount.nano}, entry);
    return NOEMA_OK;
}
