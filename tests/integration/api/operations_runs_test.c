/* run.*: each operation by name and typed gives the same. */
#include "calls.h"

static noema_id account;

static int
begin(void **state)
{
    (void)state;
    account = account_with(50 * NOEMA_USD);
    return 0;
}

static json_t *
run_only(noema_id id)
{
    return json_pack("{s:s}", "run", id.text);
}

static json_t *
with_document(const noema_run *run, const noema_document *document)
{
    json_t *json = run_json(run);
    (void)json_object_set_new(json, "document", json_of(noema_document_json(document)));
    return json;
}

static const char input[] = "{\"prompt\":\"a\",\"a.b\":{\"$x\":1}}";

static json_t *
start_arguments(const noema_run_request *request)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:o,s:{s:i}}", "account",
                     request->account.text, "payer", request->payer.text, "key", request->key,
                     "tool", request->tool, "service", request->service, "hold", "0.05", "rate",
                     "0.00114", "rate_unit", request->rate_unit, "lifetime_ms", 60000, "input",
                     json_of(input), "metadata", "m", 1);
}

static noema_run_request
whole_request(void)
{
    noema_run_request request = request_for(account, 5 * CENT);
    request.payer = account;
    request.service = "comfydeploy";
    request.rate = 1140000;
    request.rate_unit = "second";
    request.lifetime_ms = 60000;
    request.input_json = input;
    request.metadata_json = "{\"m\":1}";
    return request;
}

static void
compare_start(void)
{
    noema_run run;
    noema_run_request request = whole_request();
    json_t *first = called("run.start", start_arguments(&request), NOEMA_OK);
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    assert_int_equal(run.flags, NOEMA_REPLAYED);
    assert_int_equal(strlen(json_string_value(json_object_get(first, "token"))), 24);
    (void)json_object_del(first, "token");
    (void)json_object_set_new(first, "replayed", json_true());
    assert_same(run_json(&run), first);
    request.key = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    run.token[0] = '\0';
    run.flags = NOEMA_REPLAYED;
    assert_same(called("run.start", start_arguments(&request), NOEMA_OK), run_json(&run));
    request.hold = 999 * NOEMA_USD;
    request.key = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_INSUFFICIENT_FUNDS);
    json_t *arguments = start_arguments(&request);
    (void)json_object_set_new(arguments, "hold", json_string("999"));
    assert_same_error("run.start", arguments, NOEMA_INSUFFICIENT_FUNDS);
}

static void
compare_attach(void)
{
    noema_run run;
    noema_run found;
    noema_run_request request = whole_request();
    const char *provider_run = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    assert_same(called("run.attach",
                       json_pack("{s:s,s:s}", "run", run.id.text, "provider_run_id", provider_run),
                       NOEMA_OK),
                json_object());
    assert_status(noema_run_attach(db, &run.id, provider_run, &error), NOEMA_OK);
    assert_status(noema_run_find_provider(db, "comfydeploy", provider_run, &found, NULL, &error),
                  NOEMA_OK);
    assert_string_equal(found.id.text, run.id.text);
    assert_status(noema_run_attach(db, &run.id, "another", &error), NOEMA_ILLEGAL_TRANSITION);
    assert_same_error("run.attach",
                      json_pack("{s:s,s:s}", "run", run.id.text, "provider_run_id", "another"),
                      NOEMA_ILLEGAL_TRANSITION);
}

static void
compare_request_cancel(void)
{
    noema_run found;
    noema_document *document;
    const char *reason = "";
    noema_run run = started(account, CENT);
    assert_same(called("run.request_cancel",
                       json_pack("{s:s,s:s}", "run", run.id.text, "reason", "stop it"), NOEMA_OK),
                json_object());
    assert_status(noema_run_find(db, &run.id, &found, &document, &error), NOEMA_OK);
    assert_true(noema_document_text(document, "/cancel/reason", &reason));
    assert_string_equal(reason, "stop it");
    noema_document_free(document);
    const noema_settlement settlement = settlement_for(run.id, NOEMA_RUN_CANCELLED);
    (void)settled(&settlement, &run);
    assert_status(noema_run_request_cancel(db, &run.id, NULL, &error), NOEMA_ILLEGAL_TRANSITION);
    assert_same_error("run.request_cancel", run_only(run.id), NOEMA_ILLEGAL_TRANSITION);
}

static json_t *
settlement_json(noema_run run, noema_receipt receipt)
{
    run.flags |= NOEMA_REPLAYED;
    receipt.flags |= NOEMA_REPLAYED;
    return json_pack("{s:o,s:o}", "run", run_json(&run), "receipt", receipt_json(&receipt));
}

static void
compare_settle(void)
{
    noema_run run;
    noema_receipt receipt;
    noema_run_request request = whole_request();
    const char *provider_run = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    assert_status(noema_run_attach(db, &run.id, provider_run, &error), NOEMA_OK);
    noema_settlement settlement = settlement_for(run.id, NOEMA_RUN_COMPLETED);
    settlement.price = NOEMA_PRICE_UNITS;
    settlement.units_milli = 37400;
    settlement.exp = 10;
    settlement.provider_cost = 17952000;
    settlement.output_json = "{\"o\":1}";
    settlement.overrun = NOEMA_OVERRUN_CHARGE;
    json_t *arguments = json_pack(
        "{s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s,s:{s:i}}", "service", "comfydeploy", "provider_run_id",
        provider_run, "state", "completed", "price", "units", "units_milli", 37400, "exp", 10,
        "provider_cost", "0.017952", "overrun", "charge", "output", "o", 1);
    json_t *first = called("run.settle", json_deep_copy(arguments), NOEMA_OK);
    receipt = settled(&settlement, &run);
    assert_int_equal(receipt.flags, NOEMA_REPLAYED);
    (void)json_object_set_new(json_object_get(first, "run"), "replayed", json_true());
    (void)json_object_set_new(json_object_get(first, "receipt"), "replayed", json_true());
    assert_same(settlement_json(run, receipt), first);
    json_decref(arguments);
}

static void
compare_failed_settle(void)
{
    noema_run run;
    noema_settlement settlement = settlement_for(started(account, CENT).id, NOEMA_RUN_FAILED);
    settlement.error_code = "OOM";
    settlement.error_text = "out of memory";
    settlement.price = NOEMA_PRICE_AMOUNT;
    settlement.charge = CENT;
    noema_receipt receipt = settled(&settlement, &run);
    assert_same(called("run.settle",
                       json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "run", settlement.run.text, "state",
                                 "failed", "price", "amount", "charge", "0.01", "error_code", "OOM",
                                 "error_text", "out of memory"),
                       NOEMA_OK),
                settlement_json(run, receipt));
}

static void
compare_refused_settle(void)
{
    noema_run run;
    noema_receipt receipt;
    noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    (void)settled(&settlement, &run);
    settlement = settlement_for(run.id, NOEMA_RUN_TIMEOUT);
    assert_status(noema_run_settle(db, &settlement, &run, &receipt, &error),
                  NOEMA_ILLEGAL_TRANSITION);
    json_t *arguments = json_pack("{s:s,s:s}", "run", settlement.run.text, "state", "timeout");
    assert_same_error("run.settle", json_deep_copy(arguments), NOEMA_ILLEGAL_TRANSITION);
    json_t *refused = called("run.settle", arguments, NOEMA_ILLEGAL_TRANSITION);
    assert_same(json_incref(json_object_get(refused, "result")),
                json_pack("{s:o}", "run", run_json(&run)));
    json_decref(refused);
}

static void
compare_find(void)
{
    noema_run run;
    noema_document *document;
    noema_id nothing = {"0123456789abcdef01234567"};
    noema_id id = started(account, CENT).id;
    assert_status(noema_run_find(db, &id, &run, &document, &error), NOEMA_OK);
    assert_same(called("run.find", run_only(id), NOEMA_OK), with_document(&run, document));
    noema_document_free(document);
    assert_status(noema_run_find(db, &nothing, &run, NULL, &error), NOEMA_NOT_FOUND);
    assert_same_error("run.find", run_only(nothing), NOEMA_NOT_FOUND);
}

static void
compare_find_provider(void)
{
    noema_run run;
    noema_document *document;
    noema_run_request request = whole_request();
    const char *provider_run = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    json_t *arguments =
        json_pack("{s:s,s:s}", "service", request.service, "provider_run_id", provider_run);
    noema_id id = run.id;
    assert_status(noema_run_find_provider(db, request.service, provider_run, &run, NULL, &error),
                  NOEMA_NOT_FOUND);
    assert_same_error("run.find_provider", json_incref(arguments), NOEMA_NOT_FOUND);
    assert_status(noema_run_attach(db, &id, provider_run, &error), NOEMA_OK);
    assert_status(
        noema_run_find_provider(db, request.service, provider_run, &run, &document, &error),
        NOEMA_OK);
    assert_same(called("run.find_provider", arguments, NOEMA_OK), with_document(&run, document));
    noema_document_free(document);
}

static void
compare_find_key(void)
{
    noema_run run;
    noema_document *document;
    noema_run_request request = whole_request();
    json_t *arguments = json_pack("{s:s,s:s}", "account", account.text, "key", request.key);
    assert_status(noema_run_find_key(db, &account, request.key, &run, NULL, &error),
                  NOEMA_NOT_FOUND);
    assert_same_error("run.find_key", json_incref(arguments), NOEMA_NOT_FOUND);
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    assert_status(noema_run_find_key(db, &account, request.key, &run, &document, &error), NOEMA_OK);
    assert_same(called("run.find_key", arguments, NOEMA_OK), with_document(&run, document));
    noema_document_free(document);
}

static void
compare_void(void)
{
    noema_run run;
    noema_run_request request = whole_request();
    json_t *arguments = json_pack("{s:s,s:s}", "account", account.text, "key", request.key);
    json_t *first = called("run.void", json_incref(arguments), NOEMA_OK);
    assert_status(noema_run_void(db, &account, request.key, &run, &error), NOEMA_OK);
    run.flags &= ~(uint32_t)NOEMA_REPLAYED;
    (void)json_object_set_new(first, "replayed", json_false());
    assert_same(first, run_json(&run));
    request.key = fresh_key();
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    (void)json_object_set_new(arguments, "key", json_string(request.key));
    assert_status(noema_run_void(db, &account, request.key, &run, &error),
                  NOEMA_ILLEGAL_TRANSITION);
    assert_same_error("run.void", json_incref(arguments), NOEMA_ILLEGAL_TRANSITION);
    json_t *refused = called("run.void", arguments, NOEMA_ILLEGAL_TRANSITION);
    assert_same(json_incref(json_object_get(refused, "result")), run_json(&run));
    json_decref(refused);
}

static void
compare_list(void)
{
    noema_list *list;
    const noema_query query = {
        .size = sizeof query, .account = account, .limit = 2, .types = "pending", .tool = "flux"};
    for (int i = 0; i < 3; i++) {
        (void)started(account, CENT);
    }
    assert_status(noema_run_list(db, &query, &list, &error), NOEMA_OK);
    assert_int_equal(noema_list_count(list), 2);
    assert_same(called("run.list",
                       json_pack("{s:s,s:i,s:s,s:s}", "account", account.text, "limit", 2, "types",
                                 "pending", "tool", "flux"),
                       NOEMA_OK),
                json_of(noema_list_json(list)));
    noema_list_free(list);
}

static void
compare_reap(void)
{
    uint32_t settled_count = 0;
    for (int i = 0; i < 2; i++) {
        noema_run run = started(account, CENT);
        change_stored("workflowExecutions", by_id(run.id),
                      BCON_NEW("$set", "{", "deadline", BCON_DATE_TIME(now() - 60000), "dueAt",
                               BCON_DATE_TIME(now() - 60000), "}"));
    }
    assert_same(called("run.reap", json_pack("{s:i}", "limit", 1), NOEMA_OK),
                json_pack("{s:i}", "settled", 1));
    assert_status(noema_run_reap(db, 10, &settled_count, &error), NOEMA_OK);
    assert_int_equal(settled_count, 1);
}

static void
by_name_and_typed_are_the_same(void **state)
{
    static const operation_case cases[] = {
        {"run.start",          compare_start         },
        {"run.attach",         compare_attach        },
        {"run.request_cancel", compare_request_cancel},
        {"run.settle",         compare_settle        },
        {"run.find",           compare_find          },
        {"run.find_provider",  compare_find_provider },
        {"run.find_key",       compare_find_key      },
        {"run.void",           compare_void          },
        {"run.list",           compare_list          },
        {"run.reap",           compare_reap          },
    };
    (void)state;
    run_cases("run.", cases, sizeof cases / sizeof cases[0]);
}

static void
other_ends_of_runs_are_the_same_too(void **state)
{
    (void)state;
    compare_failed_settle();
    compare_refused_settle();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(by_name_and_typed_are_the_same, begin),
        cmocka_unit_test_setup(other_ends_of_runs_are_the_same_too, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
