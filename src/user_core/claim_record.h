/* The record of `identities`: a claim, one handle that leads to one account. */
#ifndef ND_USER_CORE_CLAIM_RECORD_H
#define ND_USER_CORE_CLAIM_RECORD_H

#include "core/text.h"
#include "core/values.h"

typedef enum nd_claim_kind {
    ND_CLAIM_PLATFORM = 1,
    ND_CLAIM_WALLET,
    ND_CLAIM_API_KEY
} nd_claim_kind;

typedef struct nd_claim {
    nd_text handle; /* "telegram:4242": the document's _id */
    nd_id account;
    nd_word kind;
    nd_word account_status; /* NOEMA_ACCOUNT_..., copied where it changes */
    nd_time added;
    nd_time verified;
    nd_text label;
    nd_hash key_hash;
    nd_text pepper;
    nd_list scopes; /* of nd_text */
    nd_text key_status;
    nd_time expires;
    nd_time grace_until;
    nd_time last_used;
    int64_t window_count;
    int64_t window_limit;
    nd_time window_start;
} nd_claim;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_claim_table;
extern const struct nd_collection nd_claim_collection;

#endif
