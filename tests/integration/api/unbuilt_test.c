/* Kinds and members that are declared and not built in this version: UNSUPPORTED, and nothing changes. */
#include "fixture.h"

static noema_id account;
static noema_id other;
static uint64_t before;

static int
begin(void **state)
{
    (void)state;
    account = account_with(5 * NOEMA_USD);
    other = account_with(NOEMA_USD);
    return 0;
}

static void
assert_kind_is_unbuilt(const noema_command *command)
{
    noema_receipt receipt;
    assert_refused(apply(command, &receipt), NOEMA_UNSUPPORTED, "commands.0.kind");
    assert_true(error.reason[0] != '\0');
    assert_int_equal(receipt.status, NOEMA_UNSUPPORTED);
    assert_true(before == stored_everything());
}

static void
kinds_of_later_versions_change_nothing(void **state)
{
    noema_command command = command_for(NOEMA_COMMAND_REVERSE, account, CENT);
    (void)state;
    command.entry = credited(account, NOEMA_USD).entry;
    command.reverse_mode = NOEMA_REVERSE_CLAMP;
    before = stored_everything();
    assert_kind_is_unbuilt(&command);
    command = command_for(NOEMA_COMMAND_TRANSFER, account, CENT);
    command.other = other;
    assert_kind_is_unbuilt(&command);
    command = command_for(NOEMA_COMMAND_ADJUST, account, -CENT);
    command.reason = "counted again";
    command.actor = "ann";
    assert_kind_is_unbuilt(&command);
    command.check_balance = 1;
    command.expected_balance = 6 * NOEMA_USD;
    assert_kind_is_unbuilt(&command);
    command = command_for(NOEMA_COMMAND_RECONCILE, account, 0);
    command.reason = "old service wrote";
    command.actor = "ann";
    assert_kind_is_unbuilt(&command);
    command = command_for(NOEMA_COMMAND_SET_OVERDRAFT_LIMIT, account, NOEMA_USD);
    assert_kind_is_unbuilt(&command);
    assert_int_equal(balance_of(account).overdraft_limit, 0);
}

/* Its key is free: nothing of it was kept. */
static void
the_key_of_an_unbuilt_kind_is_not_used_up(void **state)
{
    noema_receipt receipt;
    noema_command command = command_for(NOEMA_COMMAND_TRANSFER, account, CENT);
    (void)state;
    command.other = other;
    assert_status(apply(&command, &receipt), NOEMA_UNSUPPORTED);
    command.kind = NOEMA_COMMAND_DEBIT;
    command.other = (noema_id){""};
    assert_int_equal(applied(&command).flags, 0);
}

/* Each is done or refused for itself. */
static void
an_unbuilt_kind_does_not_stop_the_others(void **state)
{
    noema_receipt receipts[3];
    noema_command commands[3] = {command_for(NOEMA_COMMAND_DEBIT, account, CENT),
                                 command_for(NOEMA_COMMAND_TRANSFER, account, CENT),
                                 command_for(NOEMA_COMMAND_DEBIT, account, CENT)};
    (void)state;
    commands[1].other = other;
    assert_refused(noema_economy_apply(db, commands, 3, receipts, sizeof receipts[0], &error),
                   NOEMA_UNSUPPORTED, "commands.1.kind");
    assert_int_equal(receipts[1].status, NOEMA_UNSUPPORTED);
    assert_int_equal(receipts[0].status, receipts[2].status);
    int done = receipts[0].status == NOEMA_OK ? 2 : 0;
    assert_balance(account, 5 * NOEMA_USD - done * CENT, 0);
}

static void
budgets_of_api_keys_are_not_built(void **state)
{
    noema_receipt receipt;
    const noema_command options = {.size = sizeof options, .api_key_id = "abcdefghijkl"};
    (void)state;
    before = stored_everything();
    assert_refused(noema_economy_debit(db, &account, CENT, fresh_key(), &options, &receipt, &error),
                   NOEMA_UNSUPPORTED, "api_key_id");
    assert_int_equal(receipt.status, NOEMA_UNSUPPORTED);
    assert_true(before == stored_everything());
}

static void
assert_start_is_unbuilt(const noema_run_request *request, const char *field)
{
    noema_run run;
    assert_refused(noema_run_start(db, request, &run, &error), NOEMA_UNSUPPORTED, field);
    assert_zeros(run);
    assert_true(before == stored_everything());
}

static void
leases_steps_and_delivery_of_runs_are_not_built(void **state)
{
    const noema_run_request plain = request_for(account, CENT);
    noema_run parent = started(account, CENT);
    (void)state;
    before = stored_everything();
    noema_run_request request = plain;
    request.lease_ms = 1000;
    assert_start_is_unbuilt(&request, "lease_ms");
    request = plain;
    request.start_within_ms = 1000;
    assert_start_is_unbuilt(&request, "start_within_ms");
    request = plain;
    request.notify = "telegram";
    assert_start_is_unbuilt(&request, "notify");
    request = plain;
    request.notify_json = "{\"chatId\":1}";
    assert_start_is_unbuilt(&request, "notify_json");
    request = plain;
    request.parent = parent.id;
    assert_start_is_unbuilt(&request, "parent");
    request = plain;
    request.step_key = "1";
    assert_start_is_unbuilt(&request, "step_key");
    noema_run run;
    assert_status(noema_run_start(db, &plain, &run, &error), NOEMA_OK);
    assert_int_equal(run.delivery, NOEMA_DELIVERY_NONE);
}

static void
reserved_members_stay_zero(void **state)
{
    noema_run run;
    noema_run_request request = request_for(account, CENT);
    (void)state;
    request.reserved = 1;
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INVALID, "reserved");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(kinds_of_later_versions_change_nothing, begin),
        cmocka_unit_test_setup(the_key_of_an_unbuilt_kind_is_not_used_up, begin),
        cmocka_unit_test_setup(an_unbuilt_kind_does_not_stop_the_others, begin),
        cmocka_unit_test_setup(budgets_of_api_keys_are_not_built, begin),
        cmocka_unit_test_setup(leases_steps_and_delivery_of_runs_are_not_built, begin),
        cmocka_unit_test_setup(reserved_members_stay_zero, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
