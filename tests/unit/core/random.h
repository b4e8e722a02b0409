/* Random values for tests: a seed that is printed, or given in ND_SEED to see a failure again. */
#ifndef ND_TEST_CORE_RANDOM_H
#define ND_TEST_CORE_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t random_state;

static inline void
random_begin(const char *test)
{
    const char *given = getenv("ND_SEED");
    random_state = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("%s: ND_SEED=%" PRIu64 "\n", test, random_state);
}

/* SplitMix64. */
static inline uint64_t
random_next(void)
{
    uint64_t x = (random_state += UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#endif
