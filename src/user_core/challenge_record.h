/* The record of `challenges`: a one-use code or nonce that is waiting for its answer. */
#ifndef ND_USER_CORE_CHALLENGE_RECORD_H
#define ND_USER_CORE_CHALLENGE_RECORD_H

#include "core/text.h"
#include "core/values.h"

typedef struct nd_challenge {
    nd_text id; /* hash of the code, or the nonce */
    nd_word kind;
    nd_id account;
    nd_text chain;
    nd_text address;
    nd_text domain;
    int32_t attempts;
    nd_time created;
    nd_time expires;
    nd_time used;
} nd_challenge;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_challenge_table;
extern const struct nd_collection nd_challenge_collection;

#endif
