/* What a database handle is opened with. */
#ifndef ND_BASE_OPTIONS_H
#define ND_BASE_OPTIONS_H

#include "core/crypto.h"
#include "core/error.h"
#include "core/log.h"

/* Owned strings; zero = not given. Made whole by nd_options_finish. */
typedef struct nd_options {
    char *uri;
    char *database;
    char *app_name;
    char *actor;
    uint32_t timeout_ms;
    uint32_t pool_size;
    uint32_t queue_capacity;
    uint32_t committers;
    bool reaper;
    bool reaper_given;
    bool allow_plaintext;
    bool allow_plaintext_given;
    bool keep_log_handler; /* the host keeps its own mongoc log handler */
    bool keep_log_handler_given;
    nd_secret *ledger_key;
    nd_secret *api_pepper;
    nd_log log;
} nd_options;

nd_options *nd_options_new(void);
void nd_options_free(nd_options *options);
nd_options *nd_options_copy(const nd_options *options);
/* By the names of the public header; numbers are checked against their ranges. INVALID names the
 * option, and for an unknown one the message lists all. */
ND_MUST noema_status nd_options_set(nd_options *options, const char *name, const char *value,
                                    noema_error *error);
/* ledger_key, api_pepper: 32 bytes to 4 KiB; one final newline is lost. */
ND_MUST noema_status nd_options_set_secret(nd_options *options, const char *name, const void *bytes,
                                           size_t length, noema_error *error);
/* Fills what was not given from the environment (NOEMA_MONGODB_URI, NOEMA_DATABASE, NOEMA_ACTOR,
 * NOEMA_TIMEOUT_MS..., NOEMA_LEDGER_KEY_FILE, NOEMA_API_PEPPER_FILE), then from the defaults. A
 * secret's file that others may read is INVALID. */
ND_MUST noema_status nd_options_finish(nd_options *options, noema_error *error);
/* name, environment variable, default, one line of doc; false beyond the last. */
bool nd_options_describe(size_t index, const char **name, const char **environment,
                         const char **fallback, const char **doc);

#endif
