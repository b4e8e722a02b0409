/* One batch, from its first attempt to its end: every command of it is answered. */
#ifndef ND_ENGINE_BATCH_H
#define ND_ENGINE_BATCH_H

#include <stdatomic.h>

#include "base/base.h"
#include "engine/books.h"
#include "engine/queue.h"
#include "engine/recent.h"

typedef struct nd_committer {
    nd_base *base;
    nd_queue *queue;
    nd_session *session; /* kept from batch to batch; NULL: to be opened */
    nd_arena *arena;
    nd_books books;
    nd_batch batch;
    nd_recent *recent; /* the engine's */
    const atomic_bool *bypass_wanted;
    bool no_bypass; /* the server's role does not allow it */
    bool broken;    /* a rule was broken by a fold: nothing more is committed */
    pthread_t thread;
} nd_committer;

void nd_committer_init(nd_committer *committer, nd_base *base, nd_queue *queue);
void nd_committer_free(nd_committer *committer);
/* Ends the batch that was taken. false: a rule was broken, the engine must stop. */
ND_MUST bool nd_batch_run(nd_committer *committer);

#endif
