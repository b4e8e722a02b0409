/* Options, opening and installing: what is refused says which option and why, and a database that is not
 * installed does nothing but install. */
#include <stdlib.h>

#include "fixture.h"

static noema_options *options;

static int
begin(void **state)
{
    (void)state;
    options = test_options();
    return 0;
}

static int
end(void **state)
{
    (void)state;
    noema_options_free(options);
    return 0;
}

static void
set(const char *name, const char *value)
{
    assert_status(noema_options_set(options, name, value, &error), NOEMA_OK);
}

static void
an_unknown_option_is_answered_with_the_names_of_all(void **state)
{
    (void)state;
    assert_refused(noema_options_set(options, "databse", "x", &error), NOEMA_INVALID, "name");
    assert_non_null(strstr(error.message, "database"));
    assert_non_null(strstr(error.message, "timeout_ms"));
    assert_refused(noema_options_set(options, "", "x", &error), NOEMA_INVALID, "name");
    assert_refused(noema_options_set(options, "URI", "x", &error), NOEMA_INVALID, "name");
}

static void
values_are_checked_when_they_are_set(void **state)
{
    static const char *const wrong[][2] = {
        {"timeout_ms",      ""                    },
        {"timeout_ms",      "-1"                  },
        {"timeout_ms",      "x"                   },
        {"timeout_ms",      "1e3"                 },
        {"timeout_ms",      "99999999999999999999"},
        {"pool_size",       "0"                   },
        {"committers",      "-2"                  },
        {"queue_capacity",  "many"                },
        {"reaper",          "maybe"               },
        {"allow_plaintext", ""                    },
        {"database",        ""                    },
        {"database",        "a.b"                 },
        {"database",        "a b"                 },
        {"database",        "$x"                  },
        {"database",        "admin"               },
        {"database",        "\xff"                },
        {"uri",             ""                    },
        {"actor",           "a\nb"                },
        {"actor",           "\xff"                },
        {"app_name",        "\xff"                },
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(noema_options_set(options, wrong[i][0], wrong[i][1], &error), NOEMA_INVALID,
                       wrong[i][0]);
    }
}

/* What was set before stays. */
static void
a_refused_value_changes_nothing(void **state)
{
    noema_db *opened = NULL;
    (void)state;
    assert_status(noema_options_set(options, "database", "a.b", &error), NOEMA_INVALID);
    assert_status(noema_open(options, &opened, &error), NOEMA_OK);
    noema_account made;
    assert_status(noema_account_ensure(opened, fresh_handle(), &made, &error), NOEMA_OK);
    assert_int_equal(stored_count("userCore", by_id(made.id)), 1);
    noema_close(opened);
}

static void
secrets_are_named_and_long_enough(void **state)
{
    char long_key[5000];
    (void)state;
    memset(long_key, 'k', sizeof long_key);
    assert_refused(noema_options_set_secret(options, "ledger_key", long_key, 31, &error),
                   NOEMA_INVALID, "ledger_key");
    assert_refused(noema_options_set_secret(options, "ledger_key", long_key, 0, &error),
                   NOEMA_INVALID, "ledger_key");
    assert_refused(
        noema_options_set_secret(options, "ledger_key", long_key, sizeof long_key, &error),
        NOEMA_INVALID, "ledger_key");
    assert_refused(noema_options_set_secret(options, "uri", long_key, 32, &error), NOEMA_INVALID,
                   "name");
    assert_refused(
        noema_options_set(options, "ledger_key", "a key of more than 32 bytes, surely", &error),
        NOEMA_INVALID, "ledger_key");
}

static void
unsafe_uris_are_refused(void **state)
{
    static const char *const rests[] = {"&w=1", "&w=0", "&journal=false",
                                        "&readPreference=secondary", "&tlsInsecure=true"};
    const char *uri = getenv("NOEMA_MONGODB_URI");
    (void)state;
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        char text[400];
        noema_db *opened = (noema_db *)&text;
        (void)snprintf(text, sizeof text, "%s%s", uri, rests[i]);
        noema_status status = noema_options_set(options, "uri", text, &error);
        if (status == NOEMA_OK) {
            status = noema_open(options, &opened, &error);
            assert_null(opened);
        }
        assert_refused(status, NOEMA_INVALID, "uri");
    }
}

static void
a_server_that_is_not_there_is_unavailable_within_the_promise(void **state)
{
    noema_db *opened = NULL;
    noema_time before = now();
    (void)state;
    set("uri", "mongodb://127.0.0.1:1/?replicaSet=rs0");
    assert_status(noema_open(options, &opened, &error), NOEMA_UNAVAILABLE);
    assert_null(opened);
    assert_int_equal(error.flags & NOEMA_RETRYABLE, NOEMA_RETRYABLE);
    assert_non_null(strstr(error.message, "127.0.0.1:1"));
    assert_true(now() - before < 4500);
}

static void
a_database_that_is_not_installed_says_so(void **state)
{
    noema_db *opened = NULL;
    noema_account made;
    noema_balance balance;
    noema_receipt receipt;
    noema_document *report = NULL;
    char name[60];
    noema_id someone = fresh_account();
    (void)state;
    (void)snprintf(name, sizeof name, "%s_new", database);
    set("database", name);
    assert_status(noema_open(options, &opened, &error), NOEMA_OK);
    assert_status(noema_ping(opened, &error), NOEMA_OK);
    assert_status(noema_account_ensure(opened, "telegram:1", &made, &error), NOEMA_UNSUPPORTED);
    assert_string_equal(error.reason, "NOT_INSTALLED");
    assert_zeros(made);
    assert_status(noema_economy_balance(opened, &someone, &balance, &error), NOEMA_UNSUPPORTED);
    assert_string_equal(error.reason, "NOT_INSTALLED");
    assert_status(noema_economy_debit(opened, &someone, CENT, "k", NULL, &receipt, &error),
                  NOEMA_UNSUPPORTED);
    assert_string_equal(error.reason, "NOT_INSTALLED");
    assert_int_equal(receipt.status, NOEMA_UNSUPPORTED);
    assert_status(noema_install(opened, true, &report, &error), NOEMA_CONFLICT);
    assert_non_null(report);
    noema_document_free(report);
    assert_status(noema_account_ensure(opened, "telegram:1", &made, &error), NOEMA_UNSUPPORTED);
    noema_close(opened);
}

static void
install_makes_a_database_usable_and_may_be_repeated(void **state)
{
    noema_db *opened = NULL;
    noema_db *other = NULL;
    noema_account made;
    char name[60];
    bson_t *drop = BCON_NEW("dropDatabase", BCON_INT32(1));
    (void)state;
    (void)snprintf(name, sizeof name, "%s_made", database);
    set("database", name);
    assert_status(noema_open(options, &opened, &error), NOEMA_OK);
    assert_status(noema_open(options, &other, &error), NOEMA_OK);
    assert_status(noema_account_ensure(other, "telegram:1", &made, &error), NOEMA_UNSUPPORTED);
    assert_status(noema_install(opened, false, NULL, &error), NOEMA_OK);
    assert_status(noema_install(opened, false, NULL, &error), NOEMA_OK);
    assert_status(noema_install(opened, true, NULL, &error), NOEMA_OK);
    assert_status(noema_account_ensure(opened, "telegram:1", &made, &error), NOEMA_OK);
    assert_status(noema_account_ensure(other, "telegram:1", &made, &error), NOEMA_OK);
    assert_int_equal(made.created, 0);
    noema_close(opened);
    noema_close(other);
    assert_true(mongoc_client_command_simple(observer, name, drop, NULL, NULL, NULL));
    bson_destroy(drop);
}

/* A collection that somebody stripped is named, and made good. */
static void
install_finds_what_differs(void **state)
{
    noema_document *report = NULL;
    bson_t *drop = BCON_NEW("dropIndexes", "userEconomy", "index", "*");
    (void)state;
    assert_status(noema_install(db, true, NULL, &error), NOEMA_OK);
    assert_true(mongoc_client_command_simple(observer, database, drop, NULL, NULL, NULL));
    bson_destroy(drop);
    assert_status(noema_install(db, true, &report, &error), NOEMA_CONFLICT);
    assert_non_null(strstr(noema_document_json(report), "userEconomy"));
    noema_document_free(report);
    assert_status(noema_install(db, false, NULL, &error), NOEMA_OK);
    assert_status(noema_install(db, true, NULL, &error), NOEMA_OK);
}

static void
options_are_copied_and_outlived(void **state)
{
    noema_db *opened = NULL;
    (void)state;
    assert_status(noema_open(options, &opened, &error), NOEMA_OK);
    noema_options_free(options);
    options = NULL;
    assert_status(noema_ping(opened, &error), NOEMA_OK);
    noema_close(opened);
}

static void
what_is_not_set_comes_from_the_environment(void **state)
{
    noema_db *opened = NULL;
    noema_account made;
    noema_document *entry = NULL;
    noema_list *list = NULL;
    noema_receipt receipt;
    const char *actor = "";
    (void)state;
    assert_int_equal(setenv("NOEMA_DATABASE", database, 1), 0);
    assert_int_equal(setenv("NOEMA_ACTOR", "night-shift", 1), 0);
    assert_status(noema_open(NULL, &opened, &error), NOEMA_OK);
    (void)unsetenv("NOEMA_DATABASE");
    (void)unsetenv("NOEMA_ACTOR");
    assert_status(noema_account_ensure(opened, fresh_handle(), &made, &error), NOEMA_OK);
    assert_int_equal(stored_count("userCore", by_id(made.id)), 1);
    assert_status(noema_economy_credit(opened, &made.id, CENT, fresh_key(), NULL, &receipt, &error),
                  NOEMA_OK);
    const noema_query query = {.size = sizeof query, .account = made.id};
    assert_status(noema_ledger_list(opened, &query, &list, &error), NOEMA_OK);
    assert_true(noema_document_text(noema_list_at(list, 0), "/actor", &actor));
    assert_string_equal(actor, "night-shift");
    noema_list_free(list);
    noema_document_free(entry);
    noema_close(opened);
}

static void
metrics_are_text_in_two_formats(void **state)
{
    char *json = noema_metrics(db, "json");
    char *prometheus = noema_metrics(db, "prometheus");
    (void)state;
    assert_non_null(json);
    assert_int_equal(json[0], '{');
    assert_non_null(prometheus);
    assert_non_null(strstr(prometheus, "# TYPE "));
    assert_null(noema_metrics(db, "xml"));
    assert_null(noema_metrics(db, ""));
    noema_free(json);
    noema_free(prometheus);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_unknown_option_is_answered_with_the_names_of_all, begin,
                                        end),
        cmocka_unit_test_setup_teardown(values_are_checked_when_they_are_set, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_value_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(secrets_are_named_and_long_enough, begin, end),
        cmocka_unit_test_setup_teardown(unsafe_uris_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            a_server_that_is_not_there_is_unavailable_within_the_promise, begin, end),
        cmocka_unit_test_setup_teardown(a_database_that_is_not_installed_says_so, begin, end),
        cmocka_unit_test_setup_teardown(install_makes_a_database_usable_and_may_be_repeated, begin,
                                        end),
        cmocka_unit_test_setup_teardown(install_finds_what_differs, begin, end),
        cmocka_unit_test_setup_teardown(options_are_copied_and_outlived, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_set_comes_from_the_environment, begin, end),
        cmocka_unit_test(metrics_are_text_in_two_formats),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
