/* Declares `userPreferences`. */
#include "user_preferences/record.h"

#include "schema/schema.h"

static const nd_field fields[] = {
    {ND_AT(nd_preferences, id),
     "_id",                                             {ND_PLAIN},
     "masterAccountId, in documents of this library."                                                           },
    {ND_AT(nd_preferences, account), "masterAccountId", {ND_PLAIN},                            "Whose settings."},
    {ND_AT(nd_preferences, scopes),
     "preferences",                                     {ND_OPTIONAL},
     "{scope: settings}: globalSettings, or a tool's or workflow's id."                                         },
    {ND_AT(nd_preferences, created), "createdAt",       {ND_OPTIONAL},                         "When first set."},
    {ND_AT(nd_preferences, updated), "updatedAt",       {ND_OPTIONAL},                         "When last set." },
    {ND_AT(nd_preferences, version), "version",         {ND_OPTIONAL, ND_RANGE(0, INT64_MAX)}, "+1 a set."      },
};
const nd_table nd_preferences_table = ND_TABLE(nd_preferences, fields);

static const nd_index indexes[] = {
    {.keys = "masterAccountId:1", .serves = "the settings of an account", .unique = true},
};
const nd_collection nd_preferences_collection = {"userPreferences", &nd_preferences_table, indexes,
                                                 sizeof(indexes) / sizeof(indexes[0]),
                                                 "Settings, one document an account."};
