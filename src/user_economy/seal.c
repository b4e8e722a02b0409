/* The seal: a keyed hash over every field that authorises spending, in one fixed spelling. A
 * balance that this library did not write does not carry it. */
#include <string.h>

#include "user_economy/user_economy.h"

/* Little-endian whatever the machine, so that a database can move. */
static uint8_t *
put_int64(uint8_t *at, int64_t value)
{
    for (int shift = 0; shift < 64; shift += 8) {
        *at++ = (uint8_t)((uint64_t)value >> shift);
    }
    return at;
}

static uint8_t *
put_id(uint8_t *at, nd_id id)
{
    memcpy(at, id.bytes, sizeof(id.bytes));
    return at + sizeof(id.bytes);
}

enum {
    FIXED_BYTES = 2 * 12 + 8 * 8 + 32 + 3 * 8,
    GRANT_BYTES = 3 * 8,
    MERGED_BYTES = 12,
    BUDGET_BYTES = 4 * 8 + 8 /* its key's text follows as a piece of its own */
};

static uint8_t *
put_account(uint8_t *at, const nd_economy *account)
{
    at = put_id(at, account->account);
    at = put_id(at, account->merged_into);
    at = put_int64(at, account->credit.nano);
    at = put_int64(at, account->held.nano);
    at = put_int64(at, account->limit.nano);
    at = put_int64(at, account->exp);
    at = put_int64(at, account->status.at);
    at = put_int64(at, account->seq);
    at = put_int64(at, account->head_at.ms);
    at = put_int64(at, account->version);
    memcpy(at, account->head.bytes, sizeof(account->head.bytes));
    at += sizeof(account->head.bytes);
    at = put_int64(at, account->grants.count);
    at = put_int64(at, account->budgets.count);
    return put_int64(at, account->merged_from.count);
}

static uint8_t *
put_grants(uint8_t *at, const nd_economy *account)
{
    const nd_grant *grants = account->grants.items;
    for (uint32_t i = 0; i < account->grants.count; i++) {
        at = put_int64(at, grants[i].expires.ms);
        at = put_int64(at, grants[i].amount.nano);
        at = put_int64(at, grants[i].created.ms);
    }
    const nd_id *merged = account->merged_from.items;
    for (uint32_t i = 0; i < account->merged_from.count; i++) {
        at = put_id(at, merged[i]);
    }
    return at;
}

/* Each budget is a fixed part and its key's text. */
static size_t
put_budgets(uint8_t *at, const nd_economy *account, nd_piece *pieces)
{
    const nd_budget *budgets = account->budgets.items;
    size_t count = 0;
    for (uint32_t i = 0; i < account->budgets.count && i < ND_BUDGETS_MAX; i++) {
        uint8_t *from = at;
        at = put_int64(at, budgets[i].limit.nano);
        at = put_int64(at, budgets[i].spent.nano);
        at = put_int64(at, budgets[i].window.at);
        at = put_int64(at, budgets[i].window_start.ms);
        at = put_int64(at, budgets[i].key.length);
        pieces[count++] = (nd_piece){from, BUDGET_BYTES};
        pieces[count++] = (nd_piece){budgets[i].key.bytes, budgets[i].key.length};
    }
    return count;
}

nd_seal
nd_economy_seal(const nd_economy *account, const nd_hash_key *key)
{
    uint8_t fixed[FIXED_BYTES + ND_GRANTS_MAX * GRANT_BYTES + ND_MERGED_MAX * MERGED_BYTES];
    uint8_t budgets[ND_BUDGETS_MAX * BUDGET_BYTES];
    nd_piece pieces[1 + 2 * ND_BUDGETS_MAX];
    if (account->grants.count > ND_GRANTS_MAX || account->merged_from.count > ND_MERGED_MAX ||
        account->budgets.count > ND_BUDGETS_MAX) {
        return (nd_seal){{0}}; /* nothing of ours: it matches no stored seal */
    }
    uint8_t *end = put_grants(put_account(fixed, account), account);
    pieces[0] = (nd_piece){fixed, (size_t)(end - fixed)};
    size_t count = 1 + put_budgets(budgets, account, pieces + 1);
    return nd_seal_of(key, pieces, count);
}
