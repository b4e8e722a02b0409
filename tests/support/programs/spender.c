/* Spends an account's credit from a process of its own: spender DATABASE ACCOUNT PREFIX DEBITS THREADS.
 * Each thread debits 0.01 USD with keys PREFIX:<thread>:<n>; a line "done <key>" for each that was
 * acknowledged. */
#include <noemadb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

typedef struct spender {
    noema_db *db;
    noema_id account;
    const char *prefix;
    int debits;
    int number;
} spender;

static void *
spend(void *argument)
{
    const spender *self = argument;
    for (int i = 0; i < self->debits; i++) {
        char key[80];
        noema_receipt receipt;
        noema_error error;
        snprintf(key, sizeof(key), "%s:%d:%d", self->prefix, self->number, i);
        if (noema_economy_debit(self->db, &self->account, NOEMA_USD / 100, key, NULL, &receipt,
                                &error) == NOEMA_OK) {
            dprintf(STDOUT_FILENO, "done %s\n", key);
        } else {
            dprintf(STDOUT_FILENO, "told %s %s\n", noema_status_name(error.status), key);
        }
    }
    return NULL;
}

static noema_db *
open_database(const char *name)
{
    noema_error error;
    noema_db *db = NULL;
    noema_options *options = noema_options_new();
    if (noema_options_set(options, "database", name, &error) != NOEMA_OK ||
        noema_options_set(options, "reaper", "off", &error) != NOEMA_OK ||
        noema_open(options, &db, &error) != NOEMA_OK) {
        fprintf(stderr, "spender: %s\n", error.message);
    }
    noema_options_free(options);
    return db;
}

int
main(int count, char **arguments)
{
    spender spenders[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    if (count != 6) {
        fprintf(stderr, "usage: spender DATABASE ACCOUNT PREFIX DEBITS THREADS\n");
        return 2;
    }
    noema_db *db = open_database(arguments[1]);
    int thread_count = (int)strtol(arguments[5], NULL, 10);
    if (db == NULL || thread_count < 1 || thread_count > THREADS_MAX) {
        return 1;
    }
    for (int i = 0; i < thread_count; i++) {
        spenders[i] = (spender){db, {""}, arguments[3], (int)strtol(arguments[4], NULL, 10), i};
        snprintf(spenders[i].account.text, sizeof(spenders[i].account.text), "%s", arguments[2]);
        pthread_create(&threads[i], NULL, spend, &spenders[i]);
    }
    for (int i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
    }
    noema_close(db);
    return 0;
}
