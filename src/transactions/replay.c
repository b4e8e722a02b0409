/* What a repeated key is compared with: the stored entry itself. Not compared: times, texts,
 * metadata, payloads. */
#include "core/id.h"
#include "transactions/transactions.h"

static noema_status
reused(noema_error *error, const char *field)
{
    return nd_fail(error, NOEMA_KEY_REUSED, field, "the key is known with another %s", field);
}

/* What was asked: done amounts are stored signed, and what differs from them beside. */
static nd_money
requested(const nd_entry *stored)
{
    if (stored->requested.nano != 0) {
        return stored->requested;
    }
    return (nd_money){stored->amount.nano < 0 ? -stored->amount.nano : stored->amount.nano};
}

/* A refund names the entry, or the run; the refund of a run stores both. */
static noema_status
same_references(const nd_entry *stored, const nd_request *request, noema_error *error)
{
    bool by_entry = !nd_id_is_none(request->refund_of);
    bool same_entry = by_entry ? nd_id_equal(stored->refund_of, request->refund_of)
                               : nd_id_is_none(stored->refund_of) || !nd_id_is_none(stored->run);
    if (!same_entry) {
        return reused(error, "entry");
    }
    if (!by_entry && !nd_id_equal(stored->run, request->run)) {
        return reused(error, "run");
    }
    return NOEMA_OK;
}

noema_status
nd_entry_same(const nd_entry *stored, const nd_request *request, nd_id account, noema_error *error)
{
    if (!nd_text_equal(stored->key, request->key)) {
        return reused(error, "key");
    }
    if (stored->type.at == ND_ENTRY_VOID) {
        return nd_fail_reason(error, NOEMA_KEY_REUSED, "VOIDED", "key", "the key was voided");
    }
    bool payment = request->type.at == ND_ENTRY_CREDIT;
    if (payment && !nd_id_equal(stored->account, account)) {
        return nd_fail(error, NOEMA_TAKEN, "payment", "booked for another account");
    }
    if (stored->type.at != request->type.at) {
        return reused(error, "kind");
    }
    bool open_amount = request->mode.at == ND_MODE_ALL || stored->mode.at == ND_MODE_ALL;
    if (!open_amount && requested(stored).nano != request->amount.nano) {
        return reused(error, "amount");
    }
    if (stored->mode.at != request->mode.at) {
        return reused(error, request->type.at == ND_ENTRY_DEBIT ? "debit_mode" : "kind");
    }
    ND_TRY(same_references(stored, request, error));
    return stored->exp == request->exp ? NOEMA_OK : reused(error, "exp");
}
