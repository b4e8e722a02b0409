/* noema_call with what it must refuse: for every operation of the table, each argument missing, of a
 * wrong type, beyond its bounds; and texts that are no JSON. The answer is always one JSON object. */
#include "calls.h"

#include <time.h>

#include "api/operations.h"

static noema_id account;
static const char *handle;

static int
begin(void **state)
{
    noema_account made;
    (void)state;
    handle = fresh_handle();
    assert_status(noema_account_ensure(db, handle, &made, &error), NOEMA_OK);
    account = made.id;
    (void)credited(account, NOEMA_USD);
    return 0;
}

static const char *
text_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* Calls with text; the error object says the status that was returned. */
static json_t *
answer_of(const char *operation, const char *arguments, noema_status *status)
{
    char *result = NULL;
    *status = noema_call(db, operation, arguments, &result);
    assert_non_null(result);
    json_t *json = json_of(result);
    noema_free(result);
    assert_true(json_is_object(json));
    if (*status != NOEMA_OK) {
        assert_string_equal(text_at(json, "status"), noema_status_name(*status));
        assert_true(text_at(json, "message")[0] != '\0');
        assert_true(json_is_boolean(json_object_get(json, "retryable")));
    }
    return json;
}

static void
assert_invalid(const char *operation, const char *arguments, const char *field)
{
    noema_status status;
    json_t *json = answer_of(operation, arguments, &status);
    if (status != NOEMA_INVALID || strcmp(text_at(json, "field"), field) != 0) {
        print_error("%s %.200s: %s, field \"%s\", wanted \"%s\"\n", operation, arguments,
                    noema_status_name(status), text_at(json, "field"), field);
        fail();
    }
    json_decref(json);
}

static void
assert_invalid_json(const char *operation, json_t *arguments, const char *field)
{
    char *text = json_dumps(arguments, 0);
    assert_invalid(operation, text, field);
    free(text);
}

/* ---- every operation of the table --------------------------------------------------------------- */

static const char *
last_of(const char *const *words)
{
    while (words[1] != NULL) {
        words++;
    }
    return *words;
}

static json_t *
valid_value(const nd_argument *argument)
{
    static const char *const texts[] = {
        [ND_ARGUMENT_ID] = "\"0123456789abcdef01234567\"",
        [ND_ARGUMENT_MONEY] = "\"0.01\"",
        [ND_ARGUMENT_TEXT] = "\"telegram:x\"",
        [ND_ARGUMENT_TIME] = "\"2100-01-01T00:00:00Z\"",
        [ND_ARGUMENT_BOOL] = "true",
        [ND_ARGUMENT_OBJECT] = "{}",
        [ND_ARGUMENT_ARRAY] = "[]",
    };
    if (argument->type == ND_ARGUMENT_ACCOUNT) {
        return json_string(handle);
    }
    if (argument->type == ND_ARGUMENT_INTEGER) {
        return json_integer(argument->min > 0 ? argument->min : 1);
    }
    if (argument->type == ND_ARGUMENT_WORD) {
        return json_string(last_of(argument->words));
    }
    return json_of(texts[argument->type]);
}

/* One of which an operation wants, though none is required by itself. */
static bool
is_subject(const char *name)
{
    return strcmp(name, "account") == 0 || strcmp(name, "entry") == 0 ||
           strcmp(name, "service") == 0 || strcmp(name, "provider_run_id") == 0;
}

static json_t *
required_arguments(const nd_operation *operation)
{
    json_t *json = json_object();
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->arguments[i].required || is_subject(operation->arguments[i].name)) {
            (void)json_object_set_new(json, operation->arguments[i].name,
                                      valid_value(&operation->arguments[i]));
        }
    }
    return json;
}

static bool
is_text(nd_argument_type type)
{
    return type != ND_ARGUMENT_INTEGER && type != ND_ARGUMENT_BOOL && type != ND_ARGUMENT_OBJECT &&
           type != ND_ARGUMENT_ARRAY;
}

/* Each that its type can't be. */
static void
refuse_wrong_values(const nd_operation *operation, const nd_argument *argument)
{
    const struct {
        const char *json;
        bool may;
    } values[] = {
        {"true",                 argument->type == ND_ARGUMENT_BOOL   },
        {"1",                    argument->type == ND_ARGUMENT_INTEGER},
        {"1.5",                  false                                },
        {"\"\"",                 is_text(argument->type)              },
        {"\"text with blanks\"", argument->type == ND_ARGUMENT_TEXT   },
        {"{}",                   argument->type == ND_ARGUMENT_OBJECT },
        {"{\"$gt\":\"\"}",       argument->type == ND_ARGUMENT_OBJECT },
        {"[]",                   argument->type == ND_ARGUMENT_ARRAY  },
        {"[\"a\"]",              argument->type == ND_ARGUMENT_ARRAY  },
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        json_t *arguments = required_arguments(operation);
        (void)json_object_set_new(arguments, argument->name, json_of(values[i].json));
        if (!values[i].may) {
            assert_invalid_json(operation->name, arguments, argument->name);
        }
        json_decref(arguments);
    }
}

static void
refuse_what_is_beyond_bounds(const nd_operation *operation, const nd_argument *argument)
{
    json_t *arguments = required_arguments(operation);
    if (argument->type == ND_ARGUMENT_TEXT && argument->max > 0) {
        char *text = calloc(1, (size_t)argument->max + 2);
        assert_non_null(text);
        memset(text, 'k', (size_t)argument->max + 1);
        (void)json_object_set_new(arguments, argument->name, json_string(text));
        free(text);
        assert_invalid_json(operation->name, arguments, argument->name);
    }
    if (argument->type == ND_ARGUMENT_INTEGER && argument->min > INT64_MIN) {
        (void)json_object_set_new(arguments, argument->name, json_integer(argument->min - 1));
        assert_invalid_json(operation->name, arguments, argument->name);
    }
    if (argument->type == ND_ARGUMENT_INTEGER && argument->max < INT64_MAX) {
        (void)json_object_set_new(arguments, argument->name, json_integer(argument->max + 1));
        assert_invalid_json(operation->name, arguments, argument->name);
    }
    json_decref(arguments);
}

static void
refuse_missing(const nd_operation *operation, const nd_argument *argument)
{
    json_t *arguments = required_arguments(operation);
    (void)json_object_del(arguments, argument->name);
    assert_invalid_json(operation->name, arguments, argument->name);
    (void)json_object_set_new(arguments, argument->name, json_null());
    assert_invalid_json(operation->name, arguments, argument->name);
    json_decref(arguments);
}

static void
every_argument_of_every_operation_is_checked(void **state)
{
    const nd_operation *operation;
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; (operation = nd_operation_at(i)) != NULL; i++) {
        for (size_t k = 0; k < operation->count; k++) {
            refuse_wrong_values(operation, &operation->arguments[k]);
            refuse_what_is_beyond_bounds(operation, &operation->arguments[k]);
            if (operation->arguments[k].required) {
                refuse_missing(operation, &operation->arguments[k]);
            }
        }
    }
    assert_true(before == stored_everything());
}

static void
no_operation_takes_an_argument_that_it_does_not_know(void **state)
{
    const nd_operation *operation;
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; (operation = nd_operation_at(i)) != NULL; i++) {
        json_t *arguments = required_arguments(operation);
        (void)json_object_set_new(arguments, "amuont", json_string("1"));
        assert_invalid_json(operation->name, arguments, "amuont");
        json_decref(arguments);
    }
    assert_true(before == stored_everything());
}

/* ---- no operation, no JSON ------------------------------------------------------------------------ */

static void
an_operation_that_is_not_there_is_named(void **state)
{
    (void)state;
    assert_invalid("economy.steal", "{}", "operation");
    assert_invalid("", "{}", "operation");
    assert_invalid("economy", "{}", "operation");
    assert_invalid("Economy.debit", "{}", "operation");
    assert_invalid("economy.debit ", "{}", "operation");
    assert_invalid("\xff", "{}", "operation");
    assert_invalid(NULL, "{}", "operation");
    assert_int_equal(noema_call(db, "base.ping", "{}", NULL), NOEMA_INVALID);
}

static void
arguments_that_are_no_json_object_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "null",
        "1",
        "[]",
        "\"a\"",
        "{",
        "}",
        "{}{}",
        "{} x",
        "{\"a\"}",
        "{'a':1}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"account\":\"a\",\"account\":\"b\"}",
        "// x\n{}",
        "\xef\xbb\xbf{}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        noema_status status;
        json_decref(answer_of("economy.balance", texts[i], &status));
        if (status != NOEMA_INVALID) {
            print_error("%s\n", texts[i]);
        }
        assert_int_equal(status, NOEMA_INVALID);
    }
    noema_status status;
    json_decref(answer_of("economy.balance", NULL, &status));
    assert_int_equal(status, NOEMA_INVALID);
}

static void
deep_and_long_arguments_do_no_harm(void **state)
{
    enum { DEEP = 200000 };
    noema_status status;
    char *text = calloc(1, DEEP + 64);
    (void)state;
    assert_non_null(text);
    (void)snprintf(text, 64, "{\"account\":");
    memset(text + strlen(text), '[', DEEP);
    json_decref(answer_of("economy.balance", text, &status));
    assert_int_equal(status, NOEMA_INVALID);
    memset(text, ' ', DEEP);
    memcpy(text + DEEP, "{}", 3);
    json_decref(answer_of("base.ping", text, &status));
    assert_true(status == NOEMA_OK || status == NOEMA_INVALID);
    (void)snprintf(text, 64, "{\"account\":\"");
    memset(text + strlen(text), 'k', DEEP);
    memcpy(text + DEEP, "\"}", 3);
    json_decref(answer_of("economy.balance", text, &status));
    assert_int_equal(status, NOEMA_INVALID);
    free(text);
}

static void
money_is_text_and_says_so(void **state)
{
    static const char *const wrong[] = {"0.01", "1", "-1", "\"-1\"", "\"0\"", "\"1e2\"", "\"\""};
    char text[200];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"account\":\"%s\",\"amount\":%s,\"key\":\"k\"}",
                       account.text, wrong[i]);
        assert_invalid("economy.debit", text, "amount");
    }
    assert_balance(account, NOEMA_USD, 0);
}

/* An element is named by its place. */
static void
commands_of_apply_are_checked_one_by_one(void **state)
{
    char text[400];
    (void)state;
    assert_invalid("economy.apply", "{\"commands\":[]}", "commands");
    assert_invalid("economy.apply", "{\"commands\":[1]}", "commands.0");
    (void)snprintf(text, sizeof text,
                   "{\"commands\":[{\"kind\":\"debit\",\"account\":\"%s\",\"amount\":\"0.01\","
                   "\"key\":\"k\"},{\"kind\":\"debit\",\"account\":\"%s\",\"amount\":1,\"key\":"
                   "\"k2\"}]}",
                   account.text, account.text);
    assert_invalid("economy.apply", text, "commands.1.amount");
    assert_balance(account, NOEMA_USD, 0);
}

/* ---- chance ------------------------------------------------------------------------------------------ */

static uint32_t
next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void
spoil(char *text, size_t length, uint32_t *seed)
{
    static const char signs[] = "{}[]\",:\\.0123456789eE-+ntfu$\x01\x7f\xc3\xff";
    uint32_t changes = 1 + next_random(seed) % 3;
    for (uint32_t i = 0; i < changes; i++) {
        text[next_random(seed) % length] = signs[next_random(seed) % (sizeof signs - 1)];
    }
}

static void
spoiled_arguments_are_answered_by_one_json_object(void **state)
{
    enum { ROUNDS = 3000 };
    uint32_t seed = (uint32_t)time(NULL);
    char original[400];
    char text[400];
    (void)state;
    print_message("seed %u\n", seed);
    (void)snprintf(original, sizeof original,
                   "{\"account\":\"%s\",\"amount\":\"0.000000001\",\"key\":\"k\",\"mode\":"
                   "\"up_to\",\"metadata\":{\"a.b\":[1,2.5,null,\"x\"]},\"timeout_ms\":5000}",
                   account.text);
    for (int i = 0; i < ROUNDS; i++) {
        noema_status status;
        memcpy(text, original, sizeof text);
        spoil(text, strlen(text), &seed);
        json_decref(answer_of("economy.debit", text, &status));
        assert_true(status != NOEMA_INTERNAL && status != NOEMA_CORRUPT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_argument_of_every_operation_is_checked, begin),
        cmocka_unit_test_setup(no_operation_takes_an_argument_that_it_does_not_know, begin),
        cmocka_unit_test_setup(an_operation_that_is_not_there_is_named, begin),
        cmocka_unit_test_setup(arguments_that_are_no_json_object_are_refused, begin),
        cmocka_unit_test_setup(deep_and_long_arguments_do_no_harm, begin),
        cmocka_unit_test_setup(money_is_text_and_says_so, begin),
        cmocka_unit_test_setup(commands_of_apply_are_checked_one_by_one, begin),
        cmocka_unit_test_setup(spoiled_arguments_are_answered_by_one_json_object, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
