/* The server's validator, {$jsonSchema}. Fields that the table does not name are allowed; so is any
 * length of a binary, which $jsonSchema can't look at. */
#include "core/money.h"
#include "schema/fields.h"

static void put_table(const nd_table *table, bson_t *schema);
static void put_field(const nd_field *field, bson_t *schema);

static void
put_string(bson_t *to, const char *name, const char *text)
{
    nd_appended(bson_append_utf8(to, name, -1, text, -1));
}

static void
put_long(bson_t *to, const char *name, int64_t value)
{
    nd_appended(bson_append_int64(to, name, -1, value));
}

static void
put_text(const nd_field *field, bson_t *schema)
{
    if (field->rule.min > 0) {
        put_long(schema, "minLength", field->rule.min);
    }
    if (field->rule.max > 0) {
        put_long(schema, "maxLength", field->rule.max);
    }
}

/* With bsonType beside it: alone, an enum also lets a symbol in. */
static void
put_word(const nd_field *field, bson_t *schema)
{
    bson_t words;
    nd_appended(bson_append_array_begin(schema, "enum", -1, &words));
    for (int32_t i = 0; i < field->rule.words->count; i++) {
        char number[16];
        const char *index;
        (void)bson_uint32_to_string((uint32_t)i, &index, number, sizeof number);
        put_string(&words, index, field->rule.words->words[i]);
    }
    nd_appended(bson_append_array_end(schema, &words));
}

static void
put_money(const nd_field *field, bson_t *schema)
{
    int64_t min;
    int64_t max;
    (void)nd_field_bounds(field, &min, &max);
    bson_decimal128_t least = nd_decimal_of((nd_money){min});
    bson_decimal128_t most = nd_decimal_of((nd_money){max});
    nd_appended(bson_append_decimal128(schema, "minimum", -1, &least));
    nd_appended(bson_append_decimal128(schema, "maximum", -1, &most));
}

/* A bound at the end of the type says nothing, and costs the server a comparison a write. */
static void
put_integer(const nd_field *field, bson_t *schema)
{
    bool is_small = field->type == ND_TYPE_INT32;
    int64_t min;
    int64_t max;
    if (!nd_field_bounds(field, &min, &max)) {
        return;
    }
    if (min > (is_small ? INT32_MIN : INT64_MIN)) {
        put_long(schema, "minimum", min);
    }
    if (max < (is_small ? INT32_MAX : INT64_MAX)) {
        put_long(schema, "maximum", max);
    }
}

static void
put_list(const nd_field *field, bson_t *schema)
{
    bson_t items;
    nd_field item = nd_field_of_items(field);
    if (field->rule.max > 0) {
        put_long(schema, "maxItems", field->rule.max);
    }
    nd_appended(bson_append_document_begin(schema, "items", -1, &items));
    put_field(&item, &items);
    nd_appended(bson_append_document_end(schema, &items));
}

static void
put_inside(const nd_field *field, bson_t *schema)
{
    put_table(field->rule.table, schema);
}

static void
put_field(const nd_field *field, bson_t *schema)
{
    static void (*const rules[ND_TYPE_INSIDE + 1])(const nd_field *, bson_t *) = {
        [ND_TYPE_TEXT] = put_text,     [ND_TYPE_WORD] = put_word,     [ND_TYPE_MONEY] = put_money,
        [ND_TYPE_INT32] = put_integer, [ND_TYPE_INT64] = put_integer, [ND_TYPE_LIST] = put_list,
        [ND_TYPE_INSIDE] = put_inside,
    };
    put_string(schema, "bsonType", nd_type_row_of(field->type)->bson_name);
    if (rules[field->type] != NULL) {
        rules[field->type](field, schema);
    }
}

/* The server refuses an empty "required". */
static void
put_required(const nd_table *table, bson_t *schema)
{
    bson_t names;
    uint32_t count = 0;
    bson_init(&names);
    for (size_t i = 0; i < table->count; i++) {
        if (!table->fields[i].rule.optional) {
            char number[16];
            const char *index;
            (void)bson_uint32_to_string(count++, &index, number, sizeof number);
            put_string(&names, index, table->fields[i].name);
        }
    }
    if (count > 0) {
        nd_appended(bson_append_array(schema, "required", -1, &names));
    }
    bson_destroy(&names);
}

static void
put_table(const nd_table *table, bson_t *schema)
{
    bson_t properties;
    put_required(table, schema);
    nd_appended(bson_append_document_begin(schema, "properties", -1, &properties));
    for (size_t i = 0; i < table->count; i++) {
        bson_t property;
        const char *name = table->fields[i].name;
        nd_appended(bson_append_document_begin(&properties, name, -1, &property));
        put_field(&table->fields[i], &property);
        nd_appended(bson_append_document_end(&properties, &property));
    }
    nd_appended(bson_append_document_end(schema, &properties));
}

void
nd_schema_validator(const nd_collection *collection, bson_t *validator)
{
    bson_t schema;
    nd_appended(bson_append_document_begin(validator, "$jsonSchema", -1, &schema));
    put_string(&schema, "bsonType", "object");
    put_table(collection->table, &schema);
    nd_appended(bson_append_document_end(validator, &schema));
}
