#include "support/ledger_values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NANO_DIGITS = 9, EXPONENT_MAX = 40 };

static bool
find(const bson_t *document, const char *path, bson_iter_t *found)
{
    bson_iter_t at;
    return bson_iter_init(&at, document) && bson_iter_find_descendant(&at, path, found);
}

/* digits * 10^exponent, which must be whole. */
static int64_t
scaled(int64_t digits, long exponent)
{
    if (digits == 0) {
        return 0;
    }
    if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX) {
        return STORED_NONSENSE;
    }
    for (; exponent < 0; exponent++) {
        if (digits % 10 != 0) {
            return STORED_NONSENSE;
        }
        digits /= 10;
    }
    for (; exponent > 0; exponent--) {
        if (__builtin_mul_overflow(digits, (int64_t)10, &digits)) {
            return STORED_NONSENSE;
        }
    }
    return digits;
}

/* "-12.5", "1E-9", "1.20E+3". */
static int64_t
parse_nano(const char *text)
{
    const char *at = text + (*text == '-' ? 1 : 0);
    int64_t digits = 0;
    long exponent = NANO_DIGITS;
    bool behind_point = false;
    for (; isdigit((unsigned char)*at) || *at == '.'; at++) {
        if (*at == '.') {
            behind_point = true;
        } else if (__builtin_mul_overflow(digits, (int64_t)10, &digits) ||
                   __builtin_add_overflow(digits, (int64_t)(*at - '0'), &digits)) {
            return STORED_NONSENSE;
        } else {
            exponent -= behind_point ? 1 : 0;
        }
    }
    if (*at == 'E') {
        exponent += strtol(at + 1, NULL, 10);
    } else if (*at != '\0') {
        return STORED_NONSENSE;
    }
    int64_t value = scaled(digits, exponent);
    return *text == '-' && value != STORED_NONSENSE ? -value : value;
}

static int64_t
money_at(const bson_iter_t *at)
{
    bson_decimal128_t decimal;
    char text[BSON_DECIMAL128_STRING];
    if (!bson_iter_decimal128(at, &decimal)) {
        return STORED_NONSENSE;
    }
    bson_decimal128_to_string(&decimal, text);
    return parse_nano(text);
}

int64_t
stored_money(const bson_t *document, const char *path)
{
    bson_iter_t at;
    return find(document, path, &at) ? money_at(&at) : 0;
}

int64_t
stored_integer(const bson_t *document, const char *path)
{
    bson_iter_t at;
    return find(document, path, &at) ? bson_iter_as_int64(&at) : 0;
}

int64_t
stored_time(const bson_t *document, const char *path)
{
    bson_iter_t at;
    return find(document, path, &at) && BSON_ITER_HOLDS_DATE_TIME(&at) ? bson_iter_date_time(&at)
                                                                       : 0;
}

bson_oid_t
stored_id(const bson_t *document, const char *path)
{
    bson_iter_t at;
    bson_oid_t none = {{0}};
    return find(document, path, &at) && BSON_ITER_HOLDS_OID(&at) ? *bson_iter_oid(&at) : none;
}

const char *
stored_text(const bson_t *document, const char *path)
{
    bson_iter_t at;
    return find(document, path, &at) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, NULL) : "";
}

int64_t
stored_sum(const bson_t *document, const char *array, const char *member)
{
    bson_iter_t at;
    bson_iter_t item;
    int64_t sum = 0;
    if (!find(document, array, &at) || !bson_iter_recurse(&at, &item)) {
        return 0;
    }
    while (bson_iter_next(&item)) {
        bson_iter_t inside;
        bson_iter_t found;
        if (bson_iter_recurse(&item, &inside) &&
            bson_iter_find_descendant(&inside, member, &found)) {
            sum += money_at(&found);
        }
    }
    return sum;
}

bool
id_is_zero(const bson_oid_t *id)
{
    const bson_oid_t none = {{0}};
    return bson_oid_equal(id, &none);
}
