#include "support/collection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

mongoc_collection_t *
collection_open(mongoc_client_t *client, const char *database, const char *name)
{
    mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
    mongoc_read_concern_t *majority = mongoc_read_concern_new();
    mongoc_read_concern_set_level(majority, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_collection_set_read_concern(collection, majority);
    mongoc_read_concern_destroy(majority);
    return collection;
}

int64_t
collection_count(mongoc_client_t *client, const char *database, const char *name, bson_t *filter)
{
    bson_error_t problem = {0};
    mongoc_collection_t *collection = collection_open(client, database, name);
    int64_t count =
        mongoc_collection_count_documents(collection, filter, NULL, NULL, NULL, &problem);
    mongoc_collection_destroy(collection);
    bson_destroy(filter);
    assert_string_equal(problem.message, "");
    return count;
}

bson_t *
collection_one(mongoc_client_t *client, const char *database, const char *name, bson_t *filter)
{
    const bson_t *document = NULL;
    bson_t *copy = NULL;
    size_t count = 0;
    mongoc_collection_t *collection = collection_open(client, database, name);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, filter, NULL, NULL);
    while (mongoc_cursor_next(cursor, &document)) {
        if (count++ == 0) {
            copy = bson_copy(document);
        }
    }
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    bson_destroy(filter);
    assert_int_equal(count, 1);
    return copy;
}

void
collection_change(mongoc_client_t *client, const char *database, const char *name, bson_t *filter,
                  bson_t *update)
{
    bson_t reply;
    bson_iter_t at;
    bson_error_t problem = {0};
    bson_t *options = BCON_NEW("writeConcern", "{", "w", "majority", "}");
    mongoc_collection_t *collection = collection_open(client, database, name);
    (void)mongoc_collection_update_one(collection, filter, update, options, &reply, &problem);
    int64_t changed =
        bson_iter_init_find(&at, &reply, "modifiedCount") ? bson_iter_as_int64(&at) : -1;
    bson_destroy(&reply);
    mongoc_collection_destroy(collection);
    bson_destroy(options);
    bson_destroy(update);
    bson_destroy(filter);
    assert_string_equal(problem.message, "");
    assert_int_equal(changed, 1);
}

void
collection_insert(mongoc_client_t *client, const char *database, const char *name, bson_t *document)
{
    bson_error_t problem = {0};
    bson_t *options = BCON_NEW("writeConcern", "{", "w", "majority", "}");
    mongoc_collection_t *collection = collection_open(client, database, name);
    (void)mongoc_collection_insert_one(collection, document, options, NULL, &problem);
    mongoc_collection_destroy(collection);
    bson_destroy(options);
    bson_destroy(document);
    assert_string_equal(problem.message, "");
}
