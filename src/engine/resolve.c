/* Finds the accounts of commands that name a run or an entry. */
#include "engine/resolve.h"

#include <stdio.h>
#include <string.h>

#include "transactions/store.h"
#include "workflow_executions/store.h"

static void
add_account(nd_command *command, nd_id account)
{
    for (uint8_t i = 0; i < command->account_count; i++) {
        if (nd_id_equal(command->accounts[i], account)) {
            return;
        }
    }
    if (!nd_id_is_none(account)) {
        command->accounts[command->account_count++] = account;
    }
}

/* The entry of a run's settlement, which needs no read. */
static nd_id
charge_of(nd_id run, nd_id payer)
{
    char key[40];
    int length = snprintf(key, sizeof(key), "noema:settle:%s", nd_id_public(run).text);
    return nd_record_id(ND_DOMAIN_SYSTEM, payer, (nd_text){key, (uint32_t)length}, 0);
}

static void
settle_on(nd_command *command, nd_id payer)
{
    add_account(command, payer);
    command->touched_run = command->run;
    command->record = charge_of(command->run, payer);
}

/* A refund belongs to the account that is stored in what it gives back. */
static void
refund_on(nd_command *command, nd_id account, nd_id entry, nd_id run)
{
    add_account(command, account);
    command->request.named = account;
    command->entry = entry;
    command->touched_run = run;
    command->record = nd_entry_id(&command->request);
}

static void
use_payer(nd_command *command, nd_id payer)
{
    if (command->kind == ND_REFUND) {
        refund_on(command, payer, charge_of(command->run, payer), command->run);
    } else {
        settle_on(command, payer);
    }
}

bool
nd_resolve_at_once(nd_queue *queue, nd_command *command)
{
    nd_id payer;
    switch (command->kind) {
    case ND_START:
    case ND_VOID_RUN:
        add_account(command, command->start.owner);
        add_account(command, command->start.payer);
        add_account(command, command->start.fallback);
        command->record = nd_run_id(command->start.owner, command->start.key);
        command->touched_run = command->record;
        return true;
    case ND_SETTLE:
    case ND_TIME_OUT:
    case ND_REFUND:
        if (nd_id_is_none(command->run) || !nd_queue_payer(queue, command->run, &payer)) {
            return false;
        }
        use_payer(command, payer);
        return true;
    case ND_VOID_PAYMENT:
        command->record = nd_record_id(ND_DOMAIN_MONEY, nd_id_none, command->request.key, 0);
        return true;
    case ND_CREDIT:
    case ND_BONUS:
    case ND_DEBIT:
    case ND_ADD_EXP:
    case ND_VOID:
        add_account(command, command->request.named);
        command->record = nd_entry_id(&command->request);
        return true;
    }
    return true;
}

/* A document that can't be read breaks the commands that name it, alone. */
static void
refuse_named(nd_command **commands, size_t count, nd_id run, nd_id entry, const noema_error *error)
{
    for (size_t i = 0; i < count; i++) {
        bool named = nd_id_is_none(entry) ? nd_id_equal(commands[i]->run, run)
                                          : nd_id_equal(commands[i]->entry, entry);
        if (named && commands[i]->account_count == 0) {
            nd_command_refuse(commands[i], error);
        }
    }
}

static void
refuse_all(nd_command **commands, size_t count, const noema_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (commands[i]->account_count == 0) {
            nd_command_refuse(commands[i], error);
        }
    }
}

/* ---- by run --------------------------------------------------------------------------------- */

static bool
names_run(const nd_command *command)
{
    return !nd_id_is_none(command->run);
}

static void
note_run(nd_queue *queue, nd_command **commands, size_t count, const nd_run *run)
{
    const nd_id payer = nd_run_payer(run);
    nd_queue_note_payer(queue, run->id, payer);
    for (size_t i = 0; i < count; i++) {
        if (nd_id_equal(commands[i]->run, run->id) && commands[i]->account_count == 0) {
            use_payer(commands[i], payer);
        }
    }
}

static noema_status
resolve_runs(nd_base *base, nd_queue *queue, nd_command **commands, size_t count, nd_arena *arena,
             noema_error *error)
{
    nd_id *ids = nd_arena_take(arena, count * sizeof(*ids));
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        if (names_run(commands[i])) {
            ids[wanted++] = commands[i]->run;
        }
    }
    if (wanted == 0) {
        return NOEMA_OK;
    }
    nd_list found = {0};
    ND_TRY(nd_run_read_payers(base, nd_commands_latest(commands, count), ids, wanted, arena, &found,
                              error));
    for (uint32_t i = 0; i < found.count; i++) {
        nd_run run;
        noema_error unreadable;
        if (nd_run_decode(((nd_bson *)found.items)[i], &run, arena, &unreadable) == NOEMA_OK) {
            note_run(queue, commands, count, &run);
        } else {
            refuse_named(commands, count, run.id, nd_id_none, &unreadable);
        }
    }
    return NOEMA_OK;
}

/* ---- by what a provider calls its run --------------------------------------------------------- */

static noema_status
resolve_providers(nd_base *base, nd_queue *queue, nd_command **commands, size_t count,
                  nd_arena *arena, noema_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (commands[i]->provider_run.length == 0) {
            continue;
        }
        nd_run run;
        noema_status status =
            nd_run_read_provider(base, commands[i]->deadline, commands[i]->service,
                                 commands[i]->provider_run, arena, &run, NULL, error);
        if (status == NOEMA_OK) {
            commands[i]->run = run.id;
            note_run(queue, commands + i, 1, &run);
        } else if (status == NOEMA_CORRUPT) {
            nd_command_refuse(commands[i], error);
        } else if (status != NOEMA_NOT_FOUND) {
            return status;
        }
    }
    return NOEMA_OK;
}

/* ---- by entry ------------------------------------------------------------------------------------ */

static void
note_entry(nd_command **commands, size_t count, const nd_entry *entry)
{
    for (size_t i = 0; i < count; i++) {
        if (nd_id_equal(commands[i]->entry, entry->id) && commands[i]->account_count == 0) {
            refund_on(commands[i], entry->account, entry->id, entry->run);
        }
    }
}

static noema_status
resolve_entries(nd_base *base, nd_command **commands, size_t count, nd_arena *arena,
                noema_error *error)
{
    nd_id *ids = nd_arena_take(arena, count * sizeof(*ids));
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        if (commands[i]->kind == ND_REFUND && !names_run(commands[i])) {
            ids[wanted++] = commands[i]->entry;
        }
    }
    if (wanted == 0) {
        return NOEMA_OK;
    }
    nd_list found = {0};
    ND_TRY(nd_entry_read_many(base, nd_commands_latest(commands, count), ids, wanted, arena, &found,
                              error));
    for (uint32_t i = 0; i < found.count; i++) {
        nd_entry entry;
        noema_error unreadable;
        if (nd_entry_decode(((nd_bson *)found.items)[i], &entry, arena, &unreadable) == NOEMA_OK) {
            note_entry(commands, count, &entry);
        } else {
            refuse_named(commands, count, nd_id_none, entry.id, &unreadable);
        }
    }
    return NOEMA_OK;
}

static noema_status
resolve_all(nd_base *base, nd_queue *queue, nd_command **commands, size_t count, nd_arena *arena,
            noema_error *error)
{
    ND_TRY(resolve_providers(base, queue, commands, count, arena, error));
    ND_TRY(resolve_runs(base, queue, commands, count, arena, error));
    return resolve_entries(base, commands, count, arena, error);
}

/* What was not found; and a caller's account that the money does not belong to. */
static void
judge(nd_command *command)
{
    noema_error error;
    if (command->answer.receipt.status != NOEMA_OK) {
        return;
    }
    if (command->account_count == 0) {
        bool of_entry = command->kind == ND_REFUND && !names_run(command);
        bool by_provider = command->provider_run.length > 0;
        nd_fail(&error, NOEMA_NOT_FOUND,
                of_entry      ? "entry"
                : by_provider ? "provider_run_id"
                              : "run",
                of_entry ? "no such entry" : "no such run");
        error.flags |= command->kind == ND_SETTLE ? NOEMA_RETRYABLE : 0;
        nd_command_refuse(command, &error);
    } else if (!nd_id_is_none(command->expect_account) &&
               !nd_id_equal(command->expect_account, command->accounts[0])) {
        nd_fail(&error, NOEMA_INVALID, "account", "what is refunded belongs to another account");
        nd_command_refuse(command, &error);
    }
}

void
nd_resolve(nd_base *base, nd_queue *queue, nd_command **commands, size_t count, nd_arena *arena)
{
    noema_error error;
    nd_error_clear(&error);
    nd_arena_reset(arena);
    if (resolve_all(base, queue, commands, count, arena, &error) != NOEMA_OK) {
        refuse_all(commands, count, &error);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        judge(commands[i]);
    }
}
