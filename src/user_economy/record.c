/* Declares `userEconomy`. */
#include "user_economy/record.h"

#include "core/money.h"
#include "schema/schema.h"

/* In the order of NOEMA_ACCOUNT_... */
static const char *const statuses[] = {
    "PENDING_VERIFICATION", "active", "suspended", "deactivated_by_user",
    "deactivated_by_admin", "merged", "erased"};
const nd_words nd_account_statuses = ND_WORDS(statuses);

static const char *const windows[] = {"total", "day", "month"};
static const nd_words budget_windows = ND_WORDS(windows);

static const nd_field grant_fields[] = {
    {ND_AT(nd_grant, expires), "expiresAt", {ND_OPTIONAL}, "From then on not spendable."},
    {ND_AT(nd_grant, amount),  "amountUsd", {ND_MONEY},    "What is left of it."        },
    {ND_AT(nd_grant, created), "createdAt", {ND_OPTIONAL}, "When it was first given."   },
};
static const nd_table grant_table = ND_TABLE(nd_grant, grant_fields);

static const nd_field budget_fields[] = {
    {ND_AT(nd_budget, key),          "keyId",       {ND_PLAIN},                               "The API key."                  },
    {ND_AT(nd_budget, limit),        "limitUsd",    {ND_MONEY},                               "What it may spend in a window."},
    {ND_AT(nd_budget, spent),        "spentUsd",    {ND_MONEY},                               "What it spent in this window." },
    {ND_AT(nd_budget, window),       "window",      {ND_OPTIONAL, ND_ONE_OF(budget_windows)}, "How long."                     },
    {ND_AT(nd_budget, window_start), "windowStart", {ND_OPTIONAL},                            "Since when spentUsd counts."   },
};
static const nd_table budget_table = ND_TABLE(nd_budget, budget_fields);

static const nd_field fields[] = {
    {ND_AT(nd_economy, id),          "_id",               {ND_PLAIN},                                              "masterAccountId, in documents of this library."},
    {ND_AT(nd_economy, account),     "masterAccountId",   {ND_PLAIN},                                              "Whose credit it is."                           },
    {ND_AT(nd_economy, credit),      "usdCredit",         {ND_MONEY},                                              "Posted balance: what the ledger says."         },
    {ND_AT(nd_economy, held),        "heldUsd",           {ND_OPTIONAL, ND_MONEY},                                 "On hold for open runs."                        },
    {ND_AT(nd_economy, limit),       "overdraftLimitUsd", {ND_OPTIONAL, ND_MONEY},                                 "How far below zero."                           },
    {ND_AT(nd_economy, exp),         "exp",               {ND_PLAIN},                                              "Experience points."                            },
    {ND_AT(nd_economy, grants),
     "grants",                                            {ND_OPTIONAL, ND_LIST_OF(grant_table, ND_GRANTS_MAX)},
     "Credit that was given, by expiry; the rest of usdCredit was bought."                                                                                         },
    {ND_AT(nd_economy, budgets),
     "budgets",                                           {ND_OPTIONAL, ND_LIST_OF(budget_table, ND_BUDGETS_MAX)},
     "Spending limits of API keys."                                                                                                                                },
    {ND_AT(nd_economy, status),
     "accountStatus",                                     {ND_OPTIONAL, ND_ONE_OF(nd_account_statuses)},
     "Status of the account, where money is decided; absent: active."                                                                                              },
    {ND_AT(nd_economy, merged_into),
     "mergedInto",                                        {ND_OPTIONAL},
     "The account that this leads to."                                                                                                                             },
    {ND_AT(nd_economy, merged_from),
     "mergedFrom",                                        {ND_OPTIONAL, ND_IDS(ND_MERGED_MAX)},
     "Accounts that lead here."                                                                                                                                    },
    {ND_AT(nd_economy, seq),         "seq",               {ND_OPTIONAL, ND_RANGE(0, INT64_MAX)},                   "Count of entries."                             },
    {ND_AT(nd_economy, head),        "head",              {ND_OPTIONAL},                                           "Hash of the newest entry."                     },
    {ND_AT(nd_economy, head_at),     "headAt",            {ND_OPTIONAL},                                           "Timestamp of the newest entry."                },
    {ND_AT(nd_economy, version),     "version",           {ND_OPTIONAL, ND_RANGE(0, INT64_MAX)},                   "+1 a write."                                   },
    {ND_AT(nd_economy, seal),        "seal",              {ND_OPTIONAL},                                           "Proves that this library wrote it."            },
    {ND_AT(nd_economy, created),     "createdAt",         {ND_OPTIONAL},                                           "When it was born."                             },
    {ND_AT(nd_economy, updated),     "updatedAt",         {ND_OPTIONAL},                                           "When it was last written."                     },
};
const nd_table nd_economy_table = ND_TABLE(nd_economy, fields);

static const nd_index indexes[] = {
    {.keys = "masterAccountId:1", .serves = "the credit of an account", .unique = true},
};
const nd_collection nd_economy_collection = {
    "userEconomy", &nd_economy_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "Credit of an account. Every money operation writes this document, so a check and its write "
    "can't be torn apart."};
