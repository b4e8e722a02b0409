/* Reads and single writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/base_fixture.h"

static nd_deadline
soon(void)
{
    return nd_deadline_in(10000);
}

static noema_status
put(base_fixture *on, int32_t id, bson_t *update, bool upsert, nd_written *written)
{
    bson_t *filter = BCON_NEW("_id", BCON_INT32(id));
    noema_status status =
        nd_base_update_one(on->base, soon(), "things", filter, update, upsert, written, &on->error);
    bson_destroy(filter);
    bson_destroy(update);
    return status;
}

static void
fill(base_fixture *on, int32_t count)
{
    bson_t documents = BSON_INITIALIZER;
    for (int32_t i = 0; i < count; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "%d", i);
        bson_t *one = BCON_NEW("_id", BCON_INT32(i), "n", BCON_INT32(count - i));
        bson_append_document(&documents, key, -1, one);
        bson_destroy(one);
    }
    (void)base_fixture_run(
        on, NULL, BCON_NEW("insert", BCON_UTF8("things"), "documents", BCON_ARRAY(&documents)));
    bson_destroy(&documents);
}

static int32_t
number(nd_bson document, const char *key)
{
    bson_t view;
    bson_iter_t at;
    assert_true(nd_bson_open(document, &view));
    return bson_iter_init_find(&at, &view, key) ? bson_iter_int32(&at) : -1;
}

static void
nothing_found_is_said_without_words(void **state)
{
    base_fixture *on = *state;
    nd_bson found;
    bson_t *filter = BCON_NEW("_id", BCON_INT32(1));
    assert_int_equal(
        nd_base_find_one(on->base, soon(), "things", filter, NULL, on->arena, &found, &on->error),
        NOEMA_NOT_FOUND);
    assert_string_equal(on->error.message, "");
    assert_null(found.bytes);
    bson_destroy(filter);
}

static void
an_upsert_inserts_and_then_updates(void **state)
{
    base_fixture *on = *state;
    nd_written written;
    bson_t *one = BCON_NEW("$set", "{", "n", BCON_INT32(1), "}");
    bson_t *again = bson_copy(one);
    bson_t *two = BCON_NEW("$set", "{", "n", BCON_INT32(2), "}");
    assert_int_equal(put(on, 1, one, true, &written), NOEMA_OK);
    assert_true(written.upserted && written.matched == 0 && written.modified == 0);
    assert_int_equal(put(on, 1, again, true, &written), NOEMA_OK);
    assert_true(!written.upserted && written.matched == 1 && written.modified == 0);
    assert_int_equal(put(on, 1, two, false, &written), NOEMA_OK);
    assert_true(!written.upserted && written.matched == 1 && written.modified == 1);
    assert_int_equal(put(on, 2, BCON_NEW("$set", "{", "n", BCON_INT32(2), "}"), false, &written),
                     NOEMA_OK);
    assert_true(!written.upserted && written.matched == 0 && written.modified == 0);
    assert_int_equal(base_fixture_count(on, "things", NULL), 1);
}

static void
an_update_may_be_a_pipeline(void **state)
{
    base_fixture *on = *state;
    nd_bson found;
    nd_written written;
    fill(on, 1);
    bson_t *pipeline = BCON_NEW("0", "{", "$set", "{", "m", "{", "$add", "[", BCON_UTF8("$n"),
                                BCON_INT32(41), "]", "}", "}", "}");
    assert_int_equal(put(on, 0, pipeline, false, &written), NOEMA_OK);
    assert_int_equal(written.modified, 1);
    assert_int_equal(
        nd_base_find_one(on->base, soon(), "things", NULL, NULL, on->arena, &found, &on->error),
        NOEMA_OK);
    assert_int_equal(number(found, "m"), 42);
}

static void
a_replacement_is_refused(void **state)
{
    base_fixture *on = *state;
    fill(on, 1);
    assert_int_equal(put(on, 0, BCON_NEW("n", BCON_INT32(9)), false, NULL), NOEMA_INVALID);
    assert_string_equal(on->error.field, "update");
    assert_int_equal(put(on, 0, bson_new(), false, NULL), NOEMA_INVALID);
    assert_int_equal(base_fixture_count(on, "things", NULL), 1);
}

static void
a_duplicate_names_the_field_and_not_the_value(void **state)
{
    base_fixture *on = *state;
    (void)base_fixture_run(on, NULL,
                           BCON_NEW("createIndexes", BCON_UTF8("things"), "indexes", "[", "{",
                                    "key", "{", "secretName", BCON_INT32(1), "}", "name",
                                    BCON_UTF8("i"), "unique", BCON_BOOL(true), "}", "]"));
    assert_int_equal(
        put(on, 1, BCON_NEW("$set", "{", "secretName", BCON_UTF8("canary"), "}"), true, NULL),
        NOEMA_OK);
    assert_int_equal(
        put(on, 2, BCON_NEW("$set", "{", "secretName", BCON_UTF8("canary"), "}"), true, NULL),
        NOEMA_TAKEN);
    assert_string_equal(on->error.field, "secretName");
    assert_int_equal(on->error.server_code, 11000);
    assert_null(strstr(on->error.message, "canary"));
}

static void
what_the_validator_refuses_is_invalid(void **state)
{
    base_fixture *on = *state;
    (void)base_fixture_run(on, NULL,
                           BCON_NEW("create", BCON_UTF8("things"), "validator", "{", "n", "{",
                                    "$type", BCON_UTF8("int"), "}", "}"));
    assert_int_equal(put(on, 1, BCON_NEW("$set", "{", "n", BCON_UTF8("x"), "}"), true, NULL),
                     NOEMA_INVALID);
    assert_string_equal(on->error.reason, "VALIDATOR");
    assert_int_equal(base_fixture_count(on, "things", NULL), 0);
}

static void
a_find_keeps_its_limit_order_and_projection(void **state)
{
    base_fixture *on = *state;
    nd_list found = {0};
    fill(on, 300);
    bson_t *filter = BCON_NEW("_id", "{", "$gte", BCON_INT32(100), "}");
    bson_t *options = BCON_NEW("sort", "{", "n", BCON_INT32(1), "}", "projection", "{", "n",
                               BCON_INT32(1), "}", "skip", BCON_INT32(1));
    assert_int_equal(nd_base_find(on->base, soon(), "things", filter, options, 150, on->arena,
                                  &found, &on->error),
                     NOEMA_OK);
    assert_int_equal(found.count, 150);
    assert_int_equal(number(((nd_bson *)found.items)[0], "n"), 2);
    assert_int_equal(nd_base_find(on->base, soon(), "things", filter, options, 400, on->arena,
                                  &found, &on->error),
                     NOEMA_OK);
    assert_int_equal(found.count, 150 + 199); /* appended */
    bson_destroy(filter);
    bson_destroy(options);
}

/* One batch ends at 16 MB. */
static void
a_find_of_more_than_one_batch_is_whole(void **state)
{
    enum { COUNT = 24, SIZE = 1000000 };
    base_fixture *on = *state;
    nd_list found = {0};
    char *text = nd_new(SIZE + 1);
    memset(text, 'x', SIZE);
    for (int32_t i = 0; i < COUNT; i++) {
        assert_int_equal(
            put(on, i, BCON_NEW("$set", "{", "text", BCON_UTF8(text), "}"), true, NULL), NOEMA_OK);
    }
    assert_int_equal(
        nd_base_find(on->base, soon(), "things", NULL, NULL, 100, on->arena, &found, &on->error),
        NOEMA_OK);
    assert_int_equal(found.count, COUNT);
    nd_delete(text);
}

static void
a_wrong_filter_is_invalid(void **state)
{
    base_fixture *on = *state;
    nd_list found = {0};
    bson_t *filter = BCON_NEW("n", "{", "$nosuch", BCON_INT32(1), "}");
    assert_int_equal(
        nd_base_find(on->base, soon(), "things", filter, NULL, 1, on->arena, &found, &on->error),
        NOEMA_INVALID);
    assert_int_equal(
        nd_base_find(on->base, soon(), "", NULL, NULL, 1, on->arena, &found, &on->error),
        NOEMA_INVALID);
    assert_int_equal(
        nd_base_find(on->base, soon(), NULL, NULL, NULL, 1, on->arena, &found, &on->error),
        NOEMA_INVALID);
    bson_destroy(filter);
}

/* The profiler writes down what the server was asked for. */
static void
reads_ask_for_the_majority_and_limit_their_time(void **state)
{
    base_fixture *on = *state;
    nd_bson found;
    bson_t view;
    bson_t command;
    bson_t concern;
    bson_iter_t at;
    fill(on, 3);
    (void)base_fixture_run(on, NULL, BCON_NEW("profile", BCON_INT32(2)));
    assert_int_equal(base_fixture_count(on, "things", NULL), 3);
    (void)base_fixture_run(on, NULL, BCON_NEW("profile", BCON_INT32(0)));
    bson_t *filter = BCON_NEW("op", BCON_UTF8("query"), "command.find", BCON_UTF8("things"));
    assert_int_equal(nd_base_find_one(on->base, soon(), "system.profile", filter, NULL, on->arena,
                                      &found, &on->error),
                     NOEMA_OK);
    bson_destroy(filter);
    assert_true(nd_bson_open(found, &view));
    assert_true(bson_iter_init_find(&at, &view, "command") && nd_bson_enter(&at, &command));
    assert_true(bson_iter_init_find(&at, &command, "maxTimeMS"));
    assert_int_equal(bson_iter_as_int64(&at), 1000);
    assert_true(bson_iter_init_find(&at, &command, "readConcern") && nd_bson_enter(&at, &concern));
    assert_true(bson_iter_init_find(&at, &concern, "level"));
    assert_string_equal(bson_iter_utf8(&at, NULL), "majority");
}

static void
a_command_goes_as_it_is(void **state)
{
    base_fixture *on = *state;
    nd_bson reply;
    fill(on, 5);
    bson_t *count = BCON_NEW("count", BCON_UTF8("things"));
    assert_int_equal(nd_base_command(on->base, soon(), count, on->arena, &reply, &on->error),
                     NOEMA_OK);
    assert_int_equal(number(reply, "n"), 5);
    bson_destroy(count);
    bson_t *nonsense = BCON_NEW("nosuchcommand", BCON_INT32(1));
    assert_int_equal(nd_base_command(on->base, soon(), nonsense, on->arena, &reply, &on->error),
                     NOEMA_INVALID);
    assert_int_equal(on->error.server_code, 59);
    bson_destroy(nonsense);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, base_fixture_setup, base_fixture_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_found_is_said_without_words),
        TEST(an_upsert_inserts_and_then_updates),
        TEST(an_update_may_be_a_pipeline),
        TEST(a_replacement_is_refused),
        TEST(a_duplicate_names_the_field_and_not_the_value),
        TEST(what_the_validator_refuses_is_invalid),
        TEST(a_find_keeps_its_limit_order_and_projection),
        TEST(a_find_of_more_than_one_batch_is_whole),
        TEST(a_wrong_filter_is_invalid),
        TEST(reads_ask_for_the_majority_and_limit_their_time),
        TEST(a_command_goes_as_it_is),
    };
    (void)base_fixture_uri();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
