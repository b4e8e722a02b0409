/* A server that fails at every step of a change: whatever the call answers, the database agrees, and
 * nothing is ever there by half. The fail points meet this test's base alone. */
#include "fixture.h"

#include "core/text.h"

/* One change: what is there before it, the call, and how to see that it was done. */
typedef struct trial {
    nd_id account;
    const char *handle;
    const char *event; /* what the history must say once, when it was done */
    bool adds;         /* the claim is there afterwards; else it is gone */
    noema_status (*call)(struct trial *of, nd_deadline deadline, noema_error *error);
    nd_account made;
} trial;

static noema_status
call_ensure(trial *of, nd_deadline deadline, noema_error *error)
{
    return nd_account_ensure(base, deadline, NULL, of->handle, no_actor(), &of->made, error);
}

static noema_status
call_link(trial *of, nd_deadline deadline, noema_error *error)
{
    return nd_account_link(base, deadline, of->account, of->handle, no_actor(), error);
}

static noema_status
call_unlink(trial *of, nd_deadline deadline, noema_error *error)
{
    return nd_account_unlink(base, deadline, of->account, of->handle, no_actor(), error);
}

enum { ENSURE, LINK, UNLINK, TRIALS };
static const char *const trial_names[TRIALS] = {"ensure", "link", "unlink"};

static trial
begin_trial(int which)
{
    trial begun = {.handle = fresh_handle("discord"), .event = "link", .adds = true};
    switch (which) {
    case ENSURE:
        begun.call = call_ensure;
        break;
    case LINK:
        begun.account = ensured(fresh_handle("telegram"));
        begun.call = call_link;
        break;
    default:
        begun.account = ensured(fresh_handle("telegram"));
        assert_int_equal(link_handle(begun.account, begun.handle, NULL), NOEMA_OK);
        begun.event = "unlink";
        begun.adds = false;
        begun.call = call_unlink;
    }
    return begun;
}

static int64_t
users_shown_with(const char *handle)
{
    const char *id = handle + strlen("discord:");
    return stored_count("userCore", BCON_NEW("platformIdentities.discord", BCON_UTF8(id)));
}

/* Claim, document and history say the same. Returns what they say. */
static bool
was_done(const trial *of)
{
    int64_t claims = stored_count("identities", BCON_NEW("_id", BCON_UTF8(of->handle)));
    int64_t events = stored_count(
        "accountEvents", BCON_NEW("handle", BCON_UTF8(of->handle), "what", BCON_UTF8(of->event)));
    bool done = events == 1;
    assert_true(events == 0 || events == 1);
    assert_int_equal(claims, done == of->adds ? 1 : 0);
    assert_int_equal(users_shown_with(of->handle), claims);
    if (!nd_id_is_none(of->account)) {
        assert_account_is_sound(of->account);
    }
    return done;
}

/* Statuses after which nothing has happened. */
static bool
says_nothing_happened(noema_status status)
{
    return status == NOEMA_TIMEOUT || status == NOEMA_UNAVAILABLE || status == NOEMA_BUSY ||
           status == NOEMA_INTERNAL;
}

static void
assert_answer_is_true(const trial *of, noema_status status, const noema_error *error)
{
    bool done = was_done(of);
    if (status == NOEMA_OK) {
        assert_true(done);
    } else if (says_nothing_happened(status)) {
        assert_false(done);
    } else if (status != NOEMA_OUTCOME_UNKNOWN) {
        print_error("%d: %s\n", status, error->message);
        fail();
    }
    if (status == NOEMA_OK && of->call == call_ensure) {
        assert_true(of->made.created);
    }
}

/* ---- what passes --------------------------------------------------------------------------- */

typedef struct fault {
    const char *name;
    const char *command; /* of a transaction */
    int32_t times;
    const char *data; /* what the fail point does, see fault_data */
} fault;

static bson_t *
fault_data(const fault *of, const char *command)
{
    bson_t *commands = BCON_NEW("failCommands", "[", BCON_UTF8(command), "]");
    if (strcmp(of->data, "close") == 0) {
        BCON_APPEND(commands, "closeConnection", BCON_BOOL(true));
    } else if (strcmp(of->data, "conflict") == 0) {
        BCON_APPEND(commands, "errorCode", BCON_INT32(112), "errorLabels", "[",
                    "TransientTransactionError", "]");
    } else if (strcmp(of->data, "stepdown") == 0) {
        BCON_APPEND(commands, "errorCode", BCON_INT32(189));
    } else if (strcmp(of->data, "unconfirmed") == 0) {
        BCON_APPEND(commands, "writeConcernError", "{", "code", BCON_INT32(64), "errmsg",
                    "no majority in time", "}");
    } else {
        BCON_APPEND(commands, "errorCode", BCON_INT32(50));
    }
    return commands;
}

static const fault faults[] = {
    {"a write conflict",          "insert",            3, "conflict"   },
    {"a cut before an insert",    "insert",            1, "close"      },
    {"a cut before a find",       "find",              1, "close"      },
    {"a stepdown at an insert",   "insert",            1, "stepdown"   },
    {"a cut before the commit",   "commitTransaction", 1, "close"      },
    {"four cuts before commits",  "commitTransaction", 4, "close"      },
    {"a commit without majority", "commitTransaction", 1, "unconfirmed"},
    {"six without majority",      "commitTransaction", 6, "unconfirmed"},
    {"nine without majority",     "commitTransaction", 9, "unconfirmed"},
    {"a commit out of time",      "commitTransaction", 1, "time"       },
    {"seven commits out of time", "commitTransaction", 7, "time"       },
    {"a stepdown at the commit",  "commitTransaction", 1, "stepdown"   },
    {"a conflict at the commit",  "commitTransaction", 2, "conflict"   },
};

/* It ends well, in the end, and was done once. "Six without majority" outlasts the repeats of one
 * commit: the work runs again and must know its own. */
static void
a_fault_that_passes_is_not_noticed(void **state)
{
    (void)state;
    need_faults();
    for (int which = 0; which < TRIALS; which++) {
        for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
            noema_error error = {0};
            trial of = begin_trial(which);
            fail_commands(BCON_NEW("times", BCON_INT32(faults[i].times)),
                          fault_data(&faults[i], faults[i].command));
            noema_status status = of.call(&of, nd_deadline_in(30000), &error);
            int64_t fired = times_failed();
            if (status != NOEMA_OK || fired == 0) {
                print_error("%s, %s: %d %s, fired %d\n", trial_names[which], faults[i].name, status,
                            error.message, (int)fired);
                fail();
            }
            assert_answer_is_true(&of, status, &error);
        }
    }
}

/* ---- what does not pass -------------------------------------------------------------------- */

/* The command at which it begins to fail moves on, until the call ends before it is reached. */
static void
whatever_command_fails_for_good_the_answer_is_true(void **state)
{
    (void)state;
    need_faults();
    for (int which = 0; which < TRIALS; which++) {
        int64_t fired = 1;
        int steps = 0;
        for (; fired > 0; steps++) {
            noema_error error = {0};
            trial of = begin_trial(which);
            bson_t *data = BCON_NEW("failCommands", "[", "find", "insert", "update", "delete",
                                    "commitTransaction", "]", "errorCode", BCON_INT32(13));
            fail_commands(BCON_NEW("skip", BCON_INT32(steps)), data);
            noema_status status = of.call(&of, nd_deadline_in(1500), &error);
            fired = times_failed();
            assert_true(fired > 0 || status == NOEMA_OK);
            assert_true(fired == 0 || status != NOEMA_OK);
            assert_answer_is_true(&of, status, &error);
        }
        assert_true(steps > 5);
    }
}

static void
a_server_that_answers_nothing_is_given_up_at_the_deadline(void **state)
{
    static const char *const commands[] = {"insert", "commitTransaction"};
    (void)state;
    need_faults();
    for (int which = 0; which < TRIALS; which++) {
        for (size_t i = 0; i < 2; i++) {
            noema_error error = {0};
            trial of = begin_trial(which);
            const fault cut = {.data = "close"};
            int64_t began = nd_monotonic_ms();
            fail_commands(BCON_NEW("times", BCON_INT32(100000)), fault_data(&cut, commands[i]));
            noema_status status = of.call(&of, nd_deadline_in(700), &error);
            int64_t took = nd_monotonic_ms() - began;
            stop_failing();
            assert_true(status != NOEMA_OK);
            assert_true(took < 700 + 2500 + 500);
            assert_string_not_equal(error.message, "");
            assert_answer_is_true(&of, status, &error);
        }
    }
}

/* A commit that nobody confirms is unknown, never failed: the account is there. */
static void
a_commit_that_is_never_confirmed_is_unknown(void **state)
{
    (void)state;
    need_faults();
    for (int which = 0; which < TRIALS; which++) {
        noema_error error = {0};
        trial of = begin_trial(which);
        const fault unconfirmed = {.data = "unconfirmed"};
        fail_commands(BCON_NEW("times", BCON_INT32(100000)),
                      fault_data(&unconfirmed, "commitTransaction"));
        noema_status status = of.call(&of, nd_deadline_in(1500), &error);
        stop_failing();
        assert_int_equal(status, NOEMA_OUTCOME_UNKNOWN);
        assert_true((error.flags & NOEMA_RETRYABLE) != 0);
        assert_true(was_done(&of));
        status = of.call(&of, soon(), &error);
        assert_int_equal(status, which == UNLINK ? NOEMA_NOT_FOUND : NOEMA_OK);
        assert_true(was_done(&of));
    }
}

/* ---- the hot path -------------------------------------------------------------------------- */

/* find, and nothing else: everything else fails. */
static void
who_comes_again_costs_one_read(void **state)
{
    nd_touches *touches = nd_touches_new();
    const char *handle = fresh_handle("telegram");
    nd_account account;
    (void)state;
    need_faults();
    assert_int_equal(nd_account_ensure(base, soon(), touches, handle, no_actor(), &account, NULL),
                     NOEMA_OK);
    bson_t *reads = BCON_NEW("failCommands", "[", "find", "]", "blockConnection", BCON_BOOL(true),
                             "blockTimeMS", BCON_INT32(1));
    fail_commands(BCON_NEW("times", BCON_INT32(1000)), reads);
    assert_int_equal(nd_account_ensure(base, soon(), touches, handle, no_actor(), &account, NULL),
                     NOEMA_OK);
    assert_int_equal(times_failed(), 1);
    bson_t *others =
        BCON_NEW("failCommands", "[", "insert", "update", "delete", "aggregate",
                 "commitTransaction", "getMore", "findAndModify", "]", "errorCode", BCON_INT32(13));
    fail_commands(BCON_NEW("times", BCON_INT32(1000)), others);
    assert_int_equal(nd_account_ensure(base, soon(), touches, handle, no_actor(), &account, NULL),
                     NOEMA_OK);
    assert_int_equal(times_failed(), 0);
    nd_touches_free(touches);
}

/* It is made with its first touch; an update would be a round trip for nothing. */
static void
a_new_account_is_not_touched_besides(void **state)
{
    nd_touches *touches = nd_touches_new();
    nd_account account;
    (void)state;
    need_faults();
    fail_commands(BCON_NEW("times", BCON_INT32(1000)),
                  BCON_NEW("failCommands", "[", "update", "]", "errorCode", BCON_INT32(13)));
    assert_int_equal(nd_account_ensure(base, soon(), touches, fresh_handle("telegram"), no_actor(),
                                       &account, NULL),
                     NOEMA_OK);
    assert_int_equal(times_failed(), 0);
    assert_false(nd_touches_due(touches, account.id, nd_monotonic_ms()));
    nd_touches_free(touches);
}

static void
a_touch_that_fails_does_not_fail_ensure(void **state)
{
    nd_touches *touches = nd_touches_new();
    const char *handle = fresh_handle("telegram");
    nd_id id = ensured(handle);
    nd_account account;
    noema_error error;
    (void)state;
    need_faults();
    fail_commands(BCON_NEW("times", BCON_INT32(1000)),
                  BCON_NEW("failCommands", "[", "update", "]", "errorCode", BCON_INT32(13)));
    assert_int_equal(nd_account_ensure(base, soon(), touches, handle, no_actor(), &account, &error),
                     NOEMA_OK);
    assert_true(nd_id_equal(account.id, id));
    assert_int_equal(times_failed(), 1);
    nd_touches_free(touches);
}

/* Asked for by name it is told, and the next one is not held for done. */
static void
a_touch_that_fails_is_told_and_tried_again(void **state)
{
    nd_touches *touches = nd_touches_new();
    nd_id id = ensured(fresh_handle("telegram"));
    noema_error error;
    (void)state;
    need_faults();
    fail_commands(BCON_NEW("times", BCON_INT32(1)),
                  BCON_NEW("failCommands", "[", "update", "]", "errorCode", BCON_INT32(13)));
    assert_int_not_equal(nd_account_touch(base, soon(), touches, id, "web", &error), NOEMA_OK);
    assert_int_equal(nd_account_touch(base, soon(), touches, id, "web", &error), NOEMA_OK);
    stop_failing();
    bson_t *user = stored_user(id);
    assert_string_equal(text_at(user, "lastSeenPlatform"), "web");
    bson_destroy(user);
    nd_touches_free(touches);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_fault_that_passes_is_not_noticed, begin_test),
        cmocka_unit_test_setup(whatever_command_fails_for_good_the_answer_is_true, begin_test),
        cmocka_unit_test_setup(a_server_that_answers_nothing_is_given_up_at_the_deadline,
                               begin_test),
        cmocka_unit_test_setup(a_commit_that_is_never_confirmed_is_unknown, begin_test),
        cmocka_unit_test_setup(who_comes_again_costs_one_read, begin_test),
        cmocka_unit_test_setup(a_new_account_is_not_touched_besides, begin_test),
        cmocka_unit_test_setup(a_touch_that_fails_does_not_fail_ensure, begin_test),
        cmocka_unit_test_setup(a_touch_that_fails_is_told_and_tried_again, begin_test),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
