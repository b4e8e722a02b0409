#include "support/base_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base_private.h"

enum { SKIPPED = 77 };

const char *
base_fixture_uri(void)
{
    const char *uri = getenv("NOEMA_MONGODB_URI");
    if (uri == NULL || uri[0] == '\0') {
        printf("skipped: NOEMA_MONGODB_URI is not set\n");
        exit(SKIPPED);
    }
    return uri;
}

nd_options *
base_fixture_options(char database[40])
{
    noema_error error;
    uint8_t random[8];
    char hex[17];
    assert_true(nd_crypto_init());
    nd_random(random, sizeof random);
    nd_hex(random, sizeof random, hex);
    (void)snprintf(database, 40, "noema_test_%s", hex);
    nd_options *options = nd_options_new();
    assert_int_equal(nd_options_set(options, "uri", base_fixture_uri(), &error), NOEMA_OK);
    assert_int_equal(nd_options_set(options, "database", database, &error), NOEMA_OK);
    assert_int_equal(nd_options_finish(options, &error), NOEMA_OK);
    return options;
}

int
base_fixture_setup(void **state)
{
    base_fixture *made = nd_new(sizeof *made);
    made->row = *state;
    made->options = base_fixture_options(made->database);
    (void)snprintf(made->app_name, sizeof made->app_name, "%s", made->database);
    assert_int_equal(nd_options_set(made->options, "app_name", made->app_name, &made->error),
                     NOEMA_OK);
    made->metrics = nd_metrics_new();
    made->arena = nd_arena_new();
    noema_status status = nd_base_open(made->options, made->metrics, &made->base, &made->error);
    if (status != NOEMA_OK) {
        printf("open: %s\n", made->error.message);
    }
    *state = made;
    return status == NOEMA_OK ? 0 : -1;
}

/* A transaction that lost its client holds the database for up to 10 s. */
void
base_fixture_drop(nd_base *base)
{
    noema_error error;
    noema_status status = NOEMA_OUTCOME_UNKNOWN;
    bson_t *command = BCON_NEW("dropDatabase", BCON_INT32(1));
    for (int i = 0; i < 5 && status != NOEMA_OK; i++) {
        status = nd_base_command(base, nd_deadline_in(10000), command, NULL, NULL, &error);
    }
    bson_destroy(command);
    if (status != NOEMA_OK) {
        printf("dropDatabase: %s\n", error.message);
    }
}

int
base_fixture_teardown(void **state)
{
    base_fixture *gone = *state;
    base_fixture_drop(gone->base);
    nd_base_close(gone->base);
    nd_metrics_free(gone->metrics);
    nd_options_free(gone->options);
    nd_arena_free(gone->arena);
    nd_delete(gone);
    return 0;
}

nd_bson
base_fixture_run(base_fixture *on, const char *database, bson_t *command)
{
    nd_bson reply = {0};
    noema_status status = nd_base_command_on(on->base, nd_deadline_in(10000),
                                             database != NULL ? database : on->database, command,
                                             on->arena, &reply, &on->error);
    bson_destroy(command);
    if (status != NOEMA_OK) {
        printf("command: %s\n", on->error.message);
    }
    assert_int_equal(status, NOEMA_OK);
    return reply;
}

/* The fault point's own connection has the name, too, so it must not fail on this command. */
void
base_fixture_fail(base_fixture *on, int32_t times, const char *data_json)
{
    bson_error_t problem;
    bson_t *data = bson_new_from_json((const uint8_t *)data_json, -1, &problem);
    assert_non_null(data);
    bson_append_utf8(data, "appName", -1, on->app_name, -1);
    bson_t *command = bson_new();
    bson_append_utf8(command, "configureFailPoint", -1, "failCommand", -1);
    if (times > 0) {
        BCON_APPEND(command, "mode", "{", "times", BCON_INT32(times), "}");
    } else {
        bson_append_utf8(command, "mode", -1, "alwaysOn", -1);
    }
    bson_append_document(command, "data", -1, data);
    bson_destroy(data);
    (void)base_fixture_run(on, "admin", command);
}

void
base_fixture_fail_off(base_fixture *on)
{
    (void)base_fixture_run(
        on, "admin",
        BCON_NEW("configureFailPoint", BCON_UTF8("failCommand"), "mode", BCON_UTF8("off")));
}

/* What was written before this write is at least as durable as it is. */
void
base_fixture_settle(base_fixture *on)
{
    bson_t *filter = BCON_NEW("_id", BCON_INT32(1));
    bson_t *update = BCON_NEW("$inc", "{", "n", BCON_INT32(1), "}");
    assert_int_equal(nd_base_update_one(on->base, nd_deadline_in(10000), "settled", filter, update,
                                        true, NULL, &on->error),
                     NOEMA_OK);
    bson_destroy(filter);
    bson_destroy(update);
}

uint32_t
base_fixture_count(base_fixture *on, const char *collection, const bson_t *filter)
{
    nd_list found = {0};
    assert_int_equal(nd_base_find(on->base, nd_deadline_in(10000), collection, filter, NULL, 10000,
                                  on->arena, &found, &on->error),
                     NOEMA_OK);
    return found.count;
}

int32_t
base_fixture_counter(base_fixture *on, const char *collection)
{
    nd_bson found;
    bson_t view;
    bson_iter_t at;
    noema_status status = nd_base_find_one(on->base, nd_deadline_in(10000), collection, NULL, NULL,
                                           on->arena, &found, &on->error);
    if (status == NOEMA_NOT_FOUND) {
        return 0;
    }
    assert_int_equal(status, NOEMA_OK);
    assert_true(nd_bson_open(found, &view) && bson_iter_init_find(&at, &view, "n"));
    return bson_iter_int32(&at);
}
