/* Experience points, and voided keys: entries that move no money. */
#include "core/id.h"
#include "user_economy/user_economy.h"

static const nd_money nothing = {0};

noema_status
nd_economy_add_exp(nd_economy *account, const nd_law *law, const nd_request *request,
                   nd_entry *entry, noema_error *error)
{
    ND_TRY(nd_economy_can_gain(account, request->exp, error));
    nd_entry_begin(entry, request);
    nd_economy_book(account, law, nothing, entry);
    return NOEMA_OK;
}

void
nd_economy_void(nd_economy *account, const nd_law *law, const nd_request *request, nd_entry *entry)
{
    nd_entry_begin(entry, request);
    nd_economy_book(account, law, nothing, entry);
}

void
nd_economy_void_payment(const nd_law *law, const nd_request *request, nd_entry *entry)
{
    nd_entry_begin(entry, request);
    entry->id = nd_record_id(ND_DOMAIN_MONEY, nd_id_none, request->key, 0);
    entry->timestamp = law->now;
}
