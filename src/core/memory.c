/* Memory: the allocator of the library, arenas, and lists that grow in an arena. */
#include "core/memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BLOCK = 64 * 1024,
    LARGEST_STEP = 1024 * 1024, /* blocks double up to here; larger wishes get their own */
    KEPT_AT_RESET = 1024 * 1024,
    FIRST_LIST_ROOM = 4
};

/* A half-made record of money is worse than none: the process ends. */
static void *
or_die(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

void *
nd_new(size_t size)
{
    return or_die(nd_try_new(size));
}

void *
nd_try_new(size_t size)
{
    return calloc(1, size > 0 ? size : 1);
}

void *
nd_resize(void *memory, size_t size)
{
    return or_die(realloc(memory, size > 0 ? size : 1));
}

char *
nd_copy_string(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    return memcpy(nd_new(size), text, size);
}

void
nd_delete(void *memory)
{
    free(memory);
}

typedef struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
} block;

struct nd_arena {
    block *first;
    block *current; /* blocks behind it are empty */
    size_t used;
    size_t step;
};

static block *
new_block(size_t size, block *next)
{
    block *made = nd_resize(NULL, sizeof *made + size);
    made->next = next;
    made->size = size;
    made->used = 0;
    return made;
}

nd_arena *
nd_arena_new(void)
{
    nd_arena *arena = nd_new(sizeof *arena);
    arena->first = new_block(FIRST_BLOCK, NULL);
    arena->current = arena->first;
    arena->step = FIRST_BLOCK;
    return arena;
}

static void
free_blocks(block *from)
{
    while (from != NULL) {
        block *next = from->next;
        nd_delete(from);
        from = next;
    }
}

void
nd_arena_free(nd_arena *arena)
{
    if (arena != NULL) {
        free_blocks(arena->first);
        nd_delete(arena);
    }
}

void
nd_arena_reset(nd_arena *arena)
{
    block *last = arena->first;
    size_t kept = last->size;
    last->used = 0;
    while (last->next != NULL && last->next->size <= KEPT_AT_RESET - kept) {
        last = last->next;
        last->used = 0;
        kept += last->size;
    }
    free_blocks(last->next);
    last->next = NULL;
    arena->current = arena->first;
    arena->used = 0;
    arena->step = last->size < LARGEST_STEP ? last->size : LARGEST_STEP;
}

/* Makes a block with room for size the current one. */
static void
next_block(nd_arena *arena, size_t size)
{
    block *at = arena->current;
    if (at->next == NULL || at->next->size < size) {
        if (arena->step < LARGEST_STEP) {
            arena->step *= 2;
        }
        at->next = new_block(size > arena->step ? size : arena->step, at->next);
    }
    arena->current = at->next;
}

void *
nd_arena_take(nd_arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        abort();
    }
    size_t whole = size > 0 ? (size + unit - 1) / unit * unit : unit;
    if (whole > arena->current->size - arena->current->used) {
        next_block(arena, whole);
    }
    void *taken = arena->current->bytes + arena->current->used;
    arena->current->used += whole;
    arena->used += whole;
    return memset(taken, 0, whole);
}

void *
nd_arena_copy(nd_arena *arena, const void *bytes, size_t size)
{
    void *copy = nd_arena_take(arena, size);
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    return copy;
}

size_t
nd_arena_used(const nd_arena *arena)
{
    return arena->used;
}

nd_text
nd_arena_text(nd_arena *arena, const char *bytes, size_t length)
{
    if (bytes == NULL) {
        return (nd_text){NULL, 0};
    }
    if (length >= UINT32_MAX) {
        abort();
    }
    char *copy = nd_arena_take(arena, length + 1);
    memcpy(copy, bytes, length);
    return (nd_text){copy, (uint32_t)length};
}

nd_text
nd_arena_string(nd_arena *arena, const char *text)
{
    return nd_arena_text(arena, text, text != NULL ? strlen(text) : 0);
}

static void
make_room(nd_list *list, size_t item_size, nd_arena *arena)
{
    if (list->count < list->room) {
        return;
    }
    if (list->room > UINT32_MAX / 2) {
        abort();
    }
    uint32_t room = list->room > 0 ? list->room * 2 : FIRST_LIST_ROOM;
    void *items = nd_arena_take(arena, room * item_size);
    if (list->count > 0) {
        memcpy(items, list->items, list->count * item_size);
    }
    list->items = items;
    list->room = room;
}

void *
nd_list_insert(nd_list *list, uint32_t index, size_t item_size, nd_arena *arena)
{
    if (index > list->count) {
        abort();
    }
    make_room(list, item_size, arena);
    unsigned char *at = (unsigned char *)list->items + index * item_size;
    memmove(at + item_size, at, (list->count - index) * item_size);
    list->count++;
    return memset(at, 0, item_size);
}

void *
nd_list_push(nd_list *list, size_t item_size, nd_arena *arena)
{
    return nd_list_insert(list, list->count, item_size, arena);
}

void
nd_list_remove(nd_list *list, uint32_t index, size_t item_size)
{
    if (index >= list->count) {
        abort();
    }
    unsigned char *at = (unsigned char *)list->items + index * item_size;
    list->count--;
    memmove(at, at + item_size, (list->count - index) * item_size);
}

nd_list
nd_list_copy(const nd_list *list, size_t item_size, nd_arena *arena)
{
    if (list->count == 0) {
        return (nd_list){NULL, 0, 0};
    }
    void *items = nd_arena_copy(arena, list->items, list->count * item_size);
    return (nd_list){items, list->count, list->count};
}
