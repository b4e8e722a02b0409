/* The record of `userPreferences`: an account's settings. */
#ifndef ND_USER_PREFERENCES_RECORD_H
#define ND_USER_PREFERENCES_RECORD_H

#include "core/text.h"
#include "core/values.h"

typedef struct nd_preferences {
    nd_id id;
    nd_id account;
    nd_bson scopes;
    nd_time created;
    nd_time updated;
    int64_t version;
} nd_preferences;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_preferences_table;
extern const struct nd_collection nd_preferences_collection;

#endif
