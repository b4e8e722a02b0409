/* What a command must know before it can be queued: whose documents it may write. Payers of runs and
 * accounts of entries never change, so they are read outside the transaction. */
#ifndef ND_ENGINE_RESOLVE_H
#define ND_ENGINE_RESOLVE_H

#include "base/base.h"
#include "engine/command.h"
#include "engine/queue.h"

/* From the command itself, or from the cache. false: it needs a read. */
bool nd_resolve_at_once(nd_queue *queue, nd_command *command);
/* Reads for many. Those that can't be resolved are refused (receipt.status is not OK). */
void nd_resolve(nd_base *base, nd_queue *queue, nd_command **commands, size_t count,
                nd_arena *arena);

#endif
