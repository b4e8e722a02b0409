/* Reads of the claims, and the statements that make and end them. In a session, functions return
 * false with *outcome filled. */
#ifndef ND_USER_CORE_CLAIM_STORE_H
#define ND_USER_CORE_CLAIM_STORE_H

#include "base/base.h"
#include "user_core/claim_record.h"

/* A majority read; NOT_FOUND without a message. */
ND_MUST noema_status nd_claim_read(nd_base *base, nd_deadline deadline, nd_text handle,
                                   nd_arena *arena, nd_claim *claim, noema_error *error);
/* The handles of an account, oldest first, without its API keys; appends nd_claim with handle,
 * account, kind, added, verified, label. */
ND_MUST noema_status nd_claim_list(nd_base *base, nd_deadline deadline, nd_id account,
                                   nd_arena *arena, nd_list *claims, noema_error *error);

/* As nd_claim_read, in the transaction. *there: it stands. */
ND_MUST bool nd_claim_load(nd_session *session, nd_deadline deadline, nd_text handle,
                           nd_arena *arena, nd_claim *claim, bool *there, nd_outcome *outcome);
/* The oldest claim of the account on that platform, but for one. */
ND_MUST bool nd_claim_load_oldest(nd_session *session, nd_deadline deadline, nd_id account,
                                  const char *platform, nd_text except, nd_arena *arena,
                                  nd_claim *claim, bool *there, nd_outcome *outcome);
/* A handle that somebody has claimed since the transaction began is TRANSIENT, not DUPLICATE: run
 * again, the transaction sees that claim. */
ND_MUST bool nd_claim_insert(nd_session *session, nd_deadline deadline, const nd_claim *claim,
                             nd_outcome *outcome);
ND_MUST bool nd_claim_delete(nd_session *session, nd_deadline deadline, nd_text handle,
                             nd_id account, nd_outcome *outcome);

#endif
