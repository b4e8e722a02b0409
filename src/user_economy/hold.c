/* Holds: credit set aside for a run that is open. They write no entry; heldUsd is their sum. */
#include "core/money.h"
#include "user_economy/user_economy.h"

noema_status
nd_economy_hold(nd_economy *account, const nd_law *law, nd_money amount, noema_error *error)
{
    if (amount.nano > 0 && nd_economy_available(account).nano < amount.nano) {
        return nd_economy_short(account, amount, "hold", error);
    }
    account->held.nano += amount.nano;
    nd_economy_touch(account, law);
    return NOEMA_OK;
}

void
nd_economy_close_hold(nd_economy *account, const nd_law *law, nd_money open, nd_money charge,
                      nd_entry *entry)
{
    account->held.nano -= open.nano;
    if (entry == NULL) {
        nd_economy_touch(account, law);
        return;
    }
    nd_grants_burn(account, law, charge, entry);
    nd_economy_book(account, law, (nd_money){-charge.nano}, entry);
}
