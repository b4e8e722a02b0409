/* A small ledger made by the law, without a server, as it would be stored; and its proof. */
#ifndef ND_TEST_AUDIT_LEDGER_H
#define ND_TEST_AUDIT_LEDGER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/trail.h"
#include "core/id.h"
#include "core/memory.h"
#include "user_economy/user_economy.h"

#define USD INT64_C(1000000000)
#define LEDGER_START INT64_C(1767225600000)
enum { DAY = 86400000 };

typedef struct ledger {
    nd_arena *arena;
    nd_hash_key key;
    nd_law law;
    nd_economy economy;
    nd_list documents; /* of nd_bson */
    nd_marks marks;
    nd_problems problems;
    nd_trail trail; /* as the proof left it */
} ledger;

/* Setup and teardown of a test: *state is a ledger with a key and no entries. */
int ledger_setup(void **state);
int ledger_teardown(void **state);

/* One millisecond later each. They return the entry. */
nd_entry ledger_credit(ledger *on, int64_t usd, const char *key);
nd_entry ledger_bonus(ledger *on, int64_t usd, nd_time expires, const char *key);
nd_entry ledger_debit(ledger *on, int64_t usd, const char *key);
nd_entry ledger_refund(ledger *on, const nd_entry *original, int64_t refunded, int64_t usd,
                       const char *key);
nd_entry ledger_exp(ledger *on, int64_t exp, const char *key);
nd_entry ledger_void(ledger *on, const char *key);
/* Writes off what has expired at the ledger's time, entry by entry. */
uint32_t ledger_expire(ledger *on);
/* Entries of all these kinds. */
void ledger_fill(ledger *on);

/* ---- tampering: entries are named by their seq ------------------------------------------------ */

nd_entry ledger_entry(ledger *on, int64_t seq);
/* Stores it instead of the entry of that seq, with the hash that it carries. */
void ledger_replace(ledger *on, int64_t seq, const nd_entry *entry);
/* The same at a place, from 0. */
void ledger_put(ledger *on, uint32_t at, const nd_entry *entry);
void ledger_delete(ledger *on, int64_t seq);
/* Before the document that stands at that place, from 0. */
void ledger_insert(ledger *on, uint32_t at, const nd_entry *entry);
/* Hashes the entries from seq on again, as somebody would who has the key. */
void ledger_rechain(ledger *on, int64_t seq);

/* ---- the proof -------------------------------------------------------------------------------------- */

/* In pages of so many entries; returns how many problems there are. */
int64_t ledger_prove(ledger *on, size_t page);
void ledger_require_clean(ledger *on);
/* That problem, and no other. */
void ledger_require(ledger *on, const char *rule, int64_t seq);
/* That problem is among those of the last proof. */
void ledger_require_among(ledger *on, const char *rule, int64_t seq);

#endif
