/* Reads of an entry no more than its bytes allow: a broken one still has a place in the order. */
#include "audit/step.h"

#include <string.h>

#include "schema/schema.h"
#include "transactions/store.h"
#include "transactions/transactions.h"

/* The element "hash": type 5, its name, 32 bytes of subtype 0. */
static const uint8_t hash_head[] = {0x05, 'h', 'a', 's', 'h', 0, 32, 0, 0, 0, 0};
enum { ELEMENT_BYTES = sizeof(hash_head) + sizeof(nd_hash), LEAST_BYTES = 4 + ELEMENT_BYTES + 1 };

static void
read_hash(nd_bson raw, nd_step *step)
{
    if (raw.length < LEAST_BYTES) {
        return;
    }
    const uint8_t *element = raw.bytes + raw.length - 1 - ELEMENT_BYTES;
    step->hashed = memcmp(element, hash_head, sizeof(hash_head)) == 0;
    if (step->hashed) {
        memcpy(step->hash.bytes, element + sizeof(hash_head), sizeof(step->hash.bytes));
    }
}

static void
read_place(const bson_t *view, nd_step *step)
{
    bson_iter_t at;
    if (bson_iter_init_find(&at, view, "_id") && BSON_ITER_HOLDS_OID(&at)) {
        memcpy(step->id.bytes, bson_iter_oid(&at)->bytes, sizeof(step->id.bytes));
    }
    if (bson_iter_init_find(&at, view, "timestamp") && BSON_ITER_HOLDS_DATE_TIME(&at)) {
        step->at.ms = bson_iter_date_time(&at);
    }
    if (bson_iter_init_find(&at, view, "seq") && BSON_ITER_HOLDS_INT(&at)) {
        step->seq = bson_iter_as_int64(&at);
    }
}

void
nd_step_read(nd_bson raw, nd_step *step, nd_arena *arena)
{
    bson_t view;
    noema_error error;
    memset(step, 0, sizeof(*step));
    step->raw = raw;
    nd_error_clear(&error);
    read_hash(raw, step);
    if (nd_bson_open(raw, &view)) {
        read_place(&view, step);
    }
    step->readable = nd_entry_decode(raw, &step->entry, arena, &error) == NOEMA_OK;
    if (step->readable && !step->hashed) {
        step->hash = step->entry.hash; /* not where it belongs, but what comes behind it says so */
    }
    if (!step->readable) {
        step->why = nd_arena_string(arena, error.message).bytes;
    }
}

bool
nd_step_follows(const nd_step *step, const nd_hash *before, const nd_hash_key *key, nd_arena *arena)
{
    if (!step->hashed) {
        return false;
    }
    uint32_t length = step->raw.length - (uint32_t)ELEMENT_BYTES;
    uint8_t *bytes = nd_arena_copy(arena, step->raw.bytes, length);
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(length >> (8 * i));
    }
    bytes[length - 1] = 0;
    nd_hash hash = nd_entry_chain(key, before, (nd_bson){bytes, length});
    return nd_hash_equal(&hash, &step->hash);
}
