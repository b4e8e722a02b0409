/* What the files of a verification share. */
#ifndef ND_AUDIT_VERIFY_PRIVATE_H
#define ND_AUDIT_VERIFY_PRIVATE_H

#include "audit/position.h"
#include "audit/problems.h"
#include "audit/store.h"

typedef struct nd_verifier {
    nd_base *base;
    nd_deadline deadline;
    int64_t reserve_ms; /* with less than this left, a call ends where it stands */
    nd_arena *call;
    nd_arena *account; /* emptied for each */
    nd_arena *page;    /* emptied for each page of entries */
    nd_marks marks;
    nd_problems problems;
    nd_position position;
    int64_t accounts;
    int64_t entries;
    int64_t matched;
} nd_verifier;

bool nd_verifier_hurries(const nd_verifier *verifier);
/* Reads the page of entries of trail.account at its cursor. Appends nd_step; full: more may come. */
ND_MUST noema_status nd_verifier_read(nd_verifier *verifier, nd_time until, nd_list *steps,
                                      size_t *judged, bool *full, noema_error *error);
/* The first `judged` steps are done with. */
void nd_verifier_move(nd_verifier *verifier, const nd_step *steps, size_t judged);

/* The account that the position is inside of, from where it stands; *done: to its end. */
ND_MUST noema_status nd_verify_account(nd_verifier *verifier, bool *done, noema_error *error);
/* The entries of nobody: voided payments. */
ND_MUST noema_status nd_verify_nobody(nd_verifier *verifier, bool *done, noema_error *error);

#endif
