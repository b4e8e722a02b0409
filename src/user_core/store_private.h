/* What the stores of this room share: one statement in a transaction that must find its document. */
#ifndef ND_USER_CORE_STORE_PRIVATE_H
#define ND_USER_CORE_STORE_PRIVATE_H

#include "base/base.h"

/* With the server's validator on. */
ND_MUST bool nd_insert_one(nd_session *session, nd_deadline deadline, const char *collection,
                           const bson_t *document, nd_outcome *outcome);
/* verb: "update" (statement {q, u}) or "delete" ({q, limit}). TRANSIENT when it matched nothing: the
 * document was there when it was loaded. */
ND_MUST bool nd_write_one(nd_session *session, nd_deadline deadline, const char *verb,
                          const char *collection, const bson_t *statement, nd_outcome *outcome);
/* Others were faster: TRANSIENT, with what to tell when the deadline ends the repeating. False. */
bool nd_outcome_again(nd_outcome *outcome);
/* For what a decode in a transaction came to, its error in outcome->error. Running again would read
 * the same. */
ND_MUST bool nd_outcome_sound(noema_status status, nd_outcome *outcome);

#endif
