/* Stored documents into records: one walk a document. Old documents differ from what this library
 * writes in ways that schema.h lists; what can't be read for certain is CORRUPT, never guessed. */
#include <math.h>
#include <string.h>

#include "core/money.h"
#include "schema/fields.h"

static noema_status read_value(const bson_iter_t *at, const nd_field *field, const char *name,
                               void *member, nd_arena *arena, noema_error *error);

static bool
read_id(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    (void)field;
    (void)arena;
    if (!BSON_ITER_HOLDS_OID(at)) {
        return false;
    }
    memcpy(((nd_id *)member)->bytes, bson_iter_oid(at)->bytes, sizeof(nd_id));
    return true;
}

static bool
dollars(int64_t amount, nd_money *money)
{
    int64_t nano;
    if (__builtin_mul_overflow(amount, INT64_C(1000000000), &nano) || !nd_money_in_range(nano)) {
        return false;
    }
    money->nano = nano;
    return true;
}

static bool
read_money(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    bson_decimal128_t decimal;
    (void)field;
    (void)arena;
    if (bson_iter_decimal128(at, &decimal)) {
        return nd_decimal_read(&decimal, member);
    }
    if (BSON_ITER_HOLDS_DOUBLE(at)) {
        return nd_money_of_double(bson_iter_double(at), member);
    }
    return BSON_ITER_HOLDS_INT(at) && dollars(bson_iter_as_int64(at), member);
}

static bool
read_time(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    (void)field;
    (void)arena;
    if (!BSON_ITER_HOLDS_DATE_TIME(at)) {
        return false;
    }
    ((nd_time *)member)->ms = bson_iter_date_time(at);
    return true;
}

static bool
read_word(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    uint32_t length;
    (void)arena;
    if (!BSON_ITER_HOLDS_UTF8(at)) {
        return false;
    }
    const char *word = bson_iter_utf8(at, &length);
    *(nd_word *)member = nd_word_find(field->rule.words, word, length);
    return true;
}

static bool
read_text(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    uint32_t length;
    (void)field;
    if (!BSON_ITER_HOLDS_UTF8(at)) {
        return false;
    }
    const char *text = bson_iter_utf8(at, &length);
    if (!nd_utf8_valid(text, length)) {
        return false;
    }
    *(nd_text *)member = nd_arena_text(arena, text, length);
    return true;
}

static bool
read_bson(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    bson_t view;
    (void)field;
    if (!BSON_ITER_HOLDS_DOCUMENT(at) || !nd_bson_enter(at, &view)) {
        return false;
    }
    *(nd_bson *)member = nd_bson_copy(&view, arena);
    return true;
}

static bool
read_bytes(const bson_iter_t *at, uint8_t *bytes, uint32_t size)
{
    bson_subtype_t subtype;
    uint32_t length;
    const uint8_t *data;
    if (!BSON_ITER_HOLDS_BINARY(at)) {
        return false;
    }
    bson_iter_binary(at, &subtype, &length, &data);
    if (subtype != BSON_SUBTYPE_BINARY || length != size) {
        return false;
    }
    memcpy(bytes, data, size);
    return true;
}

static bool
read_hash(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    (void)field;
    (void)arena;
    return read_bytes(at, ((nd_hash *)member)->bytes, sizeof(nd_hash));
}

static bool
read_seal(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    (void)field;
    (void)arena;
    return read_bytes(at, ((nd_seal *)member)->bytes, sizeof(nd_seal));
}

static bool
read_bool(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    (void)field;
    (void)arena;
    if (!BSON_ITER_HOLDS_BOOL(at)) {
        return false;
    }
    *(bool *)member = bson_iter_bool(at);
    return true;
}

static bool
integer_of_double(double value, int64_t *integer)
{
    /* 2^63 itself is one too many; NaN fails both comparisons. */
    if (!(value >= -0x1p63 && value < 0x1p63)) {
        return false;
    }
    *integer = (int64_t)value;
    return (double)*integer == value;
}

static bool
integer_of_decimal(const bson_decimal128_t *decimal, int64_t *integer)
{
    nd_scaled scaled;
    if (!nd_decimal_scale(decimal, 0, &scaled) || scaled.rest != ND_REST_NONE ||
        scaled.whole > INT64_MAX) {
        return false;
    }
    *integer = scaled.is_negative ? -(int64_t)scaled.whole : (int64_t)scaled.whole;
    return true;
}

static bool
read_int64(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    bson_decimal128_t decimal;
    (void)field;
    (void)arena;
    if (BSON_ITER_HOLDS_INT(at)) {
        *(int64_t *)member = bson_iter_as_int64(at);
        return true;
    }
    if (BSON_ITER_HOLDS_DOUBLE(at)) {
        return integer_of_double(bson_iter_double(at), member);
    }
    return bson_iter_decimal128(at, &decimal) && integer_of_decimal(&decimal, member);
}

static bool
read_int32(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    int64_t value;
    if (!read_int64(at, field, &value, arena) || value < INT32_MIN || value > INT32_MAX) {
        return false;
    }
    *(int32_t *)member = (int32_t)value;
    return true;
}

/* JavaScript stores a whole number as an integer. */
static bool
read_double(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena)
{
    (void)field;
    (void)arena;
    if (!BSON_ITER_HOLDS_DOUBLE(at) && !BSON_ITER_HOLDS_INT(at)) {
        return false;
    }
    double value =
        BSON_ITER_HOLDS_DOUBLE(at) ? bson_iter_double(at) : (double)bson_iter_as_int64(at);
    *(double *)member = value;
    return isfinite(value);
}

static noema_status
read_inside(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena,
            noema_error *error)
{
    bson_t view;
    if (!BSON_ITER_HOLDS_DOCUMENT(at) || !nd_bson_enter(at, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "is not a document");
    }
    return nd_schema_decode(field->rule.table, &view, member, arena, error);
}

static noema_status
read_list(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena,
          noema_error *error)
{
    bson_t view;
    bson_iter_t item_at;
    nd_field item = nd_field_of_items(field);
    size_t size = nd_field_size(&item);
    if (!BSON_ITER_HOLDS_ARRAY(at) || !nd_bson_enter(at, &view) ||
        !bson_iter_init(&item_at, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "is not a list");
    }
    for (uint32_t i = 0; bson_iter_next(&item_at); i++) {
        char number[16];
        const char *index;
        (void)bson_uint32_to_string(i, &index, number, sizeof number);
        ND_TRY(read_value(&item_at, &item, index, nd_list_push(member, size, arena), arena, error));
    }
    return nd_bson_ended(&item_at) ? NOEMA_OK : nd_fail(error, NOEMA_CORRUPT, NULL, "is torn BSON");
}

static noema_status
read_scalar(const bson_iter_t *at, const nd_field *field, void *member, nd_arena *arena,
            noema_error *error)
{
    static bool (*const reads[])(const bson_iter_t *, const nd_field *, void *, nd_arena *) = {
        [ND_TYPE_ID] = read_id,       [ND_TYPE_MONEY] = read_money, [ND_TYPE_TIME] = read_time,
        [ND_TYPE_WORD] = read_word,   [ND_TYPE_TEXT] = read_text,   [ND_TYPE_BSON] = read_bson,
        [ND_TYPE_HASH] = read_hash,   [ND_TYPE_SEAL] = read_seal,   [ND_TYPE_BOOL] = read_bool,
        [ND_TYPE_INT32] = read_int32, [ND_TYPE_INT64] = read_int64, [ND_TYPE_DOUBLE] = read_double,
    };
    if (reads[field->type](at, field, member, arena)) {
        return NOEMA_OK;
    }
    return nd_fail(error, NOEMA_CORRUPT, NULL, "can't be read as BSON type %s",
                   nd_type_row_of(field->type)->bson_name);
}

static noema_status
read_value(const bson_iter_t *at, const nd_field *field, const char *name, void *member,
           nd_arena *arena, noema_error *error)
{
    noema_status status;
    if (field->type == ND_TYPE_INSIDE) {
        status = read_inside(at, field, member, arena, error);
    } else if (field->type == ND_TYPE_LIST) {
        status = read_list(at, field, member, arena, error);
    } else {
        status = read_scalar(at, field, member, arena, error);
    }
    if (status != NOEMA_OK) {
        nd_error_within(error, name);
    }
    return status;
}

noema_status
nd_schema_decode(const nd_table *table, const bson_t *document, void *record, nd_arena *arena,
                 noema_error *error)
{
    nd_field_walk walk;
    if (!nd_field_walk_begin(&walk, table, document)) {
        return nd_fail(error, NOEMA_CORRUPT, NULL, "is torn BSON");
    }
    while (nd_field_walk_next(&walk)) {
        const nd_field *field = walk.field;
        if (walk.again) {
            return nd_fail(error, NOEMA_CORRUPT, field->name, "stands twice");
        }
        if (!BSON_ITER_HOLDS_NULL(&walk.at)) {
            ND_TRY(read_value(&walk.at, field, field->name, (char *)record + field->offset, arena,
                              error));
        }
    }
    return nd_bson_ended(&walk.at) ? NOEMA_OK : nd_fail(error, NOEMA_CORRUPT, NULL, "is torn BSON");
}
