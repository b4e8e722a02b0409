/* The operations of each section of the header. */
#ifndef ND_API_OPERATIONS_PRIVATE_H
#define ND_API_OPERATIONS_PRIVATE_H

#include "api/operations.h"

typedef struct nd_operation_group {
    const char *title;
    const nd_operation *operations;
    size_t count;
} nd_operation_group;

extern const nd_operation_group nd_base_operations;
extern const nd_operation_group nd_account_operations;
extern const nd_operation_group nd_economy_operations;
extern const nd_operation_group nd_run_operations;
extern const nd_operation_group nd_ledger_operations;

extern const nd_operation_group *const nd_operation_groups[];
extern const size_t nd_operation_group_count;
const char *nd_argument_type_name(nd_argument_type type);

#define ND_OPERATION_GROUP(title, rows) {title, rows, sizeof(rows) / sizeof((rows)[0])}
#define ND_ARGUMENTS(rows) rows, sizeof(rows) / sizeof((rows)[0])

#endif
