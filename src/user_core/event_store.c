/* Writes `accountEvents`. */
#include "user_core/event_store.h"

#include "schema/statements.h"
#include "user_core/store_private.h"

bool
nd_event_insert(nd_session *session, nd_deadline deadline, const nd_event *event,
                nd_outcome *outcome)
{
    bson_t document = BSON_INITIALIZER;
    nd_schema_encode(&nd_event_table, event, &document);
    bool done = nd_insert_one(session, deadline, nd_event_collection.name, &document, outcome);
    bson_destroy(&document);
    return done;
}

bool
nd_event_load(nd_session *session, nd_deadline deadline, nd_id event, nd_arena *arena, bool *there,
              nd_outcome *outcome)
{
    bson_t filter = BSON_INITIALIZER;
    nd_list found = {0};
    nd_filter_id(&filter, "_id", event);
    bool done = nd_session_find(session, deadline, nd_event_collection.name, &filter, NULL, 1,
                                arena, &found, outcome);
    bson_destroy(&filter);
    *there = done && found.count > 0;
    return done;
}
