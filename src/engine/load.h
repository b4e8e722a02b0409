/* Loads into the books, in the batch's transaction, what its commands work on: one find a
 * collection. */
#ifndef ND_ENGINE_LOAD_H
#define ND_ENGINE_LOAD_H

#include "base/base.h"
#include "engine/books.h"
#include "engine/queue.h"
#include "engine/recent.h"

/* What an attempt takes from where. */
typedef struct nd_sources {
    nd_recent *recent; /* an account may be guessed from here; NULL: all are read */
    bool with_keys;    /* also the entries that are stored under the commands' keys */
} nd_sources;

ND_MUST bool nd_load(nd_session *session, nd_deadline deadline, const nd_batch *batch,
                     const nd_sources *from, nd_books *books, nd_outcome *outcome);
/* After the fold: the keys of commands that were refused, and the entries of settlements that were
 * done before. Those that are found are answered from what is stored. */
ND_MUST bool nd_load_refused(nd_session *session, nd_deadline deadline, const nd_batch *batch,
                             nd_books *books, nd_outcome *outcome);

#endif
