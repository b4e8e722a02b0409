/* economy.*: each operation by name and typed gives the same, whichever comes first. */
#include "calls.h"

static noema_id account;

static int
begin(void **state)
{
    (void)state;
    account = account_with(50 * NOEMA_USD);
    return 0;
}

/* What the twin that came second answers: the same, replayed. */
static void
assert_replay(json_t *second, json_t *first)
{
    (void)json_object_set_new(first, "replayed", json_true());
    assert_same(second, first);
}

static json_t *
arguments_of(const char *key)
{
    return json_pack("{s:s,s:s,s:s}", "account", account.text, "amount", "1.25", "key", key);
}

static void
compare_balance(void)
{
    noema_id nobody = {"0123456789abcdef01234567"};
    noema_balance balance;
    noema_account made;
    const char *handle = fresh_handle();
    (void)given(account, CENT, 0);
    (void)started(account, CENT);
    balance = balance_of(account);
    assert_same(called("economy.balance", json_pack("{s:s}", "account", account.text), NOEMA_OK),
                balance_json(&balance));
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    balance = balance_of(made.id);
    assert_same(called("economy.balance", json_pack("{s:s}", "account", handle), NOEMA_OK),
                balance_json(&balance));
    assert_status(noema_economy_balance(db, &nobody, &balance, &error), NOEMA_NOT_FOUND);
    assert_same_error("economy.balance", json_pack("{s:s}", "account", nobody.text),
                      NOEMA_NOT_FOUND);
}

typedef noema_status (*movement)(noema_db *, const noema_id *, noema_money, const char *,
                                 const noema_command *, noema_receipt *, noema_error *);

/* Typed first, then by name, and the other way round. */
static void
compare_movement(const char *operation, movement typed, const char *key_name,
                 const noema_command *options, json_t *more)
{
    for (int i = 0; i < 2; i++) {
        const char *key = fresh_key();
        noema_receipt receipt;
        json_t *arguments =
            json_pack("{s:s,s:s,s:s}", "account", account.text, "amount", "1.25", key_name, key);
        (void)json_object_update(arguments, more);
        json_t *by_name = i == 0 ? called(operation, json_incref(arguments), NOEMA_OK) : NULL;
        assert_status(typed(db, &account, 125 * CENT, key, options, &receipt, &error), NOEMA_OK);
        assert_int_equal(receipt.flags & NOEMA_REPLAYED, i == 0 ? NOEMA_REPLAYED : 0);
        if (i == 0) {
            assert_replay(receipt_json(&receipt), by_name);
        } else {
            assert_replay(called(operation, json_incref(arguments), NOEMA_OK),
                          receipt_json(&receipt));
        }
        json_decref(arguments);
    }
    json_decref(more);
}

static void
compare_credit(void)
{
    noema_receipt receipt;
    const noema_command options = {.size = sizeof options,
                                   .description = "d",
                                   .reason = "r",
                                   .actor = "a",
                                   .metadata_json = "{\"a.b\":1}",
                                   .timeout_ms = 9000};
    compare_movement("economy.credit", noema_economy_credit, "payment", &options,
                     json_pack("{s:s,s:s,s:s,s:{s:i},s:i}", "description", "d", "reason", "r",
                               "actor", "a", "metadata", "a.b", 1, "timeout_ms", 9000));
    const char *payment = fresh_key();
    noema_id other = fresh_account();
    assert_status(noema_economy_credit(db, &other, 125 * CENT, payment, NULL, &receipt, &error),
                  NOEMA_OK);
    assert_status(noema_economy_credit(db, &account, 125 * CENT, payment, NULL, &receipt, &error),
                  NOEMA_TAKEN);
    assert_same_error(
        "economy.credit",
        json_pack("{s:s,s:s,s:s}", "account", account.text, "amount", "1.25", "payment", payment),
        NOEMA_TAKEN);
}

static void
compare_bonus(void)
{
    const noema_command options = {.size = sizeof options, .expires_at = INT64_C(4102444800000)};
    compare_movement("economy.bonus", noema_economy_bonus, "key", &options,
                     json_pack("{s:s}", "expires_at", "2100-01-01T00:00:00Z"));
}

static void
compare_debit(void)
{
    noema_receipt receipt;
    const char *key = fresh_key();
    const noema_command options = {.size = sizeof options, .debit_mode = NOEMA_UP_TO};
    compare_movement("economy.debit", noema_economy_debit, "key", NULL, json_object());
    compare_movement("economy.debit", noema_economy_debit, "key", &options,
                     json_pack("{s:s}", "mode", "up_to"));
    assert_status(noema_economy_debit(db, &account, 999 * NOEMA_USD, key, NULL, &receipt, &error),
                  NOEMA_INSUFFICIENT_FUNDS);
    assert_same_error(
        "economy.debit",
        json_pack("{s:s,s:s,s:s}", "account", account.text, "amount", "999", "key", key),
        NOEMA_INSUFFICIENT_FUNDS);
    json_t *refused =
        called("economy.debit",
               json_pack("{s:s,s:s,s:s}", "account", account.text, "amount", "999", "key", key),
               NOEMA_INSUFFICIENT_FUNDS);
    assert_same(json_incref(json_object_get(refused, "result")), receipt_json(&receipt));
    json_decref(refused);
}

/* Of one command: typed by apply, and by name. */
static void
compare_command(const char *operation, noema_command command, json_t *arguments)
{
    for (int i = 0; i < 2; i++) {
        command.key = fresh_key();
        (void)json_object_set_new(arguments, "key", json_string(command.key));
        json_t *by_name = i == 0 ? called(operation, json_deep_copy(arguments), NOEMA_OK) : NULL;
        noema_receipt receipt = applied(&command);
        if (i == 0) {
            assert_replay(receipt_json(&receipt), by_name);
        } else {
            assert_replay(called(operation, json_deep_copy(arguments), NOEMA_OK),
                          receipt_json(&receipt));
        }
    }
    json_decref(arguments);
}

static void
compare_refund(void)
{
    noema_command command = command_for(NOEMA_COMMAND_REFUND, account, CENT);
    command.entry = debited(account, NOEMA_USD).entry;
    compare_command("economy.refund", command,
                    json_pack("{s:s,s:s,s:s}", "account", account.text, "entry", command.entry.text,
                              "amount", "0.01"));
}

static void
compare_refund_all(void)
{
    noema_run run;
    noema_receipt receipt;
    const noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    noema_command command = command_for(NOEMA_COMMAND_REFUND_ALL, (noema_id){""}, 0);
    (void)settled(&settlement, &run);
    command.run = run.id;
    json_t *arguments = json_pack("{s:s,s:s}", "run", run.id.text, "key", command.key);
    json_t *first = called("economy.refund_all", json_incref(arguments), NOEMA_OK);
    receipt = applied(&command);
    assert_replay(receipt_json(&receipt), first);
    command.key = fresh_key();
    (void)json_object_set_new(arguments, "key", json_string(command.key));
    json_t *refused = called("economy.refund_all", arguments, NOEMA_LIMIT);
    assert_status(apply(&command, &receipt), NOEMA_LIMIT);
    assert_string_equal(json_string_value(json_object_get(refused, "field")), "amount");
    json_decref(refused);
}

static void
compare_add_exp(void)
{
    noema_command command = command_for(NOEMA_COMMAND_ADD_EXP, account, 0);
    command.exp = -5;
    compare_command("economy.add_exp", command,
                    json_pack("{s:s,s:i}", "account", account.text, "exp", -5));
}

static void
compare_apply(void)
{
    noema_receipt receipts[2];
    const noema_command commands[2] = {command_for(NOEMA_COMMAND_DEBIT, account, CENT),
                                       command_for(NOEMA_COMMAND_DEBIT, account, 999 * NOEMA_USD)};
    json_t *arguments =
        json_pack("{s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]}", "commands", "kind", "debit",
                  "account", account.text, "amount", "0.01", "key", commands[0].key, "kind",
                  "debit", "account", account.text, "amount", "999", "key", commands[1].key);
    assert_status(noema_economy_apply(db, commands, 2, receipts, sizeof receipts[0], &error),
                  NOEMA_INSUFFICIENT_FUNDS);
    assert_same_error("economy.apply", json_deep_copy(arguments), NOEMA_INSUFFICIENT_FUNDS);
    receipts[0].flags = NOEMA_REPLAYED;
    json_t *refused = called("economy.apply", arguments, NOEMA_INSUFFICIENT_FUNDS);
    assert_same(
        json_incref(json_object_get(refused, "result")),
        json_pack("{s:[o,o]}", "receipts", receipt_json(&receipts[0]), receipt_json(&receipts[1])));
    json_decref(refused);
    arguments = json_pack("{s:[{s:s,s:s,s:s,s:s}]}", "commands", "kind", "credit", "account",
                          account.text, "amount", "0.01", "key", fresh_key());
    json_t *done = called("economy.apply", arguments, NOEMA_OK);
    assert_int_equal(json_array_size(json_object_get(done, "receipts")), 1);
    json_decref(done);
}

static void
compare_find(void)
{
    noema_receipt receipt;
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, CENT);
    (void)applied(&command);
    assert_status(noema_economy_find(db, &account, command.key, &receipt, &error), NOEMA_OK);
    json_t *arguments = json_pack("{s:s,s:s}", "account", account.text, "key", command.key);
    assert_same(called("economy.find", arguments, NOEMA_OK), receipt_json(&receipt));
    assert_status(noema_economy_find(db, NULL, command.key, &receipt, &error), NOEMA_NOT_FOUND);
    assert_same_error("economy.find", json_pack("{s:s}", "key", command.key), NOEMA_NOT_FOUND);
}

static void
compare_void(void)
{
    noema_receipt receipt;
    const char *key = fresh_key();
    json_t *first = called("economy.void",
                           json_pack("{s:s,s:s}", "account", account.text, "key", key), NOEMA_OK);
    assert_status(noema_economy_void(db, &account, key, &receipt, &error), NOEMA_OK);
    assert_replay(receipt_json(&receipt), first);
    noema_command command = command_for(NOEMA_COMMAND_CREDIT, account, CENT);
    (void)applied(&command);
    assert_status(noema_economy_void(db, NULL, command.key, &receipt, &error),
                  NOEMA_ILLEGAL_TRANSITION);
    assert_same_error("economy.void", json_pack("{s:s}", "key", command.key),
                      NOEMA_ILLEGAL_TRANSITION);
    json_t *refused =
        called("economy.void", json_pack("{s:s}", "key", command.key), NOEMA_ILLEGAL_TRANSITION);
    assert_same(json_incref(json_object_get(refused, "result")), receipt_json(&receipt));
    json_decref(refused);
}

static void
by_name_and_typed_are_the_same(void **state)
{
    static const operation_case cases[] = {
        {"economy.balance",    compare_balance   },
        {"economy.credit",     compare_credit    },
        {"economy.bonus",      compare_bonus     },
        {"economy.debit",      compare_debit     },
        {"economy.refund",     compare_refund    },
        {"economy.refund_all", compare_refund_all},
        {"economy.add_exp",    compare_add_exp   },
        {"economy.apply",      compare_apply     },
        {"economy.find",       compare_find      },
        {"economy.void",       compare_void      },
    };
    (void)state;
    run_cases("economy.", cases, sizeof cases / sizeof cases[0]);
}

static void
handles_stand_for_accounts(void **state)
{
    noema_account made;
    const char *handle = fresh_handle();
    (void)state;
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    json_decref(
        called("economy.credit",
               json_pack("{s:s,s:s,s:s}", "account", handle, "amount", "3", "payment", fresh_key()),
               NOEMA_OK));
    assert_balance(made.id, 3 * NOEMA_USD, 0);
    json_t *refused =
        called("economy.debit",
               json_pack("{s:s,s:s,s:s}", "account", "telegram:nobody", "amount", "1", "key", "k"),
               NOEMA_NOT_FOUND);
    assert_string_equal(json_string_value(json_object_get(refused, "field")), "account");
    json_decref(refused);
    json_decref(called("economy.debit", arguments_of(fresh_key()), NOEMA_OK));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(by_name_and_typed_are_the_same, begin),
        cmocka_unit_test_setup(handles_stand_for_accounts, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
