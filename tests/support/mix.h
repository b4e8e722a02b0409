/* A caller who asks for everything at random: credit, bonus, debit, refund, experience, voids, runs
 * and their settlements. It notes what it was told, so that this can be compared with what is
 * stored. No cmocka: it runs in threads and in other processes. */
#ifndef ND_TEST_SUPPORT_MIX_H
#define ND_TEST_SUPPORT_MIX_H

#include <noemadb.h>
#include <stdatomic.h>

#include "support/faultpoint.h"
#include "support/ledger_check.h"

typedef enum mix_kind { MIX_MONEY, MIX_PAYMENT, MIX_RUN, MIX_SETTLEMENT } mix_kind;

typedef struct mix_told {
    mix_kind kind;
    noema_id about; /* the account; of a refund the entry, of a settlement the run */
    char key[56];
    noema_status status; /* the last answer */
    bool doubtful;       /* one of the answers before was OUTCOME_UNKNOWN */
} mix_told;

enum { MIX_KEPT = 64 };

typedef struct mix {
    /* What the test sets. */
    noema_db *db;
    const noema_id *accounts;
    uint32_t account_count;
    uint64_t seed;
    const char *prefix; /* of its keys */
    uint32_t commands;
    const atomic_bool *stop; /* NULL: it ends by itself */
    uint32_t asks;  /* how often the same is asked while it ends in doubt or in time; at least 1 */
    mix_told *told; /* room for as many as commands */

    /* Its own. */
    uint32_t count; /* of told */
    uint32_t ok;
    uint64_t state;
    noema_id debits[MIX_KEPT]; /* the newest, "" = none */
    noema_id runs[MIX_KEPT];
    char strange[320]; /* an answer that must not be: the first one */
} mix;

/* argument: a mix. */
void *mix_run(void *argument);
/* Compares what was told with what is stored; prints what contradicts, returns how many do. An
 * answer that must not be is one, too. Puts an index on keys into the database. */
int64_t mix_contradictions(const mix *of, mongoc_client_t *client, const char *database);
/* Whether a status says that it did not happen, or may not have, because of the server or the
 * time: the same may be asked again. */
bool mix_may_ask_again(noema_status status);

#endif
