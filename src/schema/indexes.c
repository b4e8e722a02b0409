/* Declared indexes as the specifications that createIndexes takes. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "schema/fields.h"

enum { NAME_SIZE = 128 }; /* MongoDB's own bound */

typedef struct key {
    char path[NAME_SIZE];
    int direction;
} key;

/* Takes one "path:1" from *keys and moves on. false: there is none. */
static bool
next_key(const char **keys, key *taken)
{
    const char *path = *keys + strspn(*keys, " ");
    size_t length = strcspn(path, ":");
    if (*path == '\0') {
        return false;
    }
    assert(path[length] == ':' && length < sizeof taken->path);
    memcpy(taken->path, path, length);
    taken->path[length] = '\0';
    taken->direction = path[length + 1] == '-' ? -1 : 1;
    *keys = path + length + 1 + strcspn(path + length + 1, " ");
    return true;
}

static void
put_name(const nd_index *index, bson_t *spec)
{
    char name[NAME_SIZE] = "";
    const char *keys = index->keys;
    size_t length = 0;
    key taken;
    while (next_key(&keys, &taken)) {
        length += (size_t)snprintf(name + length, sizeof name - length, "%s%s_%d",
                                   length > 0 ? "_" : "", taken.path, taken.direction);
        assert(length < sizeof name);
    }
    nd_appended(bson_append_utf8(spec, "name", -1, name, -1));
}

static void
put_keys(const nd_index *index, bson_t *spec)
{
    const char *keys = index->keys;
    bson_t inside;
    key taken;
    nd_appended(bson_append_document_begin(spec, "key", -1, &inside));
    while (next_key(&keys, &taken)) {
        nd_appended(bson_append_int32(&inside, taken.path, -1, taken.direction));
    }
    nd_appended(bson_append_document_end(spec, &inside));
}

static const nd_field *
find(const nd_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->count; i++) {
        const nd_field *field = &table->fields[i];
        if (strlen(field->name) == length && memcmp(field->name, name, length) == 0) {
            return field;
        }
    }
    return NULL;
}

/* NULL: the table does not name it. */
static const nd_field *
field_of_path(const nd_table *table, const char *path)
{
    const nd_field *field = NULL;
    while (table != NULL) {
        size_t length = strcspn(path, ".");
        field = find(table, path, length);
        if (field == NULL || path[length] == '\0') {
            return field;
        }
        path += length + 1;
        table = field->rule.table;
    }
    return NULL;
}

/* An absent text is not stored, but an old document may hold "" or null in its place: {$exists}
 * would make two of them collide in a unique index. */
static void
put_filter(const nd_table *table, const char *path, bson_t *spec)
{
    const nd_field *field = field_of_path(table, path);
    bson_t filter;
    bson_t test;
    nd_appended(bson_append_document_begin(spec, "partialFilterExpression", -1, &filter));
    nd_appended(bson_append_document_begin(&filter, path, -1, &test));
    if (field != NULL && field->type == ND_TYPE_TEXT) {
        nd_appended(bson_append_utf8(&test, "$gt", -1, "", 0));
    } else {
        nd_appended(bson_append_bool(&test, "$exists", -1, true));
    }
    nd_appended(bson_append_document_end(&filter, &test));
    nd_appended(bson_append_document_end(spec, &filter));
}

void
nd_schema_index(const nd_collection *collection, const nd_index *index, bson_t *spec)
{
    put_keys(index, spec);
    put_name(index, spec);
    if (index->unique) {
        nd_appended(bson_append_bool(spec, "unique", -1, true));
    }
    if (index->only != NULL) {
        put_filter(collection->table, index->only, spec);
    }
    if (index->expires) {
        nd_appended(bson_append_int32(spec, "expireAfterSeconds", -1, 0));
    }
}
