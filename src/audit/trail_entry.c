/* The rules of one entry. */
#include "audit/trail.h"
#include "core/id.h"
#include "transactions/transactions.h"

/* Keys of ours are a name space of their own; a payment's belongs to no account. */
nd_id
nd_trail_entry_id(const nd_entry *entry)
{
    static const char ours[] = "noema:";
    nd_id named = nd_id_is_none(entry->named) ? entry->account : entry->named;
    nd_text prefix = {entry->key.bytes, sizeof(ours) - 1};
    if (entry->key.length > prefix.length && nd_text_is(prefix, ours)) {
        return nd_record_id(ND_DOMAIN_SYSTEM, named, entry->key, 0);
    }
    if (entry->type.at == ND_ENTRY_CREDIT) {
        named = nd_id_none;
    }
    return nd_record_id(ND_DOMAIN_MONEY, named, entry->key, 0);
}

/* Of a transfer, two legs share the key. */
static void
check_id(nd_proof *proof, const nd_place *place, const nd_entry *entry)
{
    nd_id made = nd_trail_entry_id(entry);
    if (!nd_id_equal(made, entry->id) && entry->type.at == ND_ENTRY_TRANSFER) {
        nd_id named = nd_id_is_none(entry->named) ? entry->account : entry->named;
        made = nd_record_id(ND_DOMAIN_MONEY, named, entry->key, 1);
    }
    if (!nd_id_equal(made, entry->id)) {
        nd_problem_id(proof->problems, place, "id", "_id", made, entry->id);
    }
}

static void
check_balance(const nd_trail *trail, nd_proof *proof, const nd_place *place, const nd_entry *entry,
              bool torn)
{
    nd_money after = {(int64_t)((uint64_t)entry->before.nano + (uint64_t)entry->amount.nano)};
    if (!torn && trail->balance.nano != entry->before.nano) {
        nd_problem_money(proof->problems, place, "balance", "balanceBeforeUsd", trail->balance,
                         entry->before);
    }
    if (after.nano != entry->after.nano) {
        nd_problem_money(proof->problems, place, "balance", "balanceAfterUsd", after, entry->after);
    }
}

void
nd_trail_entry(nd_trail *trail, nd_proof *proof, const nd_entry *entry, bool torn)
{
    const nd_place place = {trail->account, entry->seq, entry->id};
    check_balance(trail, proof, &place, entry, torn);
    check_id(proof, &place, entry);
    trail->balance = entry->after;
    trail->exp = (int64_t)((uint64_t)trail->exp + (uint64_t)entry->exp);
    if (entry->type.at == ND_ENTRY_LIMIT) {
        trail->limit = entry->limit;
    }
    if (!trail->lost) {
        nd_trail_grants(trail, proof, entry);
    }
}
