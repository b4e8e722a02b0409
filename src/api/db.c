/* What every public call begins and ends with. */
#include "api/db.h"

#include <string.h>

#include "user_core/store.h"
#include "user_economy/store.h"

noema_status
nd_api_begin_bare(nd_api_call *call, noema_db *db, const char *name, uint32_t timeout_ms,
                  noema_error *error)
{
    memset(call, 0, sizeof(*call));
    call->error = error == NULL ? &call->own_error : error;
    nd_error_clear(call->error);
    call->name = name;
    call->began_us = nd_monotonic_us();
    if (db == NULL) {
        return nd_fail(call->error, NOEMA_INVALID, "db", "must not be NULL");
    }
    ND_TRY(nd_base_usable(db->base, call->error));
    call->db = db;
    call->deadline = nd_base_deadline(db->base, timeout_ms);
    return NOEMA_OK;
}

noema_status
nd_api_begin(nd_api_call *call, noema_db *db, const char *name, uint32_t timeout_ms,
             noema_error *error)
{
    ND_TRY(nd_api_begin_bare(call, db, name, timeout_ms, error));
    return nd_base_installed(db->base, call->deadline, call->error);
}

nd_arena *
nd_api_arena(nd_api_call *call)
{
    if (call->arena == NULL) {
        call->arena = nd_arena_new();
    }
    return call->arena;
}

noema_status
nd_api_end(nd_api_call *call, noema_status status)
{
    if (call->arena != NULL) {
        nd_arena_free(call->arena);
    }
    if (status == NOEMA_OK) {
        nd_error_clear(call->error);
    }
    if (call->db != NULL) {
        nd_metrics_operation(call->db->metrics, call->name, nd_monotonic_us() - call->began_us,
                             status);
    }
    return status;
}

noema_status
nd_api_engine(nd_api_call *call, nd_engine **engine)
{
    noema_db *db = call->db;
    noema_status status = NOEMA_OK;
    nd_lock(&db->mutex);
    if (db->stopping) {
        status = nd_fail(call->error, NOEMA_CLOSED, NULL, "the database handle is closing");
    } else if (db->engine == NULL) {
        status = nd_engine_open(db->base, &db->engine, call->error);
    }
    *engine = db->engine;
    nd_unlock(&db->mutex);
    return status;
}

noema_id
nd_api_copy(const noema_id *id)
{
    return id == NULL ? (noema_id){""} : *id;
}

void
nd_api_clear(void *output, size_t size)
{
    if (output != NULL) {
        memset(output, 0, size);
    }
}

noema_status
nd_api_economy(nd_api_call *call, nd_id account, nd_economy *economy)
{
    nd_base *base = call->db->base;
    nd_user user;
    memset(economy, 0, sizeof(*economy));
    noema_status status =
        nd_economy_read(base, call->deadline, account, economy, nd_api_arena(call), call->error);
    if (status != NOEMA_NOT_FOUND) {
        return status;
    }
    status =
        nd_user_read(base, call->deadline, account, nd_api_arena(call), &user, NULL, call->error);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(call->error, NOEMA_NOT_FOUND, "account", "no such account");
    }
    return status;
}

noema_status
nd_api_needs(nd_api_call *call, const void *pointer, const char *field)
{
    return pointer != NULL ? NOEMA_OK
                           : nd_fail(call->error, NOEMA_INVALID, field, "must not be NULL");
}

noema_status
nd_api_actor(nd_api_call *call, const char *given, nd_text *actor)
{
    const char *from = given != NULL ? given : nd_base_options(call->db->base)->actor;
    return nd_text_take(from, "actor", 0, 200, actor, call->error);
}

noema_status
nd_api_struct(nd_api_call *call, const void *from, const char *field, size_t size, void *to)
{
    uint32_t given;
    ND_TRY(nd_api_needs(call, from, field));
    memcpy(&given, from, sizeof(given));
    /* No struct of any version ends inside a member. */
    if (given < sizeof(given) || given > 65536 || given % _Alignof(int64_t) != 0) {
        return nd_fail(call->error, NOEMA_INVALID, "size", "must be sizeof the struct");
    }
    const unsigned char *bytes = from;
    for (size_t i = size; i < given; i++) {
        if (bytes[i] != 0) {
            return nd_fail(call->error, NOEMA_INVALID, "size",
                           "the struct is newer than this library, and uses what it does not know");
        }
    }
    memset(to, 0, size);
    memcpy(to, from, given < size ? given : size);
    return NOEMA_OK;
}
