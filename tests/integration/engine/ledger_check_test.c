/* The check that the other tests rely on sees what a hand in a shell does to a ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/bank.h"
#include "support/mix.h"

enum { COMMANDS = 150, ACCOUNTS = 3 };

/* A ledger with all kinds of things in it. */
static int
keep_books(void **state)
{
    if (bank_setup(state) != 0) {
        return -1;
    }
    static mix_told told[COMMANDS];
    bank *at = *state;
    const noema_id accounts[ACCOUNTS] = {bank_account(at, 20 * NOEMA_USD),
                                         bank_account(at, 20 * NOEMA_USD),
                                         bank_account(at, 20 * NOEMA_USD)};
    mix writer = {.db = at->db,
                  .accounts = accounts,
                  .account_count = ACCOUNTS,
                  .seed = 7,
                  .prefix = "books",
                  .commands = COMMANDS,
                  .asks = 1,
                  .told = told};
    (void)mix_run(&writer);
    return mix_contradictions(&writer, at->client, at->database) == 0 ? 0 : -1;
}

static bson_t *
some_document(bank *at, const char *collection, const bson_t *filter)
{
    const bson_t *document;
    bson_t *options = BCON_NEW("sort", "{", "seq", BCON_INT32(-1), "_id", BCON_INT32(1), "}",
                               "limit", BCON_INT64(1));
    mongoc_collection_t *in = mongoc_client_get_collection(at->client, at->database, collection);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(in, filter, options, NULL);
    assert_true(mongoc_cursor_next(cursor, &document));
    bson_t *copy = bson_copy(document);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(in);
    bson_destroy(options);
    return copy;
}

static bson_t *
id_filter(const bson_t *document)
{
    bson_iter_t at;
    assert_true(bson_iter_init_find(&at, document, "_id"));
    return BCON_NEW("_id", BCON_OID(bson_iter_oid(&at)));
}

static void
put(bank *at, const char *collection, const bson_t *document)
{
    bson_t *filter = id_filter(document);
    bank_run(at, BCON_NEW("update", BCON_UTF8(collection), "updates", "[", "{", "q",
                          BCON_DOCUMENT(filter), "u", BCON_DOCUMENT(document), "upsert",
                          BCON_BOOL(true), "}", "]", "bypassDocumentValidation", BCON_BOOL(true)));
    bson_destroy(filter);
}

static void
take_away(bank *at, const char *collection, const bson_t *document)
{
    bson_t *filter = id_filter(document);
    bank_run(at, BCON_NEW("delete", BCON_UTF8(collection), "deletes", "[", "{", "q",
                          BCON_DOCUMENT(filter), "limit", BCON_INT32(1), "}", "]"));
    bson_destroy(filter);
}

static void
must_be_seen(bank *at, const char *what)
{
    ledger_report report;
    ledger_check(at->client, at->database, &report);
    if (report.problems == 0) {
        fail_msg("not seen: %s", what);
    }
}

/* Edits a document that matches, looks, and puts it back. */
static void
edit(bank *at, const char *collection, bson_t *filter, bson_t *update, const char *what)
{
    bson_t *before = some_document(at, collection, filter);
    bank_edit(at, collection, id_filter(before), update);
    must_be_seen(at, what);
    put(at, collection, before);
    bson_destroy(before);
    bson_destroy(filter);
    bank_check(at);
}

static bson_t *
money(const char *member, const char *value)
{
    bson_decimal128_t decimal;
    assert_true(bson_decimal128_from_string(value, &decimal));
    return BCON_NEW("$inc", "{", member, BCON_DECIMAL128(&decimal), "}");
}

static bson_t *
type_is(const char *type)
{
    return BCON_NEW("type", BCON_UTF8(type));
}

static bson_t *
has(const char *member)
{
    return BCON_NEW(member, "{", "$exists", BCON_BOOL(true), "}");
}

static void
a_sound_ledger_has_no_problems(void **state)
{
    ledger_report report;
    bank *at = *state;
    ledger_check(at->client, at->database, &report);
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.accounts, ACCOUNTS);
    assert_true(report.entries > COMMANDS / 2);
    assert_true(report.runs > 0);
}

static void
an_edited_account_is_seen(void **state)
{
    bank *at = *state;
    edit(at, "userEconomy", bson_new(), money("usdCredit", "1E-9"), "credit raised");
    edit(at, "userEconomy", bson_new(), money("heldUsd", "0.5"), "held raised");
    edit(at, "userEconomy", bson_new(), BCON_NEW("$inc", "{", "seq", BCON_INT64(1), "}"),
         "seq raised");
    edit(at, "userEconomy", bson_new(), money("usdCredit", "-1000"), "below zero");
}

static void
an_edited_entry_is_seen(void **state)
{
    bank *at = *state;
    edit(at, "transactions", type_is("debit"), money("amountUsd", "1E-9"), "amount of a debit");
    edit(at, "transactions", type_is("credit"), money("balanceAfterUsd", "1"), "balance after");
    edit(at, "transactions", type_is("bonus"), money("balanceBeforeUsd", "1"), "balance before");
    edit(at, "transactions", type_is("charge"), BCON_NEW("$inc", "{", "seq", BCON_INT64(1), "}"),
         "seq of an entry");
    edit(at, "transactions", type_is("debit"),
         BCON_NEW("$set", "{", "timestamp", BCON_DATE_TIME(1), "}"), "time of an entry");
    edit(at, "transactions", type_is("refund"),
         BCON_NEW("$unset", "{", "refundOf", BCON_INT32(1), "executionId", BCON_INT32(1), "}",
                  "$set", "{", "idempotencyKey", BCON_UTF8("bank:1"), "type", BCON_UTF8("credit"),
                  "}"),
         "a payment's key again");
}

static void
a_deleted_entry_is_seen(void **state)
{
    static const char *const types[] = {"credit", "debit", "refund", "charge", "exp", "void"};
    bank *at = *state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        bson_t *filter = type_is(types[i]);
        bson_t *before = some_document(at, "transactions", filter);
        take_away(at, "transactions", before);
        must_be_seen(at, types[i]);
        put(at, "transactions", before);
        bank_check(at);
        bson_destroy(before);
        bson_destroy(filter);
    }
}

static void
an_entry_that_is_there_twice_is_seen(void **state)
{
    bank *at = *state;
    bson_oid_t id;
    bson_t copy = BSON_INITIALIZER;
    bson_t *filter = type_is("debit");
    bson_t *before = some_document(at, "transactions", filter);
    bson_oid_init(&id, NULL);
    BSON_APPEND_OID(&copy, "_id", &id);
    bson_copy_to_excluding_noinit(before, &copy, "_id", NULL);
    put(at, "transactions", &copy);
    must_be_seen(at, "the same entry under another id");
    take_away(at, "transactions", &copy);
    bson_destroy(&copy);
    bson_destroy(before);
    bson_destroy(filter);
    bank_check(at);
}

static void
an_edited_run_is_seen(void **state)
{
    bank *at = *state;
    edit(at, "workflowExecutions", has("dueAt"), money("holdOpenUsd", "0.1"), "open hold");
    edit(at, "workflowExecutions", has("settled.entryId"), money("chargedUsd", "0.1"), "charge");
    edit(at, "workflowExecutions", has("settled.entryId"), money("refundedUsd", "0.1"), "refund");
    edit(at, "workflowExecutions", has("settled.entryId"),
         BCON_NEW("$unset", "{", "settled", BCON_INT32(1), "}"), "a charge's entry");
    edit(at, "workflowExecutions", has("dueAt"),
         BCON_NEW("$set", "{", "status", BCON_UTF8("failed"), "}"), "ended by hand");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_ledger_has_no_problems),
        cmocka_unit_test(an_edited_account_is_seen),
        cmocka_unit_test(an_edited_entry_is_seen),
        cmocka_unit_test(a_deleted_entry_is_seen),
        cmocka_unit_test(an_entry_that_is_there_twice_is_seen),
        cmocka_unit_test(an_edited_run_is_seen),
    };
    return cmocka_run_group_tests(tests, keep_books, bank_teardown);
}
