/* The record of `transactions`: one immutable ledger entry of one account. */
#ifndef ND_TRANSACTIONS_RECORD_H
#define ND_TRANSACTIONS_RECORD_H

#include "core/text.h"
#include "core/values.h"

typedef enum nd_entry_type {
    ND_ENTRY_CREDIT = 1,
    ND_ENTRY_BONUS,
    ND_ENTRY_DEBIT,
    ND_ENTRY_CHARGE,
    ND_ENTRY_REFUND,
    ND_ENTRY_REVERSAL,
    ND_ENTRY_TRANSFER,
    ND_ENTRY_ADJUST,
    ND_ENTRY_EXP,
    ND_ENTRY_LIMIT,
    ND_ENTRY_VOID,
    ND_ENTRY_RECONCILE,
    ND_ENTRY_OPENING,
    ND_ENTRY_EXPIRY
} nd_entry_type;

typedef enum nd_entry_mode {
    ND_MODE_UP_TO = 1, /* debit: what there is */
    ND_MODE_ALL,       /* refund: whatever is left */
    ND_MODE_CLAMP,     /* reversal */
    ND_MODE_NEGATIVE   /* reversal */
} nd_entry_mode;

/* A part of an entry that came from, or went to, the grant that expires then (0 = never). */
typedef struct nd_part {
    nd_time expires;
    nd_money amount; /* > 0; the entry's sign gives the direction */
} nd_part;

typedef struct nd_entry {
    nd_id id;
    nd_id account;
    nd_time timestamp;
    nd_word type;
    nd_text description;
    nd_money amount; /* signed: negative = taken */
    nd_money before;
    nd_money after;
    nd_bson related;
    nd_text external_id;
    nd_bson metadata;
    int64_t seq;
    nd_text key;
    nd_id named;
    nd_money requested;
    nd_word mode;
    nd_list parts; /* of nd_part */
    int64_t exp;
    nd_money limit;
    nd_id run;
    nd_id refund_of;
    nd_id counter_account;
    nd_id group;
    nd_text actor;
    nd_text reason;
    nd_text api_key;
    nd_text ledger_key;
    nd_hash hash;
} nd_entry;

extern const nd_words nd_entry_types;
extern const nd_words nd_entry_modes;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_entry_table;
extern const struct nd_collection nd_entry_collection;

#endif
