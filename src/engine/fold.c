/* Folds a command over the books: what is due first, then the law of its kind. Pure. */
#include <stdio.h>
#include <string.h>

#include "engine/fold_private.h"

noema_status
nd_fold_open(nd_books *books, nd_id id, const char *field, nd_account_page **page,
             noema_error *error)
{
    *page = nd_books_account(books, id);
    if ((*page)->broken.status != NOEMA_OK) {
        return nd_error_copy(error, &(*page)->broken);
    }
    if (!(*page)->is_user) {
        return nd_fail(error, NOEMA_NOT_FOUND, field, "no such account");
    }
    if (nd_id_is_none((*page)->now.account)) {
        nd_economy_birth(&(*page)->now, id, &books->law);
        (*page)->now.status = (*page)->status;
    }
    return NOEMA_OK;
}

nd_entry_page *
nd_fold_note(nd_books *books, const nd_entry *entry, nd_command *maker)
{
    nd_entry_page *page = nd_books_entry(books, entry->id);
    page->entry = *entry;
    page->maker = maker;
    return page;
}

void
nd_fold_expire(nd_books *books, nd_account_page *page)
{
    nd_entry entry;
    while (nd_economy_expire(&page->now, &books->law, &entry)) {
        nd_fold_note(books, &entry, NULL);
        page->written = true;
    }
}

static noema_status
fold_kind(nd_books *books, nd_command *command, noema_error *error)
{
    switch (command->kind) {
    case ND_CREDIT:
    case ND_BONUS:
    case ND_DEBIT:
    case ND_ADD_EXP:
    case ND_VOID:
    case ND_VOID_PAYMENT:
        return nd_fold_money(books, command, error);
    case ND_REFUND:
        return nd_fold_refund(books, command, error);
    case ND_START:
        return nd_fold_start(books, command, error);
    case ND_SETTLE:
        return nd_fold_settle(books, command, error);
    case ND_TIME_OUT:
        return nd_fold_time_out(books, command, error);
    case ND_VOID_RUN:
        return nd_fold_void_run(books, command, error);
    }
    return nd_fail(error, NOEMA_INTERNAL, NULL, "unknown kind of command");
}

/* A fold that breaks a rule is a bug: what it did must not be stored. */
static void
prove(nd_books *books, const nd_command *command)
{
    for (uint8_t i = 0; i < command->account_count; i++) {
        const nd_account_page *page = nd_books_account(books, command->accounts[i]);
        if (!page->written) {
            continue;
        }
        const char *broken = nd_economy_unsound(&page->now);
        int64_t available = nd_economy_available(&page->now).nano;
        if (broken == NULL && available < 0 &&
            available < nd_economy_available(&page->before).nano) {
            broken = "more was taken than was available";
        }
        if (broken != NULL) {
            snprintf(books->breach, sizeof(books->breach), "command %d on %s: %s",
                     (int)command->kind, nd_id_public(page->id).text, broken);
        }
    }
}

void
nd_fold(nd_books *books, nd_command *command)
{
    memset(&command->answer, 0, sizeof(command->answer));
    command->known = false;
    if (nd_fold_known(books, command)) {
        return;
    }
    noema_error *error = &command->answer.error;
    command->answer.receipt.status = fold_kind(books, command, error);
    prove(books, command);
}
