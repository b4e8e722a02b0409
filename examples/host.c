/* What a host does around the calls: the version, options, a log hook, one handle for all threads,
 * metrics, and the end. */
#include <noemadb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From any thread, one line a message, no secrets in it. It must not call the library. */
static void
write_log(void *context, int32_t level, const char *room, const char *message)
{
    static const char *const names[] = {"", "error", "warn", "info", "debug"};
    fprintf(context, "noemadb %s %s: %s\n", names[level], room, message);
}

/* [open] */
static noema_db *
open_database(void)
{
    noema_error error;
    noema_db *db = NULL;
    noema_options *options = noema_options_new();
    if (noema_version_number() >> 8 != NOEMA_VERSION_NUMBER >> 8) {
        fprintf(stderr, "built for another noemadb than %s\n", noema_version());
    } else if (noema_options_set(options, "app_name", "telegram-adapter", &error) != NOEMA_OK ||
               noema_options_set(options, "actor", "telegram", &error) != NOEMA_OK ||
               noema_options_set(options, "timeout_ms", "5000", &error) != NOEMA_OK) {
        fprintf(stderr, "option %s\n", error.message);
    } else {
        noema_options_set_log(options, write_log, stderr, NOEMA_LOG_WARN);
        if (noema_open(options, &db, &error) != NOEMA_OK) { /* the rest is in the environment */
            fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
        }
    }
    noema_options_free(options);
    return db;
}
/* [/open] */

typedef struct visitor {
    noema_db *db; /* one for all threads */
    char handle[32];
    noema_status status;
    noema_error error; /* one for each */
} visitor;

static void *
visit(void *argument)
{
    visitor *who = argument;
    noema_account account;
    who->status = noema_account_ensure(who->db, who->handle, &account, &who->error);
    return NULL;
}

enum { VISITORS = 4 };

static bool
let_visitors_in(noema_db *db)
{
    bool fine = true;
    pthread_t threads[VISITORS];
    visitor visitors[VISITORS];
    for (int i = 0; i < VISITORS; i++) {
        visitors[i].db = db;
        snprintf(visitors[i].handle, sizeof visitors[i].handle, "telegram:%d", 100 + i);
        if (pthread_create(&threads[i], NULL, visit, &visitors[i]) != 0) {
            abort();
        }
    }
    for (int i = 0; i < VISITORS; i++) {
        pthread_join(threads[i], NULL);
        fine = fine && visitors[i].status == NOEMA_OK;
    }
    return fine;
}

int
main(void)
{
    noema_error error;
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    noema_db *db = open_database();
    if (db == NULL || noema_install(db, false, NULL, &error) != NOEMA_OK) {
        noema_close(db);
        return 1;
    }
    bool fine = let_visitors_in(db);
    char *metrics = noema_metrics(db, "prometheus"); /* what GET /metrics answers */
    fine = fine && metrics != NULL && strstr(metrics, "op=\"account.ensure\"") != NULL;
    printf("%s", metrics);
    noema_free(metrics);
    noema_close(db); /* when no thread is inside a call any more: noema_stop(db) makes them leave */
    return fine ? 0 : 1;
}
