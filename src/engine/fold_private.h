/* What the files of the fold share. */
#ifndef ND_ENGINE_FOLD_PRIVATE_H
#define ND_ENGINE_FOLD_PRIVATE_H

#include "engine/books.h"
#include "engine/receipts.h"

/* The account as it can be worked on: born when it has no document yet. NOT_FOUND, CORRUPT. */
ND_MUST noema_status nd_fold_open(nd_books *books, nd_id id, const char *field,
                                  nd_account_page **page, noema_error *error);
/* Writes off what has expired. */
void nd_fold_expire(nd_books *books, nd_account_page *page);
/* REPLAYED, unless the stored entry is that of an attempt of this very command whose commit was
 * unknown. */
uint32_t nd_replay_flags(const nd_command *command, const nd_entry *stored);
/* Notes a booked entry of a command (NULL: the system's). */
nd_entry_page *nd_fold_note(nd_books *books, const nd_entry *entry, nd_command *maker);

/* Of a settlement that is done: from its entry, when it has one. */
void nd_receipt_of_settlement(noema_receipt *receipt, const nd_books *books, const nd_run *run,
                              const nd_economy *payer, uint32_t flags);

ND_MUST noema_status nd_fold_money(nd_books *books, nd_command *command, noema_error *error);
ND_MUST noema_status nd_fold_refund(nd_books *books, nd_command *command, noema_error *error);
ND_MUST noema_status nd_fold_start(nd_books *books, nd_command *command, noema_error *error);
ND_MUST noema_status nd_fold_settle(nd_books *books, nd_command *command, noema_error *error);
ND_MUST noema_status nd_fold_time_out(nd_books *books, nd_command *command, noema_error *error);
ND_MUST noema_status nd_fold_void_run(nd_books *books, nd_command *command, noema_error *error);

#endif
