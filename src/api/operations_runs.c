/* run.*: the operations of NoemaWorkflowExecutions. */
#include "api/answers.h"
#include "api/documents.h"
#include "api/operations_private.h"

static const char *const states[] = {"completed", "failed", "timeout", "cancelled", NULL};
static const char *const prices[] = {"amount", "units", "hold", "free", NULL};
static const char *const overruns[] = {"cap", "charge", "refuse", NULL};

#define ACCOUNT {"account", ND_ARGUMENT_ACCOUNT, true, 0, 0, NULL, "The owner: who asked."}
#define KEY {"key", ND_ARGUMENT_TEXT, true, 1, 200, NULL, "The same message starts one run."}
#define RUN {"run", ND_ARGUMENT_ID, true, 0, 0, NULL, "The run."}
#define TIMEOUT {"timeout_ms", ND_ARGUMENT_INTEGER, false, 1, 600000, NULL, "Of this call."}

static const nd_argument start_arguments[] = {
    ACCOUNT,
    {"payer",          ND_ARGUMENT_ACCOUNT, false, 0, 0,         NULL, "Who pays; default: the owner."           },
    {"fallback_payer", ND_ARGUMENT_ACCOUNT, false, 0, 0,         NULL, "Pays when payer can't."                  },
    KEY,
    {"tool",           ND_ARGUMENT_TEXT,    true,  1, 200,       NULL, "The tool."                               },
    {"service",        ND_ARGUMENT_TEXT,    false, 0, 200,       NULL, "The provider."                           },
    {"hold",           ND_ARGUMENT_MONEY,   false, 0, 0,         NULL, "USD on hold; without it a free run."     },
    {"rate",           ND_ARGUMENT_MONEY,   false, 0, 0,         NULL, "USD of one unit."                        },
    {"rate_unit",      ND_ARGUMENT_TEXT,    false, 0, 20,        NULL, "second, run, token or request."          },
    {"lifetime_ms",    ND_ARGUMENT_INTEGER, false, 1, 604800000, NULL, "In all; 15 minutes."                     },
    {"input",          ND_ARGUMENT_OBJECT,  false, 0, 0,         NULL, "What the tool is given, at most 256 KiB."},
    {"metadata",       ND_ARGUMENT_OBJECT,  false, 0, 0,         NULL, "The caller's own, at most 4 KiB."        },
    TIMEOUT
};
static const nd_argument attach_arguments[] = {
    RUN, {"provider_run_id", ND_ARGUMENT_TEXT, true, 1, 200, NULL, "The provider's name for it."}
};
static const nd_argument cancel_arguments[] = {
    RUN, {"reason", ND_ARGUMENT_TEXT, false, 0, 500, NULL, "Why."}
};
static const nd_argument settle_arguments[] = {
    {"run",             ND_ARGUMENT_ID,      false, 0,                   0,         NULL,     "The run; or else service and provider_run_id."},
    {"service",         ND_ARGUMENT_TEXT,    false, 0,                   200,       NULL,     "The provider."                                },
    {"provider_run_id", ND_ARGUMENT_TEXT,    false, 0,                   200,       NULL,     "Its name for the run."                        },
    {"state",           ND_ARGUMENT_WORD,    true,  NOEMA_RUN_COMPLETED, 0,         states,
     "How it ended: completed, "
     "failed, timeout or cancelled."                                                                                                         },
    {"price",           ND_ARGUMENT_WORD,    false, NOEMA_PRICE_AMOUNT,  0,         prices,
     "amount, units, hold or free; a completed run must say it."                                                                             },
    {"charge",          ND_ARGUMENT_MONEY,   false, 0,                   0,         NULL,     "With amount: USD."                            },
    {"units_milli",     ND_ARGUMENT_INTEGER, false, 0,                   INT64_MAX, NULL,
     "With units: thousandths of the rate's unit."                                                                                           },
    {"overrun",         ND_ARGUMENT_WORD,    false, 0,                   0,         overruns,
     "Above the hold: cap (the default), charge what is available, or refuse."                                                               },
    {"provider_cost",   ND_ARGUMENT_MONEY,   false, 0,                   0,         NULL,     "USD that it cost us."                         },
    {"exp",             ND_ARGUMENT_INTEGER, false, 0,                   INT32_MAX, NULL,     "Experience for the payer."                    },
    {"output",          ND_ARGUMENT_OBJECT,  false, 0,                   0,         NULL,     "What it made, at most 256 KiB."               },
    {"error_code",      ND_ARGUMENT_TEXT,    false, 0,                   200,       NULL,     "NSFW, OOM."                                   },
    {"error_text",      ND_ARGUMENT_TEXT,    false, 0,                   2000,      NULL,     "What went wrong."                             },
    TIMEOUT
};
static const nd_argument run_only[] = {RUN};
static const nd_argument provider_arguments[] = {
    {"service",         ND_ARGUMENT_TEXT, true, 1, 200, NULL, "The provider."        },
    {"provider_run_id", ND_ARGUMENT_TEXT, true, 1, 200, NULL, "Its name for the run."}
};
static const nd_argument key_arguments[] = {ACCOUNT, KEY};
static const nd_argument list_arguments[] = {
    {"account",      ND_ARGUMENT_ACCOUNT, false, 0, 0,   NULL, "Whose; or else all_accounts."},
    {"all_accounts", ND_ARGUMENT_BOOL,    false, 0, 0,   NULL, "true: of everybody."         },
    {"from",         ND_ARGUMENT_TIME,    false, 0, 0,   NULL, "Started then or later."      },
    {"to",           ND_ARGUMENT_TIME,    false, 0, 0,   NULL, "Started before."             },
    {"types",        ND_ARGUMENT_TEXT,    false, 0, 200, NULL, "States, comma between."      },
    {"tool",         ND_ARGUMENT_TEXT,    false, 0, 200, NULL, "Of one tool."                },
    {"limit",        ND_ARGUMENT_INTEGER, false, 1, 500, NULL, "Default 50."                 },
    {"page",         ND_ARGUMENT_TEXT,    false, 0, 200, NULL, "next of the page before."    }
};
static const nd_argument reap_arguments[] = {
    {"limit", ND_ARGUMENT_INTEGER, true, 1, 10000, NULL, "How many at most."}
};

static noema_id
id_or_none(const nd_values *values, const char *name)
{
    const noema_id *id = nd_value_id(values, name);
    return id == NULL ? (noema_id){""} : *id;
}

static noema_status
start(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_run run;
    const noema_run_request request = {
        .size = sizeof(request),
        .account = id_or_none(values, "account"),
        .payer = id_or_none(values, "payer"),
        .fallback_payer = id_or_none(values, "fallback_payer"),
        .key = nd_value_text(values, "key"),
        .tool = nd_value_text(values, "tool"),
        .service = nd_value_text(values, "service"),
        .hold = nd_value_integer(values, "hold"),
        .rate = nd_value_integer(values, "rate"),
        .rate_unit = nd_value_text(values, "rate_unit"),
        .lifetime_ms = (uint32_t)nd_value_integer(values, "lifetime_ms"),
        .timeout_ms = (uint32_t)nd_value_integer(values, "timeout_ms"),
        .input_json = nd_value_text(values, "input"),
        .metadata_json = nd_value_text(values, "metadata"),
    };
    noema_status status = noema_run_start(values->db, &request, &run, error);
    if (status == NOEMA_OK) {
        *result = nd_answer_run(&run);
    }
    return status;
}

static noema_status
attach(const nd_values *values, nd_json **result, noema_error *error)
{
    (void)result;
    return noema_run_attach(values->db, nd_value_id(values, "run"),
                            nd_value_text(values, "provider_run_id"), error);
}

static noema_status
request_cancel(const nd_values *values, nd_json **result, noema_error *error)
{
    (void)result;
    return noema_run_request_cancel(values->db, nd_value_id(values, "run"),
                                    nd_value_text(values, "reason"), error);
}

static noema_settlement
settlement_of(const nd_values *values)
{
    return (noema_settlement){
        .size = sizeof(noema_settlement),
        .state = (int32_t)nd_value_integer(values, "state"),
        .run = id_or_none(values, "run"),
        .service = nd_value_text(values, "service"),
        .provider_run_id = nd_value_text(values, "provider_run_id"),
        .price = (int32_t)nd_value_integer(values, "price"),
        .timeout_ms = (uint32_t)nd_value_integer(values, "timeout_ms"),
        .charge = nd_value_integer(values, "charge"),
        .units_milli = nd_value_integer(values, "units_milli"),
        .provider_cost = nd_value_integer(values, "provider_cost"),
        .overrun = (int32_t)nd_value_integer(values, "overrun"),
        .exp = nd_value_integer(values, "exp"),
        .output_json = nd_value_text(values, "output"),
        .error_code = nd_value_text(values, "error_code"),
        .error_text = nd_value_text(values, "error_text"),
    };
}

static noema_status
settle(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_run run;
    noema_receipt receipt;
    const noema_settlement settlement = settlement_of(values);
    noema_status status = noema_run_settle(values->db, &settlement, &run, &receipt, error);
    if (run.state == 0) {
        return status;
    }
    *result = nd_json_new_object();
    nd_json_put(*result, "run", nd_answer_run(&run));
    if (status == NOEMA_OK) {
        nd_json_put(*result, "receipt", nd_answer_receipt(&receipt));
    }
    return status;
}

static nd_json *
run_and_document(const noema_run *run, noema_document *document)
{
    nd_json *object = nd_answer_run(run);
    nd_json_put(object, "document", nd_document_take_json(document));
    return object;
}

static noema_status
find(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_run run;
    noema_document *document;
    noema_status status =
        noema_run_find(values->db, nd_value_id(values, "run"), &run, &document, error);
    if (status == NOEMA_OK) {
        *result = run_and_document(&run, document);
    }
    return status;
}

static noema_status
find_provider(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_run run;
    noema_document *document;
    noema_status status =
        noema_run_find_provider(values->db, nd_value_text(values, "service"),
                                nd_value_text(values, "provider_run_id"), &run, &document, error);
    if (status == NOEMA_OK) {
        *result = run_and_document(&run, document);
    }
    return status;
}

static noema_status
find_key(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_run run;
    noema_document *document;
    noema_status status = noema_run_find_key(values->db, nd_value_id(values, "account"),
                                             nd_value_text(values, "key"), &run, &document, error);
    if (status == NOEMA_OK) {
        *result = run_and_document(&run, document);
    }
    return status;
}

static noema_status
void_run(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_run run;
    noema_status status = noema_run_void(values->db, nd_value_id(values, "account"),
                                         nd_value_text(values, "key"), &run, error);
    if (run.state != 0) {
        *result = nd_answer_run(&run);
    }
    return status;
}

static noema_status
list(const nd_values *values, nd_json **result, noema_error *error)
{
    noema_list *runs;
    const noema_query query = {
        .size = sizeof(query),
        .limit = (uint32_t)nd_value_integer(values, "limit"),
        .account = id_or_none(values, "account"),
        .all_accounts = (uint32_t)nd_value_integer(values, "all_accounts"),
        .from = nd_value_integer(values, "from"),
        .to = nd_value_integer(values, "to"),
        .types = nd_value_text(values, "types"),
        .tool = nd_value_text(values, "tool"),
        .page = nd_value_text(values, "page"),
    };
    noema_status status = noema_run_list(values->db, &query, &runs, error);
    if (status == NOEMA_OK) {
        *result = nd_list_take_json(runs);
    }
    return status;
}

static noema_status
reap(const nd_values *values, nd_json **result, noema_error *error)
{
    uint32_t settled;
    noema_status status =
        noema_run_reap(values->db, (uint32_t)nd_value_integer(values, "limit"), &settled, error);
    if (status == NOEMA_OK) {
        *result = nd_json_new_object();
        nd_json_put_integer(*result, "settled", settled);
    }
    return status;
}

static const nd_operation rows[] = {
    {"run.start",
     ND_ARGUMENTS(start_arguments),
     "run",                                               {NOEMA_NOT_FOUND, NOEMA_INSUFFICIENT_FUNDS, NOEMA_KEY_REUSED, NOEMA_DENIED},
     "Puts the price on hold and makes the run, in one step. Call the provider afterwards. "
     "replayed: the work is somebody else's.",                                                                                                                start         },
    {"run.attach",
     ND_ARGUMENTS(attach_arguments),
     "nothing",                                           {NOEMA_NOT_FOUND, NOEMA_TAKEN, NOEMA_ILLEGAL_TRANSITION},
     "Notes the provider's name for the run, so that its webhook finds it.",                                                                                  attach        },
    {"run.request_cancel",
     ND_ARGUMENTS(cancel_arguments),
     "nothing",                                           {NOEMA_NOT_FOUND, NOEMA_ILLEGAL_TRANSITION},
     "Notes that the user wants it stopped.",                                                                                                                 request_cancel},
    {"run.settle",
     ND_ARGUMENTS(settle_arguments),
     "settlement",                                        {NOEMA_NOT_FOUND, NOEMA_ILLEGAL_TRANSITION, NOEMA_LIMIT},
     "Ends the run: charge, ledger entry, hold, experience and outputs, in one step. The same "
     "again is replayed.",                                                                                                                                    settle        },
    {"run.find",           ND_ARGUMENTS(run_only), "run", {NOEMA_NOT_FOUND},                                                           "The run, by its id.", find          },
    {"run.find_provider",
     ND_ARGUMENTS(provider_arguments),
     "run",                                               {NOEMA_NOT_FOUND},
     "The run, by what a webhook knows.",                                                                                                                     find_provider },
    {"run.find_key",
     ND_ARGUMENTS(key_arguments),
     "run",                                               {NOEMA_NOT_FOUND},
     "The run, by the key of its start.",                                                                                                                     find_key      },
    {"run.void",
     ND_ARGUMENTS(key_arguments),
     "run",                                               {NOEMA_NOT_FOUND, NOEMA_ILLEGAL_TRANSITION},
     "Makes sure that a start never happens. ILLEGAL_TRANSITION: it did.",                                                                                    void_run      },
    {"run.list",
     ND_ARGUMENTS(list_arguments),
     "list",                                              {NOEMA_INVALID},
     "Runs, newest first, by pages.",                                                                                                                         list          },
    {"run.reap",
     ND_ARGUMENTS(reap_arguments),
     "count",                                             {NOEMA_TIMEOUT},
     "Times out what is overdue by 30 s. The background reaper does the same.",                                                                               reap          },
};
const nd_operation_group nd_run_operations = ND_OPERATION_GROUP("NoemaWorkflowExecutions", rows);
