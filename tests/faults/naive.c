#include "faults/naive.h"

#include <string.h>

#include "core/clock.h"
#include "support/ledger_values.h"

enum { TRIES_MAX = 20, PAUSE_MS = 100 };

static bson_decimal128_t
decimal(const char *text)
{
    bson_decimal128_t value = {0, 0};
    (void)bson_decimal128_from_string(text, &value);
    return value;
}

static bool
run(mongoc_client_t *client, const char *database, mongoc_client_session_t *session,
    bson_t *command, bson_t *reply)
{
    bson_error_t error;
    bson_t options = BSON_INITIALIZER;
    bool done =
        mongoc_client_session_append(session, &options, &error) &&
        mongoc_client_write_command_with_opts(client, database, command, &options, reply, &error);
    bson_destroy(&options);
    bson_destroy(command);
    return done;
}

/* The balances come from the document as it was and as it is. */
static bson_t *
entry_of(const bson_t *reply, const bson_oid_t *account, const char *key)
{
    bson_iter_t at;
    bson_iter_t after;
    bson_decimal128_t balance = {0, 0};
    bson_decimal128_t amount = decimal("-0.001");
    bson_decimal128_t before = {0, 0};
    char text[BSON_DECIMAL128_STRING];
    if (bson_iter_init(&at, reply) && bson_iter_find_descendant(&at, "value.usdCredit", &after)) {
        (void)bson_iter_decimal128(&after, &balance);
    }
    const int64_t nano = stored_money(reply, "value.usdCredit") + 1000000;
    (void)snprintf(text, sizeof text, "%lld.%09lld", (long long)(nano / 1000000000),
                   (long long)(nano % 1000000000));
    before = decimal(text);
    return BCON_NEW("insert", BCON_UTF8("transactions"), "documents", "[", "{", "masterAccountId",
                    BCON_OID(account), "timestamp", BCON_DATE_TIME(INT64_C(4000000000000)), "type",
                    BCON_UTF8("debit"), "amountUsd", BCON_DECIMAL128(&amount), "balanceBeforeUsd",
                    BCON_DECIMAL128(&before), "balanceAfterUsd", BCON_DECIMAL128(&balance), "seq",
                    BCON_INT64(stored_integer(reply, "value.seq")), "idempotencyKey",
                    BCON_UTF8(key), "}", "]");
}

static bool
try_once(mongoc_client_t *client, const char *database, const bson_oid_t *account, const char *key)
{
    bson_error_t error;
    bson_t reply;
    bson_decimal128_t amount = decimal("-0.001");
    mongoc_client_session_t *session = mongoc_client_start_session(client, NULL, &error);
    bool done = session != NULL && mongoc_client_session_start_transaction(session, NULL, &error) &&
                run(client, database, session,
                    BCON_NEW("findAndModify", BCON_UTF8("userEconomy"), "query", "{",
                             "masterAccountId", BCON_OID(account), "}", "update", "{", "$inc", "{",
                             "usdCredit", BCON_DECIMAL128(&amount), "seq", BCON_INT64(1), "}", "}",
                             "new", BCON_BOOL(true)),
                    &reply);
    if (done) {
        done = run(client, database, session, entry_of(&reply, account, key), NULL) &&
               mongoc_client_session_commit_transaction(session, NULL, &error);
        bson_destroy(&reply);
    }
    if (session != NULL) {
        mongoc_client_session_destroy(session);
    }
    return done;
}

bool
naive_debit(mongoc_client_t *client, const char *database, const char *account, const char *key)
{
    bson_oid_t id;
    bson_oid_init_from_string(&id, account);
    for (int i = 0; i < TRIES_MAX; i++) {
        if (try_once(client, database, &id, key)) {
            return true;
        }
        nd_sleep_ms(PAUSE_MS);
    }
    return false;
}
