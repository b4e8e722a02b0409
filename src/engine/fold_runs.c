/* Folds starts, settlements, time-outs and voids of runs. */
#include <string.h>

#include "engine/fold_private.h"

noema_status
nd_fold_start(nd_books *books, nd_command *command, noema_error *error)
{
    nd_start *ask = &command->start;
    const nd_id asked[] = {ask->payer, ask->fallback};
    nd_account_page *pages[3];
    nd_economy *payers[2];
    size_t count = 0;
    ND_TRY(nd_fold_open(books, ask->owner, "account", &pages[0], error));
    nd_fold_expire(books, pages[0]);
    for (size_t i = 0; i < 2 && !nd_id_is_none(asked[i]); i++) {
        ND_TRY(nd_fold_open(books, asked[i], "payer", &pages[count + 1], error));
        nd_fold_expire(books, pages[count + 1]);
        payers[count] = &pages[count + 1]->now;
        count++;
    }
    if (count == 0) {
        payers[count++] = &pages[0]->now;
    }
    nd_run run;
    noema_status status =
        nd_run_start(ask, &pages[0]->now, payers, count, &books->law, &run, error);
    if (status == NOEMA_INSUFFICIENT_FUNDS) {
        nd_receipt_of_account(&command->answer.receipt, &pages[0]->now);
    }
    ND_TRY(status);
    nd_run_page *page = nd_books_run(books, run.id);
    page->now = run;
    page->written = true;
    page->maker = command;
    pages[0]->written = true;
    nd_account_page *payer = nd_books_account(books, run.payer);
    payer->written = true;
    nd_receipt_of_account(&command->answer.receipt, &payer->now);
    nd_summary_of_run(&command->answer.run, &run, 0);
    if (ask->token.length > 0) {
        memcpy(command->answer.run.token, ask->token.bytes, ask->token.length);
    }
    return NOEMA_OK;
}

/* Times an open run out when that is due; true when it did. */
static bool
time_out_if_due(nd_books *books, nd_run_page *run, nd_account_page *payer)
{
    if (!nd_run_is_due(&run->now, books->law.now)) {
        return false;
    }
    nd_run_time_out(&run->now, &payer->now, &books->law);
    run->written = true;
    payer->written = true;
    return true;
}

static noema_status
find_run(nd_books *books, nd_command *command, nd_run_page **run, nd_account_page **payer,
         noema_error *error)
{
    *run = nd_books_find_run(books, command->run);
    if (*run == NULL || !((*run)->stored || (*run)->written)) {
        return nd_fail(error, NOEMA_NOT_FOUND, "run", "no such run");
    }
    ND_TRY(nd_error_copy(error, &(*run)->broken));
    return nd_fold_open(books, nd_run_payer(&(*run)->now), "payer", payer, error);
}

static noema_status
answer_ended(nd_books *books, nd_command *command, const nd_run *run, const nd_account_page *payer,
             noema_error *error)
{
    const nd_entry_page *entry = nd_books_find_entry(books, run->settled.entry);
    uint32_t flags = entry == NULL ? NOEMA_REPLAYED : nd_replay_flags(command, &entry->entry);
    if (command->attempted.ms != 0 && command->attempted.ms == run->ended_at.ms) {
        flags = 0; /* its own work, of an attempt whose commit was unknown */
    }
    command->known = true;
    nd_summary_of_run(&command->answer.run, run, 0);
    ND_TRY(nd_run_settled_same(run, &command->settle, error));
    command->answer.run.flags |= flags;
    nd_receipt_of_settlement(&command->answer.receipt, books, run, &payer->now, flags);
    return NOEMA_OK;
}

noema_status
nd_fold_settle(nd_books *books, nd_command *command, noema_error *error)
{
    nd_run_page *run;
    nd_account_page *payer;
    nd_entry entry;
    ND_TRY(find_run(books, command, &run, &payer, error));
    time_out_if_due(books, run, payer);
    nd_fold_expire(books, payer);
    if (!nd_run_is_open(&run->now)) {
        return answer_ended(books, command, &run->now, payer, error);
    }
    ND_TRY(nd_run_settle(&run->now, &payer->now, &books->law, &command->settle, &entry, error));
    run->written = true;
    payer->written = true;
    if (entry.seq != 0) {
        nd_fold_note(books, &entry, command);
    }
    nd_summary_of_run(&command->answer.run, &run->now, 0);
    nd_receipt_of_settlement(&command->answer.receipt, books, &run->now, &payer->now, 0);
    nd_fold_expire(books, payer);
    return NOEMA_OK;
}

noema_status
nd_fold_time_out(nd_books *books, nd_command *command, noema_error *error)
{
    nd_run_page *run;
    nd_account_page *payer;
    ND_TRY(find_run(books, command, &run, &payer, error));
    command->known = !time_out_if_due(books, run, payer);
    nd_fold_expire(books, payer);
    nd_summary_of_run(&command->answer.run, &run->now, command->known ? NOEMA_REPLAYED : 0);
    nd_receipt_of_account(&command->answer.receipt, &payer->now);
    return NOEMA_OK;
}

noema_status
nd_fold_void_run(nd_books *books, nd_command *command, noema_error *error)
{
    nd_account_page *owner;
    ND_TRY(nd_fold_open(books, command->start.owner, "account", &owner, error));
    nd_fold_expire(books, owner);
    nd_run_page *page = nd_books_run(books, command->record);
    nd_run_void(&command->start, &books->law, &page->now);
    page->written = true;
    page->maker = command;
    nd_economy_touch(&owner->now, &books->law);
    owner->written = true;
    nd_receipt_of_account(&command->answer.receipt, &owner->now);
    nd_summary_of_run(&command->answer.run, &page->now, 0);
    return NOEMA_OK;
}
