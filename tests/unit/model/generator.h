/* Seeded streams of commands for the model and what is compared with it: the same seed, the same
 * stream. It aims at the corners: keys used again, balances taken to the last nano, credit at its
 * bound, full lists of grants, late runs. It looks at the model's public state only, and so never
 * knows whether a command was applied. */
#ifndef ND_TESTS_GENERATOR_H
#define ND_TESTS_GENERATOR_H

#include "model.h"

enum { GENERATOR_RECENT = 32 };

typedef struct generator_ring {
    int64_t count;
    model_command items[GENERATOR_RECENT];
} generator_ring;

typedef struct generator {
    uint64_t state;
    int next_key;
    int crowd_left; /* commands that still fill the grants of one account */
    int crowd_account;
    generator_ring money, payments, starts; /* what took a key, by name space */
    generator_ring debits, opened;          /* of those, what an account could pay for */
    generator_ring settles;
} generator;

void generator_init(generator *g, uint64_t seed);
/* The next command and its time. *now is the caller's clock, > 0 at first; it moves on, and now
 * and then back a little. `m` may be a new model at any time. */
void generator_next(generator *g, const model *m, int64_t *now, model_command *command);

#endif
