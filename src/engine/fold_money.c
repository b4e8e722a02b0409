/* Folds credit, bonus, debit, exp, void and refund. */
#include "core/money.h"
#include "engine/fold_private.h"

static noema_status
apply(nd_books *books, const nd_command *command, nd_economy *account, nd_entry *entry,
      noema_error *error)
{
    const nd_law *law = &books->law;
    const nd_request *request = &command->request;
    if (command->kind == ND_CREDIT) {
        return nd_economy_credit(account, law, request, entry, error);
    }
    if (command->kind == ND_BONUS) {
        return nd_economy_bonus(account, law, request, entry, error);
    }
    if (command->kind == ND_DEBIT) {
        return nd_economy_debit(account, law, request, entry, error);
    }
    if (command->kind == ND_ADD_EXP) {
        return nd_economy_add_exp(account, law, request, entry, error);
    }
    nd_economy_void(account, law, request, entry);
    return NOEMA_OK;
}

noema_status
nd_fold_money(nd_books *books, nd_command *command, noema_error *error)
{
    noema_receipt *receipt = &command->answer.receipt;
    nd_account_page *page = NULL;
    nd_entry entry;
    if (command->kind == ND_VOID_PAYMENT) {
        nd_economy_void_payment(&books->law, &command->request, &entry);
    } else {
        ND_TRY(nd_fold_open(books, command->accounts[0], "account", &page, error));
        nd_fold_expire(books, page);
        noema_status status = apply(books, command, &page->now, &entry, error);
        if (status == NOEMA_INSUFFICIENT_FUNDS) {
            nd_receipt_of_account(receipt, &page->now);
        }
        ND_TRY(status);
        page->written = true;
    }
    nd_fold_note(books, &entry, command);
    nd_receipt_of_entry(receipt, &entry, page == NULL ? NULL : &page->now, 0);
    return NOEMA_OK;
}

static noema_status
find_original(const nd_books *books, const nd_command *command, nd_entry_page **original,
              nd_run_page **run, noema_error *error)
{
    nd_id entry = command->entry;
    *run = NULL;
    if (!nd_id_is_none(command->run)) {
        *run = nd_books_find_run(books, command->run);
        if (*run == NULL || !((*run)->stored || (*run)->written)) {
            return nd_fail(error, NOEMA_NOT_FOUND, "run", "no such run");
        }
        ND_TRY(nd_error_copy(error, &(*run)->broken));
        entry = (*run)->now.settled.entry;
        if ((*run)->now.charged.nano == 0) {
            return nd_fail(error, NOEMA_LIMIT, "amount", "0 USD are left to be refunded");
        }
    }
    *original = nd_books_find_entry(books, entry);
    if (*original == NULL) {
        return nd_fail(error, NOEMA_NOT_FOUND, "entry", "no such entry");
    }
    if ((*original)->broken != NULL) {
        return nd_error_copy(error, (*original)->broken);
    }
    if (*run == NULL && !nd_id_is_none((*original)->entry.run)) {
        *run = nd_books_find_run(books, (*original)->entry.run);
    }
    return NOEMA_OK;
}

noema_status
nd_fold_refund(nd_books *books, nd_command *command, noema_error *error)
{
    nd_account_page *page;
    nd_entry_page *original = NULL;
    nd_run_page *run;
    nd_entry entry;
    ND_TRY(nd_fold_open(books, command->accounts[0], "account", &page, error));
    nd_fold_expire(books, page);
    ND_TRY(find_original(books, command, &original, &run, error));
    ND_TRY(nd_economy_refund(&page->now, &books->law, &command->request, &original->entry,
                             original->refunded, &entry, error));
    original->refunded.nano += entry.amount.nano;
    page->written = true;
    if (run != NULL) {
        run->now.refunded.nano += entry.amount.nano;
        run->now.updated = books->law.now;
        run->written = true;
    }
    nd_fold_note(books, &entry, command);
    nd_receipt_of_entry(&command->answer.receipt, &entry, &page->now, 0);
    return NOEMA_OK;
}
