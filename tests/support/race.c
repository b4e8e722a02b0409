#include "support/race.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <pthread.h>
#include <cmocka.h>

typedef struct starter {
    pthread_t thread;
    pthread_barrier_t *gate;
    void (*run)(void *worker);
    void *worker;
} starter;

static void *
start(void *argument)
{
    starter *mine = argument;
    (void)pthread_barrier_wait(mine->gate);
    mine->run(mine->worker);
    return NULL;
}

void
race(void (*run)(void *worker), void *workers, size_t count, size_t size)
{
    pthread_barrier_t gate;
    starter *starters = calloc(count, sizeof *starters);
    assert_non_null(starters);
    assert_int_equal(pthread_barrier_init(&gate, NULL, (unsigned)count), 0);
    for (size_t i = 0; i < count; i++) {
        starters[i] = (starter){.gate = &gate, .run = run, .worker = (char *)workers + i * size};
        assert_int_equal(pthread_create(&starters[i].thread, NULL, start, &starters[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(starters[i].thread, NULL);
    }
    (void)pthread_barrier_destroy(&gate);
    free(starters);
}
