/* What a verification found wrong, as it goes into the report. */
#ifndef ND_AUDIT_PROBLEMS_H
#define ND_AUDIT_PROBLEMS_H

#include "core/json.h"
#include "core/values.h"

enum { ND_PROBLEMS_MAX = 1000 };

typedef struct nd_problems {
    nd_json *list; /* an array */
    uint32_t listed;
    int64_t more; /* beyond those listed */
} nd_problems;

/* Where: entry may be none. */
typedef struct nd_place {
    nd_id account;
    int64_t seq;
    nd_id entry;
} nd_place;

void nd_problems_init(nd_problems *problems);
/* list, if nobody has taken it. */
void nd_problems_free(nd_problems *problems);
int64_t nd_problems_count(const nd_problems *problems);

void nd_problem(nd_problems *problems, const nd_place *place, const char *rule,
                const char *expected, const char *found);
/* what: the value's name, put before both. */
void nd_problem_money(nd_problems *problems, const nd_place *place, const char *rule,
                      const char *what, nd_money expected, nd_money found);
void nd_problem_number(nd_problems *problems, const nd_place *place, const char *rule,
                       const char *what, int64_t expected, int64_t found);
void nd_problem_time(nd_problems *problems, const nd_place *place, const char *rule,
                     const char *what, nd_time expected, nd_time found);
void nd_problem_hash(nd_problems *problems, const nd_place *place, const char *rule,
                     const char *what, const nd_hash *expected, const nd_hash *found);
void nd_problem_id(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
                   nd_id expected, nd_id found);

#endif
