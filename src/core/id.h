/* Ids: 12 bytes inside, 24 lower hex digits outside. */
#ifndef ND_CORE_ID_H
#define ND_CORE_ID_H

#include "core/error.h"
#include "core/values.h"

extern const nd_id nd_id_none;

bool nd_id_is_none(nd_id id);
bool nd_id_equal(nd_id a, nd_id b);
/* As memcmp on the bytes. */
int nd_id_compare(nd_id a, nd_id b);
/* A new one in ObjectId's layout: seconds, five random bytes a process, a counter. Any thread. */
nd_id nd_id_new(void);
/* 24 hex digits, upper or lower. INVALID names `field`. */
ND_MUST noema_status nd_id_parse(const char *text, const char *field, nd_id *id,
                                 noema_error *error);
/* From the public struct: "" is INVALID unless optional, which then gives nd_id_none. */
ND_MUST noema_status nd_id_take(const noema_id *from, const char *field, bool optional, nd_id *id,
                                noema_error *error);
/* nd_id_none gives "". */
noema_id nd_id_public(nd_id id);
/* A well mixed 64-bit hash of an id. */
uint64_t nd_id_hash(nd_id id);

/* id -> index of an array beside it; for one thread. Grows by itself. */
typedef struct nd_idmap nd_idmap;
nd_idmap *nd_idmap_new(void);
void nd_idmap_free(nd_idmap *map);
/* Forgets all entries, keeps the memory. */
void nd_idmap_clear(nd_idmap *map);
/* -1: not there. */
int32_t nd_idmap_find(const nd_idmap *map, nd_id id);
/* Keeps the value that is there already, and returns the one that holds. */
int32_t nd_idmap_add(nd_idmap *map, nd_id id, int32_t value);

#endif
