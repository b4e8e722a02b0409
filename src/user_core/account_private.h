/* What the files of this room that know accounts share. */
#ifndef ND_USER_CORE_ACCOUNT_PRIVATE_H
#define ND_USER_CORE_ACCOUNT_PRIVATE_H

#include "user_core/event_record.h"
#include "user_core/handle.h"
#include "user_core/user_core.h"

/* An absent status is active. */
nd_word nd_status_of(nd_word stored);
/* OK for active and pending accounts, else DENIED with the reason. */
ND_MUST noema_status nd_status_check(nd_word status, noema_error *error);
/* Somebody can come in by it: an unverified wallet leads nowhere. */
bool nd_claim_leads(const nd_claim *claim);
/* The claim of a handle that is made now, at the caller's word. */
nd_claim nd_claim_make(const nd_handle *handle, nd_id account, nd_time now);
nd_event nd_event_make(nd_id id, const nd_claim *claim, nd_event_kind what, nd_text actor,
                       nd_time now);
/* Touches what ensure gives, when it is due. Best effort: within half a second, and without an
 * answer. */
void nd_account_seen(nd_base *base, nd_deadline deadline, nd_touches *touches,
                     const nd_account *account, const nd_handle *handle);

#endif
