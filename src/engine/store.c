/* Turns the books into write commands. The order matters once: an account's seal covers the hash of
 * its newest entry. */
#include "engine/store.h"

#include <string.h>

#include "core/id.h"
#include "transactions/store.h"
#include "user_economy/store.h"
#include "workflow_executions/store.h"

typedef struct nd_writer {
    nd_session *session;
    nd_deadline deadline;
    nd_books *books;
    const nd_hash_key *key;
    bool bypass;
    nd_outcome *outcome;
    nd_blame *blamed;
} nd_writer;

bool
nd_blame_meets(const nd_blame *blame, const nd_command *command)
{
    bool meets = blame->command == command ||
                 (!nd_id_is_none(blame->run) && nd_id_equal(blame->run, command->touched_run));
    for (uint8_t i = 0; i < command->account_count && !meets; i++) {
        meets = nd_id_equal(blame->account, command->accounts[i]);
    }
    return meets;
}

/* Sends what was built, if it is anything, and frees it. whose: of each statement. */
static bool
send(const nd_writer *writer, nd_statements *statements, const nd_blame *whose)
{
    bool done = true;
    nd_statements_end(statements, writer->bypass);
    if (statements->count > 0) {
        int64_t matched = 0;
        writer->outcome->statement = -1;
        done = nd_session_write(writer->session, writer->deadline, &statements->command, &matched,
                                writer->outcome);
        int32_t at = writer->outcome->statement;
        if (!done && at >= 0 && (uint32_t)at < statements->count) {
            *writer->blamed = whose[at];
        }
        if (done && matched != (int64_t)statements->count) {
            /* A document went away between its load and its write: look again. */
            writer->outcome->fault = ND_FAULT_TRANSIENT;
            done = false;
        }
    }
    nd_statements_free(statements);
    return done;
}

/* Hashes and chains; the accounts' heads move on. */
static void
build_entries(const nd_writer *writer, nd_statements *inserts, nd_blame *whose)
{
    nd_entry_page **pages = writer->books->entries.items;
    nd_statements_begin(inserts, "insert", nd_entry_collection.name);
    for (uint32_t i = 0; i < writer->books->entries.count; i++) {
        nd_entry_page *page = pages[i];
        if (page->stored) {
            continue;
        }
        nd_hash none = {{0}};
        nd_hash *head = nd_id_is_none(page->entry.account)
                            ? &none
                            : &nd_books_account(writer->books, page->entry.account)->now.head;
        whose[inserts->count] =
            (nd_blame){.command = page->maker,
                       .account = page->maker == NULL ? page->entry.account : nd_id_none};
        nd_entry_append(inserts, &page->entry, writer->key, head);
    }
}

static nd_blame *
blames(const nd_writer *writer, uint32_t count)
{
    return nd_arena_take(writer->books->law.arena, ((size_t)count + 1) * sizeof(nd_blame));
}

static void
build_insert(nd_statements *inserts, const nd_table *table, const void *record)
{
    bson_t document = BSON_INITIALIZER;
    nd_schema_encode(table, record, &document);
    nd_statements_insert(inserts, &document);
    bson_destroy(&document);
}

/* Changed accounts, and those that are born. */
static bool
store_accounts(const nd_writer *writer)
{
    nd_statements inserts;
    nd_statements updates;
    nd_blame *changed = blames(writer, writer->books->accounts.count);
    nd_blame *born = blames(writer, writer->books->accounts.count);
    nd_account_page **pages = writer->books->accounts.items;
    nd_statements_begin(&inserts, "insert", nd_economy_collection.name);
    nd_statements_begin(&updates, "update", nd_economy_collection.name);
    for (uint32_t i = 0; i < writer->books->accounts.count; i++) {
        nd_account_page *page = pages[i];
        if (!page->written) {
            continue;
        }
        page->now.seal = nd_economy_seal(&page->now, writer->key);
        if (page->stored) {
            changed[updates.count].account = page->id;
            nd_statements_update(&updates, page->now.id, &nd_economy_table, &page->before,
                                 &page->now);
        } else {
            born[inserts.count].account = page->id;
            build_insert(&inserts, &nd_economy_table, &page->now);
        }
    }
    bool done = send(writer, &updates, changed);
    if (!done) {
        nd_statements_free(&inserts);
        return false;
    }
    return send(writer, &inserts, born);
}

/* Its write proves the guess, or ends the attempt. What the server has against it (the validator; a
 * sharded collection, which wants its key in the filter) is not told either before it was read. */
static bool
store_guess(const nd_writer *writer, nd_account_page *page)
{
    bool met;
    nd_outcome *outcome = writer->outcome;
    page->now.seal = nd_economy_seal(&page->now, writer->key);
    bool done = nd_economy_replace(writer->session, writer->deadline, &page->before, &page->now,
                                   writer->bypass, writer->books->law.arena, &met, outcome);
    bool refused =
        !done && (outcome->fault == ND_FAULT_DOCUMENT || outcome->fault == ND_FAULT_OTHER);
    if (refused || (done && !met)) {
        writer->books->misguessed = true;
        outcome->fault = ND_FAULT_TRANSIENT;
    }
    return done && met;
}

static bool
store_runs(const nd_writer *writer)
{
    nd_statements inserts;
    nd_statements updates;
    nd_blame *changed = blames(writer, writer->books->runs.count);
    nd_blame *made = blames(writer, writer->books->runs.count);
    nd_run_page **pages = writer->books->runs.items;
    nd_statements_begin(&inserts, "insert", nd_run_collection.name);
    nd_statements_begin(&updates, "update", nd_run_collection.name);
    for (uint32_t i = 0; i < writer->books->runs.count; i++) {
        nd_run_page *page = pages[i];
        if (!page->written) {
            continue;
        }
        if (page->stored) {
            changed[updates.count].run = page->id;
            nd_statements_update(&updates, page->id, &nd_run_table, &page->before, &page->now);
        } else {
            made[inserts.count].command = page->maker;
            build_insert(&inserts, &nd_run_table, &page->now);
        }
    }
    bool done = send(writer, &updates, changed);
    if (!done) {
        nd_statements_free(&inserts);
        return false;
    }
    return send(writer, &inserts, made);
}

/* Accounts are sent first: two engines that share one meet there, before the larger work. */
bool
nd_store(nd_session *session, nd_deadline deadline, nd_books *books, bool bypass,
         nd_outcome *outcome, nd_blame *blamed)
{
    nd_statements entries;
    const nd_writer writer = {
        .session = session,
        .deadline = deadline,
        .books = books,
        .key = nd_base_ledger_key(nd_session_base(session)),
        .bypass = bypass,
        .outcome = outcome,
        .blamed = blamed,
    };
    nd_blame *whose = blames(&writer, books->entries.count);
    *blamed = (nd_blame){0};
    build_entries(&writer, &entries, whose);
    nd_account_page *guess = nd_books_guess(books);
    if (guess != NULL ? !store_guess(&writer, guess) : !store_accounts(&writer)) {
        nd_statements_free(&entries);
        return false;
    }
    return send(&writer, &entries, whose) && store_runs(&writer);
}
