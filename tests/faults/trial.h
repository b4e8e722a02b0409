/* An operation under a fault: asked for once, with what it was told compared with what is stored; then
 * once more in peace by the same key. Trials may run in threads of their own: they use no cmocka,
 * and keep the first thing that was wrong as a sentence. */
#ifndef ND_TEST_FAULTS_TRIAL_H
#define ND_TEST_FAULTS_TRIAL_H

#include <noemadb.h>

#include "support/bank.h"

typedef struct trial_operation trial_operation;

typedef struct trial {
    const trial_operation *operation;
    bank *at;
    mongoc_client_t *client; /* its own */
    noema_db *door;          /* whose commands meet the fault */
    bool is_shared;          /* the account: the bank's own handle writes it before each ask, too */
    noema_id account;
    noema_id entry; /* of the debit that is given back */
    noema_id run;   /* that is settled */
    char key[40];
    /* The answer. */
    noema_status told;
    uint32_t flags;
    bool has_token; /* of a start */
    noema_error error;
    char problem[400]; /* "": none */
} trial;

struct trial_operation {
    const char *name;
    bool aggregates;            /* in its transaction, too */
    bool reads_before;          /* its transaction, and outside of it */
    void (*prepare)(trial *of); /* by the bank's own handle, which meets no fault; NULL: nothing */
    noema_status (*ask)(trial *of, noema_db *door);
    int64_t (*count)(const trial *of); /* how often it is stored */
};

enum {
    TRIAL_CREDIT,
    TRIAL_DEBIT,
    TRIAL_REFUND,
    TRIAL_START,
    TRIAL_SETTLE,
    TRIAL_FAIL, /* a settlement that moves no money, and so writes no entry */
    TRIAL_VOID,
    TRIAL_OPERATIONS
};
extern const trial_operation trial_operations[TRIAL_OPERATIONS];

/* Of one of the operations, on an account of its own, with credit. In the test's thread. */
trial trial_open(bank *at, noema_db *door, int operation);
void trial_close(trial *of);
/* A new key, and what the operation needs to be there. */
void trial_prepare(trial *of);
void trial_ask(trial *of);
/* OK: stored once, and not called a replay; refused: not stored; unknown: at most once. Otherwise
 * that is the problem, under `what`. */
void trial_judge(trial *of, const char *what);
/* It must have gone well, too. */
void trial_must_be_done(trial *of, const char *what);
/* The same again by the bank's own handle: OK, and stored once. */
void trial_ask_again(trial *of, const char *what);

/* Ends all open transactions, as the server does with those that are left alone for 10 s. */
void trial_end_transactions(mongoc_client_t *client);

#endif
