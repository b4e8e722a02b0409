/* The pause between attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

static int64_t
pause_of(uint32_t attempt, int64_t deadline_ms)
{
    int64_t started = nd_monotonic_ms();
    nd_backoff(attempt, nd_deadline_in(deadline_ms));
    return nd_monotonic_ms() - started;
}

static void
the_first_pause_is_a_few_milliseconds(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_in_range(pause_of(0, 10000), 0, 5 + 20);
    }
}

static void
pauses_grow_and_are_bounded(void **state)
{
    (void)state;
    int64_t longest = 0;
    for (uint32_t i = 0; i < 12; i++) {
        int64_t pause = pause_of(1000 + i, 10000);
        longest = pause > longest ? pause : longest;
        assert_in_range(pause, 0, 500 + 50);
    }
    assert_in_range(longest, 100, 550); /* 12 below 100 of 500: once in 10^8 */
}

static void
no_pause_passes_the_deadline(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        assert_in_range(pause_of(100, 20), 0, 20 + 20);
    }
    assert_in_range(pause_of(100, 0), 0, 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_pause_is_a_few_milliseconds),
        cmocka_unit_test(pauses_grow_and_are_bounded),
        cmocka_unit_test(no_pause_passes_the_deadline),
    };
    return nd_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
