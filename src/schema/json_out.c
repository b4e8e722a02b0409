/* Stored documents as plain JSON for people and programs. One way only: what a type was is lost, and
 * what JSON has no word for becomes text. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/money.h"
#include "schema/fields.h"

/* MongoDB's own bound of nesting. */
enum { DEPTH_MAX = 100 };
/* Readers of ISO 8601 go no farther: 100 million days from 1970, the bound of JavaScript. */
#define LAST_DATE (INT64_C(100000000) * 24 * 60 * 60 * 1000)

static nd_json *of_document(const bson_t *document, uint32_t depth);
static nd_json *of_value(const bson_iter_t *at, uint32_t depth);

/* '?' where bytes are no UTF-8 or NUL; yours, nd_delete. */
static char *
repaired(const char *bytes, size_t length)
{
    char *text = nd_new(length + 1);
    size_t at = 0;
    while (at < length) {
        size_t size = nd_utf8_one(bytes + at, length - at);
        if (size == 0 || bytes[at] == '\0') {
            text[at++] = '?';
            continue;
        }
        memcpy(text + at, bytes + at, size);
        at += size;
    }
    return text;
}

static nd_json *
text_node(const char *bytes, size_t length)
{
    if (nd_utf8_valid(bytes, length)) {
        return nd_json_new_text(bytes, length);
    }
    char *text = repaired(bytes, length);
    nd_json *node = nd_json_new_text(text, length);
    nd_delete(text);
    return node;
}

static nd_json *
string_node(const char *text)
{
    return text_node(text, strlen(text));
}

static nd_json *
hex_node(const uint8_t *bytes, size_t size)
{
    char *hex = nd_new(2 * size + 1);
    nd_hex(bytes, size, hex);
    nd_json *node = nd_json_new_text(hex, 2 * size);
    nd_delete(hex);
    return node;
}

static nd_json *
of_double(const bson_iter_t *at, uint32_t depth)
{
    double value = bson_iter_double(at);
    (void)depth;
    if (isfinite(value)) {
        return nd_json_new_real(value);
    }
    if (isnan(value)) {
        return string_node("NaN");
    }
    return string_node(value > 0 ? "Infinity" : "-Infinity");
}

static nd_json *
of_text(const bson_iter_t *at, uint32_t depth)
{
    uint32_t length;
    const char *text = bson_iter_utf8(at, &length);
    (void)depth;
    return text_node(text, length);
}

static nd_json *
of_inside(const bson_iter_t *at, uint32_t depth)
{
    bson_t view;
    if (depth >= DEPTH_MAX) {
        return string_node("(too deep)");
    }
    return nd_bson_enter(at, &view) ? of_document(&view, depth + 1) : string_node("(torn BSON)");
}

static nd_json *
of_array(const bson_iter_t *at, uint32_t depth)
{
    bson_t view;
    bson_iter_t item;
    if (depth >= DEPTH_MAX) {
        return string_node("(too deep)");
    }
    if (!nd_bson_enter(at, &view) || !bson_iter_init(&item, &view)) {
        return string_node("(torn BSON)");
    }
    nd_json *array = nd_json_new_array();
    while (bson_iter_next(&item)) {
        nd_json_push(array, of_value(&item, depth + 1));
    }
    return array;
}

static nd_json *
of_binary(const bson_iter_t *at, uint32_t depth)
{
    bson_subtype_t subtype;
    uint32_t length;
    const uint8_t *bytes;
    (void)depth;
    bson_iter_binary(at, &subtype, &length, &bytes);
    return hex_node(bytes, length);
}

static nd_json *
of_id(const bson_iter_t *at, uint32_t depth)
{
    (void)depth;
    return hex_node(bson_iter_oid(at)->bytes, sizeof(nd_id));
}

static nd_json *
of_bool(const bson_iter_t *at, uint32_t depth)
{
    (void)depth;
    return nd_json_new_bool(bson_iter_bool(at));
}

static nd_json *
of_date(const bson_iter_t *at, uint32_t depth)
{
    char text[ND_TIME_TEXT];
    nd_time time = {bson_iter_date_time(at)};
    (void)depth;
    if (time.ms < -LAST_DATE || time.ms > LAST_DATE) {
        (void)snprintf(text, sizeof text, "Date(%" PRId64 ")", time.ms);
        return string_node(text);
    }
    return nd_json_new_text(text, nd_time_format(time, text));
}

static nd_json *
of_integer(const bson_iter_t *at, uint32_t depth)
{
    (void)depth;
    return nd_json_new_integer(bson_iter_as_int64(at));
}

/* As money when money can say it; others (old or foreign ones) keep all their digits. */
static nd_json *
of_decimal(const bson_iter_t *at, uint32_t depth)
{
    bson_decimal128_t decimal;
    nd_scaled scaled;
    nd_money amount;
    (void)depth;
    (void)bson_iter_decimal128(at, &decimal);
    if (nd_decimal_scale(&decimal, 9, &scaled) && scaled.rest == ND_REST_NONE &&
        nd_decimal_read(&decimal, &amount)) {
        char text[ND_MONEY_TEXT];
        return nd_json_new_text(text, nd_money_format(amount, text));
    }
    char digits[BSON_DECIMAL128_STRING];
    bson_decimal128_to_string(&decimal, digits);
    return string_node(digits);
}

static nd_json *
of_regex(const bson_iter_t *at, uint32_t depth)
{
    const char *options;
    const char *pattern = bson_iter_regex(at, &options);
    size_t size = strlen(pattern) + strlen(options) + 3;
    char *text = nd_new(size);
    (void)depth;
    (void)snprintf(text, size, "/%s/%s", pattern, options);
    nd_json *node = string_node(text);
    nd_delete(text);
    return node;
}

static nd_json *
of_timestamp(const bson_iter_t *at, uint32_t depth)
{
    uint32_t seconds;
    uint32_t increment;
    char text[48];
    (void)depth;
    bson_iter_timestamp(at, &seconds, &increment);
    (void)snprintf(text, sizeof text, "Timestamp(%" PRIu32 ", %" PRIu32 ")", seconds, increment);
    return string_node(text);
}

static nd_json *
of_code(const bson_iter_t *at, uint32_t depth)
{
    uint32_t length;
    const char *text = bson_iter_code(at, &length);
    (void)depth;
    return text_node(text, length);
}

static nd_json *
of_scoped_code(const bson_iter_t *at, uint32_t depth)
{
    uint32_t length;
    uint32_t scope_length;
    const uint8_t *scope;
    const char *text = bson_iter_codewscope(at, &length, &scope_length, &scope);
    (void)depth;
    return text_node(text, length);
}

static nd_json *
of_symbol(const bson_iter_t *at, uint32_t depth)
{
    uint32_t length;
    const char *text = bson_iter_symbol(at, &length);
    (void)depth;
    return text_node(text, length);
}

static nd_json *
of_pointer(const bson_iter_t *at, uint32_t depth)
{
    uint32_t length;
    const char *collection;
    const bson_oid_t *id;
    (void)depth;
    bson_iter_dbpointer(at, &length, &collection, &id);
    return hex_node(id->bytes, sizeof(nd_id));
}

static nd_json *
of_smallest(const bson_iter_t *at, uint32_t depth)
{
    (void)at;
    (void)depth;
    return string_node("MinKey");
}

static nd_json *
of_largest(const bson_iter_t *at, uint32_t depth)
{
    (void)at;
    (void)depth;
    return string_node("MaxKey");
}

static const struct {
    bson_type_t type;
    nd_json *(*make)(const bson_iter_t *at, uint32_t depth);
} makers[] = {
    {BSON_TYPE_UTF8,       of_text       },
    {BSON_TYPE_DECIMAL128, of_decimal    },
    {BSON_TYPE_OID,        of_id         },
    {BSON_TYPE_DATE_TIME,  of_date       },
    {BSON_TYPE_INT64,      of_integer    },
    {BSON_TYPE_DOCUMENT,   of_inside     },
    {BSON_TYPE_ARRAY,      of_array      },
    {BSON_TYPE_BOOL,       of_bool       },
    {BSON_TYPE_INT32,      of_integer    },
    {BSON_TYPE_DOUBLE,     of_double     },
    {BSON_TYPE_BINARY,     of_binary     },
    {BSON_TYPE_REGEX,      of_regex      },
    {BSON_TYPE_TIMESTAMP,  of_timestamp  },
    {BSON_TYPE_CODE,       of_code       },
    {BSON_TYPE_SYMBOL,     of_symbol     },
    {BSON_TYPE_CODEWSCOPE, of_scoped_code},
    {BSON_TYPE_DBPOINTER,  of_pointer    },
    {BSON_TYPE_MINKEY,     of_smallest   },
    {BSON_TYPE_MAXKEY,     of_largest    },
};

/* null, and what is deprecated as "undefined", have no maker. */
static nd_json *
of_value(const bson_iter_t *at, uint32_t depth)
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        if (makers[i].type == bson_iter_type(at)) {
            return makers[i].make(at, depth);
        }
    }
    return nd_json_new_null();
}

/* Undoes the escapes of user_document.c, in place. */
static void
unescape(char *key)
{
    static const struct {
        const char *code;
        char means;
    } escapes[] = {
        {"%25", '%'},
        {"%2E", '.'},
        {"%24", '$'}
    };
    char *to = key;
    for (const char *from = key; *from != '\0'; from++) {
        char c = *from;
        for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
            if (strncmp(from, escapes[i].code, 3) == 0) {
                c = escapes[i].means;
                from += 2;
                break;
            }
        }
        *to++ = c;
    }
    *to = '\0';
}

static void
put_member(nd_json *object, const char *key, nd_json *value)
{
    size_t length = strlen(key);
    if (strchr(key, '%') == NULL && nd_utf8_valid(key, length)) {
        nd_json_put(object, key, value);
        return;
    }
    char *given = repaired(key, length);
    unescape(given);
    nd_json_put(object, given, value);
    nd_delete(given);
}

static nd_json *
of_document(const bson_t *document, uint32_t depth)
{
    bson_iter_t at;
    nd_json *object = nd_json_new_object();
    if (bson_iter_init(&at, document)) {
        while (bson_iter_next(&at)) {
            put_member(object, bson_iter_key(&at), of_value(&at, depth));
        }
    }
    return object;
}

nd_json *
nd_schema_json(const bson_t *document)
{
    return of_document(document, 1);
}
