/* JSON: jansson behind a smaller, stricter door. Error messages say where a text is wrong and never
 * quote it: it may hold a secret. */
#include "core/json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"

/* jansson's readers do not change what they read, but some of their signatures say so. */
static json_t *
inner(const nd_json *node)
{
    return (json_t *)(uintptr_t)node;
}

static nd_json *
outer(json_t *node)
{
    return (nd_json *)node;
}

static json_t *
or_die(json_t *made)
{
    if (made == NULL) {
        abort();
    }
    return made;
}

/* The quote that closes the string opened at `at`, or the last character before the text ends. */
static const char *
string_end(const char *at)
{
    at++;
    while (*at != '\0' && *at != '"') {
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return *at == '"' ? at : at - 1;
}

/* Depth of brackets outside strings, counted before the recursive parser sees the text. */
static size_t
depth_of(const char *text)
{
    size_t depth = 0;
    size_t deepest = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            c = string_end(c);
        } else if (*c == '[' || *c == '{') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if ((*c == ']' || *c == '}') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

static const char *
describe(const json_error_t *found)
{
    static const struct {
        enum json_error_code code;
        const char *text;
    } table[] = {
        {json_error_duplicate_key,          "must not name a key twice"                     },
        {json_error_numeric_overflow,       "must not hold a number beyond 64 bits"         },
        {json_error_invalid_utf8,           "must be valid UTF-8"                           },
        {json_error_null_character,         "must not hold a NUL character"                 },
        {json_error_null_byte_in_key,       "must not hold a NUL character"                 },
        {json_error_end_of_input_expected,  "must be one JSON value, with nothing behind it"},
        {json_error_premature_end_of_input, "must be whole JSON"                            },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].code == json_error_code(found)) {
            return table[i].text;
        }
    }
    return "must be valid JSON";
}

static noema_status
parse_failed(const json_error_t *found, const char *field, noema_error *error)
{
    if (json_error_code(found) == json_error_out_of_memory) {
        return nd_fail(error, NOEMA_NO_MEMORY, field, "too large for the memory there is");
    }
    return nd_fail(error, NOEMA_INVALID, field, "%s (line %d, column %d)", describe(found),
                   found->line, found->column);
}

noema_status
nd_json_parse(const char *text, const char *field, size_t max_bytes, uint32_t max_depth,
              bool object_only, nd_json **root, noema_error *error)
{
    *root = NULL;
    size_t length = text != NULL ? strnlen(text, max_bytes) : 0;
    if (length == 0) {
        return nd_fail(error, NOEMA_INVALID, field, "must be JSON");
    }
    if (text[length] != '\0') {
        return nd_fail(error, NOEMA_INVALID, field, "must be at most %zu bytes", max_bytes);
    }
    if (depth_of(text) > max_depth) {
        return nd_fail(error, NOEMA_INVALID, field, "must be nested at most %u deep", max_depth);
    }
    json_error_t found;
    json_t *parsed = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &found);
    if (parsed == NULL) {
        return parse_failed(&found, field, error);
    }
    if (object_only && !json_is_object(parsed)) {
        json_decref(parsed);
        return nd_fail(error, NOEMA_INVALID, field, "must be a JSON object");
    }
    *root = outer(parsed);
    return NOEMA_OK;
}

void
nd_json_free(nd_json *root)
{
    json_decref(inner(root));
}

typedef struct output {
    char *text;
    size_t length;
    size_t size;
} output;

static int
take_output(const char *bytes, size_t length, void *context)
{
    output *to = context;
    if (to->length + length + 1 > to->size) {
        to->size = (to->length + length + 1) * 2;
        to->text = nd_resize(to->text, to->size);
    }
    memcpy(to->text + to->length, bytes, length);
    to->length += length;
    to->text[to->length] = '\0';
    return 0;
}

/* Not json_dumps: its result would belong to jansson's allocator, which a host may have replaced.
 */
char *
nd_json_text(const nd_json *node)
{
    output to = {0};
    if (node == NULL) {
        return nd_copy_string("null");
    }
    if (json_dump_callback(inner(node), take_output, &to, JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
        abort();
    }
    return to.text;
}

nd_json_kind
nd_json_kind_of(const nd_json *node)
{
    if (node == NULL) {
        return ND_JSON_NULL;
    }
    switch (json_typeof(inner(node))) {
    case JSON_OBJECT:
        return ND_JSON_OBJECT;
    case JSON_ARRAY:
        return ND_JSON_ARRAY;
    case JSON_STRING:
        return ND_JSON_TEXT;
    case JSON_INTEGER:
        return ND_JSON_INTEGER;
    case JSON_REAL:
        return ND_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return ND_JSON_BOOL;
    case JSON_NULL:
        return ND_JSON_NULL;
    }
    return ND_JSON_NULL;
}

bool
nd_json_bool(const nd_json *node)
{
    return json_is_true(inner(node));
}

int64_t
nd_json_integer(const nd_json *node)
{
    return json_integer_value(inner(node));
}

double
nd_json_real(const nd_json *node)
{
    return json_number_value(inner(node));
}

const char *
nd_json_string(const nd_json *node)
{
    const char *text = json_string_value(inner(node));
    return text != NULL ? text : "";
}

size_t
nd_json_length(const nd_json *node)
{
    switch (nd_json_kind_of(node)) {
    case ND_JSON_TEXT:
        return json_string_length(inner(node));
    case ND_JSON_ARRAY:
        return json_array_size(inner(node));
    case ND_JSON_OBJECT:
        return json_object_size(inner(node));
    case ND_JSON_NULL:
    case ND_JSON_BOOL:
    case ND_JSON_INTEGER:
    case ND_JSON_REAL:
        return 0;
    }
    return 0;
}

nd_json *
nd_json_get(const nd_json *object, const char *key)
{
    return outer(json_object_get(inner(object), key));
}

nd_json *
nd_json_at(const nd_json *array, size_t index)
{
    return outer(json_array_get(inner(array), index));
}

bool
nd_json_next(const nd_json *object, void **cursor, const char **key, nd_json **value)
{
    json_t *of = inner(object);
    *cursor = *cursor == NULL ? json_object_iter(of) : json_object_iter_next(of, *cursor);
    if (*cursor == NULL) {
        return false;
    }
    *key = json_object_iter_key(*cursor);
    *value = outer(json_object_iter_value(*cursor));
    return true;
}

/* Undoes "~1" and "~0" in place; false: another character stands behind a "~". */
static bool
unescape(char *token)
{
    char *to = token;
    for (const char *from = token; *from != '\0'; from++) {
        char c = *from;
        if (c == '~') {
            from++;
            if (*from != '0' && *from != '1') {
                return false;
            }
            c = *from == '0' ? '~' : '/';
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

/* "0", "17"; not "", "-", "007". */
static json_t *
item_at(json_t *array, const char *token)
{
    size_t index = 0;
    size_t length = strlen(token);
    if (length == 0 || length > 9 || (token[0] == '0' && length > 1)) {
        return NULL;
    }
    for (const char *c = token; *c != '\0'; c++) {
        if (*c < '0' || *c > '9') {
            return NULL;
        }
        index = index * 10 + (size_t)(*c - '0');
    }
    return json_array_get(array, index);
}

/* Goes down one token at a time; tokens is overwritten. */
static json_t *
walk(json_t *node, char *tokens)
{
    char *token = tokens;
    while (node != NULL && token != NULL) {
        char *next = strchr(token, '/');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (!unescape(token)) {
            return NULL;
        }
        node = json_is_array(node) ? item_at(node, token) : json_object_get(node, token);
        token = next;
    }
    return node;
}

nd_json *
nd_json_point(const nd_json *root, const char *pointer)
{
    if (pointer == NULL || pointer[0] == '\0') {
        return pointer != NULL ? outer(inner(root)) : NULL;
    }
    if (pointer[0] != '/') {
        return NULL;
    }
    char *tokens = nd_copy_string(pointer + 1);
    json_t *found = walk(inner(root), tokens);
    nd_delete(tokens);
    return outer(found);
}

nd_json *
nd_json_new_object(void)
{
    return outer(or_die(json_object()));
}

nd_json *
nd_json_new_array(void)
{
    return outer(or_die(json_array()));
}

nd_json *
nd_json_new_text(const char *text, size_t length)
{
    if (text == NULL || !nd_utf8_valid(text, length)) {
        return nd_json_new_null();
    }
    return outer(or_die(json_stringn_nocheck(text, length)));
}

nd_json *
nd_json_new_integer(int64_t value)
{
    return outer(or_die(json_integer(value)));
}

nd_json *
nd_json_new_real(double value)
{
    return isfinite(value) ? outer(or_die(json_real(value))) : nd_json_new_null();
}

nd_json *
nd_json_new_bool(bool value)
{
    return outer(json_boolean(value));
}

nd_json *
nd_json_new_null(void)
{
    return outer(json_null());
}

nd_json *
nd_json_share(nd_json *node)
{
    return outer(json_incref(inner(node)));
}

/* A key that is not UTF-8 is the one thing that jansson refuses; its value goes with it. */
void
nd_json_put(nd_json *object, const char *key, nd_json *value)
{
    (void)json_object_set_new(inner(object), key, inner(value));
}

void
nd_json_push(nd_json *array, nd_json *value)
{
    (void)json_array_append_new(inner(array), inner(value));
}
