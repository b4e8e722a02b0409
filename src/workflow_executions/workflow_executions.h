/* The law of paid runs: a run puts its price on hold, and its settlement spends it. Pure functions
 * on records; an operation that is refused has changed nothing. start.c, settle.c, refund.c. */
#ifndef ND_WORKFLOW_EXECUTIONS_WORKFLOW_EXECUTIONS_H
#define ND_WORKFLOW_EXECUTIONS_WORKFLOW_EXECUTIONS_H

#include "core/error.h"
#include "core/memory.h"
#include "transactions/transactions.h"
#include "user_economy/user_economy.h"
#include "workflow_executions/record.h"

/* What a start asks. */
typedef struct nd_start {
    nd_id owner;
    nd_text key;
    nd_id payer;    /* none: the owner */
    nd_id fallback; /* none: nobody else */
    nd_text tool;
    nd_text service;
    nd_money hold;
    nd_rate rate;
    int64_t lifetime_ms;
    nd_text token; /* random: proves that a stored run is this start's */
    nd_text actor;
    nd_bson input;
    nd_bson metadata;
} nd_start;

/* What a settlement asks. */
typedef struct nd_settle {
    nd_word state; /* NOEMA_RUN_..., a final one */
    int32_t price; /* NOEMA_PRICE_..., 0 = not said */
    nd_money charge;
    int64_t units_milli;
    nd_word overrun; /* nd_overrun */
    int64_t exp;
    nd_money cost;
    nd_bson output;
    nd_list artifacts; /* of nd_artifact */
    nd_text error_code;
    nd_text error_text;
    nd_text reason; /* why it stands there, in a word */
    nd_text actor;
} nd_settle;

nd_id nd_run_id(nd_id owner, nd_text key);
/* Pending, queued or processing. */
bool nd_run_is_open(const nd_run *run);
bool nd_run_is_due(const nd_run *run, nd_time now);
/* Whose credit it concerns: who pays, or the owner, of a run that nobody pays (it was voided). */
nd_id nd_run_payer(const nd_run *run);

/* Puts the hold on the first payer that can, and makes the run. payers: those asked, in order; the
 * owner's account is written, too. */
ND_MUST noema_status nd_run_start(const nd_start *ask, nd_economy *owner, nd_economy **payers,
                                  size_t payer_count, const nd_law *law, nd_run *run,
                                  noema_error *error);
/* A run born cancelled: its key is taken. */
void nd_run_void(const nd_start *ask, const nd_law *law, nd_run *run);
/* Compares a start with the run that is stored under its key. */
ND_MUST noema_status nd_run_same(const nd_run *stored, const nd_start *ask, noema_error *error);

/* Ends an open run: charge, hold, exp, outcome. *entry is begun and booked when money or exp moves:
 * then its seq is not 0. */
ND_MUST noema_status nd_run_settle(nd_run *run, nd_economy *payer, const nd_law *law,
                                   const nd_settle *ask, nd_entry *entry, noema_error *error);
/* Ends an open run whose deadline has passed. */
void nd_run_time_out(nd_run *run, nd_economy *payer, const nd_law *law);
/* Compares a settlement with the outcome of a run that has ended: OK: the same. */
ND_MUST noema_status nd_run_settled_same(const nd_run *run, const nd_settle *ask,
                                         noema_error *error);

/* What is true of every run. NULL: sound. */
const char *nd_run_unsound(const nd_run *run);

#endif
