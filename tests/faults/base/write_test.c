/* Faults at single reads and writes: what is said is compared with what the database holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/base_fixture.h"

enum { ALWAYS = 0 };

#define UPDATE "\"failCommands\":[\"update\"]"
#define FIND "\"failCommands\":[\"find\"]"

typedef struct row {
    const char *name;
    const char *fault;
    int32_t times;
    noema_status status;
    bool applied;
} row;

/* failCommand closes a connection before the command is read: it is not applied, but nobody here can
 * know. */
static row writes[] = {
    {"one_broken_connection_is_mended_by_the_driver", "{" UPDATE ",\"closeConnection\":true}", 1,
     NOEMA_OK,                                                                                                                true },
    {"two_broken_connections_are_unknown",            "{" UPDATE ",\"closeConnection\":true}", 2,
     NOEMA_OUTCOME_UNKNOWN,                                                                                                   false},
    {"a_write_concern_that_times_out_is_unknown",
     "{" UPDATE ",\"writeConcernError\":{\"code\":64,\"errmsg\":\"e\"}}",                      1,      NOEMA_OUTCOME_UNKNOWN,
     true                                                                                                                          },
    {"a_write_concern_that_can_not_be_is_unknown",
     "{" UPDATE ",\"writeConcernError\":{\"code\":100,\"errmsg\":\"e\"}}",                     1,      NOEMA_OUTCOME_UNKNOWN,
     true                                                                                                                          },
    {"too_little_time_is_unknown",                    "{" UPDATE ",\"errorCode\":50}",         1,      NOEMA_OUTCOME_UNKNOWN,
     false                                                                                                                         },
    {"a_step_down_is_mended_by_the_driver",
     "{" UPDATE ",\"errorCode\":10107,\"errorLabels\":[\"RetryableWriteError\"]}",             1,      NOEMA_OK,
     true                                                                                                                          },
    {"a_missing_privilege_is_told",                   "{" UPDATE ",\"errorCode\":13}",         1,      NOEMA_UNAVAILABLE,     false},
    {"a_wrong_command_is_told",                       "{" UPDATE ",\"errorCode\":9}",          1,      NOEMA_INVALID,         false},
    {"a_conflict_is_repeated",                        "{" UPDATE ",\"errorCode\":112}",        3,      NOEMA_OK,              true },
    {"a_conflict_without_end_is_a_timeout",           "{" UPDATE ",\"errorCode\":112}",        ALWAYS, NOEMA_TIMEOUT,
     false                                                                                                                         },
};

static row reads[] = {
    {"one_broken_connection_at_a_read_is_mended",   "{" FIND ",\"closeConnection\":true}", 1,
     NOEMA_OK,                                                                                                    true},
    {"two_broken_connections_at_a_read_are_mended", "{" FIND ",\"closeConnection\":true}", 2,
     NOEMA_OK,                                                                                                    true},
    {"broken_connections_for_ever_are_unavailable", "{" FIND ",\"closeConnection\":true}", ALWAYS,
     NOEMA_UNAVAILABLE,                                                                                           true},
    {"step_downs_at_a_read_are_mended",             "{" FIND ",\"errorCode\":11602}",      4,      NOEMA_OK,      true},
    {"a_slow_read_is_a_timeout",                    "{" FIND ",\"errorCode\":50}",         1,      NOEMA_TIMEOUT, true},
};
enum { WRITES = sizeof writes / sizeof writes[0], READS = sizeof reads / sizeof reads[0] };

static int
teardown(void **state)
{
    base_fixture_fail_off(*state);
    return base_fixture_teardown(state);
}

static noema_status
count_up(base_fixture *on, nd_deadline deadline)
{
    bson_t *filter = BCON_NEW("_id", BCON_INT32(1));
    bson_t *update = BCON_NEW("$inc", "{", "n", BCON_INT32(1), "}");
    noema_status status =
        nd_base_update_one(on->base, deadline, "things", filter, update, true, NULL, &on->error);
    bson_destroy(filter);
    bson_destroy(update);
    return status;
}

static void
a_write_says_what_it_knows(void **state)
{
    base_fixture *on = *state;
    const row *of = on->row;
    (void)base_fixture_run(on, NULL, BCON_NEW("create", BCON_UTF8("things")));
    base_fixture_fail(on, of->times, of->fault);
    int64_t started = nd_monotonic_ms();
    noema_status status = count_up(on, nd_deadline_in(2000));
    assert_in_range(nd_monotonic_ms() - started, 0, 2000 + 2500);
    noema_error error = on->error;
    base_fixture_fail_off(on);
    if (status != of->status) {
        fail_msg("%s: %s", nd_status_name(status), error.message);
    }
    base_fixture_settle(on);
    assert_int_equal(base_fixture_counter(on, "things"), of->applied ? 1 : 0);
}

static void
a_read_is_repeated_while_it_helps(void **state)
{
    base_fixture *on = *state;
    const row *of = on->row;
    assert_int_equal(count_up(on, nd_deadline_in(2000)), NOEMA_OK);
    base_fixture_fail(on, of->times, of->fault);
    nd_bson found;
    int64_t started = nd_monotonic_ms();
    noema_status status = nd_base_find_one(on->base, nd_deadline_in(3000), "things", NULL, NULL,
                                           on->arena, &found, &on->error);
    assert_in_range(nd_monotonic_ms() - started, 0, 3000 + 2500);
    base_fixture_fail_off(on);
    /* Between two attempts it is the deadline that ends it. */
    const bool is_late = of->times == ALWAYS && status == NOEMA_TIMEOUT;
    if (status != of->status && !is_late) {
        fail_msg("%s: %s", nd_status_name(status), on->error.message);
    }
}

int
main(void)
{
    static struct CMUnitTest tests[WRITES + READS];
    for (size_t i = 0; i < WRITES; i++) {
        tests[i] = (struct CMUnitTest){writes[i].name, a_write_says_what_it_knows,
                                       base_fixture_setup, teardown, &writes[i]};
    }
    for (size_t i = 0; i < READS; i++) {
        tests[WRITES + i] = (struct CMUnitTest){reads[i].name, a_read_is_repeated_while_it_helps,
                                                base_fixture_setup, teardown, &reads[i]};
    }
    (void)base_fixture_uri();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
