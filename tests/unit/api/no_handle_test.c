/* A NULL handle: every function says INVALID, names "db", zeroes its outputs and does not crash, also
 * when nothing else is given either. */
#include <noemadb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static noema_error error;
static const noema_id someone = {"6530aa11bb22cc33dd44ee55"};
/* Outputs begin as rubbish. */
static union outputs {
    noema_account account;
    noema_balance balance;
    noema_receipt receipt;
    noema_run run;
    noema_document *document;
    noema_list *list;
    uint32_t count;
    unsigned char bytes[1024];
} out, out2;

static void
spoil(void)
{
    memset(&out, 0x5a, sizeof out);
    memset(&out2, 0x5a, sizeof out2);
    memset(&error, 0x5a, sizeof error);
}

static void
assert_no_db(noema_status status, size_t zeroed, size_t zeroed2)
{
    assert_int_equal(status, NOEMA_INVALID);
    assert_int_equal(error.status, NOEMA_INVALID);
    assert_string_equal(error.field, "db");
    assert_true(strlen(error.message) < sizeof error.message && error.message[0] != '\0');
    for (size_t i = 0; i < zeroed; i++) {
        assert_int_equal(out.bytes[i], 0);
    }
    for (size_t i = 0; i < zeroed2; i++) {
        assert_int_equal(out2.bytes[i], 0);
    }
    spoil();
}

#define REFUSED(output, call) assert_no_db((call), sizeof(output), 0)

/* A refused receipt has its status; the rest is zero. */
static void
assert_no_db_receipt(noema_status status)
{
    assert_int_equal(out.receipt.status, NOEMA_INVALID);
    out.receipt.status = NOEMA_OK;
    assert_no_db(status, sizeof out.receipt, 0);
}

static int
begin(void **state)
{
    (void)state;
    spoil();
    return 0;
}

static void
accounts_need_a_handle(void **state)
{
    (void)state;
    REFUSED(out.account, noema_account_ensure(NULL, "telegram:1", &out.account, &error));
    REFUSED(out.account, noema_account_find(NULL, "telegram:1", &out.account, &error));
    REFUSED(out.document, noema_account_read(NULL, &someone, &out.document, &error));
    assert_no_db(noema_account_link(NULL, &someone, "telegram:1", &error), 0, 0);
    assert_no_db(noema_account_unlink(NULL, &someone, "telegram:1", &error), 0, 0);
    assert_no_db(noema_account_touch(NULL, &someone, "telegram", &error), 0, 0);
}

static void
money_needs_a_handle(void **state)
{
    const noema_command command = {
        .size = sizeof command, .kind = 3, .account = someone, .amount = 1, .key = "k"};
    (void)state;
    REFUSED(out.balance, noema_economy_balance(NULL, &someone, &out.balance, &error));
    assert_no_db_receipt(noema_economy_credit(NULL, &someone, 1, "k", NULL, &out.receipt, &error));
    assert_no_db_receipt(noema_economy_bonus(NULL, &someone, 1, "k", NULL, &out.receipt, &error));
    assert_no_db_receipt(noema_economy_debit(NULL, &someone, 1, "k", NULL, &out.receipt, &error));
    assert_no_db_receipt(
        noema_economy_apply(NULL, &command, 1, &out.receipt, sizeof out.receipt, &error));
    assert_no_db_receipt(noema_economy_find(NULL, &someone, "k", &out.receipt, &error));
    assert_no_db_receipt(noema_economy_void(NULL, &someone, "k", &out.receipt, &error));
}

static void
runs_need_a_handle(void **state)
{
    const noema_run_request request = {
        .size = sizeof request, .account = someone, .key = "k", .tool = "t"};
    const noema_settlement settlement = {
        .size = sizeof settlement, .run = someone, .state = NOEMA_RUN_FAILED};
    const noema_query query = {.size = sizeof query, .account = someone};
    (void)state;
    REFUSED(out.run, noema_run_start(NULL, &request, &out.run, &error));
    assert_no_db(noema_run_attach(NULL, &someone, "p", &error), 0, 0);
    assert_no_db(noema_run_request_cancel(NULL, &someone, "r", &error), 0, 0);
    noema_status status = noema_run_settle(NULL, &settlement, &out2.run, &out.receipt, &error);
    assert_int_equal(out.receipt.status, NOEMA_INVALID);
    out.receipt.status = NOEMA_OK;
    assert_no_db(status, sizeof out.receipt, sizeof out2.run);
    assert_no_db(noema_run_find(NULL, &someone, &out.run, &out2.document, &error), sizeof out.run,
                 sizeof out2.document);
    assert_no_db(noema_run_find_provider(NULL, "s", "p", &out.run, &out2.document, &error),
                 sizeof out.run, sizeof out2.document);
    assert_no_db(noema_run_find_key(NULL, &someone, "k", &out.run, &out2.document, &error),
                 sizeof out.run, sizeof out2.document);
    REFUSED(out.run, noema_run_void(NULL, &someone, "k", &out.run, &error));
    REFUSED(out.list, noema_run_list(NULL, &query, &out.list, &error));
    REFUSED(out.count, noema_run_reap(NULL, 1, &out.count, &error));
}

static void
the_ledger_needs_a_handle(void **state)
{
    const noema_query query = {.size = sizeof query, .account = someone};
    (void)state;
    REFUSED(out.list, noema_ledger_list(NULL, &query, &out.list, &error));
    REFUSED(out.balance, noema_ledger_balance_at(NULL, &someone, 1, &out.balance, &error));
    REFUSED(out.document, noema_ledger_verify(NULL, NULL, NULL, NULL, &out.document, &error));
    REFUSED(out.document, noema_ledger_checkpoint(NULL, &someone, &out.document, &error));
}

static void
the_database_needs_a_handle(void **state)
{
    char *json = NULL;
    (void)state;
    assert_no_db(noema_ping(NULL, &error), 0, 0);
    REFUSED(out.document, noema_install(NULL, true, &out.document, &error));
    assert_int_equal(noema_call(NULL, "base.ping", "{}", &json), NOEMA_INVALID);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"INVALID\""));
    assert_non_null(strstr(json, "\"db\""));
    noema_free(json);
    assert_null(noema_metrics(NULL, "json"));
    noema_stop(NULL);
    noema_close(NULL);
}

static void
nothing_at_all_is_refused_without_a_crash(void **state)
{
    (void)state;
    assert_int_equal(noema_open(NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_ping(NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_install(NULL, false, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_account_ensure(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_account_find(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_account_read(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_account_link(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_account_unlink(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_account_touch(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_balance(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_credit(NULL, NULL, 0, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_bonus(NULL, NULL, 0, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_debit(NULL, NULL, 0, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_apply(NULL, NULL, 0, NULL, 0, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_apply(NULL, NULL, 9, NULL, 9, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_find(NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_economy_void(NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_call(NULL, NULL, NULL, NULL), NOEMA_INVALID);
}

static void
no_run_and_no_ledger_is_refused_without_a_crash(void **state)
{
    (void)state;
    assert_int_equal(noema_run_start(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_attach(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_request_cancel(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_settle(NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_find(NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_find_provider(NULL, NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_find_key(NULL, NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_void(NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_list(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_run_reap(NULL, 0, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_ledger_list(NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_ledger_balance_at(NULL, NULL, 0, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_ledger_verify(NULL, NULL, NULL, NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_ledger_checkpoint(NULL, NULL, NULL, NULL), NOEMA_INVALID);
}

static void
documents_and_lists_that_are_not_there_are_empty(void **state)
{
    const char *text = "x";
    int64_t number = 7;
    bool flag = true;
    (void)state;
    (void)noema_document_json(NULL);
    assert_false(noema_document_text(NULL, "/a", &text));
    assert_false(noema_document_integer(NULL, "/a", &number));
    assert_false(noema_document_money(NULL, "/a", &number));
    assert_false(noema_document_time(NULL, "/a", &number));
    assert_false(noema_document_bool(NULL, "/a", &flag));
    assert_false(noema_document_text(NULL, NULL, NULL));
    noema_document_free(NULL);
    assert_int_equal(noema_list_count(NULL), 0);
    assert_null(noema_list_at(NULL, 0));
    assert_null(noema_list_next(NULL));
    (void)noema_list_json(NULL);
    noema_list_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(accounts_need_a_handle, begin),
        cmocka_unit_test_setup(money_needs_a_handle, begin),
        cmocka_unit_test_setup(runs_need_a_handle, begin),
        cmocka_unit_test_setup(the_ledger_needs_a_handle, begin),
        cmocka_unit_test_setup(the_database_needs_a_handle, begin),
        cmocka_unit_test_setup(nothing_at_all_is_refused_without_a_crash, begin),
        cmocka_unit_test_setup(no_run_and_no_ledger_is_refused_without_a_crash, begin),
        cmocka_unit_test_setup(documents_and_lists_that_are_not_there_are_empty, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
