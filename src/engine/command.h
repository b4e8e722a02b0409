/* A command: one thing that is asked of the engine, with all that it needs, and its answer. */
#ifndef ND_ENGINE_COMMAND_H
#define ND_ENGINE_COMMAND_H

#include "core/clock.h"
#include "core/error.h"
#include "core/values.h"
#include "transactions/transactions.h"
#include "workflow_executions/workflow_executions.h"

typedef enum nd_kind {
    ND_CREDIT = 1,
    ND_BONUS,
    ND_DEBIT,
    ND_REFUND, /* mode ALL: whatever is left */
    ND_ADD_EXP,
    ND_VOID,
    ND_VOID_PAYMENT, /* account none: of a payment's key */
    ND_START,
    ND_SETTLE,
    ND_TIME_OUT, /* the system's: ends a run whose deadline has passed */
    ND_VOID_RUN
} nd_kind;

/* Public structs, so that an answer needs no conversion. A refused command has its status in
 * receipt.status and error. */
typedef struct nd_answer {
    noema_receipt receipt;
    noema_run run;
    noema_error error;
} nd_answer;

typedef enum nd_stage {
    ND_STAGE_RESOLVING, /* its accounts are being looked up */
    ND_STAGE_QUEUED,
    ND_STAGE_TAKEN, /* part of a batch: only that ends it */
    ND_STAGE_DONE
} nd_stage;

enum { ND_COMMAND_ACCOUNTS = 3 };

typedef struct nd_command nd_command;
/* Called once, from a thread of the engine (or, at stop, of the closer); must not block. The
 * command is the callee's again. */
typedef void (*nd_done)(nd_command *command, void *context);

struct nd_command {
    /* What is asked; texts and documents are the command's own after nd_command_own. */
    nd_kind kind;
    nd_request request; /* money */
    nd_start start;
    nd_settle settle;
    nd_id run;            /* SETTLE, TIME_OUT, REFUND of a run */
    nd_id entry;          /* REFUND of an entry */
    nd_id expect_account; /* REFUND: the account that the caller named, if it did */
    nd_text service;      /* SETTLE: what a webhook knows instead of run */
    nd_text provider_run;
    nd_deadline deadline;
    nd_done done;
    void *context;

    /* The engine's. */
    nd_command *next;
    nd_command *previous;
    uint64_t order;
    nd_stage stage;
    bool abandoned; /* its caller has gone: the engine frees it */
    int64_t queued_us;
    nd_id accounts[ND_COMMAND_ACCOUNTS]; /* whose documents it may write */
    uint8_t account_count;
    nd_id record;      /* _id of the record that it makes */
    nd_id touched_run; /* the run whose document it may write */
    bool known;        /* its answer comes from a record that was stored before */
    nd_time attempted; /* when an attempt whose commit is unknown settled its run */
    nd_hash attempt;   /* entry hash of an attempt whose commit is unknown */
    nd_answer answer;
    void *owned;
};

/* Zeroed. */
nd_command *nd_command_new(nd_kind kind);
void nd_command_free(nd_command *command);
/* Copies all texts and documents, so that the caller's may go. */
void nd_command_own(nd_command *command);
/* Bytes of the documents that it will write, roughly. */
size_t nd_command_weight(const nd_command *command);
/* The deadline of the one that may wait longest; count > 0. */
nd_deadline nd_commands_latest(nd_command *const *commands, size_t count);
/* Ends it: the status goes into receipt, too. error NULL: OK. */
void nd_command_refuse(nd_command *command, const noema_error *error);

#endif
