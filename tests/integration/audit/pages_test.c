/* The proof of all accounts, in pages; and of an account that no single call gets through. */
#include "fixture.h"

#include <stdlib.h>

#include "transactions/transactions.h"

/* What the calls of a proof said together. */
typedef struct total {
    int64_t calls, accounts, entries, checkpoints, problems;
    int64_t inside; /* calls that ended inside of an account */
} total;

enum { INSIDE_LENGTH = 100 }; /* tokens of the inside carry more than others */

static total
prove_all(nd_id account, int64_t timeout_ms, const nd_json *checkpoints)
{
    total sum = {0};
    char *page = NULL;
    do {
        noema_error error;
        nd_json_free(report);
        noema_status status = nd_verify(base, nd_deadline_in(timeout_ms), account, page,
                                        checkpoints, &report, &error);
        bool in_vain = status == NOEMA_TIMEOUT || status == NOEMA_UNAVAILABLE;
        if (report == NULL && in_vain && timeout_ms < 5000) {
            timeout_ms += 1 + timeout_ms / 4; /* not even one step was possible */
            continue;
        }
        if (report == NULL) {
            print_error("%s\n", error.message);
        }
        assert_non_null(report);
        sum.calls++;
        sum.accounts += integer_in(report, "accounts");
        sum.entries += integer_in(report, "entries");
        sum.checkpoints += integer_in(report, "checkpoints");
        size_t found = nd_json_length(nd_json_get(report, "problems"));
        sum.problems += (int64_t)found;
        assert_int_equal(status, found == 0 ? NOEMA_OK : NOEMA_CORRUPT);
        const nd_json *next = nd_json_get(report, "next");
        nd_delete(page);
        page = nd_json_kind_of(next) == ND_JSON_TEXT ? nd_copy_string(nd_json_string(next)) : NULL;
        sum.inside += page != NULL && strlen(page) > INSIDE_LENGTH ? 1 : 0;
    } while ((page != NULL || report == NULL) && sum.problems == 0);
    nd_delete(page);
    return sum;
}

static void
every_account_is_proved_once(void **state)
{
    (void)state;
    enum { ACCOUNTS = 120 };
    char key[40];
    total before = prove_all(nd_id_none, 15000, NULL);
    for (int i = 0; i < ACCOUNTS; i++) {
        nd_id account = new_account();
        (void)snprintf(key, sizeof(key), "stripe:many:%d", i);
        credit(account, 5, key);
        debit(account, 1, "debit:1");
    }
    total after = prove_all(nd_id_none, 15000, NULL);
    assert_int_equal(after.problems, 0);
    assert_int_equal(after.accounts - before.accounts, ACCOUNTS);
    assert_int_equal(after.entries - before.entries, 2 * ACCOUNTS);
    assert_true(after.calls >= 3);
}

static void
a_call_that_is_short_of_time_says_where_to_go_on(void **state)
{
    (void)state;
    enum { ENTRIES = 20000 };
    nd_id account = new_account();
    forge_many(account, ENTRIES);
    bonus(account, 3, 0, "bonus:1");
    bonus(account, 4, 1999999999000, "bonus:2");
    total one = prove_all(account, 15000, NULL);
    assert_int_equal(one.calls, 1);
    assert_int_equal(one.entries, ENTRIES + 2);
    total parts = prove_all(account, 4, NULL);
    assert_int_equal(parts.problems, 0);
    assert_int_equal(parts.entries, ENTRIES + 2);
    assert_int_equal(parts.accounts, 1);
    assert_true(parts.calls > 1 && parts.inside > 0);
    total all = prove_all(nd_id_none, 4, NULL);
    total whole = prove_all(nd_id_none, 15000, NULL);
    assert_int_equal(all.problems, 0);
    assert_int_equal(all.accounts, whole.accounts);
    assert_int_equal(all.entries, whole.entries);
    assert_true(all.inside > 0 && all.calls > whole.calls);
}

/* At and around the edges of pages of 1,000 entries. */
static void
what_is_planted_at_a_pages_edge_is_found(void **state)
{
    (void)state;
    static const int64_t edges[] = {999, 1000, 1001, 1002, 1016, 1017, 2000, 2001};
    nd_id account = new_account();
    forge_many(account, 2200);
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        bson_t *kept = stored("transactions", entry_of(account, edges[i]));
        erase("transactions", entry_of(account, edges[i]));
        require_broken(account, "seq", edges[i], 1);
        insert("transactions", bson_copy(kept));
        require_proved(account);
        change("transactions", entry_of(account, edges[i]),
               BCON_NEW("$set", "{", "description", "x", "}"));
        require_broken(account, "chain", edges[i], 1);
        erase("transactions", entry_of(account, edges[i]));
        insert("transactions", kept);
    }
    require_proved(account);
}

/* More than a page of one millisecond: the pages count on in it. */
static void
pages_cut_through_equal_times(void **state)
{
    (void)state;
    nd_id account = new_account();
    forge_many(account, 2600);
    require_proved(account);
    assert_int_equal(integer_in(report, "entries"), 2600);
    erase("transactions", entry_of(account, 2300));
    require_broken(account, "seq", 2300, 1);
    erase("transactions", of_account(account));
    erase("userEconomy", of_account(account));
}

static void
beyond_a_thousand_problems_are_counted(void **state)
{
    (void)state;
    nd_id account = new_account();
    forge_many(account, 1100);
    change_all("transactions", of_account(account), BCON_NEW("$set", "{", "description", "x", "}"));
    assert_int_equal(prove(account, NULL), NOEMA_CORRUPT);
    assert_int_equal(nd_json_length(nd_json_get(report, "problems")), 1000);
    assert_int_equal(integer_in(report, "more"), 100);
    erase("transactions", of_account(account));
    erase("userEconomy", of_account(account));
}

static void
entries_without_a_document_are_found_among_all(void **state)
{
    (void)state;
    nd_id account = new_account();
    live_plainly(account);
    erase("userEconomy", of_account(account));
    total sum = prove_all(nd_id_none, 15000, NULL);
    assert_int_equal(sum.problems, 1);
    require_among("document", 10);
    erase("transactions", of_account(account));
    assert_int_equal(prove_all(nd_id_none, 15000, NULL).problems, 0);
}

static void
a_checkpoint_finds_an_account_that_is_gone(void **state)
{
    (void)state;
    nd_id account = new_account();
    nd_json *kept = nd_json_new_array();
    nd_json *checkpoint;
    live_plainly(account);
    assert_int_equal(nd_checkpoint(base, soon(), account, &checkpoint, NULL), NOEMA_OK);
    nd_json_push(kept, checkpoint);
    total sum = prove_all(nd_id_none, 15000, kept);
    assert_int_equal(sum.problems, 0);
    assert_int_equal(sum.checkpoints, 1);
    erase("transactions", of_account(account));
    erase("userEconomy", of_account(account));
    assert_int_equal(prove_all(nd_id_none, 15000, NULL).problems, 0);
    sum = prove_all(nd_id_none, 15000, kept);
    assert_int_equal(sum.problems, 1);
    require_among("checkpoint", 10);
    nd_json_free(kept);
}

static void
a_voided_payment_is_proved_too(void **state)
{
    (void)state;
    total before = prove_all(nd_id_none, 15000, NULL);
    void_key(nd_id_none, "stripe:voided:1");
    nd_answer voided = void_key(nd_id_none, "stripe:voided:2");
    total after = prove_all(nd_id_none, 15000, NULL);
    assert_int_equal(after.problems, 0);
    assert_int_equal(after.entries - before.entries, 2);
    bson_oid_t id;
    bson_oid_init_from_string(&id, voided.receipt.entry.text);
    change("transactions", BCON_NEW("_id", BCON_OID(&id)),
           BCON_NEW("$set", "{", "idempotencyKey", "stripe:voided:3", "}"));
    assert_int_equal(prove_all(nd_id_none, 15000, NULL).problems, 2);
    require_among("chain", 0);
    require_among("id", 0);
    erase("transactions", BCON_NEW("_id", BCON_OID(&id)));
}

static void
an_entry_without_an_account_is_found(void **state)
{
    (void)state;
    static const char *const owners[] = {"nobody", NULL};
    for (size_t i = 0; i < 2; i++) {
        bson_oid_t id;
        bson_oid_init(&id, NULL);
        bson_t *document = BCON_NEW("_id", BCON_OID(&id), "seq", BCON_INT64(7));
        if (owners[i] != NULL) {
            bson_append_utf8(document, "masterAccountId", -1, owners[i], -1);
        }
        insert("transactions", document);
        assert_int_equal(prove_all(nd_id_none, 15000, NULL).problems, 1);
        require_among("decode", 7);
        erase("transactions", BCON_NEW("_id", BCON_OID(&id)));
    }
}

static void
a_foreign_page_is_refused(void **state)
{
    (void)state;
    noema_error error;
    nd_json *none;
    const char *const pages[] = {"", "x", "0100"};
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        assert_int_equal(nd_verify(base, soon(), nd_id_none, pages[i], NULL, &none, &error),
                         NOEMA_INVALID);
        assert_string_equal(error.field, "page");
        assert_null(none);
    }
}

static void
an_account_without_money_has_nothing_to_prove(void **state)
{
    (void)state;
    require_proved(new_account());
    assert_int_equal(integer_in(report, "accounts"), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_test)
    const struct CMUnitTest tests[] = {
        TEST(every_account_is_proved_once),
        TEST(a_call_that_is_short_of_time_says_where_to_go_on),
        TEST(what_is_planted_at_a_pages_edge_is_found),
        TEST(pages_cut_through_equal_times),
        TEST(beyond_a_thousand_problems_are_counted),
        TEST(entries_without_a_document_are_found_among_all),
        TEST(a_checkpoint_finds_an_account_that_is_gone),
        TEST(a_voided_payment_is_proved_too),
        TEST(an_entry_without_an_account_is_found),
        TEST(a_foreign_page_is_refused),
        TEST(an_account_without_money_has_nothing_to_prove),
    };
    require_server();
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
