/* Threads of a test that start at once. cmocka only in the test's thread. */
#ifndef ND_TEST_SUPPORT_RACE_H
#define ND_TEST_SUPPORT_RACE_H

#include <stddef.h>

/* run(workers + i * size) in as many threads, all let go at once; joins them. */
void race(void (*run)(void *worker), void *workers, size_t count, size_t size);

#endif
