/* The one document of noemaMeta: reads it, judges it, writes it. */
#include <string.h>

#include "base/install_private.h"

static bson_t *
meta_filter(void)
{
    return BCON_NEW("_id", BCON_UTF8("schema"));
}

noema_status
nd_meta_read(nd_base *base, nd_deadline deadline, nd_arena *arena, nd_meta *meta,
             noema_error *error)
{
    nd_bson found;
    bson_t view;
    bson_t *filter = meta_filter();
    memset(meta, 0, sizeof *meta);
    noema_status status = nd_base_find_one(base, deadline, nd_meta_collection.name, filter, NULL,
                                           arena, &found, error);
    bson_destroy(filter);
    if (status == NOEMA_NOT_FOUND) {
        nd_error_clear(error);
        return NOEMA_OK;
    }
    ND_TRY(status);
    if (!nd_bson_open(found, &view)) {
        return nd_fail(error, NOEMA_CORRUPT, nd_meta_collection.name, "can't be read");
    }
    ND_TRY(nd_schema_decode(&nd_meta_table, &view, meta, arena, error));
    if (nd_meta_is_none(meta)) {
        return nd_fail(error, NOEMA_CORRUPT, nd_meta_collection.name, "has no schema version");
    }
    return NOEMA_OK;
}

bool
nd_meta_is_none(const nd_meta *meta)
{
    return meta->schema_version == 0;
}

static bool
knows_key(const nd_meta *meta, const char *id)
{
    const nd_text *ids = meta->ledger_keys.items;
    for (uint32_t i = 0; i < meta->ledger_keys.count; i++) {
        if (nd_text_is(ids[i], id)) {
            return true;
        }
    }
    return false;
}

static noema_status
admit_key(const nd_hash_key *key, const nd_meta *meta, noema_error *error)
{
    if (!key->present && !meta->keyed) {
        return NOEMA_OK;
    }
    if (!meta->keyed) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "LEDGER_KEY", "ledger_key",
                              "this database was made without one: leave it out");
    }
    if (!key->present) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "LEDGER_KEY", "ledger_key",
                              "this database was made with one: name its file in "
                              "NOEMA_LEDGER_KEY_FILE");
    }
    if (!knows_key(meta, key->id)) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "LEDGER_KEY", "ledger_key",
                              "is not the one that this database was made with");
    }
    return NOEMA_OK;
}

noema_status
nd_meta_admit(nd_base *base, const nd_meta *meta, noema_error *error)
{
    if (nd_meta_is_none(meta)) {
        return NOEMA_OK;
    }
    if (meta->schema_version > ND_SCHEMA_VERSION) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "SCHEMA_VERSION", NULL,
                              "the database has schema version %d, this library knows %d: update "
                              "the library",
                              (int)meta->schema_version, ND_SCHEMA_VERSION);
    }
    return admit_key(&base->ledger_key, meta, error);
}

/* ---- write -------------------------------------------------------------------------------------- */

static void
make(nd_base *base, nd_arena *arena, nd_meta *meta)
{
    memset(meta, 0, sizeof *meta);
    meta->id = nd_text_of("schema");
    meta->installed = nd_clock_now(base->clock);
    meta->adopted = meta->installed;
    if (base->ledger_key.present) {
        nd_text *id = nd_list_push(&meta->ledger_keys, sizeof *id, arena);
        *id = nd_arena_string(arena, base->ledger_key.id);
        meta->keyed = true;
    }
}

/* Of processes that install at once the first one's document stays. */
static noema_status
insert(nd_base *base, nd_deadline deadline, const nd_meta *meta, noema_error *error)
{
    bson_t whole = BSON_INITIALIZER;
    bson_t fields = BSON_INITIALIZER;
    bson_t *filter = meta_filter();
    nd_schema_encode(&nd_meta_table, meta, &whole);
    bson_copy_to_excluding_noinit(&whole, &fields, "_id", NULL);
    bson_t *update = BCON_NEW("$setOnInsert", BCON_DOCUMENT(&fields));
    noema_status status = nd_base_update_one(base, deadline, nd_meta_collection.name, filter,
                                             update, true, NULL, error);
    bson_destroy(update);
    bson_destroy(filter);
    bson_destroy(&fields);
    bson_destroy(&whole);
    return status == NOEMA_TAKEN ? NOEMA_OK : status;
}

static noema_status
change(nd_base *base, nd_deadline deadline, const nd_meta *before, const nd_meta *after,
       noema_error *error)
{
    bson_t set = BSON_INITIALIZER;
    bson_t unset = BSON_INITIALIZER;
    noema_status status = NOEMA_OK;
    if (nd_schema_changes(&nd_meta_table, before, after, &set, &unset) > 0) {
        bson_t *filter = meta_filter();
        bson_t *update = BCON_NEW("$set", BCON_DOCUMENT(&set));
        status = nd_base_update_one(base, deadline, nd_meta_collection.name, filter, update, false,
                                    NULL, error);
        bson_destroy(update);
        bson_destroy(filter);
    }
    bson_destroy(&unset);
    bson_destroy(&set);
    return status;
}

noema_status
nd_meta_write(nd_base *base, nd_deadline deadline, const nd_meta *before, nd_arena *arena,
              noema_error *error)
{
    nd_meta after = *before;
    bool is_new = nd_meta_is_none(before);
    if (is_new) {
        make(base, arena, &after);
    }
    after.schema_version = ND_SCHEMA_VERSION;
    after.library = nd_text_of(NOEMADB_VERSION);
    return is_new ? insert(base, deadline, &after, error)
                  : change(base, deadline, before, &after, error);
}

/* ---- installed ---------------------------------------------------------------------------------- */

static noema_status
judge(nd_base *base, const nd_meta *meta, noema_error *error)
{
    if (nd_meta_is_none(meta)) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "NOT_INSTALLED", NULL,
                              "this database is not installed: run noema_install, or `noemadb "
                              "install`");
    }
    ND_TRY(nd_meta_admit(base, meta, error));
    if (meta->schema_version < ND_SCHEMA_VERSION) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "SCHEMA_VERSION", NULL,
                              "the database has schema version %d, this library needs %d: run "
                              "noema_install",
                              (int)meta->schema_version, ND_SCHEMA_VERSION);
    }
    if (meta->adopted.ms == 0) {
        return nd_fail_reason(error, NOEMA_UNSUPPORTED, "NOT_INSTALLED", NULL,
                              "old data are not adopted yet: run noema_install again");
    }
    return NOEMA_OK;
}

noema_status
nd_base_installed(nd_base *base, nd_deadline deadline, noema_error *error)
{
    nd_meta meta;
    if (atomic_load_explicit(&base->installed, memory_order_relaxed)) {
        return NOEMA_OK;
    }
    nd_arena *arena = nd_arena_new();
    noema_status status = nd_meta_read(base, deadline, arena, &meta, error);
    if (status == NOEMA_OK) {
        status = judge(base, &meta, error);
    }
    if (status == NOEMA_OK) {
        atomic_store(&base->installed, true);
    }
    nd_arena_free(arena);
    return status;
}
