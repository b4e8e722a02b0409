/* Chance, for the generator's two parts: which command (generator.c) and what is in it
 * (generator_fill.c). */
#ifndef ND_TESTS_GENERATOR_PRIVATE_H
#define ND_TESTS_GENERATOR_PRIVATE_H

#include "generator.h"

/* 0 .. n - 1; splitmix64. Two draws never stand in one expression: C leaves their order open. */
int64_t generator_below(generator *g, int64_t n);
bool generator_chance(generator *g, int percent);
/* One of the ring, mostly a young one; NULL: it is empty. */
const model_command *generator_recall(generator *g, const generator_ring *ring);
void generator_fill(generator *g, const model *m, int64_t now, model_command *command);
/* The commands of a crowd: distinct grants for one account until no more fit, and refunds then. */
void generator_fill_crowd(generator *g, const model *m, int64_t now, model_command *command);

#endif
