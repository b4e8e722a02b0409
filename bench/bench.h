/* What the files of the benchmark share. It compares, side by side in one run, the library's engine
 * with a naive program and with the server's own limit. Ratios mean something; absolute numbers on a
 * shared machine do not. */
#ifndef ND_BENCH_BENCH_H
#define ND_BENCH_BENCH_H

#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/error.h"
#include "core/json.h"
#include "core/values.h"
#include "engine/command.h"

enum {
    BENCH_ROUNDS_MAX = 16,
    BENCH_ACCOUNTS = 10000,
    BENCH_KEY = 32, /* bytes of a key's text */
    BENCH_BATCH = 256
};
#define BENCH_CREDIT (INT64_C(100000) * NOEMA_USD) /* of each account, at first */
#define BENCH_PRICE INT64_C(2500000)               /* 0.0025 USD: of each debit and run */
#define BENCH_HOLD INT64_C(4000000)
#define BENCH_ACTOR "bench@127.0.0.1"
#define BENCH_TOOL "flux-dev"
#define BENCH_SERVICE "comfydeploy"
#define BENCH_DESCRIPTION "flux-dev: four images, 1024x1024, 28 steps, seed 42"
#define BENCH_METADATA "{\"tool\":\"flux-dev\",\"chatId\":4242424242,\"messageId\":991}"

typedef struct bench_options {
    double seconds; /* of one measurement */
    int rounds;
    const char *only; /* a part's name, or NULL: all */
    const char *who;  /* contenders with this in their name, or NULL: all */
    const char *json; /* a file's name, or NULL */
} bench_options;

/* Ends the process, loudly: a benchmark that went wrong has no figures. */
void bench_die(const char *format, ...) ND_FORMAT(1, 2) __attribute__((noreturn));

/* ---- place.c: where it happens ------------------------------------------------------------- */

/* Fresh databases with the library's collections, validators and indexes: the engine's, the naive
 * program's, and that of the limit; each with BENCH_ACCOUNTS users. */
typedef struct bench_place {
    char engine[48];
    char naive[64];
    char limit[64];
    noema_db *db; /* of the engine's */
    mongoc_client_pool_t *clients;
} bench_place;
void bench_place_open(bench_place *place, const char *name);
/* Drops the databases. */
void bench_place_close(bench_place *place);
nd_id bench_account(uint32_t index);

/* What the engine's database says. */
typedef struct bench_books {
    int64_t credit; /* nano-USD of all accounts */
    int64_t held;
    int64_t entries;
} bench_books;
void bench_books_read(const bench_place *place, bench_books *books);
/* Bytes of one of the entries that were measured. */
uint32_t bench_entry_size(const bench_place *place, const char *database);

/* ---- documents.c: what the naive program and the limit write --------------------------------- */

typedef struct bench_entry {
    bson_oid_t id;
    bson_oid_t account;
    const char *type;
    const char *key;
    int64_t amount; /* signed, nano-USD */
    int64_t after;
    int64_t seq;
    const bson_oid_t *run; /* NULL: none */
    uint8_t hash[32];
} bench_entry;
/* All fields that the engine's entries have. Yours, bson_destroy. */
bson_t *bench_entry_new(const bench_entry *entry);
bson_t *bench_user_new(nd_id account);
bson_t *bench_economy_new(nd_id account);
bson_t *bench_run_new(const bson_oid_t *run, const bson_oid_t *account, const char *key);
/* {tool, chatId, messageId}; lives as long as the process. */
const bson_t *bench_metadata(void);
bson_oid_t bench_oid(nd_id id);
/* A key that no other call has given. */
void bench_key(char key[BENCH_KEY]);
int64_t bench_now_ms(void);

/* ---- under load ------------------------------------------------------------------------------- */

typedef struct bench_samples {
    int64_t *us;
    size_t count;
    size_t room;
} bench_samples;

/* What a load adds to, from any thread. */
typedef struct bench_tally {
    _Atomic int64_t done;   /* operations that were */
    _Atomic int64_t failed; /* those that were not */
    _Atomic int64_t spent;  /* nano-USD, as the receipts say */
    _Atomic bool stop;
    _Atomic bool sampling;
    bench_samples samples; /* durations; of a load of one thread */
    char trouble[300];     /* why the first failed */
} bench_tally;
void bench_fail(bench_tally *tally, const char *why);

typedef struct bench_worker bench_worker;
typedef struct bench_slot bench_slot;
/* One operation, or some; returns how many succeeded. */
typedef int64_t (*bench_step)(bench_worker *worker);
/* The next command of a slot's operation; done is the one that has succeeded, NULL at first. NULL:
 * the operation is complete. */
typedef nd_command *(*bench_feed)(bench_slot *slot, const nd_command *done);

/* Somebody who is measured. */
typedef struct bench_contender {
    const char *name;
    bench_step step; /* `width` threads repeat it; or */
    bench_feed feed; /* `width` commands are kept in flight */
    uint32_t width;
    bool hot;                           /* one account instead of BENCH_ACCOUNTS */
    bool engine;                        /* its books are checked */
    bool reads;                         /* the engine reads accounts that it knows, too */
    double rate[BENCH_ROUNDS_MAX];      /* operations/s */
    double client_us[BENCH_ROUNDS_MAX]; /* CPU of this process, of an operation */
    double server_us[BENCH_ROUNDS_MAX]; /* CPU of the server */
    double p50[BENCH_ROUNDS_MAX];       /* microseconds; of one thread */
    double p90[BENCH_ROUNDS_MAX];
    double p99[BENCH_ROUNDS_MAX];
    double batch; /* commands in an engine's transaction, in all rounds */
} bench_contender;

typedef struct bench_load {
    const bench_place *place;
    const bench_contender *contender;
    bench_tally *tally;
} bench_load;

/* crowd.c: threads, each with a client of the pool and a session of its own. */
struct bench_worker {
    const bench_load *load;
    uint64_t random;
    mongoc_client_t *client;
    mongoc_client_session_t *session;
    mongoc_transaction_opt_t *transaction; /* snapshot, majority, journal */
    mongoc_collection_t *economy;          /* of the naive program */
    mongoc_collection_t *entries;
    mongoc_collection_t *runs;
    pthread_t thread;
};
void *bench_crowd_begin(const bench_load *load);
void bench_crowd_end(void *crowd);

/* flight.c: commands that stay in flight. */
typedef struct bench_flight bench_flight;
struct bench_slot {
    bench_flight *flight;
    uint64_t random;
};
void *bench_flight_begin(const bench_load *load);
void bench_flight_end(void *flight);

/* An account of the load, by chance. */
nd_id bench_pick(const bench_load *load, uint64_t *random);
const bench_load *bench_slot_load(const bench_slot *slot);
uint64_t bench_random(uint64_t *state);

/* measure.c: one measurement; checks the books of an engine's. */
void bench_measure(const bench_place *place, bench_contender *contender,
                   const bench_options *options, int round);
double bench_median(const double *values, int count);

/* ---- the contenders ------------------------------------------------------------------------------ */

nd_command *bench_feed_debit(bench_slot *slot, const nd_command *done);
nd_command *bench_feed_run(bench_slot *slot, const nd_command *done); /* start, then settle */
int64_t bench_step_debit(bench_worker *worker);                       /* noema_economy_debit */
int64_t bench_step_apply(bench_worker *worker);                       /* noema_economy_apply */
int64_t bench_step_insert(bench_worker *worker);                      /* the server's limit */
int64_t naive_debit(bench_worker *worker);
int64_t naive_run(bench_worker *worker);

/* naive.c: a transaction of the naive program. The body appends worker->session to each command, and
 * leaves the last reply. */
typedef bool (*naive_body)(bench_worker *worker, void *order, bson_t *reply);
bool naive_transact(bench_worker *worker, naive_body body, void *order);
/* findAndModify; *after is usdCredit, *seq the count of entries then. */
bool naive_change(bench_worker *worker, const bson_t *filter, const bson_t *update, int64_t *after,
                  int64_t *seq, bson_t *reply);
bool naive_insert(bench_worker *worker, mongoc_collection_t *collection, const bson_t *document,
                  bson_t *reply);

/* ---- report.c -------------------------------------------------------------------------------------- */

typedef struct bench_report bench_report;
bench_report *bench_report_new(const bench_options *options);
void bench_report_free(bench_report *report);
void bench_report_place(bench_report *report, const char *part, const bench_place *place);
/* The figures of one contender. */
void bench_report_contender(bench_report *report, const char *part, const bench_contender *of,
                            int rounds);
/* A line of the table. unit: "/s" or "us". */
void bench_report_ratio(bench_report *report, const char *what, const char *unit, double engine,
                        const char *against, double other, const char *goal);
/* Prints the table, and writes the JSON file if one was asked for. */
void bench_report_end(bench_report *report);

/* parts.c: runs all, or the one of that name. */
void bench_parts_run(const bench_options *options, bench_report *report);
bool bench_parts_know(const char *name);
/* "uniform hot ..." */
void bench_parts_list(char *names, size_t size);

#endif
