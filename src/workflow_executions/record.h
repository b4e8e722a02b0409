/* The record of `workflowExecutions`: one paid run, from its hold to its settlement. */
#ifndef ND_WORKFLOW_EXECUTIONS_RECORD_H
#define ND_WORKFLOW_EXECUTIONS_RECORD_H

#include "core/text.h"
#include "core/values.h"

typedef enum nd_overrun {
    ND_OVERRUN_CAP = 1,
    ND_OVERRUN_CHARGE,
    ND_OVERRUN_REFUSE
} nd_overrun; /* the word; NOEMA_OVERRUN_... + 1 */

typedef struct nd_rate {
    nd_money amount;
    nd_word unit;
} nd_rate;

typedef struct nd_artifact {
    nd_text url;
    nd_text type;
} nd_artifact;

typedef struct nd_run_error {
    nd_text code;
    nd_text message;
} nd_run_error;

/* What the settle asked: a repeated one is compared with it. */
typedef struct nd_settled {
    nd_money asked;
    nd_word overrun;
    nd_id entry;
} nd_settled;

typedef struct nd_lease {
    nd_text owner;
    nd_text token;
    nd_time expires;
} nd_lease;

typedef struct nd_cancel {
    nd_time requested;
    nd_text reason;
    nd_text actor;
} nd_cancel;

typedef struct nd_delivery {
    nd_text token;
    nd_time claimed_until;
    nd_time next_attempt;
} nd_delivery;

typedef struct nd_run {
    nd_id id;
    nd_id owner;
    nd_id payer;
    nd_list payers; /* of nd_id: as asked, when not the owner alone */
    nd_text key;
    nd_text session;
    nd_text event;
    nd_text service;
    nd_text tool;
    nd_text tool_name;
    nd_text workflow;
    nd_bson input;
    nd_bson output;
    nd_list artifacts; /* of nd_artifact */
    nd_word status;    /* NOEMA_RUN_... */
    nd_text status_reason;
    bool voided;
    nd_run_error error;
    nd_money cost;
    nd_money hold;
    nd_money hold_open;
    nd_money charged;
    nd_money refunded;
    nd_money shortfall;
    nd_settled settled;
    int64_t exp;
    nd_rate rate;
    nd_time requested_at;
    nd_time started_at;
    nd_time ended_at;
    int64_t duration_ms;
    nd_time deadline;
    nd_time start_by;
    nd_time due; /* the deadline, while the run is open: what the reaper looks for */
    nd_text provider_run;
    nd_text notify;
    nd_bson notify_context;
    nd_word delivery_status;
    int32_t delivery_attempts;
    nd_text delivery_error;
    nd_time delivered_at;
    nd_delivery delivery;
    nd_id parent;
    nd_id root;
    nd_text step_key;
    nd_lease lease;
    int32_t attempts;
    double progress;
    nd_text progress_note;
    nd_cancel cancel;
    nd_list entries; /* of nd_id */
    nd_text api_key;
    nd_text actor;
    nd_bson metadata;
    nd_time updated;
} nd_run;

extern const nd_words nd_run_states;
extern const nd_words nd_overruns;
extern const nd_words nd_rate_units;
extern const nd_words nd_delivery_states;

struct nd_table;
struct nd_collection;
extern const struct nd_table nd_run_table;
extern const struct nd_collection nd_run_collection;

#endif
