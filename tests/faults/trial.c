#include "faults/trial.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- the operations ------------------------------------------------------------------------------ */

static void
put_receipt(trial *of, const noema_receipt *receipt)
{
    of->flags = receipt->flags;
}

static noema_status
credit(trial *of, noema_db *door)
{
    noema_receipt receipt;
    noema_status status =
        noema_economy_credit(door, &of->account, NOEMA_USD, of->key, NULL, &receipt, &of->error);
    put_receipt(of, &receipt);
    return status;
}

static void __attribute__((format(printf, 2, 3)))
blame(trial *of, const char *format, ...)
{
    va_list rest;
    if (of->problem[0] == '\0') {
        va_start(rest, format);
        (void)vsnprintf(of->problem, sizeof of->problem, format, rest);
        va_end(rest);
    }
}

static int64_t
count_payments(const trial *of)
{
    return ledger_count_key(of->client, of->at->database, NULL, of->key);
}

static noema_status
debit(trial *of, noema_db *door)
{
    noema_receipt receipt;
    noema_status status = noema_economy_debit(door, &of->account, NOEMA_USD / 1000, of->key, NULL,
                                              &receipt, &of->error);
    put_receipt(of, &receipt);
    return status;
}

static int64_t
count_entries(const trial *of)
{
    return ledger_count_key(of->client, of->at->database, of->account.text, of->key);
}

/* By the bank's own handle. */
static noema_id
debit_before(trial *of, const char *what)
{
    char key[60];
    noema_receipt receipt;
    (void)snprintf(key, sizeof key, "%s:%s", what, of->key);
    if (noema_economy_debit(of->at->db, &of->account, NOEMA_USD / 1000, key, NULL, &receipt,
                            &of->error) != NOEMA_OK) {
        blame(of, "%s: %s", key, of->error.message);
    }
    return receipt.entry;
}

static void
make_debit(trial *of)
{
    of->entry = debit_before(of, "before");
}

static noema_status
refund(trial *of, noema_db *door)
{
    noema_receipt receipt;
    const noema_command command = {.size = sizeof command,
                                   .kind = NOEMA_COMMAND_REFUND_ALL,
                                   .entry = of->entry,
                                   .key = of->key};
    noema_status status =
        noema_economy_apply(door, &command, 1, &receipt, sizeof receipt, &of->error);
    put_receipt(of, &receipt);
    return status;
}

static noema_status
start_run(trial *of, noema_db *door, const char *key)
{
    noema_run run;
    const noema_run_request request = {.size = sizeof request,
                                       .account = of->account,
                                       .key = key,
                                       .tool = "flux",
                                       .hold = NOEMA_USD / 1000};
    noema_status status = noema_run_start(door, &request, &run, &of->error);
    of->flags = run.flags;
    of->has_token = run.token[0] != '\0';
    of->run = run.id;
    return status;
}

static noema_status
start(trial *of, noema_db *door)
{
    return start_run(of, door, of->key);
}

static int64_t
count_runs(const trial *of)
{
    return ledger_count_run(of->client, of->at->database, of->account.text, of->key);
}

static void
make_run(trial *of)
{
    char key[60];
    (void)snprintf(key, sizeof key, "before:%s", of->key);
    if (start_run(of, of->at->db, key) != NOEMA_OK) {
        blame(of, "%s: %s", key, of->error.message);
    }
}

static noema_status
settle_as(trial *of, noema_db *door, int32_t state, int32_t price)
{
    noema_run run;
    noema_receipt receipt;
    const noema_settlement settlement = {
        .size = sizeof settlement, .run = of->run, .state = state, .price = price};
    noema_status status = noema_run_settle(door, &settlement, &run, &receipt, &of->error);
    of->flags = run.flags;
    return status;
}

static noema_status
settle(trial *of, noema_db *door)
{
    return settle_as(of, door, NOEMA_RUN_COMPLETED, NOEMA_PRICE_HOLD);
}

static noema_status
fail_run(trial *of, noema_db *door)
{
    return settle_as(of, door, NOEMA_RUN_FAILED, 0);
}

static int64_t
count_settled(const trial *of)
{
    bson_oid_t id;
    bson_oid_init_from_string(&id, of->run.text);
    return ledger_count(
        of->client, of->at->database, "workflowExecutions",
        BCON_NEW("_id", BCON_OID(&id), "responseTimestamp", "{", "$exists", BCON_BOOL(true), "}"));
}

static noema_status
void_key(trial *of, noema_db *door)
{
    noema_receipt receipt;
    noema_status status = noema_economy_void(door, &of->account, of->key, &receipt, &of->error);
    put_receipt(of, &receipt);
    return status;
}

const trial_operation trial_operations[TRIAL_OPERATIONS] = {
    [TRIAL_CREDIT] = {"credit", false, false, NULL,       credit,   count_payments},
    [TRIAL_DEBIT] = {"debit",  false, false, NULL,       debit,    count_entries },
    [TRIAL_REFUND] = {"refund", true,  true,  make_debit, refund,   count_entries },
    [TRIAL_START] = {"start",  false, false, NULL,       start,    count_runs    },
    [TRIAL_SETTLE] = {"settle", false, true,  make_run,   settle,   count_settled },
    [TRIAL_FAIL] = {"fail",   false, true,  make_run,   fail_run, count_settled },
    [TRIAL_VOID] = {"void",   false, false, NULL,       void_key, count_entries },
};

/* ---- the trial ----------------------------------------------------------------------------------- */

trial
trial_open(bank *at, noema_db *door, int operation)
{
    return (trial){.operation = &trial_operations[operation],
                   .at = at,
                   .client = plain_client(at->uri),
                   .door = door,
                   .account = bank_account(at, 1000 * NOEMA_USD)};
}

void
trial_close(trial *of)
{
    mongoc_client_destroy(of->client);
}

void
trial_prepare(trial *of)
{
    static atomic_uint number;
    (void)snprintf(of->key, sizeof of->key, "trial:%s:%u", of->operation->name,
                   atomic_fetch_add(&number, 1));
    if (of->operation->prepare != NULL) {
        of->operation->prepare(of);
    }
    if (of->is_shared) {
        (void)debit_before(of, "shared");
    }
}

void
trial_ask(trial *of)
{
    of->told = of->operation->ask(of, of->door);
}

void
trial_judge(trial *of, const char *what)
{
    const char *name = of->operation->name;
    const int64_t stored = of->operation->count(of);
    bool is_right = of->told == NOEMA_OK                ? stored == 1
                    : of->told == NOEMA_OUTCOME_UNKNOWN ? stored == 0 || stored == 1
                                                        : stored == 0;
    if (!is_right) {
        blame(of, "%s, %s: told %s (%s), stored %" PRId64 " times", name, what,
              noema_status_name(of->told), of->error.message, stored);
    }
    if (of->told == NOEMA_OK && (of->flags & NOEMA_REPLAYED) != 0) {
        blame(of, "%s, %s: its own first one is called a replay", name, what);
    }
    if (of->told == NOEMA_OK && of->operation->ask == start && !of->has_token) {
        blame(of, "%s, %s: nobody has its token", name, what);
    }
}

void
trial_must_be_done(trial *of, const char *what)
{
    if (of->told != NOEMA_OK) {
        blame(of, "%s, %s: %s (%s)", of->operation->name, what, noema_status_name(of->told),
              of->error.message);
    }
}

void
trial_ask_again(trial *of, const char *what)
{
    const char *name = of->operation->name;
    const noema_status before = of->told;
    const noema_status status = of->operation->ask(of, of->at->db);
    const int64_t stored = of->operation->count(of);
    if (status != NOEMA_OK || stored != 1) {
        blame(of, "%s, %s: told %s, then %s (%s), stored %" PRId64 " times", name, what,
              noema_status_name(before), noema_status_name(status), of->error.message, stored);
    }
    if (before == NOEMA_OK && (of->flags & NOEMA_REPLAYED) == 0) {
        blame(of, "%s, %s: done twice", name, what);
    }
}

void
trial_end_transactions(mongoc_client_t *client)
{
    (void)plain_command(client, "admin", BCON_NEW("killAllSessions", "[", "]"), NULL);
}
