/* The settings of the driver. What a URI may not weaken is refused by name; time-outs and sizes are
 * simply set. The figures are measured (a longer socket time-out stalls every thread for its whole
 * length when a primary freezes; below 1100 ms of selection the driver's own retry of a commit found
 * no server). */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/settings_private.h"

/* ---- what is set -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int32_t value;
} numbers[] = {
    {MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 1100},
    {MONGOC_URI_CONNECTTIMEOUTMS,         1000},
    {MONGOC_URI_SOCKETTIMEOUTMS,          2500},
    {MONGOC_URI_HEARTBEATFREQUENCYMS,     1000},
    {MONGOC_URI_WAITQUEUETIMEOUTMS,       2000},
};
enum { WTIMEOUT_MS = 1500 };

static bool
set_numbers(mongoc_uri_t *uri, const nd_options *options)
{
    bool done =
        mongoc_uri_set_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, (int32_t)options->pool_size);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        done = done && mongoc_uri_set_option_as_int32(uri, numbers[i].name, numbers[i].value);
    }
    return done && mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true) &&
           mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, true);
}

static void
set_concerns(mongoc_uri_t *uri)
{
    mongoc_write_concern_t *durable = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(durable, WTIMEOUT_MS);
    mongoc_write_concern_set_journal(durable, true);
    mongoc_uri_set_write_concern(uri, durable);
    mongoc_write_concern_destroy(durable);

    mongoc_read_concern_t *majority = mongoc_read_concern_new();
    (void)mongoc_read_concern_set_level(majority, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_read_concern(uri, majority);
    mongoc_read_concern_destroy(majority);
}

/* ---- what is refused ---------------------------------------------------------------------------- */

static noema_status
refuse(noema_error *error, const char *what, const char *why)
{
    return nd_fail(error, NOEMA_INVALID, "uri", "%s is refused: %s", what, why);
}

static noema_status
check_write_concern(const mongoc_uri_t *uri, noema_error *error)
{
    const mongoc_write_concern_t *concern = mongoc_uri_get_write_concern(uri);
    const char *tag = mongoc_write_concern_get_wtag(concern);
    int32_t w = mongoc_write_concern_get_w(concern);
    if (mongoc_write_concern_journal_is_set(concern) &&
        !mongoc_write_concern_get_journal(concern)) {
        return refuse(error, "journal=false", "money must reach the disk (leave it out)");
    }
    if (tag != NULL) {
        return refuse(error, "a w of its own", "writes wait for the majority (leave it out)");
    }
    if (w == MONGOC_WRITE_CONCERN_W_DEFAULT || w == MONGOC_WRITE_CONCERN_W_MAJORITY) {
        return NOEMA_OK;
    }
    char what[32];
    (void)snprintf(what, sizeof what, "w=%d", (int)w);
    return refuse(error, what, "writes wait for the majority (leave it out)");
}

static noema_status
check_reads(const mongoc_uri_t *uri, noema_error *error)
{
    const mongoc_read_prefs_t *preference = mongoc_uri_get_read_prefs_t(uri);
    const char *level = mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri));
    if (preference != NULL && mongoc_read_prefs_get_mode(preference) != MONGOC_READ_PRIMARY) {
        return refuse(error, "readPreference", "only the primary knows the balance (leave it out)");
    }
    if (level != NULL && strcmp(level, MONGOC_READ_CONCERN_LEVEL_MAJORITY) != 0) {
        return refuse(error, "readConcernLevel", "reads are majority reads (leave it out)");
    }
    return NOEMA_OK;
}

static noema_status
check_switches(const mongoc_uri_t *uri, noema_error *error)
{
    static const struct {
        const char *name;
        bool refused;
        const char *shown;
        const char *why;
    } rows[] = {
        {MONGOC_URI_RETRYWRITES,                          false, "retryWrites=false",           "a lost reply would be an error"       },
        {MONGOC_URI_RETRYREADS,                           false, "retryReads=false",            "a lost reply would be an error"       },
        {MONGOC_URI_TLSINSECURE,                          true,  "tlsInsecure",                 "anybody could pose as the server"     },
        {MONGOC_URI_TLSALLOWINVALIDCERTIFICATES,          true,  "tlsAllowInvalidCertificates",
         "anybody could pose as the server"                                                                                            },
        {MONGOC_URI_TLSALLOWINVALIDHOSTNAMES,             true,  "tlsAllowInvalidHostnames",
         "anybody could pose as the server"                                                                                            },
        {MONGOC_URI_TLSDISABLECERTIFICATEREVOCATIONCHECK, true,
         "tlsDisableCertificateRevocationCheck",                                                "a stolen certificate would be trusted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool value = mongoc_uri_get_option_as_bool(uri, rows[i].name, !rows[i].refused);
        if (value == rows[i].refused) {
            return refuse(error, rows[i].shown, rows[i].why);
        }
    }
    return NOEMA_OK;
}

static bool
is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    if (inet_pton(AF_INET6, host, &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return strcmp(host, "localhost") == 0 || host[0] == '/'; /* a socket in the file system */
}

/* Hosts of an SRV record are not known yet: they count as far away. */
static noema_status
check_plaintext(const mongoc_uri_t *uri, const nd_options *options, noema_error *error)
{
    if (mongoc_uri_get_tls(uri) || options->allow_plaintext) {
        return NOEMA_OK;
    }
    bool is_near = mongoc_uri_get_srv_hostname(uri) == NULL;
    const mongoc_host_list_t *host = mongoc_uri_get_hosts(uri);
    for (; host != NULL && is_near; host = host->next) {
        is_near = is_loopback(host->host);
    }
    return is_near ? NOEMA_OK
                   : refuse(error, "a server beyond this machine without TLS",
                            "add tls=true (the option allow_plaintext is for tests)");
}

/* ---- the URI ------------------------------------------------------------------------------------ */

/* The driver's own message would quote the URI, and with it the password. */
static noema_status
parse(const nd_options *options, mongoc_uri_t **uri, noema_error *error)
{
    if (options->uri == NULL || options->uri[0] == '\0') {
        return nd_fail(error, NOEMA_INVALID, "uri",
                       "no server is named: set NOEMA_MONGODB_URI, or the option uri, to "
                       "something like mongodb://127.0.0.1:27017/?replicaSet=rs0");
    }
    bson_error_t ignored;
    *uri = mongoc_uri_new_with_error(options->uri, &ignored);
    nd_wipe(&ignored, sizeof ignored);
    if (*uri == NULL) {
        return nd_fail(error, NOEMA_INVALID, "uri",
                       "is no MongoDB URI; it looks like "
                       "mongodb://user:password@host:27017/?replicaSet=rs0&tls=true, with "
                       "'@', ':', '/' and '%%' of user and password written as %%40, %%3A...");
    }
    return NOEMA_OK;
}

static noema_status
check(const mongoc_uri_t *uri, const nd_options *options, noema_error *error)
{
    ND_TRY(check_write_concern(uri, error));
    ND_TRY(check_reads(uri, error));
    ND_TRY(check_switches(uri, error));
    return check_plaintext(uri, options, error);
}

noema_status
nd_settings_uri(const nd_options *options, mongoc_uri_t **uri, noema_error *error)
{
    mongoc_uri_t *made = NULL;
    *uri = NULL;
    ND_TRY(parse(options, &made, error));
    noema_status status = check(made, options, error);
    if (status == NOEMA_OK && !set_numbers(made, options)) {
        status = nd_fail(error, NOEMA_INTERNAL, "uri", "the driver takes no such setting");
    }
    if (status != NOEMA_OK) {
        mongoc_uri_destroy(made);
        return status;
    }
    set_concerns(made);
    *uri = made;
    return NOEMA_OK;
}
