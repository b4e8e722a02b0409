/* Documents that callers and providers hand in: kept as they were given whatever their keys are, bounded
 * in size and depth, and refused by name when they are no documents. */
#include <jansson.h>
#include <stdlib.h>

#include "fixture.h"

enum { KIB = 1024 };
static noema_id account;

static int
begin(void **state)
{
    (void)state;
    account = account_with(50 * NOEMA_USD);
    return 0;
}

/* {"k":"xxx..."} of exactly so many bytes. */
static char *
object_of(size_t bytes)
{
    char *text = calloc(1, bytes + 1);
    assert_non_null(text);
    memset(text, 'x', bytes);
    memcpy(text, "{\"k\":\"", 6);
    memcpy(text + bytes - 2, "\"}", 2);
    return text;
}

/* {"a":{"a":...{}}} */
static char *
object_of_depth(size_t depth)
{
    char *text = calloc(depth, 6);
    assert_non_null(text);
    for (size_t i = 1; i < depth; i++) {
        memcpy(text + 5 * (i - 1), "{\"a\":", 5);
    }
    char *end = text + strlen(text);
    *end++ = '{';
    memset(end, '}', depth);
    return text;
}

static json_t *
parsed(const char *text)
{
    json_error_t problem;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (json == NULL) {
        print_error("%s: %s\n", problem.text, text);
    }
    assert_non_null(json);
    return json;
}

/* What is at a name of the run's document equals text. */
static void
assert_stored(noema_id id, const char *name, const char *text)
{
    noema_run run;
    noema_document *document;
    assert_status(noema_run_find(db, &id, &run, &document, &error), NOEMA_OK);
    json_t *all = parsed(noema_document_json(document));
    json_t *wanted = parsed(text);
    if (!json_equal(json_object_get(all, name), wanted)) {
        print_error("%s: %s\nwanted %s\n", name, noema_document_json(document), text);
        fail();
    }
    json_decref(all);
    json_decref(wanted);
    noema_document_free(document);
}

static const char *const free_documents[] = {
    "{}",
    "{\"a.b\":1,\"a\":{\"b\":2}}",
    "{\"$where\":\"sleep(1)\",\"$set\":{\"$inc\":{\"usdCredit\":5}},\"$oid\":\"x\"}",
    "{\"Flux 1.1 Pro\":{\"steps.max\":[1,{\"$x.y\":null}]}}",
    "{\"\":{\"\":1},\" \":true}",
    "{\"$date\":0,\"$numberDecimal\":\"1\",\"$code\":\"x\"}",
    "{\"%24\":1,\"%2E\":2,\"a%b\":3,\"\\uff04x\":4,\"\\uff0e\":5}",
    "{\"_id\":1,\"masterAccountId\":\"x\",\"__proto__\":{\"constructor\":1}}",
    "{\"big\":9007199254740993,\"min\":-9223372036854775808,\"max\":9223372036854775807}",
    "{\"half\":0.5,\"tiny\":1e-300,\"neg\":-0.25,\"int32\":2147483648}",
    "{\"text\":\"\\u00e4 \\ud83d\\udd11 \\\" \\\\ \\n\",\"list\":[[],[[]],{},null,false]}",
};
enum { FREE_DOCUMENTS = sizeof free_documents / sizeof free_documents[0] };

static void
inputs_outputs_and_metadata_come_back_as_given(void **state)
{
    (void)state;
    for (size_t i = 0; i < FREE_DOCUMENTS; i++) {
        noema_run run;
        noema_run_request request = request_for(account, CENT);
        request.input_json = request.metadata_json = free_documents[i];
        assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
        noema_settlement settlement = completion_of(run.id, CENT);
        settlement.output_json = free_documents[i];
        (void)settled(&settlement, &run);
        assert_stored(run.id, "requestPayload", free_documents[i]);
        assert_stored(run.id, "metadata", free_documents[i]);
        assert_stored(run.id, "responsePayload", free_documents[i]);
    }
}

static void
a_dot_in_an_output_does_not_block_the_settle_nor_nest(void **state)
{
    noema_run run;
    noema_run found;
    noema_document *document;
    int64_t steps = 0;
    noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    (void)state;
    settlement.output_json = "{\"Flux 1.1 Pro\":{\"steps\":28},\"artifacts\":"
                             "[{\"url\":\"https://cdn/1.png\",\"type\":\"image\"}]}";
    (void)settled(&settlement, &run);
    assert_status(noema_run_find(db, &run.id, &found, &document, &error), NOEMA_OK);
    assert_true(noema_document_integer(document, "/responsePayload/Flux 1.1 Pro/steps", &steps));
    assert_int_equal(steps, 28);
    const char *url = "";
    assert_true(noema_document_text(document, "/artifactUrls/0/url", &url));
    assert_string_equal(url, "https://cdn/1.png");
    noema_document_free(document);
}

static const char *const bad_documents[] = {
    "null",
    "1",
    "[]",
    "\"text\"",
    "{",
    "{}x",
    "{}{}",
    "{'a':1}",
    "{\"a\":1,}",
    "{\"a\":NaN}",
    "{a:1}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"b\":1,\"b\":1}}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":18446744073709551616}",
    "{\"a\":1e999}",
    "{\"a\":\"\\u0000\"}",
    "{\"\\u0000\":1}",
};
enum { BAD_DOCUMENTS = sizeof bad_documents / sizeof bad_documents[0] };

/* The field itself or a path into it. */
static void
assert_names(noema_status status, const char *field, const char *document)
{
    size_t length = strlen(field);
    bool named = strncmp(error.field, field, length) == 0 &&
                 (error.field[length] == '\0' || error.field[length] == '.');
    if (status != NOEMA_INVALID || !named) {
        print_error("%.60s: %s, field %s, wanted %s\n", document, noema_status_name(status),
                    error.field, field);
        fail();
    }
}

static void
what_is_no_document_is_refused_by_name(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_run open_run = started(account, CENT);
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; i < BAD_DOCUMENTS; i++) {
        noema_run_request request = request_for(account, CENT);
        noema_settlement settlement = completion_of(open_run.id, CENT);
        const noema_command options = {.size = sizeof options, .metadata_json = bad_documents[i]};
        const char *bad = bad_documents[i];
        assert_names(noema_economy_debit(db, &account, CENT, "bad", &options, &receipt, &error),
                     "metadata", bad);
        request.input_json = bad;
        assert_names(noema_run_start(db, &request, &run, &error), "input", bad);
        settlement.output_json = bad;
        assert_names(noema_run_settle(db, &settlement, &run, &receipt, &error), "output", bad);
    }
    assert_true(before == stored_everything());
    assert_balance(account, 50 * NOEMA_USD, CENT);
}

static void
metadata_is_at_most_4_kib(void **state)
{
    noema_receipt receipt;
    char *fits = object_of(4000);
    char *too_long = object_of(4 * KIB + 200);
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, CENT);
    (void)state;
    command.metadata_json = too_long;
    assert_refused(apply(&command, &receipt), NOEMA_LIMIT, "commands.0.metadata");
    command.metadata_json = fits;
    (void)applied(&command);
    free(fits);
    free(too_long);
    assert_balance(account, 50 * NOEMA_USD - CENT, 0);
}

static void
outputs_and_inputs_are_at_most_256_kib(void **state)
{
    noema_run run;
    noema_receipt receipt;
    char *fits = object_of(255 * KIB);
    char *too_long = object_of(256 * KIB + 200);
    noema_run_request request = request_for(account, CENT);
    (void)state;
    request.input_json = too_long;
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_LIMIT, "input");
    request.input_json = fits;
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    noema_settlement settlement = completion_of(run.id, CENT);
    settlement.output_json = too_long;
    assert_refused(noema_run_settle(db, &settlement, &run, &receipt, &error), NOEMA_LIMIT,
                   "output");
    assert_int_equal(run_of(settlement.run).state, NOEMA_RUN_PENDING);
    assert_balance(account, 50 * NOEMA_USD, CENT);
    settlement.output_json = fits;
    (void)settled(&settlement, &run);
    assert_stored(run.id, "responsePayload", fits);
    free(fits);
    free(too_long);
}

static void
depth_is_bounded_and_deep_text_does_no_harm(void **state)
{
    noema_receipt receipt;
    char *shallow = object_of_depth(8);
    char *deep = object_of_depth(100000);
    noema_run run;
    noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    (void)state;
    settlement.output_json = deep;
    noema_status status = noema_run_settle(db, &settlement, &run, &receipt, &error);
    assert_names(status == NOEMA_LIMIT ? NOEMA_INVALID : status, "output", "deep");
    settlement.output_json = shallow;
    (void)settled(&settlement, &run);
    assert_stored(run.id, "responsePayload", shallow);
    free(shallow);
    free(deep);
}

/* A provider's own words are not worth a stuck run. */
static void
a_long_error_text_has_a_bound(void **state)
{
    noema_run run;
    noema_receipt receipt;
    char *text = calloc(1, 5001);
    noema_settlement settlement = settlement_for(started(account, CENT).id, NOEMA_RUN_FAILED);
    (void)state;
    assert_non_null(text);
    memset(text, 'e', 5000);
    settlement.error_text = text;
    noema_status status = noema_run_settle(db, &settlement, &run, &receipt, &error);
    if (status != NOEMA_OK) {
        assert_refused(status, NOEMA_INVALID, "error_text");
        text[2000] = '\0';
        (void)settled(&settlement, &run);
    }
    free(text);
    assert_balance(account, 50 * NOEMA_USD, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(inputs_outputs_and_metadata_come_back_as_given, begin),
        cmocka_unit_test_setup(a_dot_in_an_output_does_not_block_the_settle_nor_nest, begin),
        cmocka_unit_test_setup(what_is_no_document_is_refused_by_name, begin),
        cmocka_unit_test_setup(metadata_is_at_most_4_kib, begin),
        cmocka_unit_test_setup(outputs_and_inputs_are_at_most_256_kib, begin),
        cmocka_unit_test_setup(depth_is_bounded_and_deep_text_does_no_harm, begin),
        cmocka_unit_test_setup(a_long_error_text_has_a_bound, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
