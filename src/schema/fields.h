/* What the files of this room share: the row of each type, the walk through a document beside its
 * table, and what can be said of a member without knowing BSON. */
#ifndef ND_SCHEMA_FIELDS_H
#define ND_SCHEMA_FIELDS_H

#include "schema/schema.h"

typedef struct nd_type_row {
    bson_type_t bson;
    const char *bson_name; /* as $jsonSchema spells it */
    size_t size;           /* of the C type; 0 for INSIDE */
} nd_type_row;
const nd_type_row *nd_type_row_of(nd_type type);

/* What rule says of the range: for MONEY the library's bounds when the rule is silent. false:
 * unbounded. */
bool nd_field_bounds(const nd_field *field, int64_t *min, int64_t *max);
/* An item of a LIST as a field without a name at offset 0. */
nd_field nd_field_of_items(const nd_field *list);
/* Of the item that nd_field_of_items gives. */
size_t nd_field_size(const nd_field *item);

static inline const void *
nd_member(const void *record, const nd_field *field)
{
    return (const char *)record + field->offset;
}

/* Nothing that could be written stands in it. */
bool nd_member_is_none(const nd_field *field, const void *member);
/* encode leaves it out. */
bool nd_member_is_left_out(const nd_field *field, const void *member);
bool nd_member_equal(const nd_field *field, const void *a, const void *b);
/* Appends the member under this name. */
void nd_member_put(const nd_field *field, const char *name, const void *member, bson_t *document);
/* Ends the process when libbson could not append: half a document must not be sent. */
void nd_appended(bool done);

/* Fields of a table as they come in a document; others are passed over. */
enum { ND_FIELDS_MAX = 128 };
typedef struct nd_field_walk {
    bson_iter_t at;
    const nd_table *table;
    const nd_field *field; /* that `at` stands on */
    size_t next;           /* where the search begins: documents mostly come in table order */
    bool again;            /* the field has come before */
    uint64_t seen[ND_FIELDS_MAX / 64];
} nd_field_walk;
ND_MUST bool nd_field_walk_begin(nd_field_walk *walk, const nd_table *table,
                                 const bson_t *document);
/* false: no more, or corrupt bytes; nd_bson_ended(&walk->at) tells. */
ND_MUST bool nd_field_walk_next(nd_field_walk *walk);
bool nd_field_walk_saw(const nd_field_walk *walk, const nd_field *field);

/* After bson_iter_next gave false: true at the document's end, false at corrupt bytes. */
bool nd_bson_ended(const bson_iter_t *at);

/* A decimal times 10^digits: whole + a rest below 1. Beyond 2^100 whole stands at 2^100. */
__extension__ typedef unsigned __int128 nd_wide;
typedef enum nd_rest { ND_REST_NONE, ND_REST_BELOW_HALF, ND_REST_HALF, ND_REST_ABOVE_HALF } nd_rest;
typedef struct nd_scaled {
    bool is_negative;
    nd_wide whole;
    nd_rest rest;
} nd_scaled;
/* false: NaN or infinite. A coefficient beyond 34 digits counts as 0 (IEEE 754), as the server
 * has it. */
ND_MUST bool nd_decimal_scale(const bson_decimal128_t *decimal, int digits, nd_scaled *scaled);
/* Without any rounding: min <= the decimal <= max, these in nano. NaN is within nothing. */
bool nd_decimal_within(const bson_decimal128_t *decimal, int64_t min, int64_t max);
/* The nearest 1e-9, half-even. false: NaN, infinite, or out of range. */
ND_MUST bool nd_money_of_double(double value, nd_money *amount);

#endif
