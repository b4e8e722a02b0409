/* What the parts of the model share: accounts, entries and runs in plain arrays, and a table of
 * keys. Entries and runs are only appended; nothing here is seen by the tests that compare. */
#ifndef ND_TESTS_MODEL_PRIVATE_H
#define ND_TESTS_MODEL_PRIVATE_H

#include "model.h"

__extension__ typedef __int128 model_wide;

#define MODEL_MONEY_MAX (INT64_C(9000000000) * NOEMA_USD)
#define MODEL_EXP_MAX INT64_C(9007199254740991)
#define MODEL_DAY_MS INT64_C(86400000)

enum { MODEL_PARTS = 32768, MODEL_SLOTS = 16384 };

typedef enum model_type {
    MODEL_TYPE_CREDIT = 1,
    MODEL_TYPE_BONUS,
    MODEL_TYPE_DEBIT,
    MODEL_TYPE_CHARGE,
    MODEL_TYPE_REFUND,
    MODEL_TYPE_EXP,
    MODEL_TYPE_VOID,
    MODEL_TYPE_EXPIRY
} model_type;

typedef enum model_mode { MODEL_MODE_NONE = 0, MODEL_MODE_UP_TO, MODEL_MODE_ALL } model_mode;

/* The three name spaces of keys. */
typedef enum model_domain { MODEL_MONEY = 1, MODEL_PAYMENTS, MODEL_STARTS } model_domain;

/* A debit or charge remembers which grants it burned: `part_count` parts, earliest expiry first. */
typedef struct model_part {
    int64_t expires, amount;
} model_part;

/* What was asked (type, account, requested, mode, refund_of, run, exp), and what came of it. */
typedef struct model_entry {
    model_type type;
    model_mode mode;
    int account;        /* -1 = nobody's */
    int refund_of, run; /* refund: the entry or the run that the request names, else -1 */
    int64_t requested, exp;
    int64_t amount, promo, shortfall; /* signed, as in a receipt */
    int64_t seq, balance;
    int64_t refunded; /* debit, charge: what went back so far */
    int first_part, part_count;
} model_entry;

typedef struct model_run {
    int owner, payer;
    int asked_payer, asked_fallback; /* the owner when none was named; -1 = no fallback */
    int32_t tool;
    int64_t hold, rate, deadline;
    bool voided;   /* born by VOID_RUN */
    int32_t state; /* NOEMA_RUN_... */
    int64_t hold_open, charged, refunded, shortfall;
    int64_t asked; /* the outcome that a replay is compared with */
    int32_t overrun;
    int entry; /* of the charge, -1 = none */
} model_run;

typedef struct model_slot {
    int domain, account, key;
    int value; /* index + 1; 0 = empty */
} model_slot;

struct model {
    model_account accounts[MODEL_ACCOUNTS];
    int entry_count, run_count, part_count;
    model_entry entries[MODEL_ENTRIES];
    model_run runs[MODEL_RUNS];
    model_part parts[MODEL_PARTS];
    model_slot slots[MODEL_SLOTS];
};

static inline int64_t
model_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t
model_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t
model_available(const model_account *account)
{
    return account->credit - account->held;
}

/* model.c: keys, entries, answers. */

/* The index of the entry or run that has the key, -1 = unknown. Payments: account -1. */
int model_key_find(const model *m, model_domain domain, int account, int key);
void model_key_add(model *m, model_domain domain, int account, int key, int index);
/* Books the entry on its account (which is born by it) and fills seq and balance. The index. */
int model_entry_write(model *m, const model_entry *entry);
/* Makes the answer a refusal that says nothing else. field and reason may be "". */
noema_status model_refuse(model_answer *answer, noema_status status, const char *field,
                          const char *reason);
/* Why the account may not do such a command; NULL: it may. */
const char *model_denial(const model_account *account, model_kind kind);
void model_answer_account(const model *m, int account, model_answer *answer);
void model_answer_entry(const model *m, const model_entry *entry, model_answer *answer);

/* model_grants.c */

/* Writes off what has expired and no hold needs, an entry each. */
void model_expire(model *m, int account, int64_t now);
/* false: the grant would be one too many. */
bool model_grant_fits(const model_account *account, int64_t expires);
/* Joins the equal grant; when there is no room for a new one, the nearest later, else the last. */
void model_grant_add(model_account *account, int64_t expires, int64_t amount);
/* Takes `amount` out of the grants first, and notes the parts and `promo` in the entry. The credit
 * itself moves when the entry is written. */
void model_burn(model *m, model_account *account, int64_t amount, model_entry *entry);
/* Gives back the next `amount` of what `used` took. What became grants; the credit itself moves
 * when the entry is written. */
int64_t model_give_back(model *m, model_account *account, int64_t now, const model_entry *used,
                        int64_t amount);

/* model_money.c: every keyed kind that leaves an entry. */
void model_money(model *m, int64_t now, const model_command *command, model_answer *answer);

/* model_runs.c */
void model_start(model *m, int64_t now, const model_command *command, model_answer *answer);
void model_settle(model *m, int64_t now, const model_command *command, model_answer *answer);
void model_reap(model *m, int64_t now, const model_command *command, model_answer *answer);
void model_void_run(model *m, int64_t now, const model_command *command, model_answer *answer);

#endif
