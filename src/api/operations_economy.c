/* economy.*: the operations of NoemaUserEconomy. */
#include <stdio.h>

#include "api/answers.h"
#include "api/operations_private.h"
#include "core/error.h"
#include "core/memory.h"

static const char *const debit_modes[] = {"exact", "up_to", NULL};
static const char *const kinds[] = {
    "credit",   "bonus",  "debit",     "refund",  "refund_all",          "reverse",
    "transfer", "adjust", "reconcile", "add_exp", "set_overdraft_limit", NULL};

#define ACCOUNT {"account", ND_ARGUMENT_ACCOUNT, true, 0, 0, NULL, "Whose credit."}
#define AMOUNT {"amount", ND_ARGUMENT_MONEY, true, 0, 0, NULL, "USD, positive: \"0.25\"."}
#define KEY                                                                                        \
    {"key",                                                                                        \
     ND_ARGUMENT_TEXT,                                                                             \
     true,                                                                                         \
     1,                                                                                            \
     200,                                                                                          \
     NULL,                                                                                         \
     "Made from what it is about: telegram:update:991. The same key is applied once."}
#define TEXTS                                                                                      \
    {"description", ND_ARGUMENT_TEXT, false, 0, 200, NULL, "What the user reads."},                \
        {"reason", ND_ARGUMENT_TEXT, false, 0, 500, NULL, "What the auditor reads."},              \
        {"actor", ND_ARGUMENT_TEXT, false, 0, 200, NULL, "Who asks; default: the option."},        \
        {"metadata", ND_ARGUMENT_OBJECT, false, 0, 0, NULL, "The caller's own, at most 4 KiB."},   \
        {"timeout_ms", ND_ARGUMENT_INTEGER, false, 1, 600000, NULL, "Default: the option."}

static const nd_argument balance_arguments[] = {ACCOUNT};
static const nd_argument credit_arguments[] = {
    ACCOUNT,
    AMOUNT,
    {"payment", ND_ARGUMENT_TEXT, true, 1, 200, NULL,
      "The payment itself, unique over all accounts: stripe:pi_1."},
    TEXTS
};
static const nd_argument bonus_arguments[] = {
    ACCOUNT,
    AMOUNT,
    KEY,
    {"expires_at", ND_ARGUMENT_TIME, false, 0, 0, NULL, "Not spendable from then on."},
    TEXTS
};
static const nd_argument debit_arguments[] = {
    ACCOUNT,
    AMOUNT,
    KEY,
    {"mode", ND_ARGUMENT_WORD, false, 0, 0, debit_modes, "exact, or up_to: what there is."},
    TEXTS
};
#define OF_WHAT                                                                                    \
    {"account", ND_ARGUMENT_ACCOUNT, false, 0, 0, NULL, "Checked when given."},                    \
        {"entry", ND_ARGUMENT_ID, false, 0, 0, NULL, "The debit or charge; or else run."},         \
        {"run", ND_ARGUMENT_ID, false, 0, 0, NULL, "The paid run; or else entry."}
static const nd_argument refund_arguments[] = {OF_WHAT, AMOUNT, KEY, TEXTS};
static const nd_argument refund_all_arguments[] = {OF_WHAT, KEY, TEXTS};
static const nd_argument exp_arguments[] = {
    ACCOUNT,
    {"exp", ND_ARGUMENT_INTEGER, true, INT32_MIN, INT32_MAX, NULL, "Points, signed, not 0."},
    KEY,
    TEXTS
};
static const nd_argument apply_arguments[] = {
    {"commands", ND_ARGUMENT_ARRAY, true, 0, 0, NULL,
     "1 to 1000 objects of {kind, and the arguments of economy.<kind>}; accounts as ids. A "
     "credit's payment is its key."}
};
static const nd_argument key_arguments[] = {
    {"account", ND_ARGUMENT_ACCOUNT, false, 0, 0, NULL, "Whose; without it, a payment's key."},
    KEY
};

/* The options of the named calls. Not what is an argument there. */
static noema_command
options_of(const nd_values *values)
{
    return (noema_command){
        .size = sizeof(noema_command),
        .description = nd_value_text(values, "description"),
        .reason = nd_value_text(values, "reason"),
        .actor = nd_value_text(values, "actor"),
        .metadata_json = nd_value_text(values, "metadata"),
        .timeout_ms = (uint32_t)nd_value_integer(values, "timeout_ms"),
    };
}

static noema_status
answer(noema_status status, const noema_receipt *receipt, nd_json **result)
{
    bool tells = status == NOEMA_OK || receipt->account.text[0] != '\0';
    if (tells) {
        *result = nd_answer_receipt(receipt);
    }
    return status;
}

static noema_status
balance(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_balance found;
    noema_status status =
        noema_economy_balance(values->db, nd_value_id(values, "account"), &found, error);
    if (status == NOEMA_OK) {
        *result = nd_answer_balance(&found);
    }
    return status;
}

static noema_status
credit(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_command options = options_of(values);
    noema_receipt receipt;
    return answer(noema_economy_credit(values->db, nd_value_id(values, "account"),
                                       nd_value_integer(values, "amount"),
                                       nd_value_text(values, "payment"), &options, &receipt, error),
                  &receipt, result);
}

static noema_status
bonus(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_command options = options_of(values);
    noema_receipt receipt;
    options.expires_at = nd_value_integer(values, "expires_at");
    return answer(noema_economy_bonus(values->db, nd_value_id(values, "account"),
                                      nd_value_integer(values, "amount"),
                                      nd_value_text(values, "key"), &options, &receipt, error),
                  &receipt, result);
}

static noema_status
debit(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_command options = options_of(values);
    noema_receipt receipt;
    options.debit_mode = (int32_t)nd_value_integer(values, "mode");
    return answer(noema_economy_debit(values->db, nd_value_id(values, "account"),
                                      nd_value_integer(values, "amount"),
                                      nd_value_text(values, "key"), &options, &receipt, error),
                  &receipt, result);
}

/* One command by noema_economy_apply; its error says "amount", not "commands.0.amount". */
static noema_status
apply_one(const nd_values *values, const noema_command *command, nd_json **result,
          noema_error *error)
{
    noema_receipt receipt;
    noema_status status =
        noema_economy_apply(values->db, command, 1, &receipt, sizeof(receipt), error);
    nd_error_without(error, "commands.0");
    return answer(status, &receipt, result);
}

static noema_command
refund_of(const nd_values *values, int32_t kind)
{
    noema_command command = options_of(values);
    const noema_id *account = nd_value_id(values, "account");
    const noema_id *entry = nd_value_id(values, "entry");
    const noema_id *run = nd_value_id(values, "run");
    command.kind = kind;
    command.key = nd_value_text(values, "key");
    command.account = account == NULL ? (noema_id){""} : *account;
    command.entry = entry == NULL ? (noema_id){""} : *entry;
    command.run = run == NULL ? (noema_id){""} : *run;
    return command;
}

static noema_status
refund(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_command command = refund_of(values, NOEMA_COMMAND_REFUND);
    command.amount = nd_value_integer(values, "amount");
    return apply_one(values, &command, result, error);
}

static noema_status
refund_all(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_command command = refund_of(values, NOEMA_COMMAND_REFUND_ALL);
    return apply_one(values, &command, result, error);
}

static noema_status
add_exp(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_command command = options_of(values);
    command.kind = NOEMA_COMMAND_ADD_EXP;
    command.account = *nd_value_id(values, "account");
    command.exp = nd_value_integer(values, "exp");
    command.key = nd_value_text(values, "key");
    return apply_one(values, &command, result, error);
}

static noema_status
find(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_receipt receipt;
    return answer(noema_economy_find(values->db, nd_value_id(values, "account"),
                                     nd_value_text(values, "key"), &receipt, error),
                  &receipt, result);
}

static noema_status
void_key(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_receipt receipt;
    return answer(noema_economy_void(values->db, nd_value_id(values, "account"),
                                     nd_value_text(values, "key"), &receipt, error),
                  &receipt, result);
}

/* ---- apply: an array of commands ----------------------------------------------------------------- */

static const nd_argument element_arguments[] = {
    {"kind",       ND_ARGUMENT_WORD,    true,  NOEMA_COMMAND_CREDIT, 0,         kinds,       "credit, bonus, debit..."},
    {"account",    ND_ARGUMENT_ID,      false, 0,                    0,         NULL,        "Whose, as an id."       },
    {"amount",     ND_ARGUMENT_MONEY,   false, 0,                    0,         NULL,        "USD."                   },
    KEY,
    {"entry",      ND_ARGUMENT_ID,      false, 0,                    0,         NULL,        "refund, refund_all."    },
    {"run",        ND_ARGUMENT_ID,      false, 0,                    0,         NULL,        "refund, refund_all."    },
    {"expires_at", ND_ARGUMENT_TIME,    false, 0,                    0,         NULL,        "bonus."                 },
    {"exp",        ND_ARGUMENT_INTEGER, false, INT32_MIN,            INT32_MAX, NULL,        "add_exp."               },
    {"mode",       ND_ARGUMENT_WORD,    false, 0,                    0,         debit_modes, "debit."                 },
    TEXTS
};
static const nd_operation element = {"a command", ND_ARGUMENTS(element_arguments), "receipt",
                                     {0},         "One of economy.apply.",         NULL};

static noema_command
command_of(const nd_values *values)
{
    noema_command command = refund_of(values, (int32_t)nd_value_integer(values, "kind"));
    command.amount = nd_value_integer(values, "amount");
    command.expires_at = nd_value_integer(values, "expires_at");
    command.exp = nd_value_integer(values, "exp");
    command.debit_mode = (int32_t)nd_value_integer(values, "mode");
    return command;
}

typedef struct elements {
    nd_values *values;
    noema_command *commands;
    noema_receipt *receipts;
    size_t count;
} elements;

static noema_status
take_elements(const nd_values *values, const nd_json *array, elements *all, noema_error *error)
{
    for (size_t i = 0; i < all->count; i++) {
        char parent[32];
        snprintf(parent, sizeof(parent), "commands.%zu", i);
        if (nd_json_kind_of(nd_json_at(array, i)) != ND_JSON_OBJECT) {
            return nd_fail(error, NOEMA_INVALID, parent, "must be an object");
        }
        char *text = nd_json_text(nd_json_at(array, i));
        noema_status status = nd_values_take(&all->values[i], values->db, &element, text, error);
        nd_delete(text);
        if (status != NOEMA_OK) {
            nd_error_within(error, parent);
            return status;
        }
        all->commands[i] = command_of(&all->values[i]);
    }
    return NOEMA_OK;
}

static nd_json *
receipts_of(const elements *all)
{
    nd_json *root = nd_json_new_object();
    nd_json *receipts = nd_json_new_array();
    for (size_t i = 0; i < all->count; i++) {
        nd_json_push(receipts, nd_answer_receipt(&all->receipts[i]));
    }
    nd_json_put(root, "receipts", receipts);
    return root;
}

static noema_status
apply_all(const nd_values *values, const nd_json *array, nd_json **result, noema_error *error)
{
    elements all = {.count = nd_json_length(array)};
    all.values = nd_new(all.count * sizeof(*all.values));
    all.commands = nd_new(all.count * sizeof(*all.commands));
    all.receipts = nd_new(all.count * sizeof(*all.receipts));
    noema_status status = take_elements(values, array, &all, error);
    if (status == NOEMA_OK) {
        status = noema_economy_apply(values->db, all.commands, all.count, all.receipts,
                                     sizeof(*all.receipts), error);
        *result = receipts_of(&all);
    }
    for (size_t i = 0; i < all.count; i++) {
        nd_values_free(&all.values[i]);
    }
    nd_delete(all.values);
    nd_delete(all.commands);
    nd_delete(all.receipts);
    return status;
}

static noema_status
apply(const nd_values *values, nd_json **result, noema_error *error)
{
    enum { COMMANDS_MAX = 1000 };
    const nd_json *array = nd_json_get(values->root, "commands");
    size_t count = nd_json_length(array);
    if (count == 0 || count > COMMANDS_MAX) {
        return nd_fail(error, NOEMA_INVALID, "commands", "must be 1 to %d", COMMANDS_MAX);
    }
    return apply_all(values, array, result, error);
}

static const nd_operation rows[] = {
    {"economy.balance",
     ND_ARGUMENTS(balance_arguments),
     "balance",  {NOEMA_NOT_FOUND},
     "What the account has, what is on hold, what can be spent.",               balance   },
    {"economy.credit",
     ND_ARGUMENTS(credit_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_TAKEN, NOEMA_KEY_REUSED, NOEMA_DENIED, NOEMA_LIMIT},
     "Credit that was bought. The payment is the key, once over all accounts.", credit    },
    {"economy.bonus",
     ND_ARGUMENTS(bonus_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_KEY_REUSED, NOEMA_DENIED, NOEMA_LIMIT},
     "Credit that is given; spent before bought credit.",                       bonus     },
    {"economy.debit",
     ND_ARGUMENTS(debit_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_INSUFFICIENT_FUNDS, NOEMA_KEY_REUSED, NOEMA_DENIED, NOEMA_CORRUPT},
     "Takes credit, exactly or up to what there is.",                           debit     },
    {"economy.refund",
     ND_ARGUMENTS(refund_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_LIMIT, NOEMA_KEY_REUSED},
     "Gives back a part of a debit, or of what a run was charged.",             refund    },
    {"economy.refund_all",
     ND_ARGUMENTS(refund_all_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_LIMIT, NOEMA_KEY_REUSED},
     "Gives back whatever is left of a debit, or of what a run was charged.",   refund_all},
    {"economy.add_exp",
     ND_ARGUMENTS(exp_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_LIMIT, NOEMA_KEY_REUSED},
     "Adds experience points.",                                                 add_exp   },
    {"economy.apply",
     ND_ARGUMENTS(apply_arguments),
     "receipts", {NOEMA_OUTCOME_UNKNOWN, NOEMA_INSUFFICIENT_FUNDS, NOEMA_KEY_REUSED, NOEMA_NOT_FOUND},
     "Many movements at once, each done or refused for itself, in order for an account. The status "
     "is the gravest; each receipt carries its own.",                           apply     },
    {"economy.find",
     ND_ARGUMENTS(key_arguments),
     "receipt",  {NOEMA_NOT_FOUND},
     "What became of a key, as of now.",                                        find      },
    {"economy.void",
     ND_ARGUMENTS(key_arguments),
     "receipt",  {NOEMA_NOT_FOUND, NOEMA_ILLEGAL_TRANSITION},
     "Makes sure that a key is never applied. ILLEGAL_TRANSITION: it was.",     void_key  },
};
const nd_operation_group nd_economy_operations = ND_OPERATION_GROUP("NoemaUserEconomy", rows);
