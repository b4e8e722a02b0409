/* The room's door: accounts, and the handles that lead to them. A claim in `identities` decides who
 * is who; userCore shows it, written in the same transaction. */
#ifndef ND_USER_CORE_USER_CORE_H
#define ND_USER_CORE_USER_CORE_H

#include "base/base.h"
#include "user_core/claim_record.h"
#include "user_core/record.h"

enum { ND_HANDLES_MAX = 64 }; /* of one account, by link */

typedef struct nd_account {
    nd_id id;       /* of a merged account, the one that it leads to */
    nd_word status; /* NOEMA_ACCOUNT_... */
    bool created;   /* by this call */
} nd_account;

/* Who was seen in the last minute, by this process: bounded, any thread. What it has forgotten is
 * written once too often, never once too rarely. */
typedef struct nd_touches nd_touches;
nd_touches *nd_touches_new(void);
/* Accepts NULL. */
void nd_touches_free(nd_touches *touches);
/* True when the account was not seen in the minute before now_ms, and notes that it is now. */
bool nd_touches_due(nd_touches *touches, nd_id account, int64_t now_ms);
void nd_touches_forget(nd_touches *touches, nd_id account);

/* The account behind a handle, made on first sight. One majority read when it is there, and once a
 * minute a touch, whose failure is nobody's business. A wallet's handle is taken at the caller's
 * word, as a platform's is: prove it first. touches may be NULL: nothing is touched. DENIED
 * (SUSPENDED, DEACTIVATED, MERGED, ERASED) still fills *account; DENIED, reason UNVERIFIED, of a
 * wallet that somebody has added without proof, does not. */
ND_MUST noema_status nd_account_ensure(nd_base *base, nd_deadline deadline, nd_touches *touches,
                                       const char *handle, nd_text actor, nd_account *account,
                                       noema_error *error);
/* By handle, or by an id as 24 hex digits; never makes one. An unverified wallet leads nowhere. */
ND_MUST noema_status nd_account_find(nd_base *base, nd_deadline deadline, const char *handle,
                                     nd_account *account, noema_error *error);
/* userCore as it is stored; of a merged account, its tombstone. */
ND_MUST noema_status nd_account_read(nd_base *base, nd_deadline deadline, nd_id id, nd_arena *arena,
                                     nd_bson *document, noema_error *error);
/* Appends nd_claim, oldest first, without API keys: handle, account, kind, added, verified, label. */
ND_MUST noema_status nd_account_handles(nd_base *base, nd_deadline deadline, nd_id id,
                                        nd_arena *arena, nd_list *handles, noema_error *error);
/* OK also when it is linked to this account already. TAKEN; LIMIT; DENIED when the account is not
 * active or pending; NOT_FOUND: no such account. A wallet is taken at the caller's word. */
ND_MUST noema_status nd_account_link(nd_base *base, nd_deadline deadline, nd_id id,
                                     const char *handle, nd_text actor, noema_error *error);
/* DENIED, reason LAST_IDENTITY, for the last one that can log in; NOT_FOUND when the handle does not
 * lead to this account. */
ND_MUST noema_status nd_account_unlink(nd_base *base, nd_deadline deadline, nd_id id,
                                       const char *handle, nd_text actor, noema_error *error);
/* Seen on a platform ("telegram") now; written once a minute at most. */
ND_MUST noema_status nd_account_touch(nd_base *base, nd_deadline deadline, nd_touches *touches,
                                      nd_id id, const char *platform, noema_error *error);

#endif
