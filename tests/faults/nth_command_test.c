/* The first command of an operation is lost, then the second instead, and so on until there is none
 * left to lose: on its way there, and on its way back. By a relay, so that a lost reply is one whose
 * command was done. All operations at the same time, each by a relay of its own. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "faults/line.h"

/* findAndModify, insert, commitTransaction; when others write the account, too, find and update
 * instead of the first */
enum { COMMANDS_MAX = 40, COMMANDS_MIN = 3, COMMANDS_MIN_SHARED = 4 };

/* false: the operation has no such command. */
static bool
lose(line *on, relay_way way, uint32_t nth)
{
    char what[40];
    const relay_rule rule = {.way = way, .skip = nth - 1, .times = 1, .deed = RELAY_CUT};
    (void)snprintf(what, sizeof what, "%s %" PRIu32, way == RELAY_REQUEST ? "command" : "reply",
                   nth);
    trial_prepare(&on->trial);
    relay_set(on->relay, &rule);
    trial_ask(&on->trial);
    bool was_lost = relay_hits(on->relay) > 0;
    relay_set(on->relay, NULL);
    trial_judge(&on->trial, what);
    trial_must_be_done(&on->trial, what);
    trial_ask_again(&on->trial, what);
    return was_lost;
}

static void *
lose_each(void *argument)
{
    line *on = argument;
    for (relay_way way = RELAY_REQUEST; way <= RELAY_REPLY; way++) {
        uint32_t nth = 1;
        while (nth < COMMANDS_MAX && lose(on, way, nth)) {
            nth++;
        }
        on->count += nth;
    }
    return NULL;
}

static void
lose_each_of_all(bank *at, bool is_shared)
{
    const uint32_t least = is_shared ? COMMANDS_MIN_SHARED : COMMANDS_MIN;
    line lines[TRIAL_OPERATIONS];
    for (int i = 0; i < TRIAL_OPERATIONS; i++) {
        line_open(&lines[i], at, i, 0);
        lines[i].trial.is_shared = is_shared;
    }
    bank_crowd(TRIAL_OPERATIONS, lose_each, lines, sizeof lines[0]);
    for (int i = 0; i < TRIAL_OPERATIONS; i++) {
        line_close(&lines[i]);
    }
    for (int i = 0; i < TRIAL_OPERATIONS; i++) {
        line_must_be_sound(&lines[i]);
        assert_in_range(lines[i].count, 2 * least + 2, COMMANDS_MAX);
    }
    bank_check(at);
}

static void
an_operation_is_booked_once_whichever_of_its_commands_is_lost(void **state)
{
    lose_each_of_all(*state, false);
}

static void
an_operation_on_a_shared_account_is_booked_once_whichever_of_its_commands_is_lost(void **state)
{
    lose_each_of_all(*state, true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_is_booked_once_whichever_of_its_commands_is_lost),
        cmocka_unit_test(
            an_operation_on_a_shared_account_is_booked_once_whichever_of_its_commands_is_lost),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
