/* A database made with a ledger key opens with that one only, however it is given; one made without a
 * key opens without. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static const char key[] = "a key of the ledger, 32 bytes at least";
static const char wrong[] = "another key of the ledger, long enough";
static char keyed_database[60];

static noema_options *
options_with(const char *secret)
{
    noema_options *options = test_options();
    assert_status(noema_options_set(options, "database", keyed_database, &error), NOEMA_OK);
    if (secret != NULL) {
        assert_status(
            noema_options_set_secret(options, "ledger_key", secret, strlen(secret), &error),
            NOEMA_OK);
    }
    return options;
}

/* NULL: refused, for its key. */
static noema_db *
opened_with(const char *secret)
{
    noema_db *opened = NULL;
    noema_options *options = options_with(secret);
    noema_status status = noema_open(options, &opened, &error);
    noema_options_free(options);
    if (status != NOEMA_OK) {
        assert_int_equal(status, NOEMA_UNSUPPORTED);
        assert_string_equal(error.reason, "LEDGER_KEY");
        assert_true(error.message[0] != '\0');
        assert_int_equal(error.flags & NOEMA_RETRYABLE, 0);
        assert_null(opened);
    }
    return opened;
}

static void
drop(const char *name)
{
    bson_t *command = BCON_NEW("dropDatabase", BCON_INT32(1));
    assert_true(mongoc_client_command_simple(observer, name, command, NULL, NULL, NULL));
    bson_destroy(command);
}

static int
make_keyed_database(void **state)
{
    if (open_database(state) != 0) {
        return -1;
    }
    (void)snprintf(keyed_database, sizeof keyed_database, "%s_keyed", database);
    noema_db *made = opened_with(key);
    if (made == NULL || noema_install(made, false, NULL, &error) != NOEMA_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    noema_close(made);
    return 0;
}

static int
drop_both(void **state)
{
    drop(keyed_database);
    return drop_database(state);
}

static void
it_opens_with_its_key_only(void **state)
{
    noema_db *opened = opened_with(key);
    (void)state;
    assert_non_null(opened);
    noema_close(opened);
    assert_null(opened_with(NULL));
    assert_null(opened_with(wrong));
    assert_null(opened_with("a key of the ledger, 32 bytes at leasT"));
    assert_null(opened_with("a key of the ledger, 32 bytes at leas"));
}

static void
money_made_with_the_key_is_spent_and_proved_with_it(void **state)
{
    noema_account made;
    noema_receipt receipt;
    noema_balance balance;
    noema_document *report = NULL;
    bool is_keyed = false;
    (void)state;
    for (int i = 0; i < 2; i++) {
        noema_db *opened = opened_with(key);
        char payment[20];
        (void)snprintf(payment, sizeof payment, "p:%d", i);
        assert_status(noema_account_ensure(opened, "telegram:1", &made, &error), NOEMA_OK);
        assert_status(noema_economy_credit(opened, &made.id, CENT, payment, NULL, &receipt, &error),
                      NOEMA_OK);
        assert_status(noema_economy_balance(opened, &made.id, &balance, &error), NOEMA_OK);
        assert_int_equal(balance.balance, (i + 1) * CENT);
        assert_status(noema_ledger_verify(opened, &made.id, NULL, NULL, &report, &error), NOEMA_OK);
        assert_true(noema_document_bool(report, "/keyed", &is_keyed));
        assert_true(is_keyed);
        noema_document_free(report);
        noema_close(opened);
    }
}

/* A seal that was computed without the key opens nothing: the account document of a database without
 * key, put into this one. */
static void
a_seal_made_without_the_key_is_broken(void **state)
{
    noema_receipt receipt;
    noema_id account = account_with(NOEMA_USD);
    bson_t *economy = stored_one("userEconomy", by_account(account));
    bson_t *user = stored_one("userCore", by_id(account));
    mongoc_collection_t *collection =
        mongoc_client_get_collection(observer, keyed_database, "userEconomy");
    (void)state;
    assert_true(mongoc_collection_insert_one(collection, economy, NULL, NULL, NULL));
    mongoc_collection_destroy(collection);
    collection = mongoc_client_get_collection(observer, keyed_database, "userCore");
    assert_true(mongoc_collection_insert_one(collection, user, NULL, NULL, NULL));
    mongoc_collection_destroy(collection);
    bson_destroy(economy);
    bson_destroy(user);
    noema_db *opened = opened_with(key);
    assert_status(noema_economy_debit(opened, &account, CENT, "k", NULL, &receipt, &error),
                  NOEMA_CORRUPT);
    assert_string_equal(error.reason, "SEAL");
    noema_close(opened);
}

static void
a_database_made_without_a_key_does_not_open_with_one(void **state)
{
    noema_db *opened = NULL;
    noema_options *options = test_options();
    (void)state;
    assert_status(noema_options_set_secret(options, "ledger_key", key, strlen(key), &error),
                  NOEMA_OK);
    assert_status(noema_open(options, &opened, &error), NOEMA_UNSUPPORTED);
    assert_string_equal(error.reason, "LEDGER_KEY");
    assert_null(opened);
    noema_options_free(options);
}

/* ---- from a file -------------------------------------------------------------------------------------- */

static noema_status
open_with_file(const char *content, mode_t mode)
{
    char path[] = "/tmp/noema-key-XXXXXX";
    noema_db *opened = NULL;
    noema_options *options = options_with(NULL);
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(file, mode), 0);
    (void)close(file);
    assert_int_equal(setenv("NOEMA_LEDGER_KEY_FILE", path, 1), 0);
    noema_status status = noema_open(options, &opened, &error);
    (void)unsetenv("NOEMA_LEDGER_KEY_FILE");
    (void)unlink(path);
    noema_options_free(options);
    noema_close(opened);
    return status;
}

static void
the_key_can_come_from_a_file_that_others_can_not_read(void **state)
{
    char with_newline[80];
    (void)state;
    (void)snprintf(with_newline, sizeof with_newline, "%s\n", key);
    assert_status(open_with_file(key, 0600), NOEMA_OK);
    assert_status(open_with_file(with_newline, 0400), NOEMA_OK);
    assert_status(open_with_file(wrong, 0600), NOEMA_UNSUPPORTED);
    assert_status(open_with_file(key, 0644), NOEMA_INVALID);
    assert_null(strstr(error.message, "a key of the ledger"));
    assert_status(open_with_file(key, 0604), NOEMA_INVALID);
    assert_status(open_with_file("too short", 0600), NOEMA_INVALID);
    assert_null(strstr(error.message, "too short\""));
    assert_status(open_with_file("", 0600), NOEMA_INVALID);
}

static void
a_key_file_that_is_not_there_is_no_missing_key(void **state)
{
    noema_db *opened = NULL;
    noema_options *options = test_options();
    (void)state;
    assert_int_equal(setenv("NOEMA_LEDGER_KEY_FILE", "/nonexistent/key", 1), 0);
    assert_status(noema_open(options, &opened, &error), NOEMA_INVALID);
    (void)unsetenv("NOEMA_LEDGER_KEY_FILE");
    assert_string_equal(error.field, "ledger_key");
    noema_options_free(options);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_with_its_key_only),
        cmocka_unit_test(money_made_with_the_key_is_spent_and_proved_with_it),
        cmocka_unit_test(a_seal_made_without_the_key_is_broken),
        cmocka_unit_test(a_database_made_without_a_key_does_not_open_with_one),
        cmocka_unit_test(the_key_can_come_from_a_file_that_others_can_not_read),
        cmocka_unit_test(a_key_file_that_is_not_there_is_no_missing_key),
    };
    return cmocka_run_group_tests(tests, make_keyed_database, drop_both);
}
