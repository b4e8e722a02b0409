/* The client's check and the server's validator give the same verdict on every one-step mutant of a
 * valid document, for every collection of the library and for one that uses every type; and the
 * server takes every declared index. */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/collections.h"
#include "core/id.h"
#include "support/mutants.h"
#include "unit/schema/thing.h"

enum { VALIDATION_FAILED = 121, BATCH = 500, BATCH_BYTES = 4 * 1024 * 1024 };

static mongoc_client_t *client;
static mongoc_database_t *database;

/* A command that must go well, or whose writeErrors the caller reads. Destroys the command. */
static void
run(bson_t *command, bson_t *reply)
{
    bson_error_t error;
    if (!mongoc_database_write_command_with_opts(database, command, NULL, reply, &error)) {
        print_error("%s\n", error.message);
        fail();
    }
    bson_destroy(command);
}

static int
open_database(void **state)
{
    bson_error_t error;
    char name[64];
    mongoc_uri_t *uri = mongoc_uri_new_with_error(getenv("NOEMA_MONGODB_URI"), &error);
    (void)state;
    if (uri == NULL) {
        print_error("NOEMA_MONGODB_URI: %s\n", error.message);
        return -1;
    }
    client = mongoc_client_new_from_uri(uri);
    mongoc_uri_destroy(uri);
    (void)snprintf(name, sizeof name, "agreement_%s", nd_id_public(nd_id_new()).text);
    database = mongoc_client_get_database(client, name);
    return 0;
}

static int
drop_database(void **state)
{
    bson_error_t error;
    bool done = mongoc_database_drop(database, &error);
    (void)state;
    mongoc_database_destroy(database);
    mongoc_client_destroy(client);
    return done ? 0 : -1;
}

static void
create(const nd_collection *collection)
{
    bson_t *command = BCON_NEW("create", BCON_UTF8(collection->name));
    bson_t validator;
    bson_t reply;
    bson_append_document_begin(command, "validator", -1, &validator);
    nd_schema_validator(collection, &validator);
    bson_append_document_end(command, &validator);
    run(command, &reply);
    bson_destroy(&reply);
}

/* ---- one batch of documents, asked of both ----------------------------------------------- */

typedef struct comparison {
    const nd_collection *collection;
    bson_t documents; /* as an array */
    uint32_t count;
    noema_status ours[BATCH];
    int32_t theirs[BATCH]; /* the server's code; 0: taken */
    mutant mutants[BATCH];
    char our_paths[BATCH][64];
    size_t asked, refused, without_verdict, disagreements;
} comparison;

static void
trial_add(comparison *trial, const bson_t *document, const mutant *made)
{
    char number[16];
    const char *index;
    noema_error error = {0};
    uint32_t at = trial->count++;
    (void)bson_uint32_to_string(at, &index, number, sizeof number);
    bson_append_document(&trial->documents, index, -1, document);
    trial->mutants[at] = *made;
    trial->theirs[at] = 0;
    trial->ours[at] = nd_schema_check(trial->collection->table, document, &error);
    memcpy(trial->our_paths[at], error.field, sizeof error.field);
}

static void
read_verdicts(comparison *trial, const bson_t *reply)
{
    bson_iter_t at;
    bson_iter_t inside;
    if (!bson_iter_init_find(&at, reply, "writeErrors") || !bson_iter_recurse(&at, &inside)) {
        return;
    }
    while (bson_iter_next(&inside)) {
        bson_iter_t index;
        bson_iter_t code;
        assert_true(bson_iter_recurse(&inside, &index) && bson_iter_find(&index, "index"));
        assert_true(bson_iter_recurse(&inside, &code) && bson_iter_find(&code, "code"));
        trial->theirs[bson_iter_int32(&index)] = bson_iter_int32(&code);
    }
}

/* The path that the client names is the mutant's, or leads on into what stands there. */
static bool
names_the_path(const comparison *trial, uint32_t at)
{
    return trial->ours[at] == NOEMA_OK || strncmp(trial->our_paths[at], trial->mutants[at].path,
                                                  strlen(trial->mutants[at].path)) == 0;
}

static void
compare(comparison *trial, uint32_t at)
{
    const mutant *made = &trial->mutants[at];
    int32_t code = trial->theirs[at];
    /* Of _id the server has rules beside its validator: no array, no regex. */
    if (made->of_id && code != 0 && code != VALIDATION_FAILED) {
        trial->without_verdict++;
        return;
    }
    trial->asked++;
    trial->refused += code != 0;
    if ((code == 0) == (trial->ours[at] == NOEMA_OK) && (code == 0 || code == VALIDATION_FAILED) &&
        names_the_path(trial, at)) {
        return;
    }
    trial->disagreements++;
    print_error("%s: %s %s: server %d, client %s at \"%s\"\n", trial->collection->name, made->path,
                made->change, code, trial->ours[at] == NOEMA_OK ? "OK" : "INVALID",
                trial->our_paths[at]);
}

static void
trial_ask(comparison *trial)
{
    bson_t reply;
    bson_t *command = BCON_NEW("insert", BCON_UTF8(trial->collection->name), "ordered",
                               BCON_BOOL(false), "documents", BCON_ARRAY(&trial->documents));
    if (trial->count > 0) {
        bson_error_t error;
        /* A write error makes a write command fail; its reply is there all the same. */
        (void)mongoc_database_write_command_with_opts(database, command, NULL, &reply, &error);
        assert_true(bson_has_field(&reply, "n"));
        read_verdicts(trial, &reply);
        bson_destroy(&reply);
    }
    for (uint32_t i = 0; i < trial->count; i++) {
        compare(trial, i);
    }
    trial->count = 0;
    bson_reinit(&trial->documents);
    bson_destroy(command);
}

/* Mutants of _id would stand in each other's way. */
static void
empty(const nd_collection *collection)
{
    bson_t reply;
    run(BCON_NEW("delete", BCON_UTF8(collection->name), "deletes", "[", "{", "q", "{", "}", "limit",
                 BCON_INT32(0), "}", "]"),
        &reply);
    bson_destroy(&reply);
}

static void
ask_of_mutant(comparison *trial, size_t index)
{
    bson_t document = BSON_INITIALIZER;
    mutant made;
    mutants_make(trial->collection->table, index, &document, &made);
    /* The server gives a document without _id one of its own. */
    if (!made.drops_id) {
        if (made.of_id) {
            trial_ask(trial);
            empty(trial->collection);
        }
        trial_add(trial, &document, &made);
        if (made.of_id || trial->count == BATCH || trial->documents.len > BATCH_BYTES) {
            trial_ask(trial);
        }
    }
    bson_destroy(&document);
}

/* The sample, and what encode makes of it once it was decoded. */
static void
ask_of_samples(comparison *trial)
{
    const nd_table *table = trial->collection->table;
    static const mutant none = {.change = "sample"};
    static const mutant again = {.change = "sample, decoded and encoded"};
    nd_arena *arena = nd_arena_new();
    void *record = nd_arena_take(arena, table->size);
    bson_t sample = BSON_INITIALIZER;
    bson_t other = BSON_INITIALIZER;
    bson_t encoded = BSON_INITIALIZER;
    mutants_sample(table, UINT32_MAX, &sample);
    mutants_sample(table, UINT32_MAX - 1, &other);
    assert_int_equal(nd_schema_decode(table, &other, record, arena, NULL), NOEMA_OK);
    nd_schema_encode(table, record, &encoded);
    assert_true(bson_equal(&encoded, &other));
    trial_add(trial, &sample, &none);
    trial_add(trial, &encoded, &again);
    trial_ask(trial);
    assert_int_equal(trial->refused, 0);
    bson_destroy(&sample);
    bson_destroy(&other);
    bson_destroy(&encoded);
    nd_arena_free(arena);
}

/* Returns how many were asked. */
static size_t
agree_on(const nd_collection *collection)
{
    comparison *trial = calloc(1, sizeof *trial);
    size_t count = mutants_count(collection->table);
    assert_non_null(trial);
    trial->collection = collection;
    bson_init(&trial->documents);
    create(collection);
    ask_of_samples(trial);
    for (size_t i = 0; i < count; i++) {
        ask_of_mutant(trial, i);
    }
    trial_ask(trial);
    print_message("%s: %zu mutants, %zu refused, %zu disagreements\n", collection->name,
                  trial->asked, trial->refused, trial->disagreements);
    size_t asked = trial->asked;
    assert_int_equal(trial->disagreements, 0);
    /* Few of _id alone, and a fair share of both verdicts. */
    assert_true(trial->without_verdict < 10);
    assert_true(trial->refused > asked / 2 && trial->refused < asked);
    bson_destroy(&trial->documents);
    free(trial);
    return asked;
}

static void
client_and_server_agree_on_a_collection_of_every_type(void **state)
{
    (void)state;
    (void)agree_on(&thing_collection);
}

static void
client_and_server_agree_on_every_collection_of_the_library(void **state)
{
    size_t total = 0;
    (void)state;
    for (size_t i = 0; i < nd_collection_count; i++) {
        total += agree_on(nd_collections[i]);
    }
    print_message("total: %zu mutants of %zu collections\n", total, nd_collection_count);
}

static void
make_index(const nd_collection *collection, const nd_index *index)
{
    bson_t *command = BCON_NEW("createIndexes", BCON_UTF8(collection->name));
    bson_t list;
    bson_t spec;
    bson_t reply;
    bson_append_array_begin(command, "indexes", -1, &list);
    bson_append_document_begin(&list, "0", -1, &spec);
    nd_schema_index(collection, index, &spec);
    bson_append_document_end(&list, &spec);
    bson_append_array_end(command, &list);
    run(command, &reply);
    bson_destroy(&reply);
}

static void
the_server_takes_every_declared_index(void **state)
{
    (void)state;
    for (size_t i = 0; i <= nd_collection_count; i++) {
        const nd_collection *collection =
            i < nd_collection_count ? nd_collections[i] : &thing_collection;
        empty(collection);
        for (size_t at = 0; at < collection->index_count; at++) {
            make_index(collection, &collection->indexes[at]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_and_server_agree_on_a_collection_of_every_type),
        cmocka_unit_test(client_and_server_agree_on_every_collection_of_the_library),
        cmocka_unit_test(the_server_takes_every_declared_index),
    };
    if (getenv("NOEMA_MONGODB_URI") == NULL) {
        (void)fprintf(stderr, "no server: run me by scripts/mongod run -- ...\n");
        return 77;
    }
    mongoc_init();
    int failed = cmocka_run_group_tests(tests, open_database, drop_database);
    mongoc_cleanup();
    return failed;
}
