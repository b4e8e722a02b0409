/* Types, members, and the walk through a document beside its table. */
#include "schema/fields.h"

#include <assert.h>
#include <string.h>

#include "core/id.h"
#include "core/money.h"

static const nd_type_row rows[] = {
    [ND_TYPE_ID] = {BSON_TYPE_OID,        "objectId", sizeof(nd_id)   },
    [ND_TYPE_MONEY] = {BSON_TYPE_DECIMAL128, "decimal",  sizeof(nd_money)},
    [ND_TYPE_TIME] = {BSON_TYPE_DATE_TIME,  "date",     sizeof(nd_time) },
    [ND_TYPE_WORD] = {BSON_TYPE_UTF8,       "string",   sizeof(nd_word) },
    [ND_TYPE_TEXT] = {BSON_TYPE_UTF8,       "string",   sizeof(nd_text) },
    [ND_TYPE_BSON] = {BSON_TYPE_DOCUMENT,   "object",   sizeof(nd_bson) },
    [ND_TYPE_LIST] = {BSON_TYPE_ARRAY,      "array",    sizeof(nd_list) },
    [ND_TYPE_HASH] = {BSON_TYPE_BINARY,     "binData",  sizeof(nd_hash) },
    [ND_TYPE_SEAL] = {BSON_TYPE_BINARY,     "binData",  sizeof(nd_seal) },
    [ND_TYPE_BOOL] = {BSON_TYPE_BOOL,       "bool",     sizeof(bool)    },
    [ND_TYPE_INT32] = {BSON_TYPE_INT32,      "int",      sizeof(int32_t) },
    [ND_TYPE_INT64] = {BSON_TYPE_INT64,      "long",     sizeof(int64_t) },
    [ND_TYPE_DOUBLE] = {BSON_TYPE_DOUBLE,     "double",   sizeof(double)  },
    [ND_TYPE_INSIDE] = {BSON_TYPE_DOCUMENT,   "object",   0               },
};

const nd_type_row *
nd_type_row_of(nd_type type)
{
    return &rows[type];
}

bool
nd_field_bounds(const nd_field *field, int64_t *min, int64_t *max)
{
    *min = field->rule.min;
    *max = field->rule.max;
    if (*min != 0 || *max != 0) {
        return true;
    }
    /* Without bounds bsonType "decimal" lets NaN and infinities in. */
    *min = -ND_MONEY_MAX;
    *max = ND_MONEY_MAX;
    return field->type == ND_TYPE_MONEY;
}

nd_field
nd_field_of_items(const nd_field *list)
{
    nd_field item = {.type = list->rule.table != NULL ? ND_TYPE_INSIDE : list->rule.item,
                     .rule = {.table = list->rule.table}};
    return item;
}

size_t
nd_field_size(const nd_field *item)
{
    if (item->type != ND_TYPE_INSIDE) {
        return rows[item->type].size;
    }
    assert(item->rule.table != NULL);
    return item->rule.table->size;
}

/* All bytes zero: right for every type that has no padding and no second spelling of nothing. */
static bool
is_zero(const nd_field *field, const void *member)
{
    static const uint8_t zeros[sizeof(nd_hash)];
    assert(rows[field->type].size <= sizeof zeros);
    return memcmp(member, zeros, rows[field->type].size) == 0;
}

static bool
is_no_word(const nd_field *field, const void *member)
{
    (void)field;
    return ((const nd_word *)member)->at <= 0;
}

static bool
is_no_text(const nd_field *field, const void *member)
{
    (void)field;
    return ((const nd_text *)member)->length == 0;
}

static bool
is_no_bson(const nd_field *field, const void *member)
{
    (void)field;
    return ((const nd_bson *)member)->length == 0;
}

static bool
is_no_list(const nd_field *field, const void *member)
{
    (void)field;
    return ((const nd_list *)member)->count == 0;
}

static bool
is_no_document(const nd_field *field, const void *member)
{
    const nd_table *table = field->rule.table;
    for (size_t i = 0; i < table->count; i++) {
        if (!nd_member_is_none(&table->fields[i], nd_member(member, &table->fields[i]))) {
            return false;
        }
    }
    return true;
}

bool
nd_member_is_none(const nd_field *field, const void *member)
{
    static bool (*const others[])(const nd_field *, const void *) = {
        [ND_TYPE_WORD] = is_no_word, [ND_TYPE_TEXT] = is_no_text,       [ND_TYPE_BSON] = is_no_bson,
        [ND_TYPE_LIST] = is_no_list, [ND_TYPE_INSIDE] = is_no_document,
    };
    return others[field->type] != NULL ? others[field->type](field, member)
                                       : is_zero(field, member);
}

bool
nd_member_is_left_out(const nd_field *field, const void *member)
{
    return (field->rule.optional || field->type == ND_TYPE_WORD) &&
           nd_member_is_none(field, member);
}

static bool
is_same(const nd_field *field, const void *a, const void *b)
{
    return memcmp(a, b, rows[field->type].size) == 0;
}

static bool
is_same_text(const nd_field *field, const void *a, const void *b)
{
    (void)field;
    return nd_text_equal(*(const nd_text *)a, *(const nd_text *)b);
}

static bool
is_same_bson(const nd_field *field, const void *a, const void *b)
{
    const nd_bson *left = a;
    const nd_bson *right = b;
    (void)field;
    return left->length == right->length &&
           (left->length == 0 || memcmp(left->bytes, right->bytes, left->length) == 0);
}

static bool
is_same_list(const nd_field *field, const void *a, const void *b)
{
    const nd_list *left = a;
    const nd_list *right = b;
    nd_field item = nd_field_of_items(field);
    size_t size = nd_field_size(&item);
    if (left->count != right->count) {
        return false;
    }
    for (size_t i = 0; i < left->count; i++) {
        if (!nd_member_equal(&item, (const char *)left->items + i * size,
                             (const char *)right->items + i * size)) {
            return false;
        }
    }
    return true;
}

static bool
is_same_document(const nd_field *field, const void *a, const void *b)
{
    const nd_table *table = field->rule.table;
    for (size_t i = 0; i < table->count; i++) {
        const nd_field *inner = &table->fields[i];
        if (!nd_member_equal(inner, nd_member(a, inner), nd_member(b, inner))) {
            return false;
        }
    }
    return true;
}

bool
nd_member_equal(const nd_field *field, const void *a, const void *b)
{
    static bool (*const others[])(const nd_field *, const void *, const void *) = {
        [ND_TYPE_TEXT] = is_same_text,
        [ND_TYPE_BSON] = is_same_bson,
        [ND_TYPE_LIST] = is_same_list,
        [ND_TYPE_INSIDE] = is_same_document,
    };
    return others[field->type] != NULL ? others[field->type](field, a, b) : is_same(field, a, b);
}

bool
nd_field_walk_begin(nd_field_walk *walk, const nd_table *table, const bson_t *document)
{
    assert(table->count <= ND_FIELDS_MAX);
    walk->table = table;
    walk->field = NULL;
    walk->next = 0;
    walk->again = false;
    memset(walk->seen, 0, sizeof walk->seen);
    return bson_iter_init(&walk->at, document);
}

static bool
find_field(nd_field_walk *walk, const char *name)
{
    size_t at = walk->next;
    for (size_t i = 0; i < walk->table->count; i++) {
        if (at == walk->table->count) {
            at = 0;
        }
        const nd_field *field = &walk->table->fields[at++];
        if (field->name[0] == name[0] && strcmp(field->name, name) == 0) {
            walk->field = field;
            walk->next = at;
            return true;
        }
    }
    return false;
}

bool
nd_field_walk_next(nd_field_walk *walk)
{
    while (bson_iter_next(&walk->at)) {
        if (find_field(walk, bson_iter_key(&walk->at))) {
            size_t index = walk->next - 1;
            uint64_t bit = UINT64_C(1) << index % 64;
            walk->again = (walk->seen[index / 64] & bit) != 0;
            walk->seen[index / 64] |= bit;
            return true;
        }
    }
    return false;
}

bool
nd_field_walk_saw(const nd_field_walk *walk, const nd_field *field)
{
    size_t index = (size_t)(field - walk->table->fields);
    return (walk->seen[index / 64] >> index % 64 & 1) != 0;
}
