/* The ledger's history: in order, each entry once, while others arrive. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "schema/schema.h"
#include "transactions/history_store.h"
#include "transactions/store.h"

enum { MOST = 4000 };

typedef struct listed {
    nd_entry entries[MOST];
    uint32_t count;
    uint32_t pages;
} listed;

static listed found;

static noema_status
list_page(const nd_history_query *query, nd_list *documents, char next[ND_PAGE_TEXT],
          noema_error *error)
{
    return nd_history_list(base, soon(), query, arena, documents, next, error);
}

static void
take(const nd_list *documents)
{
    const nd_bson *items = documents->items;
    for (uint32_t i = 0; i < documents->count; i++) {
        assert_true(found.count < MOST);
        assert_int_equal(nd_entry_decode(items[i], &found.entries[found.count++], arena, NULL),
                         NOEMA_OK);
    }
    found.pages++;
}

/* All pages of a query, into `found`. between is called after each page. */
static void
list_all(nd_history_query query, void (*between)(void))
{
    char page[ND_PAGE_TEXT];
    char next[ND_PAGE_TEXT];
    found.count = 0;
    found.pages = 0;
    do {
        nd_list documents = {0};
        noema_error error;
        assert_int_equal(list_page(&query, &documents, next, &error), NOEMA_OK);
        assert_true(documents.count <= query.limit);
        assert_true(next[0] == '\0' || documents.count == query.limit);
        take(&documents);
        memcpy(page, next, sizeof(page));
        query.page = page;
        if (between != NULL) {
            between();
        }
    } while (next[0] != '\0');
}

static void
require_seqs_down_to_one(int64_t from)
{
    assert_int_equal(found.count, from);
    for (uint32_t i = 0; i < found.count; i++) {
        assert_int_equal(found.entries[i].seq, from - i);
    }
}

static void
pages_of_any_size_give_each_entry_once(void **state)
{
    (void)state;
    static const uint32_t limits[] = {1, 2, 3, 7, 10, 11, 500};
    nd_id account = new_account();
    live_plainly(account);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        list_all((nd_history_query){.account = account, .limit = limits[i]}, NULL);
        require_seqs_down_to_one(10);
        assert_int_equal(found.pages, (10 + limits[i] - 1) / limits[i]);
    }
}

/* A batch books many entries in one millisecond. */
static void
pages_cut_through_equal_times(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_long(account, 700);
    list_all((nd_history_query){.account = account, .limit = 9}, NULL);
    require_seqs_down_to_one(700);
}

static void
types_are_filtered(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_history_query query = {.account = account, .limit = 2};
    live(account);
    assert_int_equal(nd_history_types_parse("credit,exp", &query.types, NULL), NOEMA_OK);
    list_all(query, NULL);
    assert_int_equal(found.count, 4);
    for (uint32_t i = 0; i < found.count; i++) {
        int32_t type = found.entries[i].type.at;
        assert_true(type == ND_ENTRY_CREDIT || type == ND_ENTRY_EXP);
    }
    assert_int_equal(nd_history_types_parse("expiry", &query.types, NULL), NOEMA_OK);
    list_all(query, NULL);
    assert_int_equal(found.count, 1);
}

static void
unknown_types_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"credit,", ",", "Credit", "credit;debit", "credits", " "};
    uint32_t types;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        noema_error error;
        assert_int_equal(nd_history_types_parse(wrong[i], &types, &error), NOEMA_INVALID);
        assert_string_equal(error.field, "types");
    }
    assert_int_equal(nd_history_types_parse(NULL, &types, NULL), NOEMA_OK);
    assert_int_equal(types, 0);
    assert_int_equal(nd_history_types_parse("", &types, NULL), NOEMA_OK);
    assert_int_equal(types, 0);
}

static void
a_range_is_half_open(void **state)
{
    (void)state;
    nd_id account = new_account();
    for (int i = 0; i < 5; i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "exp:%d", i);
        add_exp(account, 1, key);
        nd_sleep_ms(2);
    }
    list_all((nd_history_query){.account = account, .limit = 500}, NULL);
    require_seqs_down_to_one(5);
    nd_time second = found.entries[3].timestamp;
    nd_time fourth = found.entries[1].timestamp;
    for (uint32_t limit = 1; limit < 4; limit++) {
        nd_history_query query = {.account = account, .from = second, .to = fourth, .limit = limit};
        list_all(query, NULL);
        assert_int_equal(found.count, 2);
        assert_int_equal(found.entries[0].seq, 3);
        assert_int_equal(found.entries[1].seq, 2);
        query.to = second;
        list_all(query, NULL);
        assert_int_equal(found.count, 0);
    }
}

static void
wrong_queries_are_refused(void **state)
{
    (void)state;
    nd_id account = new_account();
    char next[ND_PAGE_TEXT];
    char kept[ND_PAGE_TEXT];
    nd_list documents = {0};
    noema_error error;
    live_plainly(account);
    nd_history_query query = {.account = account, .limit = 2};
    assert_int_equal(list_page(&query, &documents, kept, &error), NOEMA_OK);
    query.page = kept;
    query.account = new_account();
    assert_int_equal(list_page(&query, &documents, next, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "page");
    query.all = true;
    assert_int_equal(list_page(&query, &documents, next, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "page");
    query = (nd_history_query){.limit = 2};
    assert_int_equal(list_page(&query, &documents, next, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "account");
    query = (nd_history_query){.account = account};
    assert_int_equal(list_page(&query, &documents, next, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "limit");
    query.limit = 501;
    assert_int_equal(list_page(&query, &documents, next, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "limit");
}

/* ---- while entries arrive ------------------------------------------------------------------------- */

typedef struct writer {
    nd_id accounts[3];
    atomic_bool stop;
    unsigned written;
    noema_status status; /* the first that is not OK */
} writer;

/* Without assertions: they belong to the test's own thread. */
static void *
keep_writing(void *argument)
{
    writer *on = argument;
    while (!atomic_load(&on->stop) && on->status == NOEMA_OK) {
        nd_command *command = nd_command_new(ND_ADD_EXP);
        nd_answer answer;
        char key[40];
        (void)snprintf(key, sizeof(key), "arriving:%u", on->written);
        command->request = (nd_request){.type = {ND_ENTRY_EXP},
                                        .named = on->accounts[on->written % 3],
                                        .key = nd_text_of(key),
                                        .exp = 1};
        command->deadline = soon();
        nd_command_own(command);
        on->status = nd_engine_run(engine, command, &answer);
        on->written++;
    }
    return NULL;
}

static void
a_moment(void)
{
    nd_sleep_ms(3);
}

/* Everything that was there before the first page is there once, and in order. */
static void
require_order_and_all_of(nd_id account, int64_t seqs)
{
    bool *seen = nd_arena_take(arena, (size_t)seqs + 1);
    int64_t count = 0;
    for (uint32_t i = 0; i < found.count; i++) {
        const nd_entry *entry = &found.entries[i];
        if (i > 0) {
            const nd_entry *newer = entry - 1;
            assert_true(entry->timestamp.ms <= newer->timestamp.ms);
        }
        if (nd_id_equal(entry->account, account) && entry->seq <= seqs) {
            assert_false(seen[entry->seq]);
            seen[entry->seq] = true;
            count++;
        }
    }
    assert_int_equal(count, seqs);
}

static void
pages_are_stable_while_entries_arrive(void **state)
{
    (void)state;
    pthread_t thread;
    writer on = {
        .accounts = {new_account(), new_account(), new_account()}
    };
    for (int i = 0; i < 3; i++) {
        live_long(on.accounts[i], 300);
    }
    assert_int_equal(pthread_create(&thread, NULL, keep_writing, &on), 0);
    nd_sleep_ms(100);
    for (int i = 0; i < 3; i++) {
        list_all((nd_history_query){.account = on.accounts[i], .limit = 11}, a_moment);
        require_seqs_down_to_one(found.entries[0].seq);
        assert_true(found.count >= 300);
    }
    list_all((nd_history_query){.all = true, .limit = 23}, a_moment);
    atomic_store(&on.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(on.status, NOEMA_OK);
    assert_true(on.written > 100);
    for (int i = 0; i < 3; i++) {
        require_order_and_all_of(on.accounts[i], 300);
    }
}

/* ---- equal times ---------------------------------------------------------------------------------- */

/* As the old system wrote them: no seq, and whatever time. */
static void
insert_old(nd_id account, int64_t ms, int count)
{
    bson_oid_t owner;
    bson_decimal128_t one = usd("1");
    bson_oid_init_from_data(&owner, account.bytes);
    for (int i = 0; i < count; i++) {
        bson_oid_t id;
        nd_id random;
        nd_random(random.bytes, sizeof(random.bytes));
        bson_oid_init_from_data(&id, random.bytes);
        insert("transactions",
               BCON_NEW("_id", BCON_OID(&id), "masterAccountId", BCON_OID(&owner), "timestamp",
                        BCON_DATE_TIME(ms), "type", "credit", "amountUsd", BCON_DECIMAL128(&one),
                        "balanceBeforeUsd", BCON_DECIMAL128(&one), "balanceAfterUsd",
                        BCON_DECIMAL128(&one)));
    }
}

static void
require_strictly_older(uint32_t count)
{
    assert_int_equal(found.count, count);
    for (uint32_t i = 1; i < found.count; i++) {
        const nd_entry *newer = &found.entries[i - 1];
        const nd_entry *older = &found.entries[i];
        bool earlier = older->timestamp.ms < newer->timestamp.ms;
        bool lower = older->timestamp.ms == newer->timestamp.ms &&
                     (older->seq < newer->seq ||
                      (older->seq == newer->seq && nd_id_compare(older->id, newer->id) < 0));
        assert_true(earlier || lower);
    }
}

static void
entries_of_one_time_are_cut_by_their_id(void **state)
{
    (void)state;
    enum { START = 1000000 };
    nd_id account = new_account();
    insert_old(account, START, 17);
    insert_old(account, START + 1, 1);
    insert_old(account, START + 2, 23);
    insert_old(account, START + 3, 5);
    for (uint32_t limit = 1; limit < 50; limit += limit < 25 ? 1 : 7) {
        nd_history_query query = {.account = account, .limit = limit};
        list_all(query, NULL);
        require_strictly_older(46);
        query = (nd_history_query){.all = true, .from = {START}, .to = {START + 4}, .limit = limit};
        list_all(query, NULL);
        require_strictly_older(46);
    }
    erase("transactions", of_account(account));
}

/* More than the server looks through in one go: the first entry of 41,000 is a credit. */
static void
what_is_rare_is_found_in_a_long_history(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_history_query query = {.account = account, .types = 1 << ND_ENTRY_CREDIT, .limit = 3};
    live_long(account, 41000);
    list_all(query, NULL);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.entries[0].seq, 1);
    assert_int_equal(found.pages, 1);
}

/* A page then ends where the call had to, and the next one goes on there. */
static void
a_page_that_is_short_of_time_is_short(void **state)
{
    (void)state;
    char page[ND_PAGE_TEXT];
    char next[ND_PAGE_TEXT];
    nd_history_query query = {.all = true, .types = 1 << ND_ENTRY_OPENING, .limit = 3};
    int64_t timeout_ms = 1;
    uint32_t pages = 0;
    do {
        nd_list documents = {0};
        noema_status status = nd_history_list(base, nd_deadline_in(timeout_ms), &query, arena,
                                              &documents, next, NULL);
        if (status == NOEMA_TIMEOUT && timeout_ms < 5000) {
            timeout_ms += 1 + timeout_ms / 4;
            memcpy(next, page, sizeof(next));
            next[0] = '0';
            continue;
        }
        assert_int_equal(status, NOEMA_OK);
        assert_int_equal(documents.count, 0);
        memcpy(page, next, sizeof(page));
        query.page = page;
        pages++;
    } while (next[0] != '\0');
    assert_true(pages > 1);
}

/* ---- one entry, and one run ------------------------------------------------------------------------ */

static void
a_balance_is_that_of_its_time(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_entry last;
    assert_int_equal(
        nd_history_balance_at(base, soon(), account, (nd_time){INT64_MAX}, arena, &last, NULL),
        NOEMA_OK);
    assert_int_equal(last.after.nano, 0);
    assert_int_equal(last.seq, 0);
    nd_answer first = credit(account, 7, "stripe:balance");
    nd_sleep_ms(3);
    nd_answer second = debit(account, 2, "debit:1");
    const struct {
        int64_t when, balance, seq;
    } asked[] = {
        {first.receipt.time - 1,  0,       0},
        {first.receipt.time,      7 * USD, 1},
        {second.receipt.time - 1, 7 * USD, 1},
        {second.receipt.time,     5 * USD, 2},
        {INT64_MAX,               5 * USD, 2},
    };
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        assert_int_equal(nd_history_balance_at(base, soon(), account, (nd_time){asked[i].when},
                                               arena, &last, NULL),
                         NOEMA_OK);
        assert_int_equal(last.after.nano, asked[i].balance);
        assert_int_equal(last.seq, asked[i].seq);
    }
}

static void
a_runs_entries_are_its_charge_and_its_refunds(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_list documents = {0};
    credit(account, 7, "stripe:run");
    nd_answer run = start(account, 3, 60000, "start:1");
    settle(run.run.id.text, NOEMA_RUN_COMPLETED, 3, 0);
    refund_run(run.run.id.text, 1, "refund:1");
    refund_run(run.run.id.text, 2, "refund:2");
    assert_int_equal(
        nd_history_of_run(base, soon(), id_of(run.run.id.text), arena, &documents, NULL), NOEMA_OK);
    found.count = 0;
    take(&documents);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.entries[0].type.at, ND_ENTRY_CHARGE);
    assert_int_equal(found.entries[1].amount.nano, USD);
    assert_int_equal(found.entries[2].amount.nano, 2 * USD);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_test)
    const struct CMUnitTest tests[] = {
        TEST(pages_of_any_size_give_each_entry_once),
        TEST(pages_cut_through_equal_times),
        TEST(types_are_filtered),
        TEST(unknown_types_are_refused),
        TEST(a_range_is_half_open),
        TEST(wrong_queries_are_refused),
        TEST(pages_are_stable_while_entries_arrive),
        TEST(entries_of_one_time_are_cut_by_their_id),
        TEST(what_is_rare_is_found_in_a_long_history),
        TEST(a_page_that_is_short_of_time_is_short),
        TEST(a_balance_is_that_of_its_time),
        TEST(a_runs_entries_are_its_charge_and_its_refunds),
    };
    require_server();
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
