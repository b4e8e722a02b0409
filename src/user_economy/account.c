/* What every operation on an account shares: status, bounds, and the booking of an entry. */
#include "core/id.h"
#include "core/money.h"
#include "user_economy/user_economy.h"

/* What a JSON number can still say. */
#define EXP_MAX INT64_C(9007199254740991)

void
nd_economy_birth(nd_economy *account, nd_id id, const nd_law *law)
{
    *account = (nd_economy){.id = id, .account = id, .created = law->now};
}

nd_money
nd_economy_available(const nd_economy *account)
{
    return (nd_money){account->credit.nano - account->held.nano + account->limit.nano};
}

nd_money
nd_economy_given(const nd_economy *account)
{
    const nd_grant *grants = account->grants.items;
    nd_money sum = {0};
    for (uint32_t i = 0; i < account->grants.count; i++) {
        sum.nano += grants[i].amount.nano;
    }
    return sum;
}

noema_status
nd_economy_may_spend(const nd_economy *account, noema_error *error)
{
    switch (account->status.at) {
    case 0:
    case NOEMA_ACCOUNT_PENDING:
    case NOEMA_ACCOUNT_ACTIVE:
        return NOEMA_OK;
    case NOEMA_ACCOUNT_SUSPENDED:
        return nd_fail_reason(error, NOEMA_DENIED, "SUSPENDED", NULL, "the account is suspended");
    case NOEMA_ACCOUNT_DEACTIVATED_BY_USER:
    case NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN:
        return nd_fail_reason(error, NOEMA_DENIED, "DEACTIVATED", NULL,
                              "the account is deactivated");
    case NOEMA_ACCOUNT_MERGED:
        return nd_fail_reason(error, NOEMA_DENIED, "MERGED", NULL, "the account was merged");
    default:
        return nd_fail_reason(error, NOEMA_DENIED, "ERASED", NULL, "the account was erased");
    }
}

noema_status
nd_economy_may_receive(const nd_economy *account, noema_error *error)
{
    if (account->status.at == NOEMA_ACCOUNT_SUSPENDED ||
        account->status.at == NOEMA_ACCOUNT_DEACTIVATED_BY_USER ||
        account->status.at == NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN) {
        return NOEMA_OK;
    }
    return nd_economy_may_spend(account, error);
}

noema_status
nd_economy_can_add(const nd_economy *account, nd_money amount, noema_error *error)
{
    nd_money sum;
    if (nd_money_add(account->credit, amount, &sum)) {
        return NOEMA_OK;
    }
    return nd_fail(error, NOEMA_LIMIT, "amount", "a balance is at most 9000000000 USD");
}

noema_status
nd_economy_can_gain(const nd_economy *account, int64_t exp, noema_error *error)
{
    int64_t sum;
    if (__builtin_add_overflow(account->exp, exp, &sum) || sum > EXP_MAX || sum < -EXP_MAX) {
        return nd_fail(error, NOEMA_LIMIT, "exp", "a total is at most 9007199254740991");
    }
    return NOEMA_OK;
}

noema_status
nd_economy_short(const nd_economy *account, nd_money needed, const char *field, noema_error *error)
{
    nd_money available = nd_economy_available(account);
    char needs[ND_MONEY_TEXT];
    char has[ND_MONEY_TEXT];
    nd_money_format(needed, needs);
    nd_money_format(available, has);
    nd_fail(error, NOEMA_INSUFFICIENT_FUNDS, field, "needs %s USD, available %s USD", needs, has);
    if (error != NULL) {
        error->needed = needed.nano;
        error->available = available.nano;
    }
    return NOEMA_INSUFFICIENT_FUNDS;
}

void
nd_economy_touch(nd_economy *account, const nd_law *law)
{
    account->version++;
    account->updated = law->now;
}

void
nd_economy_book(nd_economy *account, const nd_law *law, nd_money amount, nd_entry *entry)
{
    entry->account = account->account;
    entry->amount = amount;
    entry->before = account->credit;
    account->credit.nano += amount.nano;
    entry->after = account->credit;
    account->exp += entry->exp;
    account->seq++;
    entry->seq = account->seq;
    if (law->now.ms > account->head_at.ms) {
        account->head_at = law->now;
    }
    entry->timestamp = account->head_at;
    nd_economy_touch(account, law);
}
