/* What is stored, read and changed beside the library. */
#include "fixture.h"

#include "support/collection.h"

static bson_oid_t
oid_of(noema_id id)
{
    bson_oid_t oid;
    assert_true(bson_oid_is_valid(id.text, 24));
    bson_oid_init_from_string(&oid, id.text);
    return oid;
}

bson_t *
by_id(noema_id id)
{
    bson_oid_t oid = oid_of(id);
    return BCON_NEW("_id", BCON_OID(&oid));
}

bson_t *
by_account(noema_id account)
{
    bson_oid_t oid = oid_of(account);
    return BCON_NEW("masterAccountId", BCON_OID(&oid));
}

int64_t
stored_count(const char *name, bson_t *filter)
{
    return collection_count(observer, database, name, filter);
}

void
change_stored(const char *name, bson_t *filter, bson_t *update)
{
    collection_change(observer, database, name, filter, update);
}

bson_t *
stored_one(const char *name, bson_t *filter)
{
    return collection_one(observer, database, name, filter);
}

noema_money
stored_sum(const char *name, bson_t *filter, const char *field)
{
    const bson_t *document = NULL;
    bson_iter_t at;
    int64_t sum = INT64_MIN;
    mongoc_collection_t *collection = collection_open(observer, database, name);
    bson_t *pipeline =
        BCON_NEW("pipeline", "[", "{", "$match", BCON_DOCUMENT(filter), "}", "{", "$group", "{",
                 "_id", BCON_NULL, "sum", "{", "$sum", BCON_UTF8(field), "}", "}", "}", "{",
                 "$project", "{", "nano", "{", "$toLong", "{", "$multiply", "[", "$sum",
                 BCON_INT64(NOEMA_USD), "]", "}", "}", "}", "}", "]");
    mongoc_cursor_t *cursor =
        mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, pipeline, NULL, NULL);
    if (mongoc_cursor_next(cursor, &document) && bson_iter_init_find(&at, document, "nano")) {
        sum = bson_iter_int64(&at);
    }
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    bson_destroy(pipeline);
    bson_destroy(filter);
    return sum;
}

static uint64_t
hash_document(uint64_t hash, const bson_t *document)
{
    const uint8_t *bytes = bson_get_data(document);
    for (uint32_t i = 0; i < document->len; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t
stored_everything(void)
{
    static const char *const names[] = {"userCore",     "identities",         "userEconomy",
                                        "transactions", "workflowExecutions", "accountEvents"};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    bson_t filter = BSON_INITIALIZER;
    bson_t *options = BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const bson_t *document = NULL;
        mongoc_collection_t *collection = collection_open(observer, database, names[i]);
        mongoc_cursor_t *cursor =
            mongoc_collection_find_with_opts(collection, &filter, options, NULL);
        while (mongoc_cursor_next(cursor, &document)) {
            hash = hash_document(hash, document);
        }
        assert_false(mongoc_cursor_error(cursor, NULL));
        mongoc_cursor_destroy(cursor);
        mongoc_collection_destroy(collection);
    }
    bson_destroy(options);
    return hash;
}
