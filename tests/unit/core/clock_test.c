/* Time: deadlines, the clock that follows a server, and RFC 3339 against the C library's calendar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <pthread.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "core/clock.h"
#include "random.h"

static int64_t
wall_ms(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
assert_near(int64_t a, int64_t b, int64_t within)
{
    if (a - b > within || b - a > within) {
        fail_msg("%" PRId64 " is not within %" PRId64 " of %" PRId64, a, within, b);
    }
}

static void
a_deadline_runs_down_and_passes(void **state)
{
    (void)state;
    nd_deadline deadline = nd_deadline_in(60);
    assert_false(nd_deadline_passed(deadline));
    assert_in_range(nd_deadline_left(deadline), 1, 60);
    int64_t before = nd_monotonic_us();
    nd_sleep_ms(80);
    assert_true(nd_monotonic_us() - before >= 79000);
    assert_true(nd_deadline_passed(deadline));
    assert_int_equal(nd_deadline_left(deadline), 0);
}

static void
deadlines_of_extreme_lengths_do_not_wrap(void **state)
{
    (void)state;
    assert_true(nd_deadline_left(nd_deadline_in(INT64_MAX)) > INT64_MAX / 2);
    assert_true(nd_deadline_passed(nd_deadline_in(INT64_MIN)));
    assert_true(nd_deadline_passed(nd_deadline_in(0)));
    assert_int_equal(nd_deadline_left(nd_deadline_in(-5)), 0);
    nd_sleep_ms(INT64_MIN);
}

static void
the_sooner_of_two_deadlines_holds(void **state)
{
    (void)state;
    nd_deadline a = {5};
    nd_deadline b = {6};
    assert_int_equal(nd_deadline_sooner(a, b).at_ms, 5);
    assert_int_equal(nd_deadline_sooner(b, a).at_ms, 5);
}

static void
a_clock_never_set_is_the_wall_clock(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    assert_near(nd_clock_now(clock).ms, wall_ms(), 200);
    assert_int_equal(nd_clock_skew(clock), 0);
    nd_clock_free(clock);
    nd_clock_free(NULL);
}

static void
the_first_setting_jumps_to_the_server(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    nd_clock_set(clock, (nd_time){wall_ms() - 1000}, 40);
    assert_near(nd_clock_now(clock).ms, wall_ms() - 980, 200);
    assert_near(nd_clock_skew(clock), 980, 200);
    nd_clock_free(clock);
}

static void
small_steps_back_never_show(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    int64_t start = wall_ms();
    nd_clock_set(clock, (nd_time){start}, 0);
    int64_t last = nd_clock_now(clock).ms;
    nd_clock_set(clock, (nd_time){start - 300}, 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now = nd_clock_now(clock).ms;
        assert_true(now >= last);
        last = now;
    }
    nd_sleep_ms(400);
    assert_near(nd_clock_now(clock).ms, wall_ms() - 300, 200);
    nd_clock_free(clock);
}

static void
steps_forward_are_followed(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    nd_clock_set(clock, (nd_time){wall_ms()}, 0);
    nd_clock_set(clock, (nd_time){wall_ms() + 3000}, 0);
    assert_near(nd_clock_now(clock).ms, wall_ms() + 3000, 200);
    nd_clock_set(clock, (nd_time){wall_ms() + 3600000}, 0);
    assert_near(nd_clock_now(clock).ms, wall_ms() + 3600000, 200);
    nd_clock_free(clock);
}

static void
a_difference_that_the_network_explains_is_not_followed(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    nd_clock_set(clock, (nd_time){wall_ms()}, 0);
    nd_clock_set(clock, (nd_time){wall_ms()}, 4000);
    assert_near(nd_clock_now(clock).ms, wall_ms(), 200);
    nd_clock_free(clock);
}

static void
a_jump_back_is_followed(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    nd_clock_set(clock, (nd_time){wall_ms()}, 0);
    (void)nd_clock_now(clock);
    nd_clock_set(clock, (nd_time){wall_ms() - 60000}, 0);
    assert_near(nd_clock_now(clock).ms, wall_ms() - 60000, 200);
    assert_near(nd_clock_skew(clock), 60000, 200);
    nd_clock_free(clock);
}

static void
a_server_that_tells_nonsense_is_not_followed(void **state)
{
    (void)state;
    nd_clock *clock = nd_clock_new();
    const int64_t nonsense[] = {0, -1, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        nd_clock_set(clock, (nd_time){nonsense[i]}, 0);
        nd_clock_set(clock, (nd_time){wall_ms() + 9000}, -1);
        nd_clock_set(clock, (nd_time){wall_ms() + 9000}, INT64_MAX);
    }
    assert_near(nd_clock_now(clock).ms, wall_ms(), 200);
    nd_clock_free(clock);
}

typedef struct watched {
    nd_clock *clock;
    atomic_bool stop;
    atomic_int backwards;
} watched;

static void *
watch(void *context)
{
    watched *of = context;
    int64_t last = 0;
    while (!atomic_load(&of->stop)) {
        int64_t now = nd_clock_now(of->clock).ms;
        if (now < last) {
            atomic_fetch_add(&of->backwards, 1);
        }
        last = now;
    }
    return NULL;
}

static void
threads_never_see_a_slewed_clock_go_backwards(void **state)
{
    (void)state;
    watched of = {.clock = nd_clock_new()};
    pthread_t threads[4];
    nd_clock_set(of.clock, (nd_time){wall_ms()}, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, watch, &of), 0);
    }
    for (int i = 0; i < 200; i++) {
        nd_clock_set(of.clock, (nd_time){wall_ms() + (i % 7) * 20}, 0);
        nd_sleep_ms(1);
    }
    atomic_store(&of.stop, true);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&of.backwards), 0);
    nd_clock_free(of.clock);
}

static void
assert_formatted(int64_t ms, const char *expected)
{
    char text[ND_TIME_TEXT];
    assert_int_equal(nd_time_format((nd_time){ms}, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void
assert_parsed(const char *text, int64_t ms)
{
    nd_time time = {-77};
    noema_error error;
    if (nd_time_parse(text, "from", &time, &error) != NOEMA_OK) {
        fail_msg("\"%s\": %s", text, error.message);
    }
    assert_int_equal(time.ms, ms);
}

static void
times_are_written_with_milliseconds_in_utc(void **state)
{
    (void)state;
    assert_formatted(INT64_C(1793534438902), "2026-11-01T12:00:38.902Z");
    assert_formatted(0, "1970-01-01T00:00:00.000Z");
    assert_formatted(-1, "1969-12-31T23:59:59.999Z");
    assert_formatted(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
    assert_formatted(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
    assert_formatted(INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z");
    assert_formatted(INT64_C(253402300800000), "+010000-01-01T00:00:00.000Z");
    assert_formatted(INT64_C(-62167219200001), "-000001-12-31T23:59:59.999Z");
    assert_formatted(INT64_MAX, "+292278994-08-17T07:12:55.807Z");
    assert_formatted(INT64_MIN, "-292275055-05-16T16:47:04.192Z");
}

static void
times_are_parsed_with_any_fraction_and_zone(void **state)
{
    (void)state;
    assert_parsed("2026-11-01T12:00:38.902Z", INT64_C(1793534438902));
    assert_parsed("2026-11-01T12:00:38Z", INT64_C(1793534438000));
    assert_parsed("2026-11-01t12:00:38z", INT64_C(1793534438000));
    assert_parsed("2026-11-01T12:00:38.9Z", INT64_C(1793534438900));
    assert_parsed("2026-11-01T12:00:38.9029999999999Z", INT64_C(1793534438902));
    assert_parsed("2026-11-01T13:30:38+01:30", INT64_C(1793534438000));
    assert_parsed("2026-11-01T00:00:38-12:00", INT64_C(1793534438000));
    assert_parsed("2026-11-01T12:00:38-00:00", INT64_C(1793534438000));
    assert_parsed("1969-12-31T23:59:59.999Z", -1);
    assert_parsed("2024-02-29T00:00:00Z", INT64_C(1709164800000));
    assert_parsed("0000-01-01T00:00:00+23:59", INT64_C(-62167219200000) - 86340000);
}

static void
a_leap_second_is_the_next_days_first(void **state)
{
    (void)state;
    assert_parsed("2016-12-31T23:59:60Z", INT64_C(1483228800000));
    assert_parsed("2017-01-01T00:59:60+01:00", INT64_C(1483228800000));
}

static const char *const wrong_times[] = {NULL,
                                          "",
                                          "2026-11-01",
                                          "2026-11-01 12:00:38Z",
                                          "2026-11-01T12:00:38",
                                          "2026-11-01T12:00Z",
                                          "2026-11-01T12:00:38.Z",
                                          "2026-11-01T12:00:38,5Z",
                                          "2026-13-01T12:00:38Z",
                                          "2026-00-01T12:00:38Z",
                                          "2026-02-29T12:00:38Z",
                                          "1900-02-29T12:00:38Z",
                                          "2026-04-31T12:00:38Z",
                                          "2026-11-00T12:00:38Z",
                                          "2026-11-01T24:00:00Z",
                                          "2026-11-01T12:60:00Z",
                                          "2026-11-01T12:00:60Z",
                                          "2026-11-01T12:00:61Z",
                                          "2026-11-01T12:00:38Zx",
                                          "2026-11-01T12:00:38+0100",
                                          "2026-11-01T12:00:38+24:00",
                                          "2026-11-01T12:00:38+01:60",
                                          "2026-11-01T12:00:38+01",
                                          " 2026-11-01T12:00:38Z",
                                          "+2026-11-01T12:00:38Z",
                                          "226-11-01T12:00:38Z",
                                          "2026-1-01T12:00:38Z",
                                          "2026-11-01T12:-1:38Z",
                                          "1793534438902"};

static void
what_is_no_time_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_times / sizeof wrong_times[0]; i++) {
        nd_time time = {77};
        noema_error error;
        if (nd_time_parse(wrong_times[i], "from", &time, &error) != NOEMA_INVALID) {
            fail_msg("\"%s\" is taken for a time", wrong_times[i]);
        }
        assert_string_equal(error.field, "from");
        assert_int_equal(time.ms, 77);
    }
}

static void
random_times_agree_with_the_c_library_and_come_back(void **state)
{
    (void)state;
    random_begin(__func__);
    for (int i = 0; i < 100000; i++) {
        const int64_t first = INT64_C(-62167219200000);
        int64_t ms = first + (int64_t)(random_next() % UINT64_C(315569520000000));
        int64_t part = ((ms % 1000) + 1000) % 1000;
        time_t seconds = (time_t)((ms - part) / 1000);
        struct tm parts;
        char text[ND_TIME_TEXT];
        char expected[64];
        assert_non_null(gmtime_r(&seconds, &parts));
        (void)snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                       parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                       parts.tm_min, parts.tm_sec, (int)part);
        (void)nd_time_format((nd_time){ms}, text);
        assert_string_equal(text, expected);
        assert_parsed(text, ms);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_runs_down_and_passes),
        cmocka_unit_test(deadlines_of_extreme_lengths_do_not_wrap),
        cmocka_unit_test(the_sooner_of_two_deadlines_holds),
        cmocka_unit_test(a_clock_never_set_is_the_wall_clock),
        cmocka_unit_test(the_first_setting_jumps_to_the_server),
        cmocka_unit_test(small_steps_back_never_show),
        cmocka_unit_test(steps_forward_are_followed),
        cmocka_unit_test(a_difference_that_the_network_explains_is_not_followed),
        cmocka_unit_test(a_jump_back_is_followed),
        cmocka_unit_test(a_server_that_tells_nonsense_is_not_followed),
        cmocka_unit_test(threads_never_see_a_slewed_clock_go_backwards),
        cmocka_unit_test(times_are_written_with_milliseconds_in_utc),
        cmocka_unit_test(times_are_parsed_with_any_fraction_and_zone),
        cmocka_unit_test(a_leap_second_is_the_next_days_first),
        cmocka_unit_test(what_is_no_time_is_refused_by_name),
        cmocka_unit_test(random_times_agree_with_the_c_library_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
