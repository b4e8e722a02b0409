/* The values that a mutant's field may have. */
#ifndef ND_TESTS_MUTANT_VALUES_H
#define ND_TESTS_MUTANT_VALUES_H

#include "schema/schema.h"

typedef struct mutant_value {
    const char *change;
    unsigned only; /* for which types; 0: all */
    void (*put)(const nd_field *field, const char *name, bson_t *to);
} mutant_value;
extern const mutant_value mutant_values[];
extern const size_t mutant_value_count;
bool mutant_value_fits(const mutant_value *value, const nd_field *field);

/* sign < 0: what the field may be at least, else at most; for MONEY without bounds the library's. */
int64_t mutant_bound(const nd_field *field, int sign);

#endif
