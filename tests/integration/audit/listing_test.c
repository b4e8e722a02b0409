/* Lists of runs: in order, each once, filtered by state and tool. */
#include "fixture.h"

#include "workflow_executions/listing_store.h"
#include "workflow_executions/store.h"

enum { MOST = 500 };

static nd_run runs[MOST];
static uint32_t run_count;

static void
list_all(nd_run_query query)
{
    char page[ND_PAGE_TEXT];
    char next[ND_PAGE_TEXT];
    run_count = 0;
    do {
        nd_list documents = {0};
        noema_error error;
        assert_int_equal(nd_run_list(base, soon(), &query, arena, &documents, next, &error),
                         NOEMA_OK);
        assert_true(documents.count <= query.limit);
        for (uint32_t i = 0; i < documents.count; i++) {
            assert_true(run_count < MOST);
            assert_int_equal(
                nd_run_decode(((nd_bson *)documents.items)[i], &runs[run_count++], arena, NULL),
                NOEMA_OK);
        }
        memcpy(page, next, sizeof(page));
        query.page = page;
    } while (next[0] != '\0');
    for (uint32_t i = 1; i < run_count; i++) {
        int64_t newer = runs[i - 1].requested_at.ms;
        int64_t older = runs[i].requested_at.ms;
        assert_true(older < newer ||
                    (older == newer && nd_id_compare(runs[i].id, runs[i - 1].id) < 0));
    }
}

/* At once, so that many start in one millisecond. */
static void
start_many(nd_id account, size_t count, const char *tool)
{
    nd_command *commands[200];
    nd_answer *answers = nd_new(count * sizeof(*answers));
    for (size_t i = 0; i < count; i++) {
        char key[64];
        char token[64];
        (void)snprintf(key, sizeof(key), "start:%s:%zu", tool, i);
        (void)snprintf(token, sizeof(token), "token:%s:%zu", tool, i);
        commands[i] = nd_command_new(ND_START);
        commands[i]->start = (nd_start){.owner = account,
                                        .key = nd_text_of(key),
                                        .tool = nd_text_of(tool),
                                        .token = nd_text_of(token),
                                        .lifetime_ms = 60000};
        commands[i]->deadline = soon();
        nd_command_own(commands[i]);
    }
    nd_engine_run_all(engine, commands, count, answers);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(answers[i].receipt.status, NOEMA_OK);
    }
    nd_delete(answers);
}

static void
pages_of_any_size_give_each_run_once(void **state)
{
    (void)state;
    static const uint32_t limits[] = {1, 7, 64, 150, 499, 500};
    nd_id account = new_account();
    nd_id other = new_account();
    start_many(account, 150, "flux");
    start_many(other, 20, "flux");
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        list_all((nd_run_query){.account = account, .limit = limits[i]});
        assert_int_equal(run_count, 150);
        list_all((nd_run_query){.all = true, .limit = limits[i]});
        assert_int_equal(run_count, 170);
    }
}

static void
states_and_tools_are_filtered(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_run_query query = {.account = account, .limit = 3};
    credit(account, 10, "stripe:listing");
    start_many(account, 4, "flux");
    start_many(account, 5, "Flux 1.1 Pro");
    nd_answer done = start(account, 1, 60000, "start:done");
    settle(done.run.id.text, NOEMA_RUN_COMPLETED, 1, 0);
    nd_answer failed = start(account, 1, 60000, "start:failed");
    settle(failed.run.id.text, NOEMA_RUN_FAILED, 0, 0);
    list_all(query);
    assert_int_equal(run_count, 11);
    assert_int_equal(nd_run_states_parse("completed,failed", &query.states, NULL), NOEMA_OK);
    list_all(query);
    assert_int_equal(run_count, 2);
    assert_int_equal(nd_run_states_parse("pending", &query.states, NULL), NOEMA_OK);
    query.tool = nd_text_of("Flux 1.1 Pro");
    list_all(query);
    assert_int_equal(run_count, 5);
    query.tool = nd_text_of("$where");
    list_all(query);
    assert_int_equal(run_count, 0);
}

static void
a_range_is_half_open(void **state)
{
    (void)state;
    nd_id account = new_account();
    int64_t times[4];
    for (int i = 0; i < 4; i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "start:%d", i);
        times[i] = start(account, 0, 60000, key).run.started;
        nd_sleep_ms(2);
    }
    list_all((nd_run_query){.account = account, .from = {times[1]}, .to = {times[3]}, .limit = 1});
    assert_int_equal(run_count, 2);
    assert_int_equal(runs[0].requested_at.ms, times[2]);
    assert_int_equal(runs[1].requested_at.ms, times[1]);
}

static void
wrong_queries_are_refused(void **state)
{
    (void)state;
    uint32_t states;
    char next[ND_PAGE_TEXT];
    nd_list documents = {0};
    noema_error error;
    nd_run_query query = {.limit = 5};
    assert_int_equal(nd_run_list(base, soon(), &query, arena, &documents, next, &error),
                     NOEMA_INVALID);
    assert_string_equal(error.field, "account");
    query = (nd_run_query){.all = true, .limit = 0};
    assert_int_equal(nd_run_list(base, soon(), &query, arena, &documents, next, &error),
                     NOEMA_INVALID);
    assert_string_equal(error.field, "limit");
    query = (nd_run_query){.all = true, .limit = 5, .page = "00"};
    assert_int_equal(nd_run_list(base, soon(), &query, arena, &documents, next, &error),
                     NOEMA_INVALID);
    assert_string_equal(error.field, "page");
    assert_int_equal(nd_run_states_parse("done", &states, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "types");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_test)
    const struct CMUnitTest tests[] = {
        TEST(pages_of_any_size_give_each_run_once),
        TEST(states_and_tools_are_filtered),
        TEST(a_range_is_half_open),
        TEST(wrong_queries_are_refused),
    };
    require_server();
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
