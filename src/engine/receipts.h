/* Public answers from records. */
#ifndef ND_ENGINE_RECEIPTS_H
#define ND_ENGINE_RECEIPTS_H

#include "transactions/transactions.h"
#include "user_economy/user_economy.h"
#include "workflow_executions/workflow_executions.h"

/* held and available are the account's as it stands; NULL: of nobody. */
void nd_receipt_of_entry(noema_receipt *receipt, const nd_entry *entry, const nd_economy *account,
                         uint32_t flags);
/* Of a command that wrote no entry. */
void nd_receipt_of_account(noema_receipt *receipt, const nd_economy *account);
void nd_summary_of_run(noema_run *summary, const nd_run *run, uint32_t flags);

#endif
