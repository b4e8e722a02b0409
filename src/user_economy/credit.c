/* Credit that was bought. On a negative balance it pays the overdraft first, by being added. */
#include "user_economy/user_economy.h"

noema_status
nd_economy_credit(nd_economy *account, const nd_law *law, const nd_request *request,
                  nd_entry *entry, noema_error *error)
{
    ND_TRY(nd_economy_may_receive(account, error));
    ND_TRY(nd_economy_can_add(account, request->amount, error));
    nd_entry_begin(entry, request);
    nd_economy_book(account, law, request->amount, entry);
    return NOEMA_OK;
}
