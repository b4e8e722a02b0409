/* Declares `userCore`. */
#include "user_core/record.h"

#include "schema/schema.h"

/* In the order of NOEMA_ACCOUNT_... */
static const char *const statuses[] = {
    "PENDING_VERIFICATION", "active", "suspended", "deactivated_by_user",
    "deactivated_by_admin", "merged", "erased"};
const nd_words nd_user_statuses = ND_WORDS(statuses);

static const nd_field wallet_fields[] = {
    {ND_AT(nd_wallet, address),  "address",   {ND_PLAIN},    "In the chain's own spelling."},
    {ND_AT(nd_wallet, primary),  "isPrimary", {ND_PLAIN},    "One a chain."                },
    {ND_AT(nd_wallet, verified), "verified",  {ND_PLAIN},    "Ownership was proved."       },
    {ND_AT(nd_wallet, added),    "addedAt",   {ND_OPTIONAL}, "When it was added."          },
    {ND_AT(nd_wallet, type),     "type",      {ND_OPTIONAL}, "The chain."                  },
    {ND_AT(nd_wallet, name),     "name",      {ND_OPTIONAL}, "The user's name for it."     },
    {ND_AT(nd_wallet, tag),      "tag",       {ND_OPTIONAL}, "The user's tag."             },
    {ND_AT(nd_wallet, updated),  "updatedAt", {ND_OPTIONAL}, "When it was last changed."   },
};
static const nd_table wallet_table = ND_TABLE(nd_wallet, wallet_fields);

static const nd_field api_key_fields[] = {
    {ND_AT(nd_api_key, hash),      "keyHash",    {ND_OPTIONAL},               "Of an old key; new ones are claims."},
    {ND_AT(nd_api_key, prefix),    "keyPrefix",  {ND_OPTIONAL},               "The key id, for people."            },
    {ND_AT(nd_api_key, label),     "label",      {ND_OPTIONAL},               "The user's name for it."            },
    {ND_AT(nd_api_key, scopes),    "scopes",     {ND_OPTIONAL, ND_TEXTS(64)}, "What it may do."                    },
    {ND_AT(nd_api_key, active),    "isActive",   {ND_OPTIONAL},               "In use."                            },
    {ND_AT(nd_api_key, status),    "status",     {ND_OPTIONAL},               "Where it stands."                   },
    {ND_AT(nd_api_key, created),   "createdAt",  {ND_OPTIONAL},               "When it was made."                  },
    {ND_AT(nd_api_key, last_used), "lastUsedAt", {ND_OPTIONAL},               "When it was last used."             },
    {ND_AT(nd_api_key, expires),   "expiresAt",  {ND_OPTIONAL},               "From then on refused."              },
    {ND_AT(nd_api_key, updated),   "updatedAt",  {ND_OPTIONAL},               "When it was last changed."          },
};
static const nd_table api_key_table = ND_TABLE(nd_api_key, api_key_fields);

static const nd_field award_fields[] = {
    {ND_AT(nd_award, award),       "awardId",     {ND_PLAIN},    "Which."     },
    {ND_AT(nd_award, achieved),    "achievedAt",  {ND_OPTIONAL}, "When."      },
    {ND_AT(nd_award, name),        "displayName", {ND_OPTIONAL}, "For people."},
    {ND_AT(nd_award, description), "description", {ND_OPTIONAL}, "What for."  },
};
static const nd_table award_table = ND_TABLE(nd_award, award_fields);

static const nd_field fields[] = {
    {ND_AT(nd_user, id),            "_id",                    {ND_PLAIN},                                                "masterAccountId."                        },
    {ND_AT(nd_user, identities),
     "platformIdentities",                                    {ND_OPTIONAL},
     "{platform: id}, the oldest of a platform; the claims hold all."                                                                                              },
    {ND_AT(nd_user, wallets),
     "wallets",                                               {ND_OPTIONAL, ND_LIST_OF(wallet_table, ND_WALLETS_MAX)},
     "Blockchain addresses."                                                                                                                                       },
    {ND_AT(nd_user, api_keys),
     "apiKeys",                                               {ND_OPTIONAL, ND_LIST_OF(api_key_table, ND_API_KEYS_MAX)},
     "API keys, without their secrets."                                                                                                                            },
    {ND_AT(nd_user, awards),
     "awards",                                                {ND_OPTIONAL, ND_LIST_OF(award_table, ND_AWARDS_MAX)},
     "What was achieved."                                                                                                                                          },
    {ND_AT(nd_user, profile),       "profile",                {ND_OPTIONAL},                                             "{displayName, avatarUrl, bio, username}."},
    {ND_AT(nd_user, status),        "status",                 {ND_ONE_OF(nd_user_statuses)},                             "What the account may do."                },
    {ND_AT(nd_user, merged_into),   "mergedInto",             {ND_OPTIONAL},                                             "The account that this leads to."         },
    {ND_AT(nd_user, account_type),  "accountType",            {ND_OPTIONAL},                                             "'group', or a person."                   },
    {ND_AT(nd_user, sponsor),       "sponsorMasterAccountId", {ND_OPTIONAL},                                             "Who pays for a group."                   },
    {ND_AT(nd_user, login_count),
     "loginCount",                                            {ND_OPTIONAL, ND_RANGE(0, INT32_MAX)},
     "Identities that can log in; guards the last one."                                                                                                            },
    {ND_AT(nd_user, created),       "userCreationTimestamp",  {ND_OPTIONAL},                                             "When it was first seen."                 },
    {ND_AT(nd_user, updated),       "updatedAt",              {ND_OPTIONAL},                                             "When it was last changed."               },
    {ND_AT(nd_user, last_login),    "lastLoginTimestamp",     {ND_OPTIONAL},                                             "When it last logged in."                 },
    {ND_AT(nd_user, last_platform), "lastSeenPlatform",       {ND_OPTIONAL},                                             "Where it was last seen."                 },
    {ND_AT(nd_user, last_touch),
     "lastTouch",                                             {ND_OPTIONAL},
     "When; written once a minute at most."                                                                                                                        },
    {ND_AT(nd_user, version),       "version",                {ND_OPTIONAL, ND_RANGE(0, INT64_MAX)},                     "+1 a change."                            },
};
const nd_table nd_user_table = ND_TABLE(nd_user, fields);

static const nd_index indexes[] = {
    {.keys = "userCreationTimestamp:1", .serves = "new users by date"   },
    {.keys = "lastTouch:1",             .serves = "active users by date"},
};
const nd_collection nd_user_collection = {
    "userCore", &nd_user_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "Accounts. Who is who is decided by `identities`; this document shows it."};
