/* What became of a key, and keys that never happen: found, voided before and after, in every order. */
#include "fixture.h"

static void
a_key_is_not_found_until_it_is_applied(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    (void)state;
    assert_refused(noema_economy_find(db, &account, debit.key, &receipt, &error), NOEMA_NOT_FOUND,
                   "key");
    assert_int_equal(receipt.status, NOEMA_NOT_FOUND);
    noema_receipt first = applied(&debit);
    assert_status(noema_economy_find(db, &account, debit.key, &receipt, &error), NOEMA_OK);
    assert_int_equal(receipt.status, NOEMA_OK);
    assert_string_equal(receipt.entry.text, first.entry.text);
    assert_int_equal(receipt.amount, -NOEMA_USD);
    assert_int_equal(receipt.balance, 4 * NOEMA_USD);
    assert_int_equal(receipt.seq, 2);
    assert_int_equal(receipt.time, first.time);
}

static void
finding_does_nothing(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    uint64_t before = stored_everything();
    (void)state;
    assert_status(noema_economy_find(db, &account, "nothing", &receipt, &error), NOEMA_NOT_FOUND);
    assert_status(noema_economy_find(db, NULL, "nothing", &receipt, &error), NOEMA_NOT_FOUND);
    assert_true(before == stored_everything());
}

static void
a_payment_is_found_without_its_account(void **state)
{
    noema_receipt receipt;
    noema_id account = fresh_account();
    noema_command credit = command_for(NOEMA_COMMAND_CREDIT, account, NOEMA_USD);
    (void)state;
    noema_receipt first = applied(&credit);
    assert_status(noema_economy_find(db, NULL, credit.key, &receipt, &error), NOEMA_OK);
    assert_string_equal(receipt.account.text, account.text);
    assert_string_equal(receipt.entry.text, first.entry.text);
    assert_status(noema_economy_find(db, &account, credit.key, &receipt, &error), NOEMA_NOT_FOUND);
}

static void
a_voided_key_never_happens(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_status(noema_economy_void(db, &account, debit.key, &receipt, &error), NOEMA_OK);
        assert_int_equal(receipt.flags & NOEMA_VOIDED, NOEMA_VOIDED);
        assert_int_equal(receipt.flags & NOEMA_REPLAYED, i == 0 ? 0 : NOEMA_REPLAYED);
        assert_int_equal(receipt.amount, 0);
        assert_int_equal(receipt.balance, 5 * NOEMA_USD);
    }
    assert_status(apply(&debit, &receipt), NOEMA_KEY_REUSED);
    assert_string_equal(error.reason, "VOIDED");
    debit.kind = NOEMA_COMMAND_BONUS;
    assert_status(apply(&debit, &receipt), NOEMA_KEY_REUSED);
    assert_string_equal(error.reason, "VOIDED");
    assert_status(noema_economy_find(db, &account, debit.key, &receipt, &error), NOEMA_OK);
    assert_int_equal(receipt.flags & NOEMA_VOIDED, NOEMA_VOIDED);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

static void
what_was_applied_is_not_voided_and_shown(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(5 * NOEMA_USD);
    noema_command debit = command_for(NOEMA_COMMAND_DEBIT, account, NOEMA_USD);
    noema_receipt first = applied(&debit);
    uint64_t before = stored_everything();
    (void)state;
    assert_refused(noema_economy_void(db, &account, debit.key, &receipt, &error),
                   NOEMA_ILLEGAL_TRANSITION, "key");
    assert_int_equal(receipt.status, NOEMA_ILLEGAL_TRANSITION);
    assert_string_equal(receipt.entry.text, first.entry.text);
    assert_int_equal(receipt.amount, -NOEMA_USD);
    assert_int_equal(receipt.flags & NOEMA_VOIDED, 0);
    assert_true(before == stored_everything());
    assert_int_equal(applied(&debit).flags, NOEMA_REPLAYED);
}

static void
a_voided_payment_belongs_to_nobody(void **state)
{
    noema_receipt receipt;
    noema_command credit = command_for(NOEMA_COMMAND_CREDIT, fresh_account(), NOEMA_USD);
    (void)state;
    assert_status(noema_economy_void(db, NULL, credit.key, &receipt, &error), NOEMA_OK);
    assert_int_equal(receipt.flags, NOEMA_VOIDED);
    assert_status(apply(&credit, &receipt), NOEMA_KEY_REUSED);
    assert_string_equal(error.reason, "VOIDED");
    assert_balance(credit.account, 0, 0);
    credit = command_for(NOEMA_COMMAND_CREDIT, credit.account, NOEMA_USD);
    (void)applied(&credit);
    assert_status(noema_economy_void(db, NULL, credit.key, &receipt, &error),
                  NOEMA_ILLEGAL_TRANSITION);
    assert_string_equal(receipt.account.text, credit.account.text);
}

static void
a_void_of_an_account_without_money_makes_its_first_entry(void **state)
{
    noema_receipt receipt;
    noema_id account = fresh_account();
    noema_id nobody = {"0123456789abcdef01234567"};
    (void)state;
    assert_status(noema_economy_void(db, &account, "early", &receipt, &error), NOEMA_OK);
    assert_int_equal(receipt.seq, 1);
    assert_status(noema_economy_void(db, &nobody, "early", &receipt, &error), NOEMA_NOT_FOUND);
    assert_status(noema_economy_find(db, &nobody, "early", &receipt, &error), NOEMA_NOT_FOUND);
}

/* ---- void and command at once -------------------------------------------------------------------- */

enum { PAIRS = 16 };

typedef struct rival {
    bool voids;
    noema_id account;
    char key[40];
    noema_status status;
    noema_receipt receipt;
    noema_error error;
} rival;

static void
compete(void *worker)
{
    rival *mine = worker;
    mine->status = mine->voids ? noema_economy_void(db, &mine->account, mine->key, &mine->receipt,
                                                    &mine->error)
                               : noema_economy_debit(db, &mine->account, NOEMA_USD, mine->key, NULL,
                                                     &mine->receipt, &mine->error);
}

static void
of_a_debit_and_its_void_at_once_exactly_one_happens(void **state)
{
    rival rivals[2 * PAIRS] = {{.status = NOEMA_INTERNAL}};
    noema_id account = account_with(PAIRS * NOEMA_USD);
    int debits = 0;
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        for (size_t side = 0; side < 2; side++) {
            rival *one = &rivals[2 * i + side];
            one->voids = side == i % 2;
            one->account = account;
            (void)snprintf(one->key, sizeof one->key, "rivals:%zu", i);
        }
    }
    race(compete, rivals, 2 * PAIRS, sizeof rivals[0]);
    for (size_t i = 0; i < PAIRS; i++) {
        const rival *voiding = &rivals[2 * i + (i % 2)];
        const rival *paying = &rivals[2 * i + 1 - (i % 2)];
        bool paid = paying->status == NOEMA_OK;
        assert_int_equal(voiding->status, paid ? NOEMA_ILLEGAL_TRANSITION : NOEMA_OK);
        assert_true(paid || paying->status == NOEMA_KEY_REUSED);
        debits += paid;
    }
    assert_balance(account, (PAIRS - debits) * NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_not_found_until_it_is_applied),
        cmocka_unit_test(finding_does_nothing),
        cmocka_unit_test(a_payment_is_found_without_its_account),
        cmocka_unit_test(a_voided_key_never_happens),
        cmocka_unit_test(what_was_applied_is_not_voided_and_shown),
        cmocka_unit_test(a_voided_payment_belongs_to_nobody),
        cmocka_unit_test(a_void_of_an_account_without_money_makes_its_first_entry),
        cmocka_unit_test(of_a_debit_and_its_void_at_once_exactly_one_happens),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
