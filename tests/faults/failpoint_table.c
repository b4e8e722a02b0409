#include "faults/failpoint_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { HASTY_MS = 400 };

static const char *const commands[] = {"find",   "aggregate",     "update",
                                       "insert", "findAndModify", "commitTransaction"};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const struct {
    const char *name;
    faultpoint fault;
    bool of_commit; /* that alone */
    bool is_slow;   /* the driver looks for the server anew */
} faults[] = {
    {"WriteConflict",             {.code = 112, .transient = true}, false, false},
    {"closeConnection",           {.closes = true},                 false, true },
    {"MaxTimeMSExpired",          {.code = 50},                     false, false},
    {"NotWritablePrimary",        {.code = 10107},                  false, true },
    {"writeConcernFailed",        {.concern_code = 64},             true,  false},
    {"UnsatisfiableWriteConcern", {.concern_code = 100},            true,  false},
};
enum { FAULTS = sizeof faults / sizeof faults[0], TIMES_MAX = 3, ALWAYS = 0 };

static bool
is_sent(const trial *of, size_t command)
{
    return of->operation->aggregates || strcmp(commands[command], "aggregate") != 0;
}

static bool
is_commit(size_t command)
{
    return strcmp(commands[command], "commitTransaction") == 0;
}

/* An account that others write, too, is read before it is updated. */
static bool
is_of_shared_accounts(size_t command)
{
    return strcmp(commands[command], "find") == 0 || strcmp(commands[command], "update") == 0;
}

/* Of the few. */
static bool
is_telling(size_t command, size_t fault, int32_t times)
{
    const faultpoint *set = &faults[fault].fault;
    bool is_worst = set->closes || set->concern_code == 64;
    if (times == 1) {
        return is_commit(command) || !faults[fault].is_slow;
    }
    return is_commit(command) && is_worst && (times == ALWAYS || !faults[fault].is_slow);
}

/* Of the most. */
static bool
is_quick(size_t command, size_t fault, int32_t times)
{
    bool inserts = strcmp(commands[command], "insert") == 0;
    return is_commit(command) || !faults[fault].is_slow || (inserts && times == 1);
}

static bool
is_chosen(failpoint_share share, size_t command, size_t fault, int32_t times)
{
    if (faults[fault].of_commit && !is_commit(command)) {
        return false;
    }
    if (share == FAILPOINT_FEW) {
        return is_telling(command, fault, times);
    }
    return share == FAILPOINT_ALL || is_quick(command, fault, times);
}

/* A read before the transaction is not repeated when the server says that it takes too long. */
static bool
may_refuse(const trial *of, size_t command, size_t fault)
{
    return of->told == NOEMA_TIMEOUT && of->operation->reads_before &&
           strcmp(commands[command], "find") == 0 && faults[fault].fault.code == 50;
}

static void
try_one(trial *of, size_t command, size_t fault, int32_t times)
{
    char what[80];
    char app_name[60];
    faultpoint set = faults[fault].fault;
    (void)snprintf(app_name, sizeof app_name, "%s-2", of->at->database);
    (void)snprintf(what, sizeof what, "%s of %s, %d times", faults[fault].name, commands[command],
                   (int)times);
    set.command = commands[command];
    set.app_name = app_name;
    set.times = times;
    of->is_shared = is_of_shared_accounts(command);
    trial_prepare(of);
    assert_true(faultpoint_set(of->client, &set));
    trial_ask(of);
    faultpoint_off(of->client);
    trial_judge(of, what);
    if (times == ALWAYS) {
        trial_end_transactions(of->client);
    } else if (!may_refuse(of, command, fault)) {
        trial_must_be_done(of, what);
    }
    trial_ask_again(of, what);
    if (of->problem[0] != '\0') {
        fail_msg("%s", of->problem);
    }
}

void
failpoint_table_run(bank *at, int operation, failpoint_share share)
{
    const bank_door patient = {.second = true};
    const bank_door hasty = {.second = true, .timeout_ms = HASTY_MS};
    noema_db *doors[] = {bank_open(at, &hasty), bank_open(at, &patient)};
    trial of = trial_open(at, doors[0], operation);
    for (size_t command = 0; command < COMMANDS; command++) {
        for (size_t fault = 0; fault < FAULTS && is_sent(&of, command); fault++) {
            for (int32_t times = ALWAYS; times <= TIMES_MAX; times++) {
                if (is_chosen(share, command, fault, times)) {
                    of.door = doors[times == ALWAYS ? 0 : 1];
                    try_one(&of, command, fault, times);
                }
            }
        }
    }
    trial_close(&of);
    noema_close(doors[0]);
    noema_close(doors[1]);
    bank_check(at);
}
