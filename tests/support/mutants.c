/* Every document is written anew from the table; steps are counted on the way, and at the wanted
 * one the change is made. */
#include "support/mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/fields.h"
#include "support/mutant_values.h"

typedef struct making {
    size_t at;     /* steps passed */
    size_t wanted; /* SIZE_MAX: none */
    uint32_t number;
    mutant *made;
    char path[128];
} making;

static void put_table(making *maker, const nd_table *table, bson_t *to);
static void put_field(making *maker, const nd_field *field, const char *name, bson_t *to);
static void put_valid(making *maker, const nd_field *field, const char *name, bson_t *to);

static void
valid_text(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    char text[512];
    int64_t least = field->rule.min > 8 ? field->rule.min : 8;
    int64_t most = field->rule.max > 0 ? field->rule.max : (int64_t)sizeof text - 1;
    int length = snprintf(text, sizeof text, "%0*u", (int)least, maker->number);
    bson_append_utf8(to, name, -1, text, length > most ? (int)most : length);
}

/* Never 0, which a record can't tell from absence. */
static void
valid_number(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    (void)maker;
    int64_t min = mutant_bound(field, -1);
    int64_t max = mutant_bound(field, 1);
    int64_t bounded = max != 0 ? max - max / 2 : min / 2;
    int64_t value = min == 0 && max == 0 ? 7 : bounded;
    if (field->type == ND_TYPE_MONEY) {
        bson_decimal128_t decimal = nd_decimal_of((nd_money){value});
        bson_append_decimal128(to, name, -1, &decimal);
    } else if (field->type == ND_TYPE_INT64) {
        bson_append_int64(to, name, -1, value);
    } else {
        bson_append_int32(to, name, -1, (int32_t)value);
    }
}

static void
valid_id(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    bson_oid_t id = {{0}};
    (void)field;
    memcpy(id.bytes, &maker->number, sizeof maker->number);
    bson_append_oid(to, name, -1, &id);
}

/* Two items, so that the path of the second is seen. */
static void
valid_list(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    bson_t array;
    nd_field item = nd_field_of_items(field);
    bson_append_array_begin(to, name, -1, &array);
    put_field(maker, &item, "0", &array);
    if (field->rule.max != 1) {
        put_field(maker, &item, "1", &array);
    }
    bson_append_array_end(to, &array);
}

static void
valid_document(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    bson_t inside;
    bson_append_document_begin(to, name, -1, &inside);
    put_table(maker, field->rule.table, &inside);
    bson_append_document_end(to, &inside);
}

static void
valid_time(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_date_time(to, name, -1, INT64_C(1793534438902) + maker->number);
}

static void
valid_word(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    (void)maker;
    bson_append_utf8(to, name, -1, field->rule.words->words[0], -1);
}

static void
valid_bson(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    bson_t *document = BCON_NEW("foreign", BCON_INT32(1));
    (void)maker;
    (void)field;
    bson_append_document(to, name, -1, document);
    bson_destroy(document);
}

static void
valid_binary(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    static const uint8_t bytes[sizeof(nd_hash)] = {1, 2, 3};
    uint32_t size = field->type == ND_TYPE_HASH ? sizeof(nd_hash) : sizeof(nd_seal);
    (void)maker;
    bson_append_binary(to, name, -1, BSON_SUBTYPE_BINARY, bytes, size);
}

static void
valid_bool(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    (void)maker;
    (void)field;
    bson_append_bool(to, name, -1, true);
}

static void
valid_double(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    (void)maker;
    (void)field;
    bson_append_double(to, name, -1, 0.5);
}

static void
put_valid(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    static void (*const puts[])(making *, const nd_field *, const char *, bson_t *) = {
        [ND_TYPE_ID] = valid_id,         [ND_TYPE_MONEY] = valid_number,
        [ND_TYPE_TIME] = valid_time,     [ND_TYPE_WORD] = valid_word,
        [ND_TYPE_TEXT] = valid_text,     [ND_TYPE_BSON] = valid_bson,
        [ND_TYPE_LIST] = valid_list,     [ND_TYPE_HASH] = valid_binary,
        [ND_TYPE_SEAL] = valid_binary,   [ND_TYPE_BOOL] = valid_bool,
        [ND_TYPE_INT32] = valid_number,  [ND_TYPE_INT64] = valid_number,
        [ND_TYPE_DOUBLE] = valid_double, [ND_TYPE_INSIDE] = valid_document,
    };
    puts[field->type](maker, field, name, to);
}

void
mutants_put_valid(const nd_field *field, const char *name, bson_t *to)
{
    making maker = {.wanted = SIZE_MAX, .number = 1};
    put_valid(&maker, field, name, to);
}

/* true: this is the wanted step; it is noted. */
static bool
step(making *maker, const char *change)
{
    if (maker->at++ != maker->wanted) {
        return false;
    }
    memcpy(maker->made->path, maker->path, sizeof maker->made->path);
    maker->made->change = change;
    maker->made->of_id = strcmp(maker->path, "_id") == 0;
    return true;
}

/* Steps that an item of a list does not know; true: the member has been written. */
static bool
change_key(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    if (field->name == NULL) {
        return false;
    }
    bool is_id = strcmp(maker->path, "_id") == 0;
    if (step(maker, "dropped")) {
        maker->made->drops_id = is_id;
        return true;
    }
    /* No server takes two _id. */
    if (!is_id && step(maker, "stands twice, the first wrong")) {
        bson_append_null(to, name, -1);
        mutants_put_valid(field, name, to);
        return true;
    }
    if (!is_id && step(maker, "stands twice, the second wrong")) {
        mutants_put_valid(field, name, to);
        bson_append_null(to, name, -1);
        return true;
    }
    return false;
}

static void
put_changed(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    if (change_key(maker, field, name, to)) {
        return;
    }
    for (size_t i = 0; i < mutant_value_count; i++) {
        const mutant_value *value = &mutant_values[i];
        if (mutant_value_fits(value, field) && step(maker, value->change)) {
            value->put(field, name, to);
            return;
        }
    }
    put_valid(maker, field, name, to);
}

static void
put_field(making *maker, const nd_field *field, const char *name, bson_t *to)
{
    size_t length = strlen(maker->path);
    (void)snprintf(maker->path + length, sizeof maker->path - length, "%s%s", length > 0 ? "." : "",
                   name);
    put_changed(maker, field, name, to);
    maker->path[length] = '\0';
}

static void
put_table(making *maker, const nd_table *table, bson_t *to)
{
    for (size_t i = 0; i < table->count; i++) {
        put_field(maker, &table->fields[i], table->fields[i].name, to);
    }
}

void
mutants_sample(const nd_table *table, uint32_t number, bson_t *document)
{
    making maker = {.wanted = SIZE_MAX, .number = number};
    put_table(&maker, table, document);
}

size_t
mutants_count(const nd_table *table)
{
    making maker = {.wanted = SIZE_MAX, .number = 1};
    bson_t document = BSON_INITIALIZER;
    put_table(&maker, table, &document);
    bson_destroy(&document);
    return maker.at;
}

void
mutants_make(const nd_table *table, size_t index, bson_t *document, mutant *made)
{
    making maker = {.wanted = index, .number = (uint32_t)index + 1, .made = made};
    memset(made, 0, sizeof *made);
    put_table(&maker, table, document);
}
