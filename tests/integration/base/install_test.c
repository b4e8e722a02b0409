/* Install: fresh, again, after changes, over old data, with and without a key, by many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <cmocka.h>

#include "base/meta_record.h"
#include "support/base_fixture.h"

/* ---- a small declaration, and a later version of it --------------------------------------------- */

typedef struct thing {
    nd_id id;
    nd_text name;
    int64_t size;
    nd_time until;
} thing;

static const nd_field fields[] = {
    {ND_AT(thing, id),    "_id",   {ND_PLAIN},                   "Its id."  },
    {ND_AT(thing, name),  "name",  {ND_OPTIONAL, ND_TEXT(1, 9)}, "Its name."},
    {ND_AT(thing, until), "until", {ND_OPTIONAL},                "Its end." },
};
static const nd_field later_fields[] = {
    {ND_AT(thing, id),    "_id",   {ND_PLAIN},                      "Its id."  },
    {ND_AT(thing, name),  "name",  {ND_OPTIONAL, ND_TEXT(1, 9)},    "Its name."},
    {ND_AT(thing, size),  "size",  {ND_OPTIONAL, ND_RANGE(1, 100)}, "Its size."},
    {ND_AT(thing, until), "until", {ND_OPTIONAL},                   "Its end." },
};
static const nd_table table = ND_TABLE(thing, fields);
static const nd_table later_table = ND_TABLE(thing, later_fields);
static const nd_index indexes[] = {
    {"name:1", .serves = "by name", .only = "name", .unique = true},
    {"until:1", .serves = "expiry", .expires = true},
};
static const nd_index later_indexes[] = {
    {"name:1", .serves = "by name"},
    {"until:1", .serves = "expiry", .expires = true},
    {"size:1 name:-1", .serves = "by size"},
};
static const nd_collection things = {"things", &table, indexes, 2, "Things."};
static const nd_collection later_things = {"things", &later_table, later_indexes, 3, "Things."};
static const nd_collection *const now[] = {&things, &nd_meta_collection};
static const nd_collection *const later[] = {&later_things, &nd_meta_collection};

/* ---- helpers ------------------------------------------------------------------------------------ */

static noema_status
install(base_fixture *on, const nd_collection *const *what, bool check_only, char **report)
{
    nd_json *made = NULL;
    noema_status status =
        nd_base_install(on->base, nd_deadline_in(30000), what, 2, check_only, &made, &on->error);
    assert_non_null(made);
    *report = nd_json_text(made);
    nd_json_free(made);
    return status;
}

static void
installs(base_fixture *on, const nd_collection *const *what, const char *expected)
{
    char *report;
    noema_status status = install(on, what, false, &report);
    if (status != NOEMA_OK) {
        fail_msg("%s: %s", nd_status_name(status), on->error.message);
    }
    assert_string_equal(report, expected);
    nd_delete(report);
}

static void
put(base_fixture *on, const char *collection, bson_t *document)
{
    (void)base_fixture_run(
        on, NULL,
        BCON_NEW("insert", BCON_UTF8(collection), "documents", "[", BCON_DOCUMENT(document), "]"));
    bson_destroy(document);
}

static uint32_t
count_collections(base_fixture *on)
{
    bson_t view;
    bson_t cursor;
    bson_t batch;
    bson_iter_t at;
    nd_bson reply = base_fixture_run(on, NULL, BCON_NEW("listCollections", BCON_INT32(1)));
    assert_true(nd_bson_open(reply, &view) && bson_iter_init_find(&at, &view, "cursor"));
    assert_true(nd_bson_enter(&at, &cursor) && bson_iter_init_find(&at, &cursor, "firstBatch"));
    assert_true(nd_bson_enter(&at, &batch));
    return bson_count_keys(&batch);
}

/* Another handle on the same database, with a ledger key or none. */
static nd_base *
open_with_key(base_fixture *on, const char *key)
{
    nd_base *base = NULL;
    nd_options *options = nd_options_copy(on->options);
    if (key != NULL) {
        assert_int_equal(nd_options_set_secret(options, "ledger_key", key, strlen(key), &on->error),
                         NOEMA_OK);
    }
    assert_int_equal(nd_base_open(options, on->metrics, &base, &on->error), NOEMA_OK);
    nd_options_free(options);
    return base;
}

#define KEY_ONE "11111111111111111111111111111111"
#define KEY_TWO "22222222222222222222222222222222"
#define NO_CHANGE                                                                                  \
    "{\"collections\":2,\"validators\":2,\"indexes\":2,\"created\":[],\"changed\":[],\"drift\":"   \
    "[],\"warnings\":[]}"

#define FRESH                                                                                        \
    "{\"collections\":2,\"validators\":2,\"indexes\":2,\"created\":[\"things\",\"things index "      \
    "{name:1}\",\"things index {until:1}\",\"noemaMeta\"],\"changed\":[],\"drift\":[],\"warnings\":" \
    "[]}"

/* ---- tests -------------------------------------------------------------------------------------- */

static void
a_fresh_database_is_made_and_then_left_alone(void **state)
{
    base_fixture *on = *state;
    nd_deadline deadline = nd_deadline_in(5000);
    assert_int_equal(nd_base_installed(on->base, deadline, &on->error), NOEMA_UNSUPPORTED);
    assert_string_equal(on->error.reason, "NOT_INSTALLED");
    installs(on, now, FRESH);
    assert_int_equal(nd_base_installed(on->base, deadline, &on->error), NOEMA_OK);
    installs(on, now, NO_CHANGE);
    char *report;
    assert_int_equal(install(on, now, true, &report), NOEMA_OK);
    assert_string_equal(report, NO_CHANGE);
    nd_delete(report);
}

static void
a_check_of_a_fresh_database_tells_and_makes_nothing(void **state)
{
    base_fixture *on = *state;
    char *report;
    assert_int_equal(install(on, now, true, &report), NOEMA_CONFLICT);
    assert_non_null(strstr(report, "the database is not installed"));
    assert_non_null(strstr(report, "things is missing"));
    assert_non_null(strstr(report, "things index {name:1} is missing"));
    assert_non_null(strstr(report, "\"created\":[],\"changed\":[]"));
    assert_int_equal(count_collections(on), 0);
    nd_delete(report);
}

static void
what_is_installed_is_enforced(void **state)
{
    base_fixture *on = *state;
    installs(on, now, FRESH);
    bson_oid_t oid;
    bson_oid_init(&oid, NULL);
    bson_t *filter = BCON_NEW("_id", BCON_OID(&oid));
    bson_t *update = BCON_NEW("$set", "{", "name", BCON_UTF8("much too long"), "}");
    assert_int_equal(nd_base_update_one(on->base, nd_deadline_in(5000), "things", filter, update,
                                        true, NULL, &on->error),
                     NOEMA_INVALID);
    assert_string_equal(on->error.reason, "VALIDATOR");
    bson_destroy(filter);
    bson_destroy(update);
}

static void
a_later_declaration_is_told_and_then_upgraded_to(void **state)
{
    base_fixture *on = *state;
    char *report;
    assert_int_equal(install(on, now, false, &report), NOEMA_OK);
    nd_delete(report);
    assert_int_equal(install(on, later, true, &report), NOEMA_CONFLICT);
    assert_non_null(strstr(report, "\"drift\":[\"things validator differs\",\"things index {size:1 "
                                   "name:-1} is missing\",\"things index {name:1} has other "
                                   "options\"]"));
    nd_delete(report);
    installs(
        on, later,
        "{\"collections\":2,\"validators\":2,\"indexes\":3,\"created\":[\"things index {size:1 "
        "name:-1}\"],\"changed\":[\"things validator\",\"things index {name:1}\"],\"drift\":[]"
        ",\"warnings\":[]}");
    assert_int_equal(install(on, later, true, &report), NOEMA_OK);
    nd_delete(report);
}

static void
an_index_of_somebody_else_is_a_warning_and_stays(void **state)
{
    base_fixture *on = *state;
    char *report;
    assert_int_equal(install(on, now, false, &report), NOEMA_OK);
    nd_delete(report);
    (void)base_fixture_run(on, NULL,
                           BCON_NEW("createIndexes", BCON_UTF8("things"), "indexes", "[", "{",
                                    "key", "{", "other", BCON_INT32(1), "}", "name",
                                    BCON_UTF8("theirs"), "}", "]"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(install(on, now, i == 0, &report), NOEMA_OK);
        assert_non_null(strstr(report, "things index theirs is not the library's"));
        nd_delete(report);
    }
}

static void
an_index_of_another_name_is_as_good(void **state)
{
    base_fixture *on = *state;
    (void)base_fixture_run(on, NULL,
                           BCON_NEW("createIndexes", BCON_UTF8("things"), "indexes", "[", "{",
                                    "key", "{", "until", BCON_DOUBLE(1), "}", "name",
                                    BCON_UTF8("theirs"), "expireAfterSeconds", BCON_DOUBLE(0), "}",
                                    "]"));
    installs(
        on, now,
        "{\"collections\":2,\"validators\":2,\"indexes\":2,\"created\":[\"things index "
        "{name:1}\",\"noemaMeta\"],\"changed\":[\"things validator\"],\"drift\":[],\"warnings\":"
        "[]}");
    installs(on, now, NO_CHANGE);
}

static void
documents_that_break_a_unique_index_are_told(void **state)
{
    base_fixture *on = *state;
    char *report;
    assert_int_equal(install(on, later, false, &report), NOEMA_OK);
    nd_delete(report);
    for (int i = 0; i < 2; i++) {
        bson_oid_t oid;
        bson_oid_init(&oid, NULL);
        put(on, "things", BCON_NEW("_id", BCON_OID(&oid), "name", BCON_UTF8("canary")));
    }
    assert_int_equal(install(on, now, false, &report), NOEMA_CONFLICT);
    assert_string_equal(on->error.field, "things");
    assert_null(strstr(on->error.message, "canary"));
    nd_delete(report);
}

/* ---- gates -------------------------------------------------------------------------------------- */

static void
old_documents_are_refused_and_left_alone(void **state)
{
    base_fixture *on = *state;
    char *report;
    put(on, "things", BCON_NEW("_id", BCON_INT32(1), "old", BCON_BOOL(true)));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(install(on, now, i == 0, &report), NOEMA_UNSUPPORTED);
        assert_string_equal(on->error.reason, "ADOPTION");
        assert_non_null(strstr(on->error.message, "things"));
        nd_delete(report);
    }
    assert_int_equal(count_collections(on), 1);
    assert_int_equal(base_fixture_count(on, "things", NULL), 1);
    assert_int_equal(nd_base_installed(on->base, nd_deadline_in(5000), &on->error),
                     NOEMA_UNSUPPORTED);
    assert_string_equal(on->error.reason, "NOT_INSTALLED");
}

static void
documents_elsewhere_do_not_matter(void **state)
{
    base_fixture *on = *state;
    char *report;
    put(on, "foreign", BCON_NEW("_id", BCON_INT32(1)));
    assert_int_equal(install(on, now, false, &report), NOEMA_OK);
    nd_delete(report);
}

static void
a_database_of_a_newer_library_is_refused(void **state)
{
    base_fixture *on = *state;
    char *report;
    assert_int_equal(install(on, now, false, &report), NOEMA_OK);
    nd_delete(report);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("schema"));
    bson_t *update = BCON_NEW("$set", "{", "schemaVersion", BCON_INT32(ND_SCHEMA_VERSION + 1), "}");
    assert_int_equal(nd_base_update_one(on->base, nd_deadline_in(5000), "noemaMeta", filter, update,
                                        false, NULL, &on->error),
                     NOEMA_OK);
    bson_destroy(filter);
    bson_destroy(update);
    assert_int_equal(install(on, later, false, &report), NOEMA_UNSUPPORTED);
    assert_string_equal(on->error.reason, "SCHEMA_VERSION");
    nd_delete(report);
    assert_int_equal(nd_base_installed(on->base, nd_deadline_in(5000), &on->error),
                     NOEMA_UNSUPPORTED);
    assert_string_equal(on->error.reason, "SCHEMA_VERSION");
}

static void
refuses_key(base_fixture *on, const char *key)
{
    char *report;
    nd_base *base = open_with_key(on, key);
    assert_int_equal(nd_base_installed(base, nd_deadline_in(5000), &on->error), NOEMA_UNSUPPORTED);
    assert_string_equal(on->error.reason, "LEDGER_KEY");
    assert_null(strstr(on->error.message, KEY_ONE));
    nd_base *own = on->base;
    on->base = base;
    assert_int_equal(install(on, later, false, &report), NOEMA_UNSUPPORTED);
    assert_string_equal(on->error.reason, "LEDGER_KEY");
    on->base = own;
    nd_delete(report);
    nd_base_close(base);
}

static void
a_keyed_database_opens_with_its_key_alone(void **state)
{
    base_fixture *on = *state;
    char *report;
    nd_base *own = on->base;
    nd_base *keyed = open_with_key(on, KEY_ONE);
    on->base = keyed;
    assert_int_equal(install(on, now, false, &report), NOEMA_OK);
    nd_delete(report);
    on->base = own;
    nd_base_close(keyed);
    refuses_key(on, NULL);
    refuses_key(on, KEY_TWO);
    keyed = open_with_key(on, KEY_ONE "\n");
    assert_int_equal(nd_base_installed(keyed, nd_deadline_in(5000), &on->error), NOEMA_OK);
    nd_base_close(keyed);
    assert_int_equal(install(on, now, true, &report), NOEMA_UNSUPPORTED); /* nothing has changed */
    nd_delete(report);
}

static void
an_unkeyed_database_opens_without_a_key_alone(void **state)
{
    base_fixture *on = *state;
    char *report;
    assert_int_equal(install(on, now, false, &report), NOEMA_OK);
    nd_delete(report);
    refuses_key(on, KEY_ONE);
    assert_int_equal(install(on, now, true, &report), NOEMA_OK);
    nd_delete(report);
}

/* ---- many at once ------------------------------------------------------------------------------- */

enum { PROCESSES = 6 };

typedef struct installer {
    nd_base *base;
    const nd_collection *const *what;
    noema_status status;
    noema_error error;
} installer;

static void *
install_here(void *context)
{
    installer *of = context;
    of->status =
        nd_base_install(of->base, nd_deadline_in(30000), of->what, 2, false, NULL, &of->error);
    return NULL;
}

static uint32_t
install_at_once(base_fixture *on, const char *const *keys)
{
    installer all[PROCESSES];
    pthread_t threads[PROCESSES];
    uint32_t done = 0;
    for (int i = 0; i < PROCESSES; i++) {
        all[i] = (installer){.base = open_with_key(on, keys[i % 2]), .what = now};
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, install_here, &all[i]), 0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        nd_base_close(all[i].base);
    }
    for (int i = 0; i < PROCESSES; i++) {
        done += all[i].status == NOEMA_OK ? 1 : 0;
        if (all[i].status != NOEMA_OK && strcmp(all[i].error.reason, "LEDGER_KEY") != 0) {
            fail_msg("%s: %s", nd_status_name(all[i].status), all[i].error.message);
        }
    }
    return done;
}

static void
many_may_install_at_once(void **state)
{
    base_fixture *on = *state;
    static const char *const none[2] = {NULL, NULL};
    char *report;
    assert_int_equal(install_at_once(on, none), PROCESSES);
    assert_int_equal(install(on, now, true, &report), NOEMA_OK);
    nd_delete(report);
}

static void
of_two_keys_at_once_one_wins(void **state)
{
    base_fixture *on = *state;
    static const char *const keys[2] = {KEY_ONE, KEY_TWO};
    assert_int_equal(install_at_once(on, keys), PROCESSES / 2);
}

static void
a_passed_deadline_changes_nothing(void **state)
{
    base_fixture *on = *state;
    assert_int_equal(nd_base_install(on->base, nd_deadline_in(0), now, 2, false, NULL, &on->error),
                     NOEMA_TIMEOUT);
    assert_int_equal(count_collections(on), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, base_fixture_setup, base_fixture_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fresh_database_is_made_and_then_left_alone),
        TEST(a_check_of_a_fresh_database_tells_and_makes_nothing),
        TEST(what_is_installed_is_enforced),
        TEST(a_later_declaration_is_told_and_then_upgraded_to),
        TEST(an_index_of_somebody_else_is_a_warning_and_stays),
        TEST(an_index_of_another_name_is_as_good),
        TEST(documents_that_break_a_unique_index_are_told),
        TEST(old_documents_are_refused_and_left_alone),
        TEST(documents_elsewhere_do_not_matter),
        TEST(a_database_of_a_newer_library_is_refused),
        TEST(a_keyed_database_opens_with_its_key_alone),
        TEST(an_unkeyed_database_opens_without_a_key_alone),
        TEST(many_may_install_at_once),
        TEST(of_two_keys_at_once_one_wins),
        TEST(a_passed_deadline_changes_nothing),
    };
    (void)base_fixture_uri();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
