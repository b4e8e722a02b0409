/* Declares `accountEvents`. */
#include "user_core/event_record.h"

#include "schema/schema.h"

static const char *const kinds[] = {"link",   "unlink",  "merge", "status",
                                    "wallet", "api_key", "erase"};
static const nd_words event_kinds = ND_WORDS(kinds);

static const nd_field fields[] = {
    {ND_AT(nd_event, id),      "_id",             {ND_PLAIN},               "Of this event."         },
    {ND_AT(nd_event, account), "masterAccountId", {ND_PLAIN},               "The account."           },
    {ND_AT(nd_event, at),      "at",              {ND_PLAIN},               "When."                  },
    {ND_AT(nd_event, what),    "what",            {ND_ONE_OF(event_kinds)}, "What happened."         },
    {ND_AT(nd_event, handle),  "handle",          {ND_OPTIONAL},            "The handle it is about."},
    {ND_AT(nd_event, actor),   "actor",           {ND_OPTIONAL},            "Who did it."            },
    {ND_AT(nd_event, before),  "before",          {ND_OPTIONAL},            "What it was."           },
    {ND_AT(nd_event, after),   "after",           {ND_OPTIONAL},            "What it became."        },
};
const nd_table nd_event_table = ND_TABLE(nd_event, fields);

static const nd_index indexes[] = {
    {.keys = "masterAccountId:1 at:-1", .serves = "history of an account's handles"},
};
const nd_collection nd_event_collection = {
    "accountEvents", &nd_event_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "Append-only: who let whom in, and when; it survives an unlink."};
