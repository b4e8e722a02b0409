/* A collection of a test's database, read and changed past the library, as the majority sees it.
 * Filter, update and document are BCON, destroyed. Asserts: in the test's thread alone. */
#ifndef ND_TEST_SUPPORT_COLLECTION_H
#define ND_TEST_SUPPORT_COLLECTION_H

#include <mongoc/mongoc.h>
#include <stdint.h>

/* With majority reads; mongoc_collection_destroy. */
mongoc_collection_t *collection_open(mongoc_client_t *client, const char *database,
                                     const char *name);
int64_t collection_count(mongoc_client_t *client, const char *database, const char *name,
                         bson_t *filter);
/* Asserts that there is exactly one; yours, bson_destroy. */
bson_t *collection_one(mongoc_client_t *client, const char *database, const char *name,
                       bson_t *filter);
/* Asserts that it changed one. */
void collection_change(mongoc_client_t *client, const char *database, const char *name,
                       bson_t *filter, bson_t *update);
void collection_insert(mongoc_client_t *client, const char *database, const char *name,
                       bson_t *document);

#endif
