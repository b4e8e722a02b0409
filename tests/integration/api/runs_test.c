/* Paid runs up to their end: started once for a message, with the price on hold; found by whatever is
 * known of them; attached, asked to stop, voided. */
#include "fixture.h"

static noema_run
started_as(const noema_run_request *request)
{
    noema_run run;
    assert_status(noema_run_start(db, request, &run, &error), NOEMA_OK);
    return run;
}

static void
assert_reused(const noema_run_request *request, const char *field)
{
    noema_run run;
    assert_refused(noema_run_start(db, request, &run, &error), NOEMA_KEY_REUSED, field);
    assert_zeros(run);
}

static void
a_start_puts_the_price_on_hold(void **state)
{
    noema_id account = account_with(5 * NOEMA_USD);
    noema_time before = now();
    noema_run run = started(account, 2 * NOEMA_USD);
    (void)state;
    assert_int_equal(strlen(run.id.text), 24);
    assert_string_equal(run.account.text, account.text);
    assert_string_equal(run.payer.text, account.text);
    assert_int_equal(strlen(run.token), 24);
    assert_int_equal(run.state, NOEMA_RUN_PENDING);
    assert_int_equal(run.flags, 0);
    assert_int_equal(run.hold, 2 * NOEMA_USD);
    assert_int_equal(run.charged, 0);
    assert_in_range(run.started, (uint64_t)(before - 2000), (uint64_t)(before + 20000));
    assert_int_equal(run.deadline - run.started, 15 * 60000);
    assert_int_equal(run.ended, 0);
    assert_balance(account, 5 * NOEMA_USD, 2 * NOEMA_USD);
    assert_int_equal(balance_of(account).seq, 1);
}

static void
a_start_without_funds_leaves_nothing(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    const noema_run_request request = request_for(account, 2 * NOEMA_USD);
    uint64_t before = stored_everything();
    (void)state;
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INSUFFICIENT_FUNDS, "hold");
    assert_int_equal(error.needed, 2 * NOEMA_USD);
    assert_int_equal(error.available, NOEMA_USD);
    assert_zeros(run);
    assert_true(before == stored_everything());
}

static void
the_same_message_starts_one_run_and_one_worker(void **state)
{
    noema_id account = account_with(2 * NOEMA_USD);
    noema_run_request request = request_for(account, 2 * NOEMA_USD);
    noema_run first = started_as(&request);
    (void)state;
    request.input_json = "{\"other\":1}";
    request.metadata_json = "{\"other\":1}";
    noema_run again = started_as(&request);
    assert_int_equal(again.flags, NOEMA_REPLAYED);
    assert_string_equal(again.token, "");
    assert_string_equal(again.id.text, first.id.text);
    assert_int_equal(again.hold, first.hold);
    assert_int_equal(again.deadline, first.deadline);
    assert_balance(account, 2 * NOEMA_USD, 2 * NOEMA_USD);
    const noema_settlement settlement = completion_of(first.id, 2 * NOEMA_USD);
    (void)settled(&settlement, &first);
    again = started_as(&request);
    assert_int_equal(again.state, NOEMA_RUN_COMPLETED);
    assert_int_equal(again.flags, NOEMA_REPLAYED);
    assert_balance(account, 0, 0);
}

static void
another_request_with_the_key_names_what_differs(void **state)
{
    noema_id account = account_with(9 * NOEMA_USD);
    noema_run_request request = request_for(account, NOEMA_USD);
    (void)state;
    request.service = "comfydeploy";
    request.rate = CENT;
    request.rate_unit = "second";
    (void)started_as(&request);
    noema_run_request other = request;
    other.hold++;
    assert_reused(&other, "hold");
    other = request;
    other.tool = "sdxl";
    assert_reused(&other, "tool");
    other = request;
    other.service = "replicate";
    assert_reused(&other, "service");
    other = request;
    other.rate++;
    assert_reused(&other, "rate");
    other = request;
    other.rate_unit = "token";
    assert_reused(&other, "rate_unit");
    other = request;
    other.payer = account_with(9 * NOEMA_USD);
    assert_reused(&other, "payer");
    other.key = fresh_key();
    (void)started_as(&other);
    other.fallback_payer = account;
    assert_reused(&other, "fallback_payer");
    assert_balance(account, 9 * NOEMA_USD, NOEMA_USD);
}

static void
the_first_that_can_pays(void **state)
{
    noema_id owner = account_with(NOEMA_USD);
    noema_id group = account_with(3 * NOEMA_USD);
    noema_run_request request = request_for(owner, 2 * NOEMA_USD);
    noema_run run;
    (void)state;
    request.payer = group;
    request.fallback_payer = owner;
    run = started_as(&request);
    assert_string_equal(run.payer.text, group.text);
    assert_string_equal(run.account.text, owner.text);
    request.key = fresh_key();
    request.hold = NOEMA_USD;
    assert_string_equal(started_as(&request).payer.text, group.text);
    request.key = fresh_key();
    run = started_as(&request);
    assert_string_equal(run.payer.text, owner.text);
    assert_balance(group, 3 * NOEMA_USD, 3 * NOEMA_USD);
    assert_balance(owner, NOEMA_USD, NOEMA_USD);
    request.key = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(stored_count("workflowExecutions", by_account(owner)), 3);
}

static void
the_payer_is_charged_and_gets_the_experience(void **state)
{
    noema_id owner = fresh_account();
    noema_id group = account_with(3 * NOEMA_USD);
    noema_run_request request = request_for(owner, 2 * NOEMA_USD);
    noema_run run;
    (void)state;
    request.payer = group;
    noema_settlement settlement = completion_of(started_as(&request).id, NOEMA_USD);
    settlement.exp = 5;
    noema_receipt receipt = settled(&settlement, &run);
    assert_string_equal(receipt.account.text, group.text);
    assert_balance(group, 2 * NOEMA_USD, 0);
    assert_balance(owner, 0, 0);
    assert_int_equal(balance_of(group).exp + balance_of(owner).exp, 5);
}

static void
a_run_is_found_by_id_by_provider_and_by_key(void **state)
{
    noema_run run;
    noema_document *document;
    const char *text;
    noema_id account = account_with(NOEMA_USD);
    noema_run_request request = request_for(account, CENT);
    const char *provider_run = fresh_key();
    (void)state;
    request.service = "comfydeploy";
    noema_run first = started_as(&request);
    assert_status(noema_run_attach(db, &first.id, provider_run, &error), NOEMA_OK);
    assert_status(noema_run_find(db, &first.id, &run, &document, &error), NOEMA_OK);
    assert_string_equal(run.id.text, first.id.text);
    assert_string_equal(run.token, "");
    assert_true(noema_document_text(document, "/platformRunId", &text));
    assert_string_equal(text, provider_run);
    noema_document_free(document);
    assert_status(noema_run_find_provider(db, "comfydeploy", provider_run, &run, &document, &error),
                  NOEMA_OK);
    assert_string_equal(run.id.text, first.id.text);
    noema_document_free(document);
    assert_status(noema_run_find_key(db, &account, request.key, &run, &document, &error), NOEMA_OK);
    assert_string_equal(run.id.text, first.id.text);
    assert_int_equal(run.state, NOEMA_RUN_QUEUED);
    noema_document_free(document);
}

/* As who polls writes it. */
static void
a_run_is_looked_up_again_in_its_own_struct(void **state)
{
    noema_run run = started(account_with(NOEMA_USD), CENT);
    (void)state;
    assert_status(noema_run_request_cancel(db, &run.id, "stop", &error), NOEMA_OK);
    noema_id id = run.id;
    assert_status(noema_run_find(db, &run.id, &run, NULL, &error), NOEMA_OK);
    assert_string_equal(run.id.text, id.text);
    noema_status status = noema_run_find_key(db, &run.account, "none", &run, NULL, &error);
    assert_int_equal(status, NOEMA_NOT_FOUND);
}

/* Who finds a run can't work in the name of who started it. */
static void
the_token_is_nowhere_to_be_found(void **state)
{
    noema_run found;
    noema_document *document;
    noema_id account = account_with(NOEMA_USD);
    noema_run run = started(account, CENT);
    (void)state;
    assert_status(noema_run_find(db, &run.id, &found, &document, &error), NOEMA_OK);
    bool leaks = strstr(noema_document_json(document), run.token) != NULL;
    noema_document_free(document);
    assert_string_equal(found.token, "");
    assert_false(leaks);
}

static void
what_is_not_there_is_not_found(void **state)
{
    noema_run run;
    noema_id nothing = {"0123456789abcdef01234567"};
    noema_id account = fresh_account();
    noema_document *document = (noema_document *)&run;
    (void)state;
    assert_refused(noema_run_find(db, &nothing, &run, &document, &error), NOEMA_NOT_FOUND, "run");
    assert_null(document);
    assert_zeros(run);
    assert_status(noema_run_find_provider(db, "s", "none", &run, &document, &error),
                  NOEMA_NOT_FOUND);
    assert_refused(noema_run_find_key(db, &account, "none", &run, &document, &error),
                   NOEMA_NOT_FOUND, "key");
    assert_refused(noema_run_attach(db, &nothing, "p", &error), NOEMA_NOT_FOUND, "run");
    assert_refused(noema_run_request_cancel(db, &nothing, NULL, &error), NOEMA_NOT_FOUND, "run");
    noema_run_request request = request_for(nothing, CENT);
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_NOT_FOUND, "account");
    request = request_for(account, CENT);
    request.payer = nothing;
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_NOT_FOUND, "payer");
}

static void
a_providers_name_belongs_to_one_run_of_its_service(void **state)
{
    noema_id account = account_with(NOEMA_USD);
    noema_run_request request = request_for(account, CENT);
    const char *provider_run = fresh_key();
    (void)state;
    request.service = "one";
    noema_run first = started_as(&request);
    assert_status(noema_run_attach(db, &first.id, provider_run, &error), NOEMA_OK);
    assert_status(noema_run_attach(db, &first.id, provider_run, &error), NOEMA_OK);
    assert_refused(noema_run_attach(db, &first.id, "another", &error), NOEMA_ILLEGAL_TRANSITION,
                   "provider_run_id");
    request.key = fresh_key();
    noema_run second = started_as(&request);
    assert_status(noema_run_attach(db, &second.id, provider_run, &error), NOEMA_TAKEN);
    request.key = fresh_key();
    request.service = "two";
    noema_run third = started_as(&request);
    assert_status(noema_run_attach(db, &third.id, provider_run, &error), NOEMA_OK);
}

static void
asking_to_cancel_is_noted_and_ends_nothing(void **state)
{
    noema_document *document;
    noema_run run;
    const char *reason;
    noema_id account = account_with(NOEMA_USD);
    noema_run first = started(account, CENT);
    (void)state;
    assert_status(noema_run_request_cancel(db, &first.id, "changed my mind", &error), NOEMA_OK);
    assert_status(noema_run_request_cancel(db, &first.id, "again", &error), NOEMA_OK);
    assert_status(noema_run_find(db, &first.id, &run, &document, &error), NOEMA_OK);
    assert_int_equal(run.state, NOEMA_RUN_PENDING);
    assert_true(noema_document_text(document, "/cancel/reason", &reason));
    noema_document_free(document);
    assert_balance(account, NOEMA_USD, CENT);
    const noema_settlement settlement = settlement_for(first.id, NOEMA_RUN_CANCELLED);
    (void)settled(&settlement, &run);
    assert_balance(account, NOEMA_USD, 0);
}

static void
a_voided_start_never_happens(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    const noema_run_request request = request_for(account, CENT);
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_status(noema_run_void(db, &account, request.key, &run, &error), NOEMA_OK);
        assert_int_equal(run.state, NOEMA_RUN_CANCELLED);
        assert_string_equal(run.account.text, account.text);
        assert_int_equal(run.hold, 0);
    }
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_KEY_REUSED);
    assert_string_equal(error.reason, "VOIDED");
    assert_status(noema_run_find_key(db, &account, request.key, &run, NULL, &error), NOEMA_OK);
    assert_int_equal(run.state, NOEMA_RUN_CANCELLED);
    assert_balance(account, NOEMA_USD, 0);
}

static void
a_start_that_happened_is_not_voided(void **state)
{
    noema_run run;
    noema_id account = account_with(NOEMA_USD);
    const noema_run_request request = request_for(account, CENT);
    noema_run first = started_as(&request);
    (void)state;
    assert_refused(noema_run_void(db, &account, request.key, &run, &error),
                   NOEMA_ILLEGAL_TRANSITION, "key");
    assert_string_equal(run.id.text, first.id.text);
    assert_int_equal(run.state, NOEMA_RUN_PENDING);
    assert_int_equal(run.hold, CENT);
    assert_string_equal(run.token, "");
    assert_balance(account, NOEMA_USD, CENT);
}

/* Whoever asks, and however often. */
static void
a_voided_run_is_not_settled(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_id account = account_with(NOEMA_USD);
    (void)state;
    assert_status(noema_run_void(db, &account, fresh_key(), &run, &error), NOEMA_OK);
    const noema_settlement settlement = completion_of(run.id, CENT);
    for (int i = 0; i < 3; i++) {
        assert_status(noema_run_settle(db, &settlement, &run, &receipt, &error),
                      NOEMA_ILLEGAL_TRANSITION);
        assert_int_equal(run.state, NOEMA_RUN_CANCELLED);
    }
    assert_balance(account, NOEMA_USD, 0);
}

/* Runs and movements have keys of their own. */
static void
one_text_may_name_a_run_and_a_debit(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(NOEMA_USD);
    const noema_run_request request = request_for(account, CENT);
    (void)state;
    (void)started_as(&request);
    assert_status(noema_economy_debit(db, &account, CENT, request.key, NULL, &receipt, &error),
                  NOEMA_OK);
    assert_balance(account, NOEMA_USD - CENT, CENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_puts_the_price_on_hold),
        cmocka_unit_test(a_start_without_funds_leaves_nothing),
        cmocka_unit_test(the_same_message_starts_one_run_and_one_worker),
        cmocka_unit_test(another_request_with_the_key_names_what_differs),
        cmocka_unit_test(the_first_that_can_pays),
        cmocka_unit_test(the_payer_is_charged_and_gets_the_experience),
        cmocka_unit_test(a_run_is_found_by_id_by_provider_and_by_key),
        cmocka_unit_test(a_run_is_looked_up_again_in_its_own_struct),
        cmocka_unit_test(the_token_is_nowhere_to_be_found),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_providers_name_belongs_to_one_run_of_its_service),
        cmocka_unit_test(asking_to_cancel_is_noted_and_ends_nothing),
        cmocka_unit_test(a_voided_start_never_happens),
        cmocka_unit_test(a_start_that_happened_is_not_voided),
        cmocka_unit_test(a_voided_run_is_not_settled),
        cmocka_unit_test(one_text_may_name_a_run_and_a_debit),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
