/* JSON over jansson: strict (one document, no duplicate keys, no NUL in strings), bounded. The
 * only file that sees jansson is json.c. A node belongs to its root; free the root. */
#ifndef ND_CORE_JSON_H
#define ND_CORE_JSON_H

#include "core/error.h"
#include "core/values.h"

typedef struct nd_json nd_json;
typedef enum nd_json_kind {
    ND_JSON_NULL,
    ND_JSON_BOOL,
    ND_JSON_INTEGER,
    ND_JSON_REAL,
    ND_JSON_TEXT,
    ND_JSON_ARRAY,
    ND_JSON_OBJECT
} nd_json_kind;

/* At most max_bytes and max_depth deep (an empty object has depth 1). INVALID names field. The
 * root may be any value when object_only is false. */
ND_MUST noema_status nd_json_parse(const char *text, const char *field, size_t max_bytes,
                                   uint32_t max_depth, bool object_only, nd_json **root,
                                   noema_error *error);
void nd_json_free(nd_json *root);
/* Compact text; yours, nd_delete. */
char *nd_json_text(const nd_json *node);

nd_json_kind nd_json_kind_of(const nd_json *node);
bool nd_json_bool(const nd_json *node);
int64_t nd_json_integer(const nd_json *node);
double nd_json_real(const nd_json *node);
const char *nd_json_string(const nd_json *node); /* "" when it is none */
size_t nd_json_length(const nd_json *node);      /* of a string in bytes, else of items */
/* NULL: not there. */
nd_json *nd_json_get(const nd_json *object, const char *key);
nd_json *nd_json_at(const nd_json *array, size_t index);
/* Members in order: start with *cursor = NULL; false at the end. */
bool nd_json_next(const nd_json *object, void **cursor, const char **key, nd_json **value);
/* RFC 6901; NULL: not there, or the pointer is malformed. */
nd_json *nd_json_point(const nd_json *root, const char *pointer);

/* Building. Text that is not valid UTF-8 becomes null. What is put in belongs to its parent. */
nd_json *nd_json_new_object(void);
nd_json *nd_json_new_array(void);
nd_json *nd_json_new_text(const char *text, size_t length);
nd_json *nd_json_new_integer(int64_t value);
nd_json *nd_json_new_real(double value); /* NaN and infinities become null */
nd_json *nd_json_new_bool(bool value);
nd_json *nd_json_new_null(void);
/* One more owner of a node that nobody changes any more: put it elsewhere, or free it, as well. */
nd_json *nd_json_share(nd_json *node);
void nd_json_put(nd_json *object, const char *key, nd_json *value);
void nd_json_push(nd_json *array, nd_json *value);
/* The everyday members. Absent texts, ids and times put nothing. */
void nd_json_put_text(nd_json *object, const char *key, const char *text);
void nd_json_put_integer(nd_json *object, const char *key, int64_t value);
void nd_json_put_bool(nd_json *object, const char *key, bool value);
void nd_json_put_money(nd_json *object, const char *key, nd_money value);
void nd_json_put_time(nd_json *object, const char *key, nd_time value);
void nd_json_put_id(nd_json *object, const char *key, nd_id value);

#endif
