/* Opens and drops the database, makes the calls that must succeed, and looks into what is stored. */
#include "fixture.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { SKIPPED = 77 };

noema_db *db;
noema_error error;
mongoc_client_t *observer;
char database[40];

static void
set_option(noema_options *options, const char *name, const char *value)
{
    if (noema_options_set(options, name, value, &error) != NOEMA_OK) {
        print_error("%s\n", error.message);
        exit(1);
    }
}

noema_options *
test_options(void)
{
    noema_options *options = noema_options_new();
    set_option(options, "database", database);
    set_option(options, "reaper", "off");
    set_option(options, "allow_plaintext", "on");
    return options;
}

static noema_db *
try_to_open(void)
{
    noema_db *opened = NULL;
    noema_options *options = test_options();
    if (noema_open(options, &opened, &error) != NOEMA_OK) {
        print_error("open: %s\n", error.message);
    }
    noema_options_free(options);
    return opened;
}

noema_db *
open_another(void)
{
    noema_db *another = try_to_open();
    assert_non_null(another);
    return another;
}

int
open_database(void **state)
{
    uint64_t random = 0;
    const char *uri = getenv("NOEMA_MONGODB_URI");
    (void)state;
    if (uri == NULL || uri[0] == '\0') {
        printf("skipped: NOEMA_MONGODB_URI is not set\n");
        exit(SKIPPED);
    }
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return -1;
    }
    (void)snprintf(database, sizeof database, "noema_api_%016llx", (unsigned long long)random);
    mongoc_init();
    observer = mongoc_client_new(uri);
    db = try_to_open();
    if (db == NULL || noema_install(db, false, NULL, &error) != NOEMA_OK) {
        print_error("install: %s\n", error.message);
        return -1;
    }
    return 0;
}

int
drop_database(void **state)
{
    bson_error_t problem = {0};
    bson_t *command = BCON_NEW("dropDatabase", BCON_INT32(1));
    (void)state;
    noema_close(db);
    db = NULL;
    if (!mongoc_client_command_simple(observer, database, command, NULL, NULL, &problem)) {
        print_error("dropDatabase: %s\n", problem.message);
    }
    bson_destroy(command);
    mongoc_client_destroy(observer);
    return problem.code == 0 ? 0 : -1;
}

/* ---- assertions ------------------------------------------------------------------------------ */

void
check_status(noema_status status, noema_status wanted, const char *call, const char *file, int line)
{
    if (status != wanted) {
        print_error("%s\n  is %s, wanted %s; last message: %s\n", call, noema_status_name(status),
                    noema_status_name(wanted), error.message);
        _fail(file, line);
    }
}

void
check_refused(noema_status status, noema_status wanted, const char *field, const char *call,
              const char *file, int line)
{
    check_status(status, wanted, call, file, line);
    if (error.status != wanted || error.message[0] == '\0' || strcmp(error.field, field) != 0) {
        print_error("%s\n  error: status %s, field \"%s\" (wanted \"%s\"), message \"%s\"\n", call,
                    noema_status_name(error.status), error.field, field, error.message);
        _fail(file, line);
    }
}

void
check_zeros(const void *bytes, size_t size, const char *what, const char *file, int line)
{
    for (size_t i = 0; i < size; i++) {
        if (((const unsigned char *)bytes)[i] != 0) {
            print_error("%s is not zeroed: byte %zu\n", what, i);
            _fail(file, line);
        }
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static const char *
fresh(const char *prefix)
{
    static char texts[256][40];
    static unsigned next;
    char *text = texts[next % 256];
    (void)snprintf(text, sizeof texts[0], "%s:%u", prefix, next++);
    return text;
}

const char *
fresh_key(void)
{
    return fresh("test");
}

const char *
fresh_handle(void)
{
    return fresh("telegram");
}

noema_id
fresh_account(void)
{
    noema_account account;
    assert_status(noema_account_ensure(db, fresh_handle(), &account, &error), NOEMA_OK);
    return account.id;
}

noema_id
account_with(noema_money bought)
{
    noema_id account = fresh_account();
    (void)credited(account, bought);
    return account;
}

noema_time
now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_REALTIME, &at);
    return (noema_time)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

void
sleep_until(noema_time when)
{
    for (noema_time left = when - now(); left > 0; left = when - now()) {
        const struct timespec pause = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        (void)nanosleep(&pause, NULL);
    }
}

noema_balance
balance_of(noema_id account)
{
    noema_balance balance;
    assert_status(noema_economy_balance(db, &account, &balance, &error), NOEMA_OK);
    return balance;
}

void
assert_balance(noema_id account, noema_money balance, noema_money held)
{
    noema_balance is = balance_of(account);
    assert_int_equal(is.balance, balance);
    assert_int_equal(is.held, held);
    assert_int_equal(is.available, balance - held);
}

noema_receipt
credited(noema_id account, noema_money amount)
{
    noema_receipt receipt;
    assert_status(noema_economy_credit(db, &account, amount, fresh_key(), NULL, &receipt, &error),
                  NOEMA_OK);
    return receipt;
}

noema_receipt
debited(noema_id account, noema_money amount)
{
    noema_receipt receipt;
    assert_status(noema_economy_debit(db, &account, amount, fresh_key(), NULL, &receipt, &error),
                  NOEMA_OK);
    return receipt;
}

noema_receipt
given(noema_id account, noema_money amount, noema_time expires_at)
{
    noema_receipt receipt;
    const noema_command options = {.size = sizeof options, .expires_at = expires_at};
    assert_status(
        noema_economy_bonus(db, &account, amount, fresh_key(), &options, &receipt, &error),
        NOEMA_OK);
    return receipt;
}

noema_command
command_for(int32_t kind, noema_id account, noema_money amount)
{
    return (noema_command){.size = sizeof(noema_command),
                           .kind = kind,
                           .account = account,
                           .amount = amount,
                           .key = fresh_key()};
}

noema_status
apply(const noema_command *command, noema_receipt *receipt)
{
    return noema_economy_apply(db, command, 1, receipt, sizeof *receipt, &error);
}

noema_receipt
applied(const noema_command *command)
{
    noema_receipt receipt;
    assert_status(apply(command, &receipt), NOEMA_OK);
    return receipt;
}

noema_run_request
request_for(noema_id account, noema_money hold)
{
    return (noema_run_request){.size = sizeof(noema_run_request),
                               .account = account,
                               .key = fresh_key(),
                               .tool = "flux",
                               .hold = hold};
}

noema_run
started(noema_id account, noema_money hold)
{
    noema_run run;
    const noema_run_request request = request_for(account, hold);
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    return run;
}

noema_settlement
settlement_for(noema_id run, int32_t state)
{
    return (noema_settlement){.size = sizeof(noema_settlement), .run = run, .state = state};
}

noema_settlement
completion_of(noema_id run, noema_money charge)
{
    noema_settlement settlement = settlement_for(run, NOEMA_RUN_COMPLETED);
    settlement.price = charge > 0 ? NOEMA_PRICE_AMOUNT : NOEMA_PRICE_FREE;
    settlement.charge = charge;
    return settlement;
}

noema_receipt
settled(const noema_settlement *settlement, noema_run *run)
{
    noema_receipt receipt;
    assert_status(noema_run_settle(db, settlement, run, &receipt, &error), NOEMA_OK);
    return receipt;
}

noema_run
run_of(noema_id id)
{
    noema_run run;
    assert_status(noema_run_find(db, &id, &run, NULL, &error), NOEMA_OK);
    return run;
}
