/* ledger.* and base.*: the operations of NoemaTransactions, and of the database itself. */
#include "api/answers.h"
#include "api/documents.h"
#include "api/operations_private.h"

static const nd_argument list_arguments[] = {
    {"account",      ND_ARGUMENT_ACCOUNT, false, 0, 0,   NULL, "Whose; or else all_accounts."   },
    {"all_accounts", ND_ARGUMENT_BOOL,    false, 0, 0,   NULL, "true: of everybody."            },
    {"from",         ND_ARGUMENT_TIME,    false, 0, 0,   NULL, "Then or later."                 },
    {"to",           ND_ARGUMENT_TIME,    false, 0, 0,   NULL, "Before."                        },
    {"types",        ND_ARGUMENT_TEXT,    false, 0, 200, NULL, "credit,debit..., comma between."},
    {"limit",        ND_ARGUMENT_INTEGER, false, 1, 500, NULL, "Default 50."                    },
    {"page",         ND_ARGUMENT_TEXT,    false, 0, 200, NULL, "next of the page before."       }
};
static const nd_argument at_arguments[] = {
    {"account", ND_ARGUMENT_ACCOUNT, true, 0, 0, NULL, "Whose."     },
    {"when",    ND_ARGUMENT_TIME,    true, 0, 0, NULL, "As of then."}
};
static const nd_argument verify_arguments[] = {
    {"account",     ND_ARGUMENT_ACCOUNT, false, 0, 0,    NULL, "Whose; default: all, by pages."},
    {"page",        ND_ARGUMENT_TEXT,    false, 0, 8192, NULL, "next of the page before."      },
    {"checkpoints", ND_ARGUMENT_ARRAY,   false, 0, 0,    NULL, "Of ledger.checkpoint."         }
};
static const nd_argument account_only[] = {
    {"account", ND_ARGUMENT_ACCOUNT, true, 0, 0, NULL, "Whose."}
};
static const nd_argument install_arguments[] = {
    {"check_only", ND_ARGUMENT_BOOL, false, 0, 0, NULL,
     "true: change nothing, list what differs."}
};

static noema_status
list(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_list *entries;
    const noema_id *account = nd_value_id(values, "account");
    const noema_query query = {
        .size = sizeof(query),
        .limit = (uint32_t)nd_value_integer(values, "limit"),
        .account = account == NULL ? (noema_id){""} : *account,
        .all_accounts = (uint32_t)nd_value_integer(values, "all_accounts"),
        .from = nd_value_integer(values, "from"),
        .to = nd_value_integer(values, "to"),
        .types = nd_value_text(values, "types"),
        .page = nd_value_text(values, "page"),
    };
    noema_status status = noema_ledger_list(values->db, &query, &entries, error);
    if (status == NOEMA_OK) {
        *result = nd_list_take_json(entries);
    }
    return status;
}

static noema_status
balance_at(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_balance balance;
    noema_status status =
        noema_ledger_balance_at(values->db, nd_value_id(values, "account"),
                                nd_value_integer(values, "when"), &balance, error);
    if (status == NOEMA_OK) {
        *result = nd_answer_balance(&balance);
    }
    return status;
}

static noema_status
verify(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_document *report;
    noema_status status = noema_ledger_verify(values->db, nd_value_id(values, "account"),
                                              nd_value_text(values, "page"),
                                              nd_value_text(values, "checkpoints"), &report, error);
    if (report != NULL) {
        *result = nd_document_take_json(report);
    }
    return status;
}

static noema_status
checkpoint(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_document *found;
    noema_status status =
        noema_ledger_checkpoint(values->db, nd_value_id(values, "account"), &found, error);
    if (status == NOEMA_OK) {
        *result = nd_document_take_json(found);
    }
    return status;
}

static noema_status
install(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_document *report;
    bool check_only = nd_value_integer(values, "check_only") != 0;
    noema_status status = noema_install(values->db, check_only, &report, error);
    if (report != NULL) {
        *result = nd_document_take_json(report);
    }
    return status;
}

static noema_status
ping(const nd_values *values, nd_json **result, noema_error *error)
{
    (void)result;
    return noema_ping(values->db, error);
}

static const nd_operation ledger_rows[] = {
    {"ledger.list",
     ND_ARGUMENTS(list_arguments),
     "list",       {NOEMA_INVALID},
     "Entries, newest first, by pages that are stable while entries arrive.",            list      },
    {"ledger.balance_at",
     ND_ARGUMENTS(at_arguments),
     "balance",    {NOEMA_NOT_FOUND},
     "The balance as of a time: what the ledger says.",                                  balance_at},
    {"ledger.verify",
     ND_ARGUMENTS(verify_arguments),
     "report",     {NOEMA_NOT_FOUND, NOEMA_CORRUPT},
     "One page of the proof of the ledger. Changes nothing.",                            verify    },
    {"ledger.checkpoint",
     ND_ARGUMENTS(account_only),
     "checkpoint", {NOEMA_NOT_FOUND},
     "What to keep outside the database, so that verify finds a tail that was cut off.", checkpoint},
};
const nd_operation_group nd_ledger_operations =
    ND_OPERATION_GROUP("NoemaTransactions", ledger_rows);

static const nd_operation base_rows[] = {
    {"base.ping", NULL, 0, "nothing", {NOEMA_UNAVAILABLE}, "A round trip to the server.", ping},
    {"base.install",
     ND_ARGUMENTS(install_arguments),
     "report", {NOEMA_CONFLICT, NOEMA_UNSUPPORTED},
     "Makes or upgrades collections, validators and indexes; may be repeated.", install},
};
const nd_operation_group nd_base_operations = ND_OPERATION_GROUP("The database", base_rows);
