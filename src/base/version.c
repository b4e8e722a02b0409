/* What this library is made of. */
#include <mongoc/mongoc.h>
#include <noemadb.h>
#include <pthread.h>
#include <stdio.h>

#include "base/base.h"

static char version[96];

static void
make_version(void)
{
    snprintf(version, sizeof(version), "%d.%d.%d (mongo-c-driver %s)", NOEMA_VERSION_NUMBER >> 16,
             NOEMA_VERSION_NUMBER >> 8 & 0xff, NOEMA_VERSION_NUMBER & 0xff, mongoc_get_version());
}

const char *
nd_base_version(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_version);
    return version;
}
