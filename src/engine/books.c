/* Pages by id. */
#include "engine/books.h"

#include <string.h>

void
nd_books_init(nd_books *books, nd_arena *arena)
{
    memset(books, 0, sizeof(*books));
    books->law.arena = arena;
    books->account_at = nd_idmap_new();
    books->run_at = nd_idmap_new();
    books->entry_at = nd_idmap_new();
}

void
nd_books_free(nd_books *books)
{
    nd_idmap_free(books->account_at);
    nd_idmap_free(books->run_at);
    nd_idmap_free(books->entry_at);
}

void
nd_books_clear(nd_books *books, nd_time now)
{
    books->law.now = now;
    memset(&books->accounts, 0, sizeof(books->accounts));
    memset(&books->runs, 0, sizeof(books->runs));
    memset(&books->entries, 0, sizeof(books->entries));
    nd_idmap_clear(books->account_at);
    nd_idmap_clear(books->run_at);
    nd_idmap_clear(books->entry_at);
    books->misguessed = false;
    books->breach[0] = '\0';
}

static void *
page_at(const nd_list *pages, int32_t at)
{
    return at < 0 ? NULL : ((void **)pages->items)[at];
}

static void *
page_of(nd_idmap *map, nd_list *pages, size_t size, nd_id id, nd_arena *arena)
{
    int32_t at = nd_idmap_find(map, id);
    if (at >= 0) {
        return page_at(pages, at);
    }
    nd_idmap_add(map, id, (int32_t)pages->count);
    void **slot = nd_list_push(pages, sizeof(*slot), arena);
    *slot = nd_arena_take(arena, size);
    memcpy(*slot, id.bytes, sizeof(id.bytes)); /* every page begins with its id */
    return *slot;
}

nd_account_page *
nd_books_account(nd_books *books, nd_id id)
{
    return page_of(books->account_at, &books->accounts, sizeof(nd_account_page), id,
                   books->law.arena);
}

nd_run_page *
nd_books_run(nd_books *books, nd_id id)
{
    return page_of(books->run_at, &books->runs, sizeof(nd_run_page), id, books->law.arena);
}

nd_entry_page *
nd_books_entry(nd_books *books, nd_id id)
{
    return page_of(books->entry_at, &books->entries, sizeof(nd_entry_page), id, books->law.arena);
}

nd_entry_page *
nd_books_find_entry(const nd_books *books, nd_id id)
{
    return page_at(&books->entries, nd_idmap_find(books->entry_at, id));
}

nd_run_page *
nd_books_find_run(const nd_books *books, nd_id id)
{
    return page_at(&books->runs, nd_idmap_find(books->run_at, id));
}

nd_account_page *
nd_books_guess(const nd_books *books)
{
    nd_account_page **pages = books->accounts.items;
    return books->accounts.count > 0 && pages[0]->guessed ? pages[0] : NULL;
}

/* The law changes lists in place: what was loaded keeps its own. */
void
nd_books_put_economy(nd_books *books, nd_account_page *page, const nd_economy *economy)
{
    page->before = *economy;
    page->now = *economy;
    page->now.grants = nd_list_copy(&economy->grants, sizeof(nd_grant), books->law.arena);
    page->now.budgets = nd_list_copy(&economy->budgets, sizeof(nd_budget), books->law.arena);
    page->stored = true;
    page->is_user = true;
}

void
nd_books_put_run(nd_books *books, nd_run_page *page, const nd_run *run)
{
    page->before = *run;
    page->now = *run;
    page->now.entries = nd_list_copy(&run->entries, sizeof(nd_id), books->law.arena);
    page->stored = true;
}

void
nd_books_put_entry(nd_entry_page *page, const nd_entry *entry)
{
    page->entry = *entry;
    page->stored = true;
}
