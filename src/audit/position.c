/* The state of a proof as bytes, and back. */
#include "audit/position.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "core/memory.h"
#include "schema/page.h"

enum {
    HEAD_BYTES = 1 + sizeof(nd_id),
    CURSOR_BYTES = 3 * 8,
    TRAIL_BYTES = 5 * 8 + sizeof(nd_hash) + 3 * 8,
    PART_BYTES = 2 * 8,
    MOST_BYTES = HEAD_BYTES + CURSOR_BYTES + TRAIL_BYTES + ND_GRANTS_MAX * PART_BYTES
};

void
nd_position_begin(nd_position *position, nd_id account)
{
    memset(position, 0, sizeof(*position));
    position->stage = nd_id_is_none(account) ? ND_PROOF_NOBODY : ND_PROOF_INSIDE;
    nd_trail_begin(&position->trail, account);
}

/* ---- writing -------------------------------------------------------------------------------------- */

static uint8_t *
put_cursor(uint8_t *at, const nd_cursor *cursor)
{
    at = nd_token_put(at, cursor->at.ms);
    at = nd_token_put(at, cursor->skip);
    return nd_token_put(at, cursor->begun);
}

static uint8_t *
put_trail(uint8_t *at, const nd_trail *trail)
{
    at = nd_token_put(at, trail->seq);
    at = nd_token_put(at, trail->at.ms);
    at = nd_token_put(at, trail->balance.nano);
    at = nd_token_put(at, trail->exp);
    at = nd_token_put(at, trail->limit.nano);
    memcpy(at, trail->head.bytes, sizeof(trail->head.bytes));
    at += sizeof(trail->head.bytes);
    at = nd_token_put(at, trail->lost);
    at = nd_token_put(at, trail->blind);
    at = nd_token_put(at, trail->grant_count);
    for (uint32_t i = 0; i < trail->grant_count; i++) {
        at = nd_token_put(at, trail->grants[i].expires.ms);
        at = nd_token_put(at, trail->grants[i].amount.nano);
    }
    return at;
}

static void
name_list(nd_id account, char name[64])
{
    snprintf(name, 64, "proof of %s", nd_id_public(account).text);
}

char *
nd_position_write(const nd_position *position, nd_id account)
{
    uint8_t bytes[MOST_BYTES];
    uint8_t *at = bytes;
    char list[64];
    if (position->stage == ND_PROOF_DONE) {
        return NULL;
    }
    *at++ = (uint8_t)position->stage;
    memcpy(at, position->trail.account.bytes, sizeof(nd_id));
    at += sizeof(nd_id);
    if (position->stage != ND_PROOF_BEHIND) {
        at = put_cursor(at, &position->trail.cursor);
    }
    if (position->stage == ND_PROOF_INSIDE) {
        at = put_trail(at, &position->trail);
    }
    size_t size = (size_t)(at - bytes);
    char *text = nd_new(ND_TOKEN_TEXT(size));
    name_list(account, list);
    nd_token_write(list, bytes, size, text);
    return text;
}

/* ---- reading -------------------------------------------------------------------------------------- */

static const uint8_t *
get_cursor(const uint8_t *at, nd_cursor *cursor)
{
    int64_t skip;
    int64_t begun;
    at = nd_token_get(at, &cursor->at.ms);
    at = nd_token_get(at, &skip);
    at = nd_token_get(at, &begun);
    cursor->skip = (uint32_t)skip;
    cursor->begun = begun != 0;
    return at;
}

static const uint8_t *
get_trail(const uint8_t *at, nd_trail *trail)
{
    int64_t lost;
    int64_t blind;
    int64_t count;
    at = nd_token_get(at, &trail->seq);
    at = nd_token_get(at, &trail->at.ms);
    at = nd_token_get(at, &trail->balance.nano);
    at = nd_token_get(at, &trail->exp);
    at = nd_token_get(at, &trail->limit.nano);
    memcpy(trail->head.bytes, at, sizeof(trail->head.bytes));
    at = nd_token_get(at + sizeof(trail->head.bytes), &lost);
    at = nd_token_get(at, &blind);
    at = nd_token_get(at, &count);
    trail->lost = lost != 0;
    trail->blind = blind != 0;
    trail->grant_count = count >= 0 && count <= ND_GRANTS_MAX ? (uint32_t)count : 0;
    return at;
}

/* false: the bytes are no state of this library. */
static bool
read_state(const uint8_t *bytes, size_t size, nd_position *position)
{
    nd_trail *trail = &position->trail;
    size_t rest = size - HEAD_BYTES;
    position->stage = (nd_stage_of_proof)bytes[0];
    memcpy(trail->account.bytes, bytes + 1, sizeof(trail->account.bytes));
    const uint8_t *at = bytes + HEAD_BYTES;
    if (position->stage == ND_PROOF_BEHIND) {
        return rest == 0;
    }
    if (rest < CURSOR_BYTES) {
        return false;
    }
    at = get_cursor(at, &trail->cursor);
    rest -= CURSOR_BYTES;
    if (position->stage == ND_PROOF_NOBODY) {
        return rest == 0;
    }
    if (position->stage != ND_PROOF_INSIDE || rest < TRAIL_BYTES) {
        return false;
    }
    at = get_trail(at, trail);
    if (rest - TRAIL_BYTES != (size_t)trail->grant_count * PART_BYTES) {
        return false;
    }
    for (uint32_t i = 0; i < trail->grant_count; i++) {
        at = nd_token_get(at, &trail->grants[i].expires.ms);
        at = nd_token_get(at, &trail->grants[i].amount.nano);
    }
    return true;
}

noema_status
nd_position_read(const char *text, nd_id account, nd_position *position, noema_error *error)
{
    uint8_t bytes[MOST_BYTES];
    size_t size = 0;
    char list[64];
    memset(position, 0, sizeof(*position));
    name_list(account, list);
    ND_TRY(nd_token_read(list, text, bytes, sizeof(bytes), &size, error));
    if (size < HEAD_BYTES || !read_state(bytes, size, position)) {
        return nd_fail(error, NOEMA_INVALID, "page", "is no page token of this proof");
    }
    return NOEMA_OK;
}
