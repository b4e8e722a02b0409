/* Lists of entries and of runs: newest first, by pages that are stable while entries arrive, filtered by
 * account, type, tool and half-open ranges of time. */
#include "fixture.h"

typedef noema_status (*lister)(noema_db *, const noema_query *, noema_list **, noema_error *);
enum { MANY = 23 };
static noema_id account;
static noema_time times[MANY];
static char ids[MANY][25];

/* Entries: a credit and 22 debits, oldest first; some of them of one millisecond. */
static int
begin(void **state)
{
    (void)state;
    account = fresh_account();
    for (int i = 0; i < MANY; i++) {
        noema_receipt receipt = i == 0 ? credited(account, 50 * NOEMA_USD) : debited(account, CENT);
        times[i] = receipt.time;
        memcpy(ids[i], receipt.entry.text, sizeof ids[i]);
    }
    return 0;
}

static noema_query
query_of(noema_id whose, uint32_t limit)
{
    return (noema_query){.size = sizeof(noema_query), .account = whose, .limit = limit};
}

static noema_list *
listed(lister list, const noema_query *query)
{
    noema_list *page = NULL;
    assert_status(list(db, query, &page, &error), NOEMA_OK);
    assert_non_null(page);
    return page;
}

static size_t
count_of(lister list, const noema_query *query)
{
    noema_list *page = listed(list, query);
    size_t count = noema_list_count(page);
    noema_list_free(page);
    return count;
}

static const char *
id_at(const noema_list *page, size_t index)
{
    const char *id = "";
    assert_true(noema_document_text(noema_list_at(page, index), "/_id", &id));
    return id;
}

static void
entries_come_newest_first_whole_and_once(void **state)
{
    int next = MANY - 1;
    char token[300] = "";
    (void)state;
    for (int pages = 0; pages < 10; pages++) {
        noema_query query = query_of(account, 5);
        query.page = pages == 0 ? NULL : token;
        noema_list *page = listed(noema_ledger_list, &query);
        for (size_t i = 0; i < noema_list_count(page); i++) {
            int64_t seq = 0;
            assert_true(noema_document_integer(noema_list_at(page, i), "/seq", &seq));
            assert_int_equal(seq, next + 1);
            assert_string_equal(id_at(page, i), ids[next--]);
        }
        bool last = noema_list_next(page) == NULL;
        (void)snprintf(token, sizeof token, "%s", last ? "" : noema_list_next(page));
        noema_list_free(page);
        if (last) {
            break;
        }
    }
    assert_int_equal(next, -1);
}

static void
pages_are_stable_while_entries_arrive(void **state)
{
    char token[300];
    noema_query query = query_of(account, 5);
    noema_list *page = listed(noema_ledger_list, &query);
    (void)state;
    (void)snprintf(token, sizeof token, "%s", noema_list_next(page));
    noema_list_free(page);
    (void)debited(account, CENT);
    (void)debited(account, CENT);
    query.page = token;
    page = listed(noema_ledger_list, &query);
    assert_int_equal(noema_list_count(page), 5);
    assert_string_equal(id_at(page, 0), ids[MANY - 6]);
    noema_list_free(page);
}

static void
ranges_are_half_open(void **state)
{
    noema_query query = query_of(account, 0);
    size_t between = 0;
    (void)state;
    query.from = times[3];
    query.to = times[10];
    for (int i = 0; i < MANY; i++) {
        between += times[i] >= query.from && times[i] < query.to;
    }
    assert_int_equal(count_of(noema_ledger_list, &query), between);
    query.from = query.to = times[3];
    noema_list *page = NULL;
    noema_status status = noema_ledger_list(db, &query, &page, &error);
    assert_true(status == NOEMA_INVALID || noema_list_count(page) == 0);
    noema_list_free(page);
    query = query_of(account, 0);
    query.from = times[MANY - 1] + 1;
    assert_int_equal(count_of(noema_ledger_list, &query), 0);
}

static void
types_select_entries(void **state)
{
    noema_query query = query_of(account, 0);
    noema_list *page = NULL;
    const char *type = "";
    (void)state;
    query.types = "credit";
    page = listed(noema_ledger_list, &query);
    assert_int_equal(noema_list_count(page), 1);
    assert_true(noema_document_text(noema_list_at(page, 0), "/type", &type));
    assert_string_equal(type, "credit");
    noema_list_free(page);
    query.types = "debit,credit";
    assert_int_equal(count_of(noema_ledger_list, &query), MANY);
    query.types = "bonus,refund";
    assert_int_equal(count_of(noema_ledger_list, &query), 0);
    query.types = "debit,nonsense";
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "types");
    assert_null(page);
    query.types = "{\"$ne\":1}";
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "types");
}

static void
an_entry_shows_money_as_text_and_negative_debits(void **state)
{
    noema_query query = query_of(account, 1);
    noema_list *page = listed(noema_ledger_list, &query);
    noema_money amount = 0;
    noema_time time = 0;
    const char *text = "";
    (void)state;
    assert_true(noema_document_money(noema_list_at(page, 0), "/amountUsd", &amount));
    assert_int_equal(amount, -CENT);
    assert_true(noema_document_text(noema_list_at(page, 0), "/amountUsd", &text));
    assert_string_equal(text, "-0.01");
    assert_true(noema_document_time(noema_list_at(page, 0), "/timestamp", &time));
    assert_int_equal(time, times[MANY - 1]);
    assert_true(noema_document_text(noema_list_at(page, 0), "/masterAccountId", &text));
    assert_string_equal(text, account.text);
    assert_non_null(strstr(noema_list_json(page), "\"items\":["));
    assert_null(noema_list_at(page, 1));
    assert_null(noema_list_at(page, SIZE_MAX));
    noema_list_free(page);
}

static void
everybodys_entries_are_asked_for_by_name(void **state)
{
    noema_list *page = NULL;
    noema_query query = query_of((noema_id){""}, 500);
    (void)state;
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "account");
    assert_refused(noema_run_list(db, &query, &page, &error), NOEMA_INVALID, "account");
    query.all_accounts = 1;
    query.from = times[0];
    (void)credited(fresh_account(), CENT);
    assert_true(count_of(noema_ledger_list, &query) >= MANY + 1);
    query.account = account;
    assert_status(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID);
    query = query_of(account, 1);
    query.all_accounts = 2;
    assert_status(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID);
}

static void
queries_that_make_no_sense_are_refused(void **state)
{
    noema_list *page = (noema_list *)times;
    noema_query query = query_of(account, 501);
    (void)state;
    noema_status status = noema_ledger_list(db, &query, &page, &error);
    assert_true(status == NOEMA_INVALID || status == NOEMA_LIMIT);
    assert_string_equal(error.field, "limit");
    assert_null(page);
    query = query_of(account, 0);
    query.size = 0;
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "size");
    query = query_of(account, 0);
    query.tool = "flux";
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "tool");
    query = query_of(account, 0);
    query.reserved = 1;
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "reserved");
    query = query_of(account, 0);
    query.from = -1;
    assert_refused(noema_ledger_list(db, &query, &page, &error), NOEMA_INVALID, "from");
}

static void
tokens_that_are_none_are_refused(void **state)
{
    static const char *const tokens[] = {
        "", "x", "{}", "\xff\xfe", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "{\"$gt\":\"\"}", "../1"};
    noema_list *page = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        noema_query query = query_of(account, 5);
        query.page = tokens[i];
        noema_status status = noema_ledger_list(db, &query, &page, &error);
        if (tokens[i][0] == '\0' && status == NOEMA_OK) { /* as good as none */
            noema_list_free(page);
            continue;
        }
        assert_refused(status, NOEMA_INVALID, "page");
        assert_refused(noema_run_list(db, &query, &page, &error), NOEMA_INVALID, "page");
    }
}

/* ---- runs ------------------------------------------------------------------------------------- */

/* An old dashboard saw only the oldest hundred. */
static void
of_a_hundred_and_twenty_runs_the_newest_are_seen_first(void **state)
{
    enum { RUNS = 120 };
    char newest[25] = "";
    size_t seen = 0;
    char token[300] = "";
    noema_id owner = fresh_account();
    (void)state;
    for (int i = 0; i < RUNS; i++) {
        noema_run run = started(owner, 0);
        memcpy(newest, run.id.text, sizeof newest);
    }
    for (int pages = 0; pages < 10; pages++) {
        noema_query query = query_of(owner, 50);
        query.page = pages == 0 ? NULL : token;
        noema_list *page = listed(noema_run_list, &query);
        if (pages == 0) {
            assert_string_equal(id_at(page, 0), newest);
        }
        seen += noema_list_count(page);
        bool last = noema_list_next(page) == NULL;
        (void)snprintf(token, sizeof token, "%s", last ? "" : noema_list_next(page));
        noema_list_free(page);
        if (last) {
            break;
        }
    }
    assert_int_equal(seen, RUNS);
}

static void
runs_are_selected_by_state_and_tool(void **state)
{
    noema_run run;
    noema_run other;
    noema_list *page = NULL;
    noema_run_request request = request_for(account, CENT);
    (void)state;
    request.tool = "sdxl 1.0";
    assert_status(noema_run_start(db, &request, &other, &error), NOEMA_OK);
    const noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    (void)settled(&settlement, &run);
    noema_query query = query_of(account, 0);
    assert_int_equal(count_of(noema_run_list, &query), 2);
    query.types = "completed";
    page = listed(noema_run_list, &query);
    assert_int_equal(noema_list_count(page), 1);
    assert_string_equal(id_at(page, 0), run.id.text);
    noema_list_free(page);
    query.types = "pending,queued";
    query.tool = "sdxl 1.0";
    assert_int_equal(count_of(noema_run_list, &query), 1);
    query.tool = "{\"$ne\":\"\"}";
    assert_int_equal(count_of(noema_run_list, &query), 0);
    query.types = "credit";
    assert_refused(noema_run_list(db, &query, &page, &error), NOEMA_INVALID, "types");
}

static void
the_lists_of_runs_do_not_show_tokens(void **state)
{
    noema_run run = started(account, CENT);
    noema_query query = query_of(account, 0);
    noema_list *page = listed(noema_run_list, &query);
    bool leaks = strstr(noema_list_json(page), run.token) != NULL;
    (void)state;
    noema_list_free(page);
    assert_false(leaks);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(entries_come_newest_first_whole_and_once, begin),
        cmocka_unit_test_setup(pages_are_stable_while_entries_arrive, begin),
        cmocka_unit_test_setup(ranges_are_half_open, begin),
        cmocka_unit_test_setup(types_select_entries, begin),
        cmocka_unit_test_setup(an_entry_shows_money_as_text_and_negative_debits, begin),
        cmocka_unit_test_setup(everybodys_entries_are_asked_for_by_name, begin),
        cmocka_unit_test_setup(queries_that_make_no_sense_are_refused, begin),
        cmocka_unit_test_setup(tokens_that_are_none_are_refused, begin),
        cmocka_unit_test(of_a_hundred_and_twenty_runs_the_newest_are_seen_first),
        cmocka_unit_test_setup(runs_are_selected_by_state_and_tool, begin),
        cmocka_unit_test_setup(the_lists_of_runs_do_not_show_tokens, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
