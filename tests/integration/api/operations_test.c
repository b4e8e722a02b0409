/* base.*, account.* and ledger.*: each operation by name and typed gives the same; and what the library
 * says of its operations is the table that it dispatches by. */
#include "calls.h"

#include "api/operations.h"

static noema_id account;
static const char *handle;
static noema_id nobody = {"0123456789abcdef01234567"};

static int
begin(void **state)
{
    noema_account made;
    (void)state;
    handle = fresh_handle();
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    account = made.id;
    return 0;
}

static json_t *
of_account(void)
{
    return json_pack("{s:s}", "account", account.text);
}

/* ---- base ------------------------------------------------------------------------------------ */

static void
compare_ping(void)
{
    assert_status(noema_ping(db, &error), NOEMA_OK);
    assert_same(called("base.ping", json_object(), NOEMA_OK), json_object());
}

static void
compare_install(void)
{
    noema_document *report;
    assert_status(noema_install(db, true, &report, &error), NOEMA_OK);
    assert_same(called("base.install", json_pack("{s:b}", "check_only", 1), NOEMA_OK),
                json_of(noema_document_json(report)));
    noema_document_free(report);
    assert_status(noema_install(db, false, &report, &error), NOEMA_OK);
    assert_same(called("base.install", json_object(), NOEMA_OK),
                json_of(noema_document_json(report)));
    noema_document_free(report);
}

/* ---- account ---------------------------------------------------------------------------------- */

static void
compare_ensure(void)
{
    noema_account found;
    const char *fresh = fresh_handle();
    json_t *made = called("account.ensure", json_pack("{s:s}", "handle", fresh), NOEMA_OK);
    assert_true(json_is_true(json_object_get(made, "created")));
    assert_status(noema_account_ensure(db, fresh, &found, &error), NOEMA_OK);
    (void)json_object_set_new(made, "created", json_false());
    assert_same(account_json(&found), made);
    assert_same(called("account.ensure", json_pack("{s:s}", "handle", fresh), NOEMA_OK),
                account_json(&found));
    assert_status(noema_account_ensure(db, "x y:1", &found, &error), NOEMA_INVALID);
    assert_same_error("account.ensure", json_pack("{s:s}", "handle", "x y:1"), NOEMA_INVALID);
}

static void
compare_find(void)
{
    noema_account found;
    assert_status(noema_account_find(db, handle, &found, &error), NOEMA_OK);
    assert_same(called("account.find", json_pack("{s:s}", "handle", handle), NOEMA_OK),
                account_json(&found));
    assert_status(noema_account_find(db, account.text, &found, &error), NOEMA_OK);
    assert_same(called("account.find", json_pack("{s:s}", "handle", account.text), NOEMA_OK),
                account_json(&found));
    assert_status(noema_account_find(db, "telegram:nobody", &found, &error), NOEMA_NOT_FOUND);
    assert_same_error("account.find", json_pack("{s:s}", "handle", "telegram:nobody"),
                      NOEMA_NOT_FOUND);
}

static void
compare_read(void)
{
    noema_document *user;
    assert_status(noema_account_read(db, &account, &user, &error), NOEMA_OK);
    assert_same(called("account.read", of_account(), NOEMA_OK), json_of(noema_document_json(user)));
    noema_document_free(user);
    assert_status(noema_account_read(db, &nobody, &user, &error), NOEMA_NOT_FOUND);
    assert_same_error("account.read", json_pack("{s:s}", "account", nobody.text), NOEMA_NOT_FOUND);
}

static json_t *
with_handle(const char *other)
{
    return json_pack("{s:s,s:s}", "account", account.text, "handle", other);
}

static void
compare_link(void)
{
    noema_account found;
    noema_id rival = fresh_account();
    const char *other = fresh_handle();
    assert_same(called("account.link", with_handle(other), NOEMA_OK), json_object());
    assert_status(noema_account_link(db, &account, other, &error), NOEMA_OK);
    assert_status(noema_account_find(db, other, &found, &error), NOEMA_OK);
    assert_string_equal(found.id.text, account.text);
    assert_status(noema_account_link(db, &rival, other, &error), NOEMA_TAKEN);
    assert_same_error("account.link",
                      json_pack("{s:s,s:s}", "account", rival.text, "handle", other), NOEMA_TAKEN);
}

static void
compare_unlink(void)
{
    noema_account found;
    const char *other = fresh_handle();
    assert_status(noema_account_link(db, &account, other, &error), NOEMA_OK);
    assert_same(called("account.unlink", with_handle(other), NOEMA_OK), json_object());
    assert_status(noema_account_find(db, other, &found, &error), NOEMA_NOT_FOUND);
    assert_status(noema_account_unlink(db, &account, other, &error), NOEMA_NOT_FOUND);
    assert_same_error("account.unlink", with_handle(other), NOEMA_NOT_FOUND);
}

/* Another handle has seen it long ago: this one does not remember that it wrote a moment ago. */
static void
compare_touch(void)
{
    noema_document *user;
    noema_account made;
    const char *seen = "";
    noema_db *other = open_another();
    assert_status(noema_account_ensure(other, fresh_handle(), &made, &error), NOEMA_OK);
    noema_close(other);
    account = made.id;
    json_t *arguments = json_pack("{s:s,s:s}", "account", account.text, "platform", "discord");
    change_stored("userCore", by_id(account),
                  BCON_NEW("$set", "{", "lastTouch", BCON_DATE_TIME(now() - 120000), "}"));
    assert_same(called("account.touch", arguments, NOEMA_OK), json_object());
    assert_status(noema_account_touch(db, &account, "discord", &error), NOEMA_OK);
    assert_status(noema_account_read(db, &account, &user, &error), NOEMA_OK);
    assert_true(noema_document_text(user, "/lastSeenPlatform", &seen));
    assert_string_equal(seen, "discord");
    noema_document_free(user);
    assert_status(noema_account_touch(db, &nobody, "discord", &error), NOEMA_NOT_FOUND);
    assert_same_error("account.touch",
                      json_pack("{s:s,s:s}", "account", nobody.text, "platform", "discord"),
                      NOEMA_NOT_FOUND);
}

/* ---- ledger ----------------------------------------------------------------------------------- */

static void
compare_ledger_list(void)
{
    noema_list *list;
    noema_query query = {.size = sizeof query, .account = account, .limit = 2, .types = "credit"};
    for (int i = 0; i < 3; i++) {
        (void)credited(account, CENT);
    }
    assert_status(noema_ledger_list(db, &query, &list, &error), NOEMA_OK);
    json_t *arguments =
        json_pack("{s:s,s:i,s:s}", "account", account.text, "limit", 2, "types", "credit");
    assert_same(called("ledger.list", json_incref(arguments), NOEMA_OK),
                json_of(noema_list_json(list)));
    const char *next = noema_list_next(list);
    assert_non_null(next);
    (void)json_object_set_new(arguments, "page", json_string(next));
    json_t *second = called("ledger.list", arguments, NOEMA_OK);
    assert_int_equal(json_array_size(json_object_get(second, "items")), 1);
    json_decref(second);
    noema_list_free(list);
}

static void
compare_balance_at(void)
{
    noema_balance balance;
    noema_time when = credited(account, CENT).time;
    assert_status(noema_ledger_balance_at(db, &account, when + 1000, &balance, &error), NOEMA_OK);
    const char *text = "2100-01-01T00:00:00.000Z";
    json_t *arguments = json_pack("{s:s,s:s}", "account", account.text, "when", text);
    assert_same(called("ledger.balance_at", arguments, NOEMA_OK), balance_json(&balance));
    assert_status(noema_ledger_balance_at(db, &nobody, when, &balance, &error), NOEMA_NOT_FOUND);
    assert_same_error("ledger.balance_at",
                      json_pack("{s:s,s:s}", "account", nobody.text, "when", text),
                      NOEMA_NOT_FOUND);
}

/* The time of the proof differs. */
static json_t *
without_time(json_t *report)
{
    assert_int_equal(json_object_del(report, "asOf"), 0);
    return report;
}

static void
compare_verify(void)
{
    noema_document *report;
    noema_document *checkpoint;
    (void)credited(account, CENT);
    assert_status(noema_ledger_checkpoint(db, &account, &checkpoint, &error), NOEMA_OK);
    json_t *checkpoints = json_array();
    (void)json_array_append_new(checkpoints, json_of(noema_document_json(checkpoint)));
    char *text = json_dumps(checkpoints, 0);
    assert_status(noema_ledger_verify(db, &account, NULL, text, &report, &error), NOEMA_OK);
    assert_same(
        without_time(called(
            "ledger.verify",
            json_pack("{s:s,s:o}", "account", account.text, "checkpoints", checkpoints), NOEMA_OK)),
        without_time(json_of(noema_document_json(report))));
    noema_document_free(report);
    noema_document_free(checkpoint);
    free(text);
}

static void
compare_checkpoint(void)
{
    noema_document *checkpoint;
    (void)credited(account, CENT);
    assert_status(noema_ledger_checkpoint(db, &account, &checkpoint, &error), NOEMA_OK);
    assert_same(called("ledger.checkpoint", of_account(), NOEMA_OK),
                json_of(noema_document_json(checkpoint)));
    noema_document_free(checkpoint);
}

static const operation_case base_cases[] = {
    {"base.ping",    compare_ping   },
    {"base.install", compare_install}
};
static const operation_case account_cases[] = {
    {"account.ensure", compare_ensure},
    {"account.find",   compare_find  },
    {"account.read",   compare_read  },
    {"account.link",   compare_link  },
    {"account.unlink", compare_unlink},
    {"account.touch",  compare_touch },
};
static const operation_case ledger_cases[] = {
    {"ledger.list",       compare_ledger_list},
    {"ledger.balance_at", compare_balance_at },
    {"ledger.verify",     compare_verify     },
    {"ledger.checkpoint", compare_checkpoint },
};
#define RUN_CASES(prefix, cases) run_cases(prefix, cases, sizeof(cases) / sizeof(cases)[0])

static void
of_the_database_by_name_and_typed_are_the_same(void **state)
{
    (void)state;
    RUN_CASES("base.", base_cases);
}

static void
of_accounts_by_name_and_typed_are_the_same(void **state)
{
    (void)state;
    RUN_CASES("account.", account_cases);
}

static void
of_the_ledger_by_name_and_typed_are_the_same(void **state)
{
    (void)state;
    RUN_CASES("ledger.", ledger_cases);
}

/* economy. and run. have tests of their own beside this one. */
static void
no_operation_is_left_out_of_these_tests(void **state)
{
    static const char *const prefixes[] = {"base.", "account.", "ledger.", "economy.", "run."};
    const nd_operation *operation;
    (void)state;
    for (size_t i = 0; (operation = nd_operation_at(i)) != NULL; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0]; k++) {
            known = known || strncmp(operation->name, prefixes[k], strlen(prefixes[k])) == 0;
        }
        assert_true(known);
        assert_ptr_equal(nd_operation_find(operation->name), operation);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(of_the_database_by_name_and_typed_are_the_same, begin),
        cmocka_unit_test_setup(of_accounts_by_name_and_typed_are_the_same, begin),
        cmocka_unit_test_setup(of_the_ledger_by_name_and_typed_are_the_same, begin),
        cmocka_unit_test(no_operation_is_left_out_of_these_tests),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
