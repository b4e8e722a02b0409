/* Sessions and the runner, without faults of the server's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <cmocka.h>

#include "support/base_fixture.h"

static nd_deadline
soon(void)
{
    return nd_deadline_in(10000);
}

static bool
insert(nd_session *session, int32_t id, nd_outcome *outcome)
{
    bson_t *command = BCON_NEW("insert", BCON_UTF8("things"), "documents", "[", "{", "_id",
                               BCON_INT32(id), "}", "]");
    bool done = nd_session_write(session, soon(), command, NULL, outcome);
    bson_destroy(command);
    return done;
}

/* ---- sessions ----------------------------------------------------------------------------------- */

static void
a_committed_transaction_is_there_and_an_aborted_one_is_not(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_ptr_equal(nd_session_base(session), on->base);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 1, &outcome));
    assert_int_equal(base_fixture_count(on, "things", NULL), 0);
    assert_true(nd_session_commit(session, soon(), &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_NONE);
    assert_int_equal(base_fixture_count(on, "things", NULL), 1);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 2, &outcome));
    nd_session_abort(session);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 3, &outcome));
    nd_session_close(session);
    assert_int_equal(base_fixture_count(on, "things", NULL), 1);
}

static void
a_duplicate_names_statement_and_index_and_can_be_worked_around(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 2, &outcome));
    assert_true(nd_session_commit(session, soon(), &outcome));
    assert_true(nd_session_begin(session, soon(), &outcome));
    bson_t *command = BCON_NEW("insert", BCON_UTF8("things"), "documents", "[", "{", "_id",
                               BCON_INT32(1), "}", "{", "_id", BCON_INT32(2), "}", "]");
    assert_false(nd_session_write(session, soon(), command, NULL, &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_DUPLICATE);
    assert_int_equal(outcome.statement, 1);
    assert_string_equal(outcome.key, "_id");
    nd_session_abort(session);
    bson_destroy(command);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 1, &outcome));
    assert_true(nd_session_commit(session, soon(), &outcome));
    nd_session_close(session);
    assert_int_equal(base_fixture_count(on, "things", NULL), 2);
}

static void
a_refused_document_names_its_statement(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    (void)base_fixture_run(on, NULL,
                           BCON_NEW("create", BCON_UTF8("things"), "validator", "{", "_id", "{",
                                    "$lt", BCON_INT32(5), "}", "}"));
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    bson_t *command = BCON_NEW("insert", BCON_UTF8("things"), "documents", "[", "{", "_id",
                               BCON_INT32(1), "}", "{", "_id", BCON_INT32(7), "}", "]");
    assert_false(nd_session_write(session, soon(), command, NULL, &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_DOCUMENT);
    assert_int_equal(outcome.statement, 1);
    bson_destroy(command);
    nd_session_close(session);
    assert_int_equal(base_fixture_count(on, "things", NULL), 0);
}

static void
a_find_and_modify_tells_what_it_replaced(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_bson was;
    bson_t view;
    bson_iter_t at;
    nd_arena *arena = nd_arena_new();
    bson_t *filter = BCON_NEW("_id", BCON_INT32(1));
    bson_t *update = BCON_NEW("$set", "{", "level", BCON_INT32(7), "}");
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(nd_session_find_and_modify(session, soon(), "things", filter, update, false, arena,
                                           &was, &outcome));
    assert_int_equal(was.length, 0);
    assert_true(insert(session, 1, &outcome));
    for (int level = 0; level <= 7; level += 7) {
        assert_true(nd_session_find_and_modify(session, soon(), "things", filter, update, false,
                                               arena, &was, &outcome));
        assert_true(nd_bson_open(was, &view));
        assert_int_equal(bson_iter_init_find(&at, &view, "level"), level > 0);
    }
    assert_int_equal(bson_iter_int32(&at), 7);
    assert_true(nd_session_commit(session, soon(), &outcome));
    nd_session_close(session);
    nd_arena_free(arena);
    bson_destroy(filter);
    filter = BCON_NEW("_id", BCON_INT32(1), "level", BCON_INT32(7));
    assert_int_equal(base_fixture_count(on, "things", filter), 1);
    bson_destroy(filter);
    bson_destroy(update);
}

/* The server's validator names no statement of it. */
static void
a_find_and_modify_asks_the_validator_unless_it_is_told_not_to(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_bson was;
    nd_arena *arena = nd_arena_new();
    bson_t *filter = BCON_NEW("_id", BCON_INT32(1));
    bson_t *update = BCON_NEW("$set", "{", "level", BCON_INT32(7), "}");
    (void)base_fixture_run(on, NULL,
                           BCON_NEW("create", BCON_UTF8("things"), "validator", "{", "level", "{",
                                    "$ne", BCON_INT32(7), "}", "}"));
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 1, &outcome));
    assert_true(nd_session_commit(session, soon(), &outcome));
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_false(nd_session_find_and_modify(session, soon(), "things", filter, update, false, arena,
                                            &was, &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_DOCUMENT);
    assert_int_equal(outcome.statement, -1);
    nd_session_abort(session);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(nd_session_find_and_modify(session, soon(), "things", filter, update, true, arena,
                                           &was, &outcome));
    nd_session_close(session);
    nd_arena_free(arena);
    bson_destroy(filter);
    bson_destroy(update);
}

static void
fill(base_fixture *on, int32_t count, const char *text)
{
    for (int32_t i = 0; i < count; i++) {
        bson_t *filter = BCON_NEW("_id", BCON_INT32(i));
        bson_t *update = BCON_NEW("$set", "{", "text", BCON_UTF8(text), "}");
        assert_int_equal(
            nd_base_update_one(on->base, soon(), "things", filter, update, true, NULL, &on->error),
            NOEMA_OK);
        bson_destroy(filter);
        bson_destroy(update);
    }
}

static uint32_t
find_all(base_fixture *on, nd_session *session, uint32_t limit)
{
    nd_list found = {0};
    nd_outcome outcome;
    if (!nd_session_find(session, soon(), "things", NULL, NULL, limit, on->arena, &found,
                         &outcome)) {
        fail_msg("%s", outcome.error.message);
    }
    return found.count;
}

static void
a_find_sees_all_of_its_snapshot_and_no_more(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    fill(on, 200, "x");
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_int_equal(find_all(on, session, 256), 200);
    fill(on, 210, "y");
    assert_int_equal(find_all(on, session, 256), 200);
    assert_int_equal(find_all(on, session, 150), 150);
    assert_int_equal(find_all(on, session, 200), 200);
    assert_int_equal(find_all(on, session, 1), 1);
    assert_true(nd_session_commit(session, soon(), &outcome));
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_int_equal(find_all(on, session, 256), 210);
    nd_session_close(session);
}

/* The profiler writes down what the server was asked for. */
static void
a_transaction_asks_for_a_snapshot(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_bson found;
    bson_t view;
    bson_t command;
    bson_t concern;
    bson_iter_t at;
    fill(on, 1, "x");
    (void)base_fixture_run(on, NULL, BCON_NEW("profile", BCON_INT32(2)));
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_int_equal(find_all(on, session, 256), 1);
    assert_true(nd_session_commit(session, soon(), &outcome));
    nd_session_close(session);
    (void)base_fixture_run(on, NULL, BCON_NEW("profile", BCON_INT32(0)));
    bson_t *filter = BCON_NEW("command.find", BCON_UTF8("things"));
    assert_int_equal(nd_base_find_one(on->base, soon(), "system.profile", filter, NULL, on->arena,
                                      &found, &on->error),
                     NOEMA_OK);
    bson_destroy(filter);
    assert_true(nd_bson_open(found, &view));
    assert_true(bson_iter_init_find(&at, &view, "command") && nd_bson_enter(&at, &command));
    assert_true(bson_iter_init_find(&at, &command, "startTransaction"));
    assert_true(bson_iter_init_find(&at, &command, "maxTimeMS"));
    assert_true(bson_iter_init_find(&at, &command, "readConcern") && nd_bson_enter(&at, &concern));
    assert_true(bson_iter_init_find(&at, &concern, "level"));
    assert_string_equal(bson_iter_utf8(&at, NULL), "snapshot");
}

static void
a_pipeline_sees_the_transaction(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_list found = {0};
    bson_t view;
    bson_iter_t at;
    fill(on, 3, "x");
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 77, &outcome));
    bson_t *pipeline = BCON_NEW("0", "{", "$match", "{", "_id", "{", "$gt", BCON_INT32(0), "}", "}",
                                "}", "1", "{", "$count", BCON_UTF8("n"), "}");
    assert_true(
        nd_session_aggregate(session, soon(), "things", pipeline, 10, on->arena, &found, &outcome));
    assert_int_equal(found.count, 1);
    assert_true(nd_bson_open(*(nd_bson *)found.items, &view));
    assert_true(bson_iter_init_find(&at, &view, "n"));
    assert_int_equal(bson_iter_as_int64(&at), 3);
    bson_destroy(pipeline);
    nd_session_close(session);
}

static void
a_find_beyond_16_mb_is_whole(void **state)
{
    enum { COUNT = 20, SIZE = 1000000 };
    base_fixture *on = *state;
    nd_outcome outcome;
    char *text = nd_new(SIZE + 1);
    memset(text, 'x', SIZE);
    fill(on, COUNT, text);
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_int_equal(find_all(on, session, 256), COUNT);
    assert_true(nd_session_commit(session, soon(), &outcome));
    nd_session_close(session);
    nd_delete(text);
}

static void
a_write_says_how_many_it_matched(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    int64_t matched = -1;
    fill(on, 3, "x");
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(session, soon(), &outcome));
    bson_t *command =
        BCON_NEW("update", BCON_UTF8("things"), "updates", "[", "{", "q", "{", "_id", BCON_INT32(1),
                 "}", "u", "{", "$set", "{", "n", BCON_INT32(1), "}", "}", "}", "{", "q", "{",
                 "_id", BCON_INT32(99), "}", "u", "{", "$set", "{", "n", BCON_INT32(1), "}", "}",
                 "}", "]", "bypassDocumentValidation", BCON_BOOL(true));
    assert_true(nd_session_write(session, soon(), command, &matched, &outcome));
    assert_int_equal(matched, 1);
    bson_destroy(command);
    nd_session_close(session);
}

static void
two_sessions_that_write_the_same_document_conflict(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    fill(on, 1, "x");
    bson_t *command =
        BCON_NEW("update", BCON_UTF8("things"), "updates", "[", "{", "q", "{", "_id", BCON_INT32(0),
                 "}", "u", "{", "$inc", "{", "n", BCON_INT32(1), "}", "}", "}", "]");
    nd_session *first = nd_session_open(on->base, soon(), &on->error);
    nd_session *second = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(first, soon(), &outcome));
    assert_true(nd_session_begin(second, soon(), &outcome));
    assert_true(nd_session_write(first, soon(), command, NULL, &outcome));
    assert_false(nd_session_write(second, soon(), command, NULL, &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_TRANSIENT);
    assert_int_equal(outcome.code, 112);
    assert_true(nd_session_commit(first, soon(), &outcome));
    nd_session_abort(second);
    nd_session_close(first);
    nd_session_close(second);
    bson_destroy(command);
}

static void
a_passed_deadline_sends_nothing_and_commits_nothing(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    nd_list found = {0};
    nd_deadline passed = nd_deadline_in(0);
    nd_session *session = nd_session_open(on->base, soon(), &on->error);
    assert_false(nd_session_begin(session, passed, &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_UNAVAILABLE);
    assert_int_equal(outcome.error.status, NOEMA_TIMEOUT);
    assert_true(nd_session_begin(session, soon(), &outcome));
    assert_true(insert(session, 1, &outcome));
    assert_false(
        nd_session_find(session, passed, "things", NULL, NULL, 1, on->arena, &found, &outcome));
    assert_int_equal(outcome.error.status, NOEMA_TIMEOUT);
    assert_false(nd_session_commit(session, passed, &outcome));
    assert_int_equal(outcome.fault, ND_FAULT_UNAVAILABLE);
    nd_session_close(session);
    assert_int_equal(base_fixture_count(on, "things", NULL), 0);
}

/* ---- the runner --------------------------------------------------------------------------------- */

typedef struct job {
    base_fixture *on;
    nd_arena *arena;
    noema_status verdict;
    int32_t id;
    uint32_t passes;
} job;

/* Reads a counter and writes one more: wrong if two did it on the same state. */
static bool
count_up(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
         noema_error *error)
{
    job *of = context;
    nd_list found = {0};
    bson_t view;
    bson_iter_t at;
    of->passes++;
    nd_arena_reset(of->arena);
    if (!nd_session_find(session, soon(), "counters", NULL, NULL, 1, of->arena, &found, outcome)) {
        return false;
    }
    int32_t n = 0;
    if (found.count == 1 && nd_bson_open(*(nd_bson *)found.items, &view) &&
        bson_iter_init_find(&at, &view, "n")) {
        n = bson_iter_int32(&at);
    }
    bson_t *command = BCON_NEW("update", BCON_UTF8("counters"), "updates", "[", "{", "q", "{",
                               "_id", BCON_INT32(1), "}", "u", "{", "$set", "{", "n",
                               BCON_INT32(n + 1), "}", "}", "upsert", BCON_BOOL(true), "}", "]");
    bool done = nd_session_write(session, soon(), command, NULL, outcome);
    bson_destroy(command);
    if (done && of->verdict != NOEMA_OK) {
        *verdict = nd_fail(error, of->verdict, "n", "no more");
    }
    return done;
}

static bool
say_nothing(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
            noema_error *error)
{
    (void)session;
    (void)context;
    (void)outcome;
    (void)error;
    *verdict = NOEMA_NOT_FOUND;
    return true;
}

static void
the_runner_commits_what_went_well(void **state)
{
    base_fixture *on = *state;
    job of = {.on = on, .arena = nd_arena_new()};
    assert_int_equal(nd_base_transaction(on->base, soon(), count_up, &of, &on->error), NOEMA_OK);
    assert_int_equal(of.passes, 1);
    assert_int_equal(base_fixture_counter(on, "counters"), 1);
    nd_arena_free(of.arena);
}

static void
the_runner_aborts_a_refusal_and_returns_it(void **state)
{
    base_fixture *on = *state;
    job of = {.on = on, .arena = nd_arena_new(), .verdict = NOEMA_LIMIT};
    assert_int_equal(nd_base_transaction(on->base, soon(), count_up, &of, &on->error), NOEMA_LIMIT);
    assert_string_equal(on->error.message, "n: no more");
    assert_int_equal(of.passes, 1);
    assert_int_equal(base_fixture_counter(on, "counters"), 0);
    assert_int_equal(nd_base_transaction(on->base, soon(), count_up, &of, NULL), NOEMA_LIMIT);
    assert_int_equal(nd_base_transaction(on->base, soon(), say_nothing, NULL, &on->error),
                     NOEMA_NOT_FOUND);
    assert_int_equal(on->error.status, NOEMA_NOT_FOUND);
    nd_arena_free(of.arena);
}

enum { THREADS = 8, TURNS = 12 };

static void *
count_turns(void *context)
{
    job *of = context;
    noema_error error;
    for (int i = 0; i < TURNS && of->verdict == NOEMA_OK; i++) {
        of->verdict =
            nd_base_transaction(of->on->base, nd_deadline_in(60000), count_up, of, &error);
    }
    return NULL;
}

static void
the_runner_repeats_what_met_a_conflict(void **state)
{
    base_fixture *on = *state;
    pthread_t threads[THREADS];
    job jobs[THREADS];
    uint32_t passes = 0;
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){.on = on, .arena = nd_arena_new()};
        assert_int_equal(pthread_create(&threads[i], NULL, count_turns, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        passes += jobs[i].passes;
        nd_arena_free(jobs[i].arena);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(jobs[i].verdict, NOEMA_OK);
    }
    assert_int_equal(base_fixture_counter(on, "counters"), THREADS * TURNS);
    assert_true(passes > THREADS * TURNS);
    assert_true(nd_metrics_get(on->metrics, ND_METRIC_CONFLICTS) > 0);
}

/* A document that somebody else holds until after the deadline. */
static void
the_runner_gives_up_at_the_deadline(void **state)
{
    base_fixture *on = *state;
    nd_outcome outcome;
    job of = {.on = on, .arena = nd_arena_new()};
    assert_int_equal(nd_base_transaction(on->base, soon(), count_up, &of, &on->error), NOEMA_OK);
    nd_session *holder = nd_session_open(on->base, soon(), &on->error);
    assert_true(nd_session_begin(holder, soon(), &outcome));
    bson_t *command = BCON_NEW("update", BCON_UTF8("counters"), "updates", "[", "{", "q", "{", "}",
                               "u", "{", "$inc", "{", "held", BCON_INT32(1), "}", "}", "}", "]");
    assert_true(nd_session_write(holder, soon(), command, NULL, &outcome));
    bson_destroy(command);
    int64_t started = nd_monotonic_ms();
    assert_int_equal(nd_base_transaction(on->base, nd_deadline_in(300), count_up, &of, &on->error),
                     NOEMA_TIMEOUT);
    assert_in_range(nd_monotonic_ms() - started, 100, 1000);
    assert_true(of.passes > 2);
    nd_session_close(holder);
    assert_int_equal(base_fixture_counter(on, "counters"), 1);
    nd_arena_free(of.arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, base_fixture_setup, base_fixture_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_committed_transaction_is_there_and_an_aborted_one_is_not),
        TEST(a_duplicate_names_statement_and_index_and_can_be_worked_around),
        TEST(a_refused_document_names_its_statement),
        TEST(a_find_and_modify_tells_what_it_replaced),
        TEST(a_find_and_modify_asks_the_validator_unless_it_is_told_not_to),
        TEST(a_find_sees_all_of_its_snapshot_and_no_more),
        TEST(a_transaction_asks_for_a_snapshot),
        TEST(a_pipeline_sees_the_transaction),
        TEST(a_find_beyond_16_mb_is_whole),
        TEST(a_write_says_how_many_it_matched),
        TEST(two_sessions_that_write_the_same_document_conflict),
        TEST(a_passed_deadline_sends_nothing_and_commits_nothing),
        TEST(the_runner_commits_what_went_well),
        TEST(the_runner_aborts_a_refusal_and_returns_it),
        TEST(the_runner_repeats_what_met_a_conflict),
        TEST(the_runner_gives_up_at_the_deadline),
    };
    (void)base_fixture_uri();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
