/* The client's check: the verdict of the server's validator (validator.c), with the path that the
 * server does not tell. A field that stands twice is judged by its first value, as there. */
#include <stdio.h>

#include "core/money.h"
#include "schema/fields.h"

static noema_status check_value(const bson_iter_t *at, const nd_field *field, const char *name,
                                noema_error *error);

static noema_status
check_text(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    uint32_t length;
    const char *text = bson_iter_utf8(at, &length);
    int64_t min;
    int64_t max;
    if (!nd_field_bounds(field, &min, &max)) {
        return NOEMA_OK;
    }
    int64_t characters = (int64_t)nd_utf8_count(text, length);
    if (characters < min) {
        return nd_fail(error, NOEMA_INVALID, name, "must be at least %lld characters",
                       (long long)min);
    }
    if (max > 0 && characters > max) {
        return nd_fail(error, NOEMA_INVALID, name, "must be at most %lld characters",
                       (long long)max);
    }
    return NOEMA_OK;
}

static noema_status
check_word(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    uint32_t length;
    const char *text = bson_iter_utf8(at, &length);
    if (nd_word_find(field->rule.words, text, length).at > 0) {
        return NOEMA_OK;
    }
    return nd_fail(error, NOEMA_INVALID, name, "is none of the words that it may be");
}

static noema_status
check_money(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    bson_decimal128_t decimal;
    int64_t min;
    int64_t max;
    (void)nd_field_bounds(field, &min, &max);
    if (bson_iter_decimal128(at, &decimal) && nd_decimal_within(&decimal, min, max)) {
        return NOEMA_OK;
    }
    char least[ND_MONEY_TEXT];
    char most[ND_MONEY_TEXT];
    (void)nd_money_format((nd_money){min}, least);
    (void)nd_money_format((nd_money){max}, most);
    return nd_fail(error, NOEMA_INVALID, name, "must be from %s to %s USD", least, most);
}

static noema_status
check_integer(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    int64_t value = bson_iter_as_int64(at);
    int64_t min;
    int64_t max;
    if (nd_field_bounds(field, &min, &max) && (value < min || value > max)) {
        return nd_fail(error, NOEMA_INVALID, name, "must be from %lld to %lld", (long long)min,
                       (long long)max);
    }
    return NOEMA_OK;
}

static noema_status
check_inside(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    bson_t view;
    if (!nd_bson_enter(at, &view)) {
        return nd_fail(error, NOEMA_INVALID, name, "is no BSON");
    }
    noema_status status = nd_schema_check(field->rule.table, &view, error);
    if (status != NOEMA_OK) {
        nd_error_within(error, name);
    }
    return status;
}

static noema_status
check_items(const bson_t *list, const nd_field *field, uint32_t *count, noema_error *error)
{
    bson_iter_t at;
    nd_field item = nd_field_of_items(field);
    if (!bson_iter_init(&at, list)) {
        return nd_fail(error, NOEMA_INVALID, NULL, "is no BSON");
    }
    for (; bson_iter_next(&at); (*count)++) {
        char number[16];
        const char *index;
        (void)bson_uint32_to_string(*count, &index, number, sizeof number);
        ND_TRY(check_value(&at, &item, index, error));
    }
    return nd_bson_ended(&at) ? NOEMA_OK : nd_fail(error, NOEMA_INVALID, NULL, "is no BSON");
}

static noema_status
check_list(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    bson_t view;
    uint32_t count = 0;
    if (!nd_bson_enter(at, &view)) {
        return nd_fail(error, NOEMA_INVALID, name, "is no BSON");
    }
    noema_status status = check_items(&view, field, &count, error);
    if (status != NOEMA_OK) {
        nd_error_within(error, name);
        return status;
    }
    if (field->rule.max > 0 && count > field->rule.max) {
        return nd_fail(error, NOEMA_INVALID, name, "must have at most %lld items",
                       (long long)field->rule.max);
    }
    return NOEMA_OK;
}

static noema_status
check_value(const bson_iter_t *at, const nd_field *field, const char *name, noema_error *error)
{
    static noema_status (*const checks[ND_TYPE_INSIDE + 1])(const bson_iter_t *, const nd_field *,
                                                            const char *, noema_error *) = {
        [ND_TYPE_TEXT] = check_text,     [ND_TYPE_WORD] = check_word,
        [ND_TYPE_MONEY] = check_money,   [ND_TYPE_INT32] = check_integer,
        [ND_TYPE_INT64] = check_integer, [ND_TYPE_LIST] = check_list,
        [ND_TYPE_INSIDE] = check_inside,
    };
    const nd_type_row *row = nd_type_row_of(field->type);
    if (bson_iter_type(at) != row->bson) {
        return nd_fail(error, NOEMA_INVALID, name, "must be of BSON type %s", row->bson_name);
    }
    return checks[field->type] != NULL ? checks[field->type](at, field, name, error) : NOEMA_OK;
}

noema_status
nd_schema_check(const nd_table *table, const bson_t *document, noema_error *error)
{
    nd_field_walk walk;
    if (!nd_field_walk_begin(&walk, table, document)) {
        return nd_fail(error, NOEMA_INVALID, NULL, "is no BSON");
    }
    while (nd_field_walk_next(&walk)) {
        if (!walk.again) {
            ND_TRY(check_value(&walk.at, walk.field, walk.field->name, error));
        }
    }
    if (!nd_bson_ended(&walk.at)) {
        return nd_fail(error, NOEMA_INVALID, NULL, "is no BSON");
    }
    for (size_t i = 0; i < table->count; i++) {
        const nd_field *field = &table->fields[i];
        if (!field->rule.optional && !nd_field_walk_saw(&walk, field)) {
            return nd_fail(error, NOEMA_INVALID, field->name, "is missing");
        }
    }
    return NOEMA_OK;
}
