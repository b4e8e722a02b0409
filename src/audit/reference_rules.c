/* What must be true of an entry and the run or entry that it names. */
#include <stdio.h>

#include "audit/references.h"
#include "core/money.h"
#include "transactions/store.h"
#include "workflow_executions/workflow_executions.h"

/* The account itself, or one that was merged into it. */
static bool
is_family(const nd_references *references, nd_id account, nd_id other)
{
    const nd_id *merged = references->economy->merged_from.items;
    bool found = nd_id_equal(account, other);
    for (uint32_t i = 0; i < references->economy->merged_from.count && !found; i++) {
        found = nd_id_equal(merged[i], other);
    }
    return found;
}

void
nd_references_charge(const nd_references *references, const nd_entry *entry, const nd_run *run,
                     nd_money refunded)
{
    nd_problems *problems = references->problems;
    const nd_place place = {entry->account, entry->seq, entry->id};
    if (run == NULL) {
        nd_problem_id(problems, &place, "run", "run", entry->run, nd_id_none);
        return;
    }
    nd_id payer = nd_run_payer(run);
    nd_money charged = {entry->amount.nano == INT64_MIN ? INT64_MAX : -entry->amount.nano};
    if (!is_family(references, entry->account, payer)) {
        nd_problem_id(problems, &place, "run", "payerAccountId", entry->account, payer);
    }
    if (!nd_id_equal(run->settled.entry, entry->id)) {
        nd_problem_id(problems, &place, "run", "settled.entryId", entry->id, run->settled.entry);
    }
    if (run->charged.nano != charged.nano) {
        nd_problem_money(problems, &place, "run", "chargedUsd", charged, run->charged);
    }
    if (run->refunded.nano != refunded.nano) {
        nd_problem_money(problems, &place, "run", "refundedUsd", refunded, run->refunded);
    }
    if (run->exp != entry->exp) {
        nd_problem_number(problems, &place, "run", "exp", entry->exp, run->exp);
    }
}

bool
nd_references_refund(const nd_references *references, const nd_entry *entry,
                     const nd_entry *original)
{
    nd_problems *problems = references->problems;
    const nd_place place = {entry->account, entry->seq, entry->id};
    if (original == NULL) {
        nd_problem_id(problems, &place, "refund", "refunded entry", entry->refund_of, nd_id_none);
        return false;
    }
    if (original->type.at != ND_ENTRY_DEBIT && original->type.at != ND_ENTRY_CHARGE) {
        nd_problem(problems, &place, "refund", "of a debit or a charge",
                   nd_word_text(&nd_entry_types, original->type));
        return false;
    }
    if (!is_family(references, entry->account, original->account)) {
        nd_problem_id(problems, &place, "refund", "account of the refunded entry", entry->account,
                      original->account);
    }
    if (!nd_id_equal(original->run, entry->run)) {
        nd_problem_id(problems, &place, "run", "executionId", original->run, entry->run);
    }
    return true;
}

bool
nd_references_beyond(const nd_references *references, const nd_list *refunds, nd_money taken)
{
    const nd_bson *documents = refunds->items;
    nd_money sum = {0};
    for (uint32_t i = 0; i < refunds->count; i++) {
        nd_entry refund;
        if (nd_entry_decode(documents[i], &refund, references->arena, NULL) != NOEMA_OK) {
            continue;
        }
        bool counted = nd_money_add(sum, refund.amount, &sum);
        if (!counted || sum.nano > taken.nano) {
            const nd_place place = {refund.account, refund.seq, refund.id};
            nd_problem_money(references->problems, &place, "refund", "refunds of at most", taken,
                             counted ? sum : refund.amount);
            return true;
        }
    }
    return false;
}
