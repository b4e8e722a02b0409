/* What a caller keeps elsewhere, so that a tail that is cut off is missed. */
#include "audit/audit.h"
#include "core/crypto.h"
#include "core/text.h"
#include "user_economy/store.h"
#include "user_economy/user_economy.h"

static nd_json *
checkpoint_of(const nd_economy *economy)
{
    char head[2 * sizeof(nd_hash) + 1];
    nd_json *made = nd_json_new_object();
    nd_hex(economy->head.bytes, sizeof(economy->head.bytes), head);
    nd_json_put_id(made, "account", economy->account);
    nd_json_put_integer(made, "seq", economy->seq);
    nd_json_put_text(made, "head", head);
    nd_json_put_time(made, "time", economy->head_at);
    return made;
}

static noema_status
read_economy(nd_base *base, nd_deadline deadline, nd_id account, nd_arena *arena,
             nd_json **checkpoint, noema_error *error)
{
    nd_economy economy;
    noema_status status = nd_economy_read(base, deadline, account, &economy, arena, error);
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(error, NOEMA_NOT_FOUND, "account", "has no entries");
    }
    ND_TRY(status);
    nd_seal right = nd_economy_seal(&economy, nd_base_ledger_key(base));
    if (!nd_seal_equal(&right, &economy.seal)) {
        return nd_fail_reason(error, NOEMA_CORRUPT, "SEAL", "account",
                              "its balance was not written by this library");
    }
    *checkpoint = checkpoint_of(&economy);
    return NOEMA_OK;
}

noema_status
nd_checkpoint(nd_base *base, nd_deadline deadline, nd_id account, nd_json **checkpoint,
              noema_error *error)
{
    *checkpoint = NULL;
    nd_arena *arena = nd_arena_new();
    noema_status status = read_economy(base, deadline, account, arena, checkpoint, error);
    nd_arena_free(arena);
    return status;
}
