/* Checkpoints that a caller kept: what was the head of an account once. */
#ifndef ND_AUDIT_MARKS_H
#define ND_AUDIT_MARKS_H

#include "audit/problems.h"
#include "core/error.h"
#include "core/memory.h"

typedef struct nd_mark {
    nd_id account;
    int64_t seq;
    nd_hash head;
} nd_mark;

/* Sorted by account and seq. */
typedef struct nd_marks {
    nd_mark *items;
    size_t count;
} nd_marks;

/* json: NULL, or an array of {"account", "seq", "head"}; other members are not looked at. INVALID
 * names "checkpoints.3.head". */
ND_MUST noema_status nd_marks_parse(const nd_json *json, nd_arena *arena, nd_marks *marks,
                                    noema_error *error);

/* Those of an account that are not yet compared. */
typedef struct nd_marks_left {
    const nd_mark *next;
    const nd_mark *end;
    int64_t matched;
} nd_marks_left;

/* Those of an account behind entry seq. */
nd_marks_left nd_marks_of(const nd_marks *marks, nd_id account, int64_t seq);
/* The first of another account behind this one; NULL: there is none. */
const nd_mark *nd_marks_behind(const nd_marks *marks, nd_id account);
/* The entry of that seq was walked. */
void nd_marks_meet(nd_marks_left *left, int64_t seq, const nd_hash *hash, nd_problems *problems);
/* No entry is left. */
void nd_marks_end(nd_marks_left *left, nd_problems *problems);

#endif
