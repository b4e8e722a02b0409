/* The books of a batch: the records that its commands work on, in memory, as they were loaded and
 * as they stand. Folding commands over them is pure: no server, no clock. */
#ifndef ND_ENGINE_BOOKS_H
#define ND_ENGINE_BOOKS_H

#include "core/id.h"
#include "core/memory.h"
#include "engine/command.h"

typedef struct nd_account_page {
    nd_id id;
    nd_economy before; /* as loaded; all zero when there is no document */
    nd_economy now;
    bool stored;        /* there is a document */
    nd_word status;     /* of userCore, when there is no document: it is born with it */
    bool guessed;       /* not read: only a write over what is `before` proves it */
    bool is_user;       /* there is a userCore document, or (stored) was */
    bool written;       /* `now` has to be stored */
    noema_error broken; /* status is not OK: it can't be worked on */
} nd_account_page;

typedef struct nd_run_page {
    nd_id id;
    nd_run before;
    nd_run now;
    bool stored;
    bool written;
    nd_command *maker; /* of a run that this batch makes */
    noema_error broken;
} nd_run_page;

/* An entry of this batch, or one that was stored before and is named by a command. */
typedef struct nd_entry_page {
    nd_id id;
    nd_entry entry;
    nd_money refunded; /* sum of its refunds, stored and of this batch */
    bool stored;
    nd_command *maker;         /* NULL: the system's */
    const noema_error *broken; /* NULL, or why it can't be read */
} nd_entry_page;

typedef struct nd_books {
    nd_law law;
    nd_list accounts; /* of nd_account_page * */
    nd_list runs;     /* of nd_run_page * */
    nd_list entries;  /* of nd_entry_page *, in the order in which they were made */
    nd_idmap *account_at;
    nd_idmap *run_at;
    nd_idmap *entry_at;
    bool misguessed;  /* what was guessed of an account is not so */
    char breach[200]; /* a rule that a fold broke: the batch must not be committed */
} nd_books;

void nd_books_init(nd_books *books, nd_arena *arena);
void nd_books_free(nd_books *books);
/* Forgets all pages; the arena is the owner's to reset. */
void nd_books_clear(nd_books *books, nd_time now);

/* Finds the page, or adds an empty one. Pages stay where they are until the books are cleared. */
nd_account_page *nd_books_account(nd_books *books, nd_id id);
nd_run_page *nd_books_run(nd_books *books, nd_id id);
nd_entry_page *nd_books_entry(nd_books *books, nd_id id);
/* NULL: there is none. */
nd_entry_page *nd_books_find_entry(const nd_books *books, nd_id id);
nd_run_page *nd_books_find_run(const nd_books *books, nd_id id);

/* The one account whose record is a guess; NULL: all were read. */
nd_account_page *nd_books_guess(const nd_books *books);

/* Puts what was loaded on its page. */
void nd_books_put_economy(nd_books *books, nd_account_page *page, const nd_economy *economy);
void nd_books_put_run(nd_books *books, nd_run_page *page, const nd_run *run);
void nd_books_put_entry(nd_entry_page *page, const nd_entry *entry);

/* Folds one command: what is due first, then the command. Its verdict and answer are in the
 * command. A refusal leaves the books as they were, except for what was due. */
void nd_fold(nd_books *books, nd_command *command);
/* Answers a command from the stored record of its key (an entry or a run page of the books), when
 * there is one. false: the key is new. */
bool nd_fold_known(nd_books *books, nd_command *command);

#endif
