/* One stored entry, taken apart before it is judged. */
#ifndef ND_AUDIT_STEP_H
#define ND_AUDIT_STEP_H

#include "core/crypto.h"
#include "core/memory.h"
#include "transactions/record.h"

typedef struct nd_step {
    nd_bson raw;
    nd_id id;
    int64_t seq; /* 0: it has none */
    nd_time at;
    nd_hash hash;
    bool hashed;   /* its last element is a hash */
    bool readable; /* entry is filled */
    nd_entry entry;
    const char *why; /* it can't be read */
} nd_step;

/* What the step points to lives in the document and in the arena. */
void nd_step_read(nd_bson raw, nd_step *step, nd_arena *arena);
/* Its hash is that of the hash before and its own bytes without it. */
bool nd_step_follows(const nd_step *step, const nd_hash *before, const nd_hash_key *key,
                     nd_arena *arena);

#endif
