/* A second, independent model of the rules of money: small accounts in plain arrays, written from
 * the rules and not from the library's code. The test plays the same random commands to both and
 * compares every answer and every balance. It knows no BSON, no hashing, no server. */
#ifndef ND_TESTS_MODEL_H
#define ND_TESTS_MODEL_H

#include <noemadb.h>

enum {
    MODEL_ACCOUNTS = 6,
    MODEL_GRANTS = 128, /* the library's bound */
    MODEL_ENTRIES = 4096,
    MODEL_RUNS = 1024
};

typedef enum model_kind {
    MODEL_CREDIT = 1,
    MODEL_BONUS,
    MODEL_DEBIT,
    MODEL_REFUND,     /* of an entry (by its key) or of a run (by its key) */
    MODEL_REFUND_ALL, /* the same, whatever is left; amount 0 */
    MODEL_ADD_EXP,
    MODEL_VOID,         /* of a money key of an account */
    MODEL_VOID_PAYMENT, /* of a payment's key; leaves an entry that belongs to nobody */
    MODEL_START,
    MODEL_SETTLE,
    MODEL_REAP, /* times the run out when its deadline has passed; else nothing happens, OK */
    MODEL_VOID_RUN,
    MODEL_SET_STATUS /* the administrator's; not keyed */
} model_kind;

/* Keys are numbers; the players turn them into text. Money keys belong to an account, payments
 * (CREDIT, VOID_PAYMENT) to nobody, runs (START, VOID_RUN) to their owner: three name spaces. */
typedef struct model_command {
    model_kind kind;
    int account;  /* 0 .. MODEL_ACCOUNTS - 1: whose; the run's owner. For SETTLE and REAP, and the
                    refund of a run: the run's owner (with target: the run's key). For the refund
                    of an entry: the account whose entry `target` is */
    int payer;    /* START: account that pays, -1 = the owner */
    int fallback; /* START: pays when payer can't, -1 = none; only with payer >= 0 */
    int key;
    int target;     /* REFUND*: key of the debit, or (with of_run) of the run's start; SETTLE, REAP:
                          key of the run's start */
    bool of_run;    /* REFUND* */
    int64_t amount; /* nano-USD, > 0 where the kind has one (the generator never sends others) */
    bool up_to;     /* DEBIT */
    int64_t expires;  /* BONUS: ms, 0 = never */
    int64_t exp;      /* ADD_EXP, != 0; SETTLE: >= 0 */
    int64_t hold;     /* START, >= 0 */
    int64_t rate;     /* START: price of a unit, 0 = none; unit is always "second" */
    int64_t lifetime; /* START: ms until the deadline */
    int32_t tool;     /* START: a number, compared on a replay */
    int32_t state;    /* SETTLE: NOEMA_RUN_COMPLETED .. CANCELLED; SET_STATUS: NOEMA_ACCOUNT_... */
    int32_t price;    /* SETTLE: NOEMA_PRICE_..., 0 = not said */
    int64_t charge;   /* SETTLE, PRICE_AMOUNT: >= 0 */
    int64_t units_milli; /* SETTLE, PRICE_UNITS: thousandths of the unit, >= 0 */
    int32_t overrun;     /* SETTLE: NOEMA_OVERRUN_... */
} model_command;

typedef struct model_answer {
    noema_status status;
    char field[32];                  /* with INVALID, KEY_REUSED, LIMIT: which argument */
    char reason[32];                 /* with DENIED, KEY_REUSED */
    int64_t needed, error_available; /* with INSUFFICIENT_FUNDS */
    bool replayed, partial, voided;
    int account;                                /* whose money moved, -1 = nobody's */
    int64_t amount, promo, shortfall, exp, seq; /* of the entry; 0 when none was written */
    int64_t balance;                            /* after the entry, also in a replay */
    int64_t held, available;                    /* as of now */
    int32_t run_state; /* START, SETTLE, VOID_RUN: of the run, also when refused for its state */
    int64_t run_charged, run_refunded, run_short, run_hold_open;
} model_answer;

/* What there is to compare after each step. Grants sorted: earliest expiry first, "never" last. */
typedef struct model_account {
    bool exists; /* its economy document was born */
    int32_t status;
    int64_t credit, held, exp, seq;
    int grant_count;
    struct {
        int64_t expires, amount;
    } grants[MODEL_GRANTS];
} model_account;

typedef struct model model;

model *model_new(void);
void model_free(model *model);
/* One command, at `now` (ms). A refusal leaves the state as it was, except for what was due. */
void model_apply(model *model, int64_t now, const model_command *command, model_answer *answer);
const model_account *model_account_at(const model *model, int account);
/* true while there is room for one more command that writes. */
bool model_has_room(const model *model);

#endif
