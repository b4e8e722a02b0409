/* Ids: making, parsing, comparing; and the map from an id to an index. */
#include "core/id.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/crypto.h"
#include "core/memory.h"
#include "core/text.h"

const nd_id nd_id_none;

bool
nd_id_is_none(nd_id id)
{
    return nd_id_equal(id, nd_id_none);
}

bool
nd_id_equal(nd_id a, nd_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

int
nd_id_compare(nd_id a, nd_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

/* The process's five random bytes above a counter of three, so that one addition makes the next id
 * and a full counter moves on to other random bytes. 0 = not drawn yet. */
static _Atomic uint64_t sequence;
static pthread_once_t sequence_once = PTHREAD_ONCE_INIT;

static void
forget_sequence(void)
{
    atomic_store(&sequence, 0);
}

/* A child that went on with its parent's sequence would make its parent's ids. */
static void
watch_forks(void)
{
    if (!nd_crypto_init() || pthread_atfork(NULL, NULL, forget_sequence) != 0) {
        abort();
    }
}

static uint64_t
next_in_sequence(void)
{
    (void)pthread_once(&sequence_once, watch_forks);
    if (atomic_load(&sequence) == 0) {
        uint64_t drawn = 0;
        uint64_t none = 0;
        nd_random(&drawn, sizeof drawn);
        (void)atomic_compare_exchange_strong(&sequence, &none, drawn | 1);
    }
    return atomic_fetch_add(&sequence, 1);
}

nd_id
nd_id_new(void)
{
    nd_id id;
    uint64_t seconds = (uint64_t)time(NULL);
    uint64_t number = next_in_sequence();
    for (int i = 0; i < 4; i++) {
        id.bytes[i] = (uint8_t)(seconds >> (24 - 8 * i));
    }
    for (int i = 0; i < 8; i++) {
        id.bytes[4 + i] = (uint8_t)(number >> (56 - 8 * i));
    }
    return id;
}

noema_status
nd_id_parse(const char *text, const char *field, nd_id *id, noema_error *error)
{
    nd_id parsed;
    if (text == NULL || !nd_unhex(text, sizeof parsed.bytes, parsed.bytes)) {
        return nd_fail(error, NOEMA_INVALID, field, "must be 24 hexadecimal digits");
    }
    /* Zeros inside mean "no id": let in, they would turn a named account into none. */
    if (nd_id_is_none(parsed)) {
        return nd_fail(error, NOEMA_INVALID, field, "must not be all zeros");
    }
    *id = parsed;
    return NOEMA_OK;
}

noema_status
nd_id_take(const noema_id *from, const char *field, bool optional, nd_id *id, noema_error *error)
{
    if (from == NULL || from->text[0] == '\0') {
        if (!optional) {
            return nd_fail(error, NOEMA_INVALID, field, "must be given");
        }
        *id = nd_id_none;
        return NOEMA_OK;
    }
    return nd_id_parse(from->text, field, id, error);
}

noema_id
nd_id_public(nd_id id)
{
    noema_id made;
    memset(&made, 0, sizeof made);
    if (!nd_id_is_none(id)) {
        nd_hex(id.bytes, sizeof id.bytes, made.text);
    }
    return made;
}

static uint64_t
mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t
nd_id_hash(nd_id id)
{
    uint64_t low = 0;
    uint32_t high = 0;
    memcpy(&low, id.bytes, sizeof low);
    memcpy(&high, id.bytes + sizeof low, sizeof high);
    return mix(low + mix(high + UINT64_C(0x9e3779b97f4a7c15)));
}

typedef struct slot {
    nd_id id;
    int32_t value;
    uint32_t age; /* in use when it is the map's */
} slot;

struct nd_idmap {
    slot *slots;
    size_t room; /* a power of two, at least twice the count */
    size_t count;
    uint32_t age;
};

enum { FIRST_ROOM = 64 };

nd_idmap *
nd_idmap_new(void)
{
    nd_idmap *map = nd_new(sizeof *map);
    map->slots = nd_new(FIRST_ROOM * sizeof(slot));
    map->room = FIRST_ROOM;
    map->age = 1;
    return map;
}

void
nd_idmap_free(nd_idmap *map)
{
    if (map != NULL) {
        nd_delete(map->slots);
        nd_delete(map);
    }
}

void
nd_idmap_clear(nd_idmap *map)
{
    map->count = 0;
    map->age++;
    if (map->age == 0) {
        memset(map->slots, 0, map->room * sizeof(slot));
        map->age = 1;
    }
}

/* The slot that holds id, or the free one where it belongs. */
static slot *
slot_of(const nd_idmap *map, nd_id id)
{
    size_t at = (size_t)nd_id_hash(id) & (map->room - 1);
    while (map->slots[at].age == map->age && !nd_id_equal(map->slots[at].id, id)) {
        at = (at + 1) & (map->room - 1);
    }
    return &map->slots[at];
}

static void
grow(nd_idmap *map)
{
    nd_idmap old = *map;
    map->room = old.room * 2;
    map->slots = nd_new(map->room * sizeof(slot));
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].age == old.age) {
            *slot_of(map, old.slots[i].id) = old.slots[i];
        }
    }
    nd_delete(old.slots);
}

int32_t
nd_idmap_find(const nd_idmap *map, nd_id id)
{
    const slot *found = slot_of(map, id);
    return found->age == map->age ? found->value : -1;
}

int32_t
nd_idmap_add(nd_idmap *map, nd_id id, int32_t value)
{
    slot *found = slot_of(map, id);
    if (found->age == map->age) {
        return found->value;
    }
    *found = (slot){.id = id, .value = value, .age = map->age};
    map->count++;
    if (map->count * 2 > map->room) {
        grow(map);
    }
    return value;
}
