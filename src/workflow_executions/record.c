/* Declares `workflowExecutions`. */
#include "workflow_executions/record.h"

#include "core/money.h"
#include "schema/schema.h"

/* In the order of NOEMA_RUN_... */
static const char *const states[] = {"pending", "queued",  "processing", "completed",
                                     "failed",  "timeout", "cancelled"};
const nd_words nd_run_states = ND_WORDS(states);

static const char *const overruns[] = {"cap_at_hold", "charge_available", "refuse"};
const nd_words nd_overruns = ND_WORDS(overruns);

static const char *const units[] = {"second", "run", "token", "request"};
const nd_words nd_rate_units = ND_WORDS(units);

/* In the order of NOEMA_DELIVERY_PENDING and after. */
static const char *const deliveries[] = {"pending", "sending", "sent", "dropped"};
const nd_words nd_delivery_states = ND_WORDS(deliveries);

static const nd_field rate_fields[] = {
    {ND_AT(nd_rate, amount), "amount", {ND_MONEY},                              "Price of one unit."},
    {ND_AT(nd_rate, unit),   "unit",   {ND_OPTIONAL, ND_ONE_OF(nd_rate_units)}, "What is counted."  },
};
static const nd_table rate_table = ND_TABLE(nd_rate, rate_fields);

static const nd_field artifact_fields[] = {
    {ND_AT(nd_artifact, url),  "url",  {ND_PLAIN},    "Where it is."},
    {ND_AT(nd_artifact, type), "type", {ND_OPTIONAL}, "What it is." },
};
static const nd_table artifact_table = ND_TABLE(nd_artifact, artifact_fields);

static const nd_field error_fields[] = {
    {ND_AT(nd_run_error, code),    "code",    {ND_OPTIONAL}, "What error rates are grouped by."},
    {ND_AT(nd_run_error, message), "message", {ND_OPTIONAL}, "What went wrong."                },
};
static const nd_table error_table = ND_TABLE(nd_run_error, error_fields);

static const nd_field settled_fields[] = {
    {ND_AT(nd_settled, asked),   "askedUsd", {ND_MONEY},               "The price, before any cap."        },
    {ND_AT(nd_settled, overrun), "overrun",  {ND_ONE_OF(nd_overruns)}, "Policy above the hold."            },
    {ND_AT(nd_settled, entry),   "entryId",  {ND_OPTIONAL},            "The ledger entry, if there is one."},
};
static const nd_table settled_table = ND_TABLE(nd_settled, settled_fields);

static const nd_field lease_fields[] = {
    {ND_AT(nd_lease, owner),   "owner",     {ND_OPTIONAL}, "Who works on it."                    },
    {ND_AT(nd_lease, token),   "token",     {ND_OPTIONAL}, "Proves the lease; new at each start."},
    {ND_AT(nd_lease, expires), "expiresAt", {ND_OPTIONAL}, "Until when, unless extended."        },
};
static const nd_table lease_table = ND_TABLE(nd_lease, lease_fields);

static const nd_field cancel_fields[] = {
    {ND_AT(nd_cancel, requested), "requestedAt", {ND_PLAIN},    "When it was asked to stop."},
    {ND_AT(nd_cancel, reason),    "reason",      {ND_OPTIONAL}, "Why."                      },
    {ND_AT(nd_cancel, actor),     "actor",       {ND_OPTIONAL}, "By whom."                  },
};
static const nd_table cancel_table = ND_TABLE(nd_cancel, cancel_fields);

static const nd_field delivery_fields[] = {
    {ND_AT(nd_delivery, token),         "token",         {ND_OPTIONAL}, "Proves the claim."        },
    {ND_AT(nd_delivery, claimed_until), "claimedUntil",  {ND_OPTIONAL}, "Until when it is claimed."},
    {ND_AT(nd_delivery, next_attempt),  "nextAttemptAt", {ND_OPTIONAL}, "Not before."              },
};
static const nd_table delivery_table = ND_TABLE(nd_delivery, delivery_fields);

static const nd_field fields[] = {
    {ND_AT(nd_run,        id),                "_id",                  {ND_PLAIN},                                     "Made from owner and key."                 },
    {ND_AT(nd_run,        owner),             "masterAccountId",      {ND_PLAIN},                                     "The owner: who asked."                    },
    {ND_AT(nd_run,        payer),             "payerAccountId",       {ND_OPTIONAL},                                  "Whose credit is held."                    },
    {ND_AT(nd_run,        payers),            "payers",               {ND_OPTIONAL, ND_IDS(4)},                       "Payers as asked, in order."               },
    {ND_AT(nd_run,        key),               "idempotencyKey",       {ND_OPTIONAL},                                  "The caller's key."                        },
    {ND_AT(nd_run,        session),           "sessionId",            {ND_OPTIONAL},                                  "The conversation."                        },
    {ND_AT(nd_run,        event),             "initiatingEventId",    {ND_OPTIONAL},                                  "The message that asked."                  },
    {ND_AT(nd_run,        service),           "serviceName",          {ND_OPTIONAL},                                  "The provider."                            },
    {ND_AT(nd_run,        tool),              "toolId",               {ND_OPTIONAL},                                  "The tool."                                },
    {ND_AT(nd_run,        tool_name),         "toolDisplayName",      {ND_OPTIONAL},                                  "The tool, for people."                    },
    {ND_AT(nd_run,        workflow),          "workflowId",           {ND_OPTIONAL},                                  "The workflow."                            },
    {ND_AT(nd_run,        input),             "requestPayload",       {ND_OPTIONAL},                                  "What the tool was given."                 },
    {ND_AT(nd_run,        output),            "responsePayload",      {ND_OPTIONAL},                                  "What it gave."                            },
    {ND_AT(nd_run,        artifacts),
     "artifactUrls",                                                  {ND_OPTIONAL, ND_LIST_OF(artifact_table, 256)},
     "Files that it made."                                                                                                                                       },
    {ND_AT(nd_run,        status),            "status",               {ND_ONE_OF(nd_run_states)},                     "Where it stands."                         },
    {ND_AT(nd_run,        status_reason),     "statusReason",         {ND_OPTIONAL},                                  "Why it stands there."                     },
    {ND_AT(nd_run,        voided),            "voided",               {ND_OPTIONAL},                                  "Born cancelled, so that it never starts." },
    {ND_STRUCT_AT(nd_run, error),
     "errorDetails",                                                  {ND_OPTIONAL, ND_INSIDE(error_table)},
     "Failure."                                                                                                                                                  },
    {ND_AT(nd_run,        cost),              "costUsd",              {ND_OPTIONAL, ND_MONEY},                        "What the provider takes."                 },
    {ND_AT(nd_run,        hold),              "holdUsd",              {ND_OPTIONAL, ND_MONEY},                        "Hold, as asked."                          },
    {ND_AT(nd_run,        hold_open),         "holdOpenUsd",          {ND_OPTIONAL, ND_MONEY},                        "Hold, as it is left."                     },
    {ND_AT(nd_run,        charged),           "chargedUsd",           {ND_OPTIONAL, ND_MONEY},                        "What it was charged."                     },
    {ND_AT(nd_run,        refunded),          "refundedUsd",          {ND_OPTIONAL, ND_MONEY},                        "What was given back."                     },
    {ND_AT(nd_run,        shortfall),         "shortUsd",             {ND_OPTIONAL, ND_MONEY},                        "Asked, but not charged."                  },
    {ND_STRUCT_AT(nd_run, settled),           "settled",              {ND_OPTIONAL, ND_INSIDE(settled_table)},        "Outcome."                                 },
    {ND_AT(nd_run,        exp),               "exp",                  {ND_OPTIONAL},                                  "Experience that it gave."                 },
    {ND_STRUCT_AT(nd_run, rate),              "costRate",             {ND_OPTIONAL, ND_INSIDE(rate_table)},           "Price list."                              },
    {ND_AT(nd_run,        requested_at),      "requestTimestamp",     {ND_PLAIN},                                     "When it was started."                     },
    {ND_AT(nd_run,        started_at),        "startedAt",            {ND_OPTIONAL},                                  "When the provider began."                 },
    {ND_AT(nd_run,        ended_at),          "responseTimestamp",    {ND_OPTIONAL},                                  "When it ended."                           },
    {ND_AT(nd_run,        duration_ms),       "durationMs",           {ND_OPTIONAL},                                  "From start to end."                       },
    {ND_AT(nd_run,        deadline),          "deadline",             {ND_OPTIONAL},                                  "After this it is timed out."              },
    {ND_AT(nd_run,        start_by),          "startBy",              {ND_OPTIONAL},                                  "Must be processing by then."              },
    {ND_AT(nd_run,        due),               "dueAt",                {ND_OPTIONAL},                                  "Its next deadline; only while it is open."},
    {ND_AT(nd_run,        provider_run),      "platformRunId",        {ND_OPTIONAL},                                  "The provider's name for it."              },
    {ND_AT(nd_run,        notify),            "notificationPlatform", {ND_OPTIONAL},                                  "Who delivers the result."                 },
    {ND_AT(nd_run,        notify_context),
     "notificationContext",                                           {ND_OPTIONAL},
     "Handed to who delivers."                                                                                                                                   },
    {ND_AT(nd_run,        delivery_status),
     "deliveryStatus",                                                {ND_OPTIONAL, ND_ONE_OF(nd_delivery_states)},
     "Where the delivery stands."                                                                                                                                },
    {ND_AT(nd_run,        delivery_attempts), "deliveryAttempts",     {ND_OPTIONAL},                                  "How often tried."                         },
    {ND_AT(nd_run,        delivery_error),    "deliveryError",        {ND_OPTIONAL},                                  "The last failure."                        },
    {ND_AT(nd_run,        delivered_at),      "deliveryTimestamp",    {ND_OPTIONAL},                                  "When it was sent."                        },
    {ND_STRUCT_AT(nd_run, delivery),
     "delivery",                                                      {ND_OPTIONAL, ND_INSIDE(delivery_table)},
     "The claim of who delivers."                                                                                                                                },
    {ND_AT(nd_run,        parent),            "parentId",             {ND_OPTIONAL},                                  "The run that this is a step of."          },
    {ND_AT(nd_run,        root),              "rootId",               {ND_OPTIONAL},                                  "The run whose hold it draws on."          },
    {ND_AT(nd_run,        step_key),          "stepKey",              {ND_OPTIONAL},                                  "Names the step in its parent."            },
    {ND_STRUCT_AT(nd_run, lease),
     "lease",                                                         {ND_OPTIONAL, ND_INSIDE(lease_table)},
     "Who works on it."                                                                                                                                          },
    {ND_AT(nd_run,        attempts),          "attempts",             {ND_OPTIONAL},                                  "How often work was begun."                },
    {ND_AT(nd_run,        progress),          "progress",             {ND_OPTIONAL},                                  "0 to 1."                                  },
    {ND_AT(nd_run,        progress_note),     "progressNote",         {ND_OPTIONAL},                                  "What it does now."                        },
    {ND_STRUCT_AT(nd_run, cancel),            "cancel",               {ND_OPTIONAL, ND_INSIDE(cancel_table)},         "Stop asked."                              },
    {ND_AT(nd_run,        entries),           "transactionIds",       {ND_OPTIONAL, ND_IDS(64)},                      "Its ledger entries."                      },
    {ND_AT(nd_run,        api_key),           "apiKeyId",             {ND_OPTIONAL},                                  "API key that it is counted against."      },
    {ND_AT(nd_run,        actor),             "actor",                {ND_OPTIONAL},                                  "Who started it."                          },
    {ND_AT(nd_run,        metadata),          "metadata",             {ND_OPTIONAL},                                  "The caller's own."                        },
    {ND_AT(nd_run,        updated),           "updatedAt",            {ND_OPTIONAL},                                  "When it was last written."                },
};
const nd_table nd_run_table = ND_TABLE(nd_run, fields);

static const nd_index indexes[] = {
    {.keys = "masterAccountId:1 requestTimestamp:-1", .serves = "runs of an account by date"},
    {.keys = "payerAccountId:1", .serves = "open holds of a payer", .only = "dueAt"},
    {.keys = "dueAt:1", .serves = "overdue runs", .only = "dueAt"},
    {.keys = "serviceName:1 platformRunId:1",
     .serves = "the run that a provider's webhook names",
     .only = "platformRunId",
     .unique = true},
    {.keys = "requestTimestamp:-1", .serves = "runs of all accounts by date"},
};
const nd_collection nd_run_collection = {
    "workflowExecutions", &nd_run_table, indexes, sizeof(indexes) / sizeof(indexes[0]),
    "Paid runs. What ended is never changed, except by refunds and delivery."};
