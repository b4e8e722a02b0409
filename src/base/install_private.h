/* How a database differs from what is declared, and what it says about itself. */
#ifndef ND_BASE_INSTALL_PRIVATE_H
#define ND_BASE_INSTALL_PRIVATE_H

#include "base/base_private.h"
#include "base/meta_record.h"

/* Of one collection. Bit n of a mask is its declared index n. */
typedef struct nd_drift {
    bool missing;   /* there is no such collection */
    bool validator; /* there is another, or none */
    uint64_t absent;
    uint64_t renamed;   /* there under another name, which is as good */
    uint64_t different; /* one of these keys or this name has other options */
    nd_list in_the_way; /* of nd_text: names of those others */
    nd_list strangers;  /* of nd_text: names of indexes that nobody declared */
} nd_drift;

ND_MUST noema_status nd_drift_find(nd_base *base, nd_deadline deadline,
                                   const nd_collection *collection, nd_arena *arena,
                                   nd_drift *drift, noema_error *error);
bool nd_drift_is_none(const nd_drift *drift);
/* Equal but for the types of numbers. */
bool nd_bson_same(const bson_t *a, const bson_t *b);
/* Has a declared index the options of one that the server lists? Names don't count. */
bool nd_index_same(const bson_t *declared, const bson_t *listed);

/* All zero, when there is none. */
ND_MUST noema_status nd_meta_read(nd_base *base, nd_deadline deadline, nd_arena *arena,
                                  nd_meta *meta, noema_error *error);
bool nd_meta_is_none(const nd_meta *meta);
/* UNSUPPORTED, reason SCHEMA_VERSION (of a newer library) or LEDGER_KEY. */
ND_MUST noema_status nd_meta_admit(nd_base *base, const nd_meta *meta, noema_error *error);
/* Writes this library's version into it; makes it when there is none. */
ND_MUST noema_status nd_meta_write(nd_base *base, nd_deadline deadline, const nd_meta *before,
                                   nd_arena *arena, noema_error *error);

#endif
