/* The log: off until a host gives a hook; one line a message; scrubbed of secrets by its callers
 * through nd_scrub. One a database handle. */
#ifndef ND_CORE_LOG_H
#define ND_CORE_LOG_H

#include "core/error.h"

typedef struct nd_log {
    noema_log_hook hook;
    void *context;
    int32_t level; /* messages above it are dropped; 0 = none */
} nd_log;

void nd_log_write(const nd_log *log, int32_t level, const char *room, const char *format, ...)
    ND_FORMAT(4, 5);
/* Replaces, in place, what stands between "://" and "@" of every URI, and the quoted values behind
 * "dup key:", by "***". */
void nd_scrub(char *text);

#endif
