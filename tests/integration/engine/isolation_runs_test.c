/* The same of paid runs: what goes wrong with one start or settlement is that one's alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/id.h"
#include "core/text.h"
#include "integration/engine/lookup.h"

enum { RUNS = 12, PATIENCE_MS = 20000 };

typedef struct street {
    bank *at;
    noema_db *door;
    nd_id owners[RUNS];
    char keys[RUNS][20];
    nd_command *commands[RUNS];
    nd_answer answers[RUNS];
    nd_id runs[RUNS];
    size_t odd; /* the one that goes wrong: the first that a look-up finds */
} street;

static nd_id
inner_id(const noema_id *id)
{
    nd_id inner;
    assert_int_equal(nd_id_take(id, "id", false, &inner, NULL), NOEMA_OK);
    return inner;
}

static street
open_street(bank *at)
{
    const bank_door door = {.committers = 1, .second = true};
    noema_receipt receipt;
    street made = {.at = at, .door = bank_open(at, &door)};
    for (size_t i = 0; i < RUNS; i++) {
        const noema_id owner = bank_account(at, NOEMA_USD);
        made.owners[i] = inner_id(&owner);
        assert_int_equal(
            noema_economy_bonus(made.door, &owner, 1, "first", NULL, &receipt, &at->error),
            NOEMA_OK);
    }
    return made;
}

static void
close_street(street *on)
{
    noema_close(on->door);
}

static void
ask_all(street *on, noema_db *door)
{
    for (size_t i = 0; i < RUNS; i++) {
        on->commands[i]->deadline = nd_deadline_in(PATIENCE_MS);
        nd_command_own(on->commands[i]);
    }
    nd_engine_run_all(bank_engine(door), on->commands, RUNS, on->answers);
}

static void
start_all(street *on, noema_db *door, const char *odd_tool)
{
    for (size_t i = 0; i < RUNS; i++) {
        (void)snprintf(on->keys[i], sizeof on->keys[i], "run:%zu", i);
        on->runs[i] = nd_run_id(on->owners[i], nd_text_of(on->keys[i]));
        if (memcmp(&on->runs[i], &on->runs[on->odd], sizeof on->runs[i]) < 0) {
            on->odd = i;
        }
    }
    for (size_t i = 0; i < RUNS; i++) {
        on->commands[i] = nd_command_new(ND_START);
        on->commands[i]->start = (nd_start){.owner = on->owners[i],
                                            .key = nd_text_of(on->keys[i]),
                                            .tool = nd_text_of(i == on->odd ? odd_tool : "flux"),
                                            .hold = {NOEMA_USD / 2},
                                            .lifetime_ms = 600000,
                                            .token = nd_text_of(on->keys[i])};
    }
    ask_all(on, door);
}

static void
settle_all(street *on, noema_db *door, const char *odd_code)
{
    for (size_t i = 0; i < RUNS; i++) {
        on->commands[i] = nd_command_new(ND_SETTLE);
        on->commands[i]->run = on->runs[i];
        on->commands[i]->settle =
            (nd_settle){.state = {NOEMA_RUN_FAILED},
                        .price = NOEMA_PRICE_AMOUNT,
                        .charge = {NOEMA_USD / 4},
                        .overrun = {ND_OVERRUN_CAP},
                        .error_code = nd_text_of(i == on->odd ? odd_code : "OOM")};
    }
    ask_all(on, door);
}

static void
all_but_one_are_served(const street *on, noema_status status)
{
    for (size_t i = 0; i < RUNS; i++) {
        const noema_status told = on->answers[i].receipt.status;
        if (told != (i == on->odd ? status : NOEMA_OK)) {
            fail_msg("run %zu: %s, %s", i, noema_status_name(told), on->answers[i].error.message);
        }
    }
}

static void
set_validator(const street *on, bson_t *validator)
{
    nd_engine_set_bypass(bank_engine(on->door), false);
    bank_run(on->at, BCON_NEW("collMod", BCON_UTF8("workflowExecutions"), "validator",
                              BCON_DOCUMENT(validator)));
    bson_destroy(validator);
}

static bson_t *
filter_of(const nd_id *run)
{
    bson_oid_t id;
    bson_oid_init_from_data(&id, run->bytes);
    return BCON_NEW("_id", BCON_OID(&id));
}

static void
a_start_that_the_validator_refuses_is_told_so_and_the_rest_is_booked(void **state)
{
    street on = open_street(*state);
    set_validator(&on, BCON_NEW("toolId", "{", "$ne", BCON_UTF8("poison"), "}"));
    start_all(&on, on.door, "poison");
    all_but_one_are_served(&on, NOEMA_INTERNAL);
    close_street(&on);
    bank_check(*state);
}

static void
a_settlement_that_the_validator_refuses_is_told_so_and_the_rest_is_booked(void **state)
{
    street on = open_street(*state);
    start_all(&on, on.door, "flux");
    all_but_one_are_served(&on, NOEMA_OK);
    set_validator(&on, BCON_NEW("errorDetails.code", "{", "$ne", BCON_UTF8("poison"), "}"));
    settle_all(&on, on.door, "poison");
    all_but_one_are_served(&on, NOEMA_INTERNAL);
    close_street(&on);
    bank_check(*state);
}

/* By another engine, which has to look for the payers first. The edit is undone by giving the member
 * its old value. */
static void
settle_with_one_edited(bank *at, const char *member, void (*put_back)(bson_t *, const street *))
{
    street on = open_street(at);
    lookup other;
    bson_t undo = BSON_INITIALIZER;
    bson_t values;
    start_all(&on, on.door, "flux");
    all_but_one_are_served(&on, NOEMA_OK);
    bank_edit(at, "workflowExecutions", filter_of(&on.runs[on.odd]),
              BCON_NEW("$set", "{", member, BCON_UTF8("nonsense"), "}"));
    lookup_open(&other, at);
    lookup_hold(&other);
    settle_all(&on, other.door, "OOM");
    lookup_close(&other);
    BSON_APPEND_DOCUMENT_BEGIN(&undo, "$set", &values);
    put_back(&values, &on);
    bson_append_document_end(&undo, &values);
    bank_edit(at, "workflowExecutions", filter_of(&on.runs[on.odd]), bson_copy(&undo));
    bson_destroy(&undo);
    all_but_one_are_served(&on, NOEMA_CORRUPT);
    close_street(&on);
    bank_check(at);
}

static void
put_hold(bson_t *values, const street *on)
{
    bson_decimal128_t half;
    (void)on;
    assert_true(bson_decimal128_from_string("0.5", &half));
    BSON_APPEND_DECIMAL128(values, "holdOpenUsd", &half);
}

static void
put_payer(bson_t *values, const street *on)
{
    bson_oid_t owner;
    bson_oid_init_from_data(&owner, on->owners[on->odd].bytes);
    BSON_APPEND_OID(values, "payerAccountId", &owner);
}

static void
a_run_whose_hold_cannot_be_read_is_corrupt_and_the_rest_is_booked(void **state)
{
    settle_with_one_edited(*state, "holdOpenUsd", put_hold);
}

static void
a_run_whose_payer_cannot_be_read_is_corrupt_and_the_rest_is_booked(void **state)
{
    settle_with_one_edited(*state, "payerAccountId", put_payer);
}

int
main(void)
{
#define ALONE(test) cmocka_unit_test_setup_teardown(test, bank_setup, bank_teardown)
    const struct CMUnitTest tests[] = {
        ALONE(a_start_that_the_validator_refuses_is_told_so_and_the_rest_is_booked),
        ALONE(a_settlement_that_the_validator_refuses_is_told_so_and_the_rest_is_booked),
        cmocka_unit_test(a_run_whose_hold_cannot_be_read_is_corrupt_and_the_rest_is_booked),
        cmocka_unit_test(a_run_whose_payer_cannot_be_read_is_corrupt_and_the_rest_is_booked),
    };
#undef ALONE
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
