/* Shapes of filters and write commands that every store builds: by ids, and a command with one
 * statement a document. Values only: no caller's text becomes an operator or a path here. */
#ifndef ND_SCHEMA_STATEMENTS_H
#define ND_SCHEMA_STATEMENTS_H

#include "schema/schema.h"

void nd_append_id(bson_t *document, const char *name, nd_id id);
void nd_append_text(bson_t *document, const char *name, nd_text text);
/* {field: {$in: [...]}} */
void nd_filter_ids(bson_t *filter, const char *field, const nd_id *ids, size_t count);
/* {field: id} */
void nd_filter_id(bson_t *filter, const char *field, nd_id id);
/* The named fields alone, by projection. names ends with NULL. */
void nd_options_only(bson_t *options, const char *const *names);

/* Appends {$set, $unset} of what changed. false: nothing did. */
bool nd_append_change(bson_t *update, const nd_table *table, const void *before, const void *after);

/* A write command that grows by a statement a document. */
typedef struct nd_statements {
    bson_t command;
    bson_t array;
    uint32_t count;
    size_t bytes;
} nd_statements;
/* verb: "insert" (array "documents") or "update" (array "updates"). */
void nd_statements_begin(nd_statements *statements, const char *verb, const char *collection);
void nd_statements_insert(nd_statements *statements, const bson_t *document);
/* The record `before` became `after`: {q: {_id}, u: {$set, $unset}}. Nothing when they are equal. */
void nd_statements_update(nd_statements *statements, nd_id id, const nd_table *table,
                          const void *before, const void *after);
/* bypass: the server's validator is not asked. Afterwards `command` is whole. */
void nd_statements_end(nd_statements *statements, bool bypass);
void nd_statements_free(nd_statements *statements);

#endif
