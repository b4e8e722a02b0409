/* debtor URI DATABASE APP_NAME ACCOUNT PREFIX THREADS DEBITS: that many threads, each of which
 * debits a thousandth of a dollar that many times (0: for ever). Each answer is a line, "OK PREFIX:1:7",
 * written when it came. An account "a,b,c" is several, in turn. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <noemadb.h>

enum { ACCOUNTS_MAX = 64, THREADS_MAX = 64 };

typedef struct debtor {
    noema_db *db;
    const char *prefix;
    const noema_id *accounts;
    size_t account_count;
    uint64_t debits;
    uint32_t number;
    pthread_t thread;
} debtor;

static void *
spend(void *argument)
{
    const debtor *one = argument;
    for (uint64_t i = 0; one->debits == 0 || i < one->debits; i++) {
        noema_receipt receipt;
        char line[160];
        char key[80];
        (void)snprintf(key, sizeof key, "%s:%" PRIu32 ":%" PRIu64, one->prefix, one->number, i);
        noema_status status = noema_economy_debit(one->db, &one->accounts[i % one->account_count],
                                                  NOEMA_USD / 1000, key, NULL, &receipt, NULL);
        int length = snprintf(line, sizeof line, "%s %s\n", noema_status_name(status), key);
        if (write(STDOUT_FILENO, line, (size_t)length) != length) {
            break;
        }
    }
    return NULL;
}

static size_t
take_accounts(char *list, noema_id *accounts)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *one = strtok_r(list, ",", &rest); one != NULL && count < ACCOUNTS_MAX;
         one = strtok_r(NULL, ",", &rest)) {
        if (noema_id_parse(one, &accounts[count], NULL) != NOEMA_OK) {
            return 0;
        }
        count++;
    }
    return count;
}

static noema_status
open_database(char **words, noema_db **db)
{
    noema_error error;
    noema_options *options = noema_options_new();
    noema_status status = noema_options_set(options, "uri", words[1], &error);
    if (status == NOEMA_OK) {
        status = noema_options_set(options, "database", words[2], &error);
    }
    if (status == NOEMA_OK) {
        status = noema_options_set(options, "app_name", words[3], &error);
    }
    if (status == NOEMA_OK) {
        status = noema_open(options, db, &error);
    }
    noema_options_free(options);
    if (status != NOEMA_OK) {
        (void)fprintf(stderr, "debtor: %s\n", error.message);
    }
    return status;
}

int
main(int count, char **words)
{
    static noema_id accounts[ACCOUNTS_MAX];
    static debtor debtors[THREADS_MAX];
    noema_db *db = NULL;
    if (count != 8) {
        return 2;
    }
    size_t account_count = take_accounts(words[4], accounts);
    size_t threads = strtoul(words[6], NULL, 10);
    if (account_count == 0 || threads == 0 || threads > THREADS_MAX ||
        open_database(words, &db) != NOEMA_OK) {
        return 2;
    }
    for (size_t i = 0; i < threads; i++) {
        debtors[i] = (debtor){.db = db,
                              .prefix = words[5],
                              .accounts = accounts,
                              .account_count = account_count,
                              .debits = strtoull(words[7], NULL, 10),
                              .number = (uint32_t)i};
        if (pthread_create(&debtors[i].thread, NULL, spend, &debtors[i]) != 0) {
            return 2;
        }
    }
    for (size_t i = 0; i < threads; i++) {
        (void)pthread_join(debtors[i].thread, NULL);
    }
    noema_close(db);
    return 0;
}
