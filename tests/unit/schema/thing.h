/* A record that uses every type, required and optional, bounded and not, nested both ways; and its
 * declaration. For the tests of the schema. */
#ifndef ND_TESTS_THING_H
#define ND_TESTS_THING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/money.h"
#include "schema/schema.h"

typedef struct label {
    nd_text text;
    nd_money price;
} label;

typedef struct part {
    nd_text name;
    nd_money amount;
    nd_word colour;
    nd_list tags; /* of nd_text */
    label label;
    nd_time at;
} part;

typedef struct box {
    int32_t level;
    nd_list parts; /* of part */
    label label;
    nd_hash print;
} box;

typedef struct thing {
    nd_id id;
    nd_money price;
    nd_money fee;
    nd_money plain; /* declared without bounds */
    nd_time made;
    nd_time seen;
    nd_word colour;
    nd_word size;
    nd_text name;
    nd_text note;
    nd_text most; /* bounded above alone */
    nd_bson body;
    nd_bson extra;
    nd_list parts;  /* of part */
    nd_list owners; /* of nd_id */
    nd_list tags;   /* of nd_text */
    nd_hash hash;
    nd_seal seal;
    bool open;
    bool closed;
    int32_t count;
    int32_t level;
    int64_t total;
    int64_t sum;
    int64_t debt;
    double ratio;
    double share;
    box must;
    box box;
} thing;

static const char *const thing_colours[] = {"red", "green", "grün"};
static const nd_words thing_colour_words = ND_WORDS(thing_colours);

static const nd_field label_fields[] = {
    {ND_AT(label, text),  "text",  {ND_OPTIONAL},           "What it says."},
    {ND_AT(label, price), "price", {ND_OPTIONAL, ND_MONEY}, "What it asks."},
};
static const nd_table label_table = ND_TABLE(label, label_fields);

static const nd_field part_fields[] = {
    {ND_AT(part,        name),   "name",   {ND_TEXT(1, 4)},                              "Its name."},
    {ND_AT(part,        amount), "amount", {ND_MONEY},                                   "How much."},
    {ND_AT(part,        colour), "colour", {ND_OPTIONAL, ND_ONE_OF(thing_colour_words)}, "Which."   },
    {ND_AT(part,        tags),   "tags",   {ND_OPTIONAL, ND_TEXTS(3)},                   "Tags."    },
    {ND_STRUCT_AT(part, label),  "label",  {ND_OPTIONAL, ND_INSIDE(label_table)},        "Label."   },
    {ND_AT(part,        at),     "at",     {ND_OPTIONAL},                                "When."    },
};
static const nd_table part_table = ND_TABLE(part, part_fields);

static const nd_field box_fields[] = {
    {ND_AT(box,        level), "level", {ND_OPTIONAL, ND_RANGE(-1, 3)},           "Level."},
    {ND_AT(box,        parts), "parts", {ND_OPTIONAL, ND_LIST_OF(part_table, 2)}, "Parts."},
    {ND_STRUCT_AT(box, label), "label", {ND_OPTIONAL, ND_INSIDE(label_table)},    "Label."},
    {ND_AT(box,        print), "print", {ND_OPTIONAL},                            "Print."},
};
static const nd_table box_table = ND_TABLE(box, box_fields);

static const nd_field thing_fields[] = {
    {ND_AT(thing,        id),     "_id",    {ND_PLAIN},                                   "Which."                          },
    {ND_AT(thing,        price),  "price",  {ND_MONEY},                                   "Price."                          },
    {ND_AT(thing,        fee),    "fee",    {ND_OPTIONAL, ND_RANGE(-5, 1500000000)},      "Fee."                            },
    {ND_AT(thing,        plain),  "plain",  {ND_OPTIONAL},                                "Money without bounds of its own."},
    {ND_AT(thing,        made),   "made",   {ND_PLAIN},                                   "When."                           },
    {ND_AT(thing,        seen),   "seen",   {ND_OPTIONAL},                                "When."                           },
    {ND_AT(thing,        colour), "colour", {ND_ONE_OF(thing_colour_words)},              "Colour."                         },
    {ND_AT(thing,        size),   "size",   {ND_OPTIONAL, ND_ONE_OF(thing_colour_words)}, "Size."                           },
    {ND_AT(thing,        name),   "name",   {ND_TEXT(2, 5)},                              "Name."                           },
    {ND_AT(thing,        note),   "note",   {ND_OPTIONAL},                                "Note."                           },
    {ND_AT(thing,        most),   "most",   {ND_OPTIONAL, ND_TEXT(0, 6)},                 "Short."                          },
    {ND_AT(thing,        body),   "body",   {ND_PLAIN},                                   "Anything."                       },
    {ND_AT(thing,        extra),  "extra",  {ND_OPTIONAL},                                "Anything."                       },
    {ND_AT(thing,        parts),  "parts",  {ND_LIST_OF(part_table, 4)},                  "Parts."                          },
    {ND_AT(thing,        owners), "owners", {ND_OPTIONAL, ND_IDS(3)},                     "Whose."                          },
    {ND_AT(thing,        tags),   "tags",   {ND_OPTIONAL, ND_TEXTS(0)},                   "Tags, any number."               },
    {ND_AT(thing,        hash),   "hash",   {ND_PLAIN},                                   "Hash."                           },
    {ND_AT(thing,        seal),   "seal",   {ND_OPTIONAL},                                "Seal."                           },
    {ND_AT(thing,        open),   "open",   {ND_PLAIN},                                   "Open."                           },
    {ND_AT(thing,        closed), "closed", {ND_OPTIONAL},                                "Closed."                         },
    {ND_AT(thing,        count),  "count",  {ND_OPTIONAL, ND_RANGE(-5, 7)},               "Count."                          },
    {ND_AT(thing,        level),  "level",  {ND_PLAIN},                                   "Level."                          },
    {ND_AT(thing,        total),  "total",  {ND_RANGE(0, INT64_MAX)},                     "Total."                          },
    {ND_AT(thing,        sum),    "sum",    {ND_OPTIONAL},                                "Sum."                            },
    {ND_AT(thing,        debt),   "debt",   {ND_OPTIONAL, ND_RANGE(-9, 0)},               "Debt."                           },
    {ND_AT(thing,        ratio),  "ratio",  {ND_PLAIN},                                   "Ratio."                          },
    {ND_AT(thing,        share),  "share",  {ND_OPTIONAL},                                "Share."                          },
    {ND_STRUCT_AT(thing, must),   "must",   {ND_INSIDE(box_table)},                       "A box."                          },
    {ND_STRUCT_AT(thing, box),    "box",    {ND_OPTIONAL, ND_INSIDE(box_table)},          "A box."                          },
};
static const nd_table thing_table = ND_TABLE(thing, thing_fields);

static const nd_index thing_indexes[] = {
    {.keys = "name:1 made:-1", .serves = "things by name"},
    {.keys = "note:1", .serves = "things by note", .only = "note", .unique = true},
    {.keys = "box.label.text:1", .serves = "things by label", .only = "box.label.text"},
    {.keys = "box.level:1", .serves = "things by level", .only = "box.level"},
    {.keys = "seen:1", .serves = "removal of old things", .expires = true},
};
static const nd_collection thing_collection = {"things", &thing_table, thing_indexes,
                                               sizeof(thing_indexes) / sizeof(thing_indexes[0]),
                                               "Things: one of every type."};

/* Requires that the record's document be `expected`, which is destroyed; both are shown. */
static inline void
require_bson(const bson_t *made, bson_t *expected)
{
    if (!bson_equal(made, expected)) {
        char *left = bson_as_canonical_extended_json(made, NULL);
        char *right = bson_as_canonical_extended_json(expected, NULL);
        print_error("made     %s\nexpected %s\n", left, right);
        bson_free(left);
        bson_free(right);
    }
    assert_true(bson_equal(made, expected));
    bson_destroy(expected);
}

#endif
