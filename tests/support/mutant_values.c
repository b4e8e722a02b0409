/* The right and wrong values that are put into fields. */
#include "support/mutant_values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/money.h"
#include "schema/fields.h"
#include "support/mutants.h"

static void
put_null(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_null(to, name, -1);
}

static void
put_true(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_bool(to, name, -1, true);
}

#define INTEGER(name_, bits, value)                                                                \
    static void name_(const nd_field *field, const char *name, bson_t *to)                         \
    {                                                                                              \
        (void)field;                                                                               \
        bson_append_int##bits(to, name, -1, value);                                                \
    }
INTEGER(put_int32_zero, 32, 0)
INTEGER(put_int32_minus, 32, -1)
INTEGER(put_int32_min, 32, INT32_MIN)
INTEGER(put_int32_max, 32, INT32_MAX)
INTEGER(put_int64_zero, 64, 0)
INTEGER(put_int64_minus, 64, -1)
INTEGER(put_int64_min, 64, INT64_MIN)
INTEGER(put_int64_max, 64, INT64_MAX)

static void
put_double(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_double(to, name, -1, 1.5);
}

static void
put_double_nan(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_double(to, name, -1, (double)NAN);
}

static void
put_bytes(const char *name, const char *bytes, int length, bson_t *to)
{
    bson_append_utf8(to, name, -1, bytes, length);
}

static void
put_empty_text(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    put_bytes(name, "", 0, to);
}

static void
put_short_text(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    put_bytes(name, "a", 1, to);
}

static void
put_text_with_nul(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    put_bytes(name, "a\0b", 3, to);
}

static void
put_text_that_is_no_utf8(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    put_bytes(name, "\xff\x80\xc3", 3, to);
}

static void
put_date(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_date_time(to, name, -1, INT64_C(1793534438902));
}

static void
put_id(const nd_field *field, const char *name, bson_t *to)
{
    static const bson_oid_t id = {
        {0xff, 1}
    };
    (void)field;
    bson_append_oid(to, name, -1, &id);
}

static void
put_empty_array(const nd_field *field, const char *name, bson_t *to)
{
    bson_t empty = BSON_INITIALIZER;
    (void)field;
    bson_append_array(to, name, -1, &empty);
}

static void
put_array_of_null(const nd_field *field, const char *name, bson_t *to)
{
    bson_t *array = BCON_NEW("0", BCON_NULL);
    (void)field;
    bson_append_array(to, name, -1, array);
    bson_destroy(array);
}

static void
put_empty_document(const nd_field *field, const char *name, bson_t *to)
{
    bson_t empty = BSON_INITIALIZER;
    (void)field;
    bson_append_document(to, name, -1, &empty);
}

static void
put_foreign_document(const nd_field *field, const char *name, bson_t *to)
{
    bson_t *document = BCON_NEW("foreign", BCON_INT32(1));
    (void)field;
    bson_append_document(to, name, -1, document);
    bson_destroy(document);
}

static const uint8_t zeros[64];

#define BINARY(name_, subtype, size)                                                               \
    static void name_(const nd_field *field, const char *name, bson_t *to)                         \
    {                                                                                              \
        (void)field;                                                                               \
        bson_append_binary(to, name, -1, subtype, zeros, size);                                    \
    }
BINARY(put_empty_binary, BSON_SUBTYPE_BINARY, 0)
BINARY(put_binary_of_16, BSON_SUBTYPE_BINARY, 16)
BINARY(put_binary_of_33, BSON_SUBTYPE_BINARY, 33)
BINARY(put_uuid, BSON_SUBTYPE_UUID, 16)

static void
put_regex(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_regex(to, name, -1, "a", "i");
}

static void
put_code(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_code(to, name, -1, "a");
}

static void
put_symbol(const nd_field *field, const char *name, bson_t *to)
{
    const char *word = field->type == ND_TYPE_WORD ? field->rule.words->words[0] : "abcdefgh";
    bson_append_symbol(to, name, -1, word, -1);
}

static void
put_timestamp(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_timestamp(to, name, -1, 1, 1);
}

static void
put_smallest(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_minkey(to, name, -1);
}

static void
put_largest(const nd_field *field, const char *name, bson_t *to)
{
    (void)field;
    bson_append_maxkey(to, name, -1);
}

static void
put_decimal(const char *name, const char *text, bson_t *to)
{
    bson_decimal128_t decimal;
    if (!bson_decimal128_from_string(text, &decimal)) {
        abort();
    }
    bson_append_decimal128(to, name, -1, &decimal);
}

#define DECIMAL(name_, text)                                                                       \
    static void name_(const nd_field *field, const char *name, bson_t *to)                         \
    {                                                                                              \
        (void)field;                                                                               \
        put_decimal(name, text, to);                                                               \
    }
DECIMAL(put_decimal_zero, "0")
DECIMAL(put_decimal_minus_zero, "-0E-6176")
DECIMAL(put_decimal_tiny, "-1E-6176")
DECIMAL(put_decimal_nan, "NaN")
DECIMAL(put_decimal_infinity, "Infinity")
DECIMAL(put_decimal_minus_infinity, "-Infinity")
DECIMAL(put_decimal_huge, "9.999999999999999999999999999999999E+6144")

/* 10^34 + 5: IEEE 754 takes a coefficient beyond 34 digits for 0. */
static void
put_decimal_of_35_digits(const nd_field *field, const char *name, bson_t *to)
{
    bson_decimal128_t decimal;
    (void)field;
    decimal.high = UINT64_C(6176) << 49 | UINT64_C(0x1ed09bead87c0);
    decimal.low = UINT64_C(0x378d8e6400000005);
    bson_append_decimal128(to, name, -1, &decimal);
}

int64_t
mutant_bound(const nd_field *field, int sign)
{
    bool has_bounds = field->rule.min != 0 || field->rule.max != 0;
    if (sign < 0) {
        return has_bounds || field->type != ND_TYPE_MONEY ? field->rule.min : -ND_MONEY_MAX;
    }
    return has_bounds || field->type != ND_TYPE_MONEY ? field->rule.max : ND_MONEY_MAX;
}

/* The bound, and `more` digits behind its ninth decimal, away from zero. */
static void
put_money_at(const nd_field *field, const char *name, int sign, const char *more, bson_t *to)
{
    char text[ND_MONEY_TEXT + 64];
    int64_t nano = mutant_bound(field, sign);
    (void)snprintf(text, sizeof text, "%s%llu.%09llu%s", nano < 0 ? "-" : "",
                   (unsigned long long)llabs(nano) / 1000000000,
                   (unsigned long long)llabs(nano) % 1000000000, more);
    put_decimal(name, text, to);
}

#define AT_BOUND(name_, sign, more)                                                                \
    static void name_(const nd_field *field, const char *name, bson_t *to)                         \
    {                                                                                              \
        put_money_at(field, name, sign, more, to);                                                 \
    }
AT_BOUND(put_money_least, -1, "")
AT_BOUND(put_money_most, 1, "")
AT_BOUND(put_money_beyond_least, -1, "000000000000001")
AT_BOUND(put_money_beyond_most, 1, "000000000000001")

static void
put_integer(const nd_field *field, const char *name, int64_t value, bson_t *to)
{
    if (field->type == ND_TYPE_INT64) {
        bson_append_int64(to, name, -1, value);
    } else {
        bson_append_int32(to, name, -1, (int32_t)value);
    }
}

static void
put_least(const nd_field *field, const char *name, bson_t *to)
{
    put_integer(field, name, field->rule.min, to);
}

static void
put_most(const nd_field *field, const char *name, bson_t *to)
{
    put_integer(field, name, field->rule.max, to);
}

/* Wraps at the end of the type. */
static void
put_below_least(const nd_field *field, const char *name, bson_t *to)
{
    put_integer(field, name, (int64_t)((uint64_t)field->rule.min - 1), to);
}

static void
put_above_most(const nd_field *field, const char *name, bson_t *to)
{
    put_integer(field, name, (int64_t)((uint64_t)field->rule.max + 1), to);
}

static void
put_repeated(const char *name, const char *character, int64_t count, bson_t *to)
{
    size_t size = strlen(character);
    char *text = malloc(size * (size_t)count + 1);
    for (int64_t i = 0; text != NULL && i < count; i++) {
        memcpy(text + size * (size_t)i, character, size);
    }
    put_bytes(name, text, (int)(size * (size_t)count), to);
    free(text);
}

#define REPEATED(name_, character, count)                                                          \
    static void name_(const nd_field *field, const char *name, bson_t *to)                         \
    {                                                                                              \
        put_repeated(name, character, (count) < 0 ? 0 : (count), to);                              \
    }
REPEATED(put_text_too_short, "\u20ac", field->rule.min - 1)
REPEATED(put_text_just_long_enough, "\u20ac", field->rule.min)
REPEATED(put_text_just_short_enough, "\U0001f642", field->rule.max)
REPEATED(put_text_too_long, "\u00e9", field->rule.max + 1)
REPEATED(put_ascii_too_long, "a", field->rule.max + 1)

static void
put_last_word(const nd_field *field, const char *name, bson_t *to)
{
    const nd_words *words = field->rule.words;
    bson_append_utf8(to, name, -1, words->words[words->count - 1], -1);
}

static void
put_word_cut(const nd_field *field, const char *name, bson_t *to)
{
    const char *word = field->rule.words->words[0];
    put_bytes(name, word, (int)strlen(word) - 1, to);
}

static void
put_word_grown(const nd_field *field, const char *name, bson_t *to)
{
    char text[64];
    int length = snprintf(text, sizeof text, "%s ", field->rule.words->words[0]);
    put_bytes(name, text, length, to);
}

static void
put_items(const nd_field *field, const char *name, int64_t count, bson_t *to)
{
    bson_t array;
    nd_field item = nd_field_of_items(field);
    bson_append_array_begin(to, name, -1, &array);
    for (uint32_t i = 0; i < count; i++) {
        char number[16];
        const char *index;
        (void)bson_uint32_to_string(i, &index, number, sizeof number);
        mutants_put_valid(&item, index, &array);
    }
    bson_append_array_end(to, &array);
}

static void
put_list_just_short_enough(const nd_field *field, const char *name, bson_t *to)
{
    put_items(field, name, field->rule.max, to);
}

static void
put_list_too_long(const nd_field *field, const char *name, bson_t *to)
{
    put_items(field, name, field->rule.max + 1, to);
}

static void
put_document_of_items(const nd_field *field, const char *name, bson_t *to)
{
    bson_t document;
    nd_field item = nd_field_of_items(field);
    bson_append_document_begin(to, name, -1, &document);
    mutants_put_valid(&item, "0", &document);
    bson_append_document_end(to, &document);
}

enum {
    ANY = 0, /* every field */
    OF_MONEY = 1 << ND_TYPE_MONEY,
    OF_WORD = 1 << ND_TYPE_WORD,
    OF_TEXT = 1 << ND_TYPE_TEXT,
    OF_LIST = 1 << ND_TYPE_LIST,
    OF_INTEGER = 1 << ND_TYPE_INT32 | 1 << ND_TYPE_INT64,
    BOUNDED = 1 << 20 /* with a bound above */
};

const mutant_value mutant_values[] = {
    {"is null",                        ANY,                  put_null                  },
    {"is true",                        ANY,                  put_true                  },
    {"is int32 0",                     ANY,                  put_int32_zero            },
    {"is int32 -1",                    ANY,                  put_int32_minus           },
    {"is the smallest int32",          ANY,                  put_int32_min             },
    {"is the largest int32",           ANY,                  put_int32_max             },
    {"is int64 0",                     ANY,                  put_int64_zero            },
    {"is int64 -1",                    ANY,                  put_int64_minus           },
    {"is the smallest int64",          ANY,                  put_int64_min             },
    {"is the largest int64",           ANY,                  put_int64_max             },
    {"is 1.5",                         ANY,                  put_double                },
    {"is NaN",                         ANY,                  put_double_nan            },
    {"is \"\"",                        ANY,                  put_empty_text            },
    {"is \"a\"",                       ANY,                  put_short_text            },
    {"is text with a NUL",             ANY,                  put_text_with_nul         },
    {"is text that is no UTF-8",       ANY,                  put_text_that_is_no_utf8  },
    {"is a date",                      ANY,                  put_date                  },
    {"is an ObjectId",                 ANY,                  put_id                    },
    {"is []",                          ANY,                  put_empty_array           },
    {"is [null]",                      ANY,                  put_array_of_null         },
    {"is {}",                          ANY,                  put_empty_document        },
    {"is a foreign document",          ANY,                  put_foreign_document      },
    {"is a binary of 0 bytes",         ANY,                  put_empty_binary          },
    {"is a binary of 16 bytes",        ANY,                  put_binary_of_16          },
    {"is a binary of 33 bytes",        ANY,                  put_binary_of_33          },
    {"is a UUID",                      ANY,                  put_uuid                  },
    {"is a regex",                     ANY,                  put_regex                 },
    {"is code",                        ANY,                  put_code                  },
    {"is a symbol",                    ANY,                  put_symbol                },
    {"is a timestamp",                 ANY,                  put_timestamp             },
    {"is MinKey",                      ANY,                  put_smallest              },
    {"is MaxKey",                      ANY,                  put_largest               },
    {"is decimal 0",                   ANY,                  put_decimal_zero          },
    {"is decimal NaN",                 ANY,                  put_decimal_nan           },
    {"is decimal Infinity",            ANY,                  put_decimal_infinity      },
    {"is decimal -Infinity",           ANY,                  put_decimal_minus_infinity},
    {"is decimal -0E-6176",            OF_MONEY,             put_decimal_minus_zero    },
    {"is decimal -1E-6176",            OF_MONEY,             put_decimal_tiny          },
    {"is the largest decimal",         OF_MONEY,             put_decimal_huge          },
    {"is a decimal of 35 digits",      OF_MONEY,             put_decimal_of_35_digits  },
    {"is the least money",             OF_MONEY,             put_money_least           },
    {"is the most money",              OF_MONEY,             put_money_most            },
    {"is just beyond the least money", OF_MONEY,             put_money_beyond_least    },
    {"is just beyond the most money",  OF_MONEY,             put_money_beyond_most     },
    {"is the least",                   OF_INTEGER | BOUNDED, put_least                 },
    {"is the most",                    OF_INTEGER | BOUNDED, put_most                  },
    {"is below the least",             OF_INTEGER | BOUNDED, put_below_least           },
    {"is above the most",              OF_INTEGER | BOUNDED, put_above_most            },
    {"is a character too short",       OF_TEXT | BOUNDED,    put_text_too_short        },
    {"is just long enough",            OF_TEXT | BOUNDED,    put_text_just_long_enough },
    {"is just short enough",           OF_TEXT | BOUNDED,    put_text_just_short_enough},
    {"is a character too long",        OF_TEXT | BOUNDED,    put_text_too_long         },
    {"is an ASCII character too long", OF_TEXT | BOUNDED,    put_ascii_too_long        },
    {"is the last word",               OF_WORD,              put_last_word             },
    {"is a word without its end",      OF_WORD,              put_word_cut              },
    {"is a word and a space",          OF_WORD,              put_word_grown            },
    {"has as many items as it may",    OF_LIST | BOUNDED,    put_list_just_short_enough},
    {"has an item too many",           OF_LIST | BOUNDED,    put_list_too_long         },
    {"is a document of items",         OF_LIST,              put_document_of_items     },
};

const size_t mutant_value_count = sizeof mutant_values / sizeof mutant_values[0];

bool
mutant_value_fits(const mutant_value *value, const nd_field *field)
{
    unsigned only = value->only;
    bool has_bounds = field->rule.min != 0 || field->rule.max != 0;
    if ((only & BOUNDED) != 0 && !has_bounds) {
        return false;
    }
    return only == ANY || (only >> field->type & 1) != 0;
}
