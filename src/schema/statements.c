/* Builds filters by id and write commands with a statement a document. */
#include "schema/statements.h"

#include <string.h>

void
nd_append_id(bson_t *document, const char *name, nd_id id)
{
    bson_oid_t oid;
    memcpy(oid.bytes, id.bytes, sizeof(id.bytes));
    bson_append_oid(document, name, -1, &oid);
}

void
nd_append_text(bson_t *document, const char *name, nd_text text)
{
    bson_append_utf8(document, name, -1, text.length == 0 ? "" : text.bytes, (int)text.length);
}

void
nd_filter_id(bson_t *filter, const char *field, nd_id id)
{
    nd_append_id(filter, field, id);
}

void
nd_filter_ids(bson_t *filter, const char *field, const nd_id *ids, size_t count)
{
    bson_t in;
    bson_t array;
    bson_append_document_begin(filter, field, -1, &in);
    bson_append_array_begin(&in, "$in", 3, &array);
    for (size_t i = 0; i < count; i++) {
        char digits[16];
        const char *key;
        bson_uint32_to_string((uint32_t)i, &key, digits, sizeof(digits));
        nd_append_id(&array, key, ids[i]);
    }
    bson_append_array_end(&in, &array);
    bson_append_document_end(filter, &in);
}

void
nd_options_only(bson_t *options, const char *const *names)
{
    bson_t projection;
    bson_append_document_begin(options, "projection", -1, &projection);
    for (; *names != NULL; names++) {
        bson_append_int32(&projection, *names, -1, 1);
    }
    bson_append_document_end(options, &projection);
}

bool
nd_append_change(bson_t *update, const nd_table *table, const void *before, const void *after)
{
    bson_t set = BSON_INITIALIZER;
    bson_t unset = BSON_INITIALIZER;
    const bool changed = nd_schema_changes(table, before, after, &set, &unset) > 0;
    if (!bson_empty(&set)) {
        bson_append_document(update, "$set", 4, &set);
    }
    if (!bson_empty(&unset)) {
        bson_append_document(update, "$unset", 6, &unset);
    }
    bson_destroy(&set);
    bson_destroy(&unset);
    return changed;
}

void
nd_statements_begin(nd_statements *statements, const char *verb, const char *collection)
{
    const char *array = strcmp(verb, "insert") == 0 ? "documents" : "updates";
    statements->count = 0;
    statements->bytes = 0;
    bson_init(&statements->command);
    bson_append_utf8(&statements->command, verb, -1, collection, -1);
    bson_append_array_begin(&statements->command, array, -1, &statements->array);
}

void
nd_statements_insert(nd_statements *statements, const bson_t *document)
{
    char digits[16];
    const char *key;
    bson_uint32_to_string(statements->count++, &key, digits, sizeof(digits));
    bson_append_document(&statements->array, key, -1, document);
    statements->bytes += document->len;
}

void
nd_statements_update(nd_statements *statements, nd_id id, const nd_table *table, const void *before,
                     const void *after)
{
    bson_t update = BSON_INITIALIZER;
    if (nd_append_change(&update, table, before, after)) {
        bson_t statement = BSON_INITIALIZER;
        bson_t query;
        bson_append_document_begin(&statement, "q", 1, &query);
        nd_append_id(&query, "_id", id);
        bson_append_document_end(&statement, &query);
        bson_append_document(&statement, "u", 1, &update);
        nd_statements_insert(statements, &statement);
        bson_destroy(&statement);
    }
    bson_destroy(&update);
}

void
nd_statements_end(nd_statements *statements, bool bypass)
{
    bson_append_array_end(&statements->command, &statements->array);
    if (bypass) {
        bson_append_bool(&statements->command, "bypassDocumentValidation", -1, true);
    }
}

void
nd_statements_free(nd_statements *statements)
{
    bson_destroy(&statements->command);
}
