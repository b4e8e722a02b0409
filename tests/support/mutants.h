/* Documents made from a table alone: a valid one in which every field is present, nested ones too,
 * and every one-step mutant of it: each key dropped, each doubled, each of many right and wrong
 * values put into each field, nested ones and items of lists included. */
#ifndef ND_TESTS_MUTANTS_H
#define ND_TESTS_MUTANTS_H

#include "schema/schema.h"

typedef struct mutant {
    char path[128];     /* "grants.1.amountUsd" */
    const char *change; /* "dropped", "is null", ... */
    bool of_id; /* it is about the top _id, for which a server has rules beside validators */
    bool drops_id;
} mutant;

/* number makes the ids differ. */
void mutants_sample(const nd_table *table, uint32_t number, bson_t *document);
size_t mutants_count(const nd_table *table);
/* The mutant at index < mutants_count(table); document is empty before. */
void mutants_make(const nd_table *table, size_t index, bson_t *document, mutant *made);
/* A valid value of one field. */
void mutants_put_valid(const nd_field *field, const char *name, bson_t *to);

#endif
