/* What the library says of itself: every operation with its arguments, every status, option and metric,
 * as one JSON text that is the table it works by. */
#include <jansson.h>
#include <noemadb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/operations.h"

static json_t *root;

static int
parse(void **state)
{
    json_error_t problem;
    (void)state;
    root = json_loads(noema_operations_json(), JSON_REJECT_DUPLICATES, &problem);
    return root != NULL ? 0 : -1;
}

static int
release(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static const char *
text_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* Of an array, the object of that name. */
static const json_t *
named(const char *array, const char *name)
{
    size_t index;
    const json_t *item;
    json_array_foreach(json_object_get(root, array), index, item)
    {
        if (strcmp(text_at(item, "name"), name) == 0) {
            return item;
        }
    }
    return NULL;
}

static void
the_text_is_static(void **state)
{
    (void)state;
    assert_ptr_equal(noema_operations_json(), noema_operations_json());
}

static void
assert_argument_is_described(const json_t *json, const nd_argument *argument)
{
    assert_string_equal(text_at(json, "name"), argument->name);
    assert_true(text_at(json, "type")[0] != '\0');
    assert_string_equal(text_at(json, "doc"), argument->doc);
    assert_true(strlen(argument->doc) > 3);
    assert_int_equal(json_is_true(json_object_get(json, "required")), argument->required);
    if (argument->type == ND_ARGUMENT_WORD) {
        size_t count = 0;
        while (argument->words[count] != NULL) {
            count++;
        }
        assert_int_equal(json_array_size(json_object_get(json, "words")), count);
    }
}

static void
every_operation_is_described(void **state)
{
    const nd_operation *operation;
    size_t count = 0;
    (void)state;
    while ((operation = nd_operation_at(count)) != NULL) {
        const json_t *json = named("operations", operation->name);
        assert_non_null(json);
        assert_string_equal(text_at(json, "doc"), operation->doc);
        assert_true(strlen(operation->doc) > 10);
        assert_true(text_at(json, "result")[0] != '\0');
        const json_t *arguments = json_object_get(json, "arguments");
        assert_int_equal(json_array_size(arguments), operation->count);
        for (size_t i = 0; i < operation->count; i++) {
            assert_argument_is_described(json_array_get(arguments, i), &operation->arguments[i]);
        }
        count++;
    }
    assert_true(count > 0);
    assert_int_equal(json_array_size(json_object_get(root, "operations")), count);
}

static void
every_function_of_the_header_has_its_operation(void **state)
{
    static const char *const names[] = {
        "base.ping",          "base.install",      "account.ensure", "account.find",
        "account.read",       "account.link",      "account.unlink", "account.touch",
        "economy.balance",    "economy.credit",    "economy.bonus",  "economy.debit",
        "economy.apply",      "economy.find",      "economy.void",   "economy.refund",
        "economy.refund_all", "economy.add_exp",   "run.start",      "run.attach",
        "run.request_cancel", "run.settle",        "run.find",       "run.find_provider",
        "run.find_key",       "run.void",          "run.list",       "run.reap",
        "ledger.list",        "ledger.balance_at", "ledger.verify",  "ledger.checkpoint",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(named("operations", names[i]));
        assert_non_null(nd_operation_find(names[i]));
    }
    assert_null(nd_operation_find("economy.steal"));
}

static void
every_status_is_listed_with_its_number(void **state)
{
    size_t index;
    const json_t *item;
    (void)state;
    json_array_foreach(json_object_get(root, "statuses"), index, item)
    {
        noema_status status = (noema_status)json_integer_value(json_object_get(item, "number"));
        assert_string_equal(text_at(item, "name"), noema_status_name(status));
        assert_string_equal(text_at(item, "text"), noema_status_text(status));
    }
    assert_int_equal(index, 1 - NOEMA_CANCELLED);
    json_array_foreach(json_object_get(root, "operations"), index, item)
    {
        size_t place;
        const json_t *status;
        json_array_foreach(json_object_get(item, "statuses"), place, status)
        {
            assert_non_null(named("statuses", json_string_value(status)));
        }
    }
}

static void
every_option_of_the_header_is_listed(void **state)
{
    static const char *const names[] = {
        "uri",        "database",        "app_name",       "actor",
        "timeout_ms", "pool_size",       "queue_capacity", "committers",
        "reaper",     "allow_plaintext", "ledger_key",     "api_pepper"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *option = named("options", names[i]);
        assert_non_null(option);
        assert_true(strlen(text_at(option, "doc")) > 3);
        assert_true(strncmp(text_at(option, "environment"), "NOEMA_", 6) == 0);
    }
    assert_true(json_array_size(json_object_get(root, "metrics")) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_static),
        cmocka_unit_test(every_operation_is_described),
        cmocka_unit_test(every_function_of_the_header_has_its_operation),
        cmocka_unit_test(every_status_is_listed_with_its_number),
        cmocka_unit_test(every_option_of_the_header_is_listed),
    };
    return cmocka_run_group_tests(tests, parse, release);
}
