/* The vocabulary of declarations, and what is made of them. A collection is a record struct, a
 * table of its fields and a table of its indexes; the validator, the client's check, encode,
 * decode, the $set of what changed, createIndexes and the documentation come from these alone.
 * Knows BSON; knows no server. */
#ifndef ND_SCHEMA_SCHEMA_H
#define ND_SCHEMA_SCHEMA_H

#include <bson/bson.h>
#include <stddef.h>

#include "core/error.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/values.h"

typedef enum nd_type {
    ND_TYPE_ID,     /* ObjectId */
    ND_TYPE_MONEY,  /* Decimal128, one canonical spelling */
    ND_TYPE_TIME,   /* date */
    ND_TYPE_WORD,   /* string, one of a list */
    ND_TYPE_TEXT,   /* string */
    ND_TYPE_BSON,   /* object, opaque */
    ND_TYPE_LIST,   /* array of documents (rule.items) or of one scalar type (rule.item) */
    ND_TYPE_HASH,   /* binary, subtype 0, 32 bytes */
    ND_TYPE_SEAL,   /* binary, subtype 0, 16 bytes */
    ND_TYPE_BOOL,   /* bool */
    ND_TYPE_INT32,  /* int */
    ND_TYPE_INT64,  /* long */
    ND_TYPE_DOUBLE, /* double */
    ND_TYPE_INSIDE  /* document with a table of its own, its struct a member of the record's */
} nd_type;

typedef struct nd_table nd_table;

/* A field is required unless ND_OPTIONAL: then it is left out when its member is zero (or, for a
 * document inside, when all its members are). */
typedef struct nd_rule {
    bool optional;
    const nd_words *words; /* WORD */
    const nd_table *table; /* INSIDE, LIST of documents */
    nd_type item;          /* LIST of scalars: ID or TEXT, when table is NULL */
    int64_t min, max;      /* MONEY in nano, INT32, INT64: the value; TEXT: characters; LIST: items
                              (max alone). Both 0: unbounded, MONEY: +-ND_MONEY_MAX */
} nd_rule;

#define ND_PLAIN .optional = false
#define ND_OPTIONAL .optional = true
#define ND_MONEY .min = -ND_MONEY_MAX, .max = ND_MONEY_MAX
#define ND_ONE_OF(list) .words = &(list)
#define ND_TEXT(least, most) .min = (least), .max = (most)
#define ND_RANGE(least, most) .min = (least), .max = (most)
#define ND_LIST_OF(entries, most) .table = &(entries), .max = (most)
#define ND_IDS(most) .item = ND_TYPE_ID, .max = (most)
#define ND_TEXTS(most) .item = ND_TYPE_TEXT, .max = (most)
#define ND_INSIDE(entries) .table = &(entries)

typedef struct nd_field {
    size_t offset;
    nd_type type;
    const char *name; /* in the database */
    nd_rule rule;
    const char *doc; /* one sentence */
} nd_field;

#define ND_TYPE_OF(member)                                                                         \
    _Generic((member),                                                                             \
        nd_id: ND_TYPE_ID,                                                                         \
        nd_money: ND_TYPE_MONEY,                                                                   \
        nd_time: ND_TYPE_TIME,                                                                     \
        nd_word: ND_TYPE_WORD,                                                                     \
        nd_text: ND_TYPE_TEXT,                                                                     \
        nd_bson: ND_TYPE_BSON,                                                                     \
        nd_list: ND_TYPE_LIST,                                                                     \
        nd_hash: ND_TYPE_HASH,                                                                     \
        nd_seal: ND_TYPE_SEAL,                                                                     \
        bool: ND_TYPE_BOOL,                                                                        \
        int32_t: ND_TYPE_INT32,                                                                    \
        int64_t: ND_TYPE_INT64,                                                                    \
        double: ND_TYPE_DOUBLE)
#define ND_AT(record, member) offsetof(record, member), ND_TYPE_OF(((record *)0)->member)
/* For a member that is a struct with a table of its own (rule ND_INSIDE). */
#define ND_STRUCT_AT(record, member) offsetof(record, member), ND_TYPE_INSIDE

struct nd_table {
    const nd_field *fields;
    size_t count;
    size_t size; /* of the struct */
};
#define ND_TABLE(record, rows) {rows, sizeof(rows) / sizeof((rows)[0]), sizeof(record)}

/* keys: "masterAccountId:1 timestamp:-1". only: a field that a document must have to be in the
 * index (partial; a TEXT field by {$gt: ""}, others by {$exists: true}); NULL = all. */
typedef struct nd_index {
    const char *keys;
    const char *serves; /* the query it is for */
    const char *only;
    bool unique;
    bool expires; /* TTL of 0 s on its one key, a date */
} nd_index;

typedef struct nd_collection {
    const char *name;
    const nd_table *table;
    const nd_index *indexes;
    size_t index_count;
    const char *doc; /* one paragraph */
} nd_collection;

/* ---- of a document ---------------------------------------------------------------------- */

/* Opens bytes that came from outside, after looking at the length; the only place that calls
 * bson_init_static. false: not a document. The view borrows the bytes. */
ND_MUST bool nd_bson_open(nd_bson from, bson_t *view);
nd_bson nd_bson_of(const bson_t *document);
nd_bson nd_bson_copy(const bson_t *document, nd_arena *arena);
/* The document or array that the iterator stands on. */
ND_MUST bool nd_bson_enter(const bson_iter_t *at, bson_t *view);

/* The verdict that the server's validator would give. INVALID; the field is the path
 * ("grants.0.amountUsd"). */
ND_MUST noema_status nd_schema_check(const nd_table *table, const bson_t *document,
                                     noema_error *error);
/* Reads into a zeroed record. Lenient where old documents differ: money may be a double, an
 * integer or have more digits (rounded half-even to 1e-9), integers may be of any number type (if
 * whole), doubles may be integers, absent is zero, null is absent. CORRUPT with the path: a value
 * that can't be read as what it must be (NaN, out of range, another type), a field that stands
 * twice, torn BSON. */
ND_MUST noema_status nd_schema_decode(const nd_table *table, const bson_t *document, void *record,
                                      nd_arena *arena, noema_error *error);
/* Appends the fields, in the table's order. */
void nd_schema_encode(const nd_table *table, const void *record, bson_t *document);
/* Appends to `set` the fields whose members differ from `before` and to `unset` ({name: ""}) those
 * that became absent. Lists and documents inside are set whole. Returns how many there are. */
uint32_t nd_schema_changes(const nd_table *table, const void *before, const void *after,
                           bson_t *set, bson_t *unset);
/* Plain JSON of a stored document: ids hex, money decimal text, dates ISO 8601, binaries hex;
 * escaped keys as they were given. Any BSON; what JSON can't say becomes text. Depth-bounded. */
nd_json *nd_schema_json(const bson_t *document);

/* ---- of a collection -------------------------------------------------------------------- */

/* {$jsonSchema: {...}} */
void nd_schema_validator(const nd_collection *collection, bson_t *validator);
/* {key: {...}, name: "...", unique, partialFilterExpression, expireAfterSeconds} of one index. The
 * name is MongoDB's default: "masterAccountId_1_timestamp_-1". */
void nd_schema_index(const nd_collection *collection, const nd_index *index, bson_t *spec);
/* One chapter a collection; yours, nd_delete. */
char *nd_schema_markdown(const nd_collection *const *collections, size_t count);

/* ---- money as Decimal128 ---------------------------------------------------------------- */

/* Canonical: no trailing zeros, exponent <= 0. */
bson_decimal128_t nd_decimal_of(nd_money amount);
/* Rounds half-even to 1e-9. false: NaN, infinite, or out of range. */
ND_MUST bool nd_decimal_read(const bson_decimal128_t *decimal, nd_money *amount);

/* ---- documents that a caller hands in ---------------------------------------------------- */

/* JSON text of an object into BSON: bounded depth (8) and size, valid UTF-8, no duplicate keys;
 * integers become int64 (int32 never), reals double. Keys that begin with '$' or hold a '.' are
 * stored escaped (both read back as given by nd_schema_json): '%' + two upper hex digits for '.',
 * a leading '$', and '%'. Keys are at most 256 bytes. NULL or "" gives an absent document. INVALID
 * or LIMIT names field. */
ND_MUST noema_status nd_user_document_take(const char *json_text, const char *field,
                                           size_t max_bytes, nd_arena *arena, nd_bson *document,
                                           noema_error *error);

#endif
