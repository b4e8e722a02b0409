/* See scene.h. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *
server_uri(void)
{
    const char *uri = getenv("NOEMA_MONGODB_URI");
    if (uri == NULL) {
        fprintf(stderr, "skipped: NOEMA_MONGODB_URI is not set (scripts/test)\n");
        exit(77);
    }
    return uri;
}

noema_db *
scene_open_at(const scene *on, const char *uri)
{
    noema_error error;
    noema_db *db = NULL;
    noema_options *options = noema_options_new();
    assert_int_equal(noema_options_set(options, "uri", uri == NULL ? server_uri() : uri, &error),
                     NOEMA_OK);
    assert_int_equal(noema_options_set(options, "database", on->database, &error), NOEMA_OK);
    assert_int_equal(noema_options_set(options, "app_name", on->app_name, &error), NOEMA_OK);
    assert_int_equal(noema_options_set(options, "reaper", "off", &error), NOEMA_OK);
    if (noema_open(options, &db, &error) != NOEMA_OK) {
        print_message("open: %s\n", error.message);
        fail();
    }
    noema_options_free(options);
    return db;
}

int
scene_open(void **state)
{
    static scene on;
    noema_error error;
    snprintf(on.database, sizeof(on.database), "faults_%d_%ld", (int)getpid(), random() % 100000);
    snprintf(on.app_name, sizeof(on.app_name), "faults%d", (int)getpid());
    mongoc_init();
    on.observer = mongoc_client_new(server_uri());
    assert_non_null(on.observer);
    on.db = scene_open_at(&on, NULL);
    assert_int_equal(noema_install(on.db, false, NULL, &error), NOEMA_OK);
    on.account = scene_account(&on, 1000 * NOEMA_USD);
    *state = &on;
    return 0;
}

int
scene_close(void **state)
{
    scene *on = *state;
    scene_fail_off(on);
    noema_close(on->db);
    mongoc_database_t *database = mongoc_client_get_database(on->observer, on->database);
    mongoc_database_drop(database, NULL);
    mongoc_database_destroy(database);
    mongoc_client_destroy(on->observer);
    return 0;
}

const char *
scene_key(scene *on)
{
    static char keys[16][32];
    char *key = keys[on->keys % 16];
    snprintf(key, sizeof(keys[0]), "fault:%u", on->keys++);
    return key;
}

noema_account
scene_account(scene *on, noema_money credit)
{
    char handle[48];
    noema_account account;
    noema_receipt receipt;
    noema_error error;
    snprintf(handle, sizeof(handle), "test:%s", scene_key(on));
    assert_int_equal(noema_account_ensure(on->db, handle, &account, &error), NOEMA_OK);
    assert_int_equal(
        noema_economy_credit(on->db, &account.id, credit, scene_key(on), NULL, &receipt, &error),
        NOEMA_OK);
    return account;
}

static void
run_on_admin(scene *on, const bson_t *command)
{
    bson_error_t error;
    if (!mongoc_client_command_simple(on->observer, "admin", command, NULL, NULL, &error)) {
        print_message("%s\n", error.message);
        fail();
    }
}

void
scene_fail(scene *on, int times, const char *data_json)
{
    bson_error_t error;
    bson_t *data = bson_new_from_json((const uint8_t *)data_json, -1, &error);
    assert_non_null(data);
    BSON_APPEND_UTF8(data, "appName", on->app_name);
    bson_t *command = times == 0
                          ? BCON_NEW("configureFailPoint", "failCommand", "mode", "alwaysOn",
                                     "data", BCON_DOCUMENT(data))
                          : BCON_NEW("configureFailPoint", "failCommand", "mode", "{", "times",
                                     BCON_INT32(times), "}", "data", BCON_DOCUMENT(data));
    run_on_admin(on, command);
    bson_destroy(command);
    bson_destroy(data);
}

void
scene_fail_off(scene *on)
{
    bson_t *command = BCON_NEW("configureFailPoint", "failCommand", "mode", "off");
    run_on_admin(on, command);
    bson_destroy(command);
}

int64_t
scene_count(scene *on, const char *collection, bson_t *filter)
{
    bson_error_t error;
    mongoc_collection_t *from =
        mongoc_client_get_collection(on->observer, on->database, collection);
    mongoc_read_concern_t *majority = mongoc_read_concern_new();
    mongoc_read_concern_set_level(majority, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_collection_set_read_concern(from, majority);
    int64_t count = mongoc_collection_count_documents(from, filter, NULL, NULL, NULL, &error);
    mongoc_read_concern_destroy(majority);
    mongoc_collection_destroy(from);
    bson_destroy(filter);
    assert_true(count >= 0);
    return count;
}

static void
assert_no_key_twice(scene *on)
{
    bson_t *pipeline =
        BCON_NEW("pipeline", "[", "{", "$group", "{", "_id", "{", "a", "$masterAccountId", "k",
                 "$idempotencyKey", "t", "$type", "}", "n", "{", "$sum", BCON_INT32(1), "}", "}",
                 "}", "{", "$match", "{", "n", "{", "$gt", BCON_INT32(1), "}", "}", "}", "]");
    mongoc_collection_t *from =
        mongoc_client_get_collection(on->observer, on->database, "transactions");
    mongoc_cursor_t *cursor =
        mongoc_collection_aggregate(from, MONGOC_QUERY_NONE, pipeline, NULL, NULL);
    const bson_t *twice;
    assert_false(mongoc_cursor_next(cursor, &twice));
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(from);
    bson_destroy(pipeline);
}

void
scene_prove(scene *on)
{
    const char *page = NULL;
    noema_document *report = NULL;
    do {
        noema_document *before = report;
        noema_error error;
        noema_status status = noema_ledger_verify(on->db, NULL, page, NULL, &report, &error);
        noema_document_free(before);
        if (status != NOEMA_OK) {
            print_message("%s: %s\n", error.message, noema_document_json(report));
        }
        assert_int_equal(status, NOEMA_OK);
    } while (noema_document_text(report, "/next", &page));
    noema_document_free(report);
    assert_no_key_twice(on);
}
