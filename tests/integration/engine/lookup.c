#include "integration/engine/lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"

enum { MOMENT_MS = 300 };

void
lookup_open(lookup *made, bank *at)
{
    noema_receipt receipt;
    const noema_id account = bank_account(at, 0);
    *made = (lookup){.between = relay_start(at->uri)};
    const bank_door door = {.uri = relay_uri(made->between), .second = true};
    made->door = bank_open(at, &door);
    /* So that it knows that the database is installed, and has an engine. */
    assert_int_equal(
        noema_economy_bonus(made->door, &account, 1, "lookup", NULL, &receipt, &at->error),
        NOEMA_OK);
}

static void *
look_for_nothing(void *argument)
{
    lookup *of = argument;
    noema_receipt receipt;
    const noema_command refund = {.size = sizeof refund,
                                  .kind = NOEMA_COMMAND_REFUND_ALL,
                                  .entry = {"0123456789abcdef01234567"},
                                  .key = "nothing"};
    noema_status ignored =
        noema_economy_apply(of->door, &refund, 1, &receipt, sizeof receipt, NULL);
    (void)ignored;
    return NULL;
}

static void *
release(void *argument)
{
    lookup *of = argument;
    nd_sleep_ms(MOMENT_MS);
    relay_release(of->between);
    return NULL;
}

void
lookup_hold(lookup *of)
{
    const relay_rule rule = {.way = RELAY_REPLY, .command = "find", .times = 1, .deed = RELAY_HOLD};
    relay_set(of->between, &rule);
    assert_int_equal(pthread_create(&of->first, NULL, look_for_nothing, of), 0);
    assert_true(relay_await_hits(of->between, 1));
    assert_int_equal(pthread_create(&of->releaser, NULL, release, of), 0);
}

void
lookup_close(lookup *of)
{
    assert_int_equal(pthread_join(of->first, NULL), 0);
    assert_int_equal(pthread_join(of->releaser, NULL), 0);
    noema_close(of->door);
    relay_stop(of->between);
}
