/* Options: names, ranges, the environment, secrets and their files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"

#define SECRET_TEXT "0123456789abcdef0123456789abcdef"

static int
make(void **state)
{
    const char *name;
    const char *environment;
    const char *fallback;
    const char *doc;
    for (size_t i = 0; nd_options_describe(i, &name, &environment, &fallback, &doc); i++) {
        (void)unsetenv(environment);
    }
    *state = nd_options_new();
    return 0;
}

static int
destroy(void **state)
{
    nd_options_free(*state);
    return 0;
}

static void
refuses(nd_options *options, const char *name, const char *value, const char *field)
{
    noema_error error;
    assert_int_equal(nd_options_set(options, name, value, &error), NOEMA_INVALID);
    assert_string_equal(error.field, field);
}

static void
takes(nd_options *options, const char *name, const char *value)
{
    noema_error error;
    if (nd_options_set(options, name, value, &error) != NOEMA_OK) {
        fail_msg("%s=%s: %s", name, value, error.message);
    }
}

static void
texts_are_kept(void **state)
{
    nd_options *options = *state;
    takes(options, "uri", "mongodb://127.0.0.1/");
    takes(options, "database", "noema_test");
    takes(options, "app_name", "bot-1");
    takes(options, "actor", "bot");
    takes(options, "actor", "another bot");
    assert_string_equal(options->uri, "mongodb://127.0.0.1/");
    assert_string_equal(options->database, "noema_test");
    assert_string_equal(options->app_name, "bot-1");
    assert_string_equal(options->actor, "another bot");
}

static void
numbers_are_kept_within_their_ranges(void **state)
{
    nd_options *options = *state;
    const struct {
        const char *name;
        const uint32_t *member;
        const char *least, *most, *below, *beyond;
    } rows[] = {
        {"timeout_ms",     &options->timeout_ms,     "100", "600000",  "99", "600001" },
        {"pool_size",      &options->pool_size,      "4",   "500",     "3",  "501"    },
        {"queue_capacity", &options->queue_capacity, "16",  "1048576", "15", "1048577"},
        {"committers",     &options->committers,     "1",   "16",      "0",  "17"     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        takes(options, rows[i].name, rows[i].least);
        assert_int_equal(*rows[i].member, strtoul(rows[i].least, NULL, 10));
        takes(options, rows[i].name, rows[i].most);
        assert_int_equal(*rows[i].member, strtoul(rows[i].most, NULL, 10));
        refuses(options, rows[i].name, rows[i].below, rows[i].name);
        refuses(options, rows[i].name, rows[i].beyond, rows[i].name);
        assert_int_equal(*rows[i].member, strtoul(rows[i].most, NULL, 10));
    }
}

static void
what_is_no_number_is_refused(void **state)
{
    static const char *const values[] = {
        "", "-5", "+5", " 5", "5 ", "5s", "0x10", "1e3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        refuses(*state, "pool_size", values[i], "pool_size");
    }
}

static void
switches_are_on_or_off(void **state)
{
    nd_options *options = *state;
    const struct {
        const char *name;
        const bool *member;
    } rows[] = {
        {"reaper",           &options->reaper          },
        {"allow_plaintext",  &options->allow_plaintext },
        {"keep_log_handler", &options->keep_log_handler},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        takes(options, rows[i].name, "on");
        assert_true(*rows[i].member);
        takes(options, rows[i].name, "off");
        assert_false(*rows[i].member);
        refuses(options, rows[i].name, "true", rows[i].name);
        refuses(options, rows[i].name, "", rows[i].name);
    }
}

static void
an_unknown_name_lists_all(void **state)
{
    noema_error error;
    const char *name;
    const char *environment;
    const char *fallback;
    const char *doc;
    size_t count = 0;
    assert_int_equal(nd_options_set(*state, "pool", "5", &error), NOEMA_INVALID);
    assert_string_equal(error.field, "name");
    for (; nd_options_describe(count, &name, &environment, &fallback, &doc); count++) {
        assert_non_null(strstr(error.message, name));
        assert_int_equal(strncmp(environment, "NOEMA_", 6), 0);
        assert_true(strlen(doc) > 10);
    }
    assert_int_equal(count, 13);
    assert_int_equal(nd_options_set(*state, NULL, "5", &error), NOEMA_INVALID);
    assert_int_equal(nd_options_set(*state, "uri", NULL, &error), NOEMA_INVALID);
}

static void
database_names_that_mean_something_else_are_refused(void **state)
{
    static const char *const values[] = {
        "",      "admin",
        "local", "config",
        "a.b",   "a b",
        "a/b",   "$cmd",
        "a\"b",  "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        refuses(*state, "database", values[i], "database");
    }
}

static void
defaults_fill_what_was_not_given(void **state)
{
    nd_options *options = *state;
    noema_error error;
    assert_int_equal(nd_options_finish(options, &error), NOEMA_OK);
    assert_null(options->uri);
    assert_string_equal(options->database, "noema");
    assert_int_equal(options->timeout_ms, 15000);
    assert_int_equal(options->pool_size, 32);
    assert_true(options->reaper);
    assert_false(options->allow_plaintext);
    assert_null(options->ledger_key);
}

static void
the_environment_fills_what_was_not_given(void **state)
{
    nd_options *options = *state;
    noema_error error;
    (void)setenv("NOEMA_MONGODB_URI", "mongodb://env/", 1);
    (void)setenv("NOEMA_DATABASE", "from_env", 1);
    (void)setenv("NOEMA_TIMEOUT_MS", "777", 1);
    (void)setenv("NOEMA_POOL_SIZE", "", 1);
    (void)setenv("NOEMA_REAPER", "on", 1);
    (void)setenv("NOEMA_ALLOW_PLAINTEXT", "on", 1);
    takes(options, "database", "from_option");
    takes(options, "reaper", "off");
    takes(options, "allow_plaintext", "off");
    assert_int_equal(nd_options_finish(options, &error), NOEMA_OK);
    assert_string_equal(options->uri, "mongodb://env/");
    assert_string_equal(options->database, "from_option");
    assert_int_equal(options->timeout_ms, 777);
    assert_int_equal(options->pool_size, 32);
    assert_false(options->reaper);
    assert_false(options->allow_plaintext);
}

static void
a_bad_value_in_the_environment_names_the_option(void **state)
{
    noema_error error;
    (void)setenv("NOEMA_COMMITTERS", "many", 1);
    assert_int_equal(nd_options_finish(*state, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "committers");
}

/* ---- secrets ------------------------------------------------------------------------------------ */

static void
id_of(const nd_options *options, char id[9])
{
    nd_hash_key key;
    nd_hash_key_make(options->ledger_key, &key);
    memcpy(id, key.id, sizeof key.id);
}

static void
a_secret_loses_one_final_newline(void **state)
{
    nd_options *options = *state;
    char without[9];
    char with[9];
    char with_two[9];
    noema_error error;
    assert_int_equal(nd_options_set_secret(options, "ledger_key", SECRET_TEXT, 32, &error), 0);
    id_of(options, without);
    assert_int_equal(nd_options_set_secret(options, "ledger_key", SECRET_TEXT "\n", 33, &error), 0);
    id_of(options, with);
    assert_int_equal(nd_options_set_secret(options, "ledger_key", SECRET_TEXT "\n\n", 34, &error),
                     0);
    id_of(options, with_two);
    assert_string_equal(without, with);
    assert_string_not_equal(without, with_two);
}

static void
a_secret_has_32_bytes_to_4_kib(void **state)
{
    nd_options *options = *state;
    char bytes[4098];
    noema_error error;
    memset(bytes, 'k', sizeof bytes);
    assert_int_equal(nd_options_set_secret(options, "api_pepper", bytes, 31, &error),
                     NOEMA_INVALID);
    assert_string_equal(error.field, "api_pepper");
    assert_int_equal(nd_options_set_secret(options, "api_pepper", bytes, 4096, &error), NOEMA_OK);
    assert_int_equal(nd_options_set_secret(options, "api_pepper", bytes, 4097, &error),
                     NOEMA_INVALID);
    assert_int_equal(nd_options_set_secret(options, "api_pepper", NULL, 40, &error), NOEMA_INVALID);
}

/* One random key in 256 ends like that. */
static void
a_secret_of_32_bytes_keeps_a_newline_at_its_end(void **state)
{
    nd_options *options = *state;
    char bytes[32] = SECRET_TEXT;
    char with[9];
    char other[9];
    noema_error error;
    bytes[31] = '\n';
    assert_int_equal(nd_options_set_secret(options, "ledger_key", bytes, 31, &error),
                     NOEMA_INVALID);
    assert_int_equal(nd_options_set_secret(options, "ledger_key", bytes, 32, &error), NOEMA_OK);
    id_of(options, with);
    bytes[31] = '\r';
    assert_int_equal(nd_options_set_secret(options, "ledger_key", bytes, 32, &error), NOEMA_OK);
    id_of(options, other);
    assert_string_not_equal(with, other);
}

static void
a_secret_is_no_option_and_an_option_no_secret(void **state)
{
    noema_error error;
    refuses(*state, "ledger_key", SECRET_TEXT, "ledger_key");
    assert_int_equal(nd_options_set_secret(*state, "uri", SECRET_TEXT, 32, &error), NOEMA_INVALID);
    assert_int_equal(nd_options_set_secret(*state, NULL, SECRET_TEXT, 32, &error), NOEMA_INVALID);
}

typedef struct secret_file {
    char path[64];
} secret_file;

static secret_file
write_file(const char *text, mode_t mode)
{
    secret_file made = {"/tmp/noema_secret_XXXXXX"};
    int file = mkstemp(made.path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    (void)close(file);
    return made;
}

static noema_status
finish_with(nd_options *options, const char *path, noema_error *error)
{
    (void)setenv("NOEMA_LEDGER_KEY_FILE", path, 1);
    return nd_options_finish(options, error);
}

static void
a_secret_comes_from_a_private_file(void **state)
{
    nd_options *options = *state;
    noema_error error;
    char from_file[9];
    char given[9];
    secret_file file = write_file(SECRET_TEXT "\n", 0600);
    assert_int_equal(finish_with(options, file.path, &error), NOEMA_OK);
    id_of(options, from_file);
    assert_int_equal(nd_options_set_secret(options, "ledger_key", SECRET_TEXT, 32, &error), 0);
    id_of(options, given);
    assert_string_equal(from_file, given);
    (void)unlink(file.path);
}

static void
a_secret_file_that_others_may_read_is_refused(void **state)
{
    static const mode_t modes[] = {0644, 0604, 0660, 0602};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        noema_error error;
        secret_file file = write_file(SECRET_TEXT, modes[i]);
        assert_int_equal(finish_with(*state, file.path, &error), NOEMA_INVALID);
        assert_string_equal(error.field, "ledger_key");
        assert_non_null(strstr(error.message, "chmod 600"));
        assert_null(strstr(error.message, SECRET_TEXT));
        (void)unlink(file.path);
    }
}

static void
a_secret_file_that_is_short_long_or_missing_is_refused(void **state)
{
    noema_error error;
    char long_text[4099];
    memset(long_text, 'k', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    secret_file is_short = write_file("short\n", 0600);
    secret_file is_long = write_file(long_text, 0600);
    assert_int_equal(finish_with(*state, is_short.path, &error), NOEMA_INVALID);
    assert_null(strstr(error.message, "short\n"));
    assert_int_equal(finish_with(*state, is_long.path, &error), NOEMA_INVALID);
    assert_int_equal(finish_with(*state, "/nonexistent/key", &error), NOEMA_INVALID);
    assert_non_null(strstr(error.message, "NOEMA_LEDGER_KEY_FILE"));
    assert_int_equal(finish_with(*state, "/tmp", &error), NOEMA_INVALID);
    (void)unlink(is_short.path);
    (void)unlink(is_long.path);
}

static void
a_copy_stands_alone(void **state)
{
    nd_options *options = *state;
    noema_error error;
    char id[9];
    char copied[9];
    takes(options, "uri", "mongodb://one/");
    takes(options, "committers", "5");
    assert_int_equal(nd_options_set_secret(options, "ledger_key", SECRET_TEXT, 32, &error), 0);
    id_of(options, id);
    nd_options *copy = nd_options_copy(options);
    takes(options, "uri", "mongodb://two/");
    assert_string_equal(copy->uri, "mongodb://one/");
    assert_int_equal(copy->committers, 5);
    assert_ptr_not_equal(copy->ledger_key, options->ledger_key);
    id_of(copy, copied);
    assert_string_equal(id, copied);
    nd_options_free(copy);
    nd_options_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, destroy)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_are_kept),
        TEST(numbers_are_kept_within_their_ranges),
        TEST(what_is_no_number_is_refused),
        TEST(switches_are_on_or_off),
        TEST(an_unknown_name_lists_all),
        TEST(database_names_that_mean_something_else_are_refused),
        TEST(defaults_fill_what_was_not_given),
        TEST(the_environment_fills_what_was_not_given),
        TEST(a_bad_value_in_the_environment_names_the_option),
        TEST(a_secret_loses_one_final_newline),
        TEST(a_secret_of_32_bytes_keeps_a_newline_at_its_end),
        TEST(a_secret_has_32_bytes_to_4_kib),
        TEST(a_secret_is_no_option_and_an_option_no_secret),
        TEST(a_secret_comes_from_a_private_file),
        TEST(a_secret_file_that_others_may_read_is_refused),
        TEST(a_secret_file_that_is_short_long_or_missing_is_refused),
        TEST(a_copy_stands_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
