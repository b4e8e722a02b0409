/* Reads of userCore, and the statements that make and change an account. */
#ifndef ND_USER_CORE_STORE_H
#define ND_USER_CORE_STORE_H

#include "base/base.h"
#include "schema/statements.h"
#include "user_core/record.h"

/* In the engine's transaction: appends the raw documents (_id, status, mergedInto) of those
 * accounts that there are. */
ND_MUST bool nd_user_load(nd_session *session, nd_deadline deadline, const nd_id *accounts,
                          size_t count, nd_arena *arena, nd_list *found, nd_outcome *outcome);
ND_MUST noema_status nd_user_decode(nd_bson document, nd_user *user, nd_arena *arena,
                                    noema_error *error);
/* A majority read. *document (may be NULL) is the account as it is stored. */
ND_MUST noema_status nd_user_read(nd_base *base, nd_deadline deadline, nd_id account,
                                  nd_arena *arena, nd_user *user, nd_bson *document,
                                  noema_error *error);
/* The same without looking at what it holds; NOT_FOUND without a message. */
ND_MUST noema_status nd_user_fetch(nd_base *base, nd_deadline deadline, nd_id account,
                                   nd_arena *arena, nd_bson *document, noema_error *error);
/* A majority read of id, status, merged_into alone; NOT_FOUND without a message. */
ND_MUST noema_status nd_user_read_status(nd_base *base, nd_deadline deadline, nd_id account,
                                         nd_arena *arena, nd_user *user, noema_error *error);
/* lastTouch, and lastSeenPlatform unless platform is NULL, outside of any transaction; NOT_FOUND
 * without a message, also for an account that is merged or erased. */
ND_MUST noema_status nd_user_touch(nd_base *base, nd_deadline deadline, nd_id account,
                                   const char *platform, noema_error *error);

/* In a transaction, what leads to an account: status, merged_into, identities, login_count, updated,
 * version. *there: the account is. */
ND_MUST bool nd_user_load_identity(nd_session *session, nd_deadline deadline, nd_id account,
                                   nd_arena *arena, nd_user *user, bool *there,
                                   nd_outcome *outcome);
/* Also gives it the empty lists that older readers of userCore expect. */
ND_MUST bool nd_user_insert(nd_session *session, nd_deadline deadline, const nd_user *user,
                            nd_outcome *outcome);
/* What platformIdentities is to show for a platform; id absent: nothing. */
typedef struct nd_shown {
    const char *platform;
    nd_text id;
} nd_shown;
/* `before`, as loaded, became `after`; of platformIdentities only what shown (may be NULL) says
 * changes. */
ND_MUST bool nd_user_store(nd_session *session, nd_deadline deadline, const nd_user *before,
                           const nd_user *after, const nd_shown *shown, nd_outcome *outcome);
/* What platformIdentities shows for a platform now, absent if nothing; "" for what is no id. */
nd_text nd_user_shown(const nd_user *user, const char *platform, nd_arena *arena);
/* {platform: id}; yours, bson_destroy. */
void nd_shown_document(const nd_shown *shown, bson_t *document);

#endif
