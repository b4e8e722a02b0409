/* Reads of workflowExecutions, its statements in the engine's transaction, and the writes that
 * touch no money (attach, request of a cancel). */
#ifndef ND_WORKFLOW_EXECUTIONS_STORE_H
#define ND_WORKFLOW_EXECUTIONS_STORE_H

#include "base/base.h"
#include "schema/statements.h"
#include "workflow_executions/record.h"

/* Appends the raw documents of those ids. */
ND_MUST bool nd_run_load(nd_session *session, nd_deadline deadline, const nd_id *ids, size_t count,
                         nd_arena *arena, nd_list *found, nd_outcome *outcome);
ND_MUST noema_status nd_run_decode(nd_bson document, nd_run *run, nd_arena *arena,
                                   noema_error *error);

/* Majority reads. *document (may be NULL) is the run as it is stored. */
ND_MUST noema_status nd_run_read(nd_base *base, nd_deadline deadline, nd_id id, nd_arena *arena,
                                 nd_run *run, nd_bson *document, noema_error *error);
ND_MUST noema_status nd_run_read_provider(nd_base *base, nd_deadline deadline, nd_text service,
                                          nd_text provider_run, nd_arena *arena, nd_run *run,
                                          nd_bson *document, noema_error *error);
/* Payer and service names alone, of many: by ids, or by what providers call them (an array of
 * {service, provider_run}). Appends raw documents. */
ND_MUST noema_status nd_run_read_payers(nd_base *base, nd_deadline deadline, const nd_id *ids,
                                        size_t count, nd_arena *arena, nd_list *found,
                                        noema_error *error);
/* Open runs whose deadline was before `before`; appends nd_id to ids. */
ND_MUST noema_status nd_run_read_due(nd_base *base, nd_deadline deadline, nd_time before,
                                     uint32_t limit, nd_arena *arena, nd_list *ids,
                                     noema_error *error);

/* Notes what the provider calls it; pending becomes queued. OK also when it is noted already. TAKEN:
 * another run of the service has that name; ILLEGAL_TRANSITION: it ended, or has another name. */
ND_MUST noema_status nd_run_attach(nd_base *base, nd_deadline deadline, nd_id run,
                                   nd_text provider_run, nd_arena *arena, noema_error *error);
/* Notes that the user wants it stopped. OK also when that is noted already. */
ND_MUST noema_status nd_run_ask_cancel(nd_base *base, nd_deadline deadline, nd_id run,
                                       nd_text reason, nd_text actor, nd_arena *arena,
                                       noema_error *error);

#endif
