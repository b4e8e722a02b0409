#include "integration/engine/desk.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/clock.h"

void
desk_open(desk *made, bank *at)
{
    const bank_door door = {.committers = 1, .second = true};
    *made = (desk){.at = at, .door = bank_open(at, &door), .blocked = bank_account(at, NOEMA_USD)};
}

void
desk_close(desk *of)
{
    noema_close(of->door);
}

void *
desk_call_run(void *argument)
{
    desk_call *of = argument;
    noema_status ignored = noema_economy_apply(of->door, of->commands, of->count, of->receipts,
                                               sizeof of->receipts[0], &of->error);
    (void)ignored;
    return NULL;
}

/* Another writer's open transaction on the account's document. */
static void
seize(desk *of)
{
    bson_error_t error;
    bson_t options = BSON_INITIALIZER;
    bson_oid_t id;
    bson_oid_init_from_string(&id, of->blocked.text);
    of->other = mongoc_client_start_session(of->at->client, NULL, &error);
    assert_non_null(of->other);
    assert_true(mongoc_client_session_start_transaction(of->other, NULL, &error));
    assert_true(mongoc_client_session_append(of->other, &options, &error));
    bson_t *command = BCON_NEW("update", BCON_UTF8("userEconomy"), "updates", "[", "{", "q", "{",
                               "masterAccountId", BCON_OID(&id), "}", "u", "{", "$set", "{", "note",
                               BCON_INT32(1), "}", "}", "}", "]");
    assert_true(mongoc_client_write_command_with_opts(of->at->client, of->at->database, command,
                                                      &options, NULL, &error));
    bson_destroy(command);
    bson_destroy(&options);
}

void
desk_block(desk *of)
{
    static uint32_t number;
    const int64_t conflicts = bank_metric(of->door, ND_METRIC_CONFLICTS);
    nd_deadline until = nd_deadline_in(DESK_PATIENCE_MS);
    seize(of);
    (void)snprintf(of->key, sizeof of->key, "blocker:%" PRIu32, ++number);
    of->command = (noema_command){.size = sizeof of->command,
                                  .kind = NOEMA_COMMAND_DEBIT,
                                  .account = of->blocked,
                                  .amount = 1,
                                  .key = of->key};
    of->call = (desk_call){
        .door = of->door, .commands = &of->command, .count = 1, .receipts = &of->receipt};
    assert_int_equal(pthread_create(&of->blocker, NULL, desk_call_run, &of->call), 0);
    while (bank_metric(of->door, ND_METRIC_CONFLICTS) == conflicts && !nd_deadline_passed(until)) {
        nd_sleep_ms(1);
    }
}

void
desk_let_go(desk *of)
{
    mongoc_client_session_destroy(of->other); /* aborts */
    assert_int_equal(pthread_join(of->blocker, NULL), 0);
    assert_int_equal(of->receipt.status, NOEMA_OK);
}

void
desk_await(const desk *of, int64_t waiting)
{
    nd_deadline until = nd_deadline_in(DESK_PATIENCE_MS);
    while (bank_metric(of->door, ND_METRIC_QUEUE_DEPTH) != waiting && !nd_deadline_passed(until)) {
        nd_sleep_ms(1);
    }
}

int64_t
desk_togetherness(const desk *of)
{
    return bank_metric(of->door, ND_METRIC_BATCH_COMMANDS) -
           bank_metric(of->door, ND_METRIC_BATCHES);
}

noema_error
desk_apply_together(desk *of, const noema_command *commands, size_t count, noema_receipt *receipts)
{
    desk_call all = {.door = of->door, .commands = commands, .count = count, .receipts = receipts};
    pthread_t thread;
    const int64_t before = desk_togetherness(of);
    desk_block(of);
    assert_int_equal(pthread_create(&thread, NULL, desk_call_run, &all), 0);
    desk_await(of, (int64_t)count);
    desk_let_go(of);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(desk_togetherness(of) - before >= (int64_t)count - 1);
    return all.error;
}
