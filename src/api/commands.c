/* Takes a noema_command apart. One table says which kinds use which member; what a kind does not use
 * must be zero, so that a mistake is never silently ignored. */
#include "api/commands.h"

#include <string.h>

#include "core/money.h"

enum { DESCRIPTION_MAX = 200, REASON_MAX = 500, METADATA_MAX = 4096 };

enum {
    CREDIT = 1 << NOEMA_COMMAND_CREDIT,
    BONUS = 1 << NOEMA_COMMAND_BONUS,
    DEBIT = 1 << NOEMA_COMMAND_DEBIT,
    REFUND = 1 << NOEMA_COMMAND_REFUND,
    REFUND_ALL = 1 << NOEMA_COMMAND_REFUND_ALL,
    ADD_EXP = 1 << NOEMA_COMMAND_ADD_EXP,
    BUILT = CREDIT | BONUS | DEBIT | REFUND | REFUND_ALL | ADD_EXP
};

static const struct {
    size_t offset;
    size_t size;
    const char *name;
    int used_by;
} members[] = {
#define MEMBER(name, used_by)                                                                      \
    {offsetof(noema_command, name), sizeof(((noema_command *)0)->name), #name, used_by}
    MEMBER(amount, CREDIT | BONUS | DEBIT | REFUND),
    MEMBER(entry, REFUND | REFUND_ALL),
    MEMBER(other, 0),
    MEMBER(run, REFUND | REFUND_ALL),
    MEMBER(expires_at, BONUS),
    MEMBER(exp, ADD_EXP),
    MEMBER(api_key_id, 0),
    MEMBER(expected_balance, 0),
    MEMBER(debit_mode, DEBIT),
    MEMBER(reverse_mode, 0),
    MEMBER(check_balance, 0),
#undef MEMBER
};

static bool
is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static noema_status
check_members(nd_api_call *call, const noema_command *from)
{
    bool known =
        from->kind >= NOEMA_COMMAND_CREDIT && from->kind <= NOEMA_COMMAND_SET_OVERDRAFT_LIMIT;
    if (!known) {
        return nd_fail(call->error, NOEMA_INVALID, "kind", "is none of NOEMA_COMMAND_...");
    }
    if (((1 << from->kind) & BUILT) == 0) {
        return nd_fail_reason(call->error, NOEMA_UNSUPPORTED, "KIND", "kind",
                              "this version does not do it");
    }
    if (from->api_key_id != NULL && from->kind == NOEMA_COMMAND_DEBIT) {
        return nd_fail_reason(call->error, NOEMA_UNSUPPORTED, "BUDGETS", "api_key_id",
                              "this version counts no budgets");
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        bool used = (members[i].used_by & (1 << from->kind)) != 0;
        const unsigned char *bytes = (const unsigned char *)from + members[i].offset;
        if (!used && !is_zero(bytes, members[i].size)) {
            return nd_fail(call->error, NOEMA_INVALID, members[i].name,
                           "is not used by this kind, and must be zero");
        }
    }
    return NOEMA_OK;
}

static noema_status
check_amount(nd_api_call *call, const noema_command *from)
{
    bool has_amount = from->kind != NOEMA_COMMAND_REFUND_ALL && from->kind != NOEMA_COMMAND_ADD_EXP;
    if (has_amount && from->amount <= 0) {
        return nd_fail(call->error, NOEMA_INVALID, "amount", "must be positive");
    }
    if (has_amount && !nd_money_in_range(from->amount)) {
        return nd_fail(call->error, NOEMA_LIMIT, "amount", "must be at most 9000000000 USD");
    }
    if (from->kind == NOEMA_COMMAND_ADD_EXP && from->exp == 0) {
        return nd_fail(call->error, NOEMA_INVALID, "exp", "must not be 0");
    }
    if (from->debit_mode != NOEMA_EXACT && from->debit_mode != NOEMA_UP_TO) {
        return nd_fail(call->error, NOEMA_INVALID, "debit_mode", "is neither EXACT nor UP_TO");
    }
    if (from->expires_at < 0) {
        return nd_fail(call->error, NOEMA_INVALID, "expires_at", "must not be negative");
    }
    return NOEMA_OK;
}

static nd_kind
kind_of(int32_t kind)
{
    switch (kind) {
    case NOEMA_COMMAND_CREDIT:
        return ND_CREDIT;
    case NOEMA_COMMAND_BONUS:
        return ND_BONUS;
    case NOEMA_COMMAND_DEBIT:
        return ND_DEBIT;
    case NOEMA_COMMAND_ADD_EXP:
        return ND_ADD_EXP;
    default:
        return ND_REFUND;
    }
}

static nd_entry_type
type_of(int32_t kind)
{
    switch (kind) {
    case NOEMA_COMMAND_CREDIT:
        return ND_ENTRY_CREDIT;
    case NOEMA_COMMAND_BONUS:
        return ND_ENTRY_BONUS;
    case NOEMA_COMMAND_DEBIT:
        return ND_ENTRY_DEBIT;
    case NOEMA_COMMAND_ADD_EXP:
        return ND_ENTRY_EXP;
    default:
        return ND_ENTRY_REFUND;
    }
}

/* A refund names an entry or a run, and the account only if the caller wants it checked. */
static noema_status
take_whose(nd_api_call *call, const noema_command *from, nd_command *command)
{
    bool refund = command->kind == ND_REFUND;
    nd_id account;
    ND_TRY(nd_id_take(&from->account, "account", refund, &account, call->error));
    if (!refund) {
        command->request.named = account;
        return NOEMA_OK;
    }
    command->expect_account = account;
    ND_TRY(nd_id_take(&from->entry, "entry", true, &command->entry, call->error));
    ND_TRY(nd_id_take(&from->run, "run", true, &command->run, call->error));
    if (nd_id_is_none(command->entry) == nd_id_is_none(command->run)) {
        return nd_fail(call->error, NOEMA_INVALID, "entry", "name either the entry or the run");
    }
    command->request.refund_of = command->entry;
    command->request.run = command->run;
    return NOEMA_OK;
}

static noema_status
take_texts(nd_api_call *call, const noema_command *from, nd_request *request)
{
    noema_error *error = call->error;
    bool payment = from->kind == NOEMA_COMMAND_CREDIT;
    ND_TRY(nd_key_take(from->key, payment ? "payment" : "key", &request->key, error));
    ND_TRY(nd_text_take(from->description, "description", 0, DESCRIPTION_MAX, &request->description,
                        error));
    ND_TRY(nd_text_take(from->reason, "reason", 0, REASON_MAX, &request->reason, error));
    ND_TRY(nd_api_actor(call, from->actor, &request->actor));
    if (from->metadata_json == NULL) {
        return NOEMA_OK;
    }
    return nd_user_document_take(from->metadata_json, "metadata", METADATA_MAX, nd_api_arena(call),
                                 &request->metadata, error);
}

static noema_status
fill(nd_api_call *call, const noema_command *from, nd_command *command)
{
    nd_request *request = &command->request;
    ND_TRY(take_whose(call, from, command));
    ND_TRY(take_texts(call, from, request));
    request->type.at = type_of(from->kind);
    request->amount.nano = from->amount;
    request->exp = from->exp;
    request->expires.ms = from->expires_at;
    if (from->kind == NOEMA_COMMAND_REFUND_ALL) {
        request->mode.at = ND_MODE_ALL;
    } else if (from->debit_mode == NOEMA_UP_TO) {
        request->mode.at = ND_MODE_UP_TO;
    }
    return NOEMA_OK;
}

noema_status
nd_command_take(nd_api_call *call, const noema_command *from, nd_command **command)
{
    ND_TRY(check_members(call, from));
    ND_TRY(check_amount(call, from));
    nd_command *made = nd_command_new(kind_of(from->kind));
    noema_status status = fill(call, from, made);
    if (status != NOEMA_OK) {
        nd_command_free(made);
        return status;
    }
    made->deadline =
        from->timeout_ms == 0 ? call->deadline : nd_base_deadline(call->db->base, from->timeout_ms);
    nd_command_own(made);
    *command = made;
    return NOEMA_OK;
}

noema_status
nd_command_run(nd_api_call *call, nd_command *command, noema_receipt *receipt)
{
    nd_engine *engine;
    nd_answer answer;
    noema_status status = nd_api_engine(call, &engine);
    if (status != NOEMA_OK) {
        nd_command_free(command);
        receipt->status = status;
        return status;
    }
    status = nd_engine_run(engine, command, &answer);
    *receipt = answer.receipt;
    return status == NOEMA_OK ? status : nd_error_copy(call->error, &answer.error);
}
