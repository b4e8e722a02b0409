/* account.*: the operations of NoemaUserCore. */
#include "api/answers.h"
#include "api/documents.h"
#include "api/operations_private.h"

static const nd_argument handle_only[] = {
    {"handle", ND_ARGUMENT_TEXT, true, 3, 200, NULL, "Who: telegram:4242, discord:8035..."},
};
static const nd_argument handle_or_id[] = {
    {"handle", ND_ARGUMENT_TEXT, true, 3, 200, NULL, "Who: a handle, or an account's id."},
};
static const nd_argument account_only[] = {
    {"account", ND_ARGUMENT_ACCOUNT, true, 0, 0, NULL, "Whose."},
};
static const nd_argument account_and_handle[] = {
    {"account", ND_ARGUMENT_ACCOUNT, true, 0, 0,   NULL, "Whose."     },
    {"handle",  ND_ARGUMENT_TEXT,    true, 3, 200, NULL, "The handle."},
};
static const nd_argument account_and_platform[] = {
    {"account",  ND_ARGUMENT_ACCOUNT, true, 0, 0,  NULL, "Whose."                      },
    {"platform", ND_ARGUMENT_TEXT,    true, 1, 32, NULL, "Where it was seen: telegram."},
};

static noema_status
ensure(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_account account;
    noema_status status =
        noema_account_ensure(values->db, nd_value_text(values, "handle"), &account, error);
    if (status == NOEMA_OK || status == NOEMA_DENIED) {
        *result = nd_answer_account(&account);
    }
    return status;
}

static noema_status
find(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_account account;
    noema_status status =
        noema_account_find(values->db, nd_value_text(values, "handle"), &account, error);
    if (status == NOEMA_OK || status == NOEMA_DENIED) {
        *result = nd_answer_account(&account);
    }
    return status;
}

static noema_status
read_user(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_document *user;
    noema_status status =
        noema_account_read(values->db, nd_value_id(values, "account"), &user, error);
    if (status == NOEMA_OK) {
        *result = nd_document_take_json(user);
    }
    return status;
}

static noema_status
link_handle(const nd_values *values, nd_json **result, noema_error *error)
{
    (void)result;
    return noema_account_link(values->db, nd_value_id(values, "account"),
                              nd_value_text(values, "handle"), error);
}

static noema_status
unlink_handle(const nd_values *values, nd_json **result, noema_error *error)
{
    (void)result;
    return noema_account_unlink(values->db, nd_value_id(values, "account"),
                                nd_value_text(values, "handle"), error);
}

static noema_status
touch(const nd_values *values, nd_json **result, noema_error *error)
{
    (void)result;
    return noema_account_touch(values->db, nd_value_id(values, "account"),
                               nd_value_text(values, "platform"), error);
}

static const nd_operation rows[] = {
    {"account.ensure",
     ND_ARGUMENTS(handle_only),
     "account",  {NOEMA_DENIED},
     "The account behind a handle, made on first sight. Any number of racing callers get one.", ensure       },
    {"account.find",
     ND_ARGUMENTS(handle_or_id),
     "account",  {NOEMA_NOT_FOUND, NOEMA_DENIED},
     "The account behind a handle or an id; never makes one.",                                  find         },
    {"account.read",
     ND_ARGUMENTS(account_only),
     "document", {NOEMA_NOT_FOUND},
     "The account's document: identities, wallets, profile, status, times.",                    read_user    },
    {"account.link",
     ND_ARGUMENTS(account_and_handle),
     "nothing",  {NOEMA_NOT_FOUND, NOEMA_TAKEN, NOEMA_LIMIT, NOEMA_DENIED},
     "Lets one more handle lead to the account. OK also when it does already.",                 link_handle  },
    {"account.unlink",
     ND_ARGUMENTS(account_and_handle),
     "nothing",  {NOEMA_NOT_FOUND, NOEMA_DENIED},
     "Takes a handle away. The last one that can log in stays: DENIED, LAST_IDENTITY.",         unlink_handle},
    {"account.touch",
     ND_ARGUMENTS(account_and_platform),
     "nothing",  {NOEMA_NOT_FOUND},
     "Notes that the account was seen on a platform; written once a minute at most.",           touch        },
};
const nd_operation_group nd_account_operations = ND_OPERATION_GROUP("NoemaUserCore", rows);
