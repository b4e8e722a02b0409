/* The record of `accountEvents`: who changed what leads to an account, and when. */
#ifndef ND_USER_CORE_EVENT_RECORD_H
#define ND_USER_CORE_EVENT_RECORD_H

#include "core/text.h"
#include "core/values.h"

typedef enum nd_event_kind {
    ND_EVENT_LINK = 1,
    ND_EVENT_UNLINK,
    ND_EVENT_MERGE,
    ND_EVENT_STATUS,
    ND_EVENT_WALLET,
    ND_EVENT_API_KEY,
    ND_EVENT_ERASE
} nd_event_kind;

typedef struct nd_event {
    nd_id id;
    nd_id account;
    nd_time at;
    nd_word what;
    nd_text handle;
    nd_text actor;
    nd_text before;
    nd_text after;
} nd_event;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_event_table;
extern const struct nd_collection nd_event_collection;

#endif
