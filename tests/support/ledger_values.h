/* How ledger_check reads stored values: money is parsed from its decimal text, not by the library. */
#ifndef ND_TEST_SUPPORT_LEDGER_VALUES_H
#define ND_TEST_SUPPORT_LEDGER_VALUES_H

#include <bson/bson.h>
#include <stdint.h>

/* What nothing can be equal to: there is a value, and it is no money. */
#define STORED_NONSENSE INT64_MIN

/* By dotted path. Nano-USD; 0: absent. */
int64_t stored_money(const bson_t *document, const char *path);
int64_t stored_integer(const bson_t *document, const char *path);
/* Milliseconds; 0: absent. */
int64_t stored_time(const bson_t *document, const char *path);
/* All zero: absent. */
bson_oid_t stored_id(const bson_t *document, const char *path);
/* "": absent. Borrowed. */
const char *stored_text(const bson_t *document, const char *path);
/* Sum of a money member over an array of documents. */
int64_t stored_sum(const bson_t *document, const char *array, const char *member);

bool id_is_zero(const bson_oid_t *id);

#endif
