/* Documents that a caller hands in as JSON text. nd_json bounds and checks the text; here names
 * become such that no server and no driver reads them as operators or paths. */
#include <stdio.h>
#include <string.h>

#include "schema/fields.h"

enum { DEPTH_MAX = 8, KEY_MAX = 256 };

static bool put_members(const nd_json *object, bson_t *to);
static bool put_items(const nd_json *array, bson_t *to);

/* false: the key is too long. */
static bool
escape(const char *key, char escaped[3 * KEY_MAX + 1])
{
    if (strnlen(key, KEY_MAX + 1) > KEY_MAX) {
        return false;
    }
    char *to = escaped;
    for (const char *from = key; *from != '\0'; from++) {
        bool is_free = *from != '.' && *from != '%' && !(*from == '$' && from == key);
        if (is_free) {
            *to++ = *from;
        } else {
            to += snprintf(to, 4, "%%%02X", (unsigned)*from);
        }
    }
    *to = '\0';
    return true;
}

static bool
put_object(const char *name, const nd_json *object, bson_t *to)
{
    bson_t inside;
    nd_appended(bson_append_document_begin(to, name, -1, &inside));
    bool done = put_members(object, &inside);
    nd_appended(bson_append_document_end(to, &inside));
    return done;
}

static bool
put_array(const char *name, const nd_json *array, bson_t *to)
{
    bson_t inside;
    nd_appended(bson_append_array_begin(to, name, -1, &inside));
    bool done = put_items(array, &inside);
    nd_appended(bson_append_array_end(to, &inside));
    return done;
}

/* The depth of the recursion is bounded by nd_json_parse. */
static bool
put_value(const char *name, const nd_json *value, bson_t *to)
{
    switch (nd_json_kind_of(value)) {
    case ND_JSON_OBJECT:
        return put_object(name, value, to);
    case ND_JSON_ARRAY:
        return put_array(name, value, to);
    case ND_JSON_TEXT:
        nd_appended(
            bson_append_utf8(to, name, -1, nd_json_string(value), (int)nd_json_length(value)));
        return true;
    case ND_JSON_INTEGER:
        nd_appended(bson_append_int64(to, name, -1, nd_json_integer(value)));
        return true;
    case ND_JSON_REAL:
        nd_appended(bson_append_double(to, name, -1, nd_json_real(value)));
        return true;
    case ND_JSON_BOOL:
        nd_appended(bson_append_bool(to, name, -1, nd_json_bool(value)));
        return true;
    case ND_JSON_NULL:
        break;
    }
    nd_appended(bson_append_null(to, name, -1));
    return true;
}

static bool
put_members(const nd_json *object, bson_t *to)
{
    char escaped[3 * KEY_MAX + 1];
    void *cursor = NULL;
    const char *key;
    nd_json *value;
    while (nd_json_next(object, &cursor, &key, &value)) {
        if (!escape(key, escaped) || !put_value(escaped, value, to)) {
            return false;
        }
    }
    return true;
}

static bool
put_items(const nd_json *array, bson_t *to)
{
    size_t count = nd_json_length(array);
    for (size_t i = 0; i < count; i++) {
        char number[16];
        const char *index;
        (void)bson_uint32_to_string((uint32_t)i, &index, number, sizeof number);
        if (!put_value(index, nd_json_at(array, i), to)) {
            return false;
        }
    }
    return true;
}

static noema_status
take(const nd_json *root, const char *field, size_t max_bytes, bson_t *made, noema_error *error)
{
    if (!put_members(root, made)) {
        return nd_fail(error, NOEMA_INVALID, field, "must have keys of at most %d bytes", KEY_MAX);
    }
    /* Numbers take more room in BSON than in JSON. */
    if (made->len > max_bytes) {
        return nd_fail(error, NOEMA_LIMIT, field, "must be at most %zu bytes as BSON, is %u",
                       max_bytes, (unsigned)made->len);
    }
    return NOEMA_OK;
}

noema_status
nd_user_document_take(const char *json_text, const char *field, size_t max_bytes, nd_arena *arena,
                      nd_bson *document, noema_error *error)
{
    bson_t made = BSON_INITIALIZER;
    nd_json *root;
    *document = (nd_bson){NULL, 0};
    if (json_text == NULL || json_text[0] == '\0') {
        return NOEMA_OK;
    }
    if (strnlen(json_text, max_bytes + 1) > max_bytes) {
        return nd_fail(error, NOEMA_LIMIT, field, "must be at most %zu bytes", max_bytes);
    }
    ND_TRY(nd_json_parse(json_text, field, max_bytes, DEPTH_MAX, true, &root, error));
    noema_status status = take(root, field, max_bytes, &made, error);
    if (status == NOEMA_OK) {
        *document = nd_bson_copy(&made, arena);
    }
    bson_destroy(&made);
    nd_json_free(root);
    return status;
}
