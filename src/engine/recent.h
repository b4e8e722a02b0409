/* Accounts as the engine last committed them, so that its next command on one of them need not read
 * it again. A record from here is a guess: the write that is built on it says what it replaced
 * (store_guess), and a wrong guess costs an attempt, never money. Any thread. */
#ifndef ND_ENGINE_RECENT_H
#define ND_ENGINE_RECENT_H

#include "core/memory.h"
#include "user_economy/record.h"

/* Accounts kept, 13 MB when all are; a newer one takes the place of an older. */
enum { ND_RECENT_MAX = 1 << 15, ND_RECENT_GRANTS = 8 };

typedef struct nd_recent nd_recent;
nd_recent *nd_recent_new(void);
/* Accepts NULL. */
void nd_recent_free(nd_recent *recent);
/* As it was committed. An account with budgets, a family, more than 8 grants, or a status that we do
 * not know, is not kept. */
void nd_recent_put(nd_recent *recent, const nd_economy *account);
/* false: not here. Its grants are the arena's. */
bool nd_recent_find(nd_recent *recent, nd_id account, nd_arena *arena, nd_economy *found);
/* The guess was wrong: it is not kept for its next commits, lest each of them guess in vain. */
void nd_recent_outdated(nd_recent *recent, nd_id account);
/* Off: nothing is found. */
void nd_recent_set(nd_recent *recent, bool on);

#endif
