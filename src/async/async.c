/* Threads and waiting over pthreads. A failing lock is a bug of ours, and ends the process. */
#include "async/async.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

static void
must(int result)
{
    if (result != 0) {
        abort();
    }
}

bool
nd_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0) {
        return false;
    }
    pthread_setname_np(*thread, name);
    return true;
}

void
nd_lock_init(pthread_mutex_t *mutex)
{
    must(pthread_mutex_init(mutex, NULL));
}

void
nd_lock(pthread_mutex_t *mutex)
{
    must(pthread_mutex_lock(mutex));
}

void
nd_unlock(pthread_mutex_t *mutex)
{
    must(pthread_mutex_unlock(mutex));
}

void
nd_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes));
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must(pthread_cond_init(condition, &attributes));
    pthread_condattr_destroy(&attributes);
}

bool
nd_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, nd_deadline deadline)
{
    struct timespec until = {.tv_sec = deadline.at_ms / 1000,
                             .tv_nsec = (deadline.at_ms % 1000) * 1000000};
    int result = pthread_cond_timedwait(condition, mutex, &until);
    if (result == ETIMEDOUT) {
        return false;
    }
    must(result);
    return true;
}
