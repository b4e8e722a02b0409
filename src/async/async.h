/* Threads and waiting. Knows no operation. */
#ifndef ND_ASYNC_ASYNC_H
#define ND_ASYNC_ASYNC_H

#include <pthread.h>

#include "core/clock.h"
#include "core/error.h"

/* A thread with all signals blocked, so that the host's handlers never run in it. name: at most 15
 * bytes. false: the system has none. */
ND_MUST bool nd_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
                             void *argument);

void nd_lock_init(pthread_mutex_t *mutex);
void nd_lock(pthread_mutex_t *mutex);
void nd_unlock(pthread_mutex_t *mutex);
/* A condition on the monotonic clock. */
void nd_condition_init(pthread_cond_t *condition);
/* false: the deadline passed. */
bool nd_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, nd_deadline deadline);

#endif
