/* Documents: their JSON, and JSON Pointers into them; each getter gives its own type or says false. */
#include <jansson.h>

#include "fixture.h"

static noema_document *document;
static noema_run run;

static const char input[] =
    "{\"Flux 1.1 Pro\":{\"steps\":28,\"a/b\":1,\"c~d\":2,\"~1\":3,\"\":4},"
    "\"text\":\"words\",\"empty\":\"\",\"yes\":true,\"no\":false,\"nothing\":null,"
    "\"list\":[10,[20,30],{\"x\":40}],\"half\":0.5,\"whole\":2.0,\"big\":9007199254740993,"
    "\"money\":\"0.25\",\"time\":\"2026-11-24T12:00:00.123Z\",\"zero\":0,\"-0\":-1}";

static int
open_document(void **state)
{
    noema_run_request request;
    if (open_database(state) != 0) {
        return -1;
    }
    request = request_for(account_with(NOEMA_USD), 25 * CENT);
    request.input_json = input;
    request.rate = 123456789;
    request.rate_unit = "second";
    if (noema_run_start(db, &request, &run, &error) != NOEMA_OK) {
        return -1;
    }
    noema_run found;
    return noema_run_find(db, &run.id, &found, &document, &error) == NOEMA_OK ? 0 : -1;
}

static int
close_document(void **state)
{
    noema_document_free(document);
    return drop_database(state);
}

static int64_t
integer_at(const char *path)
{
    int64_t value = -77;
    if (!noema_document_integer(document, path, &value)) {
        print_error("%s: no integer\n", path);
        fail();
    }
    return value;
}

static void
pointers_reach_every_name(void **state)
{
    (void)state;
    assert_int_equal(integer_at("/requestPayload/Flux 1.1 Pro/steps"), 28);
    assert_int_equal(integer_at("/requestPayload/Flux 1.1 Pro/a~1b"), 1);
    assert_int_equal(integer_at("/requestPayload/Flux 1.1 Pro/c~0d"), 2);
    assert_int_equal(integer_at("/requestPayload/Flux 1.1 Pro/~01"), 3);
    assert_int_equal(integer_at("/requestPayload/Flux 1.1 Pro/"), 4);
    assert_int_equal(integer_at("/requestPayload/list/0"), 10);
    assert_int_equal(integer_at("/requestPayload/list/1/1"), 30);
    assert_int_equal(integer_at("/requestPayload/list/2/x"), 40);
    assert_int_equal(integer_at("/requestPayload/-0"), -1);
    assert_int_equal(integer_at("/requestPayload/big"), 9007199254740993);
    assert_int_equal(integer_at("/requestPayload/zero"), 0);
}

static const char *const nowhere[] = {
    "",
    "/",
    "requestPayload",
    "requestPayload/text",
    "._id",
    "/requestPayload",
    "/requestPayload/",
    "/requestPayload/list",
    "/requestPayload/list/3",
    "/requestPayload/list/-",
    "/requestPayload/list/-1",
    "/requestPayload/list/00",
    "/requestPayload/list/01",
    "/requestPayload/list/1e0",
    "/requestPayload/list/18446744073709551616",
    "/requestPayload/list/ 0",
    "/requestPayload/text/0",
    "/requestPayload/nothing",
    "/requestPayload/nothing/x",
    "/requestPayload/Flux 1/1 Pro",
    "/requestPayload.list.0",
    "/requestPayload/Flux 1.1 Pro/a/b",
    "/requestPayload/~",
    "/requestPayload/~2",
    "//",
    "\xff\xfe",
};

static void
pointers_that_lead_nowhere_are_false(void **state)
{
    const char *text = "untouched";
    int64_t number = -77;
    bool flag = true;
    (void)state;
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        bool found = noema_document_text(document, nowhere[i], &text) ||
                     noema_document_integer(document, nowhere[i], &number) ||
                     noema_document_money(document, nowhere[i], &number) ||
                     noema_document_time(document, nowhere[i], &number) ||
                     noema_document_bool(document, nowhere[i], &flag);
        if (found) {
            print_error("found: %s\n", nowhere[i]);
            fail();
        }
    }
}

static void
each_getter_has_its_type(void **state)
{
    const char *text;
    int64_t number;
    bool flag = false;
    (void)state;
    assert_true(noema_document_text(document, "/requestPayload/text", &text));
    assert_string_equal(text, "words");
    assert_true(noema_document_text(document, "/requestPayload/empty", &text));
    assert_string_equal(text, "");
    assert_true(noema_document_bool(document, "/requestPayload/yes", &flag));
    assert_true(flag);
    assert_true(noema_document_bool(document, "/requestPayload/no", &flag));
    assert_false(flag);
    assert_false(noema_document_text(document, "/requestPayload/yes", &text));
    assert_false(noema_document_text(document, "/requestPayload/list/0", &text));
    assert_false(noema_document_integer(document, "/requestPayload/text", &number));
    assert_false(noema_document_integer(document, "/requestPayload/half", &number));
    assert_false(noema_document_integer(document, "/requestPayload/yes", &number));
    assert_false(noema_document_bool(document, "/requestPayload/zero", &flag));
    assert_false(noema_document_money(document, "/requestPayload/text", &number));
    assert_false(noema_document_money(document, "/requestPayload/zero", &number));
    assert_false(noema_document_time(document, "/requestPayload/text", &number));
    assert_false(noema_document_time(document, "/requestPayload/list", &number));
}

static void
money_and_times_are_read_as_such(void **state)
{
    noema_money money;
    noema_time time;
    (void)state;
    assert_true(noema_document_money(document, "/holdUsd", &money));
    assert_int_equal(money, 25 * CENT);
    assert_true(noema_document_money(document, "/costRate/amount", &money));
    assert_int_equal(money, 123456789);
    assert_true(noema_document_time(document, "/requestTimestamp", &time));
    assert_int_equal(time, run.started);
    assert_true(noema_document_time(document, "/deadline", &time));
    assert_int_equal(time, run.deadline);
    assert_false(noema_document_time(document, "/holdUsd", &time));
    assert_false(noema_document_money(document, "/requestTimestamp", &money));
    assert_false(noema_document_integer(document, "/holdUsd", &money));
}

static void
ids_are_hex_text(void **state)
{
    const char *text;
    (void)state;
    assert_true(noema_document_text(document, "/_id", &text));
    assert_string_equal(text, run.id.text);
    assert_true(noema_document_text(document, "/masterAccountId", &text));
    assert_string_equal(text, run.account.text);
}

static void
the_json_is_whole_and_stays_the_same(void **state)
{
    json_error_t problem;
    const char *first = noema_document_json(document);
    json_t *all = json_loads(first, JSON_REJECT_DUPLICATES, &problem);
    json_t *given = json_loads(input, JSON_REJECT_DUPLICATES, &problem);
    (void)state;
    assert_non_null(all);
    assert_non_null(given);
    json_t *kept = json_object_get(all, "requestPayload");
    assert_true(json_is_real(json_object_get(kept, "whole")));
    assert_true(json_is_null(json_object_get(kept, "nothing")));
    assert_true(json_equal(kept, given));
    assert_string_equal(json_string_value(json_object_get(all, "holdUsd")), "0.25");
    assert_ptr_equal(noema_document_json(document), first);
    json_decref(all);
    json_decref(given);
}

static void
null_is_tolerated(void **state)
{
    const char *text;
    int64_t number;
    (void)state;
    assert_false(noema_document_text(document, NULL, &text));
    assert_false(noema_document_integer(document, NULL, &number));
    (void)noema_document_text(document, "/requestPayload/text", NULL);
    (void)noema_document_integer(document, "/requestPayload/zero", NULL);
    (void)noema_document_money(document, "/holdUsd", NULL);
    (void)noema_document_time(document, "/deadline", NULL);
    (void)noema_document_bool(document, "/requestPayload/yes", NULL);
}

static void
a_users_document_shows_identities_and_times(void **state)
{
    noema_document *user;
    noema_account account;
    const char *text;
    noema_time time;
    const char *handle = fresh_handle();
    (void)state;
    assert_status(noema_account_ensure(db, handle, &account, &error), NOEMA_OK);
    assert_status(noema_account_read(db, &account.id, &user, &error), NOEMA_OK);
    assert_true(noema_document_text(user, "/_id", &text));
    assert_string_equal(text, account.id.text);
    assert_true(noema_document_text(user, "/platformIdentities/telegram", &text));
    assert_string_equal(text, handle + strlen("telegram:"));
    assert_true(noema_document_text(user, "/status", &text));
    assert_true(noema_document_time(user, "/userCreationTimestamp", &time));
    assert_in_range(time, (uint64_t)(now() - 60000), (uint64_t)(now() + 2000));
    noema_document_free(user);
}

static void
a_report_of_install_is_a_document(void **state)
{
    noema_document *report = NULL;
    int64_t number = 0;
    (void)state;
    assert_status(noema_install(db, true, &report, &error), NOEMA_OK);
    assert_true(noema_document_integer(report, "/collections", &number));
    assert_true(number > 0);
    noema_document_free(report);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_reach_every_name),
        cmocka_unit_test(pointers_that_lead_nowhere_are_false),
        cmocka_unit_test(each_getter_has_its_type),
        cmocka_unit_test(money_and_times_are_read_as_such),
        cmocka_unit_test(ids_are_hex_text),
        cmocka_unit_test(the_json_is_whole_and_stays_the_same),
        cmocka_unit_test(null_is_tolerated),
        cmocka_unit_test(a_users_document_shows_identities_and_times),
        cmocka_unit_test(a_report_of_install_is_a_document),
    };
    return cmocka_run_group_tests(tests, open_document, close_document);
}
