/* The index has the time alone, so documents of one time come in no order of ours. A page is put
 * together from what is left of the time at which the page before stopped, and from what is older;
 * where the limit cuts through a time, that time is read again in order. */
#include "transactions/timeline_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "schema/statements.h"

typedef struct nd_dated {
    nd_page key;
    nd_bson document;
} nd_dated;

typedef struct nd_reading {
    nd_base *base;
    nd_deadline deadline;
    const nd_timeline *timeline;
    nd_arena *arena;
    nd_list found; /* of nd_dated */
    uint32_t wanted;
    nd_time from; /* in */
    nd_time to;   /* out */
} nd_reading;

/* ---- keys --------------------------------------------------------------------------------------- */

/* Newest first; among equals the higher number, the higher id. */
static int
compare(const void *a, const void *b)
{
    const nd_page *left = &((const nd_dated *)a)->key;
    const nd_page *right = &((const nd_dated *)b)->key;
    if (left->time.ms != right->time.ms) {
        return left->time.ms > right->time.ms ? -1 : 1;
    }
    if (left->second != right->second) {
        return left->second > right->second ? -1 : 1;
    }
    return -nd_id_compare(left->id, right->id);
}

static noema_status
read_key(const nd_timeline *timeline, nd_bson document, nd_page *key, noema_error *error)
{
    bson_t view;
    bson_iter_t at;
    memset(key, 0, sizeof(*key));
    bool whole = nd_bson_open(document, &view);
    if (whole && bson_iter_init_find(&at, &view, timeline->time) &&
        BSON_ITER_HOLDS_DATE_TIME(&at)) {
        key->time.ms = bson_iter_date_time(&at);
    }
    if (whole && timeline->number != NULL && bson_iter_init_find(&at, &view, timeline->number)) {
        key->second = bson_iter_as_int64(&at);
    }
    if (!whole || !bson_iter_init_find(&at, &view, "_id") || !BSON_ITER_HOLDS_OID(&at)) {
        return nd_fail(error, NOEMA_CORRUPT, "_id", "%s: an _id is no ObjectId",
                       timeline->collection);
    }
    memcpy(key->id.bytes, bson_iter_oid(&at)->bytes, sizeof(key->id.bytes));
    return NOEMA_OK;
}

/* ---- one query ---------------------------------------------------------------------------------- */

static noema_status
query(nd_reading *reading, const bson_t *when, const bson_t *sort, noema_error *error)
{
    const nd_timeline *timeline = reading->timeline;
    nd_list raw = {0};
    bson_t filter = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    bson_concat(&filter, timeline->filter);
    bson_concat(&filter, when);
    bson_append_document(&options, "sort", 4, sort);
    noema_status status =
        nd_base_find(reading->base, reading->deadline, timeline->collection, &filter, &options,
                     reading->wanted - reading->found.count, reading->arena, &raw, error);
    bson_destroy(&options);
    bson_destroy(&filter);
    const nd_bson *documents = raw.items;
    for (uint32_t i = 0; i < raw.count && status == NOEMA_OK; i++) {
        nd_dated *dated = nd_list_push(&reading->found, sizeof(*dated), reading->arena);
        dated->document = documents[i];
        status = read_key(timeline, documents[i], &dated->key, error);
    }
    return status;
}

/* {$or: [{number: {$lt: n}}, {number: n, _id: {$lt: id}}]}; documents without the number come last
 * and count as 0. */
static void
append_after(const char *number, const nd_page *after, bson_t *when)
{
    bson_oid_t id;
    memcpy(id.bytes, after->id.bytes, sizeof(id.bytes));
    if (number == NULL) {
        BCON_APPEND(when, "_id", "{", "$lt", BCON_OID(&id), "}");
    } else if (after->second == 0) {
        BCON_APPEND(when, number, "{", "$in", "[", BCON_INT64(0), BCON_NULL, "]", "}", "_id", "{",
                    "$lt", BCON_OID(&id), "}");
    } else {
        BCON_APPEND(when, "$or", "[", "{", number, "{", "$lt", BCON_INT64(after->second), "}", "}",
                    "{", number, BCON_NULL, "}", "{", number, BCON_INT64(after->second), "_id", "{",
                    "$lt", BCON_OID(&id), "}", "}", "]");
    }
}

/* One time, in order; after NULL: all of it. */
static noema_status
read_moment(nd_reading *reading, nd_time time, const nd_page *after, noema_error *error)
{
    const nd_timeline *timeline = reading->timeline;
    bson_t sort = BSON_INITIALIZER;
    bson_t when = BSON_INITIALIZER;
    BSON_APPEND_DATE_TIME(&when, timeline->time, time.ms);
    if (after != NULL) {
        append_after(timeline->number, after, &when);
    }
    if (timeline->number != NULL) {
        BSON_APPEND_INT32(&sort, timeline->number, -1);
    }
    BSON_APPEND_INT32(&sort, "_id", -1);
    noema_status status = query(reading, &when, &sort, error);
    bson_destroy(&when);
    bson_destroy(&sort);
    return status;
}

/* What is older than `before`, as the index has it: by time alone (and number, if it has that). */
static noema_status
read_older(nd_reading *reading, nd_time before, noema_error *error)
{
    const nd_timeline *timeline = reading->timeline;
    bson_t sort = BSON_INITIALIZER;
    bson_t *when = BCON_NEW(timeline->time, "{", "$gte", BCON_DATE_TIME(reading->from.ms), "$lt",
                            BCON_DATE_TIME(before.ms), "}");
    BSON_APPEND_INT32(&sort, timeline->time, -1);
    if (timeline->number != NULL) {
        BSON_APPEND_INT32(&sort, timeline->number, -1);
    }
    noema_status status = query(reading, when, &sort, error);
    bson_destroy(when);
    bson_destroy(&sort);
    return status;
}

/* ---- a page ------------------------------------------------------------------------------------- */

/* What was found is full: when the limit may have cut through the last time, that is read again. */
static noema_status
mend_last(nd_reading *reading, uint32_t since, noema_error *error)
{
    nd_dated *items = reading->found.items;
    uint32_t count = reading->found.count;
    if (count < reading->wanted || count < since + 2 ||
        items[count - 1].key.time.ms != items[count - 2].key.time.ms) {
        return NOEMA_OK;
    }
    nd_time last = items[count - 1].key.time;
    while (count > since && items[count - 1].key.time.ms == last.ms) {
        count--;
    }
    reading->found.count = count;
    return read_moment(reading, last, NULL, error);
}

static noema_status
read_page(nd_reading *reading, const nd_page *after, noema_error *error)
{
    nd_time before = reading->to;
    if (after != NULL && after->time.ms < before.ms) {
        before = after->time;
        if (before.ms >= reading->from.ms) {
            ND_TRY(read_moment(reading, before, after, error));
        }
    }
    uint32_t since = reading->found.count;
    if (since == reading->wanted || before.ms <= reading->from.ms) {
        return NOEMA_OK;
    }
    ND_TRY(read_older(reading, before, error));
    return mend_last(reading, since, error);
}

static void
hand_out(nd_reading *reading, nd_list *documents, char next[ND_PAGE_TEXT])
{
    nd_dated *items = reading->found.items;
    uint32_t limit = reading->timeline->limit;
    uint32_t count = reading->found.count < limit ? reading->found.count : limit;
    if (reading->found.count > 1) {
        qsort(items, reading->found.count, sizeof(*items), compare);
    }
    for (uint32_t i = 0; i < count; i++) {
        nd_bson *document = nd_list_push(documents, sizeof(*document), reading->arena);
        *document = items[i].document;
    }
    if (reading->found.count > limit) {
        nd_page_write(reading->timeline->list, &items[limit - 1].key, next);
    }
}

noema_status
nd_timeline_read(nd_base *base, nd_deadline deadline, const nd_timeline *timeline, nd_arena *arena,
                 nd_list *documents, char next[ND_PAGE_TEXT], noema_error *error)
{
    nd_page after;
    nd_reading reading = {
        .base = base,
        .deadline = deadline,
        .timeline = timeline,
        .arena = arena,
        .wanted = timeline->limit + 1,
        .from = {timeline->from.ms != 0 ? timeline->from.ms : INT64_MIN},
        .to = {timeline->to.ms != 0 ? timeline->to.ms : INT64_MAX},
    };
    next[0] = '\0';
    if (timeline->limit < 1 || timeline->limit > ND_TIMELINE_LIMIT) {
        return nd_fail(error, NOEMA_INVALID, "limit", "must be 1 to %d", ND_TIMELINE_LIMIT);
    }
    if (timeline->page != NULL) {
        ND_TRY(nd_page_read(timeline->list, timeline->page, &after, error));
    }
    ND_TRY(read_page(&reading, timeline->page != NULL ? &after : NULL, error));
    hand_out(&reading, documents, next);
    return NOEMA_OK;
}
