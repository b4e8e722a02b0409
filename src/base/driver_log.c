/* The driver's log. Its handler is one a process, and what it prints may hold a password: so the
 * first open installs this one, unless the host keeps its own. It stays until the process ends. */
#include <string.h>

#include "base/base_private.h"

typedef struct entry {
    const nd_base *base;
    struct entry *older;
} entry;

/* Read by the handler, written by open and close. The handler only tries: a child of fork() may
 * have been born while another thread held the lock. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static entry *newest;
static bool installed;

static int32_t
level_of(mongoc_log_level_t level, const char *message)
{
    /* The end of nearly every transaction that met a conflict. */
    if (strncmp(message, "Error in abortTransaction", 25) == 0) {
        return NOEMA_LOG_DEBUG;
    }
    switch (level) {
    case MONGOC_LOG_LEVEL_ERROR:
    case MONGOC_LOG_LEVEL_CRITICAL:
    case MONGOC_LOG_LEVEL_WARNING:
        return NOEMA_LOG_WARN;
    case MONGOC_LOG_LEVEL_MESSAGE:
    case MONGOC_LOG_LEVEL_INFO:
    case MONGOC_LOG_LEVEL_DEBUG:
    case MONGOC_LOG_LEVEL_TRACE:
        break;
    }
    return 0;
}

static void
handle(mongoc_log_level_t level, const char *domain, const char *message, void *context)
{
    (void)context;
    int32_t at = level_of(level, message);
    if (at == 0 || pthread_rwlock_tryrdlock(&lock) != 0) {
        return;
    }
    if (newest != NULL) {
        nd_log_write(nd_base_log(newest->base), at, "driver", "%s: %s", domain, message);
    }
    (void)pthread_rwlock_unlock(&lock);
}

void
nd_driver_log_open(const nd_base *base)
{
    entry *made = nd_new(sizeof *made);
    made->base = base;
    (void)pthread_rwlock_wrlock(&lock);
    made->older = newest;
    newest = made;
    if (!installed && !base->options->keep_log_handler) {
        mongoc_log_set_handler(handle, NULL);
        installed = true;
    }
    (void)pthread_rwlock_unlock(&lock);
}

void
nd_driver_log_close(const nd_base *base)
{
    (void)pthread_rwlock_wrlock(&lock);
    entry **at = &newest;
    while (*at != NULL && (*at)->base != base) {
        at = &(*at)->older;
    }
    entry *gone = *at;
    if (gone != NULL) {
        *at = gone->older;
    }
    (void)pthread_rwlock_unlock(&lock);
    nd_delete(gone);
}
