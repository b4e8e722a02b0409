/* A handle whose engine's look-up of payers and entries is held up for a moment, so that what is
 * asked meanwhile is looked up together. */
#ifndef ND_TEST_ENGINE_LOOKUP_H
#define ND_TEST_ENGINE_LOOKUP_H

#include <pthread.h>

#include "support/bank.h"
#include "support/relay.h"

typedef struct lookup {
    noema_db *door;
    relay *between;
    pthread_t first;
    pthread_t releaser;
} lookup;

void lookup_open(lookup *made, bank *at);
void lookup_close(lookup *of);
/* The next look-up begins, and ends in a moment. */
void lookup_hold(lookup *of);

#endif
