/* The reply to a commit is lost once, twice, three times, in each way in which a network loses it. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "faults/line.h"

static const struct {
    const char *name;
    relay_deed deed;
} losses[] = {
    {"swallowed", RELAY_SWALLOW},
    {"cut off",   RELAY_CUT    },
    {"reset",     RELAY_RESET  },
};
enum { LOSSES = sizeof losses / sizeof losses[0], TIMES_MAX = 3 };

static void
lose(line *on, uint32_t times)
{
    char what[60];
    const relay_rule rule = {.way = RELAY_REPLY,
                             .command = "commitTransaction",
                             .times = times,
                             .deed = losses[on->count].deed};
    (void)snprintf(what, sizeof what, "commit %s %" PRIu32 " times", losses[on->count].name, times);
    trial_prepare(&on->trial);
    relay_set(on->relay, &rule);
    trial_ask(&on->trial);
    if (relay_hits(on->relay) != times) {
        (void)snprintf(on->trial.problem, sizeof on->trial.problem, "%s: only %" PRIu32, what,
                       relay_hits(on->relay));
    }
    relay_set(on->relay, NULL);
    trial_judge(&on->trial, what);
    trial_must_be_done(&on->trial, what);
    trial_ask_again(&on->trial, what);
}

static void *
lose_more_and_more(void *argument)
{
    line *on = argument;
    for (uint32_t times = 1; times <= TIMES_MAX; times++) {
        lose(on, times);
    }
    return NULL;
}

/* All at the same time, each by a relay of its own. */
static void
an_operation_is_booked_once_however_often_its_commits_reply_is_lost(void **state)
{
    enum { LINES = TRIAL_OPERATIONS * LOSSES };
    static line lines[LINES];
    for (uint32_t i = 0; i < LINES; i++) {
        line_open(&lines[i], *state, (int)(i / LOSSES), 0);
        lines[i].count = i % LOSSES;
    }
    bank_crowd(LINES, lose_more_and_more, lines, sizeof lines[0]);
    for (uint32_t i = 0; i < LINES; i++) {
        line_close(&lines[i]);
    }
    for (uint32_t i = 0; i < LINES; i++) {
        line_must_be_sound(&lines[i]);
    }
    bank_check(*state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_is_booked_once_however_often_its_commits_reply_is_lost),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
