/* Declares `challenges`. */
#include "user_core/challenge_record.h"

#include "schema/schema.h"

static const char *const kinds[] = {"link_code", "wallet"};
static const nd_words challenge_kinds = ND_WORDS(kinds);

static const nd_field fields[] = {
    {ND_AT(nd_challenge, id),       "_id",             {ND_TEXT(8, 128)},            "Hash of the code, or the nonce." },
    {ND_AT(nd_challenge, kind),     "kind",            {ND_ONE_OF(challenge_kinds)}, "What it proves."                 },
    {ND_AT(nd_challenge, account),  "masterAccountId", {ND_PLAIN},                   "For whom it was made."           },
    {ND_AT(nd_challenge, chain),    "chain",           {ND_OPTIONAL},                "Wallet: eip155, solana."         },
    {ND_AT(nd_challenge, address),  "address",         {ND_OPTIONAL},                "Wallet: which is to be proved."  },
    {ND_AT(nd_challenge, domain),   "domain",          {ND_OPTIONAL},                "Wallet: who asks."               },
    {ND_AT(nd_challenge, attempts), "attempts",        {ND_OPTIONAL},                "How often it was tried."         },
    {ND_AT(nd_challenge, created),  "createdAt",       {ND_PLAIN},                   "When it was made."               },
    {ND_AT(nd_challenge, expires),  "expiresAt",       {ND_PLAIN},                   "From then on void; then removed."},
    {ND_AT(nd_challenge, used),     "usedAt",          {ND_OPTIONAL},                "When it was answered."           },
};
const nd_table nd_challenge_table = ND_TABLE(nd_challenge, fields);

static const nd_index indexes[] = {
    {.keys = "expiresAt:1", .serves = "removal of what has expired", .expires = true},
    {.keys = "masterAccountId:1", .serves = "open challenges of an account"},
};
const nd_collection nd_challenge_collection = {
    "challenges", &nd_challenge_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "One-use codes and nonces; the server removes what has expired."};
