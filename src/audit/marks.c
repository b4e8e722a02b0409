/* Reads checkpoints, and compares them with the entries as they come by. */
#include "audit/marks.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/crypto.h"
#include "core/id.h"
#include "core/text.h"

/* ---- parsing -------------------------------------------------------------------------------------- */

static noema_status
parse_one(const nd_json *json, nd_mark *mark, noema_error *error)
{
    const nd_json *account = nd_json_get(json, "account");
    const nd_json *seq = nd_json_get(json, "seq");
    const nd_json *head = nd_json_get(json, "head");
    if (account == NULL || nd_json_kind_of(account) != ND_JSON_TEXT) {
        return nd_fail(error, NOEMA_INVALID, "account", "must be an id");
    }
    ND_TRY(nd_id_parse(nd_json_string(account), "account", &mark->account, error));
    if (seq == NULL || nd_json_kind_of(seq) != ND_JSON_INTEGER || nd_json_integer(seq) < 0) {
        return nd_fail(error, NOEMA_INVALID, "seq", "must be a count");
    }
    mark->seq = nd_json_integer(seq);
    if (head == NULL || nd_json_kind_of(head) != ND_JSON_TEXT ||
        !nd_unhex(nd_json_string(head), sizeof(mark->head.bytes), mark->head.bytes)) {
        return nd_fail(error, NOEMA_INVALID, "head", "must be 64 hex digits");
    }
    return NOEMA_OK;
}

static int
compare(const void *a, const void *b)
{
    const nd_mark *left = a;
    const nd_mark *right = b;
    int order = nd_id_compare(left->account, right->account);
    return order != 0 ? order : (left->seq > right->seq) - (left->seq < right->seq);
}

noema_status
nd_marks_parse(const nd_json *json, nd_arena *arena, nd_marks *marks, noema_error *error)
{
    *marks = (nd_marks){NULL, 0};
    if (json == NULL || nd_json_kind_of(json) == ND_JSON_NULL) {
        return NOEMA_OK;
    }
    if (nd_json_kind_of(json) != ND_JSON_ARRAY) {
        return nd_fail(error, NOEMA_INVALID, "checkpoints", "must be an array");
    }
    marks->count = nd_json_length(json);
    marks->items = nd_arena_take(arena, (marks->count + 1) * sizeof(*marks->items));
    for (size_t i = 0; i < marks->count; i++) {
        noema_status status = parse_one(nd_json_at(json, i), &marks->items[i], error);
        if (status != NOEMA_OK) {
            char parent[40];
            snprintf(parent, sizeof(parent), "checkpoints.%zu", i);
            nd_error_within(error, parent);
            return status;
        }
    }
    if (marks->count > 1) {
        qsort(marks->items, marks->count, sizeof(*marks->items), compare);
    }
    return NOEMA_OK;
}

/* ---- comparing ------------------------------------------------------------------------------------ */

/* The first that comes behind (account, seq). */
static const nd_mark *
behind(const nd_marks *marks, nd_id account, int64_t seq)
{
    const nd_mark key = {.account = account, .seq = seq};
    size_t low = 0;
    size_t high = marks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&marks->items[middle], &key) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return marks->items + low;
}

nd_marks_left
nd_marks_of(const nd_marks *marks, nd_id account, int64_t seq)
{
    if (marks->count == 0) {
        return (nd_marks_left){NULL, NULL, 0};
    }
    return (nd_marks_left){behind(marks, account, seq), behind(marks, account, INT64_MAX), 0};
}

const nd_mark *
nd_marks_behind(const nd_marks *marks, nd_id account)
{
    if (marks->count == 0) {
        return NULL;
    }
    const nd_mark *next = behind(marks, account, INT64_MAX);
    return next == marks->items + marks->count ? NULL : next;
}

static void
missing(const nd_mark *mark, nd_problems *problems)
{
    const nd_place place = {mark->account, mark->seq, nd_id_none};
    char expected[2 * sizeof(nd_hash) + 8];
    snprintf(expected, sizeof(expected), "hash ");
    nd_hex(mark->head.bytes, sizeof(mark->head.bytes), expected + 5);
    nd_problem(problems, &place, "checkpoint", expected, "no such entry");
}

void
nd_marks_meet(nd_marks_left *left, int64_t seq, const nd_hash *hash, nd_problems *problems)
{
    while (left->next != left->end && left->next->seq < seq) {
        missing(left->next++, problems);
    }
    while (left->next != left->end && left->next->seq == seq) {
        const nd_mark *mark = left->next++;
        if (nd_hash_equal(&mark->head, hash)) {
            left->matched++;
        } else {
            const nd_place place = {mark->account, seq, nd_id_none};
            nd_problem_hash(problems, &place, "checkpoint", "hash", &mark->head, hash);
        }
    }
}

void
nd_marks_end(nd_marks_left *left, nd_problems *problems)
{
    while (left->next != left->end) {
        missing(left->next++, problems);
    }
}
