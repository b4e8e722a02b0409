/* The library as a host without C structs sees it (Node, Python, a shell): every operation by its
 * name, JSON in, JSON out, one string to free. A money amount is text, an account is an id or a
 * handle. noema_operations_json() lists all operations with their arguments. */
#include <noemadb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [call] */
/* Calls, shows, and says whether it ended as expected. When it is not OK, the JSON is the error. */
static bool
call(noema_db *db, const char *operation, const char *arguments, noema_status expected)
{
    char *json = NULL;
    noema_status status = noema_call(db, operation, arguments, &json);
    printf("%s %s\n  %s\n", operation, arguments, json == NULL ? "(out of memory)" : json);
    noema_free(json);
    return status == expected;
}
/* [/call] */

static bool
conversation(noema_db *db)
{
    return call(db, "account.ensure", "{\"handle\":\"discord:80351110224678912\"}", NOEMA_OK) &&
           call(db, "economy.credit",
                "{\"account\":\"discord:80351110224678912\",\"amount\":\"1\","
                "\"payment\":\"stripe:pi_call\"}",
                NOEMA_OK) &&
           call(db, "economy.debit",
                "{\"account\":\"discord:80351110224678912\",\"amount\":\"0.25\","
                "\"key\":\"discord:interaction:1\"}",
                NOEMA_OK) &&
           call(db, "economy.debit",
                "{\"account\":\"discord:80351110224678912\",\"amount\":\"99\","
                "\"key\":\"discord:interaction:2\"}",
                NOEMA_INSUFFICIENT_FUNDS) &&
           call(db, "economy.debit",
                "{\"account\":\"discord:80351110224678912\",\"amount\":0.25,"
                "\"key\":\"discord:interaction:3\"}",
                NOEMA_INVALID) && /* a number, not text */
           call(db, "economy.balance", "{\"account\":\"discord:80351110224678912\"}", NOEMA_OK);
}

/* A binding makes its functions from the description; this one only counts them. */
static size_t
count_operations(void)
{
    size_t count = 0;
    const char *at = noema_operations_json();
    const char *end = strstr(at, "\"statuses\":[{"); /* what follows the operations */
    while ((at = strstr(at, "\"arguments\":")) != NULL && (end == NULL || at < end)) {
        count++;
        at++;
    }
    return count;
}

int
main(void)
{
    noema_error error;
    noema_db *db;
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    if (noema_open(NULL, &db, &error) != NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
        return 1;
    }
    bool fine = call(db, "base.install", "{}", NOEMA_OK) && conversation(db);
    noema_close(db);
    printf("%zu operations are described by noema_operations_json()\n", count_operations());
    return fine ? 0 : 1;
}
