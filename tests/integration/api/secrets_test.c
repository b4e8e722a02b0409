/* No secret leaves the library: canary passwords and keys are looked for in every error, every line of
 * the log at its most detailed, the metrics, what is stored, and what is printed. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "fixture.h"

/* As in a URI, and as the server gets it. */
static const char password[] = "CaNaRy%40Pa55";
static const char decoded[] = "CaNaRy@Pa55";
static const char key[] = "LeDgErCaNaRy-0123456789-0123456789-0123456789";
static const char other_key[] = "AnOtHeRCaNaRy-0123456789-0123456789-012345678";

/* ---- all that is said ---------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char said[1 << 20];
static size_t length;
static size_t lines;

static void
add(const char *text)
{
    size_t size = strlen(text);
    (void)pthread_mutex_lock(&lock);
    if (length + size + 2 < sizeof said) {
        memcpy(said + length, text, size);
        length += size;
        said[length++] = '\n';
        said[length] = '\0';
        lines++;
    }
    (void)pthread_mutex_unlock(&lock);
}

static void
hear(void *context, int32_t level, const char *room, const char *message)
{
    (void)context;
    (void)level;
    add(room);
    add(message);
}

static void
add_error(void)
{
    add(error.message);
    add(error.field);
    add(error.reason);
}

static void
assert_not_said(const char *secret)
{
    (void)pthread_mutex_lock(&lock);
    const char *found = strstr(said, secret);
    (void)pthread_mutex_unlock(&lock);
    if (found != NULL) {
        print_error("said: %.120s\n", found > said + 60 ? found - 60 : found);
        fail();
    }
}

static void
assert_no_canary(void)
{
    assert_not_said("CaNaRy");
    assert_not_said(password);
    assert_not_said(decoded);
    assert_not_said("0123456789-0123456789");
}

static noema_options *
listening_options(void)
{
    noema_options *options = test_options();
    noema_options_set_log(options, hear, NULL, NOEMA_LOG_DEBUG);
    return options;
}

/* ---- standard output and error ----------------------------------------------------------------------- */

static int kept[2] = {-1, -1};
static int captured = -1;

static void
begin_capture(void)
{
    char path[] = "/tmp/noema-secrets-XXXXXX";
    (void)fflush(NULL);
    captured = mkstemp(path);
    assert_true(captured >= 0);
    (void)unlink(path);
    for (int i = 0; i < 2; i++) {
        kept[i] = dup(i + 1);
        (void)dup2(captured, i + 1);
    }
}

/* Whatever was printed counts as said. How much it was. */
static off_t
end_capture(void)
{
    char text[4096] = "";
    (void)fflush(NULL);
    for (int i = 0; i < 2; i++) {
        (void)dup2(kept[i], i + 1);
        (void)close(kept[i]);
    }
    off_t size = lseek(captured, 0, SEEK_END);
    ssize_t got = pread(captured, text, sizeof text - 1, 0);
    (void)close(captured);
    if (got > 0) {
        add(text);
        print_message("printed: %s\n", text);
    }
    return size;
}

/* ---- tests ---------------------------------------------------------------------------------------------- */

static noema_status
open_with(const char *uri)
{
    noema_db *opened = NULL;
    noema_options *options = listening_options();
    noema_status status = noema_options_set(options, "uri", uri, &error);
    add_error();
    if (status == NOEMA_OK) {
        status = noema_open(options, &opened, &error);
        add_error();
    }
    noema_options_free(options);
    noema_close(opened);
    return status;
}

static void
a_password_is_not_told_when_the_server_is_not_there(void **state)
{
    char uri[300];
    (void)state;
    (void)snprintf(uri, sizeof uri, "mongodb://ann:%s@127.0.0.1:1/?replicaSet=rs0", password);
    begin_capture();
    noema_status status = open_with(uri);
    off_t printed = end_capture();
    assert_int_equal(status, NOEMA_UNAVAILABLE);
    assert_int_equal(printed, 0);
    assert_no_canary();
}

static void
a_password_is_not_told_when_the_server_refuses_it(void **state)
{
    char uri[400];
    const char *real = getenv("NOEMA_MONGODB_URI");
    (void)state;
    assert_int_equal(strncmp(real, "mongodb://", 10), 0);
    (void)snprintf(uri, sizeof uri, "mongodb://ann:%s@%s", password, real + 10);
    begin_capture();
    noema_status status = open_with(uri);
    off_t printed = end_capture();
    assert_int_equal(status, NOEMA_UNAVAILABLE);
    assert_string_equal(error.reason, "AUTH");
    assert_int_equal(error.flags & NOEMA_RETRYABLE, 0);
    assert_int_equal(printed, 0);
    assert_no_canary();
}

static void
a_password_is_not_told_of_a_uri_that_is_none(void **state)
{
    static const char *const uris[] = {
        "mongodb://ann:CaNaRy@Pa55@@:99999/",
        "mongodb://ann:CaNaRy%zz@127.0.0.1/",
        "mongodb://ann:CaNaRy@127.0.0.1:1/?w=1&CaNaRy=CaNaRy",
        "mongodb+srv://ann:CaNaRy@does-not-exist.invalid/",
        "http://ann:CaNaRy@127.0.0.1/",
        "mongodb://ann:CaNaRy@example.com:1/?replicaSet=rs0",
        "CaNaRy",
    };
    (void)state;
    begin_capture();
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        if (open_with(uris[i]) == NOEMA_OK) {
            add("CaNaRy is no password");
        }
    }
    off_t printed = end_capture();
    assert_int_equal(printed, 0);
    assert_no_canary();
}

/* A database of its own, made with the key. */
static noema_options *
keyed_options(const char *secret)
{
    char name[60];
    noema_options *options = listening_options();
    (void)snprintf(name, sizeof name, "%s_key", database);
    assert_status(noema_options_set(options, "database", name, &error), NOEMA_OK);
    if (secret != NULL) {
        assert_status(
            noema_options_set_secret(options, "ledger_key", secret, strlen(secret), &error),
            NOEMA_OK);
    }
    return options;
}

static void
work_and_fail(noema_db *opened)
{
    noema_account made;
    noema_receipt receipt;
    assert_status(noema_install(opened, false, NULL, &error), NOEMA_OK);
    assert_status(noema_account_ensure(opened, "telegram:1", &made, &error), NOEMA_OK);
    assert_status(noema_economy_credit(opened, &made.id, CENT, "p:1", NULL, &receipt, &error),
                  NOEMA_OK);
    assert_status(noema_economy_debit(opened, &made.id, NOEMA_USD, "k", NULL, &receipt, &error),
                  NOEMA_INSUFFICIENT_FUNDS);
    add_error();
    noema_document *report = NULL;
    assert_status(noema_ledger_verify(opened, &made.id, NULL, NULL, &report, &error), NOEMA_OK);
    add(noema_document_json(report));
    noema_document_free(report);
    static const char *const formats[] = {"json", "prometheus"};
    for (size_t i = 0; i < 2; i++) {
        char *metrics = noema_metrics(opened, formats[i]);
        add(metrics);
        noema_free(metrics);
    }
}

static void
a_ledger_key_is_not_told(void **state)
{
    noema_db *opened = NULL;
    noema_options *options = keyed_options(key);
    (void)state;
    begin_capture();
    noema_status status = noema_open(options, &opened, &error);
    noema_options_free(options);
    if (status == NOEMA_OK) {
        work_and_fail(opened);
    }
    noema_close(opened);
    off_t printed = end_capture();
    assert_int_equal(status, NOEMA_OK);
    assert_int_equal(printed, 0);
    const char *const others[] = {other_key, NULL};
    for (size_t i = 0; i < 2; i++) {
        options = keyed_options(others[i]);
        assert_status(noema_open(options, &opened, &error), NOEMA_UNSUPPORTED);
        assert_string_equal(error.reason, "LEDGER_KEY");
        add_error();
        noema_options_free(options);
    }
    options = test_options();
    assert_status(noema_options_set_secret(options, "ledger_kez", key, sizeof key, &error),
                  NOEMA_INVALID);
    add_error();
    assert_status(noema_options_set(options, "ledger_key", key, &error), NOEMA_INVALID);
    add_error();
    assert_status(noema_options_set(options, "api_pepper", key, &error), NOEMA_INVALID);
    add_error();
    noema_options_free(options);
    assert_no_canary();
}

static void
hash_bytes(const char *name, size_t *found)
{
    const bson_t *document;
    bson_t filter = BSON_INITIALIZER;
    char keyed[60];
    (void)snprintf(keyed, sizeof keyed, "%s_key", database);
    mongoc_collection_t *collection = mongoc_client_get_collection(observer, keyed, name);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, NULL, NULL);
    while (mongoc_cursor_next(cursor, &document)) {
        (*found)++;
        assert_null(memmem(bson_get_data(document), document->len, "LeDgErCaNaRy", 12));
    }
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
}

static void
a_ledger_key_is_not_stored(void **state)
{
    size_t found = 0;
    bson_t *drop = BCON_NEW("dropDatabase", BCON_INT32(1));
    char keyed[60];
    (void)state;
    hash_bytes("noemaMeta", &found);
    assert_true(found > 0);
    hash_bytes("transactions", &found);
    hash_bytes("userEconomy", &found);
    (void)snprintf(keyed, sizeof keyed, "%s_key", database);
    assert_true(mongoc_client_command_simple(observer, keyed, drop, NULL, NULL, NULL));
    bson_destroy(drop);
}

static void
the_log_was_heard_at_all(void **state)
{
    (void)state;
    assert_true(lines > 20);
    assert_null(strstr(noema_operations_json(), "CaNaRy"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_not_told_when_the_server_is_not_there),
        cmocka_unit_test(a_password_is_not_told_when_the_server_refuses_it),
        cmocka_unit_test(a_password_is_not_told_of_a_uri_that_is_none),
        cmocka_unit_test(a_ledger_key_is_not_told),
        cmocka_unit_test(a_ledger_key_is_not_stored),
        cmocka_unit_test(the_log_was_heard_at_all),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
