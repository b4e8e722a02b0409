/* What tests ask of single accounts and keys, past the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ledger_check.h"
#include "support/ledger_values.h"

int64_t
ledger_count(mongoc_client_t *client, const char *database, const char *collection, bson_t *filter)
{
    bson_error_t error;
    mongoc_collection_t *in = mongoc_client_get_collection(client, database, collection);
    int64_t count = mongoc_collection_count_documents(in, filter, NULL, NULL, NULL, &error);
    if (count < 0) {
        (void)printf("count of %s: %s\n", collection, error.message);
    }
    mongoc_collection_destroy(in);
    bson_destroy(filter);
    return count;
}

static bson_oid_t
id_of(const char *text)
{
    bson_oid_t id;
    bson_oid_init_from_string(&id, text);
    return id;
}

int64_t
ledger_count_key(mongoc_client_t *client, const char *database, const char *account,
                 const char *key)
{
    bson_t *filter = BCON_NEW("idempotencyKey", BCON_UTF8(key));
    if (account == NULL) {
        (void)BCON_APPEND(filter, "type", BCON_UTF8("credit"));
    } else {
        bson_oid_t id = id_of(account);
        (void)BCON_APPEND(filter, "$or", "[", "{", "namedAccountId", BCON_OID(&id), "}", "{",
                          "masterAccountId", BCON_OID(&id), "namedAccountId", "{", "$exists",
                          BCON_BOOL(false), "}", "}", "]");
    }
    return ledger_count(client, database, "transactions", filter);
}

int64_t
ledger_count_run(mongoc_client_t *client, const char *database, const char *account,
                 const char *key)
{
    bson_oid_t id = id_of(account);
    return ledger_count(
        client, database, "workflowExecutions",
        BCON_NEW("masterAccountId", BCON_OID(&id), "idempotencyKey", BCON_UTF8(key)));
}

ledger_account
ledger_read_account(mongoc_client_t *client, const char *database, const char *account)
{
    ledger_account found = {0};
    const bson_t *document;
    bson_error_t error;
    bson_oid_t id = id_of(account);
    bson_t *filter = BCON_NEW("masterAccountId", BCON_OID(&id));
    mongoc_collection_t *in = mongoc_client_get_collection(client, database, "userEconomy");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(in, filter, NULL, NULL);
    while (mongoc_cursor_next(cursor, &document)) {
        found.documents++;
        found.credit = stored_money(document, "usdCredit");
        found.held = stored_money(document, "heldUsd");
        found.seq = stored_integer(document, "seq");
    }
    if (mongoc_cursor_error(cursor, &error)) {
        (void)printf("userEconomy: %s\n", error.message);
        found.documents = -1;
    }
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(in);
    bson_destroy(filter);
    return found;
}
