/* A writer as one writes it without thinking of lost replies: a transaction a debit, begun again when
 * anything went wrong, and no key that the database would know. The control that the tests beside
 * it can fail. */
#ifndef ND_TEST_FAULTS_NAIVE_H
#define ND_TEST_FAULTS_NAIVE_H

#include <mongoc/mongoc.h>
#include <stdbool.h>
#include <stdint.h>

/* Debits a thousandth of a dollar; false: it gave up. `key` is noted in the entry, no more. */
bool naive_debit(mongoc_client_t *client, const char *database, const char *account,
                 const char *key);

#endif
