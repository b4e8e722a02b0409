/* Declares `identities`. */
#include "user_core/claim_record.h"

#include "schema/schema.h"
#include "user_core/record.h"

static const char *const kinds[] = {"platform", "wallet", "api_key"};
static const nd_words claim_kinds = ND_WORDS(kinds);

static const nd_field fields[] = {
    {ND_AT(nd_claim, handle),         "_id",             {ND_TEXT(3, 200)},                          "The handle itself: telegram:4242." },
    {ND_AT(nd_claim, account),        "masterAccountId", {ND_PLAIN},                                 "The account that it leads to."     },
    {ND_AT(nd_claim, kind),           "kind",            {ND_ONE_OF(claim_kinds)},                   "What sort of handle it is."        },
    {ND_AT(nd_claim, account_status),
     "accountStatus",                                    {ND_OPTIONAL, ND_ONE_OF(nd_user_statuses)},
     "Status of the account, so that a look-up is one read; absent: active."                                                             },
    {ND_AT(nd_claim, added),          "addedAt",         {ND_PLAIN},                                 "When it was claimed."              },
    {ND_AT(nd_claim, verified),       "verifiedAt",      {ND_OPTIONAL},                              "When ownership was proved."        },
    {ND_AT(nd_claim, label),          "label",           {ND_OPTIONAL},                              "The user's name for it."           },
    {ND_AT(nd_claim, key_hash),       "keyHash",         {ND_OPTIONAL},                              "API key: keyed hash of its secret."},
    {ND_AT(nd_claim, pepper),         "pepperId",        {ND_OPTIONAL},                              "API key: which pepper."            },
    {ND_AT(nd_claim, scopes),         "scopes",          {ND_OPTIONAL, ND_TEXTS(64)},                "API key: what it may do."          },
    {ND_AT(nd_claim, key_status),     "keyStatus",       {ND_OPTIONAL},                              "API key: disabled, revoked."       },
    {ND_AT(nd_claim, expires),        "expiresAt",       {ND_OPTIONAL},                              "API key: from then on refused."    },
    {ND_AT(nd_claim, grace_until),    "graceUntil",      {ND_OPTIONAL},                              "API key: rotated, good until."     },
    {ND_AT(nd_claim, last_used),      "lastUsedAt",      {ND_OPTIONAL},                              "API key: last seen, throttled."    },
    {ND_AT(nd_claim, window_count),   "windowCount",     {ND_OPTIONAL},                              "API key: requests so far."         },
    {ND_AT(nd_claim, window_limit),   "windowLimit",     {ND_OPTIONAL},                              "API key: requests a window."       },
    {ND_AT(nd_claim, window_start),   "windowStart",     {ND_OPTIONAL},                              "API key: since when."              },
};
const nd_table nd_claim_table = ND_TABLE(nd_claim, fields);

static const nd_index indexes[] = {
    {.keys = "masterAccountId:1", .serves = "handles of an account"},
};
const nd_collection nd_claim_collection = {
    "identities", &nd_claim_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "Claims: what leads to an account. The _id is the handle, so uniqueness and look-up are one "
    "read by _id."};
