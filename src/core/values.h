/* The types that a record is made of. Each is a type of its own, so that nobody adds money to
 * time, and so that the schema knows the BSON type of a member from its C type.
 * Zero means absent: an id of zero bytes, a text without bytes, time 0, a word at 0. */
#ifndef ND_CORE_VALUES_H
#define ND_CORE_VALUES_H

#include <noemadb.h>

/* An ObjectId: 12 raw bytes. */
typedef struct nd_id {
    uint8_t bytes[12];
} nd_id;

/* nano-USD; see core/money.h for the range. */
typedef struct nd_money {
    int64_t nano;
} nd_money;

/* Milliseconds since 1970 UTC. */
typedef struct nd_time {
    int64_t ms;
} nd_time;

/* One of a list of words: 0 = absent, 1 = the list's first, ND_WORD_UNKNOWN = a word that this
 * version does not know (read, never written). */
typedef struct nd_word {
    int32_t at;
} nd_word;
enum { ND_WORD_UNKNOWN = -1 };

/* UTF-8 without NUL inside, borrowed (mostly from an arena), NUL-terminated behind `length`. */
typedef struct nd_text {
    const char *bytes;
    uint32_t length;
} nd_text;

/* A BSON document as it stands in memory, opaque to the law; borrowed. */
typedef struct nd_bson {
    const uint8_t *bytes;
    uint32_t length;
} nd_bson;

/* A growing array of one struct type; items live in an arena. See core/memory.h. */
typedef struct nd_list {
    void *items;
    uint32_t count;
    uint32_t room;
} nd_list;

typedef struct nd_hash {
    uint8_t bytes[32];
} nd_hash;

typedef struct nd_seal {
    uint8_t bytes[16];
} nd_seal;

#endif
