/* Opening: what is refused and how that is told, forks, stop, the pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "support/base_fixture.h"

/* ---- helpers ------------------------------------------------------------------------------------ */

typedef struct journal {
    char text[8192];
} journal;

static void
write_journal(void *context, int32_t level, const char *room, const char *message)
{
    journal *to = context;
    (void)level;
    size_t length = strlen(to->text);
    (void)snprintf(to->text + length, sizeof to->text - length, "%s: %s\n", room, message);
}

/* Opens a URI with plain text allowed, and closes what it got. */
static noema_status
open_uri(const char *uri, journal *log, noema_error *error)
{
    nd_options *options = nd_options_new();
    nd_metrics *metrics = nd_metrics_new();
    nd_base *base = NULL;
    assert_int_equal(nd_options_set(options, "uri", uri, error), NOEMA_OK);
    assert_int_equal(nd_options_set(options, "database", "noema_test_open", error), NOEMA_OK);
    assert_int_equal(nd_options_set(options, "allow_plaintext", "on", error), NOEMA_OK);
    assert_int_equal(nd_options_finish(options, error), NOEMA_OK);
    if (log != NULL) {
        options->log = (nd_log){write_journal, log, NOEMA_LOG_DEBUG};
    }
    noema_status status = nd_base_open(options, metrics, &base, error);
    assert_int_equal(base != NULL, status == NOEMA_OK);
    nd_base_close(base);
    nd_metrics_free(metrics);
    nd_options_free(options);
    return status;
}

/* The server's URI with something in the place of its first "//". */
static void
with_user(char *to, size_t size, const char *user)
{
    const char *rest = strstr(base_fixture_uri(), "//") + 2;
    (void)snprintf(to, size, "mongodb://%s%s", user, rest);
}

/* ---- tests -------------------------------------------------------------------------------------- */

static void
an_open_base_answers_and_knows_the_time(void **state)
{
    base_fixture *on = *state;
    nd_deadline deadline = nd_base_deadline(on->base, 2000);
    assert_int_equal(nd_base_ping(on->base, deadline, &on->error), NOEMA_OK);
    assert_in_range(nd_clock_skew(nd_base_clock(on->base)) + 1000, 0, 2000);
    char *metrics = nd_metrics_json(on->metrics);
    assert_non_null(strstr(metrics, "base.ping"));
    nd_delete(metrics);
}

static void
a_passed_deadline_sends_nothing(void **state)
{
    base_fixture *on = *state;
    nd_deadline passed = nd_deadline_in(0);
    assert_int_equal(nd_base_ping(on->base, passed, &on->error), NOEMA_TIMEOUT);
    assert_true((on->error.flags & NOEMA_RETRYABLE) != 0);
}

static void
a_server_that_is_not_there_is_unavailable_within_two_seconds(void **state)
{
    (void)state;
    noema_error error;
    int64_t started = nd_monotonic_ms();
    assert_int_equal(open_uri("mongodb://127.0.0.1:1/?replicaSet=rs0", NULL, &error),
                     NOEMA_UNAVAILABLE);
    assert_in_range(nd_monotonic_ms() - started, 0, 2500);
    assert_string_equal(error.reason, "REFUSED");
    assert_non_null(strstr(error.message, "127.0.0.1:1"));
}

static void
a_name_that_nobody_knows_says_so(void **state)
{
    (void)state;
    noema_error error;
    assert_int_equal(open_uri("mongodb://nosuch.invalid:1/?replicaSet=rs0", NULL, &error),
                     NOEMA_UNAVAILABLE);
    assert_string_equal(error.reason, "DNS");
}

static void
a_wrong_set_name_says_both_names(void **state)
{
    (void)state;
    char uri[300];
    noema_error error;
    const char *given = base_fixture_uri();
    const char *at = strstr(given, "replicaSet=rs0");
    if (at == NULL) {
        skip();
    }
    (void)snprintf(uri, sizeof uri, "%.*sreplicaSet=other%s", (int)(at - given), given, at + 14);
    assert_int_equal(open_uri(uri, NULL, &error), NOEMA_UNAVAILABLE);
    assert_string_equal(error.reason, "SET_NAME");
    assert_non_null(strstr(error.message, "'rs0'"));
    assert_non_null(strstr(error.message, "'other'"));
}

static void
a_wrong_password_is_told_without_it(void **state)
{
    (void)state;
    char uri[300];
    noema_error error;
    journal log = {""};
    with_user(uri, sizeof uri, "joe:s3cr3tcanary@");
    assert_int_equal(open_uri(uri, &log, &error), NOEMA_UNAVAILABLE);
    assert_string_equal(error.reason, "AUTH");
    assert_int_equal(error.flags, 0);
    assert_null(strstr(error.message, "canary"));
    assert_null(strstr(log.text, "canary"));
    assert_non_null(strstr(log.text, "driver: ")); /* its warning came here and not to stderr */
}

static void
a_server_without_tls_is_told_to_be_one(void **state)
{
    (void)state;
    char uri[300];
    noema_error error;
    (void)snprintf(uri, sizeof uri, "%s&tls=true", base_fixture_uri());
    assert_int_equal(open_uri(uri, NULL, &error), NOEMA_UNAVAILABLE);
    assert_string_equal(error.reason, "TLS");
}

static uint32_t
count_databases(base_fixture *on, const char *name)
{
    bson_t view;
    bson_iter_t at;
    nd_bson reply =
        base_fixture_run(on, "admin",
                         BCON_NEW("listDatabases", BCON_INT32(1), "nameOnly", BCON_BOOL(true),
                                  "filter", "{", "name", BCON_UTF8(name), "}"));
    assert_true(nd_bson_open(reply, &view));
    assert_true(bson_iter_init_find(&at, &view, "databases"));
    bson_t list;
    assert_true(nd_bson_enter(&at, &list));
    return bson_count_keys(&list);
}

static void
a_refused_uri_leaves_the_server_alone(void **state)
{
    static const char *const weak[] = {"w=0", "w=1", "journal=false", "readPreference=secondary",
                                       "retryWrites=false"};
    base_fixture *on = *state;
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        char uri[300];
        (void)snprintf(uri, sizeof uri, "%s&%s", base_fixture_uri(), weak[i]);
        assert_int_equal(open_uri(uri, NULL, &on->error), NOEMA_INVALID);
    }
    assert_int_equal(count_databases(on, "noema_test_open"), 0);
}

static void
an_open_alone_makes_no_database(void **state)
{
    base_fixture *on = *state;
    assert_int_equal(open_uri(base_fixture_uri(), NULL, &on->error), NOEMA_OK);
    assert_int_equal(count_databases(on, "noema_test_open"), 0);
}

/* ---- a standalone server ------------------------------------------------------------------------ */

extern char **environ;

typedef struct lonely {
    char dir[64];
    char port[8];
    pid_t pid;
} lonely;

static void
start_lonely(lonely *server, const char *mongod)
{
    char db[80];
    char log[80];
    (void)snprintf(server->dir, sizeof server->dir, "/tmp/noema_lonely_XXXXXX");
    assert_non_null(mkdtemp(server->dir));
    (void)snprintf(db, sizeof db, "%s/db", server->dir);
    (void)snprintf(log, sizeof log, "%s/log", server->dir);
    assert_int_equal(mkdir(db, 0700), 0);
    (void)snprintf(server->port, sizeof server->port, "%u", 33000 + nd_random_below(20000));
    const char *arguments[] = {mongod,
                               "--dbpath",
                               db,
                               "--port",
                               server->port,
                               "--bind_ip",
                               "127.0.0.1",
                               "--nounixsocket",
                               "--logpath",
                               log,
                               "--wiredTigerCacheSizeGB",
                               "0.25",
                               NULL};
    char *words[sizeof arguments / sizeof arguments[0]];
    memcpy(words, arguments, sizeof words);
    assert_int_equal(posix_spawn(&server->pid, mongod, NULL, NULL, words, environ), 0);
}

static void
stop_lonely(const lonely *server)
{
    char command[100];
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)snprintf(command, sizeof command, "rm -rf %s", server->dir);
    (void)!system(command);
}

static void
is_told_to_join_a_set(const lonely *server, const char *options)
{
    char uri[100];
    noema_error error;
    noema_status status = NOEMA_UNAVAILABLE;
    (void)snprintf(uri, sizeof uri, "mongodb://127.0.0.1:%s/%s", server->port, options);
    for (int i = 0; i < 20 && status == NOEMA_UNAVAILABLE; i++) {
        status = open_uri(uri, NULL, &error);
    }
    assert_int_equal(status, NOEMA_UNSUPPORTED);
    assert_string_equal(error.reason, "STANDALONE");
    assert_non_null(strstr(error.message, "--replSet"));
    assert_non_null(strstr(error.message, "rs.initiate()"));
}

static void
a_standalone_server_is_refused_with_the_way_out(void **state)
{
    (void)state;
    lonely server;
    const char *mongod = getenv("NOEMA_TEST_MONGOD");
    if (mongod == NULL) {
        skip();
    }
    assert_true(nd_crypto_init());
    start_lonely(&server, mongod);
    is_told_to_join_a_set(&server, "");
    is_told_to_join_a_set(&server, "?directConnection=true");
    is_told_to_join_a_set(&server, "?replicaSet=rs0");
    stop_lonely(&server);
}

/* ---- forks, threads ------------------------------------------------------------------------------ */

static int
try_in_child(base_fixture *on)
{
    nd_deadline deadline = nd_deadline_in(1000);
    bool refused = nd_base_usable(on->base, &on->error) == NOEMA_FORKED &&
                   nd_base_ping(on->base, deadline, &on->error) == NOEMA_FORKED &&
                   nd_session_open(on->base, deadline, &on->error) == NULL &&
                   on->error.status == NOEMA_FORKED &&
                   nd_base_installed(on->base, deadline, &on->error) == NOEMA_FORKED;
    nd_base_close(on->base);
    return refused ? 0 : 1;
}

static void
a_child_of_fork_is_refused_and_its_parent_goes_on(void **state)
{
    base_fixture *on = *state;
    int ended = -1;
    pid_t child = fork();
    if (child == 0) {
        _exit(try_in_child(on));
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), 0);
    assert_int_equal(nd_base_ping(on->base, nd_deadline_in(2000), &on->error), NOEMA_OK);
}

static nd_base *
open_small(base_fixture *on, nd_options **options)
{
    char database[40];
    nd_base *base = NULL;
    *options = base_fixture_options(database);
    (*options)->pool_size = 4;
    assert_int_equal(nd_base_open(*options, on->metrics, &base, &on->error), NOEMA_OK);
    return base;
}

static void
an_empty_pool_is_busy_at_the_deadline(void **state)
{
    base_fixture *on = *state;
    nd_options *options;
    nd_base *base = open_small(on, &options);
    nd_session *sessions[4];
    for (size_t i = 0; i < 4; i++) {
        sessions[i] = nd_session_open(base, nd_deadline_in(1000), &on->error);
        assert_non_null(sessions[i]);
    }
    int64_t started = nd_monotonic_ms();
    assert_null(nd_session_open(base, nd_deadline_in(100), &on->error));
    assert_int_equal(on->error.status, NOEMA_BUSY);
    assert_in_range(nd_monotonic_ms() - started, 95, 300);
    nd_session_close(sessions[3]);
    assert_int_equal(nd_base_ping(base, nd_deadline_in(1000), &on->error), NOEMA_OK);
    for (size_t i = 0; i < 3; i++) {
        nd_session_close(sessions[i]);
    }
    nd_base_close(base);
    nd_options_free(options);
}

typedef struct waiter {
    nd_base *base;
    noema_error error;
    noema_status status;
} waiter;

static void *
wait_for_a_client(void *context)
{
    waiter *of = context;
    of->status = nd_base_ping(of->base, nd_deadline_in(20000), &of->error);
    return NULL;
}

static void
stop_ends_waiting_and_new_calls(void **state)
{
    base_fixture *on = *state;
    nd_options *options;
    nd_base *base = open_small(on, &options);
    nd_session *sessions[4];
    waiter of = {.base = base};
    pthread_t thread;
    for (size_t i = 0; i < 4; i++) {
        sessions[i] = nd_session_open(base, nd_deadline_in(1000), &on->error);
    }
    assert_int_equal(pthread_create(&thread, NULL, wait_for_a_client, &of), 0);
    nd_sleep_ms(50);
    nd_base_stop(base);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(of.status, NOEMA_CLOSED);
    assert_int_equal(nd_base_ping(base, nd_deadline_in(1000), &on->error), NOEMA_CLOSED);
    nd_outcome outcome; /* what has begun can still be ended */
    assert_true(nd_session_begin(sessions[0], nd_deadline_in(1000), &outcome));
    for (size_t i = 0; i < 4; i++) {
        nd_session_close(sessions[i]);
    }
    nd_base_close(base);
    nd_options_free(options);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, base_fixture_setup, base_fixture_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_open_base_answers_and_knows_the_time),
        TEST(a_passed_deadline_sends_nothing),
        cmocka_unit_test(a_server_that_is_not_there_is_unavailable_within_two_seconds),
        cmocka_unit_test(a_name_that_nobody_knows_says_so),
        cmocka_unit_test(a_wrong_set_name_says_both_names),
        cmocka_unit_test(a_wrong_password_is_told_without_it),
        cmocka_unit_test(a_server_without_tls_is_told_to_be_one),
        TEST(a_refused_uri_leaves_the_server_alone),
        TEST(an_open_alone_makes_no_database),
        cmocka_unit_test(a_standalone_server_is_refused_with_the_way_out),
        TEST(a_child_of_fork_is_refused_and_its_parent_goes_on),
        TEST(an_empty_pool_is_busy_at_the_deadline),
        TEST(stop_ends_waiting_and_new_calls),
    };
    (void)base_fixture_uri();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
