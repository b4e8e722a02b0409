/* The collections that the library owns. */
#ifndef ND_API_COLLECTIONS_H
#define ND_API_COLLECTIONS_H

#include "schema/schema.h"

extern const nd_collection *const nd_collections[];
extern const size_t nd_collection_count;

/* docs/schema.md; yours, nd_delete. */
char *nd_collections_markdown(void);

#endif
