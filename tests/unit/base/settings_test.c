/* What a URI may not weaken, and what is forced on one that is let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/options.h"
#include "base/settings_private.h"
#include "core/memory.h"

#define SECRET "s3cr3t%40canary"
#define NEAR "mongodb://joe:" SECRET "@127.0.0.1:27017/?replicaSet=rs0"
#define FAR "mongodb://joe:" SECRET "@db.example.com:27017/?replicaSet=rs0"

typedef struct row {
    const char *name;
    const char *uri;
    const char *refused; /* a word of the message; NULL: it is let through */
    bool allow_plaintext;
} row;

static row rows[] = {
    {"write_concern_0_is_refused",                       NEAR "&w=0",                                                    "w=0",               false},
    {"write_concern_1_is_refused",                       NEAR "&w=1",                                                    "w=1",               false},
    {"write_concern_2_is_refused",                       NEAR "&w=2",                                                    "w=2",               false},
    {"a_write_concern_of_its_own_is_refused",            NEAR "&w=twoDatacenters",                                       "a w of its own",    false},
    {"majority_is_let_through",                          NEAR "&w=majority&journal=true",                                NULL,                false},
    {"journal_off_is_refused",                           NEAR "&journal=false",                                          "journal=false",     false},
    {"journal_off_with_majority_is_refused",             NEAR "&w=majority&journal=false",                               "journal=false",
     false                                                                                                                                         },
    {"reading_from_secondaries_is_refused",              NEAR "&readPreference=secondaryPreferred",
     "readPreference",                                                                                                                        false},
    {"reading_from_the_nearest_is_refused",              NEAR "&readPreference=nearest",                                 "readPreference",
     false                                                                                                                                         },
    {"reading_from_the_primary_is_let_through",          NEAR "&readPreference=primary",                                 NULL,                false},
    {"local_reads_are_refused",                          NEAR "&readConcernLevel=local",                                 "readConcernLevel",  false},
    {"majority_reads_are_let_through",                   NEAR "&readConcernLevel=majority",                              NULL,                false},
    {"writes_that_are_not_retried_are_refused",          NEAR "&retryWrites=false",                                      "retryWrites=false",
     false                                                                                                                                         },
    {"reads_that_are_not_retried_are_refused",           NEAR "&retryReads=false",                                       "retryReads=false",  false},
    {"insecure_tls_is_refused",                          FAR "&tls=true&tlsInsecure=true",                               "tlsInsecure",       false},
    {"insecure_tls_is_refused_for_tests_too",            FAR "&tls=true&tlsInsecure=true",                               "tlsInsecure",
     true                                                                                                                                          },
    {"invalid_certificates_are_refused",                 FAR "&tls=true&tlsAllowInvalidCertificates=true",
     "tlsAllowInvalidCertificates",                                                                                                           false},
    {"invalid_host_names_are_refused",                   FAR "&tls=true&tlsAllowInvalidHostnames=true",
     "tlsAllowInvalidHostnames",                                                                                                              false},
    {"revoked_certificates_are_refused",                 FAR "&tls=true&tlsDisableCertificateRevocationCheck=true",
     "tlsDisableCertificateRevocationCheck",                                                                                                  false},
    {"switches_that_say_the_default_are_let_through",
     FAR "&tls=true&tlsInsecure=false&retryWrites=true",                                                                 NULL,                false},
    {"a_far_server_without_tls_is_refused",              FAR,                                                            "without TLS",       false},
    {"a_far_server_with_tls_switched_off_is_refused",    FAR "&tls=false",                                               "without TLS",       false},
    {"a_far_server_with_tls_is_let_through",             FAR "&tls=true",                                                NULL,                false},
    {"a_far_server_without_tls_is_let_through_in_tests", FAR,                                                            NULL,                true },
    {"one_far_server_among_near_ones_is_refused",
     "mongodb://127.0.0.1:1,db.example.com:2/?replicaSet=rs0",                                                           "without TLS",       false},
    {"localhost_is_near",                                "mongodb://localhost/?replicaSet=rs0",                          NULL,                false},
    {"the_loopback_of_ipv6_is_near",                     "mongodb://[::1]:27017/?replicaSet=rs0",                        NULL,                false},
    {"a_socket_file_is_near",                            "mongodb://%2Ftmp%2Fmongodb.sock/?replicaSet=rs0",              NULL,                false},
    {"a_name_that_begins_like_loopback_is_far",          "mongodb://127.0.0.1.example.com/?replicaSet=rs0",
     "without TLS",                                                                                                                           false},
    {"an_address_of_a_private_network_is_far",           "mongodb://10.0.0.1/?replicaSet=rs0",                           "without TLS",
     false                                                                                                                                         },
    {"compression_is_let_through",                       NEAR "&compressors=zlib",                                       NULL,                false},
    {"time_outs_are_let_through",                        NEAR "&socketTimeoutMS=300000&wtimeoutMS=1&connectTimeoutMS=1",
     NULL,                                                                                                                                    false},
    {"text_that_is_no_uri_is_refused",                   "mongo.example.com",                                            "no MongoDB URI",    false},
    {"a_uri_of_something_else_is_refused",               "https://joe:" SECRET "@example.com",                           "no MongoDB URI",
     false                                                                                                                                         },
    {"an_unescaped_password_is_refused",                 "mongodb://joe:s3cr3t/canary@127.0.0.1/",                       "no MongoDB URI",
     false                                                                                                                                         },
    {"a_bad_escape_in_the_password_is_refused",          "mongodb://joe:s3cr3t%zzcanary@127.0.0.1/",
     "no MongoDB URI",                                                                                                                        false},
    {"a_bad_option_is_refused",                          NEAR "&w=-7",                                                   "no MongoDB URI",    false},
    {"a_missing_uri_says_what_to_set",                   "",                                                             "NOEMA_MONGODB_URI", false},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static mongoc_uri_t *
take(const row *of, noema_error *error)
{
    mongoc_uri_t *uri = NULL;
    nd_options *options = nd_options_new();
    options->uri = nd_copy_string(of->uri);
    options->pool_size = 7;
    options->allow_plaintext = of->allow_plaintext;
    noema_status status = nd_settings_uri(options, &uri, error);
    assert_int_equal(status, uri != NULL ? NOEMA_OK : NOEMA_INVALID);
    nd_options_free(options);
    return uri;
}

static void
row_holds(void **state)
{
    const row *of = *state;
    noema_error error = {0};
    mongoc_uri_t *uri = take(of, &error);
    if (of->refused == NULL) {
        assert_non_null(uri);
        mongoc_uri_destroy(uri);
        return;
    }
    assert_null(uri);
    assert_int_equal(error.status, NOEMA_INVALID);
    assert_string_equal(error.field, "uri");
    assert_non_null(strstr(error.message, of->refused));
    assert_null(strstr(error.message, "canary"));
    assert_null(strstr(error.message, "s3cr3t"));
}

static void
a_uri_without_options_at_all_says_what_to_set(void **state)
{
    (void)state;
    noema_error error;
    mongoc_uri_t *uri = NULL;
    nd_options *options = nd_options_new();
    assert_int_equal(nd_settings_uri(options, &uri, &error), NOEMA_INVALID);
    assert_non_null(strstr(error.message, "NOEMA_MONGODB_URI"));
    nd_options_free(options);
}

static void
the_settings_are_forced(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t value;
    } forced[] = {
        {MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 1100},
        {MONGOC_URI_CONNECTTIMEOUTMS,         1000},
        {MONGOC_URI_SOCKETTIMEOUTMS,          2500},
        {MONGOC_URI_HEARTBEATFREQUENCYMS,     1000},
        {MONGOC_URI_WAITQUEUETIMEOUTMS,       2000},
        {MONGOC_URI_MAXPOOLSIZE,              7   },
    };
    row weak = {.uri = NEAR "&serverSelectionTimeoutMS=90000&socketTimeoutMS=300000"
                            "&heartbeatFrequencyMS=60000&maxPoolSize=1000&wtimeoutMS=99000"};
    noema_error error;
    mongoc_uri_t *uri = take(&weak, &error);
    assert_non_null(uri);
    for (size_t i = 0; i < sizeof forced / sizeof forced[0]; i++) {
        assert_int_equal(mongoc_uri_get_option_as_int32(uri, forced[i].name, -1), forced[i].value);
    }
    assert_true(mongoc_uri_get_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false));
    assert_true(mongoc_uri_get_option_as_bool(uri, MONGOC_URI_RETRYREADS, false));
    const mongoc_write_concern_t *concern = mongoc_uri_get_write_concern(uri);
    assert_int_equal(mongoc_write_concern_get_w(concern), MONGOC_WRITE_CONCERN_W_MAJORITY);
    assert_true(mongoc_write_concern_get_journal(concern));
    assert_int_equal(mongoc_write_concern_get_wtimeout_int64(concern), 1500);
    assert_string_equal(mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri)),
                        "majority");
    mongoc_uri_destroy(uri);
}

/* The driver warns on stderr about URIs that it refuses. */
static void
say_nothing(mongoc_log_level_t level, const char *domain, const char *message, void *context)
{
    (void)level;
    (void)domain;
    (void)message;
    (void)context;
}

int
main(void)
{
    static struct CMUnitTest tests[ROWS + 2] = {
        cmocka_unit_test(a_uri_without_options_at_all_says_what_to_set),
        cmocka_unit_test(the_settings_are_forced),
    };
    for (size_t i = 0; i < ROWS; i++) {
        tests[i + 2] = (struct CMUnitTest){rows[i].name, row_holds, NULL, NULL, &rows[i]};
    }
    mongoc_init();
    mongoc_log_set_handler(say_nothing, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
