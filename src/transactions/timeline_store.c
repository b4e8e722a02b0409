/* The index has the time alone, so documents of one time come in no order of ours. A page is put
 * together from what is left of the time at which the page before stopped, and from what is older;
 * where the limit cuts through a time, that time is read again in order. What is rare is looked for
 * in slices that the server gets through in time. */
#include "transactions/timeline_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "schema/statements.h"

enum { SLICE_DOCUMENTS = 20000, RESERVE_MS = 1500 };

typedef struct nd_dated {
    nd_page key;
    nd_bson document;
} nd_dated;

typedef struct nd_reading {
    nd_base *base;
    nd_deadline deadline;
    const nd_timeline *timeline;
    const char *list;    /* of the tokens */
    const bson_t *whose; /* empty: all */
    nd_arena *arena;
    nd_list found; /* of nd_dated */
    uint32_t wanted;
    nd_time from; /* in */
    nd_time to;   /* out */
    nd_time seen; /* everything from here on was looked at; from: all */
    int64_t reserve_ms;
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
    bson_concat(&filter, reading->whose);
    bson_concat(&filter, when);
    if (timeline->which != NULL) {
        bson_concat(&filter, timeline->which);
    }
    bson_append_document(&options, "sort", 4, sort);
    if (timeline->hidden != NULL) {
        bson_t projection;
        bson_append_document_begin(&options, "projection", -1, &projection);
        bson_append_int32(&projection, timeline->hidden, -1, 0);
        bson_append_document_end(&options, &projection);
    }
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

/* {time: {$gte: from, $lt: before}}; yours, bson_destroy. */
static bson_t *
between(const nd_reading *reading, nd_time from, nd_time before)
{
    return BCON_NEW(reading->timeline->time, "{", "$gte", BCON_DATE_TIME(from.ms), "$lt",
                    BCON_DATE_TIME(before.ms), "}");
}

/* A stretch of time, as the index has it: by time alone (and number, if it has that). */
static noema_status
read_stretch(nd_reading *reading, nd_time from, nd_time before, noema_error *error)
{
    const nd_timeline *timeline = reading->timeline;
    bson_t sort = BSON_INITIALIZER;
    bson_t *when = between(reading, from, before);
    BSON_APPEND_INT32(&sort, timeline->time, -1);
    if (timeline->number != NULL) {
        BSON_APPEND_INT32(&sort, timeline->number, -1);
    }
    noema_status status = query(reading, when, &sort, error);
    bson_destroy(when);
    bson_destroy(&sort);
    return status;
}

/* Where a slice that ends at `before` begins: from the index alone. */
static noema_status
find_slice(nd_reading *reading, nd_time before, nd_time *begin, noema_error *error)
{
    const nd_timeline *timeline = reading->timeline;
    nd_bson found = {0};
    bson_t view;
    bson_iter_t at;
    *begin = reading->from;
    if (timeline->which == NULL || bson_empty(timeline->which)) {
        return NOEMA_OK;
    }
    bson_t *filter = between(reading, reading->from, before);
    bson_concat(filter, reading->whose);
    bson_t *options = BCON_NEW("sort", "{", timeline->time, BCON_INT32(-1), "}", "skip",
                               BCON_INT32(SLICE_DOCUMENTS - 1), "projection", "{", "_id",
                               BCON_INT32(0), timeline->time, BCON_INT32(1), "}");
    noema_status status = nd_base_find_one(reading->base, reading->deadline, timeline->collection,
                                           filter, options, reading->arena, &found, error);
    bson_destroy(options);
    bson_destroy(filter);
    if (status == NOEMA_NOT_FOUND) {
        return NOEMA_OK;
    }
    ND_TRY(status);
    if (nd_bson_open(found, &view) && bson_iter_init_find(&at, &view, timeline->time)) {
        begin->ms = bson_iter_date_time(&at);
    }
    return NOEMA_OK;
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
read_slice(nd_reading *reading, nd_time before, noema_error *error)
{
    uint32_t since = reading->found.count;
    nd_time begin;
    noema_status status = find_slice(reading, before, &begin, error);
    if (status == NOEMA_OK) {
        status = read_stretch(reading, begin, before, error);
    }
    if (status == NOEMA_OK) {
        status = mend_last(reading, since, error);
    }
    if (status == NOEMA_OK) {
        reading->seen = begin;
    } else {
        reading->found.count = since;
    }
    return status;
}

/* Slice by slice. What was found before the deadline came is a page, too. */
static noema_status
read_older(nd_reading *reading, nd_time before, noema_error *error)
{
    for (uint32_t slices = 0; reading->found.count < reading->wanted; slices++) {
        if (before.ms <= reading->from.ms ||
            (slices > 0 && nd_deadline_left(reading->deadline) < reading->reserve_ms)) {
            return NOEMA_OK;
        }
        noema_status status = read_slice(reading, before, error);
        if (status == NOEMA_TIMEOUT && slices > 0) {
            nd_error_clear(error);
            return NOEMA_OK;
        }
        ND_TRY(status);
        before = reading->seen;
    }
    return NOEMA_OK;
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
    return read_older(reading, before, error);
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
        nd_page_write(reading->list, &items[limit - 1].key, next);
    } else if (reading->seen.ms > reading->from.ms) {
        /* Nothing comes behind the lowest key of that time but what is older. */
        const nd_page lowest = {.time = reading->seen};
        nd_page_write(reading->list, &lowest, next);
    }
}

static noema_status
read_and_hand_out(nd_reading *reading, nd_list *documents, char next[ND_PAGE_TEXT],
                  noema_error *error)
{
    nd_page after;
    const char *page = reading->timeline->page;
    if (page != NULL) {
        ND_TRY(nd_page_read(reading->list, page, &after, error));
    }
    ND_TRY(read_page(reading, page != NULL ? &after : NULL, error));
    hand_out(reading, documents, next);
    return NOEMA_OK;
}

static noema_status
check(const nd_timeline *timeline, noema_error *error)
{
    if (!timeline->all && nd_id_is_none(timeline->account)) {
        return nd_fail(error, NOEMA_INVALID, "account", "must not be empty");
    }
    if (timeline->limit < 1 || timeline->limit > ND_TIMELINE_LIMIT) {
        return nd_fail(error, NOEMA_INVALID, "limit", "must be 1 to %d", ND_TIMELINE_LIMIT);
    }
    return NOEMA_OK;
}

noema_status
nd_timeline_read(nd_base *base, nd_deadline deadline, const nd_timeline *timeline, nd_arena *arena,
                 nd_list *documents, char next[ND_PAGE_TEXT], noema_error *error)
{
    char list[64];
    bson_t whose = BSON_INITIALIZER;
    int64_t quarter = nd_deadline_left(deadline) / 4;
    nd_reading reading = {
        .base = base,
        .deadline = deadline,
        .timeline = timeline,
        .list = timeline->list,
        .whose = &whose,
        .arena = arena,
        .wanted = timeline->limit + 1,
        .from = {timeline->from.ms != 0 ? timeline->from.ms : INT64_MIN},
        .to = {timeline->to.ms != 0 ? timeline->to.ms : INT64_MAX},
        .seen = {INT64_MIN},
        .reserve_ms = quarter < RESERVE_MS ? quarter : RESERVE_MS,
    };
    next[0] = '\0';
    ND_TRY(check(timeline, error));
    if (!timeline->all) {
        snprintf(list, sizeof(list), "%s of %s", timeline->list,
                 nd_id_public(timeline->account).text);
        reading.list = list;
        nd_append_id(&whose, "masterAccountId", timeline->account);
    }
    noema_status status = read_and_hand_out(&reading, documents, next, error);
    bson_destroy(&whose);
    return status;
}
