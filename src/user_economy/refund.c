/* A refund gives back what a debit or a charge took: bought credit first, then the grants by latest
 * expiry. Where a refund stops, the next one of the same entry goes on. */
#include "core/id.h"
#include "core/money.h"
#include "user_economy/user_economy.h"

#define DAY_MS INT64_C(86400000)
/* A grant that has expired comes back as one that lasts to the end of the UTC day in 30 days. */
enum { RETURNED_DAYS = 30 };

static nd_time
returned_expiry(nd_time expires, nd_time now)
{
    if (expires.ms == 0 || expires.ms > now.ms) {
        return expires;
    }
    return (nd_time){(now.ms / DAY_MS + RETURNED_DAYS + 1) * DAY_MS};
}

/* How much of [from, from + length) lies in [start, start + size). */
static int64_t
overlap(int64_t from, int64_t length, int64_t start, int64_t size)
{
    int64_t low = from > start ? from : start;
    int64_t high = from + length < start + size ? from + length : start + size;
    return high > low ? high - low : 0;
}

/* The original's parts laid end to end in the order in which they go back; this refund is the
 * stretch behind the earlier ones. An overdraft is paid from its beginning. */
static void
give_back(nd_economy *account, const nd_law *law, const nd_entry *original, nd_money refunded,
          nd_money amount, nd_entry *entry)
{
    const nd_part *parts = original->parts.items;
    int64_t debt = account->credit.nano < 0 ? -account->credit.nano : 0;
    int64_t start = 0;
    int64_t size = -original->amount.nano - nd_entry_given(original).nano;
    debt -=
        nd_money_min((nd_money){debt}, (nd_money){overlap(refunded.nano, amount.nano, start, size)})
            .nano;
    for (uint32_t i = original->parts.count; i > 0; i--) {
        start += size;
        size = parts[i - 1].amount.nano;
        int64_t back = overlap(refunded.nano, amount.nano, start, size);
        int64_t pays = back < debt ? back : debt;
        debt -= pays;
        nd_grants_give(account, law, returned_expiry(parts[i - 1].expires, law->now),
                       (nd_money){back - pays}, entry);
    }
}

static noema_status
check_bounds(const nd_request *request, const nd_entry *original, nd_money refunded,
             nd_money *amount, noema_error *error)
{
    if (original->type.at != ND_ENTRY_DEBIT && original->type.at != ND_ENTRY_CHARGE) {
        return nd_fail(error, NOEMA_INVALID, "entry", "is neither a debit nor a charge");
    }
    nd_money left = {-original->amount.nano - refunded.nano};
    *amount = request->mode.at == ND_MODE_ALL ? left : request->amount;
    if (amount->nano <= 0 || amount->nano > left.nano) {
        char text[ND_MONEY_TEXT];
        nd_money_format(left, text);
        return nd_fail(error, NOEMA_LIMIT, "amount", "%s USD are left to be refunded", text);
    }
    return NOEMA_OK;
}

noema_status
nd_economy_refund(nd_economy *account, const nd_law *law, const nd_request *request,
                  const nd_entry *original, nd_money refunded, nd_entry *entry, noema_error *error)
{
    nd_money amount = {0};
    ND_TRY(check_bounds(request, original, refunded, &amount, error));
    ND_TRY(nd_economy_can_add(account, amount, error));
    nd_entry_begin(entry, request);
    entry->refund_of = original->id;
    entry->run = original->run;
    give_back(account, law, original, refunded, amount, entry);
    nd_economy_book(account, law, amount, entry);
    return NOEMA_OK;
}
