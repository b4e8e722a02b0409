/* The ledger's law: what an entry is made of, how its id comes from its key, how a repeated request
 * is compared with what is stored, how entries are chained. Pure functions on records. */
#ifndef ND_TRANSACTIONS_TRANSACTIONS_H
#define ND_TRANSACTIONS_TRANSACTIONS_H

#include "core/crypto.h"
#include "core/error.h"
#include "core/memory.h"
#include "transactions/record.h"

/* What a law may know of the world: the time, and where to put what it makes. */
typedef struct nd_law {
    nd_time now;
    nd_arena *arena;
} nd_law;

/* What is asked of one account's money. Zero members are not asked. */
typedef struct nd_request {
    nd_word type; /* nd_entry_type */
    nd_id named;  /* the account as the caller named it, before any redirect */
    nd_text key;
    nd_money amount;
    nd_word mode; /* nd_entry_mode */
    nd_id refund_of;
    nd_id run;
    int64_t exp;
    nd_time expires;
    nd_text description;
    nd_text reason;
    nd_text actor;
    nd_text api_key;
    nd_bson metadata;
} nd_request;

/* Name spaces of keys. */
typedef enum nd_domain {
    ND_DOMAIN_MONEY = 1,
    ND_DOMAIN_RUN = 2,
    ND_DOMAIN_SYSTEM = 3 /* keys that begin with "noema:" */
} nd_domain;

/* The _id of the record of a key: the first 96 bits of BLAKE2b-256(domain, account as named, length
 * of the key, key, leg). A payment belongs to no account: named is nd_id_none. */
nd_id nd_record_id(nd_domain domain, nd_id named, nd_text key, uint8_t leg);
/* The id of the entry that a request makes: payments by key alone. */
nd_id nd_entry_id(const nd_request *request);

/* Begins an entry of what is asked; the account's side (amount, balances, seq, time) is booked by
 * the economy's law. */
void nd_entry_begin(nd_entry *entry, const nd_request *request);
/* Adds a part to the entry's, or to the equal one that it has. */
void nd_entry_add_part(nd_entry *entry, nd_time expires, nd_money amount, nd_arena *arena);
nd_money nd_entry_given(const nd_entry *entry); /* sum of its parts */

/* Compares a request with the entry that is stored under its key. OK: the same. KEY_REUSED names
 * the first thing that differs, or reason VOIDED; TAKEN: a payment of another account. account is
 * the one that the request's account leads to. */
ND_MUST noema_status nd_entry_same(const nd_entry *stored, const nd_request *request, nd_id account,
                                   noema_error *error);

/* hash of an entry: of the hash before it and the entry's bytes without its own hash. */
nd_hash nd_entry_chain(const nd_hash_key *key, const nd_hash *before, nd_bson entry);

#endif
