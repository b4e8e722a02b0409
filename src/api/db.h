/* The database handle, put together: the only place that holds a base, an engine and what stands
 * between them and a caller. */
#ifndef ND_API_DB_H
#define ND_API_DB_H

#include <noemadb.h>

#include "async/async.h"
#include "base/base.h"
#include "core/id.h"
#include "engine/engine.h"
#include "user_core/user_core.h"
#include "user_economy/record.h"

struct noema_db {
    nd_metrics *metrics;
    nd_base *base;
    nd_touches *touches;
    nd_engine *engine; /* NULL until the first money call of an installed database */
    pthread_mutex_t mutex;
    pthread_cond_t stopping_changed;
    pthread_t reaper;
    bool reaper_runs;
    bool stopping;
};

/* One public call: its name for the metrics, its deadline, its memory. */
typedef struct nd_api_call {
    noema_db *db;
    noema_error *error;
    noema_error own_error; /* when the caller gave none */
    const char *name;
    nd_deadline deadline;
    int64_t began_us;
    nd_arena *arena; /* made when first asked for */
} nd_api_call;

/* Begins a call: INVALID for a handle of NULL, FORKED, CLOSED, NOT_INSTALLED. name: a literal,
 * "economy.debit". */
ND_MUST noema_status nd_api_begin(nd_api_call *call, noema_db *db, const char *name,
                                  uint32_t timeout_ms, noema_error *error);
/* The same without asking whether the database is installed. */
ND_MUST noema_status nd_api_begin_bare(nd_api_call *call, noema_db *db, const char *name,
                                       uint32_t timeout_ms, noema_error *error);
nd_arena *nd_api_arena(nd_api_call *call);
/* Frees, counts, and returns the status. */
noema_status nd_api_end(nd_api_call *call, noema_status status);
/* Starts it when there is none yet. */
ND_MUST noema_status nd_api_engine(nd_api_call *call, nd_engine **engine);
/* An id that the caller may have taken from the very struct that the call fills; NULL gives "". */
noema_id nd_api_copy(const noema_id *id);
/* Zeroes an output, if there is one: what a refused call leaves. */
void nd_api_clear(void *output, size_t size);
/* The account's credit; zeros when it has none yet. NOT_FOUND: no such account. */
ND_MUST noema_status nd_api_economy(nd_api_call *call, nd_id account, nd_economy *economy);
/* INVALID when a pointer that must be there is not. */
ND_MUST noema_status nd_api_needs(nd_api_call *call, const void *pointer, const char *field);
/* The caller's actor, or the option's. */
ND_MUST noema_status nd_api_actor(nd_api_call *call, const char *given, nd_text *actor);

/* Takes an input struct of any size: what the caller does not know is zero, what we do not know must
 * be. */
ND_MUST noema_status nd_api_struct(nd_api_call *call, const void *from, const char *field,
                                   size_t size, void *to);

#endif
