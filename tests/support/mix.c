#include "support/mix.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- chance -------------------------------------------------------------------------------------- */

/* SplitMix64. */
static uint32_t
below(mix *of, uint32_t most)
{
    uint64_t x = (of->state += UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) % most);
}

static noema_money
some_money(mix *of)
{
    return (noema_money)(1 + below(of, 2000)) * (NOEMA_USD / 1000);
}

static const noema_id *
some_account(mix *of)
{
    return &of->accounts[below(of, of->account_count)];
}

/* ---- asking -------------------------------------------------------------------------------------- */

bool
mix_may_ask_again(noema_status status)
{
    return status == NOEMA_OUTCOME_UNKNOWN || status == NOEMA_TIMEOUT ||
           status == NOEMA_UNAVAILABLE || status == NOEMA_BUSY;
}

typedef struct question {
    noema_command command;
    noema_run_request start;
    noema_settlement settle;
    bool voids;
    noema_receipt receipt;
    noema_run run;
} question;

static noema_status
ask_once(mix *of, question *ask, noema_error *error)
{
    if (ask->start.size != 0) {
        return noema_run_start(of->db, &ask->start, &ask->run, error);
    }
    if (ask->settle.size != 0) {
        return noema_run_settle(of->db, &ask->settle, &ask->run, &ask->receipt, error);
    }
    if (ask->voids) {
        return noema_economy_void(of->db, &ask->command.account, ask->command.key, &ask->receipt,
                                  error);
    }
    return noema_economy_apply(of->db, &ask->command, 1, &ask->receipt, sizeof ask->receipt, error);
}

static bool
is_expected(noema_status status)
{
    return status == NOEMA_OK || status == NOEMA_INSUFFICIENT_FUNDS || status == NOEMA_LIMIT ||
           status == NOEMA_ILLEGAL_TRANSITION || status == NOEMA_NOT_FOUND ||
           mix_may_ask_again(status);
}

static noema_status
ask(mix *of, question *what, mix_told *told)
{
    noema_error error;
    for (uint32_t i = 0; i == 0 || (i < of->asks && mix_may_ask_again(told->status)); i++) {
        told->doubtful = told->doubtful || told->status == NOEMA_OUTCOME_UNKNOWN;
        told->status = ask_once(of, what, &error);
    }
    if (!is_expected(told->status) && of->strange[0] == '\0') {
        (void)snprintf(of->strange, sizeof of->strange, "%s: %s, %s", told->key,
                       noema_status_name(told->status), error.message);
    }
    of->ok += told->status == NOEMA_OK ? 1 : 0;
    return told->status;
}

static mix_told *
note(mix *of, mix_kind kind, const noema_id *account)
{
    mix_told *told = &of->told[of->count++];
    memset(told, 0, sizeof *told);
    told->kind = kind;
    told->about = *account;
    (void)snprintf(told->key, sizeof told->key, "%s:%" PRIu32, of->prefix, of->count);
    return told;
}

/* ---- what is asked ------------------------------------------------------------------------------- */

static void
ask_movement(mix *of, int32_t kind)
{
    const noema_id *account = some_account(of);
    mix_told *told = note(of, kind == NOEMA_COMMAND_CREDIT ? MIX_PAYMENT : MIX_MONEY, account);
    question what = {
        .command = {.size = sizeof what.command,
                    .kind = kind,
                    .account = *account,
                    .key = told->key,
                    .description = "Some picture"}
    };
    if (kind == NOEMA_COMMAND_ADD_EXP) {
        what.command.exp = 1 + below(of, 10);
    } else {
        what.command.amount = some_money(of);
    }
    if (kind == NOEMA_COMMAND_DEBIT && below(of, 4) == 0) {
        what.command.debit_mode = NOEMA_UP_TO;
    }
    if (ask(of, &what, told) == NOEMA_OK && kind == NOEMA_COMMAND_DEBIT) {
        of->debits[below(of, MIX_KEPT)] = what.receipt.entry;
    }
}

/* Of a debit that it made; LIMIT when nothing is left of it. */
static void
ask_refund(mix *of)
{
    const noema_id *entry = &of->debits[below(of, MIX_KEPT)];
    bool whole = below(of, 2) == 0;
    question what = {
        .command = {.size = sizeof what.command,
                    .kind = whole ? NOEMA_COMMAND_REFUND_ALL : NOEMA_COMMAND_REFUND,
                    .amount = whole ? 0 : some_money(of) / 10 + 1,
                    .entry = *entry}
    };
    if (entry->text[0] == '\0') {
        ask_movement(of, NOEMA_COMMAND_DEBIT);
        return;
    }
    mix_told *told = note(of, MIX_MONEY, entry);
    what.command.key = told->key;
    (void)ask(of, &what, told);
}

static void
ask_void(mix *of)
{
    const noema_id *account = some_account(of);
    mix_told *told = note(of, MIX_MONEY, account);
    question what = {
        .voids = true, .command = {.account = *account, .key = told->key}
    };
    if (ask(of, &what, told) == NOEMA_OK) {
        noema_receipt receipt;
        noema_error error;
        noema_status status =
            noema_economy_debit(of->db, account, 1, told->key, NULL, &receipt, &error);
        if (status == NOEMA_OK && of->strange[0] == '\0') {
            (void)snprintf(of->strange, sizeof of->strange, "%s was debited after its void",
                           told->key);
        }
    }
}

static void
ask_start(mix *of)
{
    const noema_id *account = some_account(of);
    mix_told *told = note(of, MIX_RUN, account);
    question what = {
        .start = {.size = sizeof what.start,
                  .account = *account,
                  .key = told->key,
                  .tool = "flux",
                  .service = "comfydeploy",
                  .hold = some_money(of),
                  .input_json = "{\"prompt\":\"a cat\"}"}
    };
    if (below(of, 3) == 0) {
        what.start.payer = *some_account(of);
    }
    if (ask(of, &what, told) == NOEMA_OK) {
        of->runs[below(of, MIX_KEPT)] = what.run.id;
    }
}

static void
ask_settle(mix *of)
{
    noema_id *run = &of->runs[below(of, MIX_KEPT)];
    bool fails = below(of, 4) == 0;
    question what = {
        .settle = {.size = sizeof what.settle,
                   .run = *run,
                   .state = fails ? NOEMA_RUN_FAILED : NOEMA_RUN_COMPLETED,
                   .price = fails ? 0 : NOEMA_PRICE_AMOUNT,
                   .charge = fails ? 0 : some_money(of),
                   .overrun = fails ? 0 : (int32_t)below(of, 2),
                   .exp = fails ? 0 : 3,
                   .output_json = "{\"artifacts\":[{\"url\":\"https://a/b.png\"}]}"}
    };
    if (run->text[0] == '\0') {
        ask_start(of);
        return;
    }
    mix_told *told = note(of, MIX_SETTLEMENT, run);
    (void)ask(of, &what, told);
    run->text[0] = '\0';
}

static void
ask_something(mix *of)
{
    uint32_t chance = below(of, 100);
    if (chance < 10) {
        ask_movement(of, NOEMA_COMMAND_CREDIT);
    } else if (chance < 20) {
        ask_movement(of, NOEMA_COMMAND_BONUS);
    } else if (chance < 50) {
        ask_movement(of, NOEMA_COMMAND_DEBIT);
    } else if (chance < 60) {
        ask_refund(of);
    } else if (chance < 65) {
        ask_movement(of, NOEMA_COMMAND_ADD_EXP);
    } else if (chance < 70) {
        ask_void(of);
    } else if (chance < 85) {
        ask_start(of);
    } else {
        ask_settle(of);
    }
}

void *
mix_run(void *argument)
{
    mix *of = argument;
    of->state = of->seed;
    while (of->count < of->commands && !(of->stop != NULL && atomic_load(of->stop))) {
        ask_something(of);
    }
    return NULL;
}

/* ---- what is stored ------------------------------------------------------------------------------ */

static int64_t
count_ended(mongoc_client_t *client, const char *database, const noema_id *run)
{
    bson_oid_t id;
    bson_oid_init_from_string(&id, run->text);
    return ledger_count(
        client, database, "workflowExecutions",
        BCON_NEW("_id", BCON_OID(&id), "responseTimestamp", "{", "$exists", BCON_BOOL(true), "}"));
}

static int64_t
count_told(const mix_told *told, mongoc_client_t *client, const char *database)
{
    if (told->kind == MIX_SETTLEMENT) {
        return count_ended(client, database, &told->about);
    }
    if (told->kind == MIX_RUN) {
        return ledger_count_run(client, database, told->about.text, told->key);
    }
    /* Keys of a mix are its own: by key alone it is found whoever's it is. */
    return ledger_count(client, database, "transactions",
                        BCON_NEW("idempotencyKey", BCON_UTF8(told->key)));
}

static bool
contradicts(const mix_told *told, int64_t stored)
{
    if (told->status == NOEMA_OK) {
        return stored != 1;
    }
    if (told->status == NOEMA_OUTCOME_UNKNOWN) {
        return stored > 1;
    }
    bool about_time = mix_may_ask_again(told->status) && told->doubtful;
    return stored > (about_time ? 1 : 0);
}

int64_t
mix_contradictions(const mix *of, mongoc_client_t *client, const char *database)
{
    int64_t found = 0;
    (void)plain_command(client, database,
                        BCON_NEW("createIndexes", BCON_UTF8("transactions"), "indexes", "[", "{",
                                 "key", "{", "idempotencyKey", BCON_INT32(1), "}", "name",
                                 BCON_UTF8("test"), "}", "]"),
                        NULL);
    if (of->strange[0] != '\0') {
        (void)printf("%s\n", of->strange);
        found++;
    }
    for (uint32_t i = 0; i < of->count; i++) {
        const mix_told *told = &of->told[i];
        int64_t stored = count_told(told, client, database);
        if (contradicts(told, stored)) {
            (void)printf("%s of %s: told %s%s, stored %" PRId64 " times\n", told->key,
                         told->about.text, noema_status_name(told->status),
                         told->doubtful ? " (after doubt)" : "", stored);
            found++;
        }
    }
    return found;
}
