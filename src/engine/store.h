/* Writes the books in the batch's transaction: one update, and one insert a collection. */
#ifndef ND_ENGINE_STORE_H
#define ND_ENGINE_STORE_H

#include "base/base.h"
#include "engine/books.h"

/* Hashes, chains and seals first. On a fault that names a statement, *blamed is the command that it
 * belongs to, or NULL. */
ND_MUST bool nd_store(nd_session *session, nd_deadline deadline, nd_books *books, bool bypass,
                      nd_outcome *outcome, nd_command **blamed);

#endif
