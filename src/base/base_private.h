/* What the files of this room share: the handle, one command and what came of it, its verdict. */
#ifndef ND_BASE_BASE_PRIVATE_H
#define ND_BASE_BASE_PRIVATE_H

#include <mongoc/mongoc.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/base.h"
#include "base/pool_private.h"

struct nd_base {
    nd_options *options;
    nd_metrics *metrics; /* borrowed */
    nd_clock *clock;
    nd_hash_key ledger_key;
    nd_pool *pool;
    pid_t owner;
    atomic_bool stopped;
    atomic_bool installed; /* nd_base_installed said OK once */
};

/* Server-side limits in ms; each ends before the socket's own, so that its answer is heard. */
enum {
    ND_OPERATION_MS = 1000,
    ND_COMMIT_MS = 1500,
    ND_OPEN_MS = 2000,
};

/* ---- one command ---------------------------------------------------------------------------- */

/* Start, run a function of the driver on reply and error, end, judge, clean. */
typedef struct nd_call {
    bool done;     /* the driver's verdict */
    uint32_t sent; /* how often the command was sent: the driver retries some */
    bson_error_t error;
    bson_t reply;
} nd_call;

void nd_call_start(nd_call *call);
void nd_call_end(nd_call *call, bool done);
void nd_call_clean(nd_call *call);
/* min(most, what is left), at least 1. */
int64_t nd_limit_ms(nd_deadline deadline, int64_t most);
/* The database's commands by name; opts may be NULL. Each starts and ends *call. */
void nd_call_read(nd_call *call, mongoc_client_t *client, const char *database,
                  const bson_t *command, const bson_t *opts);
void nd_call_write(nd_call *call, mongoc_client_t *client, const char *database,
                   const bson_t *command, const bson_t *opts);
void nd_call_raw(nd_call *call, mongoc_client_t *client, const char *database,
                 const bson_t *command);

/* {find: collection, filter, limit, batchSize} and the options; initialises *command. */
void nd_find_command(const char *collection, const bson_t *filter, const bson_t *options,
                     uint32_t limit, bson_t *command);
/* Appends copies of the documents of a reply's "firstBatch" or "nextBatch"; returns the cursor's
 * id, 0 when there is no more. */
int64_t nd_take_batch(const bson_t *reply, const char *name, nd_arena *arena, nd_list *found);

/* ---- verdicts: faults.c ----------------------------------------------------------------------- */

typedef enum nd_phase {
    ND_PHASE_READ,   /* outside of a transaction */
    ND_PHASE_WRITE,  /* outside of a transaction */
    ND_PHASE_INSIDE, /* a transaction */
    ND_PHASE_COMMIT,
} nd_phase;

/* Fills *outcome. Outside of a transaction, TRANSIENT means: nothing happened, and the same command
 * may do better in a moment; UNKNOWN is of a WRITE, too. */
void nd_fault_judge(nd_phase phase, const nd_call *call, nd_outcome *outcome);
/* An outcome that no command has: of a call that was not sent. */
void nd_fault_unsent(nd_outcome *outcome, nd_fault fault, const noema_error *error);
void nd_outcome_clear(nd_outcome *outcome);

/* A sentence about why no server can be used, from the driver's own words; reason: a stable word,
 * "" if none. */
void nd_fault_explain(const char *driver_message, const char **reason, char *sentence, size_t size);

/* nd_base_command on a database by name. */
ND_MUST noema_status nd_base_command_on(nd_base *base, nd_deadline deadline, const char *database,
                                        const bson_t *command, nd_arena *arena, nd_bson *reply,
                                        noema_error *error);

/* ---- the driver's log: driver_log.c -------------------------------------------------------- */

/* Installs the handler once a process. Messages go, scrubbed, to the log of the base that was
 * opened last of those still open. */
void nd_driver_log_open(const nd_base *base);
/* On return no message is on its way to the base's hook. */
void nd_driver_log_close(const nd_base *base);

#endif
