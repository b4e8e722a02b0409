/* The statements that write an account's history, and how a repeated transaction finds its own. */
#ifndef ND_USER_CORE_EVENT_STORE_H
#define ND_USER_CORE_EVENT_STORE_H

#include "base/base.h"
#include "user_core/event_record.h"

ND_MUST bool nd_event_insert(nd_session *session, nd_deadline deadline, const nd_event *event,
                             nd_outcome *outcome);
ND_MUST bool nd_event_load(nd_session *session, nd_deadline deadline, nd_id event, nd_arena *arena,
                           bool *there, nd_outcome *outcome);

#endif
