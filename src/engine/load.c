/* One find a collection, in the batch's transaction. What can't be read breaks its page alone. */
#include "engine/load.h"

#include "transactions/store.h"
#include "user_core/store.h"
#include "user_economy/store.h"
#include "workflow_executions/store.h"

typedef struct nd_loader {
    nd_session *session;
    nd_deadline deadline;
    nd_books *books;
    nd_outcome *outcome;
    nd_id *ids; /* scratch: room for three a command */
} nd_loader;

static nd_arena *
arena_of(const nd_loader *load)
{
    return load->books->law.arena;
}

/* ---- accounts ------------------------------------------------------------------------------- */

static void
put_economy(const nd_loader *load, nd_bson document)
{
    nd_base *base = nd_session_base(load->session);
    nd_economy economy;
    noema_error error;
    nd_error_clear(&error);
    noema_status status =
        nd_economy_decode(document, nd_base_ledger_key(base), &economy, arena_of(load), &error);
    nd_account_page *page = nd_books_account(load->books, economy.account);
    nd_books_put_economy(load->books, page, &economy);
    if (status != NOEMA_OK) {
        page->broken = error;
        nd_metrics_add(
            nd_base_metrics(base),
            error.reason[0] == '\0' ? ND_METRIC_ACCOUNTS_CORRUPT : ND_METRIC_SEALS_BROKEN, 1);
    }
}

/* Accounts without credit yet must at least be users. */
static bool
load_users(const nd_loader *load)
{
    nd_list found = {0};
    size_t count = 0;
    nd_account_page **pages = load->books->accounts.items;
    for (uint32_t i = 0; i < load->books->accounts.count; i++) {
        if (!pages[i]->stored) {
            load->ids[count++] = pages[i]->id;
        }
    }
    if (count == 0) {
        return true;
    }
    if (!nd_user_load(load->session, load->deadline, load->ids, count, arena_of(load), &found,
                      load->outcome)) {
        return false;
    }
    for (uint32_t i = 0; i < found.count; i++) {
        nd_user user;
        if (nd_user_decode(((nd_bson *)found.items)[i], &user, arena_of(load), NULL) == NOEMA_OK) {
            nd_account_page *page = nd_books_account(load->books, user.id);
            page->is_user = true;
            page->status.at = user.status.at == NOEMA_ACCOUNT_ACTIVE ? 0 : user.status.at;
        }
    }
    return true;
}

/* A batch of one account: to prove more than one costs more commands than to read them. */
static bool
guess_account(const nd_loader *load, nd_recent *recent)
{
    nd_economy guess;
    nd_account_page **pages = load->books->accounts.items;
    if (recent == NULL || load->books->accounts.count != 1 ||
        !nd_recent_find(recent, pages[0]->id, arena_of(load), &guess)) {
        return false;
    }
    nd_books_put_economy(load->books, pages[0], &guess);
    pages[0]->guessed = true;
    nd_metrics_add(nd_base_metrics(nd_session_base(load->session)), ND_METRIC_ACCOUNTS_RECENT, 1);
    return true;
}

static bool
load_accounts(const nd_loader *load, const nd_batch *batch, nd_recent *recent)
{
    nd_list found = {0};
    for (size_t i = 0; i < batch->count; i++) {
        for (uint8_t j = 0; j < batch->commands[i]->account_count; j++) {
            nd_books_account(load->books, batch->commands[i]->accounts[j]);
        }
    }
    nd_account_page **pages = load->books->accounts.items;
    size_t count = load->books->accounts.count;
    if (count == 0 || guess_account(load, recent)) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        load->ids[i] = pages[i]->id;
    }
    if (!nd_economy_load(load->session, load->deadline, load->ids, count, arena_of(load), &found,
                         load->outcome)) {
        return false;
    }
    for (uint32_t i = 0; i < found.count; i++) {
        put_economy(load, ((nd_bson *)found.items)[i]);
    }
    return load_users(load);
}

/* ---- runs -------------------------------------------------------------------------------------- */

static bool
load_runs(const nd_loader *load, const nd_batch *batch)
{
    nd_list found = {0};
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        nd_id run = batch->commands[i]->touched_run;
        if (!nd_id_is_none(run) && nd_books_find_run(load->books, run) == NULL) {
            nd_books_run(load->books, run);
            load->ids[count++] = run;
        }
    }
    if (count == 0) {
        return true;
    }
    if (!nd_run_load(load->session, load->deadline, load->ids, count, arena_of(load), &found,
                     load->outcome)) {
        return false;
    }
    for (uint32_t i = 0; i < found.count; i++) {
        nd_run run;
        noema_error error;
        nd_error_clear(&error);
        noema_status status =
            nd_run_decode(((nd_bson *)found.items)[i], &run, arena_of(load), &error);
        const char *unsound = status == NOEMA_OK ? nd_run_unsound(&run) : NULL;
        if (unsound != NULL) {
            nd_fail(&error, NOEMA_CORRUPT, "run", "%s", unsound);
        }
        nd_run_page *page = nd_books_run(load->books, run.id);
        nd_books_put_run(load->books, page, &run);
        page->broken = error;
    }
    return true;
}

/* ---- entries -------------------------------------------------------------------------------------- */

static void
put_entry(const nd_loader *load, nd_bson document)
{
    nd_entry entry;
    noema_error error;
    nd_error_clear(&error);
    noema_status status = nd_entry_decode(document, &entry, arena_of(load), &error);
    nd_entry_page *page = nd_books_entry(load->books, entry.id);
    nd_books_put_entry(page, &entry);
    if (status != NOEMA_OK) {
        page->broken = nd_arena_copy(arena_of(load), &error, sizeof(error));
    }
}

static bool
put_entries(const nd_loader *load, size_t count)
{
    nd_list found = {0};
    if (count == 0) {
        return true;
    }
    if (!nd_entry_load(load->session, load->deadline, load->ids, count, arena_of(load), &found,
                       load->outcome)) {
        return false;
    }
    for (uint32_t i = 0; i < found.count; i++) {
        put_entry(load, ((nd_bson *)found.items)[i]);
    }
    return true;
}

/* Summed by the server: an entry may have any number of refunds. */
static bool
load_refunds(const nd_loader *load, size_t count)
{
    nd_list sums = {0};
    if (count == 0) {
        return true;
    }
    if (!nd_entry_sum_refunds(load->session, load->deadline, load->ids, count, arena_of(load),
                              &sums, load->outcome)) {
        return false;
    }
    const nd_refund_sum *items = sums.items;
    for (uint32_t i = 0; i < sums.count; i++) {
        nd_entry_page *original = nd_books_find_entry(load->books, items[i].original);
        if (original != NULL) {
            original->refunded = items[i].refunded;
        }
    }
    return true;
}

static size_t
originals(const nd_loader *load, const nd_batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->commands[i]->kind == ND_REFUND) {
            load->ids[count++] = batch->commands[i]->entry;
        }
    }
    return count;
}

static bool
makes_entry(const nd_command *command)
{
    return command->kind != ND_START && command->kind != ND_VOID_RUN &&
           command->kind != ND_TIME_OUT;
}

static bool
load_entries(const nd_loader *load, const nd_batch *batch, bool with_keys)
{
    size_t count = originals(load, batch);
    for (size_t i = 0; i < batch->count && with_keys; i++) {
        if (makes_entry(batch->commands[i])) {
            load->ids[count++] = batch->commands[i]->record;
        }
    }
    return put_entries(load, count) && load_refunds(load, originals(load, batch));
}

static nd_loader
begin(nd_session *session, nd_deadline deadline, nd_books *books, nd_outcome *outcome)
{
    return (nd_loader){
        session, deadline, books, outcome,
        nd_arena_take(books->law.arena, sizeof(nd_id) * ND_BATCH_COMMANDS * ND_COMMAND_ACCOUNTS)};
}

bool
nd_load(nd_session *session, nd_deadline deadline, const nd_batch *batch, const nd_sources *from,
        nd_books *books, nd_outcome *outcome)
{
    const nd_loader load = begin(session, deadline, books, outcome);
    return load_accounts(&load, batch, from->recent) && load_runs(&load, batch) &&
           load_entries(&load, batch, from->with_keys);
}

static bool
needs_key(const nd_books *books, const nd_command *command)
{
    bool refused = command->answer.receipt.status != NOEMA_OK;
    bool settled = command->kind == ND_SETTLE && command->known;
    return makes_entry(command) && (settled || (refused && !command->known)) &&
           nd_books_find_entry(books, command->record) == NULL;
}

bool
nd_load_refused(nd_session *session, nd_deadline deadline, const nd_batch *batch, nd_books *books,
                nd_outcome *outcome)
{
    const nd_loader load = begin(session, deadline, books, outcome);
    nd_command *asked[ND_BATCH_COMMANDS];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (needs_key(books, batch->commands[i])) {
            asked[count] = batch->commands[i];
            load.ids[count++] = batch->commands[i]->record;
        }
    }
    if (!put_entries(&load, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (nd_books_find_entry(books, asked[i]->record) != NULL) {
            nd_fold(books, asked[i]);
        }
    }
    return true;
}
