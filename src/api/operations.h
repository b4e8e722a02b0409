/* Every operation by name, declared once: its arguments with types and limits, its result, the
 * statuses to expect, one paragraph of documentation, and the function that does it. noema_call
 * dispatches it; noema_operations_json and docs/calls.md describe it. */
#ifndef ND_API_OPERATIONS_H
#define ND_API_OPERATIONS_H

#include <noemadb.h>

#include "core/json.h"

typedef enum nd_argument_type {
    ND_ARGUMENT_ACCOUNT, /* an id, or a handle that costs one more read */
    ND_ARGUMENT_ID,
    ND_ARGUMENT_MONEY, /* decimal text */
    ND_ARGUMENT_TEXT,
    ND_ARGUMENT_INTEGER,
    ND_ARGUMENT_TIME, /* ISO 8601 */
    ND_ARGUMENT_BOOL,
    ND_ARGUMENT_OBJECT,
    ND_ARGUMENT_ARRAY,
    ND_ARGUMENT_WORD /* one of `words`; its place, counted from `min`, is the value */
} nd_argument_type;

typedef struct nd_argument {
    const char *name;
    nd_argument_type type;
    bool required;
    int64_t min, max;         /* INTEGER: the value; TEXT: bytes */
    const char *const *words; /* WORD: ends with NULL */
    const char *doc;
} nd_argument;

enum { ND_ARGUMENTS_MAX = 20, ND_STATUSES_MAX = 8 };

/* One argument as it was given. */
typedef struct nd_value {
    bool given;
    const char *text; /* of TEXT, MONEY; JSON text of OBJECT and ARRAY */
    int64_t integer;  /* of INTEGER, TIME, BOOL, WORD, and MONEY in nano-USD */
    noema_id id;
    char *owned;
} nd_value;

typedef struct nd_operation nd_operation;
typedef struct nd_values {
    noema_db *db;
    const nd_operation *operation;
    nd_json *root;
    nd_value values[ND_ARGUMENTS_MAX];
} nd_values;

/* *result may be filled on failure too: what a refused command shows. */
typedef noema_status (*nd_operation_run)(const nd_values *values, nd_json **result,
                                         noema_error *error);

struct nd_operation {
    const char *name;
    const nd_argument *arguments;
    size_t count;
    const char *result; /* a word of answers.c: what the result is */
    noema_status statuses[ND_STATUSES_MAX];
    const char *doc;
    nd_operation_run run;
};

/* NULL: no such. */
const nd_operation *nd_operation_find(const char *name);
/* NULL beyond the last. */
const nd_operation *nd_operation_at(size_t index);

/* Of the operation's own arguments; a name that it does not have is a bug, and aborts. */
const nd_value *nd_value_of(const nd_values *values, const char *name);
const char *nd_value_text(const nd_values *values, const char *name);   /* NULL: not given */
int64_t nd_value_integer(const nd_values *values, const char *name);    /* 0: not given */
const noema_id *nd_value_id(const nd_values *values, const char *name); /* NULL: not given */

/* Takes JSON text apart by the operation's arguments. Afterwards free them, also on failure. */
noema_status nd_values_take(nd_values *values, noema_db *db, const nd_operation *operation,
                            const char *arguments_json, noema_error *error);
void nd_values_free(nd_values *values);

/* Markdown of the table; yours, nd_delete. */
char *nd_operations_markdown(void);

#endif
