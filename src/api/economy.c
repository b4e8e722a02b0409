/* NoemaUserEconomy: credit and experience. */
#include <stdio.h>
#include <string.h>

#include "api/commands.h"
#include "engine/receipts.h"
#include "transactions/store.h"
#include "user_core/store.h"
#include "user_economy/store.h"
#include "user_economy/user_economy.h"

/* ---- balance ---------------------------------------------------------------------------------- */

/* Grants that have expired are not spendable, although they are written off only by the next
 * command. */
static void
put_balance(const nd_economy *economy, nd_time now, noema_balance *balance)
{
    int64_t due = nd_economy_due(economy, now).nano;
    balance->balance = economy->credit.nano - due;
    balance->held = economy->held.nano;
    balance->available = nd_economy_available(economy).nano - due;
    balance->promo = nd_economy_given(economy).nano - due;
    balance->overdraft_limit = economy->limit.nano;
    balance->exp = economy->exp;
    balance->seq = economy->seq;
}

static noema_status
read_balance(nd_api_call *call, const noema_id *account, noema_balance *balance)
{
    nd_id id;
    nd_economy economy;
    ND_TRY(nd_api_needs(call, balance, "balance"));
    ND_TRY(nd_api_needs(call, account, "account"));
    ND_TRY(nd_id_take(account, "account", false, &id, call->error));
    ND_TRY(nd_api_economy(call, id, &economy));
    put_balance(&economy, nd_clock_now(nd_base_clock(call->db->base)), balance);
    return NOEMA_OK;
}

noema_status
noema_economy_balance(noema_db *db, const noema_id *account, noema_balance *balance,
                      noema_error *error)
{
    nd_api_call call;
    nd_api_clear(balance, sizeof(*balance));
    noema_status status = nd_api_begin(&call, db, "economy.balance", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? read_balance(&call, account, balance) : status);
}

/* ---- one movement ------------------------------------------------------------------------------- */

/* What an argument says is not said by the options, too. */
static noema_status
check_options(nd_api_call *call, const noema_command *options)
{
    const char *field = NULL;
    if (options->kind != 0) {
        field = "kind";
    } else if (options->account.text[0] != '\0') {
        field = "account";
    } else if (options->amount != 0) {
        field = "amount";
    } else if (options->key != NULL) {
        field = "key";
    }
    return field == NULL ? NOEMA_OK
                         : nd_fail(call->error, NOEMA_INVALID, field,
                                   "is an argument: the option must be zero");
}

typedef struct movement {
    const char *name;
    int32_t kind;
    const noema_id *account;
    noema_money amount;
    const char *key;
    const noema_command *options;
} movement;

static noema_status
move(nd_api_call *call, const movement *ask, noema_receipt *receipt)
{
    noema_command whole = {0};
    nd_command *command;
    ND_TRY(nd_api_needs(call, receipt, "receipt"));
    ND_TRY(nd_api_needs(call, ask->account, "account"));
    if (ask->options != NULL) {
        ND_TRY(nd_api_struct(call, ask->options, "options", sizeof(whole), &whole));
        ND_TRY(check_options(call, &whole));
    }
    whole.kind = ask->kind;
    whole.account = *ask->account;
    whole.amount = ask->amount;
    whole.key = ask->key;
    ND_TRY(nd_command_take(call, &whole, &command));
    return nd_command_run(call, command, receipt);
}

static noema_status
run_movement(noema_db *db, const movement *ask, noema_receipt *receipt, noema_error *error)
{
    nd_api_call call;
    movement copy = *ask;
    noema_id account = nd_api_copy(ask->account);
    copy.account = ask->account == NULL ? NULL : &account;
    nd_api_clear(receipt, sizeof(*receipt));
    noema_status status = nd_api_begin(&call, db, ask->name, 0, error);
    if (status == NOEMA_OK) {
        status = move(&call, &copy, receipt);
    }
    if (receipt != NULL) {
        receipt->status = status;
    }
    return nd_api_end(&call, status);
}

noema_status
noema_economy_credit(noema_db *db, const noema_id *account, noema_money amount, const char *payment,
                     const noema_command *options, noema_receipt *receipt, noema_error *error)
{
    const movement ask = {"economy.credit", NOEMA_COMMAND_CREDIT, account, amount, payment,
                          options};
    return run_movement(db, &ask, receipt, error);
}

noema_status
noema_economy_bonus(noema_db *db, const noema_id *account, noema_money amount, const char *key,
                    const noema_command *options, noema_receipt *receipt, noema_error *error)
{
    const movement ask = {"economy.bonus", NOEMA_COMMAND_BONUS, account, amount, key, options};
    return run_movement(db, &ask, receipt, error);
}

noema_status
noema_economy_debit(noema_db *db, const noema_id *account, noema_money amount, const char *key,
                    const noema_command *options, noema_receipt *receipt, noema_error *error)
{
    const movement ask = {"economy.debit", NOEMA_COMMAND_DEBIT, account, amount, key, options};
    return run_movement(db, &ask, receipt, error);
}

/* ---- many ------------------------------------------------------------------------------------------- */

enum { APPLY_MAX = 10000 };

typedef struct applying {
    const char *commands;
    size_t stride;
    size_t count;
    char *receipts;
    size_t receipt_size;
} applying;

static void
put_receipt(const applying *many, size_t at, const noema_receipt *receipt)
{
    size_t size = many->receipt_size < sizeof(*receipt) ? many->receipt_size : sizeof(*receipt);
    memcpy(many->receipts + at * many->receipt_size, receipt, size);
}

/* The error of the gravest is the one that the caller hears of. */
static void
weigh(nd_api_call *call, const noema_error *error, size_t at)
{
    char parent[40];
    if (error->status == NOEMA_OK ||
        nd_status_gravity(error->status) <= nd_status_gravity(call->error->status)) {
        return;
    }
    nd_error_copy(call->error, error);
    snprintf(parent, sizeof(parent), "commands.%zu", at);
    nd_error_within(call->error, parent);
}

/* The size is compared before it is believed: what lies behind the array is not ours to read. */
static noema_status
take_element(nd_api_call *call, const applying *many, size_t at, noema_command *whole)
{
    const char *element = many->commands + at * many->stride;
    uint32_t size;
    memcpy(&size, element, sizeof(size));
    if (size != many->stride) {
        return nd_fail(call->error, NOEMA_INVALID, "size", "must be that of the first");
    }
    return nd_api_struct(call, element, "commands", sizeof(*whole), whole);
}

/* Takes all; those that are no commands are refused at once. */
static size_t
take_all(nd_api_call *call, const applying *many, nd_command **commands, size_t *places)
{
    size_t taken = 0;
    nd_api_call each = *call;
    noema_error error;
    for (size_t i = 0; i < many->count; i++) {
        noema_command whole;
        each.error = &error;
        nd_error_clear(&error);
        noema_status status = take_element(&each, many, i, &whole);
        if (status == NOEMA_OK) {
            status = nd_command_take(&each, &whole, &commands[taken]);
        }
        if (status == NOEMA_OK) {
            places[taken++] = i;
        } else {
            const noema_receipt refused = {.status = status};
            put_receipt(many, i, &refused);
            weigh(call, &error, i);
        }
    }
    call->arena = each.arena;
    return taken;
}

static noema_status
apply(nd_api_call *call, const applying *many)
{
    nd_engine *engine;
    nd_arena *arena = nd_api_arena(call);
    nd_command **commands = nd_arena_take(arena, many->count * sizeof(nd_command *));
    size_t *places = nd_arena_take(arena, many->count * sizeof(size_t));
    nd_answer *answers = nd_arena_take(arena, many->count * sizeof(nd_answer));
    ND_TRY(nd_api_engine(call, &engine));
    size_t taken = take_all(call, many, commands, places);
    if (taken > 0) {
        nd_engine_run_all(engine, commands, taken, answers);
    }
    for (size_t i = 0; i < taken; i++) {
        put_receipt(many, places[i], &answers[i].receipt);
        weigh(call, &answers[i].error, places[i]);
    }
    return call->error->status;
}

static noema_status
check_apply(nd_api_call *call, const noema_command *commands, size_t count, noema_receipt *receipts,
            size_t receipt_size, applying *many)
{
    ND_TRY(nd_api_needs(call, commands, "commands"));
    ND_TRY(nd_api_needs(call, receipts, "receipts"));
    if (count == 0 || count > APPLY_MAX) {
        return nd_fail(call->error, count == 0 ? NOEMA_INVALID : NOEMA_LIMIT, "count",
                       "must be 1 to %d", APPLY_MAX);
    }
    if (receipt_size < sizeof(receipts->status) || receipt_size > 65536) {
        return nd_fail(call->error, NOEMA_INVALID, "receipt_size",
                       "must be sizeof the struct noema_receipt");
    }
    if (commands->size < sizeof(commands->size) || commands->size > 65536) {
        return nd_fail(call->error, NOEMA_INVALID, "size", "must be sizeof the struct");
    }
    memset(receipts, 0, count * receipt_size);
    *many =
        (applying){(const char *)commands, commands->size, count, (char *)receipts, receipt_size};
    return NOEMA_OK;
}

/* None was looked at; each says so. */
static void
refuse_receipts(noema_receipt *receipts, size_t count, size_t receipt_size, noema_status status)
{
    const noema_receipt refused = {.status = status};
    const applying many = {.receipts = (char *)receipts, .receipt_size = receipt_size};
    if (receipts == NULL || count > APPLY_MAX || receipt_size < sizeof(receipts->status) ||
        receipt_size > 65536) {
        return;
    }
    memset(receipts, 0, count * receipt_size);
    for (size_t i = 0; i < count; i++) {
        put_receipt(&many, i, &refused);
    }
}

noema_status
noema_economy_apply(noema_db *db, const noema_command *commands, size_t count,
                    noema_receipt *receipts, size_t receipt_size, noema_error *error)
{
    nd_api_call call;
    applying many = {0};
    noema_status status = nd_api_begin(&call, db, "economy.apply", 0, error);
    if (status == NOEMA_OK) {
        status = check_apply(&call, commands, count, receipts, receipt_size, &many);
    }
    if (status != NOEMA_OK) {
        refuse_receipts(receipts, count, receipt_size, status);
        return nd_api_end(&call, status);
    }
    return nd_api_end(&call, apply(&call, &many));
}

/* ---- by key ------------------------------------------------------------------------------------------- */

static noema_status
take_key(nd_api_call *call, const noema_id *account, const char *key, nd_command *command)
{
    if (account == NULL) {
        command->kind = ND_VOID_PAYMENT;
    } else {
        ND_TRY(nd_id_take(account, "account", false, &command->request.named, call->error));
    }
    command->request.type.at = ND_ENTRY_VOID;
    command->deadline = call->deadline;
    ND_TRY(nd_api_actor(call, NULL, &command->request.actor));
    return nd_key_take(key, account == NULL ? "payment" : "key", &command->request.key,
                       call->error);
}

static noema_status
void_key(nd_api_call *call, const noema_id *account, const char *key, noema_receipt *receipt)
{
    ND_TRY(nd_api_needs(call, receipt, "receipt"));
    nd_command *command = nd_command_new(ND_VOID);
    noema_status status = take_key(call, account, key, command);
    if (status != NOEMA_OK) {
        nd_command_free(command);
        return status;
    }
    nd_command_own(command);
    return nd_command_run(call, command, receipt);
}

noema_status
noema_economy_void(noema_db *db, const noema_id *account, const char *key, noema_receipt *receipt,
                   noema_error *error)
{
    nd_api_call call;
    noema_id copy = nd_api_copy(account);
    nd_api_clear(receipt, sizeof(*receipt));
    account = account == NULL ? NULL : &copy;
    noema_status status = nd_api_begin(&call, db, "economy.void", 0, error);
    if (status == NOEMA_OK) {
        status = void_key(&call, account, key, receipt);
    }
    if (receipt != NULL) {
        receipt->status = status;
    }
    return nd_api_end(&call, status);
}

static noema_status
find_key(nd_api_call *call, const noema_id *account, const char *key, noema_receipt *receipt)
{
    nd_id named = nd_id_none;
    nd_text text;
    nd_entry entry;
    nd_economy economy = {0};
    ND_TRY(nd_api_needs(call, receipt, "receipt"));
    if (account != NULL) {
        ND_TRY(nd_id_take(account, "account", false, &named, call->error));
    }
    ND_TRY(nd_key_take(key, account == NULL ? "payment" : "key", &text, call->error));
    noema_status status =
        nd_entry_read(call->db->base, call->deadline, nd_record_id(ND_DOMAIN_MONEY, named, text, 0),
                      &entry, nd_api_arena(call), call->error);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(call->error, NOEMA_NOT_FOUND, account == NULL ? "payment" : "key",
                       "not applied as of now");
    }
    ND_TRY(status);
    if (!nd_text_equal(entry.key, text)) {
        return nd_fail(call->error, NOEMA_KEY_REUSED, "key", "another key has this one's id");
    }
    if (!nd_id_is_none(entry.account)) {
        ND_TRY(nd_api_economy(call, entry.account, &economy));
    }
    nd_receipt_of_entry(receipt, &entry, nd_id_is_none(entry.account) ? NULL : &economy, 0);
    return NOEMA_OK;
}

noema_status
noema_economy_find(noema_db *db, const noema_id *account, const char *key, noema_receipt *receipt,
                   noema_error *error)
{
    nd_api_call call;
    noema_id copy = nd_api_copy(account);
    nd_api_clear(receipt, sizeof(*receipt));
    account = account == NULL ? NULL : &copy;
    noema_status status = nd_api_begin(&call, db, "economy.find", 0, error);
    if (status == NOEMA_OK) {
        status = find_key(&call, account, key, receipt);
    }
    if (receipt != NULL) {
        receipt->status = status;
    }
    return nd_api_end(&call, status);
}
