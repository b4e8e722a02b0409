/* A database of its own with an open handle on it, accounts on demand, and a check past the library
 * of all that was booked: what tests of money begin with. cmocka only in the test's thread. */
#ifndef ND_TEST_SUPPORT_BANK_H
#define ND_TEST_SUPPORT_BANK_H

#include <noemadb.h>

#include "engine/engine.h"
#include "support/faultpoint.h"
#include "support/ledger_check.h"

typedef struct bank {
    const char *uri;
    char database[40];
    noema_db *db;
    mongoc_client_t *client; /* past the library; the test's own thread */
    uint32_t accounts;
    noema_error error;
} bank;

/* Setup and teardown of a group of tests, or of a test. Without NOEMA_MONGODB_URI the program ends
 * as skipped (77). */
int bank_setup(void **state);
int bank_teardown(void **state);

/* One more handle on the database. uri NULL: the server itself. committers 0: the default. Its
 * app_name is the database's name, or that and "-2" with second: fault points can tell them apart. */
typedef struct bank_door {
    const char *uri;
    uint32_t committers;
    uint32_t timeout_ms;
    bool second;
} bank_door;
noema_db *bank_open(bank *of, const bank_door *door);
/* A new connection past the library: the old one is slow to see that a server is back. */
void bank_reconnect(bank *of);
/* The engine of a handle, once it has one (after its first money call). */
nd_engine *bank_engine(noema_db *db);
int64_t bank_metric(noema_db *db, nd_metric metric);

/* A new account, with credit if that is not 0. */
noema_id bank_account(bank *of, noema_money credit);
ledger_account bank_read(bank *of, const noema_id *account);
int64_t bank_count_key(bank *of, const noema_id *account, const char *key);
/* Fails the test when there is a problem anywhere in the database. */
void bank_check(bank *of);

/* Runs and destroys a command on the database; must go well. */
void bank_run(bank *of, bson_t *command);
/* An update of one document by a hand in a shell. Destroys filter and update. */
void bank_edit(bank *of, const char *collection, bson_t *filter, bson_t *update);
void bank_edit_account(bank *of, const noema_id *account, bson_t *update);
/* Such an update: {$set: {field: value}}, with a decimal of "0.5", "NaN"... */
bson_t *bank_money_edit(const char *field, const char *value);

/* work(contexts + i * size) in as many threads at once; joins them. */
void bank_crowd(size_t count, void *(*work)(void *), void *contexts, size_t size);

#endif
