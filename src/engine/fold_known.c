/* Answers a command from the record that is stored under its key: a replay, or what differs. */
#include <string.h>

#include "engine/fold_private.h"

static const nd_economy *
economy_of(nd_books *books, nd_id account)
{
    return nd_id_is_none(account) ? NULL : &nd_books_account(books, account)->now;
}

uint32_t
nd_replay_flags(const nd_command *command, const nd_entry *stored)
{
    bool ours =
        !nd_hash_is_none(&command->attempt) && nd_hash_equal(&command->attempt, &stored->hash);
    return ours ? 0 : NOEMA_REPLAYED;
}

static noema_status
voided_already(const nd_command *command, const nd_entry *stored, noema_error *error)
{
    if (!nd_text_equal(stored->key, command->request.key)) {
        return nd_fail(error, NOEMA_KEY_REUSED, "key", "another key has this one's id");
    }
    if (stored->type.at == ND_ENTRY_VOID) {
        return NOEMA_OK;
    }
    return nd_fail(error, NOEMA_ILLEGAL_TRANSITION, "key", "it was applied");
}

static void
answer_from_entry(nd_books *books, nd_command *command, const nd_entry *stored)
{
    nd_answer *answer = &command->answer;
    noema_status status;
    bool voids = command->kind == ND_VOID || command->kind == ND_VOID_PAYMENT;
    if (voids) {
        status = voided_already(command, stored, &answer->error);
    } else {
        status = nd_entry_same(stored, &command->request, command->accounts[0], &answer->error);
    }
    if (status == NOEMA_OK || (voids && status == NOEMA_ILLEGAL_TRANSITION)) {
        nd_receipt_of_entry(&answer->receipt, stored, economy_of(books, stored->account),
                            nd_replay_flags(command, stored));
    }
    answer->receipt.status = status;
}

static void
answer_from_run(nd_books *books, nd_command *command, const nd_run_page *page)
{
    nd_answer *answer = &command->answer;
    const nd_run *stored = &page->now;
    bool ours = page->stored && command->start.token.length > 0 &&
                nd_text_equal(stored->lease.token, command->start.token);
    uint32_t flags = ours ? 0 : NOEMA_REPLAYED;
    noema_status status;
    if (command->kind == ND_VOID_RUN) {
        status = stored->voided ? NOEMA_OK
                                : nd_fail(&answer->error, NOEMA_ILLEGAL_TRANSITION, "key",
                                          "the run was started");
    } else {
        status = nd_run_same(stored, &command->start, &answer->error);
    }
    if (status == NOEMA_OK || status == NOEMA_ILLEGAL_TRANSITION) {
        nd_summary_of_run(&answer->run, stored, flags);
    }
    if (status == NOEMA_OK) {
        nd_receipt_of_account(&answer->receipt, economy_of(books, nd_run_payer(stored)));
        answer->receipt.flags = flags;
    }
    if (ours) {
        memcpy(answer->run.token, command->start.token.bytes, command->start.token.length);
    }
    answer->receipt.status = status;
}

bool
nd_fold_known(nd_books *books, nd_command *command)
{
    if (command->kind == ND_SETTLE || command->kind == ND_TIME_OUT) {
        return false; /* what is known of them is the run itself */
    }
    if (command->kind == ND_START || command->kind == ND_VOID_RUN) {
        const nd_run_page *page = nd_books_find_run(books, command->record);
        if (page == NULL || !(page->stored || page->written)) {
            return false;
        }
        command->known = true;
        if (page->broken.status != NOEMA_OK) {
            nd_command_refuse(command, &page->broken);
        } else {
            answer_from_run(books, command, page);
        }
        return true;
    }
    const nd_entry_page *page = nd_books_find_entry(books, command->record);
    if (page == NULL) {
        return false;
    }
    command->known = true;
    if (page->broken != NULL) {
        nd_command_refuse(command, page->broken);
    } else {
        answer_from_entry(books, command, &page->entry);
    }
    return true;
}
