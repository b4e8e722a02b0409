/* Commands that wait: their time passes, they are taken back, the handle stops. What they are told
 * is what is stored. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/id.h"
#include "core/text.h"
#include "integration/engine/desk.h"

enum { WAITERS = 24, SHORT_MS = 300, STOPPED_MS = 150 };

typedef struct waiter {
    noema_db *db;
    noema_id account;
    char prefix[20];
    uint32_t times; /* 0: until it is refused */
    uint32_t timeout_ms;
    uint32_t done;
    noema_status last;
} waiter;

static void *
debit(void *argument)
{
    waiter *of = argument;
    for (uint32_t i = 0; of->times == 0 || i < of->times; i++) {
        char key[40];
        noema_receipt receipt;
        const noema_command options = {.size = sizeof options, .timeout_ms = of->timeout_ms};
        (void)snprintf(key, sizeof key, "%s:%" PRIu32, of->prefix, i);
        of->last = noema_economy_debit(of->db, &of->account, NOEMA_USD / 1000, key, &options,
                                       &receipt, NULL);
        if (of->last != NOEMA_OK) {
            break;
        }
        of->done++;
    }
    return NULL;
}

static void
fill(waiter *waiters, noema_db *db, const noema_id *account, uint32_t times, uint32_t timeout_ms)
{
    memset(waiters, 0, WAITERS * sizeof *waiters);
    for (uint32_t i = 0; i < WAITERS; i++) {
        waiters[i] =
            (waiter){.db = db, .account = *account, .times = times, .timeout_ms = timeout_ms};
        (void)snprintf(waiters[i].prefix, sizeof waiters[i].prefix, "waiter:%" PRIu32, i);
    }
}

static void
what_waited_beyond_its_deadline_is_told_so_and_never_booked(void **state)
{
    bank *at = *state;
    desk open;
    waiter waiters[WAITERS];
    desk_open(&open, at);
    const noema_id account = bank_account(at, NOEMA_USD);
    fill(waiters, open.door, &account, 1, SHORT_MS);
    desk_block(&open);
    bank_crowd(WAITERS, debit, waiters, sizeof waiters[0]);
    desk_let_go(&open);
    for (size_t i = 0; i < WAITERS; i++) {
        assert_int_equal(waiters[i].last, NOEMA_TIMEOUT);
    }
    desk_close(&open); /* whatever was left in the line is done */
    assert_int_equal(bank_read(at, &account).seq, 1);
    bank_check(at);
}

/* The command is in a batch that can't end: it may have been booked, for all its caller knows. */
static void
what_was_under_way_at_its_deadline_is_unknown_and_booked_at_most_once(void **state)
{
    bank *at = *state;
    desk open;
    waiter one[WAITERS];
    desk_open(&open, at);
    fill(one, open.door, &open.blocked, 1, SHORT_MS);
    desk_block(&open);
    (void)debit(&one[0]);
    assert_true(one[0].last == NOEMA_TIMEOUT || one[0].last == NOEMA_OUTCOME_UNKNOWN);
    desk_let_go(&open);
    desk_close(&open);
    assert_in_range(bank_count_key(at, &open.blocked, "waiter:0:0"), 0,
                    one[0].last == NOEMA_TIMEOUT ? 0 : 1);
    bank_check(at);
}

static void
never(nd_command *command, void *context)
{
    (void)command;
    atomic_store((atomic_bool *)context, true);
}

static void
a_command_that_was_taken_back_is_never_booked(void **state)
{
    bank *at = *state;
    desk open;
    atomic_bool was_done = false;
    desk_open(&open, at);
    const noema_id account = bank_account(at, NOEMA_USD);
    nd_command *command = nd_command_new(ND_DEBIT);
    desk_block(&open);
    assert_int_equal(nd_id_take(&account, "account", false, &command->request.named, NULL),
                     NOEMA_OK);
    command->request.type.at = ND_ENTRY_DEBIT;
    command->request.key = nd_text_of("taken back");
    command->request.amount.nano = 1;
    command->deadline = nd_deadline_in(DESK_PATIENCE_MS);
    command->done = never;
    command->context = &was_done;
    nd_command_own(command);
    assert_int_equal(nd_engine_submit(bank_engine(open.door), command, &at->error), NOEMA_OK);
    assert_true(nd_engine_withdraw(bank_engine(open.door), command));
    nd_command_free(command);
    desk_let_go(&open);
    desk_close(&open);
    assert_false(atomic_load(&was_done));
    assert_int_equal(bank_count_key(at, &account, "taken back"), 0);
    bank_check(at);
}

static void *
stop_in_a_moment(void *argument)
{
    const waiter *of = argument;
    nd_sleep_ms(STOPPED_MS);
    noema_stop(of->db);
    return NULL;
}

static void *
debit_or_stop(void *argument)
{
    waiter *of = argument;
    return of->prefix[0] == '\0' ? stop_in_a_moment(of) : debit(of);
}

static void
a_stop_in_the_middle_of_a_storm_leaves_booked_what_was_told_so_and_no_more(void **state)
{
    bank *at = *state;
    const bank_door second = {.second = true};
    waiter waiters[WAITERS];
    uint32_t done = 0;
    const noema_id account = bank_account(at, 1000 * NOEMA_USD);
    noema_db *door = bank_open(at, &second);
    fill(waiters, door, &account, 0, 0);
    waiters[0].prefix[0] = '\0';
    bank_crowd(WAITERS, debit_or_stop, waiters, sizeof waiters[0]);
    noema_close(door);
    for (size_t i = 1; i < WAITERS; i++) {
        assert_int_equal(waiters[i].last, NOEMA_CLOSED);
        done += waiters[i].done;
    }
    assert_int_equal(bank_read(at, &account).seq, 1 + (int64_t)done);
    bank_check(at);
}

/* As many as the option allows. */
static void
with_the_most_committers_everything_is_booked(void **state)
{
    enum { MOST_COMMITTERS = 16, EACH = 20 };
    bank *at = *state;
    const bank_door second = {.second = true, .committers = MOST_COMMITTERS};
    waiter waiters[WAITERS];
    const noema_id account = bank_account(at, 1000 * NOEMA_USD);
    noema_db *door = bank_open(at, &second);
    fill(waiters, door, &account, EACH, 0);
    bank_crowd(WAITERS, debit, waiters, sizeof waiters[0]);
    noema_close(door);
    assert_int_equal(bank_read(at, &account).seq, 1 + WAITERS * EACH);
    bank_check(at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waited_beyond_its_deadline_is_told_so_and_never_booked),
        cmocka_unit_test(what_was_under_way_at_its_deadline_is_unknown_and_booked_at_most_once),
        cmocka_unit_test(a_command_that_was_taken_back_is_never_booked),
        cmocka_unit_test(
            a_stop_in_the_middle_of_a_storm_leaves_booked_what_was_told_so_and_no_more),
        cmocka_unit_test(with_the_most_committers_everything_is_booked),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
