/* The proof of the ledger: the balance of a time, checkpoints, and verify, which finds and names what
 * somebody else wrote, and never spends it. */
#include <jansson.h>
#include <stdlib.h>

#include "fixture.h"

static noema_id account;
static noema_receipt entries[6];

static int
begin(void **state)
{
    (void)state;
    account = fresh_account();
    entries[0] = credited(account, 50 * NOEMA_USD);
    for (int i = 1; i < 6; i++) {
        entries[i] = debited(account, i * NOEMA_USD);
    }
    return 0;
}

static json_t *
report_of(const noema_id *whose, const char *checkpoints, noema_status wanted)
{
    json_error_t problem;
    noema_document *report = NULL;
    assert_status(noema_ledger_verify(db, whose, NULL, checkpoints, &report, &error), wanted);
    assert_non_null(report);
    json_t *json = json_loads(noema_document_json(report), 0, &problem);
    noema_document_free(report);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "problems")) > 0,
                     wanted == NOEMA_CORRUPT);
    return json;
}

static int64_t
number_at(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static void
assert_proved(void)
{
    json_t *report = report_of(&account, NULL, NOEMA_OK);
    assert_int_equal(number_at(report, "accounts"), 1);
    assert_int_equal(number_at(report, "entries"), balance_of(account).seq);
    json_decref(report);
}

/* Names the account in each problem, and the entry in one of them. */
static void
assert_finds(int64_t seq, const char *checkpoints)
{
    size_t index;
    json_t *problem;
    bool found = false;
    json_t *report = report_of(&account, checkpoints, NOEMA_CORRUPT);
    json_array_foreach(json_object_get(report, "problems"), index, problem)
    {
        const char *whose = json_string_value(json_object_get(problem, "account"));
        assert_string_equal(whose, account.text);
        assert_true(json_string_value(json_object_get(problem, "rule"))[0] != '\0');
        found = found || number_at(problem, "seq") == seq || seq == 0;
    }
    if (!found) {
        char *text = json_dumps(report, 0);
        print_error("entry %d is not named: %s\n", (int)seq, text);
        fail();
    }
    json_decref(report);
}

static void
a_life_of_everything_is_proved(void **state)
{
    noema_run run;
    noema_time soon = now() + 500;
    (void)state;
    (void)given(account, 2 * NOEMA_USD, 0);
    (void)given(account, 2 * NOEMA_USD, soon);
    noema_command refund = command_for(NOEMA_COMMAND_REFUND, account, NOEMA_USD);
    refund.entry = entries[3].entry;
    (void)applied(&refund);
    const noema_settlement settlement = completion_of(started(account, NOEMA_USD).id, CENT);
    (void)settled(&settlement, &run);
    noema_command all = command_for(NOEMA_COMMAND_REFUND_ALL, (noema_id){""}, 0);
    all.run = run.id;
    (void)applied(&all);
    noema_command exp = command_for(NOEMA_COMMAND_ADD_EXP, account, 0);
    exp.exp = 9;
    (void)applied(&exp);
    noema_receipt receipt;
    assert_status(noema_economy_void(db, &account, fresh_key(), &receipt, &error), NOEMA_OK);
    (void)started(account, NOEMA_USD);
    sleep_until(soon + 50);
    (void)debited(account, CENT);
    assert_proved();
}

static void
verify_changes_nothing(void **state)
{
    uint64_t before = stored_everything();
    (void)state;
    assert_proved();
    assert_true(before == stored_everything());
}

static void
a_changed_amount_is_found(void **state)
{
    (void)state;
    change_stored("transactions", by_id(entries[2].entry),
                  BCON_NEW("$set", "{", "description", "something else", "}"));
    assert_finds(3, NULL);
}

static void
a_deleted_entry_is_found(void **state)
{
    bson_t *filter = by_id(entries[3].entry);
    mongoc_collection_t *collection =
        mongoc_client_get_collection(observer, database, "transactions");
    (void)state;
    assert_true(mongoc_collection_delete_one(collection, filter, NULL, NULL, NULL));
    mongoc_collection_destroy(collection);
    bson_destroy(filter);
    assert_finds(0, NULL);
}

/* An old service gives a customer ten dollars: shown, found, and not spent. */
static void
a_balance_that_somebody_else_wrote_is_found_and_not_spent(void **state)
{
    noema_receipt receipt;
    noema_run run;
    noema_id other = account_with(NOEMA_USD);
    const noema_run_request request = request_for(account, CENT);
    (void)state;
    change_stored("userEconomy", by_account(account),
                  BCON_NEW("$inc", "{", "usdCredit", BCON_INT32(10), "}"));
    assert_int_equal(balance_of(account).balance, 45 * NOEMA_USD);
    assert_status(noema_economy_debit(db, &account, CENT, fresh_key(), NULL, &receipt, &error),
                  NOEMA_CORRUPT);
    assert_string_equal(error.reason, "SEAL");
    assert_int_equal(receipt.status, NOEMA_CORRUPT);
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_CORRUPT);
    assert_finds(0, NULL);
    (void)debited(other, CENT);
    noema_document *report;
    assert_status(noema_ledger_verify(db, &other, NULL, NULL, &report, &error), NOEMA_OK);
    noema_document_free(report);
}

static void
a_hold_without_a_run_is_found(void **state)
{
    noema_run run = started(account, NOEMA_USD);
    (void)state;
    assert_proved();
    change_stored("workflowExecutions", by_id(run.id),
                  BCON_NEW("$unset", "{", "holdOpenUsd", BCON_INT32(1), "}"));
    assert_finds(0, NULL);
}

/* ---- checkpoints -------------------------------------------------------------------------------- */

static char *
checkpoints_of(const noema_id *whose)
{
    noema_document *checkpoint;
    assert_status(noema_ledger_checkpoint(db, whose, &checkpoint, &error), NOEMA_OK);
    const char *json = noema_document_json(checkpoint);
    char *array = calloc(1, strlen(json) + 3);
    assert_non_null(array);
    (void)snprintf(array, strlen(json) + 3, "[%s]", json);
    noema_document_free(checkpoint);
    return array;
}

static void
a_checkpoint_holds_while_entries_follow(void **state)
{
    char *checkpoints = checkpoints_of(&account);
    (void)state;
    assert_non_null(strstr(checkpoints, account.text));
    assert_non_null(strstr(checkpoints, "\"seq\":6"));
    json_decref(report_of(&account, checkpoints, NOEMA_OK));
    (void)debited(account, CENT);
    json_decref(report_of(&account, checkpoints, NOEMA_OK));
    json_decref(report_of(NULL, checkpoints, NOEMA_OK));
    free(checkpoints);
}

/* Somebody puts the whole account back to where it was, entries and document: only what is kept outside
 * can tell. */
static void
a_tail_that_was_cut_off_is_found_by_its_checkpoint(void **state)
{
    bson_t *old = stored_one("userEconomy", by_account(account));
    noema_receipt last = debited(account, NOEMA_USD);
    char *checkpoints = checkpoints_of(&account);
    bson_t *filter = by_account(account);
    bson_t *entry = by_id(last.entry);
    mongoc_collection_t *collection =
        mongoc_client_get_collection(observer, database, "userEconomy");
    (void)state;
    assert_true(mongoc_collection_replace_one(collection, filter, old, NULL, NULL, NULL));
    mongoc_collection_destroy(collection);
    collection = mongoc_client_get_collection(observer, database, "transactions");
    assert_true(mongoc_collection_delete_one(collection, entry, NULL, NULL, NULL));
    mongoc_collection_destroy(collection);
    bson_destroy(filter);
    bson_destroy(entry);
    bson_destroy(old);
    assert_proved();
    assert_finds(0, checkpoints);
    free(checkpoints);
}

static void
checkpoints_that_are_none_are_refused(void **state)
{
    static const char *const texts[] = {"",      "{}",  "[1]", "[{}]", "[{\"account\":\"x\"}]",
                                        "[null", "[[]]"};
    noema_document *report = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        noema_status status = noema_ledger_verify(db, &account, NULL, texts[i], &report, &error);
        if (texts[i][0] == '\0' && status == NOEMA_OK) {
            noema_document_free(report);
            continue;
        }
        assert_int_equal(status, NOEMA_INVALID);
        assert_true(strncmp(error.field, "checkpoints", 11) == 0);
        assert_null(report);
    }
    assert_refused(noema_ledger_verify(db, NULL, "rubbish", NULL, &report, &error), NOEMA_INVALID,
                   "page");
}

/* ---- pages and times ----------------------------------------------------------------------------- */

static void
all_accounts_are_proved_page_by_page(void **state)
{
    int64_t accounts = 0;
    char token[300] = "";
    int64_t all = stored_count("userEconomy", bson_new());
    (void)state;
    for (int pages = 0; pages < 1000; pages++) {
        noema_document *report = NULL;
        const char *next = NULL;
        int64_t count = 0;
        noema_status status =
            noema_ledger_verify(db, NULL, pages == 0 ? NULL : token, NULL, &report, &error);
        assert_true(status == NOEMA_OK || status == NOEMA_CORRUPT);
        assert_true(noema_document_integer(report, "/accounts", &count));
        accounts += count;
        bool more = noema_document_text(report, "/next", &next);
        (void)snprintf(token, sizeof token, "%s", more ? next : "");
        noema_document_free(report);
        if (!more) {
            break;
        }
    }
    assert_int_equal(accounts, all);
}

static void
the_balance_of_a_time_is_what_the_ledger_says(void **state)
{
    noema_balance balance;
    (void)state;
    (void)started(account, NOEMA_USD);
    assert_status(noema_ledger_balance_at(db, &account, entries[5].time + 1, &balance, &error),
                  NOEMA_OK);
    assert_int_equal(balance.balance, 35 * NOEMA_USD);
    assert_int_equal(balance.seq, 6);
    assert_int_equal(balance.held, 0);
    assert_status(noema_ledger_balance_at(db, &account, entries[0].time - 1, &balance, &error),
                  NOEMA_OK);
    assert_int_equal(balance.balance, 0);
    assert_int_equal(balance.seq, 0);
}

static void
nobody_has_a_proof(void **state)
{
    noema_id nobody = {"0123456789abcdef01234567"};
    noema_document *document = NULL;
    noema_balance balance;
    (void)state;
    assert_refused(noema_ledger_checkpoint(db, &nobody, &document, &error), NOEMA_NOT_FOUND,
                   "account");
    assert_null(document);
    assert_refused(noema_ledger_verify(db, &nobody, NULL, NULL, &document, &error), NOEMA_NOT_FOUND,
                   "account");
    assert_refused(noema_ledger_balance_at(db, &nobody, now(), &balance, &error), NOEMA_NOT_FOUND,
                   "account");
    assert_zeros(balance);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_checkpoint_holds_while_entries_follow, begin),
        cmocka_unit_test_setup(a_life_of_everything_is_proved, begin),
        cmocka_unit_test_setup(verify_changes_nothing, begin),
        cmocka_unit_test_setup(a_changed_amount_is_found, begin),
        cmocka_unit_test_setup(a_deleted_entry_is_found, begin),
        cmocka_unit_test_setup(a_balance_that_somebody_else_wrote_is_found_and_not_spent, begin),
        cmocka_unit_test_setup(a_hold_without_a_run_is_found, begin),
        cmocka_unit_test_setup(a_tail_that_was_cut_off_is_found_by_its_checkpoint, begin),
        cmocka_unit_test_setup(checkpoints_that_are_none_are_refused, begin),
        cmocka_unit_test_setup(all_accounts_are_proved_page_by_page, begin),
        cmocka_unit_test_setup(the_balance_of_a_time_is_what_the_ledger_says, begin),
        cmocka_unit_test_setup(nobody_has_a_proof, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
