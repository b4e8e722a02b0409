/* Declares `noemaMeta`. */
#include "base/meta_record.h"

#include "schema/schema.h"

static const nd_field fields[] = {
    {ND_AT(nd_meta, id),             "_id",           {ND_PLAIN},                  "\"schema\"."                            },
    {ND_AT(nd_meta, schema_version), "schemaVersion", {ND_PLAIN},                  "Of these declarations."                 },
    {ND_AT(nd_meta, installed),      "installedAt",   {ND_OPTIONAL},               "When it was first installed."           },
    {ND_AT(nd_meta, adopted),        "adoptedAt",     {ND_OPTIONAL},               "When adoption of old data finished."    },
    {ND_AT(nd_meta, keyed),          "keyed",         {ND_OPTIONAL},               "The ledger is hashed with a secret key."},
    {ND_AT(nd_meta, ledger_keys),    "ledgerKeyIds",  {ND_OPTIONAL, ND_TEXTS(64)}, "In order of use."                       },
    {ND_AT(nd_meta, peppers),        "pepperIds",     {ND_OPTIONAL, ND_TEXTS(64)}, "In order of use."                       },
    {ND_AT(nd_meta, library),        "library",       {ND_OPTIONAL},               "Version that installed it last."        },
};
const nd_table nd_meta_table = ND_TABLE(nd_meta, fields);

const nd_collection nd_meta_collection = {
    "noemaMeta", &nd_meta_table, NULL, 0,
    "What this database is: schema version, ids of secrets, adoption. Until it says the schema "
    "version of the library that opens it, nothing but install and ping is served."};
