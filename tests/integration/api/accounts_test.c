/* Accounts through the header: found and made by their handles, linked and unlinked, and what a status
 * that is not active allows. */
#include "fixture.h"

static void
a_handle_makes_one_account_and_leads_to_it(void **state)
{
    noema_account made;
    noema_account again;
    const char *handle = fresh_handle();
    (void)state;
    assert_status(noema_account_find(db, handle, &made, &error), NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "handle");
    assert_zeros(made);
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    assert_int_equal(made.created, 1);
    assert_true(made.status == NOEMA_ACCOUNT_ACTIVE || made.status == NOEMA_ACCOUNT_PENDING);
    assert_status(noema_account_ensure(db, handle, &again, &error), NOEMA_OK);
    assert_int_equal(again.created, 0);
    assert_string_equal(again.id.text, made.id.text);
    assert_status(noema_account_find(db, made.id.text, &again, &error), NOEMA_OK);
    assert_string_equal(again.id.text, made.id.text);
    assert_int_equal(again.created, 0);
}

static void
ids_of_platforms_are_text_and_differ_by_every_byte(void **state)
{
    static const char *const handles[] = {"discord:80351110224678912",
                                          "discord:80351110224678913",
                                          "discord:080351110224678912",
                                          "discord:8035111022467891",
                                          "web:Ann",
                                          "web:ann",
                                          "web:a:b",
                                          "web:a"};
    enum { HANDLES = sizeof handles / sizeof handles[0] };
    noema_account made[HANDLES];
    (void)state;
    for (size_t i = 0; i < HANDLES; i++) {
        assert_status(noema_account_ensure(db, handles[i], &made[i], &error), NOEMA_OK);
        assert_int_equal(made[i].created, 1);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(made[i].id.text, made[k].id.text);
        }
    }
}

static void
wallets_lead_nowhere_without_proof(void **state)
{
    static const char *const wallets[] = {"eip155:0x52908400098527886E0F7030069857D2E4169EE7",
                                          "eip155:0xde709f2102306220921060314715629080e2fb77",
                                          "solana:7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"};
    noema_account made;
    noema_id account = fresh_account();
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_status(noema_account_ensure(db, wallets[i], &made, &error), NOEMA_UNSUPPORTED);
        assert_string_equal(error.reason, "WALLET_PROOF");
        assert_zeros(made);
        assert_status(noema_account_link(db, &account, wallets[i], &error), NOEMA_UNSUPPORTED);
        assert_string_equal(error.reason, "WALLET_PROOF");
    }
    assert_true(before == stored_everything());
}

static void
a_second_handle_leads_to_the_same_account(void **state)
{
    noema_account found;
    noema_id account = fresh_account();
    noema_id rival = fresh_account();
    const char *handle = fresh_handle();
    (void)state;
    assert_status(noema_account_link(db, &account, handle, &error), NOEMA_OK);
    assert_status(noema_account_link(db, &account, handle, &error), NOEMA_OK);
    assert_status(noema_account_find(db, handle, &found, &error), NOEMA_OK);
    assert_string_equal(found.id.text, account.text);
    assert_refused(noema_account_link(db, &rival, handle, &error), NOEMA_TAKEN, "handle");
    assert_null(strstr(error.message, account.text));
    assert_status(noema_account_unlink(db, &rival, handle, &error), NOEMA_NOT_FOUND);
    assert_status(noema_account_unlink(db, &account, handle, &error), NOEMA_OK);
    assert_status(noema_account_find(db, handle, &found, &error), NOEMA_NOT_FOUND);
    assert_status(noema_account_link(db, &rival, handle, &error), NOEMA_OK);
}

static void
the_last_way_in_stays(void **state)
{
    noema_account made;
    const char *handle = fresh_handle();
    (void)state;
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    assert_status(noema_account_unlink(db, &made.id, handle, &error), NOEMA_DENIED);
    assert_string_equal(error.reason, "LAST_IDENTITY");
    assert_status(noema_account_find(db, handle, &made, &error), NOEMA_OK);
}

static void
sixty_four_handles_are_the_limit(void **state)
{
    noema_id account = fresh_account();
    (void)state;
    for (int i = 1; i < 64; i++) {
        assert_status(noema_account_link(db, &account, fresh_handle(), &error), NOEMA_OK);
    }
    assert_refused(noema_account_link(db, &account, fresh_handle(), &error), NOEMA_LIMIT, "handle");
}

static void
nobody_is_not_found(void **state)
{
    noema_id nobody = {"0123456789abcdef01234567"};
    noema_account found;
    noema_document *user = NULL;
    (void)state;
    assert_status(noema_account_find(db, nobody.text, &found, &error), NOEMA_NOT_FOUND);
    assert_refused(noema_account_read(db, &nobody, &user, &error), NOEMA_NOT_FOUND, "account");
    assert_null(user);
    assert_refused(noema_account_link(db, &nobody, fresh_handle(), &error), NOEMA_NOT_FOUND,
                   "account");
    assert_refused(noema_account_unlink(db, &nobody, fresh_handle(), &error), NOEMA_NOT_FOUND,
                   "account");
    assert_refused(noema_account_touch(db, &nobody, "telegram", &error), NOEMA_NOT_FOUND,
                   "account");
}

/* ---- suspended: as an administrator's tool writes it, before the account had money ---------------------- */

static noema_id
suspended(const char *handle)
{
    noema_account made;
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    change_stored("userCore", by_id(made.id), BCON_NEW("$set", "{", "status", "suspended", "}"));
    change_stored("identities", BCON_NEW("_id", BCON_UTF8(handle)),
                  BCON_NEW("$set", "{", "accountStatus", "suspended", "}"));
    return made.id;
}

static void
a_suspended_account_is_denied_and_shown(void **state)
{
    noema_account found;
    const char *handle = fresh_handle();
    noema_id account = suspended(handle);
    (void)state;
    assert_status(noema_account_ensure(db, handle, &found, &error), NOEMA_DENIED);
    assert_string_equal(error.reason, "SUSPENDED");
    assert_string_equal(found.id.text, account.text);
    assert_int_equal(found.status, NOEMA_ACCOUNT_SUSPENDED);
    assert_status(noema_account_find(db, handle, &found, &error), NOEMA_DENIED);
    assert_string_equal(found.id.text, account.text);
    assert_status(noema_account_find(db, account.text, &found, &error), NOEMA_DENIED);
    assert_status(noema_account_link(db, &account, fresh_handle(), &error), NOEMA_DENIED);
}

static void
money_of_a_suspended_account_comes_in_and_does_not_go_out(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_id account = suspended(fresh_handle());
    const noema_run_request request = request_for(account, 0);
    noema_command exp = command_for(NOEMA_COMMAND_ADD_EXP, account, 0);
    (void)state;
    (void)credited(account, 5 * NOEMA_USD);
    assert_status(noema_economy_debit(db, &account, CENT, fresh_key(), NULL, &receipt, &error),
                  NOEMA_DENIED);
    assert_string_equal(error.reason, "SUSPENDED");
    assert_int_equal(receipt.status, NOEMA_DENIED);
    assert_status(noema_economy_bonus(db, &account, CENT, fresh_key(), NULL, &receipt, &error),
                  NOEMA_DENIED);
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_DENIED);
    exp.exp = 1;
    (void)applied(&exp);
    assert_status(noema_economy_void(db, &account, fresh_key(), &receipt, &error), NOEMA_OK);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_makes_one_account_and_leads_to_it),
        cmocka_unit_test(ids_of_platforms_are_text_and_differ_by_every_byte),
        cmocka_unit_test(wallets_lead_nowhere_without_proof),
        cmocka_unit_test(a_second_handle_leads_to_the_same_account),
        cmocka_unit_test(the_last_way_in_stays),
        cmocka_unit_test(sixty_four_handles_are_the_limit),
        cmocka_unit_test(nobody_is_not_found),
        cmocka_unit_test(a_suspended_account_is_denied_and_shown),
        cmocka_unit_test(money_of_a_suspended_account_comes_in_and_does_not_go_out),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
