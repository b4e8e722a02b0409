#include "support/bank.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/db.h"
#include "support/base_fixture.h"

/* ---- the database -------------------------------------------------------------------------------- */

static void
set(noema_options *options, const char *name, const char *value)
{
    noema_error error;
    if (noema_options_set(options, name, value, &error) != NOEMA_OK) {
        fail_msg("%s: %s", name, error.message);
    }
}

static void
set_number(noema_options *options, const char *name, uint32_t value)
{
    char text[16];
    if (value != 0) {
        (void)snprintf(text, sizeof text, "%" PRIu32, value);
        set(options, name, text);
    }
}

noema_db *
bank_open(bank *of, const bank_door *door)
{
    char app_name[60];
    noema_db *db = NULL;
    noema_options *options = noema_options_new();
    (void)snprintf(app_name, sizeof app_name, "%s%s", of->database, door->second ? "-2" : "");
    set(options, "uri", door->uri != NULL ? door->uri : of->uri);
    set(options, "database", of->database);
    set(options, "app_name", app_name);
    set(options, "reaper", "off");
    set_number(options, "committers", door->committers);
    set_number(options, "timeout_ms", door->timeout_ms);
    noema_status status = noema_open(options, &db, &of->error);
    noema_options_free(options);
    if (status != NOEMA_OK) {
        fail_msg("open: %s", of->error.message);
    }
    return db;
}

int
bank_setup(void **state)
{
    bank *made = calloc(1, sizeof *made);
    uint8_t random[8];
    char hex[17];
    const bank_door door = {0};
    assert_non_null(made);
    made->uri = base_fixture_uri();
    assert_true(nd_crypto_init());
    nd_random(random, sizeof random);
    nd_hex(random, sizeof random, hex);
    (void)snprintf(made->database, sizeof made->database, "noema_test_%s", hex);
    made->client = plain_client(made->uri);
    made->db = bank_open(made, &door);
    if (noema_install(made->db, false, NULL, &made->error) != NOEMA_OK) {
        fail_msg("install: %s", made->error.message);
    }
    *state = made;
    return 0;
}

int
bank_teardown(void **state)
{
    bank *gone = *state;
    noema_close(gone->db);
    (void)plain_command(gone->client, gone->database, BCON_NEW("dropDatabase", BCON_INT32(1)),
                        NULL);
    mongoc_client_destroy(gone->client);
    free(gone);
    return 0;
}

void
bank_reconnect(bank *of)
{
    mongoc_client_destroy(of->client);
    of->client = plain_client(of->uri);
}

nd_engine *
bank_engine(noema_db *db)
{
    nd_lock(&db->mutex);
    nd_engine *engine = db->engine;
    nd_unlock(&db->mutex);
    assert_non_null(engine);
    return engine;
}

int64_t
bank_metric(noema_db *db, nd_metric metric)
{
    return nd_metrics_get(db->metrics, metric);
}

/* ---- accounts ------------------------------------------------------------------------------------ */

noema_id
bank_account(bank *of, noema_money credit)
{
    char name[40];
    noema_account account;
    noema_receipt receipt;
    (void)snprintf(name, sizeof name, "telegram:%" PRIu32, ++of->accounts);
    assert_int_equal(noema_account_ensure(of->db, name, &account, &of->error), NOEMA_OK);
    (void)snprintf(name, sizeof name, "bank:%" PRIu32, of->accounts);
    if (credit != 0 && noema_economy_credit(of->db, &account.id, credit, name, NULL, &receipt,
                                            &of->error) != NOEMA_OK) {
        fail_msg("credit: %s", of->error.message);
    }
    return account.id;
}

ledger_account
bank_read(bank *of, const noema_id *account)
{
    return ledger_read_account(of->client, of->database, account->text);
}

int64_t
bank_count_key(bank *of, const noema_id *account, const char *key)
{
    return ledger_count_key(of->client, of->database, account == NULL ? NULL : account->text, key);
}

void
bank_check(bank *of)
{
    ledger_report report;
    ledger_check(of->client, of->database, &report);
    if (report.problems != 0) {
        fail_msg("%" PRId64 " problems:\n%s", report.problems, report.words);
    }
}

/* ---- hands in a shell ---------------------------------------------------------------------------- */

void
bank_run(bank *of, bson_t *command)
{
    assert_true(plain_command(of->client, of->database, command, NULL));
}

void
bank_edit(bank *of, const char *collection, bson_t *filter, bson_t *update)
{
    bson_t reply;
    bson_iter_t at;
    assert_true(plain_command(of->client, of->database,
                              BCON_NEW("update", BCON_UTF8(collection), "updates", "[", "{", "q",
                                       BCON_DOCUMENT(filter), "u", BCON_DOCUMENT(update), "}", "]",
                                       "bypassDocumentValidation", BCON_BOOL(true)),
                              &reply));
    assert_true(bson_iter_init_find(&at, &reply, "nModified"));
    assert_int_equal(bson_iter_as_int64(&at), 1);
    bson_destroy(&reply);
    bson_destroy(filter);
    bson_destroy(update);
}

void
bank_edit_account(bank *of, const noema_id *account, bson_t *update)
{
    bson_oid_t id;
    bson_oid_init_from_string(&id, account->text);
    bank_edit(of, "userEconomy", BCON_NEW("masterAccountId", BCON_OID(&id)), update);
}

bson_t *
bank_money_edit(const char *field, const char *value)
{
    bson_decimal128_t decimal;
    assert_true(bson_decimal128_from_string(value, &decimal));
    return BCON_NEW("$set", "{", field, BCON_DECIMAL128(&decimal), "}");
}

/* ---- crowds -------------------------------------------------------------------------------------- */

typedef struct one_of_crowd {
    pthread_t thread;
    pthread_barrier_t *start;
    void *(*work)(void *);
    void *context;
} one_of_crowd;

static void *
work_with_all(void *argument)
{
    one_of_crowd *one = argument;
    (void)pthread_barrier_wait(one->start);
    return one->work(one->context);
}

void
bank_crowd(size_t count, void *(*work)(void *), void *contexts, size_t size)
{
    pthread_barrier_t start;
    one_of_crowd *crowd = calloc(count, sizeof *crowd);
    assert_non_null(crowd);
    assert_int_equal(pthread_barrier_init(&start, NULL, (unsigned)count), 0);
    for (size_t i = 0; i < count; i++) {
        crowd[i] =
            (one_of_crowd){.start = &start, .work = work, .context = (char *)contexts + i * size};
        assert_int_equal(pthread_create(&crowd[i].thread, NULL, work_with_all, &crowd[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_join(crowd[i].thread, NULL), 0);
    }
    (void)pthread_barrier_destroy(&start);
    free(crowd);
}
