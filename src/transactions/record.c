/* Declares `transactions`. */
#include "transactions/record.h"

#include "core/money.h"
#include "schema/schema.h"

static const char *const types[] = {"credit",   "bonus",     "debit",   "charge", "refund",
                                    "reversal", "transfer",  "adjust",  "exp",    "limit",
                                    "void",     "reconcile", "opening", "expiry"};
const nd_words nd_entry_types = ND_WORDS(types);

static const char *const modes[] = {"up_to", "all", "clamp", "negative"};
const nd_words nd_entry_modes = ND_WORDS(modes);

static const nd_field part_fields[] = {
    {ND_AT(nd_part, expires), "expiresAt", {ND_OPTIONAL}, "When the grant expires; absent: never."},
    {ND_AT(nd_part, amount),  "amountUsd", {ND_MONEY},    "The part of the entry, positive."      },
};
static const nd_table part_table = ND_TABLE(nd_part, part_fields);

static const nd_field fields[] = {
    {ND_AT(nd_entry, id),              "_id",              {ND_PLAIN},                                 "Made from account and key; does not sort by time."},
    {ND_AT(nd_entry, account),         "masterAccountId",  {ND_PLAIN},                                 "Account whose balance changed."                   },
    {ND_AT(nd_entry, timestamp),       "timestamp",        {ND_PLAIN},                                 "When; never before the entry before."             },
    {ND_AT(nd_entry, type),            "type",             {ND_ONE_OF(nd_entry_types)},                "Why the balance changed."                         },
    {ND_AT(nd_entry, description),     "description",      {ND_OPTIONAL},                              "What the user reads."                             },
    {ND_AT(nd_entry, amount),          "amountUsd",        {ND_MONEY},                                 "Signed change of usdCredit."                      },
    {ND_AT(nd_entry, before),          "balanceBeforeUsd", {ND_MONEY},                                 "usdCredit before this entry."                     },
    {ND_AT(nd_entry, after),           "balanceAfterUsd",  {ND_MONEY},                                 "usdCredit after this entry."                      },
    {ND_AT(nd_entry, related),         "relatedItems",     {ND_OPTIONAL},                              "Ids of what it is about."                         },
    {ND_AT(nd_entry, external_id),
     "externalTransactionId",                              {ND_OPTIONAL},
     "The payment, as the provider names it."                                                                                                             },
    {ND_AT(nd_entry, metadata),        "metadata",         {ND_OPTIONAL},                              "The caller's own."                                },
    {ND_AT(nd_entry, seq),             "seq",              {ND_OPTIONAL, ND_RANGE(0, INT64_MAX)},      "Count in the account."                            },
    {ND_AT(nd_entry, key),             "idempotencyKey",   {ND_OPTIONAL},                              "The caller's key."                                },
    {ND_AT(nd_entry, named),           "namedAccountId",   {ND_OPTIONAL},                              "Account as asked, if another."                    },
    {ND_AT(nd_entry, requested),       "requestedUsd",     {ND_OPTIONAL, ND_MONEY},                    "Asked, if another."                               },
    {ND_AT(nd_entry, mode),            "mode",             {ND_OPTIONAL, ND_ONE_OF(nd_entry_modes)},   "How, if special."                                 },
    {ND_AT(nd_entry, parts),
     "grants",                                             {ND_OPTIONAL, ND_LIST_OF(part_table, 256)},
     "Grants touched."                                                                                                                                    },
    {ND_AT(nd_entry, exp),             "exp",              {ND_OPTIONAL},                              "Signed change of exp."                            },
    {ND_AT(nd_entry, limit),           "limitUsd",         {ND_OPTIONAL, ND_MONEY},                    "The overdraft limit set."                         },
    {ND_AT(nd_entry, run),             "executionId",      {ND_OPTIONAL},                              "The paid run it belongs to."                      },
    {ND_AT(nd_entry, refund_of),       "refundOf",         {ND_OPTIONAL},                              "The entry that it gives back."                    },
    {ND_AT(nd_entry, counter_account), "counterAccount",   {ND_OPTIONAL},                              "A transfer's other user."                         },
    {ND_AT(nd_entry, group),           "group",            {ND_OPTIONAL},                              "Shared by the legs of one operation."             },
    {ND_AT(nd_entry, actor),           "actor",            {ND_OPTIONAL},                              "Who asked for it."                                },
    {ND_AT(nd_entry, reason),          "reason",           {ND_OPTIONAL},                              "What the auditor reads."                          },
    {ND_AT(nd_entry, api_key),         "apiKeyId",         {ND_OPTIONAL},                              "API key that it is counted against."              },
    {ND_AT(nd_entry, ledger_key),      "ledgerKeyId",      {ND_OPTIONAL},                              "Hashing key, from the second on."                 },
    {ND_AT(nd_entry, hash),            "hash",             {ND_OPTIONAL},                              "Chains this entry to the one before; last."       },
};
const nd_table nd_entry_table = ND_TABLE(nd_entry, fields);

static const nd_index indexes[] = {
    {.keys = "masterAccountId:1 timestamp:-1 seq:-1", .serves = "history of an account by date"},
    {.keys = "executionId:1", .serves = "entries of a run", .only = "executionId"},
    {.keys = "refundOf:1", .serves = "refunds of an entry", .only = "refundOf"},
    {.keys = "externalTransactionId:1",
     .serves = "payments, also those that the old system booked",
     .only = "externalTransactionId"},
    {.keys = "timestamp:1", .serves = "date ranges across accounts"},
};
const nd_collection nd_entry_collection = {
    "transactions", &nd_entry_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "The ledger. One entry an account's change, never updated, never deleted. A user can be granted "
    "find and insert alone."};
