/* The line of commands. One lock; a batch takes in order of arrival what no other open batch, and no
 * earlier command that stays behind, has an account in common with. */
#ifndef ND_ENGINE_QUEUE_H
#define ND_ENGINE_QUEUE_H

#include "async/async.h"
#include "core/id.h"
#include "core/metrics.h"
#include "engine/command.h"

enum { ND_BATCH_COMMANDS = 256, ND_BATCH_DOCUMENTS = 2000, ND_BATCH_BYTES = 4 << 20 };
enum { ND_COMMITTERS_MAX = 16, ND_PAYERS_CACHED = 1 << 14 };

typedef struct nd_line {
    nd_command *first;
    nd_command *last;
    uint32_t count;
} nd_line;

/* What a committer has in work. */
typedef struct nd_batch {
    nd_command *commands[ND_BATCH_COMMANDS];
    size_t count;
    nd_idmap *accounts; /* whose documents it may write */
    nd_idmap *wanted;   /* while scanning: by commands left behind */
} nd_batch;

typedef struct nd_payer_slot {
    nd_id run;
    nd_id payer;
} nd_payer_slot;

typedef struct nd_queue {
    pthread_mutex_t mutex;
    pthread_cond_t ready;      /* for committers */
    pthread_cond_t unresolved; /* for the resolver */
    nd_line queued;
    nd_line resolving;
    uint32_t capacity;
    uint32_t in_flight; /* submitted and not yet done */
    uint64_t order;
    bool stopping;
    uint32_t corked; /* answers are being given: who submits again does not wake anybody yet */
    bool no_lanes;   /* tests: accounts may be in two batches */
    nd_batch *open[ND_COMMITTERS_MAX];
    size_t open_count;
    nd_payer_slot *payers; /* who pays a run never changes */
    nd_metrics *metrics;
} nd_queue;

void nd_queue_init(nd_queue *queue, uint32_t capacity, nd_metrics *metrics);
void nd_queue_free(nd_queue *queue);
/* Before the threads start: a batch that will take from this queue. */
void nd_queue_add_batch(nd_queue *queue, nd_batch *batch);
void nd_batch_free(nd_batch *batch);

/* resolved: its accounts are known. BUSY, CLOSED. */
ND_MUST noema_status nd_queue_put(nd_queue *queue, nd_command *command, bool resolved,
                                  noema_error *error);
/* From the resolver: it takes its old place. false: stopping, and the command is the resolver's. */
ND_MUST bool nd_queue_put_resolved(nd_queue *queue, nd_command *command);
/* Waits until something can be taken. false: stopping, and the line is empty. */
ND_MUST bool nd_queue_take(nd_queue *queue, nd_batch *batch);
/* Everything that waits for the resolver, at most `most`. 0: stopping. */
size_t nd_queue_take_unresolved(nd_queue *queue, nd_command **commands, size_t most);
/* Gives the batch's commands from `from` on back to the line, in their old places. */
void nd_queue_give_back(nd_queue *queue, nd_batch *batch, size_t from);
/* The batch has ended; its accounts are free. */
void nd_queue_end_batch(nd_queue *queue, nd_batch *batch);
ND_MUST bool nd_queue_withdraw(nd_queue *queue, nd_command *command);
/* Marks it done and hands it back to its owner: calls done, or frees what was abandoned. */
void nd_queue_finish(nd_queue *queue, nd_command *command);
/* Around the answers of a batch: callers that submit again at once are woken for together. */
void nd_queue_cork(nd_queue *queue);
void nd_queue_uncork(nd_queue *queue);
/* Its caller goes. true: it is done already, and done was or will be called. */
ND_MUST bool nd_queue_abandon(nd_queue *queue, nd_command *command);
/* Everything that has not begun ends with CLOSED. */
void nd_queue_stop(nd_queue *queue);

/* false: not in the cache. */
bool nd_queue_payer(nd_queue *queue, nd_id run, nd_id *payer);
void nd_queue_note_payer(nd_queue *queue, nd_id run, nd_id payer);

#endif
