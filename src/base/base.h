/* NoemaBase: the only room that knows the server. A base is a pool of connections with the forced
 * settings, reads and writes with a deadline, transactions, fault classes, install, monitoring.
 * It knows no collection but noemaMeta. */
#ifndef ND_BASE_BASE_H
#define ND_BASE_BASE_H

#include <bson/bson.h>

#include "base/options.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "schema/schema.h"

/* ---- the handle: any thread ---------------------------------------------------------------- */
typedef struct nd_base nd_base;

/* Copies the (finished) options. Refuses by name what is too weak (see settings.c), before anything
 * is sent. Pings within 2 s; refuses a standalone server. */
ND_MUST noema_status nd_base_open(const nd_options *options, nd_metrics *metrics, nd_base **base,
                                  noema_error *error);
/* New calls end with CLOSED. */
void nd_base_stop(nd_base *base);
/* No other thread may be inside a call, no session open. Accepts NULL. */
void nd_base_close(nd_base *base);
/* FORKED in another process than the one that opened, CLOSED after stop. Every public operation
 * begins with it. */
ND_MUST noema_status nd_base_usable(const nd_base *base, noema_error *error);
nd_clock *nd_base_clock(nd_base *base);
const nd_log *nd_base_log(const nd_base *base);
nd_metrics *nd_base_metrics(nd_base *base);
const nd_options *nd_base_options(const nd_base *base);
const nd_hash_key *nd_base_ledger_key(const nd_base *base);
/* The database's default deadline, from now; timeout_ms 0 = the option. */
nd_deadline nd_base_deadline(const nd_base *base, uint32_t timeout_ms);
ND_MUST noema_status nd_base_ping(nd_base *base, nd_deadline deadline, noema_error *error);

/* "0.1.0 (mongo-c-driver 1.23.1)", static. */
const char *nd_base_version(void);

/* ---- reads and single writes: majority, primary ------------------------------------------------ */
/* Tried until the deadline as long as nothing can have happened: through elections, broken
 * connections, conflicts. Reads have a maxTimeMS; a write has none (the driver repeats no write that
 * has one) and ends at most two socket time-outs (5 s) after its deadline. */
/* options (may be NULL) of a read: projection, sort, skip... as in a find command's, never limit. */

/* NOT_FOUND without a message when there is none. */
ND_MUST noema_status nd_base_find_one(nd_base *base, nd_deadline deadline, const char *collection,
                                      const bson_t *filter, const bson_t *options, nd_arena *arena,
                                      nd_bson *found, noema_error *error);
/* At most limit; appends to a list of nd_bson. */
ND_MUST noema_status nd_base_find(nd_base *base, nd_deadline deadline, const char *collection,
                                  const bson_t *filter, const bson_t *options, uint32_t limit,
                                  nd_arena *arena, nd_list *found, noema_error *error);
typedef struct nd_written {
    int64_t matched;
    int64_t modified;
    bool upserted;
} nd_written;
/* update: operators, or a pipeline array. Retried by the driver. TAKEN on a duplicate key (field:
 * the index' first key that is not _id, or "_id"); OUTCOME_UNKNOWN when the reply was lost. */
ND_MUST noema_status nd_base_update_one(nd_base *base, nd_deadline deadline, const char *collection,
                                        const bson_t *filter, const bson_t *update, bool upsert,
                                        nd_written *written, noema_error *error);
/* Any command on the database, as it is: with its own maxTimeMS, readConcern, writeConcern. For
 * install and audit. What only reads is tried until the deadline; of anything else a lost reply is
 * OUTCOME_UNKNOWN. arena and reply may both be NULL. */
ND_MUST noema_status nd_base_command(nd_base *base, nd_deadline deadline, const bson_t *command,
                                     nd_arena *arena, nd_bson *reply, noema_error *error);

/* ---- transactions ----------------------------------------------------------------------------- */

/* What a command of a session came to. */
typedef enum nd_fault {
    ND_FAULT_NONE,
    ND_FAULT_TRANSIENT,   /* nothing happened; run the transaction again */
    ND_FAULT_DUPLICATE,   /* 11000: nothing happened; statement says which */
    ND_FAULT_DOCUMENT,    /* 121: the validator refused a document; statement says which */
    ND_FAULT_PRIVILEGE,   /* 13: nothing happened */
    ND_FAULT_UNKNOWN,     /* of a commit: it may have happened */
    ND_FAULT_UNAVAILABLE, /* no primary within the deadline: nothing happened */
    ND_FAULT_OTHER        /* nothing happened, and it would not the next time */
} nd_fault;

typedef struct nd_outcome {
    nd_fault fault;
    int32_t code;
    int32_t statement; /* of DUPLICATE and DOCUMENT: writeErrors[0].index; -1 none */
    char key[64];      /* of DUPLICATE: the index' keys, "_id" or "serviceName platformRunId" */
    noema_error error; /* what to tell a caller, scrubbed */
} nd_outcome;

/* A client of the pool with a session of its own; one thread. */
typedef struct nd_session nd_session;
/* NULL with an error: BUSY (the pool is empty until the deadline), FORKED, CLOSED. */
nd_session *nd_session_open(nd_base *base, nd_deadline deadline, noema_error *error);
/* Ends what is open (abort), also, by a transaction that reads, one whose commit is unknown: so that
 * its documents are free. Waits at most 500 ms for a primary to do so. */
void nd_session_close(nd_session *session);
nd_base *nd_session_base(nd_session *session);
/* Snapshot, majority and journal, primary; maxCommitTimeMS. Waits for a primary until the
 * deadline. Each of these returns true when the fault is NONE; *outcome may be NULL only in abort. */
ND_MUST bool nd_session_begin(nd_session *session, nd_deadline deadline, nd_outcome *outcome);
/* In the transaction; limit and batchSize are set, and beyond 16 MB the cursor is followed. Appends
 * to a list of nd_bson. */
ND_MUST bool nd_session_find(nd_session *session, nd_deadline deadline, const char *collection,
                             const bson_t *filter, const bson_t *options, uint32_t limit,
                             nd_arena *arena, nd_list *found, nd_outcome *outcome);
/* The same for a pipeline ({"0": {...}, "1": {...}}) whose result fits one batch of limit. */
ND_MUST bool nd_session_aggregate(nd_session *session, nd_deadline deadline, const char *collection,
                                  const bson_t *pipeline, uint32_t limit, nd_arena *arena,
                                  nd_list *found, nd_outcome *outcome);
/* A whole write command ({update: ..., updates: [...]}) in the transaction. matched (may be NULL):
 * reply.n. */
ND_MUST bool nd_session_write(nd_session *session, nd_deadline deadline, const bson_t *command,
                              int64_t *matched, nd_outcome *outcome);
/* Updates one document in the transaction. *was: as it stood before, without bytes when there is
 * none. bypass: the server's validator is not asked. */
ND_MUST bool nd_session_find_and_modify(nd_session *session, nd_deadline deadline,
                                        const char *collection, const bson_t *filter,
                                        const bson_t *update, bool bypass, nd_arena *arena,
                                        nd_bson *was, nd_outcome *outcome);
/* May be repeated after UNKNOWN: sends the same commit again. */
ND_MUST bool nd_session_commit(nd_session *session, nd_deadline deadline, nd_outcome *outcome);
void nd_session_abort(nd_session *session);

/* Pause before attempt n (0, 1, 2...): 5 ms * 1.5^n to 500 ms, full jitter, never past the
 * deadline. */
void nd_backoff(uint32_t attempt, nd_deadline deadline);

/* The runner for everything that is not money: begin, work, commit; again on TRANSIENT with
 * back-off; the commit alone again on UNKNOWN, then the whole as the next transaction of the same
 * session, which fences the older one. `work` must be repeatable, and returns false with *outcome
 * filled by the session's call that failed, or true with *verdict: OK commits; anything else aborts
 * and is returned, with *error as work left it; but OUTCOME_UNKNOWN when an earlier commit of this
 * call is unknown, because that may be what work has just met. */
typedef bool (*nd_work)(nd_session *session, void *context, noema_status *verdict,
                        nd_outcome *outcome, noema_error *error);
ND_MUST noema_status nd_base_transaction(nd_base *base, nd_deadline deadline, nd_work work,
                                         void *context, noema_error *error);

/* ---- install ----------------------------------------------------------------------------------- */

/* Collections, validators, indexes, noemaMeta; repeatable. The report: {"collections": n,
 * "validators": n, "indexes": n, "created": [...], "changed": [...], "drift": [...], "warnings":
 * [...]}. check_only changes nothing and is CONFLICT when there is drift. UNSUPPORTED, reason
 * ADOPTION, when old documents are there without noemaMeta; reason LEDGER_KEY for a wrong key. */
ND_MUST noema_status nd_base_install(nd_base *base, nd_deadline deadline,
                                     const nd_collection *const *collections, size_t count,
                                     bool check_only, nd_json **report, noema_error *error);
/* OK when noemaMeta carries this schema version and our ledger key; UNSUPPORTED: NOT_INSTALLED,
 * SCHEMA_VERSION, LEDGER_KEY. Remembers an OK. */
ND_MUST noema_status nd_base_installed(nd_base *base, nd_deadline deadline, noema_error *error);

#endif
