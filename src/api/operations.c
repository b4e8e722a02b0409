/* The operations table, whole, and its descriptions. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "api/operations_private.h"
#include "base/options.h"
#include "core/memory.h"
#include "core/metrics.h"

const nd_operation_group *const nd_operation_groups[] = {
    &nd_base_operations, &nd_account_operations, &nd_economy_operations,
    &nd_run_operations,  &nd_ledger_operations,
};
const size_t nd_operation_group_count =
    sizeof(nd_operation_groups) / sizeof(nd_operation_groups[0]);

const nd_operation *
nd_operation_at(size_t index)
{
    for (size_t i = 0; i < nd_operation_group_count; i++) {
        if (index < nd_operation_groups[i]->count) {
            return &nd_operation_groups[i]->operations[index];
        }
        index -= nd_operation_groups[i]->count;
    }
    return NULL;
}

const nd_operation *
nd_operation_find(const char *name)
{
    const nd_operation *operation;
    for (size_t i = 0; (operation = nd_operation_at(i)) != NULL; i++) {
        if (strcmp(operation->name, name) == 0) {
            return operation;
        }
    }
    return NULL;
}

/* ---- as JSON ------------------------------------------------------------------------------------- */

const char *
nd_argument_type_name(nd_argument_type type)
{
    static const char *const names[] = {
        [ND_ARGUMENT_ACCOUNT] = "account", [ND_ARGUMENT_ID] = "id",
        [ND_ARGUMENT_MONEY] = "money",     [ND_ARGUMENT_TEXT] = "text",
        [ND_ARGUMENT_INTEGER] = "integer", [ND_ARGUMENT_TIME] = "time",
        [ND_ARGUMENT_BOOL] = "bool",       [ND_ARGUMENT_OBJECT] = "object",
        [ND_ARGUMENT_ARRAY] = "array",     [ND_ARGUMENT_WORD] = "word",
    };
    return names[type];
}

static bool
has_bounds(const nd_argument *argument)
{
    return argument->type != ND_ARGUMENT_WORD && (argument->min != 0 || argument->max != 0);
}

static nd_json *
json_of_argument(const nd_argument *argument)
{
    nd_json *object = nd_json_new_object();
    nd_json_put_text(object, "name", argument->name);
    nd_json_put_text(object, "type", nd_argument_type_name(argument->type));
    nd_json_put_bool(object, "required", argument->required);
    if (has_bounds(argument)) {
        nd_json_put_integer(object, "min", argument->min);
        nd_json_put_integer(object, "max", argument->max);
    }
    if (argument->words != NULL) {
        nd_json *words = nd_json_new_array();
        for (const char *const *word = argument->words; *word != NULL; word++) {
            nd_json_push(words, nd_json_new_text(*word, strlen(*word)));
        }
        nd_json_put(object, "words", words);
    }
    nd_json_put_text(object, "doc", argument->doc);
    return object;
}

static nd_json *
json_of_operation(const nd_operation *operation)
{
    nd_json *object = nd_json_new_object();
    nd_json *arguments = nd_json_new_array();
    nd_json *statuses = nd_json_new_array();
    for (size_t i = 0; i < operation->count; i++) {
        nd_json_push(arguments, json_of_argument(&operation->arguments[i]));
    }
    for (size_t i = 0; i < ND_STATUSES_MAX && operation->statuses[i] != NOEMA_OK; i++) {
        const char *name = noema_status_name(operation->statuses[i]);
        nd_json_push(statuses, nd_json_new_text(name, strlen(name)));
    }
    nd_json_put_text(object, "name", operation->name);
    nd_json_put(object, "arguments", arguments);
    nd_json_put_text(object, "result", operation->result);
    nd_json_put(object, "statuses", statuses);
    nd_json_put_text(object, "doc", operation->doc);
    return object;
}

static nd_json *
json_of_statuses(void)
{
    nd_json *array = nd_json_new_array();
    noema_status status;
    for (size_t i = 0; nd_status_at(i, &status); i++) {
        nd_json *object = nd_json_new_object();
        nd_json_put_text(object, "name", noema_status_name(status));
        nd_json_put_integer(object, "number", status);
        nd_json_put_text(object, "text", noema_status_text(status));
        nd_json_push(array, object);
    }
    return array;
}

static nd_json *
json_of_options(void)
{
    nd_json *array = nd_json_new_array();
    const char *name;
    const char *environment;
    const char *fallback;
    const char *doc;
    for (size_t i = 0; nd_options_describe(i, &name, &environment, &fallback, &doc); i++) {
        nd_json *object = nd_json_new_object();
        nd_json_put_text(object, "name", name);
        nd_json_put_text(object, "environment", environment);
        nd_json_put_text(object, "default", fallback);
        nd_json_put_text(object, "doc", doc);
        nd_json_push(array, object);
    }
    return array;
}

static nd_json *
json_of_metrics(void)
{
    static const struct {
        const char *name, *kind, *help;
    } rows[] = {
#define ROW(symbol, name, kind, help) {name, kind, help},
        ND_METRICS(ROW)
#undef ROW
    };
    nd_json *array = nd_json_new_array();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        nd_json *object = nd_json_new_object();
        nd_json_put_text(object, "name", rows[i].name);
        nd_json_put_text(object, "kind", rows[i].kind);
        nd_json_put_text(object, "doc", rows[i].help);
        nd_json_push(array, object);
    }
    return array;
}

static char *description;

static void
describe(void)
{
    nd_json *root = nd_json_new_object();
    nd_json *operations = nd_json_new_array();
    const nd_operation *operation;
    for (size_t i = 0; (operation = nd_operation_at(i)) != NULL; i++) {
        nd_json_push(operations, json_of_operation(operation));
    }
    nd_json_put(root, "operations", operations);
    nd_json_put(root, "statuses", json_of_statuses());
    nd_json_put(root, "options", json_of_options());
    nd_json_put(root, "metrics", json_of_metrics());
    description = nd_json_text(root);
    nd_json_free(root);
}

const char *
noema_operations_json(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, describe);
    return description;
}
