/* Reads a database past the library, and judges what is in it: balances against entries, keys, holds
 * against runs. Knows nothing of hashes and seals: noema_ledger_verify does. */
#ifndef ND_TEST_SUPPORT_LEDGER_CHECK_H
#define ND_TEST_SUPPORT_LEDGER_CHECK_H

#include <mongoc/mongoc.h>
#include <stdint.h>

typedef struct ledger_report {
    int64_t accounts;
    int64_t entries;
    int64_t runs;
    int64_t problems;
    char words[1024]; /* the first problems, a line each */
} ledger_report;

/* Rules: usdCredit = sum of amountUsd = the last entry's balanceAfterUsd; seq is 1..n without gaps,
 * n is the account's; each balanceBeforeUsd is the one after the entry before; times do not go back;
 * no balance is below what holds and the overdraft allow; grants are covered; each key is there once,
 * of a payment over all accounts; heldUsd = sum of open holds; a run's charge and refunds are those
 * of its entries, and no run is there twice. */
void ledger_check(mongoc_client_t *client, const char *database, ledger_report *report);

/* What is stored of an account. Amounts in nano-USD. */
typedef struct ledger_account {
    int64_t documents; /* of userEconomy */
    int64_t credit;
    int64_t held;
    int64_t seq;
} ledger_account;
ledger_account ledger_read_account(mongoc_client_t *client, const char *database,
                                   const char *account);

/* How many entries carry a key: of an account (as it was named), or, with NULL, as payment. */
int64_t ledger_count_key(mongoc_client_t *client, const char *database, const char *account,
                         const char *key);
/* The same of runs, by owner and key. */
int64_t ledger_count_run(mongoc_client_t *client, const char *database, const char *account,
                         const char *key);
/* Documents of a collection that match; destroys filter. */
int64_t ledger_count(mongoc_client_t *client, const char *database, const char *collection,
                     bson_t *filter);

#endif
