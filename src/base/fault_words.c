/* Words for verdicts, and for what the driver says about servers that it can't use. Everything that
 * goes out is scrubbed. */
#include <stdio.h>
#include <string.h>

#include "base/faults_private.h"

/* ---- what to tell ------------------------------------------------------------------------------- */

/* The index' first key that is not _id, or "_id". */
static void
field_of_key(const char *key, char *field, size_t size)
{
    const char *name = strncmp(key, "_id ", 4) == 0 ? key + 4 : key;
    (void)snprintf(field, size, "%.*s", (int)strcspn(name, " "), name);
}

static void
tell_duplicate(nd_phase phase, const nd_facts *found, noema_error *error)
{
    (void)phase;
    char field[sizeof found->key];
    field_of_key(found->key, field, sizeof field);
    (void)nd_fail(error, NOEMA_TAKEN, field, "another document has this value already");
}

static void
tell_unanswered(const nd_facts *found, noema_error *error)
{
    const char *reason;
    char sentence[200];
    nd_fault_explain(found->message, &reason, sentence, sizeof sentence);
    (void)nd_fail_reason(error, NOEMA_UNAVAILABLE, reason, NULL, "%s", sentence);
}

/* Inside a transaction all commands are this library's own. */
static bool
is_ours(nd_phase phase)
{
    return phase == ND_PHASE_INSIDE || phase == ND_PHASE_COMMIT;
}

/* Of a command that is wrong in itself. */
static void
tell_other(nd_phase phase, const nd_facts *found, noema_error *error)
{
    if (found->nature == ND_NATURE_TIME) {
        (void)nd_fail(error, NOEMA_TIMEOUT, NULL, "the server needs more time for it than it may");
    } else if (found->nature == ND_NATURE_DISK) {
        (void)nd_fail(error, NOEMA_UNAVAILABLE, NULL, "the server's disk is full");
    } else if (found->nature == ND_NATURE_NO_SET) {
        (void)nd_fail_reason(error, NOEMA_UNSUPPORTED, "STANDALONE", NULL,
                             "the server is no member of a replica set: it has no transactions");
    } else {
        (void)nd_fail(error, is_ours(phase) ? NOEMA_INTERNAL : NOEMA_INVALID, NULL,
                      "the server refuses the command: %s", found->message);
    }
}

/* What would do better in a moment is told only when there is no moment left. */
static void
tell_unavailable(nd_phase phase, const nd_facts *found, noema_error *error)
{
    (void)phase;
    if (found->nature == ND_NATURE_LOGIN) {
        (void)nd_fail_reason(error, NOEMA_UNAVAILABLE, "AUTH", NULL,
                             "the server refuses the user or the password of the URI");
        error->flags = 0;
    } else if (found->answered) {
        (void)nd_fail(error, NOEMA_TIMEOUT, NULL, "the deadline passed; the last answer was: %s",
                      found->message);
    } else {
        tell_unanswered(found, error);
    }
}

static void
tell_document(nd_phase phase, const nd_facts *found, noema_error *error)
{
    (void)found;
    (void)nd_fail_reason(error, is_ours(phase) ? NOEMA_INTERNAL : NOEMA_INVALID, "VALIDATOR", NULL,
                         "the collection's validator refuses the document");
}

static void
tell_privilege(nd_phase phase, const nd_facts *found, noema_error *error)
{
    (void)phase;
    (void)nd_fail_reason(error, NOEMA_UNAVAILABLE, "PRIVILEGE", NULL,
                         "the user of the URI may not do this: %s", found->message);
    error->flags = 0;
}

static void
tell_unknown(nd_phase phase, const nd_facts *found, noema_error *error)
{
    (void)phase;
    (void)nd_fail(error, NOEMA_OUTCOME_UNKNOWN, NULL, "%s: %s",
                  found->answered ? "no majority has confirmed it" : "the reply was lost",
                  found->message);
}

void
nd_fault_tell(nd_phase phase, nd_fault fault, const nd_facts *facts, noema_error *error)
{
    static void (*const tellers[])(nd_phase, const nd_facts *, noema_error *) = {
        [ND_FAULT_TRANSIENT] = tell_unavailable, [ND_FAULT_DUPLICATE] = tell_duplicate,
        [ND_FAULT_DOCUMENT] = tell_document,     [ND_FAULT_PRIVILEGE] = tell_privilege,
        [ND_FAULT_UNKNOWN] = tell_unknown,       [ND_FAULT_UNAVAILABLE] = tell_unavailable,
        [ND_FAULT_OTHER] = tell_other,
    };
    tellers[fault](phase, facts, error);
    error->server_code = facts->answered ? facts->code : 0;
}

/* ---- sentences ---------------------------------------------------------------------------------- */

void
nd_fault_explain(const char *driver_message, const char **reason, char *sentence, size_t size)
{
    static const struct {
        const char *words; /* of the driver */
        const char *reason;
        const char *sentence; /* NULL: the driver's own */
    } rows[] = {
        {"authentication fail", "AUTH",    "the server refuses the user or the password of the URI"},
        {"failed to resolve",   "DNS",     "the host's name can't be resolved"                     },
        {"srv record",          "DNS",     NULL                                                    },
        {"tls",                 "TLS",     NULL                                                    },
        {"certificate",         "TLS",     NULL                                                    },
        {"ssl",                 "TLS",     NULL                                                    },
        {"connection refused",  "REFUSED", "nothing listens there; is the server running?"         },
        {"failed to connect",   "REFUSED", "no connection can be made; is the server running?"     },
        {"timeout",             "SILENT",  "it does not answer"                                    },
        {"timed out",           "SILENT",  "it does not answer"                                    },
    };
    *reason = "";
    const char *words = driver_message;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && (*reason)[0] == '\0'; i++) {
        if (strcasestr(driver_message, rows[i].words) != NULL) {
            *reason = rows[i].reason;
            words = rows[i].sentence != NULL ? rows[i].sentence : driver_message;
        }
    }
    char whole[sizeof((bson_error_t *)0)->message];
    (void)snprintf(whole, sizeof whole, "%s", words);
    nd_scrub(whole);
    (void)snprintf(sentence, size, "%s", whole);
}
