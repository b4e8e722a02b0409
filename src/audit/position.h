/* Where a proof stopped, as a token: it takes the whole state of a walk along, so that an account
 * with a million entries needs no call that lasts as long as all of them. */
#ifndef ND_AUDIT_POSITION_H
#define ND_AUDIT_POSITION_H

#include "audit/trail.h"
#include "core/error.h"

typedef enum nd_stage_of_proof {
    ND_PROOF_NOBODY, /* among the entries of nobody: trail.cursor says where */
    ND_PROOF_INSIDE, /* among those of trail.account */
    ND_PROOF_BEHIND, /* trail.account is done */
    ND_PROOF_DONE
} nd_stage_of_proof;

typedef struct nd_position {
    nd_stage_of_proof stage;
    nd_trail trail;
} nd_position;

/* At the beginning: of an account, or (none) of all. */
void nd_position_begin(nd_position *position, nd_id account);
/* Yours, nd_delete; NULL when all is done. */
char *nd_position_write(const nd_position *position, nd_id account);
/* account: none, or the only one that is proved. INVALID names "page". */
ND_MUST noema_status nd_position_read(const char *text, nd_id account, nd_position *position,
                                      noema_error *error);

#endif
