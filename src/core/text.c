/* Text: UTF-8, arguments, hex, and words of a list. */
#include "core/text.h"

#include <string.h>

enum { KEY_MAX = 200 };
static const char our_keys[] = "noema:";

nd_text
nd_text_of(const char *string)
{
    if (string == NULL) {
        return (nd_text){NULL, 0};
    }
    return (nd_text){string, (uint32_t)strlen(string)};
}

bool
nd_text_is_none(nd_text text)
{
    return text.bytes == NULL;
}

bool
nd_text_equal(nd_text a, nd_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool
nd_text_is(nd_text text, const char *string)
{
    return nd_text_equal(text, nd_text_of(string));
}

/* What may follow a first byte: how many bytes, and the bounds of the second, which keep out
 * overlong forms, surrogates and what lies beyond U+10FFFF (Unicode, table 3-7). */
typedef struct lead {
    uint8_t first, last, more, low, high;
} lead;

static const lead leads[] = {
    {0x00, 0x7f, 0, 0,    0   },
    {0xc2, 0xdf, 1, 0x80, 0xbf},
    {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f},
    {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf},
    {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static const lead *
lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        if (byte >= leads[i].first && byte <= leads[i].last) {
            return &leads[i];
        }
    }
    return NULL;
}

size_t
nd_utf8_one(const char *bytes, size_t length)
{
    const uint8_t *at = (const uint8_t *)bytes;
    if (length == 0) {
        return 0;
    }
    const lead *found = lead_of(at[0]);
    if (found == NULL || found->more >= length) {
        return 0;
    }
    if (found->more > 0 && (at[1] < found->low || at[1] > found->high)) {
        return 0;
    }
    for (size_t i = 2; i <= found->more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return (size_t)found->more + 1;
}

bool
nd_utf8_valid(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t size = nd_utf8_one(bytes + at, length - at);
        if (size == 0 || bytes[at] == '\0') {
            return false;
        }
        at += size;
    }
    return true;
}

static bool
continues(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

size_t
nd_utf8_count(const char *bytes, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += continues(bytes[i]) ? 0 : 1;
    }
    return count;
}

size_t
nd_utf8_cut(const char *bytes, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 3 && continues(bytes[start - 1])) {
        start--;
    }
    if (start == 0) {
        return length;
    }
    const lead *found = lead_of((uint8_t)bytes[start - 1]);
    bool is_cut = found != NULL && length - (start - 1) <= found->more;
    return is_cut ? start - 1 : length;
}

/* U+0000-001F, U+007F and, in two bytes, U+0080-009F. */
static bool
is_control(const char *character)
{
    uint8_t first = (uint8_t)character[0];
    return first < 0x20 || first == 0x7f || (first == 0xc2 && (uint8_t)character[1] < 0xa0);
}

void
nd_text_one_line(char *text)
{
    size_t length = strlen(text);
    size_t to = 0;
    size_t from = 0;
    while (from < length) {
        size_t size = nd_utf8_one(text + from, length - from);
        if (size == 0 || is_control(text + from)) {
            text[to++] = size == 0 ? '?' : ' ';
            from += size == 0 ? 1 : size;
            continue;
        }
        memmove(text + to, text + from, size);
        to += size;
        from += size;
    }
    text[to] = '\0';
}

static noema_status
too_short(const char *field, size_t min, noema_error *error)
{
    if (min == 1) {
        return nd_fail(error, NOEMA_INVALID, field, "must not be empty");
    }
    return nd_fail(error, NOEMA_INVALID, field, "must be at least %zu bytes", min);
}

noema_status
nd_text_take(const char *from, const char *field, size_t min, size_t max, nd_text *text,
             noema_error *error)
{
    size_t length = from != NULL ? strnlen(from, max) : 0;
    if (length < min) {
        return too_short(field, min, error);
    }
    if (from != NULL && from[length] != '\0') {
        return nd_fail(error, NOEMA_INVALID, field, "must be at most %zu bytes", max);
    }
    if (length > 0 && !nd_utf8_valid(from, length)) {
        return nd_fail(error, NOEMA_INVALID, field, "must be valid UTF-8");
    }
    *text = (nd_text){length > 0 ? from : NULL, (uint32_t)length};
    return NOEMA_OK;
}

static bool
has_control(nd_text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (is_control(text.bytes + i)) {
            return true;
        }
    }
    return false;
}

noema_status
nd_key_take(const char *from, const char *field, nd_text *key, noema_error *error)
{
    nd_text taken = {NULL, 0};
    ND_TRY(nd_text_take(from, field, 1, KEY_MAX, &taken, error));
    if (has_control(taken)) {
        return nd_fail(error, NOEMA_INVALID, field, "must not hold control characters");
    }
    if (strncmp(from, our_keys, sizeof our_keys - 1) == 0) {
        return nd_fail(error, NOEMA_INVALID, field, "must not begin with \"%s\"", our_keys);
    }
    *key = taken;
    return NOEMA_OK;
}

void
nd_hex(const uint8_t *bytes, size_t size, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 0x0f];
    }
    hex[2 * size] = '\0';
}

/* -1: no hex digit. */
static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool
nd_unhex(const char *hex, size_t size, uint8_t *bytes)
{
    if (strnlen(hex, 2 * size + 1) != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(hex[2 * i]);
        int low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

nd_word
nd_word_find(const nd_words *words, const char *bytes, size_t length)
{
    if (bytes == NULL) {
        return (nd_word){0};
    }
    for (int32_t i = 0; i < words->count; i++) {
        if (strlen(words->words[i]) == length && memcmp(words->words[i], bytes, length) == 0) {
            return (nd_word){i + 1};
        }
    }
    return (nd_word){ND_WORD_UNKNOWN};
}

const char *
nd_word_text(const nd_words *words, nd_word word)
{
    if (word.at == 0) {
        return "";
    }
    return word.at > 0 && word.at <= words->count ? words->words[word.at - 1] : "?";
}
