/* Answers from records. */
#include <string.h>

#include "core/text.h"
#include "engine/fold_private.h"

static void
put_account(noema_receipt *receipt, const nd_economy *account)
{
    receipt->held = account->held.nano;
    receipt->available = nd_economy_available(account).nano;
}

static bool
takes(const nd_entry *entry)
{
    return entry->type.at == ND_ENTRY_DEBIT || entry->type.at == ND_ENTRY_CHARGE;
}

void
nd_receipt_of_entry(noema_receipt *receipt, const nd_entry *entry, const nd_economy *account,
                    uint32_t flags)
{
    int64_t given = nd_entry_given(entry).nano;
    memset(receipt, 0, sizeof(*receipt));
    receipt->flags = flags;
    receipt->account = nd_id_public(entry->account);
    receipt->entry = nd_id_public(entry->id);
    receipt->seq = entry->seq;
    receipt->time = entry->timestamp.ms;
    receipt->amount = entry->amount.nano;
    receipt->promo = takes(entry) || entry->type.at == ND_ENTRY_EXPIRY ? -given : given;
    receipt->balance = entry->after.nano;
    receipt->exp = entry->exp;
    if (takes(entry) && entry->requested.nano != 0) {
        receipt->shortfall = entry->requested.nano + entry->amount.nano;
    }
    if (entry->mode.at == ND_MODE_UP_TO && receipt->shortfall != 0) {
        receipt->flags |= NOEMA_PARTIAL;
    }
    if (entry->type.at == ND_ENTRY_VOID) {
        receipt->flags |= NOEMA_VOIDED;
    }
    if (account != NULL) {
        put_account(receipt, account);
    }
}

void
nd_receipt_of_account(noema_receipt *receipt, const nd_economy *account)
{
    memset(receipt, 0, sizeof(*receipt));
    receipt->account = nd_id_public(account->account);
    receipt->balance = account->credit.nano;
    put_account(receipt, account);
}

void
nd_receipt_of_settlement(noema_receipt *receipt, const nd_books *books, const nd_run *run,
                         const nd_economy *payer, uint32_t flags)
{
    const nd_entry_page *stored = nd_books_find_entry(books, run->settled.entry);
    if (stored != NULL) {
        nd_receipt_of_entry(receipt, &stored->entry, payer, flags);
    } else {
        nd_receipt_of_account(receipt, payer);
        receipt->flags = flags;
        receipt->time = run->ended_at.ms;
    }
    receipt->shortfall = run->shortfall.nano;
}

void
nd_summary_of_run(noema_run *summary, const nd_run *run, uint32_t flags)
{
    memset(summary, 0, sizeof(*summary));
    summary->id = nd_id_public(run->id);
    summary->account = nd_id_public(run->owner);
    summary->payer = nd_id_public(run->payer);
    summary->state = run->status.at;
    summary->delivery = run->delivery_status.at;
    summary->flags = flags | (run->voided ? NOEMA_VOIDED : 0);
    summary->hold = run->hold.nano;
    summary->charged = run->charged.nano;
    summary->refunded = run->refunded.nano;
    summary->shortfall = run->shortfall.nano;
    summary->provider_cost = run->cost.nano;
    summary->started = run->requested_at.ms;
    summary->deadline = run->deadline.ms;
    summary->ended = run->ended_at.ms;
}
