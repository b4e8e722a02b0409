/* Memory. The only room that calls malloc. Running out of it ends the process, as in libbson,
 * except where a function says that it returns NULL. Arenas give the records of one batch or one
 * call a common end. */
#ifndef ND_CORE_MEMORY_H
#define ND_CORE_MEMORY_H

#include "core/values.h"

/* Zeroed. */
void *nd_new(size_t size);
/* Zeroed; NULL when there is none: for sizes that a caller chose. */
void *nd_try_new(size_t size);
void *nd_resize(void *memory, size_t size);
char *nd_copy_string(const char *text);
void nd_delete(void *memory);

typedef struct nd_arena nd_arena;
nd_arena *nd_arena_new(void);
void nd_arena_free(nd_arena *arena);
/* Forgets all, keeps the first blocks for the next use. */
void nd_arena_reset(nd_arena *arena);
/* Zeroed, aligned for any type. */
void *nd_arena_take(nd_arena *arena, size_t size);
void *nd_arena_copy(nd_arena *arena, const void *bytes, size_t size);
/* Bytes handed out since the last reset. */
size_t nd_arena_used(const nd_arena *arena);

/* Copies; NULL gives an absent text. NUL-terminated. */
nd_text nd_arena_text(nd_arena *arena, const char *bytes, size_t length);
nd_text nd_arena_string(nd_arena *arena, const char *text);

/* nd_list: items of one size in an arena. Returns the new, zeroed item at `index`; later ones move
 * up. */
void *nd_list_insert(nd_list *list, uint32_t index, size_t item_size, nd_arena *arena);
void *nd_list_push(nd_list *list, size_t item_size, nd_arena *arena);
void nd_list_remove(nd_list *list, uint32_t index, size_t item_size);
/* A copy whose items are its own. */
nd_list nd_list_copy(const nd_list *list, size_t item_size, nd_arena *arena);

#endif
