/* Fault points on each command of the engine's transaction, for each kind of money call: whatever the
 * caller is told, the database says the same. */
#include <stdio.h>
#include <string.h>

#include "scene.h"

enum { CALL_MS = 3000 };

typedef struct ask {
    scene *on;
    noema_account account;
    noema_id debit; /* an entry to refund */
    noema_id run;   /* a run to settle */
    const char *key;
} ask;

static noema_status
credit(const ask *of, noema_receipt *receipt, noema_error *error)
{
    const noema_command options = {.size = sizeof(options), .timeout_ms = CALL_MS};
    return noema_economy_credit(of->on->db, &of->account.id, NOEMA_USD, of->key, &options, receipt,
                                error);
}

static noema_status
debit(const ask *of, noema_receipt *receipt, noema_error *error)
{
    const noema_command options = {.size = sizeof(options), .timeout_ms = CALL_MS};
    return noema_economy_debit(of->on->db, &of->account.id, NOEMA_USD, of->key, &options, receipt,
                               error);
}

static noema_status
refund(const ask *of, noema_receipt *receipt, noema_error *error)
{
    const noema_command command = {.size = sizeof(command),
                                   .kind = NOEMA_COMMAND_REFUND,
                                   .amount = 1000,
                                   .key = of->key,
                                   .entry = of->debit,
                                   .timeout_ms = CALL_MS};
    return noema_economy_apply(of->on->db, &command, 1, receipt, sizeof(*receipt), error);
}

static noema_status
start(const ask *of, noema_receipt *receipt, noema_error *error)
{
    noema_run run;
    const noema_run_request request = {.size = sizeof(request),
                                       .account = of->account.id,
                                       .key = of->key,
                                       .tool = "flux",
                                       .hold = NOEMA_USD,
                                       .timeout_ms = CALL_MS};
    receipt->status = noema_run_start(of->on->db, &request, &run, error);
    receipt->flags = run.flags;
    return receipt->status;
}

static noema_status
settle(const ask *of, noema_receipt *receipt, noema_error *error)
{
    noema_run run;
    const noema_settlement settlement = {.size = sizeof(settlement),
                                         .state = NOEMA_RUN_COMPLETED,
                                         .run = of->run,
                                         .price = NOEMA_PRICE_HOLD,
                                         .timeout_ms = CALL_MS};
    return noema_run_settle(of->on->db, &settlement, &run, receipt, error);
}

static const struct {
    const char *name;
    noema_status (*call)(const ask *of, noema_receipt *receipt, noema_error *error);
} calls[] = {
    {"credit", credit},
    {"debit",  debit },
    {"refund", refund},
    {"start",  start },
    {"settle", settle}
};

static const struct {
    const char *name;
    int times; /* 0: until the deadline */
    const char *data;
} faults[] = {
#define LABELS "\"errorLabels\": [\"TransientTransactionError\"]"
    {"find conflicts",                 2, "{\"failCommands\": [\"find\"], \"errorCode\": 112, " LABELS "}"        },
    {"update conflicts",               2, "{\"failCommands\": [\"update\"], \"errorCode\": 112, " LABELS "}"      },
    {"insert conflicts",               2, "{\"failCommands\": [\"insert\"], \"errorCode\": 112, " LABELS "}"      },
    {"find cut",                       1, "{\"failCommands\": [\"find\"], \"closeConnection\": true}"             },
    {"update cut",                     1, "{\"failCommands\": [\"update\"], \"closeConnection\": true}"           },
    {"insert cut",                     2, "{\"failCommands\": [\"insert\"], \"closeConnection\": true}"           },
    {"commit cut",                     1, "{\"failCommands\": [\"commitTransaction\"], \"closeConnection\": true}"},
    {"commit cut again",               3,
                                                                     "{\"failCommands\": [\"commitTransaction\"], \"closeConnection\": true}"                                     },
    {"commit cut for good",            0,
                                                                     "{\"failCommands\": [\"commitTransaction\"], \"closeConnection\": true}"                                     },
    {"commit too slow",                2, "{\"failCommands\": [\"commitTransaction\"], \"errorCode\": 50}"        },
    {"commit without majority",        1,
                                                                     "{\"failCommands\": [\"commitTransaction\"], \"writeConcernError\": {\"code\": 64, "
     "\"errmsg\": \"waiting for replication timed out\"}}"                                                                                                                        },
    {"commit without majority, often", 6,
                                                                     "{\"failCommands\": [\"commitTransaction\"], \"writeConcernError\": {\"code\": 64, "
     "\"errmsg\": \"waiting for replication timed out\"}}"                                                                                                                        },
    {"commit with too few nodes",      2,
                                                                     "{\"failCommands\": [\"commitTransaction\"], \"writeConcernError\": {\"code\": 100, "
     "\"errmsg\": \"not enough data-bearing nodes\"}}"                                                                                                                            },
    {"commit not primary",             1, "{\"failCommands\": [\"commitTransaction\"], \"errorCode\": 10107}"     },
    {"update not primary",             1, "{\"failCommands\": [\"update\"], \"errorCode\": 10107, " LABELS "}"    },
    {"update refused for its role",    1, "{\"failCommands\": [\"update\"], \"errorCode\": 13}"                   },
    {"conflicts for good",             0,
                                                                     "{\"failCommands\": [\"update\", \"insert\"], \"errorCode\": 112, " LABELS "}"                               },
};

static ask
prepare(scene *on)
{
    noema_receipt receipt;
    noema_run run;
    noema_error error;
    ask of = {.on = on, .account = scene_account(on, 20 * NOEMA_USD)};
    of.key = scene_key(on);
    assert_int_equal(debit(&of, &receipt, &error), NOEMA_OK);
    of.debit = receipt.entry;
    const noema_run_request request = {.size = sizeof(request),
                                       .account = of.account.id,
                                       .key = scene_key(on),
                                       .tool = "flux",
                                       .hold = NOEMA_USD};
    assert_int_equal(noema_run_start(on->db, &request, &run, &error), NOEMA_OK);
    of.run = run.id;
    of.key = scene_key(on);
    return of;
}

/* How often the call's record is stored: its entry, its run, or the settlement of its run. */
static int64_t
applied(const ask *of, const char *name)
{
    bson_oid_t run;
    if (strcmp(name, "start") == 0) {
        return scene_count(of->on, "workflowExecutions",
                           BCON_NEW("idempotencyKey", BCON_UTF8(of->key)));
    }
    if (strcmp(name, "settle") == 0) {
        bson_oid_init_from_string(&run, of->run.text);
        return scene_count(of->on, "transactions",
                           BCON_NEW("executionId", BCON_OID(&run), "type", "charge"));
    }
    return scene_count(of->on, "transactions", BCON_NEW("idempotencyKey", BCON_UTF8(of->key)));
}

static bool
told_that_nothing_happened(noema_status status)
{
    return status == NOEMA_TIMEOUT || status == NOEMA_UNAVAILABLE || status == NOEMA_BUSY;
}

static void
hold_to_its_word(const ask *of, const char *call, const char *fault, noema_status told)
{
    int64_t times = applied(of, call);
    bool honest = told == NOEMA_OK                   ? times == 1
                  : told == NOEMA_OUTCOME_UNKNOWN    ? times <= 1
                  : told_that_nothing_happened(told) ? times == 0
                                                     : false;
    if (!honest) {
        print_message("%s, %s: told %s, stored %d times\n", call, fault, noema_status_name(told),
                      (int)times);
    }
    assert_true(honest);
}

static void
whatever_a_call_is_told_the_database_says_the_same(void **state)
{
    scene *on = *state;
    size_t unknown = 0;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        for (size_t j = 0; j < sizeof(calls) / sizeof(calls[0]); j++) {
            noema_receipt receipt;
            noema_error error;
            ask of = prepare(on);
            scene_fail(on, faults[i].times, faults[i].data);
            noema_status told = calls[j].call(&of, &receipt, &error);
            scene_fail_off(on);
            unknown += told == NOEMA_OUTCOME_UNKNOWN ? 1 : 0;
            hold_to_its_word(&of, calls[j].name, faults[i].name, told);
            /* The same key again: done now at the latest, and once in all. */
            assert_int_equal(calls[j].call(&of, &receipt, &error), NOEMA_OK);
            assert_int_equal(applied(&of, calls[j].name), 1);
        }
    }
    print_message("%zu faults, %zu calls, %zu of unknown outcome\n",
                  sizeof(faults) / sizeof(faults[0]), sizeof(calls) / sizeof(calls[0]), unknown);
    scene_prove(on);
}

/* A commit that was reported as failed and had been applied is recognised as one's own: the work of
 * this start belongs to this caller. */
static void
a_start_whose_commit_was_doubtful_is_not_a_replay(void **state)
{
    scene *on = *state;
    noema_run run;
    noema_error error;
    const noema_run_request request = {.size = sizeof(request),
                                       .account = on->account.id,
                                       .key = scene_key(on),
                                       .tool = "flux",
                                       .hold = NOEMA_USD};
    scene_fail(on, 4,
               "{\"failCommands\": [\"commitTransaction\"], \"writeConcernError\": {\"code\": 64, "
               "\"errmsg\": \"waiting for replication timed out\"}}");
    assert_int_equal(noema_run_start(on->db, &request, &run, &error), NOEMA_OK);
    scene_fail_off(on);
    assert_int_equal(run.flags & NOEMA_REPLAYED, 0);
    assert_int_equal(strlen(run.token), 24);
    assert_int_equal(noema_run_start(on->db, &request, &run, &error), NOEMA_OK);
    assert_int_equal(run.flags & NOEMA_REPLAYED, NOEMA_REPLAYED);
    assert_string_equal(run.token, "");
    scene_prove(on);
}

/* "The Nth command of this operation fails", until it succeeds untouched. */
static void
a_debit_survives_the_loss_of_any_of_its_commands(void **state)
{
    scene *on = *state;
    for (int skip = 0; skip < 6; skip++) {
        char data[200];
        noema_receipt receipt;
        noema_error error;
        ask of = prepare(on);
        snprintf(data, sizeof(data),
                 "{\"failCommands\": [\"find\", \"update\", \"insert\", \"commitTransaction\"], "
                 "\"closeConnection\": true, \"skip\": %d}",
                 skip);
        scene_fail(on, 1, data);
        noema_status told = debit(&of, &receipt, &error);
        scene_fail_off(on);
        hold_to_its_word(&of, "debit", data, told);
        assert_int_equal(told, NOEMA_OK);
    }
    scene_prove(on);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_call_is_told_the_database_says_the_same),
        cmocka_unit_test(a_start_whose_commit_was_doubtful_is_not_a_replay),
        cmocka_unit_test(a_debit_survives_the_loss_of_any_of_its_commands),
    };
    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
