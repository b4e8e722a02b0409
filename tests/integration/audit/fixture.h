/* An installed database with a ledger key and an engine, for the tests of this folder; a client
 * beside the library's, which tampers; and what is asked of a proof. */
#ifndef ND_TEST_AUDIT_FIXTURE_H
#define ND_TEST_AUDIT_FIXTURE_H

#include <mongoc/mongoc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "core/id.h"
#include "engine/engine.h"
#include "transactions/record.h"
#include "user_economy/record.h"

#define USD INT64_C(1000000000)

extern nd_base *base;
extern nd_engine *engine;
extern nd_arena *arena; /* emptied before each test */
extern nd_json *report; /* of the last proof */
extern mongoc_client_t *observer;
extern char database[64];

/* Ends the program as skipped when there is no server. */
void require_server(void);
/* Group and test set-up. */
int open_database(void **state);
int drop_database(void **state);
int begin_test(void **state);

nd_deadline soon(void); /* in 15 s */

/* ---- what happens: each must go well, or end with what is named ------------------------------ */
nd_id new_account(void);
nd_answer credit(nd_id account, int64_t usd, const char *key);
nd_answer bonus(nd_id account, int64_t usd, int64_t expires_ms, const char *key);
nd_answer debit(nd_id account, int64_t usd, const char *key);
nd_answer debit_up_to(nd_id account, int64_t usd, const char *key);
nd_answer refund(const char *entry, int64_t usd, const char *key);
nd_answer refund_run(const char *run, int64_t usd, const char *key); /* 0: all */
nd_answer add_exp(nd_id account, int64_t exp, const char *key);
nd_answer void_key(nd_id account, const char *key); /* none: a payment's */
nd_answer start(nd_id account, int64_t usd, uint32_t lifetime_ms, const char *key);
nd_answer settle(const char *run, int32_t state, int64_t usd, int64_t exp);
nd_answer time_out(const char *run);
/* Some hundred ms of every kind of operation, with two holds left open. */
void live(nd_id account);
/* A plain life of ten entries: credit of 100, then debits of 1. */
void live_plainly(nd_id account);
/* So many entries at once, in batches: credit, then debits of 0.01. */
void live_long(nd_id account, int64_t entries);
nd_id id_of(const char *text);

/* ---- tampering; filter, update and document are BCON, destroyed -------------------------------- */
bson_t *entry_of(nd_id account, int64_t seq); /* a filter */
bson_t *of_account(nd_id account);            /* a filter of userEconomy */
void change(const char *collection, bson_t *filter, bson_t *update);
void change_all(const char *collection, bson_t *filter, bson_t *update);
void insert(const char *collection, bson_t *document);
void erase(const char *collection, bson_t *filter);
bson_t *stored(const char *collection, bson_t *filter); /* yours, bson_destroy */
int64_t count_of(const char *collection, bson_t *filter);
bson_decimal128_t usd(const char *text);
/* Writes an entry and its account's document as the engine would, also what it would refuse; so many
 * ms ahead of now. */
void forge(nd_id account, nd_entry *entry, int64_t ahead_ms);
/* The account's first entries, made by hand: a credit and debits, all of one millisecond. */
void forge_many(nd_id account, int64_t entries);

/* ---- the proof ------------------------------------------------------------------------------------ */
noema_status prove(nd_id account, const nd_json *checkpoints);
void require_proved(nd_id account);
/* The proof of the account names that, and so many problems in all. */
void require_broken(nd_id account, const char *rule, int64_t seq, size_t problems);
void require_among(const char *rule, int64_t seq);
int64_t integer_in(const nd_json *object, const char *name);

#endif
