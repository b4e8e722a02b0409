/* The record of `noemaMeta`: what this database is, one document named "schema". */
#ifndef ND_BASE_META_RECORD_H
#define ND_BASE_META_RECORD_H

#include "core/text.h"
#include "core/values.h"

/* Raised by every change that an older library could not live with. */
enum { ND_SCHEMA_VERSION = 1 };

typedef struct nd_meta {
    nd_text id;
    int32_t schema_version;
    nd_time installed;
    nd_time adopted;
    bool keyed;
    nd_list ledger_keys; /* of nd_text: ids, never the keys */
    nd_list peppers;     /* of nd_text */
    nd_text library;
} nd_meta;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_meta_table;
extern const struct nd_collection nd_meta_collection;

#endif
