/* Races inside the engine: many threads on one account, the same request twice at once, batches in
 * which one command goes wrong. Correctness rests on the server's conflicts, not on the queue: so the
 * rule that keeps an account out of two batches is also switched off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "api/collections.h"
#include "core/id.h"
#include "core/money.h"
#include "engine/engine.h"
#include "support/base_fixture.h"
#include "user_core/user_core.h"
#include "user_economy/store.h"
#include "user_economy/user_economy.h"

enum { THREADS = 64, USD = 1000000000 };

typedef struct scene {
    base_fixture *on;
    nd_engine *engine;
    uint32_t accounts;
} scene;

static int
open_engine(void **state)
{
    static scene opened;
    void *fixture = NULL;
    nd_json *report = NULL;
    noema_error error;
    if (base_fixture_setup(&fixture) != 0) {
        return 1;
    }
    opened = (scene){.on = fixture};
    nd_base *base = opened.on->base;
    assert_int_equal(nd_base_install(base, nd_deadline_in(60000), nd_collections,
                                     nd_collection_count, false, &report, &error),
                     NOEMA_OK);
    nd_json_free(report);
    assert_int_equal(nd_engine_open(base, &opened.engine, &error), NOEMA_OK);
    *state = &opened;
    return 0;
}

static int
close_engine(void **state)
{
    scene *opened = *state;
    void *fixture = opened->on;
    nd_engine_close(opened->engine);
    return base_fixture_teardown(&fixture);
}

/* ---- commands ---------------------------------------------------------------------------------- */

static nd_command *
movement(nd_kind kind, nd_entry_type type, nd_id account, const char *key, int64_t nano)
{
    nd_command *command = nd_command_new(kind);
    command->request =
        (nd_request){.type = {type}, .named = account, .key = nd_text_of(key), .amount = {nano}};
    command->deadline = nd_deadline_in(30000);
    nd_command_own(command);
    return command;
}

static noema_status
run(scene *in, nd_command *command, nd_answer *answer)
{
    return nd_engine_run(in->engine, command, answer);
}

static nd_id
account_with(scene *in, int64_t nano)
{
    char handle[60];
    nd_account account;
    nd_answer answer;
    noema_error error;
    snprintf(handle, sizeof(handle), "race:%s:%u", in->on->database, in->accounts++);
    assert_int_equal(nd_account_ensure(in->on->base, nd_deadline_in(10000), NULL, handle,
                                       nd_text_of("test"), &account, &error),
                     NOEMA_OK);
    if (nano > 0) {
        assert_int_equal(
            run(in, movement(ND_CREDIT, ND_ENTRY_CREDIT, account.id, handle, nano), &answer),
            NOEMA_OK);
    }
    return account.id;
}

static nd_economy
economy_of(scene *in, nd_id account)
{
    nd_economy economy;
    noema_error error;
    assert_int_equal(nd_economy_read(in->on->base, nd_deadline_in(10000), account, &economy,
                                     in->on->arena, &error),
                     NOEMA_OK);
    assert_null(nd_economy_unsound(&economy));
    return economy;
}

/* ---- races --------------------------------------------------------------------------------------- */

typedef struct racer {
    scene *in;
    nd_id account;
    char key[64];
    int64_t nano;
    pthread_barrier_t *gun;
    nd_answer answer;
} racer;

static void *
debit_once(void *argument)
{
    racer *self = argument;
    nd_command *command = movement(ND_DEBIT, ND_ENTRY_DEBIT, self->account, self->key, self->nano);
    pthread_barrier_wait(self->gun);
    run(self->in, command, &self->answer);
    return NULL;
}

static void
race(racer *racers, size_t count, void *(*each)(void *))
{
    pthread_t threads[THREADS];
    pthread_barrier_t gun;
    pthread_barrier_init(&gun, NULL, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        racers[i].gun = &gun;
        assert_int_equal(pthread_create(&threads[i], NULL, each, &racers[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&gun);
}

static size_t
done_of(const racer *racers, size_t count, uint32_t flags)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        done +=
            racers[i].answer.receipt.status == NOEMA_OK && racers[i].answer.receipt.flags == flags
                ? 1
                : 0;
    }
    return done;
}

static void
funds_for_half(scene *in)
{
    static racer racers[THREADS];
    nd_id account = account_with(in, THREADS / 2 * (int64_t)USD);
    for (size_t i = 0; i < THREADS; i++) {
        racers[i] = (racer){.in = in, .account = account, .nano = USD};
        snprintf(racers[i].key, sizeof(racers[i].key), "half:%zu", i);
    }
    race(racers, THREADS, debit_once);
    assert_int_equal(done_of(racers, THREADS, 0), THREADS / 2);
    nd_economy economy = economy_of(in, account);
    assert_int_equal(economy.credit.nano, 0);
    assert_int_equal(economy.seq, 1 + THREADS / 2);
}

static void
of_64_threads_with_funds_for_half_exactly_half_succeed(void **state)
{
    funds_for_half(*state);
}

static void
so_they_do_when_the_account_may_be_in_two_batches(void **state)
{
    scene *in = *state;
    nd_engine_set_lanes(in->engine, false);
    funds_for_half(in);
    nd_engine_set_lanes(in->engine, true);
}

static void
so_they_do_under_the_server_s_validator(void **state)
{
    scene *in = *state;
    nd_engine_set_bypass(in->engine, false);
    funds_for_half(in);
    nd_engine_set_bypass(in->engine, true);
}

static void
each_request_of_a_storm_sent_twice_is_applied_once(void **state)
{
    scene *in = *state;
    static racer racers[THREADS];
    nd_id account = account_with(in, 1000 * (int64_t)USD);
    for (size_t i = 0; i < THREADS; i++) {
        racers[i] = (racer){.in = in, .account = account, .nano = USD};
        snprintf(racers[i].key, sizeof(racers[i].key), "twice:%zu", i / 2);
    }
    race(racers, THREADS, debit_once);
    assert_int_equal(done_of(racers, THREADS, 0), THREADS / 2);
    assert_int_equal(done_of(racers, THREADS, NOEMA_REPLAYED), THREADS / 2);
    assert_int_equal(economy_of(in, account).credit.nano, (1000 - THREADS / 2) * (int64_t)USD);
}

static void *
credit_once(void *argument)
{
    racer *self = argument;
    nd_command *command =
        movement(ND_CREDIT, ND_ENTRY_CREDIT, self->account, self->key, self->nano);
    pthread_barrier_wait(self->gun);
    run(self->in, command, &self->answer);
    return NULL;
}

static void
eight_concurrent_first_credits_make_one_document(void **state)
{
    scene *in = *state;
    static racer racers[8];
    nd_id account = account_with(in, 0);
    bson_oid_t oid;
    memcpy(oid.bytes, account.bytes, sizeof(account.bytes));
    for (size_t i = 0; i < 8; i++) {
        racers[i] = (racer){.in = in, .account = account, .nano = USD};
        snprintf(racers[i].key, sizeof(racers[i].key), "first:%s:%zu", nd_id_public(account).text,
                 i);
    }
    nd_engine_set_lanes(in->engine, false);
    race(racers, 8, credit_once);
    nd_engine_set_lanes(in->engine, true);
    bson_t *filter = BCON_NEW("masterAccountId", BCON_OID(&oid));
    assert_int_equal(base_fixture_count(in->on, "userEconomy", filter), 1);
    bson_destroy(filter);
    assert_int_equal(economy_of(in, account).credit.nano, 8 * (int64_t)USD);
}

static void
one_payment_for_two_accounts_is_booked_once_and_taken_for_the_other(void **state)
{
    scene *in = *state;
    static racer racers[6];
    nd_id accounts[] = {account_with(in, 0), account_with(in, 0)};
    size_t taken = 0;
    for (size_t i = 0; i < 6; i++) {
        racers[i] = (racer){.in = in, .account = accounts[i % 2], .nano = USD};
        snprintf(racers[i].key, sizeof(racers[i].key), "stripe:%s", in->on->database);
    }
    race(racers, 6, credit_once);
    for (size_t i = 0; i < 6; i++) {
        taken += racers[i].answer.receipt.status == NOEMA_TAKEN ? 1 : 0;
    }
    assert_int_equal(done_of(racers, 6, 0), 1);
    assert_int_equal(done_of(racers, 6, NOEMA_REPLAYED), 2);
    assert_int_equal(taken, 3);
}

/* ---- neighbours in a batch ------------------------------------------------------------------------ */

/* All at once, so that they share a batch. */
static void
run_together(scene *in, nd_command **commands, size_t count, nd_answer *answers)
{
    nd_engine_run_all(in->engine, commands, count, answers);
}

static void
edit_credit(scene *in, nd_id account)
{
    bson_oid_t oid;
    memcpy(oid.bytes, account.bytes, sizeof(account.bytes));
    bson_decimal128_t much = nd_decimal_of((nd_money){5000 * (int64_t)USD});
    bson_t *command = BCON_NEW("update", "userEconomy", "updates", "[", "{", "q", "{",
                               "masterAccountId", BCON_OID(&oid), "}", "u", "{", "$set", "{",
                               "usdCredit", BCON_DECIMAL128(&much), "}", "}", "}", "]");
    base_fixture_run(in->on, NULL, command);
}

static void
a_balance_edited_by_hand_is_not_spent_and_its_neighbours_are_served(void **state)
{
    scene *in = *state;
    nd_id accounts[] = {account_with(in, USD), account_with(in, USD), account_with(in, USD)};
    nd_command *commands[3];
    nd_answer answers[3];
    edit_credit(in, accounts[1]);
    for (size_t i = 0; i < 3; i++) {
        commands[i] = movement(ND_DEBIT, ND_ENTRY_DEBIT, accounts[i], "edited", USD);
    }
    run_together(in, commands, 3, answers);
    assert_int_equal(answers[0].receipt.status, NOEMA_OK);
    assert_int_equal(answers[1].receipt.status, NOEMA_CORRUPT);
    assert_string_equal(answers[1].error.reason, "SEAL");
    assert_int_equal(answers[2].receipt.status, NOEMA_OK);
}

static void
refused_duplicate_and_unknown_commands_leave_their_neighbours_alone(void **state)
{
    scene *in = *state;
    nd_id rich = account_with(in, 10 * (int64_t)USD);
    nd_id poor = account_with(in, USD);
    nd_id nobody = nd_id_new();
    nd_answer answers[6];
    nd_command *commands[] = {
        movement(ND_DEBIT, ND_ENTRY_DEBIT, rich, "a", USD),
        movement(ND_DEBIT, ND_ENTRY_DEBIT, poor, "a", 2 * (int64_t)USD),
        movement(ND_DEBIT, ND_ENTRY_DEBIT, nobody, "a", USD),
        movement(ND_DEBIT, ND_ENTRY_DEBIT, rich, "a", USD),
        movement(ND_DEBIT, ND_ENTRY_DEBIT, rich, "a", 2 * (int64_t)USD),
        movement(ND_DEBIT, ND_ENTRY_DEBIT, poor, "b", USD),
    };
    run_together(in, commands, 6, answers);
    assert_int_equal(answers[0].receipt.status, NOEMA_OK);
    assert_int_equal(answers[1].receipt.status, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(answers[2].receipt.status, NOEMA_NOT_FOUND);
    assert_int_equal(answers[3].receipt.status, NOEMA_OK);
    assert_int_equal(answers[3].receipt.flags, NOEMA_REPLAYED);
    assert_int_equal(answers[4].receipt.status, NOEMA_KEY_REUSED);
    assert_string_equal(answers[4].error.field, "amount");
    assert_int_equal(answers[5].receipt.status, NOEMA_OK);
    assert_int_equal(economy_of(in, rich).credit.nano, 9 * (int64_t)USD);
    assert_int_equal(economy_of(in, poor).credit.nano, 0);
}

/* A validator that refuses one description: the entry is poisoned, its neighbours are not. */
static void
a_document_that_the_server_refuses_is_dropped_alone(void **state)
{
    scene *in = *state;
    nd_id account = account_with(in, 10 * (int64_t)USD);
    nd_answer answers[3];
    nd_command *commands[3];
    bson_t *strict = BCON_NEW("collMod", "transactions", "validator", "{", "idempotencyKey", "{",
                              "$ne", "poison", "}", "}");
    bson_t *loose = BCON_NEW("collMod", "transactions", "validator", "{", "}");
    base_fixture_run(in->on, NULL, strict);
    nd_engine_set_bypass(in->engine, false);
    commands[0] = movement(ND_DEBIT, ND_ENTRY_DEBIT, account, "before", USD);
    commands[1] = movement(ND_DEBIT, ND_ENTRY_DEBIT, account, "poison", USD);
    commands[2] = movement(ND_DEBIT, ND_ENTRY_DEBIT, account, "after", USD);
    run_together(in, commands, 3, answers);
    nd_engine_set_bypass(in->engine, true);
    base_fixture_run(in->on, NULL, loose);
    assert_int_equal(answers[0].receipt.status, NOEMA_OK);
    assert_int_not_equal(answers[1].receipt.status, NOEMA_OK);
    assert_int_equal(answers[2].receipt.status, NOEMA_OK);
    assert_int_equal(economy_of(in, account).credit.nano, 8 * (int64_t)USD);
    assert_int_equal(economy_of(in, account).seq, 3);
}

/* ---- leaving ---------------------------------------------------------------------------------------- */

static void
a_stopped_engine_refuses_and_completes_what_has_begun(void **state)
{
    scene *in = *state;
    static racer racers[THREADS];
    nd_id account = account_with(in, 1000 * (int64_t)USD);
    size_t done = 0;
    for (size_t i = 0; i < THREADS; i++) {
        racers[i] = (racer){.in = in, .account = account, .nano = USD};
        snprintf(racers[i].key, sizeof(racers[i].key), "stop:%zu", i);
    }
    racers[0].account = nd_id_none; /* this one stops it */
    pthread_t threads[THREADS];
    pthread_barrier_t gun;
    pthread_barrier_init(&gun, NULL, THREADS);
    for (size_t i = 1; i < THREADS; i++) {
        racers[i].gun = &gun;
        assert_int_equal(pthread_create(&threads[i], NULL, debit_once, &racers[i]), 0);
    }
    pthread_barrier_wait(&gun);
    nd_engine_stop(in->engine);
    for (size_t i = 1; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        noema_status told = racers[i].answer.receipt.status;
        assert_true(told == NOEMA_OK || told == NOEMA_CLOSED);
        done += told == NOEMA_OK ? 1 : 0;
    }
    pthread_barrier_destroy(&gun);
    assert_int_equal(economy_of(in, account).credit.nano, (1000 - (int64_t)done) * USD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_64_threads_with_funds_for_half_exactly_half_succeed),
        cmocka_unit_test(so_they_do_when_the_account_may_be_in_two_batches),
        cmocka_unit_test(so_they_do_under_the_server_s_validator),
        cmocka_unit_test(each_request_of_a_storm_sent_twice_is_applied_once),
        cmocka_unit_test(eight_concurrent_first_credits_make_one_document),
        cmocka_unit_test(one_payment_for_two_accounts_is_booked_once_and_taken_for_the_other),
        cmocka_unit_test(a_balance_edited_by_hand_is_not_spent_and_its_neighbours_are_served),
        cmocka_unit_test(refused_duplicate_and_unknown_commands_leave_their_neighbours_alone),
        cmocka_unit_test(a_document_that_the_server_refuses_is_dropped_alone),
        cmocka_unit_test(a_stopped_engine_refuses_and_completes_what_has_begun),
    };
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
