/* Keys: each movement is applied once; asked again it gives the first result, also where a fresh one
 * would be refused; asked otherwise it says what differs. */
#include "fixture.h"

static noema_receipt
replayed(const noema_command *command, const noema_receipt *first)
{
    noema_receipt again = applied(command);
    assert_int_equal(again.flags & NOEMA_REPLAYED, NOEMA_REPLAYED);
    assert_string_equal(again.entry.text, first->entry.text);
    assert_string_equal(again.account.text, first->account.text);
    assert_int_equal(again.seq, first->seq);
    assert_int_equal(again.time, first->time);
    assert_int_equal(again.amount, first->amount);
    assert_int_equal(again.promo, first->promo);
    assert_int_equal(again.shortfall, first->shortfall);
    assert_int_equal(again.balance, first->balance);
    assert_int_equal(again.exp, first->exp);
    return again;
}

static void
assert_reused(const noema_command *command, const char *field)
{
    noema_receipt receipt;
    char path[80];
    (void)snprintf(path, sizeof path, "commands.0.%s", field);
    assert_refused(apply(command, &receipt), NOEMA_KEY_REUSED, path);
    assert_int_equal(receipt.status, NOEMA_KEY_REUSED);
    assert_string_equal(receipt.entry.text, "");
}

static void
a_debit_of_all_is_replayed_not_refused_for_lack_of_funds(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(10 * NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, 10 * NOEMA_USD);
    noema_receipt first = applied(&debit);
    (void)state;
    assert_int_equal(first.balance, 0);
    assert_int_equal(replayed(&debit, &first).available, 0);
    debit.amount = NOEMA_USD;
    assert_reused(&debit, "amount");
    assert_refused(noema_economy_debit(db, &account, NOEMA_USD, debit.key, NULL, &receipt, &error),
                   NOEMA_KEY_REUSED, "amount");
    assert_balance(account, 0, 0);
    assert_int_equal(balance_of(account).seq, 2);
}

static void
a_replay_shows_the_balance_of_then_and_what_is_available_now(void **state)
{
    noema_id account = account_with(10 * NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    noema_receipt first = applied(&debit);
    (void)state;
    (void)debited(account, 2 * NOEMA_USD);
    (void)started(account, 3 * NOEMA_USD);
    noema_receipt again = replayed(&debit, &first);
    assert_int_equal(again.balance, 9 * NOEMA_USD);
    assert_int_equal(again.held, 3 * NOEMA_USD);
    assert_int_equal(again.available, 4 * NOEMA_USD);
}

static void
up_to_is_replayed_with_what_it_took_then(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, 5 * NOEMA_USD);
    (void)state;
    debit.debit_mode = NOEMA_UP_TO;
    noema_receipt first = applied(&debit);
    (void)credited(account, 50 * NOEMA_USD);
    noema_receipt again = replayed(&debit, &first);
    assert_int_equal(again.flags, NOEMA_REPLAYED | NOEMA_PARTIAL);
    assert_int_equal(again.shortfall, 4 * NOEMA_USD);
    debit.debit_mode = NOEMA_EXACT;
    assert_reused(&debit, "debit_mode");
    debit.debit_mode = NOEMA_UP_TO;
    debit.amount = NOEMA_USD;
    assert_reused(&debit, "amount");
    assert_balance(account, 50 * NOEMA_USD, 0);
}

static void
a_payment_is_replayed_after_it_was_spent_and_taken_for_others(void **state)
{
    noema_id account = fresh_account();
    noema_command credit = command_for(NOEMA_COMMAND_CREDIT, account, 5 * NOEMA_USD);
    noema_receipt first = applied(&credit);
    (void)state;
    (void)debited(account, 5 * NOEMA_USD);
    (void)replayed(&credit, &first);
    credit.amount++;
    assert_reused(&credit, "amount");
    credit.account = fresh_account();
    credit.amount--;
    noema_receipt receipt;
    assert_status(apply(&credit, &receipt), NOEMA_TAKEN);
    assert_int_equal(receipt.status, NOEMA_TAKEN);
    assert_null(strstr(error.message, account.text));
    assert_balance(account, 0, 0);
    assert_balance(credit.account, 0, 0);
}

static void
a_bonus_is_replayed_after_it_expired(void **state)
{
    noema_id account = fresh_account();
    noema_command bonus = command_for(NOEMA_COMMAND_BONUS, account, 2 * NOEMA_USD);
    (void)state;
    bonus.expires_at = now() + 700;
    noema_receipt first = applied(&bonus);
    assert_int_equal(first.promo, 2 * NOEMA_USD);
    sleep_until(bonus.expires_at + 100);
    assert_int_equal(replayed(&bonus, &first).available, 0);
    bonus.amount = NOEMA_USD;
    assert_reused(&bonus, "amount");
    assert_int_equal(balance_of(account).balance, 0);
}

static void
a_refund_is_replayed_when_nothing_is_left_to_refund(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command refund = command_for(NOEMA_COMMAND_REFUND, account, 2 * NOEMA_USD);
    (void)state;
    refund.entry = debited(account, 5 * NOEMA_USD).entry;
    noema_receipt first = applied(&refund);
    noema_command all = command_for(NOEMA_COMMAND_REFUND_ALL, account, 0);
    all.entry = refund.entry;
    noema_receipt rest = applied(&all);
    assert_int_equal(rest.amount, 3 * NOEMA_USD);
    (void)replayed(&refund, &first);
    (void)replayed(&all, &rest);
    refund.amount = NOEMA_USD;
    assert_reused(&refund, "amount");
    refund.amount = 2 * NOEMA_USD;
    refund.entry = debited(account, NOEMA_USD).entry;
    assert_reused(&refund, "entry");
    assert_balance(account, 4 * NOEMA_USD, 0);
}

static void
experience_is_added_once(void **state)
{
    noema_id account = fresh_account();
    noema_command command = command_for(NOEMA_COMMAND_ADD_EXP, account, 0);
    (void)state;
    command.exp = 7;
    noema_receipt first = applied(&command);
    (void)replayed(&command, &first);
    command.exp = 8;
    assert_reused(&command, "exp");
    assert_int_equal(balance_of(account).exp, 7);
}

static void
a_key_of_another_kind_is_reused(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    (void)state;
    (void)applied(&command);
    command.kind = NOEMA_COMMAND_BONUS;
    assert_reused(&command, "kind");
    assert_balance(account, 4 * NOEMA_USD, 0);
}

/* Payments have a realm of their own. */
static void
the_same_text_as_a_key_and_as_a_payment_is_two_keys(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    (void)state;
    (void)applied(&command);
    command.kind = NOEMA_COMMAND_CREDIT;
    assert_int_equal(applied(&command).flags, 0);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

static void
a_key_belongs_to_its_account(void **state)
{
    noema_id one = account_with(NOEMA_USD);
    noema_id two = account_with(NOEMA_USD);
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, one, NOEMA_USD);
    noema_receipt first = applied(&command);
    (void)state;
    command.account = two;
    noema_receipt second = applied(&command);
    assert_int_equal(second.flags, 0);
    assert_string_not_equal(first.entry.text, second.entry.text);
    assert_balance(one, 0, 0);
    assert_balance(two, 0, 0);
}

static void
texts_may_differ_in_a_repeat_and_the_first_stay(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, CENT);
    (void)state;
    command.description = "first";
    noema_receipt first = applied(&command);
    command.description = "second";
    command.reason = "another";
    command.actor = "somebody";
    command.metadata_json = "{\"a\":1}";
    (void)replayed(&command, &first);
    bson_t *entry = stored_one("transactions", by_id(first.entry));
    bson_iter_t at;
    assert_true(bson_iter_init_find(&at, entry, "description"));
    assert_string_equal(bson_iter_utf8(&at, NULL), "first");
    assert_false(bson_iter_init_find(&at, entry, "metadata"));
    bson_destroy(entry);
}

/* ---- at once --------------------------------------------------------------------------------- */

enum { STORM = 32 };

typedef struct caller {
    noema_command command;
    noema_status status;
    noema_receipt receipt;
    noema_error error;
} caller;

static void
call(void *worker)
{
    caller *mine = worker;
    mine->status = noema_economy_apply(db, &mine->command, 1, &mine->receipt, sizeof mine->receipt,
                                       &mine->error);
}

static void
a_storm_of_one_key_is_one_debit(void **state)
{
    caller callers[STORM] = {{.status = NOEMA_INTERNAL}};
    noema_id account = account_with(5 * NOEMA_USD);
    const noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, 3 * NOEMA_USD);
    int fresh = 0;
    (void)state;
    for (size_t i = 0; i < STORM; i++) {
        callers[i].command = command;
    }
    race(call, callers, STORM, sizeof callers[0]);
    for (size_t i = 0; i < STORM; i++) {
        assert_int_equal(callers[i].status, NOEMA_OK);
        assert_string_equal(callers[i].receipt.entry.text, callers[0].receipt.entry.text);
        assert_int_equal(callers[i].receipt.amount, -3 * NOEMA_USD);
        fresh += (callers[i].receipt.flags & NOEMA_REPLAYED) == 0;
    }
    assert_int_equal(fresh, 1);
    assert_balance(account, 2 * NOEMA_USD, 0);
}

static void
a_payment_claimed_by_many_accounts_at_once_goes_to_one(void **state)
{
    caller callers[16] = {{.status = NOEMA_INTERNAL}};
    noema_command command = command_for(NOEMA_COMMAND_CREDIT, (noema_id){""}, NOEMA_USD);
    int paid = 0;
    noema_money total = 0;
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        command.account = fresh_account();
        callers[i].command = command;
    }
    race(call, callers, 16, sizeof callers[0]);
    for (size_t i = 0; i < 16; i++) {
        paid += callers[i].status == NOEMA_OK;
        assert_true(callers[i].status == NOEMA_OK || callers[i].status == NOEMA_TAKEN);
        total += balance_of(callers[i].command.account).balance;
    }
    assert_int_equal(paid, 1);
    assert_int_equal(total, NOEMA_USD);
}

static void
two_handles_to_one_database_apply_a_key_once(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_db *other = open_another();
    const noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, 3 * NOEMA_USD);
    noema_receipt first = applied(&command);
    (void)state;
    assert_status(noema_economy_apply(other, &command, 1, &receipt, sizeof receipt, &error),
                  NOEMA_OK);
    assert_int_equal(receipt.flags, NOEMA_REPLAYED);
    assert_string_equal(receipt.entry.text, first.entry.text);
    noema_close(other);
    assert_balance(account, 2 * NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debit_of_all_is_replayed_not_refused_for_lack_of_funds),
        cmocka_unit_test(a_replay_shows_the_balance_of_then_and_what_is_available_now),
        cmocka_unit_test(up_to_is_replayed_with_what_it_took_then),
        cmocka_unit_test(a_payment_is_replayed_after_it_was_spent_and_taken_for_others),
        cmocka_unit_test(a_bonus_is_replayed_after_it_expired),
        cmocka_unit_test(a_refund_is_replayed_when_nothing_is_left_to_refund),
        cmocka_unit_test(experience_is_added_once),
        cmocka_unit_test(a_key_of_another_kind_is_reused),
        cmocka_unit_test(the_same_text_as_a_key_and_as_a_payment_is_two_keys),
        cmocka_unit_test(a_key_belongs_to_its_account),
        cmocka_unit_test(texts_may_differ_in_a_repeat_and_the_first_stay),
        cmocka_unit_test(a_storm_of_one_key_is_one_debit),
        cmocka_unit_test(a_payment_claimed_by_many_accounts_at_once_goes_to_one),
        cmocka_unit_test(two_handles_to_one_database_apply_a_key_once),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
