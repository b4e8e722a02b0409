/* Records into BSON, in the order of the table: an entry's hash is made of these bytes. */
#include "schema/fields.h"

static void
put_id(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    bson_oid_t id;
    (void)field;
    bson_oid_init_from_data(&id, ((const nd_id *)member)->bytes);
    nd_appended(bson_append_oid(document, name, -1, &id));
}

static void
put_money(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    bson_decimal128_t decimal = nd_decimal_of(*(const nd_money *)member);
    (void)field;
    nd_appended(bson_append_decimal128(document, name, -1, &decimal));
}

static void
put_time(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    nd_appended(bson_append_date_time(document, name, -1, ((const nd_time *)member)->ms));
}

static void
put_word(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    const char *word = nd_word_text(field->rule.words, *(const nd_word *)member);
    nd_appended(bson_append_utf8(document, name, -1, word, -1));
}

static void
put_text(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    const nd_text *text = member;
    const char *bytes = text->bytes != NULL ? text->bytes : "";
    (void)field;
    nd_appended(bson_append_utf8(document, name, -1, bytes, (int)text->length));
}

static void
put_bson(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    const nd_bson *from = member;
    bson_t view = BSON_INITIALIZER;
    (void)field;
    if (from->length > 0) {
        nd_appended(nd_bson_open(*from, &view));
    }
    nd_appended(bson_append_document(document, name, -1, &view));
}

static void
put_list(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    const nd_list *list = member;
    nd_field item = nd_field_of_items(field);
    size_t size = nd_field_size(&item);
    bson_t items;
    nd_appended(bson_append_array_begin(document, name, -1, &items));
    for (uint32_t i = 0; i < list->count; i++) {
        char number[16];
        const char *index;
        (void)bson_uint32_to_string(i, &index, number, sizeof number);
        nd_member_put(&item, index, (const char *)list->items + i * size, &items);
    }
    nd_appended(bson_append_array_end(document, &items));
}

static void
put_bytes(bson_t *document, const char *name, const uint8_t *bytes, uint32_t size)
{
    nd_appended(bson_append_binary(document, name, -1, BSON_SUBTYPE_BINARY, bytes, size));
}

static void
put_hash(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    put_bytes(document, name, ((const nd_hash *)member)->bytes, sizeof(nd_hash));
}

static void
put_seal(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    put_bytes(document, name, ((const nd_seal *)member)->bytes, sizeof(nd_seal));
}

static void
put_bool(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    nd_appended(bson_append_bool(document, name, -1, *(const bool *)member));
}

static void
put_int32(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    nd_appended(bson_append_int32(document, name, -1, *(const int32_t *)member));
}

static void
put_int64(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    nd_appended(bson_append_int64(document, name, -1, *(const int64_t *)member));
}

static void
put_double(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    (void)field;
    nd_appended(bson_append_double(document, name, -1, *(const double *)member));
}

static void
put_inside(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    bson_t inside;
    nd_appended(bson_append_document_begin(document, name, -1, &inside));
    nd_schema_encode(field->rule.table, member, &inside);
    nd_appended(bson_append_document_end(document, &inside));
}

void
nd_member_put(const nd_field *field, const char *name, const void *member, bson_t *document)
{
    static void (*const puts[])(const nd_field *, const char *, const void *, bson_t *) = {
        [ND_TYPE_ID] = put_id,         [ND_TYPE_MONEY] = put_money,   [ND_TYPE_TIME] = put_time,
        [ND_TYPE_WORD] = put_word,     [ND_TYPE_TEXT] = put_text,     [ND_TYPE_BSON] = put_bson,
        [ND_TYPE_LIST] = put_list,     [ND_TYPE_HASH] = put_hash,     [ND_TYPE_SEAL] = put_seal,
        [ND_TYPE_BOOL] = put_bool,     [ND_TYPE_INT32] = put_int32,   [ND_TYPE_INT64] = put_int64,
        [ND_TYPE_DOUBLE] = put_double, [ND_TYPE_INSIDE] = put_inside,
    };
    puts[field->type](field, name, member, document);
}

void
nd_schema_encode(const nd_table *table, const void *record, bson_t *document)
{
    for (size_t i = 0; i < table->count; i++) {
        const nd_field *field = &table->fields[i];
        const void *member = nd_member(record, field);
        if (!nd_member_is_left_out(field, member)) {
            nd_member_put(field, field->name, member, document);
        }
    }
}
