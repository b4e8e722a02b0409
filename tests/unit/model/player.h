/* Plays the model's commands to the law, through the engine's fold over books that hold every record
 * of a small world. */
#ifndef ND_TESTS_PLAYER_H
#define ND_TESTS_PLAYER_H

#include "model.h"

typedef struct player player;

player *player_new(void);
void player_free(player *self);
void player_apply(player *self, int64_t now, const model_command *command, model_answer *answer);
/* Compares the answers, every account, and the invariants of both; difference stays "" when there is
 * none. */
void player_compare(player *self, const model *expecting, const model_answer *expected,
                    const model_answer *found, char *difference, size_t size);

#endif
