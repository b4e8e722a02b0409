/* What callers hand in as text, amounts and documents: what is too much is refused by name and changes
 * nothing; what looks like a query is kept as it was given. */
#include <stdlib.h>

#include "fixture.h"

static noema_id account;

static int
begin(void **state)
{
    (void)state;
    account = account_with(50 * NOEMA_USD);
    return 0;
}

static char *
text_of(size_t length)
{
    char *text = calloc(1, length + 1);
    assert_non_null(text);
    memset(text, 'k', length);
    return text;
}

static noema_status
debit_with_key(const char *key)
{
    noema_receipt receipt;
    return noema_economy_debit(db, &account, 1, key, NULL, &receipt, &error);
}

static const char *const bad_texts[] = {
    "\n",           "a\tb",      "a\x01",
    "a\x7f",        "\xff",      "\xc3",
    "\xed\xa0\x80", "a\xc0\x80", "\xf4\x90\x80\x80",
    "\xe2\x82",     "a\xc2\x80", "line\r\n",
};
enum { BAD_TEXTS = sizeof bad_texts / sizeof bad_texts[0] };

static void
a_key_is_1_to_200_bytes(void **state)
{
    char *longest = text_of(200);
    char *longer = text_of(201);
    char *huge = text_of(1 << 20);
    (void)state;
    assert_refused(debit_with_key(""), NOEMA_INVALID, "key");
    assert_status(debit_with_key("k"), NOEMA_OK);
    assert_status(debit_with_key(longest), NOEMA_OK);
    assert_refused(debit_with_key(longer), NOEMA_INVALID, "key");
    assert_refused(debit_with_key(huge), NOEMA_INVALID, "key");
    assert_true(strlen(error.message) < sizeof error.message);
    free(longest);
    free(longer);
    free(huge);
    assert_balance(account, 50 * NOEMA_USD - 2, 0);
}

static void
a_key_is_printable_utf8_and_not_the_librarys(void **state)
{
    noema_receipt receipt;
    noema_run run;
    noema_run_request request = request_for(account, CENT);
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; i < BAD_TEXTS; i++) {
        assert_refused(debit_with_key(bad_texts[i]), NOEMA_INVALID, "key");
        assert_refused(noema_economy_credit(db, &account, 1, bad_texts[i], NULL, &receipt, &error),
                       NOEMA_INVALID, "payment");
        request.key = bad_texts[i];
        assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INVALID, "key");
        assert_refused(noema_economy_void(db, &account, bad_texts[i], &receipt, &error),
                       NOEMA_INVALID, "key");
    }
    assert_refused(debit_with_key("noema:"), NOEMA_INVALID, "key");
    assert_refused(debit_with_key("noema:settle:6530aa11bb22cc33dd44ee55"), NOEMA_INVALID, "key");
    assert_refused(noema_economy_void(db, &account, "noema:opening", &receipt, &error),
                   NOEMA_INVALID, "key");
    request.key = "noema:x";
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INVALID, "key");
    assert_true(before == stored_everything());
    assert_status(debit_with_key("noem\xc3\xa4:1"), NOEMA_OK);
    assert_status(debit_with_key("Noema: it is not the prefix"), NOEMA_OK);
    assert_status(debit_with_key("\xe9\x8d\xb5 \xf0\x9f\x94\x91"), NOEMA_OK);
}

static void
keys_differ_by_every_byte(void **state)
{
    (void)state;
    assert_status(debit_with_key("Key"), NOEMA_OK);
    assert_status(debit_with_key("key"), NOEMA_OK);
    assert_status(debit_with_key("key "), NOEMA_OK);
    assert_status(debit_with_key(" key"), NOEMA_OK);
    assert_status(debit_with_key("k\xc3\xa9y"), NOEMA_OK);
    assert_status(debit_with_key("ke\xcc\x81y"), NOEMA_OK);
    assert_balance(account, 50 * NOEMA_USD - 6, 0);
}

static void
amounts_are_positive_and_in_range(void **state)
{
    static const noema_money amounts[] = {0, -1, INT64_MIN, INT64_MIN + 1};
    const noema_money beyond = 9000000000 * NOEMA_USD + 1;
    noema_receipt receipt;
    noema_run run;
    noema_run_request request = request_for(account, 0);
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_refused(noema_economy_credit(db, &account, amounts[i], "p", NULL, &receipt, &error),
                       NOEMA_INVALID, "amount");
        assert_int_equal(receipt.status, NOEMA_INVALID);
        assert_refused(noema_economy_bonus(db, &account, amounts[i], "k", NULL, &receipt, &error),
                       NOEMA_INVALID, "amount");
        assert_refused(noema_economy_debit(db, &account, amounts[i], "k", NULL, &receipt, &error),
                       NOEMA_INVALID, "amount");
        request.hold = amounts[i];
        if (request.hold != 0) {
            assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INVALID, "hold");
        }
    }
    for (int i = 0; i < 2; i++) {
        noema_money amount = i == 0 ? beyond : INT64_MAX;
        assert_refused(noema_economy_credit(db, &account, amount, "p", NULL, &receipt, &error),
                       NOEMA_LIMIT, "amount");
        assert_refused(noema_economy_debit(db, &account, amount, "k", NULL, &receipt, &error),
                       NOEMA_LIMIT, "amount");
        request.hold = amount;
        assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_LIMIT, "hold");
    }
    assert_true(before == stored_everything());
}

static void
handles_that_are_none_are_refused(void **state)
{
    static const char *const handles[] = {
        "",
        ":",
        "telegram",
        "telegram:",
        ":4242",
        "Telegram:1",
        "tele gram:1",
        "1telegram:1",
        "telegram:\xc3\xa4",
        "telegram:a\nb",
        "$where:1",
        "telegram\xff:1",
        "eip155:0x12",
        "eip155:0xzz",
        "solana:0OIl",
    };
    noema_account found;
    noema_account made;
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        assert_refused(noema_account_ensure(db, handles[i], &made, &error), NOEMA_INVALID,
                       "handle");
        assert_zeros(made);
        assert_refused(noema_account_find(db, handles[i], &found, &error), NOEMA_INVALID, "handle");
        assert_refused(noema_account_link(db, &account, handles[i], &error), NOEMA_INVALID,
                       "handle");
    }
    char *huge = text_of(1 << 20);
    memcpy(huge, "telegram:", 9);
    assert_refused(noema_account_ensure(db, huge, &made, &error), NOEMA_INVALID, "handle");
    huge[9 + 128] = '\0';
    assert_true(before == stored_everything());
    assert_status(noema_account_ensure(db, huge, &made, &error), NOEMA_OK);
    free(huge);
}

static void
ids_that_are_none_are_refused(void **state)
{
    static const char *const texts[] = {"", "x", "6530aa11bb22cc33dd44ee5", "{\"$gt\":\"\"}",
                                        "6530AA11BB22CC33DD44EE5G"};
    noema_balance balance;
    noema_receipt receipt;
    noema_run run;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        noema_id id = {""};
        (void)snprintf(id.text, sizeof id.text, "%s", texts[i]);
        assert_refused(noema_economy_balance(db, &id, &balance, &error), NOEMA_INVALID, "account");
        assert_refused(noema_economy_debit(db, &id, 1, "k", NULL, &receipt, &error), NOEMA_INVALID,
                       "account");
        assert_refused(noema_run_find(db, &id, &run, NULL, &error), NOEMA_INVALID, "run");
    }
    noema_id unended;
    memset(unended.text, 'a', sizeof unended.text);
    assert_refused(noema_economy_balance(db, &unended, &balance, &error), NOEMA_INVALID, "account");
}

static void
texts_of_a_movement_have_their_bounds(void **state)
{
    noema_receipt receipt;
    char *longest = text_of(200);
    char *longer = text_of(201);
    char *too_long = text_of(501);
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, 1);
    (void)state;
    command.description = longer;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.description");
    command.description = longest;
    command.reason = too_long;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.reason");
    command.reason = "\xff";
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.reason");
    command.reason = NULL;
    command.actor = "\xff";
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.actor");
    command.actor = NULL;
    (void)applied(&command);
    free(longest);
    free(longer);
    free(too_long);
}

static void
assert_start_is_invalid(const noema_run_request *request, const char *field)
{
    noema_run run;
    assert_refused(noema_run_start(db, request, &run, &error), NOEMA_INVALID, field);
    assert_zeros(run);
}

static void
what_a_run_is_asked_with_has_its_bounds(void **state)
{
    char *longer = text_of(201);
    noema_run run;
    noema_run_request request = request_for(account, CENT);
    uint64_t before = stored_everything();
    (void)state;
    request.tool = longer;
    assert_start_is_invalid(&request, "tool");
    request.tool = "";
    assert_start_is_invalid(&request, "tool");
    request = request_for(account, CENT);
    request.service = longer;
    assert_start_is_invalid(&request, "service");
    request = request_for(account, CENT);
    request.rate = CENT;
    assert_start_is_invalid(&request, "rate_unit");
    request.rate_unit = "hour";
    assert_start_is_invalid(&request, "rate_unit");
    request.rate_unit = "second";
    request.rate = -1;
    assert_start_is_invalid(&request, "rate");
    request.rate = 0;
    assert_start_is_invalid(&request, "rate_unit");
    request = request_for(account, CENT);
    request.lifetime_ms = 7 * 86400000u + 1;
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_LIMIT, "lifetime_ms");
    assert_true(before == stored_everything());
    request.lifetime_ms = 7 * 86400000u;
    request.service = "comfydeploy";
    assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
    assert_refused(noema_run_attach(db, &run.id, longer, &error), NOEMA_INVALID, "provider_run_id");
    assert_refused(noema_run_attach(db, &run.id, "", &error), NOEMA_INVALID, "provider_run_id");
    assert_refused(noema_run_attach(db, &run.id, "a\xff", &error), NOEMA_INVALID,
                   "provider_run_id");
    free(longer);
}

/* ---- what looks like a query --------------------------------------------------------------- */

static const char *const queries[] = {
    "$where",  "{\"$gt\":\"\"}", "a.b",    "$",         "'; return true; //", "$$ROOT",
    "a.$[].b", "__proto__",      "%s%n%x", "../../etc", "a\\u0000b",          "ObjectId('x')",
};
enum { QUERIES = sizeof queries / sizeof queries[0] };

static void
keys_that_look_like_queries_are_keys(void **state)
{
    noema_receipt receipt;
    (void)state;
    for (size_t i = 0; i < QUERIES; i++) {
        assert_status(noema_economy_find(db, &account, queries[i], &receipt, &error),
                      NOEMA_NOT_FOUND);
        assert_status(debit_with_key(queries[i]), NOEMA_OK);
        assert_status(noema_economy_find(db, &account, queries[i], &receipt, &error), NOEMA_OK);
        assert_int_equal(receipt.seq, (int64_t)i + 2);
    }
}

static void
providers_that_look_like_queries_find_themselves_only(void **state)
{
    noema_run run;
    (void)state;
    for (size_t i = 0; i < QUERIES; i++) {
        noema_run_request request = request_for(account, CENT);
        request.service = queries[i];
        request.tool = queries[i];
        assert_status(noema_run_start(db, &request, &run, &error), NOEMA_OK);
        noema_id id = run.id;
        assert_status(noema_run_find_provider(db, queries[i], queries[i], &run, NULL, &error),
                      NOEMA_NOT_FOUND);
        assert_status(noema_run_attach(db, &id, queries[i], &error), NOEMA_OK);
        assert_status(noema_run_find_provider(db, queries[i], queries[i], &run, NULL, &error),
                      NOEMA_OK);
        assert_string_equal(run.id.text, id.text);
    }
}

static void
handles_that_look_like_queries_lead_to_one_account_each(void **state)
{
    noema_account made;
    noema_account found;
    (void)state;
    for (size_t i = 0; i < QUERIES; i++) {
        char handle[80];
        (void)snprintf(handle, sizeof handle, "telegram:%s", queries[i]);
        noema_status status = noema_account_ensure(db, handle, &made, &error);
        if (status == NOEMA_INVALID) { /* a blank in it */
            continue;
        }
        assert_int_equal(status, NOEMA_OK);
        assert_int_equal(made.created, 1);
        assert_status(noema_account_find(db, handle, &found, &error), NOEMA_OK);
        assert_string_equal(found.id.text, made.id.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_is_1_to_200_bytes, begin),
        cmocka_unit_test_setup(a_key_is_printable_utf8_and_not_the_librarys, begin),
        cmocka_unit_test_setup(keys_differ_by_every_byte, begin),
        cmocka_unit_test_setup(amounts_are_positive_and_in_range, begin),
        cmocka_unit_test_setup(handles_that_are_none_are_refused, begin),
        cmocka_unit_test_setup(ids_that_are_none_are_refused, begin),
        cmocka_unit_test_setup(texts_of_a_movement_have_their_bounds, begin),
        cmocka_unit_test_setup(what_a_run_is_asked_with_has_its_bounds, begin),
        cmocka_unit_test_setup(keys_that_look_like_queries_are_keys, begin),
        cmocka_unit_test_setup(providers_that_look_like_queries_find_themselves_only, begin),
        cmocka_unit_test_setup(handles_that_look_like_queries_lead_to_one_account_each, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
