/* Looks into the database, and changes it beside the library. */
#include "fixture.h"

#include "support/collection.h"
#include "user_core/claim_record.h"

int64_t
stored_count(const char *name, bson_t *filter)
{
    return collection_count(observer, database, name, filter);
}

bson_t *
stored_one(const char *name, bson_t *filter)
{
    return collection_one(observer, database, name, filter);
}

static bool
find_at(const bson_t *document, const char *path, bson_iter_t *found)
{
    bson_iter_t at;
    return bson_iter_init(&at, document) && bson_iter_find_descendant(&at, path, found);
}

const char *
text_at(const bson_t *document, const char *path)
{
    bson_iter_t at;
    return find_at(document, path, &at) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, NULL)
                                                                     : "";
}

int64_t
integer_at(const bson_t *document, const char *path)
{
    bson_iter_t at;
    if (!find_at(document, path, &at)) {
        return 0;
    }
    return BSON_ITER_HOLDS_DATE_TIME(&at) ? bson_iter_date_time(&at) : bson_iter_as_int64(&at);
}

bool
is_there(const bson_t *document, const char *path)
{
    bson_iter_t at;
    return find_at(document, path, &at);
}

nd_id
id_at(const bson_t *document, const char *path)
{
    bson_iter_t at;
    nd_id id = nd_id_none;
    if (find_at(document, path, &at) && BSON_ITER_HOLDS_OID(&at)) {
        memcpy(id.bytes, bson_iter_oid(&at)->bytes, sizeof id.bytes);
    }
    return id;
}

bson_t *
by_id(nd_id id)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, id.bytes);
    return BCON_NEW("_id", BCON_OID(&oid));
}

static bson_t *
by_account(nd_id id)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, id.bytes);
    return BCON_NEW("masterAccountId", BCON_OID(&oid));
}

bson_t *
stored_user(nd_id id)
{
    return stored_one("userCore", by_id(id));
}

bson_t *
stored_claim(const char *handle)
{
    return stored_one("identities", BCON_NEW("_id", BCON_UTF8(handle)));
}

void
change_stored(const char *name, bson_t *filter, bson_t *update)
{
    collection_change(observer, database, name, filter, update);
}

void
insert_stored(const char *name, bson_t *document)
{
    collection_insert(observer, database, name, document);
}

/* platformIdentities shows, of each platform that has a claim, one that is a claim, and no others. */
static void
assert_shown_are_claims(const bson_t *user, const nd_list *handles)
{
    const nd_claim *claims = handles->items;
    bson_iter_t at;
    bson_iter_t shown;
    assert_true(bson_iter_init_find(&at, user, "platformIdentities"));
    assert_true(bson_iter_recurse(&at, &shown));
    while (bson_iter_next(&shown)) {
        char handle[200];
        bool found = false;
        (void)snprintf(handle, sizeof handle, "%s:%s", bson_iter_key(&shown),
                       bson_iter_utf8(&shown, NULL));
        for (uint32_t i = 0; i < handles->count; i++) {
            found = found || strcmp(claims[i].handle.bytes, handle) == 0;
        }
        assert_true(found);
    }
    for (uint32_t i = 0; i < handles->count; i++) {
        char path[64] = "platformIdentities.";
        size_t length = strcspn(claims[i].handle.bytes, ":");
        memcpy(path + strlen(path), claims[i].handle.bytes, length);
        assert_true(is_there(user, path));
    }
}

void
assert_account_is_sound(nd_id id)
{
    nd_list handles = {0};
    bson_t *user = stored_user(id);
    assert_int_equal(nd_account_handles(base, soon(), id, arena, &handles, NULL), NOEMA_OK);
    assert_true(handles.count > 0);
    assert_int_equal(integer_at(user, "loginCount"), handles.count);
    assert_int_equal(stored_count("identities", by_account(id)), handles.count);
    assert_shown_are_claims(user, &handles);
    bson_destroy(user);
}
