/* Takes the JSON arguments of an operation apart. An unknown name, a wrong type, a JSON number where
 * money belongs: INVALID, with the argument's name. */
#include <stdlib.h>
#include <string.h>

#include "api/operations.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/memory.h"
#include "core/money.h"

enum { ARGUMENTS_BYTES = 1 << 20, ARGUMENTS_DEPTH = 12 };

static noema_status
wrong(noema_error *error, const nd_argument *argument, const char *what)
{
    return nd_fail(error, NOEMA_INVALID, argument->name, "must be %s", what);
}

/* An id as it stands, or a handle. */
static noema_status
take_account(noema_db *db, const nd_argument *argument, const nd_json *from, nd_value *value,
             noema_error *error)
{
    noema_account account;
    if (nd_json_kind_of(from) != ND_JSON_TEXT) {
        return wrong(error, argument, "an account id or a handle, as text");
    }
    const char *text = nd_json_string(from);
    if (strchr(text, ':') == NULL) {
        return noema_id_parse(text, &value->id, error) == NOEMA_OK
                   ? NOEMA_OK
                   : wrong(error, argument, "an account id or a handle, as text");
    }
    noema_status status = noema_account_find(db, text, &account, error);
    /* Whether the account may do it is the operation's to judge. */
    if (status == NOEMA_OK || status == NOEMA_DENIED) {
        nd_error_clear(error);
        value->id = account.id;
        return NOEMA_OK;
    }
    nd_error_without(error, "handle");
    nd_error_within(error, argument->name);
    return status;
}

static noema_status
take_money(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    nd_money amount;
    if (nd_json_kind_of(from) != ND_JSON_TEXT) {
        return wrong(error, argument, "decimal text such as \"0.25\", not a number");
    }
    ND_TRY(nd_money_parse(nd_json_string(from), false, argument->name, &amount, error));
    value->integer = amount.nano;
    return NOEMA_OK;
}

static noema_status
take_text(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    if (nd_json_kind_of(from) != ND_JSON_TEXT) {
        return wrong(error, argument, "text");
    }
    value->text = nd_json_string(from);
    int64_t length = (int64_t)nd_json_length(from);
    if (length < argument->min || length > argument->max) {
        return nd_fail(error, NOEMA_INVALID, argument->name, "must be %lld to %lld bytes",
                       (long long)argument->min, (long long)argument->max);
    }
    return NOEMA_OK;
}

static noema_status
take_integer(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    if (nd_json_kind_of(from) != ND_JSON_INTEGER) {
        return wrong(error, argument, "an integer");
    }
    value->integer = nd_json_integer(from);
    bool bounded = argument->min != 0 || argument->max != 0;
    if (bounded && (value->integer < argument->min || value->integer > argument->max)) {
        return nd_fail(error, NOEMA_INVALID, argument->name, "must be %lld to %lld",
                       (long long)argument->min, (long long)argument->max);
    }
    return NOEMA_OK;
}

static noema_status
take_time(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    nd_time time;
    if (nd_json_kind_of(from) != ND_JSON_TEXT) {
        return wrong(error, argument, "a time such as \"2026-11-01T12:00:00Z\"");
    }
    ND_TRY(nd_time_parse(nd_json_string(from), argument->name, &time, error));
    if (time.ms <= 0) {
        return wrong(error, argument, "after 1970");
    }
    value->integer = time.ms;
    return NOEMA_OK;
}

static noema_status
take_word(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    const char *text = nd_json_kind_of(from) == ND_JSON_TEXT ? nd_json_string(from) : "";
    for (int64_t i = 0; argument->words[i] != NULL; i++) {
        if (strcmp(argument->words[i], text) == 0) {
            value->integer = argument->min + i;
            return NOEMA_OK;
        }
    }
    return wrong(error, argument, "one of the words that its description lists");
}

static noema_status
take_tree(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    bool object = argument->type == ND_ARGUMENT_OBJECT;
    if (nd_json_kind_of(from) != (object ? ND_JSON_OBJECT : ND_JSON_ARRAY)) {
        return wrong(error, argument, object ? "an object" : "an array");
    }
    value->owned = nd_json_text(from);
    value->text = value->owned;
    return NOEMA_OK;
}

static noema_status
take_id(const nd_argument *argument, const nd_json *from, nd_value *value, noema_error *error)
{
    const char *text = nd_json_kind_of(from) == ND_JSON_TEXT ? nd_json_string(from) : "";
    return noema_id_parse(text, &value->id, error) == NOEMA_OK
               ? NOEMA_OK
               : wrong(error, argument, "an id of 24 hex digits");
}

static noema_status
take_value(noema_db *db, const nd_argument *argument, const nd_json *from, nd_value *value,
           noema_error *error)
{
    switch (argument->type) {
    case ND_ARGUMENT_ACCOUNT:
        return take_account(db, argument, from, value, error);
    case ND_ARGUMENT_ID:
        return take_id(argument, from, value, error);
    case ND_ARGUMENT_MONEY:
        return take_money(argument, from, value, error);
    case ND_ARGUMENT_TEXT:
        return take_text(argument, from, value, error);
    case ND_ARGUMENT_INTEGER:
        return take_integer(argument, from, value, error);
    case ND_ARGUMENT_TIME:
        return take_time(argument, from, value, error);
    case ND_ARGUMENT_BOOL:
        if (nd_json_kind_of(from) != ND_JSON_BOOL) {
            return wrong(error, argument, "true or false");
        }
        value->integer = nd_json_bool(from) ? 1 : 0;
        return NOEMA_OK;
    case ND_ARGUMENT_WORD:
        return take_word(argument, from, value, error);
    case ND_ARGUMENT_OBJECT:
    case ND_ARGUMENT_ARRAY:
        return take_tree(argument, from, value, error);
    }
    return NOEMA_INTERNAL;
}

static noema_status
refuse_unknown(const nd_operation *operation, const nd_json *root, noema_error *error)
{
    void *cursor = NULL;
    const char *key;
    nd_json *value;
    while (nd_json_next(root, &cursor, &key, &value)) {
        bool known = false;
        for (size_t i = 0; i < operation->count && !known; i++) {
            known = strcmp(operation->arguments[i].name, key) == 0;
        }
        if (!known) {
            return nd_fail(error, NOEMA_INVALID, key, "is no argument of %s", operation->name);
        }
    }
    return NOEMA_OK;
}

noema_status
nd_values_take(nd_values *values, noema_db *db, const nd_operation *operation,
               const char *arguments_json, noema_error *error)
{
    memset(values, 0, sizeof(*values));
    values->db = db;
    values->operation = operation;
    bool none = arguments_json == NULL || arguments_json[0] == '\0';
    ND_TRY(nd_json_parse(none ? "{}" : arguments_json, "arguments", ARGUMENTS_BYTES,
                         ARGUMENTS_DEPTH, true, &values->root, error));
    ND_TRY(refuse_unknown(operation, values->root, error));
    for (size_t i = 0; i < operation->count; i++) {
        const nd_argument *argument = &operation->arguments[i];
        const nd_json *from = nd_json_get(values->root, argument->name);
        bool given = from != NULL && nd_json_kind_of(from) != ND_JSON_NULL;
        if (!given && argument->required) {
            return nd_fail(error, NOEMA_INVALID, argument->name, "must be given");
        }
        if (given) {
            values->values[i].given = true;
            ND_TRY(take_value(db, argument, from, &values->values[i], error));
        }
    }
    return NOEMA_OK;
}

void
nd_values_free(nd_values *values)
{
    for (size_t i = 0; i < ND_ARGUMENTS_MAX; i++) {
        nd_delete(values->values[i].owned);
    }
    if (values->root != NULL) {
        nd_json_free(values->root);
    }
}

const nd_value *
nd_value_of(const nd_values *values, const char *name)
{
    for (size_t i = 0; i < values->operation->count; i++) {
        if (strcmp(values->operation->arguments[i].name, name) == 0) {
            return &values->values[i];
        }
    }
    abort();
}

const char *
nd_value_text(const nd_values *values, const char *name)
{
    return nd_value_of(values, name)->text;
}

int64_t
nd_value_integer(const nd_values *values, const char *name)
{
    return nd_value_of(values, name)->integer;
}

const noema_id *
nd_value_id(const nd_values *values, const char *name)
{
    const nd_value *value = nd_value_of(values, name);
    return value->given ? &value->id : NULL;
}
