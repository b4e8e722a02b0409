/* The databases of a part: made, filled, looked at, dropped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "core/id.h"
#include "schema/schema.h"

enum { INSERTED_AT_ONCE = 1000, CREDITED_AT_ONCE = 2500, CLIENTS = 64 };

/* ---- databases --------------------------------------------------------------------------------- */

static const char *
server_uri(void)
{
    const char *uri = getenv("NOEMA_MONGODB_URI");
    if (uri == NULL) {
        bench_die("no server is named: use scripts/bench, or set NOEMA_MONGODB_URI");
    }
    return uri;
}

/* As the library's own: majority, journaled. */
static mongoc_client_pool_t *
open_clients(void)
{
    mongoc_uri_t *uri = mongoc_uri_new(server_uri());
    if (uri == NULL) {
        bench_die("NOEMA_MONGODB_URI is no MongoDB URI");
    }
    mongoc_write_concern_t *durable = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(durable, 10000);
    mongoc_write_concern_set_journal(durable, true);
    mongoc_uri_set_write_concern(uri, durable);
    mongoc_write_concern_destroy(durable);
    mongoc_client_pool_t *clients = mongoc_client_pool_new(uri);
    mongoc_client_pool_max_size(clients, CLIENTS);
    (void)mongoc_client_pool_set_error_api(clients, MONGOC_ERROR_API_VERSION_2);
    mongoc_uri_destroy(uri);
    return clients;
}

static noema_db *
open_database(const char *name)
{
    noema_db *db = NULL;
    noema_error error;
    noema_options *options = noema_options_new();
    if (noema_options_set(options, "database", name, &error) != NOEMA_OK ||
        noema_options_set(options, "actor", BENCH_ACTOR, &error) != NOEMA_OK ||
        noema_open(options, &db, &error) != NOEMA_OK ||
        noema_install(db, false, NULL, &error) != NOEMA_OK) {
        bench_die("%s: %s: %s", name, noema_status_name(error.status), error.message);
    }
    noema_options_free(options);
    return db;
}

/* ---- accounts ---------------------------------------------------------------------------------- */

static void
insert_many(mongoc_client_t *client, const char *database, const char *collection,
            bson_t *(*make)(nd_id account))
{
    bson_error_t error;
    mongoc_collection_t *into = mongoc_client_get_collection(client, database, collection);
    for (uint32_t from = 0; from < BENCH_ACCOUNTS; from += INSERTED_AT_ONCE) {
        bson_t *documents[INSERTED_AT_ONCE];
        const bson_t *borrowed[INSERTED_AT_ONCE];
        for (uint32_t i = 0; i < INSERTED_AT_ONCE; i++) {
            documents[i] = make(bench_account(from + i));
            borrowed[i] = documents[i];
        }
        if (!mongoc_collection_insert_many(into, borrowed, INSERTED_AT_ONCE, NULL, NULL, &error)) {
            bench_die("%s.%s: %s", database, collection, error.message);
        }
        for (uint32_t i = 0; i < INSERTED_AT_ONCE; i++) {
            bson_destroy(documents[i]);
        }
    }
    mongoc_collection_destroy(into);
}

static void
credit_some(noema_db *db, uint32_t from, noema_command *commands, noema_receipt *receipts,
            char (*keys)[BENCH_KEY])
{
    noema_error error;
    for (uint32_t i = 0; i < CREDITED_AT_ONCE; i++) {
        (void)snprintf(keys[i], BENCH_KEY, "stripe:pi_%u", from + i);
        commands[i] = (noema_command){.size = sizeof(commands[i]),
                                      .kind = NOEMA_COMMAND_CREDIT,
                                      .account = nd_id_public(bench_account(from + i)),
                                      .amount = BENCH_CREDIT,
                                      .key = keys[i],
                                      .timeout_ms = 60000};
    }
    if (noema_economy_apply(db, commands, CREDITED_AT_ONCE, receipts, sizeof(*receipts), &error) !=
        NOEMA_OK) {
        bench_die("credit: %s: %s", noema_status_name(error.status), error.message);
    }
}

static void
credit_all(noema_db *db)
{
    noema_command *commands = nd_new(CREDITED_AT_ONCE * sizeof(*commands));
    noema_receipt *receipts = nd_new(CREDITED_AT_ONCE * sizeof(*receipts));
    char(*keys)[BENCH_KEY] = nd_new(CREDITED_AT_ONCE * sizeof(*keys));
    for (uint32_t from = 0; from < BENCH_ACCOUNTS; from += CREDITED_AT_ONCE) {
        credit_some(db, from, commands, receipts, keys);
    }
    nd_delete(keys);
    nd_delete(receipts);
    nd_delete(commands);
}

static void
fill(bench_place *place)
{
    mongoc_client_t *client = mongoc_client_pool_pop(place->clients);
    insert_many(client, place->engine, "userCore", bench_user_new);
    insert_many(client, place->naive, "userCore", bench_user_new);
    insert_many(client, place->naive, "userEconomy", bench_economy_new);
    mongoc_client_pool_push(place->clients, client);
    credit_all(place->db);
}

void
bench_place_open(bench_place *place, const char *name)
{
    memset(place, 0, sizeof(*place));
    (void)snprintf(place->engine, sizeof(place->engine), "noema_bench_%d_%s", (int)getpid(), name);
    (void)snprintf(place->naive, sizeof(place->naive), "%s_naive", place->engine);
    (void)snprintf(place->limit, sizeof(place->limit), "%s_limit", place->engine);
    place->clients = open_clients();
    place->db = open_database(place->engine);
    noema_close(open_database(place->naive));
    noema_close(open_database(place->limit));
    fill(place);
}

void
bench_place_close(bench_place *place)
{
    const char *const names[] = {place->engine, place->naive, place->limit};
    noema_close(place->db);
    mongoc_client_t *client = mongoc_client_pool_pop(place->clients);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bson_error_t ignored;
        mongoc_database_t *database = mongoc_client_get_database(client, names[i]);
        (void)mongoc_database_drop(database, &ignored);
        mongoc_database_destroy(database);
    }
    mongoc_client_pool_push(place->clients, client);
    mongoc_client_pool_destroy(place->clients);
}

/* ---- looking ------------------------------------------------------------------------------------- */

static int64_t
money_of(const bson_t *document, const char *name)
{
    bson_iter_t at;
    bson_decimal128_t decimal;
    nd_money amount = {0};
    if (!bson_iter_init_find(&at, document, name)) {
        return 0;
    }
    if (bson_iter_decimal128(&at, &decimal) && !nd_decimal_read(&decimal, &amount)) {
        bench_die("the sum of %s is no amount", name);
    }
    return amount.nano;
}

static void
read_sums(mongoc_client_t *client, const char *database, bench_books *books)
{
    const bson_t *sums;
    bson_error_t error;
    bson_t *pipeline =
        BCON_NEW("pipeline", "[", "{", "$group", "{", "_id", BCON_NULL, "credit", "{", "$sum",
                 "$usdCredit", "}", "held", "{", "$sum", "$heldUsd", "}", "}", "}", "]");
    bson_t *majority = BCON_NEW("readConcern", "{", "level", "majority", "}");
    mongoc_collection_t *from = mongoc_client_get_collection(client, database, "userEconomy");
    mongoc_cursor_t *cursor =
        mongoc_collection_aggregate(from, MONGOC_QUERY_NONE, pipeline, majority, NULL);
    if (!mongoc_cursor_next(cursor, &sums)) {
        (void)mongoc_cursor_error(cursor, &error);
        bench_die("%s: the sum of the balances: %s", database, error.message);
    }
    books->credit = money_of(sums, "credit");
    books->held = money_of(sums, "held");
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(from);
    bson_destroy(majority);
    bson_destroy(pipeline);
}

/* As the collection counts itself. */
static int64_t
count_entries(mongoc_client_t *client, const char *database)
{
    bson_t reply;
    bson_iter_t at;
    bson_error_t error;
    bson_t *command = BCON_NEW("count", "transactions");
    if (!mongoc_client_read_command_with_opts(client, database, command, NULL, NULL, &reply,
                                              &error)) {
        bench_die("%s: the count of the entries: %s", database, error.message);
    }
    int64_t count = bson_iter_init_find(&at, &reply, "n") ? bson_iter_as_int64(&at) : 0;
    bson_destroy(command);
    bson_destroy(&reply);
    return count;
}

void
bench_books_read(const bench_place *place, bench_books *books)
{
    mongoc_client_t *client = mongoc_client_pool_pop(place->clients);
    read_sums(client, place->engine, books);
    books->entries = count_entries(client, place->engine);
    mongoc_client_pool_push(place->clients, client);
}

uint32_t
bench_entry_size(const bench_place *place, const char *database)
{
    const bson_t *entry;
    mongoc_client_t *client = mongoc_client_pool_pop(place->clients);
    mongoc_collection_t *from = mongoc_client_get_collection(client, database, "transactions");
    bson_t *filter = BCON_NEW("type", "{", "$ne", "credit", "}");
    bson_t *options = BCON_NEW("limit", BCON_INT64(1));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, options, NULL);
    uint32_t size = mongoc_cursor_next(cursor, &entry) ? entry->len : 0;
    mongoc_cursor_destroy(cursor);
    bson_destroy(options);
    bson_destroy(filter);
    mongoc_collection_destroy(from);
    mongoc_client_pool_push(place->clients, client);
    return size;
}
