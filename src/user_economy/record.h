/* The record of `userEconomy`: an account's credit, the single point of serialisation of its
 * money. */
#ifndef ND_USER_ECONOMY_RECORD_H
#define ND_USER_ECONOMY_RECORD_H

#include "core/text.h"
#include "core/values.h"

enum { ND_GRANTS_MAX = 128, ND_BUDGETS_MAX = 32, ND_MERGED_MAX = 16 };

/* Credit that was given. expires is its identity: equal ones are one. Sorted by expiry, "never"
 * (0) last. */
typedef struct nd_grant {
    nd_time expires;
    nd_money amount; /* > 0 */
    nd_time created;
} nd_grant;

/* What an API key may spend. */
typedef struct nd_budget {
    nd_text key;
    nd_money limit;
    nd_money spent;
    nd_word window;
    nd_time window_start;
} nd_budget;

typedef struct nd_economy {
    nd_id id;
    nd_id account;
    nd_money credit; /* posted */
    nd_money held;
    nd_money limit;
    int64_t exp;
    nd_list grants;  /* of nd_grant */
    nd_list budgets; /* of nd_budget */
    nd_word status;  /* NOEMA_ACCOUNT_...; 0 = active */
    nd_id merged_into;
    nd_list merged_from; /* of nd_id */
    int64_t seq;
    nd_hash head;
    nd_time head_at;
    int64_t version; /* 0: never written by this library */
    nd_seal seal;
    nd_time created;
    nd_time updated;
} nd_economy;

extern const nd_words nd_account_statuses;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_economy_table;
extern const struct nd_collection nd_economy_collection;

#endif
