/* The audit trail: a walk along an account's entries, oldest first. Pure, page by page, in bounded
 * memory. */
#ifndef ND_AUDIT_TRAIL_H
#define ND_AUDIT_TRAIL_H

#include "audit/marks.h"
#include "audit/problems.h"
#include "audit/step.h"
#include "user_economy/record.h"

/* How far an entry may stand from its place and still be told from a gap. */
enum { ND_TRAIL_WINDOW = 16 };

/* Where a reader of entries by time stands: `skip` of those at `at` are read. */
typedef struct nd_cursor {
    nd_time at;
    uint32_t skip;
    bool begun;
} nd_cursor;

/* What the entries up to here say. */
typedef struct nd_trail {
    nd_id account;
    nd_cursor cursor;
    int64_t seq; /* of the newest entry; 0: none yet */
    nd_hash head;
    nd_time at;
    nd_money balance;
    int64_t exp;
    nd_money limit;
    bool lost;  /* an entry is missing or can't be read: sums and grants are not to be had */
    bool blind; /* the newest entry can't be read: its balance is not known */
    uint32_t grant_count;
    nd_part grants[ND_GRANTS_MAX]; /* by expiry, "never" last */
} nd_trail;

/* What a walk is compared with, and where it reports to. */
typedef struct nd_proof {
    const nd_hash_key *key;
    nd_problems *problems;
    nd_arena *arena; /* of the page */
    int64_t last;    /* entries behind it are nobody's */
    nd_marks_left marks;
} nd_proof;

void nd_trail_begin(nd_trail *trail, nd_id account);
/* Judges the step at `at`; those up to `count` behind it are only looked at. true: it is the
 * account's next entry, and the walk has gone on to it. */
bool nd_trail_on(nd_trail *trail, nd_proof *proof, const nd_step *steps, size_t count, size_t at);
/* No entry is left: compares with the account's document. */
void nd_trail_end(const nd_trail *trail, nd_proof *proof, const nd_economy *economy);

/* ---- parts of it ------------------------------------------------------------------------------- */

/* Rules of an entry and its predecessor: balance, id, and what it adds to sums and grants. torn: the
 * predecessor is missing. */
void nd_trail_entry(nd_trail *trail, nd_proof *proof, const nd_entry *entry, bool torn);
/* Replays the parts of an entry that were given or taken. */
void nd_trail_grants(nd_trail *trail, nd_proof *proof, const nd_entry *entry);
void nd_trail_compare_grants(const nd_trail *trail, nd_proof *proof, const nd_economy *economy);
/* An entry's _id as key, account and type make it. */
nd_id nd_trail_entry_id(const nd_entry *entry);

#endif
