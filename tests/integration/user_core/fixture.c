/* Opens and drops the database, and makes the server misbehave. */
#include "fixture.h"

#include <stdlib.h>

#include "api/collections.h"
#include "core/json.h"

nd_base *base;
nd_metrics *metrics;
nd_arena *arena;
mongoc_client_t *observer;
char database[64], app_name[80];

static bool
set_options(nd_options *options, noema_error *error)
{
    return nd_options_set(options, "database", database, error) == NOEMA_OK &&
           nd_options_set(options, "app_name", app_name, error) == NOEMA_OK &&
           nd_options_set(options, "allow_plaintext", "on", error) == NOEMA_OK &&
           nd_options_finish(options, error) == NOEMA_OK;
}

static bool
open_base(noema_error *error)
{
    nd_options *options = nd_options_new();
    bool done =
        set_options(options, error) && nd_base_open(options, metrics, &base, error) == NOEMA_OK;
    nd_options_free(options);
    return done;
}

static bool
install(noema_error *error)
{
    nd_json *report = NULL;
    noema_status status = nd_base_install(base, nd_deadline_in(60000), nd_collections,
                                          nd_collection_count, false, &report, error);
    nd_json_free(report);
    return status == NOEMA_OK;
}

int
open_database(void **state)
{
    noema_error error = {0};
    const char *uri = getenv("NOEMA_MONGODB_URI");
    (void)state;
    if (uri == NULL || !nd_crypto_init()) {
        print_error("NOEMA_MONGODB_URI is not set: scripts/mongod run --faults -- ...\n");
        return -1;
    }
    (void)snprintf(database, sizeof database, "accounts_%s", nd_id_public(nd_id_new()).text);
    (void)snprintf(app_name, sizeof app_name, "test-%s", database);
    metrics = nd_metrics_new();
    arena = nd_arena_new();
    if (!open_base(&error) || !install(&error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    observer = mongoc_client_new(uri);
    return observer != NULL ? 0 : -1;
}

int
drop_database(void **state)
{
    bson_t *command = BCON_NEW("dropDatabase", BCON_INT32(1));
    bool done = mongoc_client_command_simple(observer, database, command, NULL, NULL, NULL);
    (void)state;
    bson_destroy(command);
    mongoc_client_destroy(observer);
    nd_base_stop(base);
    nd_base_close(base);
    nd_arena_free(arena);
    nd_metrics_free(metrics);
    return done ? 0 : -1;
}

int
begin_test(void **state)
{
    (void)state;
    nd_arena_reset(arena);
    return 0;
}

nd_deadline
soon(void)
{
    return nd_deadline_in(15000);
}

nd_text
no_actor(void)
{
    return (nd_text){NULL, 0};
}

/* ---- calls --------------------------------------------------------------------------------- */

const char *
fresh_handle(const char *platform)
{
    static char texts[64][100];
    static unsigned next;
    char *text = texts[next++ % 64];
    (void)snprintf(text, sizeof texts[0], "%s:%s", platform, nd_id_public(nd_id_new()).text);
    return text;
}

nd_id
ensured(const char *handle)
{
    nd_account account;
    noema_error error = {0};
    if (nd_account_ensure(base, soon(), NULL, handle, no_actor(), &account, &error) != NOEMA_OK) {
        print_error("%s: %s\n", handle, error.message);
        fail();
    }
    return account.id;
}

noema_status
link_handle(nd_id id, const char *handle, noema_error *error)
{
    return nd_account_link(base, soon(), id, handle, nd_text_of("ann"), error);
}

noema_status
unlink_handle(nd_id id, const char *handle, noema_error *error)
{
    return nd_account_unlink(base, soon(), id, handle, nd_text_of("bob"), error);
}

/* ---- faults -------------------------------------------------------------------------------- */

static int64_t failed_before;

static int64_t
configure(bson_t *command)
{
    bson_t reply;
    bson_error_t error = {0};
    bool done = mongoc_client_command_simple(observer, "admin", command, NULL, &reply, &error);
    int64_t count = integer_at(&reply, "count");
    bson_destroy(&reply);
    bson_destroy(command);
    if (!done) {
        print_error("%s\n", error.message);
        fail();
    }
    return count;
}

void
need_faults(void)
{
    bson_t *command =
        BCON_NEW("getParameter", BCON_INT32(1), "failpoint.failCommand", BCON_INT32(1));
    bool there = mongoc_client_command_simple(observer, "admin", command, NULL, NULL, NULL);
    bson_destroy(command);
    if (!there) {
        print_message("the server was started without --faults\n");
        skip();
    }
}

void
fail_commands(bson_t *mode, bson_t *data)
{
    BSON_APPEND_UTF8(data, "appName", app_name);
    bson_t *command = BCON_NEW("configureFailPoint", "failCommand", "mode", BCON_DOCUMENT(mode),
                               "data", BCON_DOCUMENT(data));
    failed_before = configure(command);
    bson_destroy(mode);
    bson_destroy(data);
}

void
stop_failing(void)
{
    (void)configure(BCON_NEW("configureFailPoint", "failCommand", "mode", "off"));
}

int64_t
times_failed(void)
{
    /* The reply counts what came before the command itself. */
    return configure(BCON_NEW("configureFailPoint", "failCommand", "mode", "off")) - failed_before;
}
