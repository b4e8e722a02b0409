/* NULL where something must be: INVALID names the parameter, outputs are zeroed, nothing is stored. And
 * NULL where nothing must be: options and error. */
#include "fixture.h"

static noema_id account;
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

static int
begin(void **state)
{
    (void)state;
    account = account_with(NOEMA_USD);
    spoil();
    return 0;
}

#define NAMED(call, field) assert_refused((call), NOEMA_INVALID, (field))
/* And the output is zeroed. */
#define NAMED_OUT(output, call, field)                                                             \
    do {                                                                                           \
        assert_refused((call), NOEMA_INVALID, (field));                                            \
        assert_zeros(output);                                                                      \
        spoil();                                                                                   \
    } while (0)
/* And the receipt says why. */
#define NAMED_RECEIPT(call, field)                                                                 \
    do {                                                                                           \
        assert_refused((call), NOEMA_INVALID, (field));                                            \
        assert_int_equal(out.receipt.status, NOEMA_INVALID);                                       \
        out.receipt.status = NOEMA_OK;                                                             \
        assert_zeros(out.receipt);                                                                 \
        spoil();                                                                                   \
    } while (0)

static void
of_accounts(void **state)
{
    uint64_t before = stored_everything();
    (void)state;
    NAMED_OUT(out.account, noema_account_ensure(db, NULL, &out.account, &error), "handle");
    NAMED(noema_account_ensure(db, "telegram:none", NULL, &error), "account");
    NAMED_OUT(out.account, noema_account_find(db, NULL, &out.account, &error), "handle");
    NAMED(noema_account_find(db, "telegram:none", NULL, &error), "account");
    NAMED_OUT(out.document, noema_account_read(db, NULL, &out.document, &error), "account");
    NAMED(noema_account_read(db, &account, NULL, &error), "user");
    NAMED(noema_account_link(db, NULL, "telegram:none", &error), "account");
    NAMED(noema_account_link(db, &account, NULL, &error), "handle");
    NAMED(noema_account_unlink(db, NULL, "telegram:none", &error), "account");
    NAMED(noema_account_unlink(db, &account, NULL, &error), "handle");
    NAMED(noema_account_touch(db, NULL, "telegram", &error), "account");
    NAMED(noema_account_touch(db, &account, NULL, &error), "platform");
    assert_true(before == stored_everything());
}

static void
of_credit(void **state)
{
    uint64_t before = stored_everything();
    (void)state;
    NAMED_OUT(out.balance, noema_economy_balance(db, NULL, &out.balance, &error), "account");
    NAMED(noema_economy_balance(db, &account, NULL, &error), "balance");
    NAMED_RECEIPT(noema_economy_credit(db, NULL, 1, "k", NULL, &out.receipt, &error), "account");
    NAMED_RECEIPT(noema_economy_credit(db, &account, 1, NULL, NULL, &out.receipt, &error),
                  "payment");
    NAMED(noema_economy_credit(db, &account, 1, "k", NULL, NULL, &error), "receipt");
    NAMED_RECEIPT(noema_economy_bonus(db, NULL, 1, "k", NULL, &out.receipt, &error), "account");
    NAMED_RECEIPT(noema_economy_bonus(db, &account, 1, NULL, NULL, &out.receipt, &error), "key");
    NAMED(noema_economy_bonus(db, &account, 1, "k", NULL, NULL, &error), "receipt");
    NAMED_RECEIPT(noema_economy_debit(db, NULL, 1, "k", NULL, &out.receipt, &error), "account");
    NAMED_RECEIPT(noema_economy_debit(db, &account, 1, NULL, NULL, &out.receipt, &error), "key");
    NAMED(noema_economy_debit(db, &account, 1, "k", NULL, NULL, &error), "receipt");
    NAMED_RECEIPT(noema_economy_find(db, &account, NULL, &out.receipt, &error), "key");
    NAMED(noema_economy_find(db, &account, "k", NULL, &error), "receipt");
    NAMED_RECEIPT(noema_economy_void(db, &account, NULL, &out.receipt, &error), "key");
    NAMED(noema_economy_void(db, &account, "k", NULL, &error), "receipt");
    assert_true(before == stored_everything());
}

static void
of_apply(void **state)
{
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, CENT);
    uint64_t before = stored_everything();
    (void)state;
    assert_refused(noema_economy_apply(db, NULL, 1, &out.receipt, sizeof out.receipt, &error),
                   NOEMA_INVALID, "commands");
    NAMED(noema_economy_apply(db, &command, 1, NULL, sizeof out.receipt, &error), "receipts");
    command.key = NULL;
    NAMED_RECEIPT(noema_economy_apply(db, &command, 1, &out.receipt, sizeof out.receipt, &error),
                  "commands.0.key");
    command.key = fresh_key();
    command.account = (noema_id){""};
    NAMED_RECEIPT(noema_economy_apply(db, &command, 1, &out.receipt, sizeof out.receipt, &error),
                  "commands.0.account");
    assert_true(before == stored_everything());
}

static void
of_runs(void **state)
{
    noema_run_request request = request_for(account, CENT);
    uint64_t before = stored_everything();
    (void)state;
    NAMED_OUT(out.run, noema_run_start(db, NULL, &out.run, &error), "request");
    NAMED(noema_run_start(db, &request, NULL, &error), "run");
    request.key = NULL;
    NAMED_OUT(out.run, noema_run_start(db, &request, &out.run, &error), "key");
    request = request_for(account, CENT);
    request.tool = NULL;
    NAMED_OUT(out.run, noema_run_start(db, &request, &out.run, &error), "tool");
    request = request_for((noema_id){""}, CENT);
    NAMED_OUT(out.run, noema_run_start(db, &request, &out.run, &error), "account");
    NAMED(noema_run_attach(db, NULL, "p", &error), "run");
    NAMED(noema_run_request_cancel(db, NULL, "r", &error), "run");
    NAMED_OUT(out.run, noema_run_void(db, NULL, "k", &out.run, &error), "account");
    NAMED_OUT(out.run, noema_run_void(db, &account, NULL, &out.run, &error), "key");
    NAMED(noema_run_void(db, &account, "k", NULL, &error), "summary");
    assert_true(before == stored_everything());
}

static void
of_settle_and_attach(void **state)
{
    noema_run run = started(account, CENT);
    noema_settlement settlement = completion_of(run.id, CENT);
    uint64_t before = stored_everything();
    (void)state;
    NAMED(noema_run_attach(db, &run.id, NULL, &error), "provider_run_id");
    assert_refused(noema_run_settle(db, NULL, &out2.run, &out.receipt, &error), NOEMA_INVALID,
                   "settlement");
    assert_zeros(out2.run);
    assert_int_equal(out.receipt.status, NOEMA_INVALID);
    NAMED(noema_run_settle(db, &settlement, NULL, &out.receipt, &error), "run");
    NAMED(noema_run_settle(db, &settlement, &out.run, NULL, &error), "receipt");
    settlement.run = (noema_id){""};
    NAMED(noema_run_settle(db, &settlement, &out2.run, &out.receipt, &error), "run");
    settlement.service = "s";
    NAMED(noema_run_settle(db, &settlement, &out2.run, &out.receipt, &error), "provider_run_id");
    settlement.service = NULL;
    settlement.provider_run_id = "p";
    NAMED(noema_run_settle(db, &settlement, &out2.run, &out.receipt, &error), "service");
    assert_true(before == stored_everything());
}

static void
of_finding_runs(void **state)
{
    (void)state;
    assert_refused(noema_run_find(db, NULL, &out.run, &out2.document, &error), NOEMA_INVALID,
                   "run");
    assert_zeros(out.run);
    assert_null(out2.document);
    NAMED(noema_run_find(db, &account, NULL, NULL, &error), "summary");
    NAMED_OUT(out.run, noema_run_find_provider(db, NULL, "p", &out.run, NULL, &error), "service");
    NAMED_OUT(out.run, noema_run_find_provider(db, "s", NULL, &out.run, NULL, &error),
              "provider_run_id");
    NAMED(noema_run_find_provider(db, "s", "p", NULL, NULL, &error), "summary");
    NAMED_OUT(out.run, noema_run_find_key(db, NULL, "k", &out.run, NULL, &error), "account");
    NAMED_OUT(out.run, noema_run_find_key(db, &account, NULL, &out.run, NULL, &error), "key");
    NAMED(noema_run_find_key(db, &account, "k", NULL, NULL, &error), "summary");
    NAMED_OUT(out.list, noema_run_list(db, NULL, &out.list, &error), "query");
    const noema_query query = {.size = sizeof query, .account = account};
    NAMED(noema_run_list(db, &query, NULL, &error), "runs");
}

static void
of_the_ledger(void **state)
{
    const noema_query query = {.size = sizeof query, .account = account};
    (void)state;
    NAMED_OUT(out.list, noema_ledger_list(db, NULL, &out.list, &error), "query");
    NAMED(noema_ledger_list(db, &query, NULL, &error), "entries");
    NAMED_OUT(out.balance, noema_ledger_balance_at(db, NULL, now(), &out.balance, &error),
              "account");
    NAMED(noema_ledger_balance_at(db, &account, now(), NULL, &error), "balance");
    NAMED(noema_ledger_verify(db, &account, NULL, NULL, NULL, &error), "report");
    NAMED_OUT(out.document, noema_ledger_checkpoint(db, NULL, &out.document, &error), "account");
    NAMED(noema_ledger_checkpoint(db, &account, NULL, &error), "checkpoint");
}

static void
of_opening(void **state)
{
    noema_db *opened = (noema_db *)&out;
    char *json = noema_metrics(db, NULL);
    (void)state;
    NAMED(noema_open(NULL, NULL, &error), "db");
    noema_options *options = noema_options_new();
    NAMED(noema_options_set(NULL, "database", "x", &error), "options");
    NAMED(noema_options_set(options, NULL, "x", &error), "name");
    NAMED(noema_options_set(options, "database", NULL, &error), "database");
    NAMED(noema_options_set_secret(NULL, "ledger_key", "x", 1, &error), "options");
    NAMED(noema_options_set_secret(options, NULL, "x", 1, &error), "name");
    NAMED(noema_options_set_secret(options, "ledger_key", NULL, 32, &error), "ledger_key");
    noema_options_set_log(NULL, NULL, NULL, NOEMA_LOG_DEBUG);
    noema_options_set_log(options, NULL, NULL, NOEMA_LOG_DEBUG);
    noema_options_free(options);
    noema_options_free(NULL);
    noema_free(json);
    assert_non_null(opened);
}

static void
options_and_error_may_be_null(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_account found;
    uint32_t count;
    const noema_run_request request = request_for(account, CENT);
    (void)state;
    assert_int_equal(noema_ping(db, NULL), NOEMA_OK);
    assert_int_equal(noema_install(db, false, NULL, NULL), NOEMA_OK);
    assert_int_equal(noema_account_ensure(db, fresh_handle(), &found, NULL), NOEMA_OK);
    assert_int_equal(noema_account_find(db, "telegram:none", &found, NULL), NOEMA_NOT_FOUND);
    assert_int_equal(noema_economy_debit(db, &account, CENT, fresh_key(), NULL, &receipt, NULL),
                     NOEMA_OK);
    assert_int_equal(
        noema_economy_debit(db, &account, 9 * NOEMA_USD, fresh_key(), NULL, &receipt, NULL),
        NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(noema_run_start(db, &request, &run, NULL), NOEMA_OK);
    const noema_settlement settlement = completion_of(run.id, CENT);
    assert_int_equal(noema_run_settle(db, &settlement, &run, &receipt, NULL), NOEMA_OK);
    assert_int_equal(noema_run_request_cancel(db, &run.id, NULL, NULL), NOEMA_ILLEGAL_TRANSITION);
    assert_int_equal(noema_run_reap(db, 1, &count, NULL), NOEMA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(of_accounts, begin),
        cmocka_unit_test_setup(of_credit, begin),
        cmocka_unit_test_setup(of_apply, begin),
        cmocka_unit_test_setup(of_runs, begin),
        cmocka_unit_test_setup(of_settle_and_attach, begin),
        cmocka_unit_test_setup(of_finding_runs, begin),
        cmocka_unit_test_setup(of_the_ledger, begin),
        cmocka_unit_test_setup(of_opening, begin),
        cmocka_unit_test_setup(options_and_error_may_be_null, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
