/* Operations by name beside their typed twins: calls them, and writes what a typed call gave as JSON, so
 * that the two can be compared. */
#ifndef ND_TEST_API_CALLS_H
#define ND_TEST_API_CALLS_H

#include <jansson.h>

#include "fixture.h"

/* The table of operations, whose names start so; each must have its case. */
typedef struct operation_case {
    const char *name;
    void (*compare)(void);
} operation_case;
void run_cases(const char *prefix, const operation_case *cases, size_t count);

/* arguments are consumed. The result, or the error object; yours, json_decref. */
json_t *called(const char *operation, json_t *arguments, noema_status wanted);
/* Consumes both, which must be equal. */
void assert_same(json_t *got, json_t *wanted);
/* That an operation's error object says what `error` says, which the typed twin has just filled. */
void assert_same_error(const char *operation, json_t *arguments, noema_status status);

json_t *account_json(const noema_account *account);
json_t *balance_json(const noema_balance *balance);
json_t *receipt_json(const noema_receipt *receipt);
json_t *run_json(const noema_run *run);
/* Parsed; yours, json_decref. */
json_t *json_of(const char *text);

#endif
