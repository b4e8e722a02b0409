/* Opens the database, drives the engine, and reads reports. */
#include "fixture.h"

#include <stdlib.h>

#include "api/collections.h"
#include "core/json.h"
#include "user_core/user_core.h"

nd_base *base;
nd_engine *engine;
nd_arena *arena;
nd_json *report;

mongoc_client_t *observer;
char database[64];

static nd_metrics *metrics;

void
require_server(void)
{
    if (getenv("NOEMA_MONGODB_URI") == NULL) {
        (void)fprintf(stderr, "no server: run me by scripts/mongod run --faults -- ...\n");
        exit(77);
    }
}

static bool
set_options(nd_options *options, noema_error *error)
{
    static const char secret[] = "a ledger key of more than thirty-two bytes";
    return nd_options_set(options, "database", database, error) == NOEMA_OK &&
           nd_options_set_secret(options, "ledger_key", secret, sizeof(secret) - 1, error) ==
               NOEMA_OK &&
           nd_options_finish(options, error) == NOEMA_OK;
}

static bool
open_base(noema_error *error)
{
    nd_json *installed = NULL;
    nd_options *options = nd_options_new();
    bool done =
        set_options(options, error) && nd_base_open(options, metrics, &base, error) == NOEMA_OK;
    nd_options_free(options);
    if (done) {
        done = nd_base_install(base, nd_deadline_in(60000), nd_collections, nd_collection_count,
                               false, &installed, error) == NOEMA_OK;
        nd_json_free(installed);
    }
    return done && nd_engine_open(base, &engine, error) == NOEMA_OK;
}

int
open_database(void **state)
{
    noema_error error = {0};
    (void)state;
    if (!nd_crypto_init()) {
        return -1;
    }
    (void)snprintf(database, sizeof(database), "audit_%s", nd_id_public(nd_id_new()).text);
    metrics = nd_metrics_new();
    arena = nd_arena_new();
    if (!open_base(&error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    observer = mongoc_client_new(getenv("NOEMA_MONGODB_URI"));
    return observer != NULL ? 0 : -1;
}

int
drop_database(void **state)
{
    bson_t *command = BCON_NEW("dropDatabase", BCON_INT32(1));
    bool done = mongoc_client_command_simple(observer, database, command, NULL, NULL, NULL);
    (void)state;
    bson_destroy(command);
    mongoc_client_destroy(observer);
    nd_engine_close(engine);
    nd_base_close(base);
    nd_arena_free(arena);
    nd_metrics_free(metrics);
    nd_json_free(report);
    report = NULL;
    return done ? 0 : -1;
}

int
begin_test(void **state)
{
    (void)state;
    nd_arena_reset(arena);
    return 0;
}

nd_deadline
soon(void)
{
    return nd_deadline_in(15000);
}

nd_id
id_of(const char *text)
{
    nd_id id;
    assert_int_equal(nd_id_parse(text, "id", &id, NULL), NOEMA_OK);
    return id;
}

/* ---- what happens ------------------------------------------------------------------------------- */

nd_id
new_account(void)
{
    char handle[64];
    nd_account account;
    noema_error error = {0};
    (void)snprintf(handle, sizeof(handle), "telegram:%s", nd_id_public(nd_id_new()).text);
    assert_int_equal(
        nd_account_ensure(base, soon(), NULL, handle, nd_text_of("test"), &account, &error),
        NOEMA_OK);
    return account.id;
}

static nd_answer
run_to(nd_command *command, noema_status wanted)
{
    nd_answer answer;
    command->deadline = soon();
    nd_command_own(command);
    noema_status status = nd_engine_run(engine, command, &answer);
    if (status != wanted) {
        print_error("%s\n", answer.error.message);
    }
    assert_int_equal(status, wanted);
    return answer;
}

static nd_command *
money(nd_kind kind, nd_entry_type type, nd_id account, int64_t amount, const char *key)
{
    nd_command *command = nd_command_new(kind);
    command->request.type.at = (int32_t)type;
    command->request.named = account;
    command->request.amount.nano = amount * USD;
    command->request.key = nd_text_of(key);
    command->request.description = nd_text_of("what the user reads");
    return command;
}

nd_answer
credit(nd_id account, int64_t amount, const char *key)
{
    return run_to(money(ND_CREDIT, ND_ENTRY_CREDIT, account, amount, key), NOEMA_OK);
}

nd_answer
bonus(nd_id account, int64_t amount, int64_t expires_ms, const char *key)
{
    nd_command *command = money(ND_BONUS, ND_ENTRY_BONUS, account, amount, key);
    command->request.expires.ms = expires_ms;
    return run_to(command, NOEMA_OK);
}

nd_answer
debit(nd_id account, int64_t amount, const char *key)
{
    return run_to(money(ND_DEBIT, ND_ENTRY_DEBIT, account, amount, key), NOEMA_OK);
}

nd_answer
debit_up_to(nd_id account, int64_t amount, const char *key)
{
    nd_command *command = money(ND_DEBIT, ND_ENTRY_DEBIT, account, amount, key);
    command->request.mode.at = ND_MODE_UP_TO;
    return run_to(command, NOEMA_OK);
}

static nd_command *
refund_command(int64_t amount, const char *key)
{
    nd_command *command = money(ND_REFUND, ND_ENTRY_REFUND, nd_id_none, amount, key);
    command->request.mode.at = amount == 0 ? ND_MODE_ALL : 0;
    return command;
}

nd_answer
refund(const char *entry, int64_t amount, const char *key)
{
    nd_command *command = refund_command(amount, key);
    command->entry = id_of(entry);
    command->request.refund_of = command->entry;
    return run_to(command, NOEMA_OK);
}

nd_answer
refund_run(const char *run, int64_t amount, const char *key)
{
    nd_command *command = refund_command(amount, key);
    command->run = id_of(run);
    command->request.run = command->run;
    return run_to(command, NOEMA_OK);
}

nd_answer
add_exp(nd_id account, int64_t exp, const char *key)
{
    nd_command *command = money(ND_ADD_EXP, ND_ENTRY_EXP, account, 0, key);
    command->request.exp = exp;
    return run_to(command, NOEMA_OK);
}

nd_answer
void_key(nd_id account, const char *key)
{
    bool payment = nd_id_is_none(account);
    return run_to(money(payment ? ND_VOID_PAYMENT : ND_VOID, ND_ENTRY_VOID, account, 0, key),
                  NOEMA_OK);
}

nd_answer
start(nd_id account, int64_t amount, uint32_t lifetime_ms, const char *key)
{
    static unsigned next;
    char token[32];
    nd_command *command = nd_command_new(ND_START);
    (void)snprintf(token, sizeof(token), "token%u", next++);
    command->start = (nd_start){.owner = account,
                                .key = nd_text_of(key),
                                .tool = nd_text_of("flux"),
                                .service = nd_text_of("comfydeploy"),
                                .hold = {amount * USD},
                                .lifetime_ms = lifetime_ms,
                                .token = nd_text_of(token)};
    return run_to(command, NOEMA_OK);
}

nd_answer
settle(const char *run, int32_t state, int64_t amount, int64_t exp)
{
    nd_command *command = nd_command_new(ND_SETTLE);
    command->run = id_of(run);
    command->settle = (nd_settle){.state = {state},
                                  .price = NOEMA_PRICE_AMOUNT,
                                  .charge = {amount * USD},
                                  .overrun = {ND_OVERRUN_CAP},
                                  .exp = exp};
    return run_to(command, NOEMA_OK);
}

nd_answer
time_out(const char *run)
{
    nd_command *command = nd_command_new(ND_TIME_OUT);
    command->run = id_of(run);
    return run_to(command, NOEMA_OK);
}

/* Payments have one name space, so their keys carry the account's. */
static const char *
key_of(nd_id account, const char *what)
{
    static char texts[16][80];
    static unsigned next;
    char *text = texts[next++ % 16];
    (void)snprintf(text, sizeof(texts[0]), "%s:%s", what, nd_id_public(account).text);
    return text;
}

static void
live_on_runs(nd_id account)
{
    nd_answer run = start(account, 4, 60000, "start:1");
    settle(run.run.id.text, NOEMA_RUN_COMPLETED, 3, 5);
    refund_run(run.run.id.text, 1, "refund:run:1");
    nd_answer failed = start(account, 4, 60000, "start:2");
    settle(failed.run.id.text, NOEMA_RUN_FAILED, 0, 0);
    nd_answer free_run = start(account, 0, 60000, "start:3");
    settle(free_run.run.id.text, NOEMA_RUN_COMPLETED, 0, 2);
    nd_answer late = start(account, 2, 1, "start:4");
    nd_sleep_ms(5);
    time_out(late.run.id.text);
    nd_answer whole = start(account, 2, 60000, "start:5");
    settle(whole.run.id.text, NOEMA_RUN_COMPLETED, 9, 1);
    refund_run(whole.run.id.text, 0, "refund:run:2");
    start(account, 1, 60000, "start:6");
    start(account, 2, 60000, "start:7");
}

void
live(nd_id account)
{
    nd_clock *clock = nd_base_clock(base);
    nd_time now = nd_clock_now(clock);
    credit(account, 30, key_of(account, "stripe"));
    bonus(account, 3, now.ms + 3600000, "bonus:1");
    bonus(account, 5, now.ms + 86400000, "bonus:2");
    bonus(account, 2, 0, "bonus:3");
    nd_answer taken = debit(account, 4, "debit:1");
    refund(taken.receipt.entry.text, 1, "refund:1");
    refund(taken.receipt.entry.text, 2, "refund:2");
    add_exp(account, 10, "exp:1");
    add_exp(account, -3, "exp:2");
    void_key(account, "never:1");
    void_key(nd_id_none, key_of(account, "stripe:never"));
    live_on_runs(account);
    bonus(account, 1, nd_clock_now(clock).ms + 50, "bonus:4");
    nd_sleep_ms(60);
    debit(account, 1, "debit:2"); /* what has expired is written off before */
    debit_up_to(account, 100, "debit:3");
    debit_up_to(account, 1, "debit:4");
    credit(account, 1, key_of(account, "stripe:2"));
}

void
live_plainly(nd_id account)
{
    char key[32];
    credit(account, 100, key_of(account, "plain"));
    for (int i = 2; i <= 10; i++) {
        (void)snprintf(key, sizeof(key), "debit:%d", i);
        debit(account, 1, key);
    }
}

void
live_long(nd_id account, int64_t entries)
{
    enum { AT_ONCE = 500 };
    nd_command *commands[AT_ONCE];
    nd_answer *answers = nd_new(AT_ONCE * sizeof(*answers));
    credit(account, 100000, key_of(account, "long"));
    for (int64_t done = 1; done < entries;) {
        size_t count = 0;
        for (; count < AT_ONCE && done < entries; count++, done++) {
            char key[40];
            (void)snprintf(key, sizeof(key), "debit:%lld", (long long)done);
            commands[count] = money(ND_DEBIT, ND_ENTRY_DEBIT, account, 0, key);
            commands[count]->request.amount.nano = USD / 100;
            commands[count]->deadline = soon();
            nd_command_own(commands[count]);
        }
        nd_engine_run_all(engine, commands, count, answers);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(answers[i].receipt.status, NOEMA_OK);
        }
    }
    nd_delete(answers);
}

/* ---- the proof ---------------------------------------------------------------------------------- */

noema_status
prove(nd_id account, const nd_json *checkpoints)
{
    noema_error error;
    nd_json_free(report);
    noema_status status = nd_verify(base, soon(), account, NULL, checkpoints, &report, &error);
    if (report == NULL) {
        print_error("%s\n", error.message);
    }
    assert_non_null(report);
    return status;
}

static void
print_report(void)
{
    char *text = nd_json_text(report);
    print_message("%s\n", text);
    nd_delete(text);
}

void
require_proved(nd_id account)
{
    noema_status status = prove(account, NULL);
    if (status != NOEMA_OK) {
        print_report();
    }
    assert_int_equal(status, NOEMA_OK);
    assert_int_equal(nd_json_length(nd_json_get(report, "problems")), 0);
}

void
require_among(const char *rule, int64_t seq)
{
    const nd_json *problems = nd_json_get(report, "problems");
    for (size_t i = 0; i < nd_json_length(problems); i++) {
        const nd_json *problem = nd_json_at(problems, i);
        if (strcmp(nd_json_string(nd_json_get(problem, "rule")), rule) == 0 &&
            integer_in(problem, "seq") == seq) {
            return;
        }
    }
    print_report();
    fail_msg("no %s at %lld", rule, (long long)seq);
}

void
require_broken(nd_id account, const char *rule, int64_t seq, size_t problems)
{
    assert_int_equal(prove(account, NULL), NOEMA_CORRUPT);
    require_among(rule, seq);
    if (nd_json_length(nd_json_get(report, "problems")) != problems) {
        print_report();
    }
    assert_int_equal(nd_json_length(nd_json_get(report, "problems")), problems);
}

int64_t
integer_in(const nd_json *object, const char *name)
{
    const nd_json *value = nd_json_get(object, name);
    assert_non_null(value);
    return nd_json_integer(value);
}
