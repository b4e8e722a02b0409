/* Tampers past the library, and forges as the engine would write. */
#include "fixture.h"

#include "transactions/store.h"
#include "user_economy/store.h"
#include "user_economy/user_economy.h"

bson_t *
entry_of(nd_id account, int64_t seq)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, account.bytes);
    return BCON_NEW("masterAccountId", BCON_OID(&oid), "seq", BCON_INT64(seq));
}

bson_t *
of_account(nd_id account)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, account.bytes);
    return BCON_NEW("masterAccountId", BCON_OID(&oid));
}

/* As somebody who knows the database, but not this library. */
static void
write_raw(bson_t *command)
{
    bson_error_t error = {0};
    bson_t reply;
    bson_iter_t at;
    BCON_APPEND(command, "bypassDocumentValidation", BCON_BOOL(true), "writeConcern", "{", "w",
                "majority", "}");
    if (!mongoc_client_write_command_with_opts(observer, database, command, NULL, &reply, &error)) {
        print_error("%s\n", error.message);
        fail();
    }
    assert_true(bson_iter_init_find(&at, &reply, "n") && bson_iter_as_int64(&at) > 0);
    bson_destroy(&reply);
    bson_destroy(command);
}

static void
update(const char *collection, bson_t *filter, bson_t *update_with, bool all)
{
    write_raw(BCON_NEW("update", BCON_UTF8(collection), "updates", "[", "{", "q",
                       BCON_DOCUMENT(filter), "u", BCON_DOCUMENT(update_with), "multi",
                       BCON_BOOL(all), "}", "]"));
    bson_destroy(update_with);
    bson_destroy(filter);
}

void
change(const char *collection, bson_t *filter, bson_t *with)
{
    update(collection, filter, with, false);
}

void
change_all(const char *collection, bson_t *filter, bson_t *with)
{
    update(collection, filter, with, true);
}

void
insert(const char *collection, bson_t *document)
{
    write_raw(
        BCON_NEW("insert", BCON_UTF8(collection), "documents", "[", BCON_DOCUMENT(document), "]"));
    bson_destroy(document);
}

void
erase(const char *collection, bson_t *filter)
{
    bson_t *command =
        BCON_NEW("delete", BCON_UTF8(collection), "deletes", "[", "{", "q", BCON_DOCUMENT(filter),
                 "limit", BCON_INT32(0), "}", "]", "writeConcern", "{", "w", "majority", "}");
    bson_error_t error = {0};
    bool done =
        mongoc_client_write_command_with_opts(observer, database, command, NULL, NULL, &error);
    bson_destroy(command);
    bson_destroy(filter);
    assert_true(done);
}

bson_t *
stored(const char *collection, bson_t *filter)
{
    const bson_t *document = NULL;
    mongoc_collection_t *from = mongoc_client_get_collection(observer, database, collection);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, NULL, NULL);
    assert_true(mongoc_cursor_next(cursor, &document));
    bson_t *copy = bson_copy(document);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(from);
    bson_destroy(filter);
    return copy;
}

int64_t
count_of(const char *collection, bson_t *filter)
{
    bson_error_t error = {0};
    mongoc_collection_t *from = mongoc_client_get_collection(observer, database, collection);
    int64_t count = mongoc_collection_count_documents(from, filter, NULL, NULL, NULL, &error);
    mongoc_collection_destroy(from);
    bson_destroy(filter);
    return count;
}

bson_decimal128_t
usd(const char *text)
{
    bson_decimal128_t decimal;
    assert_true(bson_decimal128_from_string(text, &decimal));
    return decimal;
}

void
forge(nd_id account, nd_entry *entry, int64_t ahead_ms)
{
    nd_economy economy;
    nd_statements inserts;
    bson_iter_t at;
    bson_iter_t inside;
    uint32_t length;
    const uint8_t *bytes;
    nd_law law = {nd_clock_now(nd_base_clock(base)), arena};
    law.now.ms += ahead_ms;
    assert_int_equal(nd_economy_read(base, soon(), account, &economy, arena, NULL), NOEMA_OK);
    const nd_economy before = economy;
    nd_economy_book(&economy, &law, entry->amount, entry);
    nd_statements_begin(&inserts, "insert", "transactions");
    nd_entry_append(&inserts, entry, nd_base_ledger_key(base), &economy.head);
    nd_statements_end(&inserts, true);
    assert_true(bson_iter_init(&at, &inserts.command) &&
                bson_iter_find_descendant(&at, "documents.0", &inside));
    bson_iter_document(&inside, &length, &bytes);
    insert("transactions", bson_new_from_data(bytes, length));
    nd_statements_free(&inserts);
    economy.seal = nd_economy_seal(&economy, nd_base_ledger_key(base));
    bson_t set = BSON_INITIALIZER;
    bson_t unset = BSON_INITIALIZER;
    assert_true(nd_schema_changes(&nd_economy_table, &before, &economy, &set, &unset) > 0);
    change("userEconomy", of_account(account), BCON_NEW("$set", BCON_DOCUMENT(&set)));
    bson_destroy(&set);
    bson_destroy(&unset);
}

static void
book(nd_economy *economy, const nd_law *law, int64_t number, nd_statements *inserts)
{
    char key[80];
    nd_entry entry;
    noema_error error;
    nd_request ask = {.named = economy->account};
    (void)snprintf(key, sizeof(key), "forged:%s:%lld", nd_id_public(economy->account).text,
                   (long long)number);
    ask.key = nd_text_of(key);
    ask.type.at = number == 1 ? ND_ENTRY_CREDIT : ND_ENTRY_DEBIT;
    ask.amount.nano = number == 1 ? 1000 * USD : USD / 100;
    noema_status status = number == 1 ? nd_economy_credit(economy, law, &ask, &entry, &error)
                                      : nd_economy_debit(economy, law, &ask, &entry, &error);
    assert_int_equal(status, NOEMA_OK);
    nd_entry_append(inserts, &entry, nd_base_ledger_key(base), &economy->head);
}

void
forge_many(nd_id account, int64_t entries)
{
    nd_economy economy;
    bson_t document = BSON_INITIALIZER;
    const nd_law law = {nd_clock_now(nd_base_clock(base)), arena};
    nd_economy_birth(&economy, account, &law);
    for (int64_t made = 0; made < entries;) {
        nd_statements inserts;
        nd_statements_begin(&inserts, "insert", "transactions");
        for (int i = 0; i < 500 && made < entries; i++) {
            book(&economy, &law, ++made, &inserts);
        }
        nd_statements_end(&inserts, false);
        write_raw(bson_copy(&inserts.command));
        nd_statements_free(&inserts);
    }
    economy.seal = nd_economy_seal(&economy, nd_base_ledger_key(base));
    nd_schema_encode(&nd_economy_table, &economy, &document);
    insert("userEconomy", bson_copy(&document));
    bson_destroy(&document);
}
