/* Given credit: grants sorted by expiry, how they are burned, written off and given back. An expiry
 * (0 = never) is a grant's identity. */
#include "model_private.h"

#include <assert.h>
#include <string.h>

/* "Never" is the latest of all. */
static int64_t
rank(int64_t expires)
{
    return expires == 0 ? INT64_MAX : expires;
}

/* The first grant that expires then or later; grant_count if none does. */
static int
place_of(const model_account *account, int64_t expires)
{
    int at = 0;
    while (at < account->grant_count && rank(account->grants[at].expires) < rank(expires)) {
        at++;
    }
    return at;
}

static bool
is_equal(const model_account *account, int at, int64_t expires)
{
    return at < account->grant_count && account->grants[at].expires == expires;
}

static void
drop_first(model_account *account, int count)
{
    account->grant_count -= count;
    memmove(&account->grants[0], &account->grants[count],
            (size_t)account->grant_count * sizeof account->grants[0]);
}

bool
model_grant_fits(const model_account *account, int64_t expires)
{
    return account->grant_count < MODEL_GRANTS ||
           is_equal(account, place_of(account, expires), expires);
}

void
model_grant_add(model_account *account, int64_t expires, int64_t amount)
{
    assert(amount > 0);
    int at = place_of(account, expires);
    if (is_equal(account, at, expires)) {
        account->grants[at].amount += amount;
        return;
    }
    if (account->grant_count == MODEL_GRANTS) {
        account->grants[at < MODEL_GRANTS ? at : MODEL_GRANTS - 1].amount += amount;
        return;
    }
    memmove(&account->grants[at + 1], &account->grants[at],
            (size_t)(account->grant_count - at) * sizeof account->grants[0]);
    account->grants[at].expires = expires;
    account->grants[at].amount = amount;
    account->grant_count++;
}

void
model_expire(model *m, int index, int64_t now)
{
    model_account *account = &m->accounts[index];
    int gone = 0;
    while (gone < account->grant_count && rank(account->grants[gone].expires) <= now) {
        int64_t loss =
            model_min(account->grants[gone].amount, model_max(0, model_available(account)));
        if (loss == 0) {
            break; /* holds need the rest, and all that expired later */
        }
        model_entry entry = {.type = MODEL_TYPE_EXPIRY,
                             .account = index,
                             .refund_of = -1,
                             .run = -1,
                             .amount = -loss,
                             .promo = -loss};
        model_entry_write(m, &entry);
        account->grants[gone].amount -= loss;
        if (account->grants[gone].amount > 0) {
            break;
        }
        gone++;
    }
    if (gone > 0) {
        drop_first(account, gone);
    }
}

void
model_burn(model *m, model_account *account, int64_t amount, model_entry *entry)
{
    int gone = 0;
    int64_t left = amount;
    entry->first_part = m->part_count;
    for (int at = 0; at < account->grant_count && left > 0; at++) {
        int64_t part = model_min(account->grants[at].amount, left);
        assert(m->part_count < MODEL_PARTS);
        m->parts[m->part_count++] =
            (model_part){.expires = account->grants[at].expires, .amount = part};
        account->grants[at].amount -= part;
        left -= part;
        gone += account->grants[at].amount == 0;
    }
    entry->part_count = m->part_count - entry->first_part;
    entry->promo = left - amount;
    if (gone > 0) {
        drop_first(account, gone);
    }
}

/* Of a part, what of `left` goes back after the `skip` that did before; both are used up by it. */
static int64_t
next_piece(int64_t part, int64_t *skip, int64_t *left)
{
    int64_t passed = model_min(part, *skip);
    int64_t piece = model_min(part - passed, *left);
    *skip -= passed;
    *left -= piece;
    return piece;
}

/* What is given back and has expired lasts to the end of the UTC day in 30 days. */
static int64_t
expiry_given_back(int64_t expires, int64_t now)
{
    return rank(expires) > now ? expires : (now / MODEL_DAY_MS + 31) * MODEL_DAY_MS;
}

int64_t
model_give_back(model *m, model_account *account, int64_t now, const model_entry *used,
                int64_t amount)
{
    int64_t skip = used->refunded;
    int64_t left = amount;
    int64_t debt = model_max(0, -account->credit);
    int64_t bought = next_piece(used->promo - used->amount, &skip, &left);
    int64_t given = 0;
    debt -= model_min(debt, bought);
    for (int at = used->part_count - 1; at >= 0 && left > 0; at--) {
        const model_part *part = &m->parts[used->first_part + at];
        int64_t piece = next_piece(part->amount, &skip, &left);
        int64_t paid = model_min(debt, piece);
        debt -= paid;
        piece -= paid;
        if (piece > 0) {
            model_grant_add(account, expiry_given_back(part->expires, now), piece);
            given += piece;
        }
    }
    assert(left == 0);
    return given;
}
