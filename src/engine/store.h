/* Writes the books in the batch's transaction: one update, and one insert a collection. */
#ifndef ND_ENGINE_STORE_H
#define ND_ENGINE_STORE_H

#include "base/base.h"
#include "engine/books.h"

/* Whose a statement is: one command, or all that write an account or a run. All zero: nobody's. */
typedef struct nd_blame {
    nd_command *command;
    nd_id account;
    nd_id run;
} nd_blame;

bool nd_blame_meets(const nd_blame *blame, const nd_command *command);

/* Hashes, chains and seals first. On a fault that names a statement, *blamed says whose it is. */
ND_MUST bool nd_store(nd_session *session, nd_deadline deadline, nd_books *books, bool bypass,
                      nd_outcome *outcome, nd_blame *blamed);

#endif
