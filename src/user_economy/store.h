/* Reads of userEconomy, and its statements in the engine's transaction. */
#ifndef ND_USER_ECONOMY_STORE_H
#define ND_USER_ECONOMY_STORE_H

#include "base/base.h"
#include "schema/statements.h"
#include "user_economy/record.h"

/* Appends the raw documents of those accounts that have one. */
ND_MUST bool nd_economy_load(nd_session *session, nd_deadline deadline, const nd_id *accounts,
                             size_t count, nd_arena *arena, nd_list *found, nd_outcome *outcome);
/* CORRUPT when a value can't be read, and, with reason SEAL, when it was not written by this
 * library; *account is then filled as far as it could be read. */
ND_MUST noema_status nd_economy_decode(nd_bson document, const nd_hash_key *key,
                                       nd_economy *account, nd_arena *arena, noema_error *error);
/* Writes `after` over the account. *met: what stood there was `before`, seal for seal; otherwise the
 * transaction must not be committed. */
ND_MUST bool nd_economy_replace(nd_session *session, nd_deadline deadline, const nd_economy *before,
                                const nd_economy *after, bool bypass, nd_arena *arena, bool *met,
                                nd_outcome *outcome);
/* A majority read; NOT_FOUND when the account has no document yet. The seal is not looked at. */
ND_MUST noema_status nd_economy_read(nd_base *base, nd_deadline deadline, nd_id account,
                                     nd_economy *found, nd_arena *arena, noema_error *error);

#endif
