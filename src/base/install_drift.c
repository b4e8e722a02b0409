/* Compares a collection of the server with its declaration. Changes nothing. */
#include <string.h>

#include "base/install_private.h"

/* ---- comparing ---------------------------------------------------------------------------------- */

static bool
same_bytes(const bson_iter_t *a, const bson_iter_t *b)
{
    bson_t left = BSON_INITIALIZER;
    bson_t right = BSON_INITIALIZER;
    bool same = bson_append_iter(&left, "v", 1, a) && bson_append_iter(&right, "v", 1, b) &&
                bson_equal(&left, &right);
    bson_destroy(&left);
    bson_destroy(&right);
    return same;
}

static bool
is_small_number(const bson_iter_t *at)
{
    return BSON_ITER_HOLDS_INT32(at) || BSON_ITER_HOLDS_INT64(at) || BSON_ITER_HOLDS_DOUBLE(at);
}

/* The depth is that of a declaration. */
static bool
same_value(const bson_iter_t *a, const bson_iter_t *b)
{
    bson_t left;
    bson_t right;
    if (is_small_number(a) && is_small_number(b)) {
        return bson_iter_as_int64(a) == bson_iter_as_int64(b);
    }
    if (bson_iter_type(a) != bson_iter_type(b)) {
        return false;
    }
    if (nd_bson_enter(a, &left) && nd_bson_enter(b, &right)) {
        return nd_bson_same(&left, &right);
    }
    return same_bytes(a, b);
}

bool
nd_bson_same(const bson_t *a, const bson_t *b)
{
    bson_iter_t left;
    bson_iter_t right;
    if (!bson_iter_init(&left, a) || !bson_iter_init(&right, b)) {
        return false;
    }
    while (bson_iter_next(&left)) {
        if (!bson_iter_next(&right) || strcmp(bson_iter_key(&left), bson_iter_key(&right)) != 0 ||
            !same_value(&left, &right)) {
            return false;
        }
    }
    return !bson_iter_next(&right);
}

static bool
is_one_of(const char *key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Every option of `from` stands in `in` with the same value, or says only what is so anyway. */
static bool
all_in(const bson_t *from, const bson_t *in)
{
    static const char *const free_keys[] = {"v", "name", "ns", "background"};
    bson_iter_t at;
    bson_iter_t other;
    if (!bson_iter_init(&at, from)) {
        return false;
    }
    while (bson_iter_next(&at)) {
        const char *key = bson_iter_key(&at);
        bool is_off = BSON_ITER_HOLDS_BOOL(&at) && !bson_iter_bool(&at);
        if (is_off || is_one_of(key, free_keys, sizeof free_keys / sizeof free_keys[0])) {
            continue;
        }
        if (!bson_iter_init_find(&other, in, key) || !same_value(&at, &other)) {
            return false;
        }
    }
    return true;
}

bool
nd_index_same(const bson_t *declared, const bson_t *listed)
{
    return all_in(declared, listed) && all_in(listed, declared);
}

/* ---- listing ------------------------------------------------------------------------------------ */

static noema_status
list(nd_base *base, nd_deadline deadline, bson_t *command, nd_arena *arena, nd_list *documents,
     noema_error *error)
{
    nd_bson reply;
    bson_t view;
    noema_status status = nd_base_command(base, deadline, command, arena, &reply, error);
    bson_destroy(command);
    ND_TRY(status);
    if (nd_bson_open(reply, &view)) {
        (void)nd_take_batch(&view, "firstBatch", arena, documents);
    }
    return NOEMA_OK;
}

static bson_t *
collections_command(const nd_collection *collection)
{
    return BCON_NEW("listCollections", BCON_INT32(1), "filter", "{", "name",
                    BCON_UTF8(collection->name), "}");
}

/* As many as a collection can have. */
static bson_t *
indexes_command(const nd_collection *collection)
{
    return BCON_NEW("listIndexes", BCON_UTF8(collection->name), "cursor", "{", "batchSize",
                    BCON_INT32(1000), "}");
}

static bool
text_is(const bson_t *document, const char *key, const char *value)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, document, key) && BSON_ITER_HOLDS_UTF8(&at) &&
           strcmp(bson_iter_utf8(&at, NULL), value) == 0;
}

static bool
has_validator(const nd_collection *collection, const bson_t *listed)
{
    bson_t options;
    bson_t validator;
    bson_iter_t at;
    if (!bson_iter_init_find(&at, listed, "options") || !nd_bson_enter(&at, &options) ||
        !bson_iter_init_find(&at, &options, "validator") || !nd_bson_enter(&at, &validator)) {
        return false;
    }
    bson_t declared = BSON_INITIALIZER;
    nd_schema_validator(collection, &declared);
    bool same = nd_bson_same(&declared, &validator) &&
                text_is(&options, "validationLevel", "moderate") &&
                text_is(&options, "validationAction", "error");
    bson_destroy(&declared);
    return same;
}

/* ---- indexes ------------------------------------------------------------------------------------ */

static bool
same_at(const bson_t *a, const bson_t *b, const char *key)
{
    bson_iter_t left;
    bson_iter_t right;
    return bson_iter_init_find(&left, a, key) && bson_iter_init_find(&right, b, key) &&
           same_value(&left, &right);
}

static nd_text
name_of(const bson_t *listed, nd_arena *arena)
{
    bson_iter_t at;
    return nd_arena_string(arena,
                           bson_iter_init_find(&at, listed, "name") && BSON_ITER_HOLDS_UTF8(&at)
                               ? bson_iter_utf8(&at, NULL)
                               : "");
}

static void
push_name(nd_list *to, const bson_t *listed, nd_arena *arena)
{
    nd_text *name = nd_list_push(to, sizeof *name, arena);
    *name = name_of(listed, arena);
}

/* What one listed index is to one declared one. true: it is accounted for. */
static bool
match(const bson_t *declared, const bson_t *listed, uint64_t bit, nd_arena *arena, nd_drift *drift)
{
    bool same_name = same_at(declared, listed, "name");
    if (nd_index_same(declared, listed)) {
        drift->absent &= ~bit;
        drift->renamed |= same_name ? 0 : bit;
        return true;
    }
    if (same_name || same_at(declared, listed, "key")) {
        drift->different |= bit;
        push_name(&drift->in_the_way, listed, arena);
        return true;
    }
    return false;
}

static void
match_all(const nd_collection *collection, const bson_t *listed, nd_arena *arena, nd_drift *drift)
{
    bool accounted = text_is(listed, "name", "_id_");
    for (size_t i = 0; i < collection->index_count && !accounted; i++) {
        bson_t declared = BSON_INITIALIZER;
        nd_schema_index(collection, &collection->indexes[i], &declared);
        accounted = match(&declared, listed, UINT64_C(1) << i, arena, drift);
        bson_destroy(&declared);
    }
    if (!accounted) {
        push_name(&drift->strangers, listed, arena);
    }
}

static noema_status
find_indexes(nd_base *base, nd_deadline deadline, const nd_collection *collection, nd_arena *arena,
             nd_drift *drift, noema_error *error)
{
    nd_list listed = {0};
    bson_t view;
    ND_TRY(list(base, deadline, indexes_command(collection), arena, &listed, error));
    for (uint32_t i = 0; i < listed.count; i++) {
        if (nd_bson_open(((const nd_bson *)listed.items)[i], &view)) {
            match_all(collection, &view, arena, drift);
        }
    }
    return NOEMA_OK;
}

noema_status
nd_drift_find(nd_base *base, nd_deadline deadline, const nd_collection *collection, nd_arena *arena,
              nd_drift *drift, noema_error *error)
{
    nd_list listed = {0};
    bson_t view;
    memset(drift, 0, sizeof *drift);
    for (size_t i = 0; i < collection->index_count; i++) {
        drift->absent |= UINT64_C(1) << i;
    }
    ND_TRY(list(base, deadline, collections_command(collection), arena, &listed, error));
    if (listed.count == 0 || !nd_bson_open(*(const nd_bson *)listed.items, &view)) {
        drift->missing = true;
        drift->validator = true;
        return NOEMA_OK;
    }
    drift->validator = !has_validator(collection, &view);
    return find_indexes(base, deadline, collection, arena, drift, error);
}

bool
nd_drift_is_none(const nd_drift *drift)
{
    return !drift->missing && !drift->validator && drift->absent == 0 && drift->different == 0;
}
