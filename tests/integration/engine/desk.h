/* A handle with one committer, whose hands a test can fill: what is asked meanwhile becomes one
 * batch. */
#ifndef ND_TEST_ENGINE_DESK_H
#define ND_TEST_ENGINE_DESK_H

#include <pthread.h>

#include "support/bank.h"

enum { DESK_PATIENCE_MS = 30000 };

typedef struct desk_call {
    noema_db *door;
    const noema_command *commands;
    size_t count;
    noema_receipt *receipts;
    noema_error error;
} desk_call;

typedef struct desk {
    bank *at;
    noema_db *door;
    noema_id blocked; /* an account that somebody else's transaction keeps */
    mongoc_client_session_t *other;
    pthread_t blocker;
    desk_call call; /* of the blocker */
    noema_command command;
    noema_receipt receipt;
    char key[40];
} desk;

void desk_open(desk *made, bank *at);
void desk_close(desk *of);
/* The committer works in vain on an account, until it is let go. */
void desk_block(desk *of);
void desk_let_go(desk *of);
/* Waits until so many commands wait. */
void desk_await(const desk *of, int64_t waiting);
/* Commands of batches beyond the first of each, so far: how much was done together. */
int64_t desk_togetherness(const desk *of);
/* Applies commands as one batch, and proves that they were one. */
noema_error desk_apply_together(desk *of, const noema_command *commands, size_t count,
                                noema_receipt *receipts);
/* argument: a desk_call. */
void *desk_call_run(void *argument);

#endif
