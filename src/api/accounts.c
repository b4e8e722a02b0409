/* NoemaUserCore: accounts. */
#include "api/db.h"
#include "api/documents.h"
#include "user_core/claim_record.h"
#include "user_core/handle.h"

static void
put_account(noema_account *account, const nd_account *found)
{
    account->id = nd_id_public(found->id);
    account->status = found->status.at == 0 ? NOEMA_ACCOUNT_ACTIVE : found->status.at;
    account->created = found->created ? 1 : 0;
}

/* At the end: the handle may be the output's own id. */
static void
put_output(noema_account *account, const noema_account *found)
{
    if (account != NULL) {
        *account = *found;
    }
}

/* A wallet leads to an account only once its ownership is proved, and this version proves none. */
static noema_status
refuse_wallet(nd_api_call *call, const char *handle)
{
    nd_handle parsed;
    ND_TRY(nd_handle_parse(handle, "handle", &parsed, call->error));
    if (parsed.kind != ND_CLAIM_WALLET) {
        return NOEMA_OK;
    }
    return nd_fail_reason(call->error, NOEMA_UNSUPPORTED, "WALLET_PROOF", "handle",
                          "is a wallet, and this version proves no ownership of wallets");
}

static noema_status
ensure_account(nd_api_call *call, const char *handle, noema_account *account)
{
    nd_account found = {0};
    nd_text actor;
    ND_TRY(nd_api_needs(call, handle, "handle"));
    ND_TRY(refuse_wallet(call, handle));
    ND_TRY(nd_api_actor(call, NULL, &actor));
    noema_status status = nd_account_ensure(call->db->base, call->deadline, call->db->touches,
                                            handle, actor, &found, call->error);
    if (status == NOEMA_OK || status == NOEMA_DENIED) {
        put_account(account, &found);
    }
    return status;
}

noema_status
noema_account_ensure(noema_db *db, const char *handle, noema_account *account, noema_error *error)
{
    nd_api_call call;
    noema_account found = {0};
    noema_status status = nd_api_begin(&call, db, "account.ensure", 0, error);
    if (status == NOEMA_OK) {
        status = nd_api_needs(&call, account, "account");
    }
    if (status == NOEMA_OK) {
        status = ensure_account(&call, handle, &found);
    }
    put_output(account, &found);
    return nd_api_end(&call, status);
}

static noema_status
find_account(nd_api_call *call, const char *handle, noema_account *account)
{
    nd_account found = {0};
    ND_TRY(nd_api_needs(call, handle, "handle"));
    noema_status status =
        nd_account_find(call->db->base, call->deadline, handle, &found, call->error);
    if (status == NOEMA_OK || status == NOEMA_DENIED) {
        put_account(account, &found);
    }
    return status;
}

noema_status
noema_account_find(noema_db *db, const char *handle, noema_account *account, noema_error *error)
{
    nd_api_call call;
    noema_account found = {0};
    noema_status status = nd_api_begin(&call, db, "account.find", 0, error);
    if (status == NOEMA_OK) {
        status = nd_api_needs(&call, account, "account");
    }
    if (status == NOEMA_OK) {
        status = find_account(&call, handle, &found);
    }
    put_output(account, &found);
    return nd_api_end(&call, status);
}

static noema_status
read_user(nd_api_call *call, const noema_id *account, noema_document **user)
{
    nd_id id;
    nd_bson document;
    ND_TRY(nd_api_needs(call, user, "user"));
    ND_TRY(nd_api_needs(call, account, "account"));
    ND_TRY(nd_id_take(account, "account", false, &id, call->error));
    ND_TRY(nd_account_read(call->db->base, call->deadline, id, nd_api_arena(call), &document,
                           call->error));
    *user = nd_document_of(document);
    return NOEMA_OK;
}

noema_status
noema_account_read(noema_db *db, const noema_id *account, noema_document **user, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(user, sizeof(*user));
    noema_status status = nd_api_begin(&call, db, "account.read", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? read_user(&call, account, user) : status);
}

static noema_status
take_link(nd_api_call *call, const noema_id *account, const char *handle, nd_id *id, nd_text *actor)
{
    ND_TRY(nd_api_needs(call, account, "account"));
    ND_TRY(nd_api_needs(call, handle, "handle"));
    ND_TRY(nd_id_take(account, "account", false, id, call->error));
    return nd_api_actor(call, NULL, actor);
}

noema_status
noema_account_link(noema_db *db, const noema_id *account, const char *handle, noema_error *error)
{
    nd_api_call call;
    nd_id id;
    nd_text actor;
    noema_status status = nd_api_begin(&call, db, "account.link", 0, error);
    if (status == NOEMA_OK) {
        status = take_link(&call, account, handle, &id, &actor);
    }
    if (status == NOEMA_OK) {
        status = refuse_wallet(&call, handle);
    }
    if (status == NOEMA_OK) {
        status = nd_account_link(db->base, call.deadline, id, handle, actor, call.error);
    }
    return nd_api_end(&call, status);
}

noema_status
noema_account_unlink(noema_db *db, const noema_id *account, const char *handle, noema_error *error)
{
    nd_api_call call;
    nd_id id;
    nd_text actor;
    noema_status status = nd_api_begin(&call, db, "account.unlink", 0, error);
    if (status == NOEMA_OK) {
        status = take_link(&call, account, handle, &id, &actor);
    }
    if (status == NOEMA_OK) {
        status = nd_account_unlink(db->base, call.deadline, id, handle, actor, call.error);
    }
    return nd_api_end(&call, status);
}

noema_status
noema_account_touch(noema_db *db, const noema_id *account, const char *platform, noema_error *error)
{
    nd_api_call call;
    nd_id id;
    noema_status status = nd_api_begin(&call, db, "account.touch", 0, error);
    if (status == NOEMA_OK) {
        status = nd_api_needs(&call, platform, "platform");
    }
    if (status == NOEMA_OK) {
        status = nd_api_needs(&call, account, "account");
    }
    if (status == NOEMA_OK) {
        status = nd_id_take(account, "account", false, &id, call.error);
    }
    if (status == NOEMA_OK) {
        status = nd_account_touch(db->base, call.deadline, db->touches, id, platform, call.error);
    }
    return nd_api_end(&call, status);
}
