/* The only writer of money. Commands go into one queue; committers take what is there, fold it over
 * the accounts' records and commit it as one transaction. */
#ifndef ND_ENGINE_ENGINE_H
#define ND_ENGINE_ENGINE_H

#include "base/base.h"
#include "engine/command.h"

typedef struct nd_engine nd_engine;

/* Starts the threads. NULL with an error. The base outlives the engine. */
ND_MUST noema_status nd_engine_open(nd_base *base, nd_engine **engine, noema_error *error);
/* New commands end with CLOSED, and so do those that have not begun; what was taken is completed. */
void nd_engine_stop(nd_engine *engine);
/* Stops, joins, frees. Accepts NULL. */
void nd_engine_close(nd_engine *engine);

/* Puts a command, which owns what it points to, into the queue. OK: done will be called once.
 * Otherwise (BUSY, CLOSED) it is still the caller's. Never blocks. */
ND_MUST noema_status nd_engine_submit(nd_engine *engine, nd_command *command, noema_error *error);
/* Takes a command out of the queue that has not begun: true, and it is the caller's again, without
 * done being called. false: it has begun. */
ND_MUST bool nd_engine_withdraw(nd_engine *engine, nd_command *command);

/* Submits, waits and copies the answer; frees the command. At the command's deadline: TIMEOUT
 * (nothing happened) or OUTCOME_UNKNOWN. The status is the answer's. */
noema_status nd_engine_run(nd_engine *engine, nd_command *command, nd_answer *answer);
/* Many at once, in order for an account; frees all commands. More than the queue holds are sent in
 * parts. */
void nd_engine_run_all(nd_engine *engine, nd_command **commands, size_t count, nd_answer *answers);

/* Times out what is overdue by 30 s, at most limit. */
ND_MUST noema_status nd_engine_reap(nd_engine *engine, nd_base *base, nd_deadline deadline,
                                    uint32_t limit, uint32_t *reaped, noema_error *error);

/* For tests: the rule that keeps one account out of two batches, the way around the server's
 * validator, and the memory of what was committed last. */
void nd_engine_set_lanes(nd_engine *engine, bool on);
void nd_engine_set_bypass(nd_engine *engine, bool on);
void nd_engine_set_memory(nd_engine *engine, bool on);

#endif
