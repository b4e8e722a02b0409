/* The record of `userCore`: a person or a group, the account that everything hangs on. */
#ifndef ND_USER_CORE_RECORD_H
#define ND_USER_CORE_RECORD_H

#include "core/text.h"
#include "core/values.h"

enum { ND_WALLETS_MAX = 64, ND_API_KEYS_MAX = 128, ND_AWARDS_MAX = 1024 };

typedef struct nd_wallet {
    nd_text address;
    bool primary;
    bool verified;
    nd_time added;
    nd_text type;
    nd_text name;
    nd_text tag;
    nd_time updated;
} nd_wallet;

typedef struct nd_api_key {
    nd_text hash;
    nd_text prefix;
    nd_text label;
    nd_list scopes; /* of nd_text */
    bool active;
    nd_text status;
    nd_time created;
    nd_time last_used;
    nd_time expires;
    nd_time updated;
} nd_api_key;

typedef struct nd_award {
    nd_text award;
    nd_time achieved;
    nd_text name;
    nd_text description;
} nd_award;

typedef struct nd_user {
    nd_id id; /* masterAccountId */
    nd_bson identities;
    nd_list wallets;  /* of nd_wallet */
    nd_list api_keys; /* of nd_api_key */
    nd_list awards;   /* of nd_award */
    nd_bson profile;
    nd_word status; /* NOEMA_ACCOUNT_... */
    nd_id merged_into;
    nd_text account_type;
    nd_id sponsor;
    int32_t login_count;
    nd_time created;
    nd_time updated;
    nd_time last_login;
    nd_text last_platform;
    nd_time last_touch;
    int64_t version;
} nd_user;

extern const nd_words nd_user_statuses;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_user_table;
extern const struct nd_collection nd_user_collection;

#endif
