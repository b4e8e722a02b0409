/* What is in a command of each kind: whose, how much, until when. */
#include "generator_private.h"

#include <stddef.h>

#define MONEY_MAX (INT64_C(9000000000) * NOEMA_USD)
#define EXP_MAX INT64_C(9007199254740991)
#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define CENT (NOEMA_USD / 100)

enum { NO_KEY = 2000000000 };

/* Some are busier than others. */
static int
draw_account(generator *g)
{
    int64_t account = generator_below(g, MODEL_ACCOUNTS);
    int64_t other = generator_below(g, MODEL_ACCOUNTS);
    return (int)(other < account ? other : account);
}

static int64_t
available(const model *m, int account)
{
    const model_account *state = model_account_at(m, account);
    return state->credit - state->held;
}

/* 1 nano to 20 USD, all magnitudes. */
static int64_t
draw_amount(generator *g)
{
    if (generator_chance(g, 40)) {
        return CENT * (1 + generator_below(g, 2000));
    }
    int64_t bits = generator_below(g, 35);
    return 1 + generator_below(g, INT64_C(1) << bits);
}

/* What an account may spend: often little, at times all that it has, or one nano more. */
static int64_t
draw_spending(generator *g, const model *m, int account)
{
    int64_t all = available(m, account);
    int64_t dice = generator_below(g, 100);
    if (all > 0 && dice < 8) {
        return all;
    }
    if (all > 0 && all < MONEY_MAX && dice < 10) {
        return all + 1;
    }
    if (all > 0 && dice < 30) {
        return 1 + generator_below(g, all);
    }
    return draw_amount(g);
}

/* What is paid in: at times up to the bound, or one nano beyond it. */
static int64_t
draw_income(generator *g, const model *m, int account)
{
    int64_t room = MONEY_MAX - model_account_at(m, account)->credit;
    int64_t dice = generator_below(g, 400);
    if (room > 0 && dice < 2) {
        return room;
    }
    if (room < MONEY_MAX && dice == 2) {
        return room + 1;
    }
    return generator_chance(g, 50) ? draw_amount(g) : CENT * (1 + generator_below(g, 2000));
}

static int64_t
draw_expiry(generator *g, const model_account *account, int64_t now)
{
    int64_t dice = generator_below(g, 20);
    if (dice < 5) {
        return 0;
    }
    if (dice < 9) {
        return now + 1 + generator_below(g, 3000);
    }
    if (dice < 13) {
        return (now / DAY_MS + 1 + dice % 3) * DAY_MS;
    }
    if (dice < 14) {
        return (now / DAY_MS + 31) * DAY_MS;
    }
    if (dice < 17 && account->grant_count > 0) {
        return account->grants[generator_below(g, account->grant_count)].expires;
    }
    if (dice < 19) {
        return now + 1 + generator_below(g, 40 * DAY_MS);
    }
    return now > 10 ? now - generator_below(g, 10) : 0;
}

static void
fill_bonus(generator *g, const model *m, int64_t now, model_command *command)
{
    command->amount = draw_income(g, m, command->account);
    command->expires = draw_expiry(g, model_account_at(m, command->account), now);
}

static void
fill_credit(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)now;
    command->amount = draw_income(g, m, command->account);
}

static void
fill_debit(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)now;
    command->amount = draw_spending(g, m, command->account);
    command->up_to = generator_chance(g, 30);
}

/* A part of what was charged, so that several refunds share it. */
static int64_t
draw_part(generator *g, int64_t charged)
{
    int64_t dice = generator_below(g, 10);
    if (charged <= 0 || charged > MONEY_MAX) {
        return draw_amount(g);
    }
    if (dice < 2) {
        return charged;
    }
    if (dice == 2 && charged < MONEY_MAX) {
        return charged + 1;
    }
    return dice < 6 ? 1 + charged / 3 : 1 + generator_below(g, charged);
}

static void
fill_refund(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)m;
    (void)now;
    int64_t dice = generator_below(g, 100);
    const model_command *target = generator_recall(g, &g->debits);
    command->of_run = dice < 35;
    if (command->of_run) {
        target = generator_recall(g, dice < 30 ? &g->settles : &g->starts);
    } else if (dice < 39) {
        target = generator_recall(g, &g->money);
    }
    command->target = NO_KEY;
    if (target != NULL && dice < 98) {
        command->account = target->account;
        command->target = target->kind == MODEL_SETTLE ? target->target : target->key;
    }
    if (command->kind == MODEL_REFUND) {
        int64_t charged = target == NULL ? 0 : target->amount + target->charge;
        command->amount = draw_part(g, charged);
    }
}

static void
fill_exp(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)now;
    int64_t exp = model_account_at(m, command->account)->exp;
    int64_t dice = generator_below(g, 40);
    command->exp = generator_below(g, 1200) - 200;
    if (dice == 0) {
        command->exp = EXP_MAX - exp;
    } else if (dice == 1) {
        command->exp = EXP_MAX - exp + 1;
    } else if (dice == 2) {
        command->exp = -EXP_MAX - exp - generator_below(g, 2);
    } else if (dice < 6) {
        command->exp = -exp; /* away from the bound again */
    }
    if (command->exp == 0) {
        command->exp = 1;
    }
    if (command->exp > EXP_MAX || command->exp < -EXP_MAX) {
        command->exp = command->exp < 0 ? -EXP_MAX : EXP_MAX;
    }
}

static void
fill_start(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)now;
    int64_t dice = generator_below(g, 100);
    if (dice < 40) {
        command->payer = draw_account(g);
    }
    if (dice < 25) {
        command->fallback = dice < 15 ? command->account : draw_account(g);
    }
    if (command->fallback == command->payer) {
        command->fallback = -1;
    }
    int payer = command->payer < 0 ? command->account : command->payer;
    command->hold = generator_chance(g, 12) ? 0 : draw_spending(g, m, payer);
    command->rate = generator_chance(g, 40) ? 0 : 1 + generator_below(g, 40 * CENT);
    command->tool = (int32_t)generator_below(g, 3);
    dice = generator_below(g, 100);
    command->lifetime = dice < 50 ? 900000 : 9 * DAY_MS;
    if (dice < 15) {
        command->lifetime = 1 + generator_below(g, 3000);
    }
}

/* Units that cost about as much as was held. */
static int64_t
draw_units(generator *g, const model_command *start)
{
    if (start == NULL || start->rate == 0 || generator_chance(g, 30)) {
        return generator_below(g, 100000);
    }
    if (generator_below(g, 100) == 0) {
        return INT64_C(1) << 62;
    }
    int64_t units = start->hold / start->rate;
    if (units > INT64_MAX / 4000) {
        return units;
    }
    return generator_below(g, units * 1500 + 1000);
}

static int64_t
draw_charge(generator *g, const model *m, int64_t hold)
{
    int64_t dice = generator_below(g, 100);
    if (dice < 8) {
        return 0;
    }
    if (dice < 20) {
        return hold;
    }
    if (dice < 60) {
        return generator_below(g, hold + 1);
    }
    if (dice == 60) {
        return MONEY_MAX + generator_below(g, 2);
    }
    int64_t more = draw_spending(g, m, draw_account(g));
    return hold > MONEY_MAX - more ? MONEY_MAX : hold + more;
}

static void
fill_price(generator *g, const model *m, const model_command *start, model_command *command)
{
    int64_t dice = generator_below(g, 100);
    if (command->state != NOEMA_RUN_COMPLETED && dice < 60) {
        return;
    }
    dice = generator_below(g, 100);
    if (dice < 40) {
        command->price = NOEMA_PRICE_AMOUNT;
        command->charge = draw_charge(g, m, start == NULL ? 0 : start->hold);
    } else if (dice < 65) {
        command->price = NOEMA_PRICE_UNITS;
        command->units_milli = draw_units(g, start);
    } else if (dice < 97) {
        command->price = dice < 85 ? NOEMA_PRICE_HOLD : NOEMA_PRICE_FREE;
    }
}

static void
aim_at_run(generator *g, model_command *command, const model_command *start)
{
    command->target = NO_KEY;
    if (start != NULL && !generator_chance(g, 1)) {
        command->account = start->account;
        command->target = start->key;
    }
}

static void
fill_settle(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)now;
    static const int32_t states[] = {NOEMA_RUN_COMPLETED, NOEMA_RUN_COMPLETED, NOEMA_RUN_COMPLETED,
                                     NOEMA_RUN_FAILED,    NOEMA_RUN_TIMEOUT,   NOEMA_RUN_CANCELLED};
    const generator_ring *ring = generator_chance(g, 90) ? &g->opened : &g->starts;
    const model_command *start = generator_recall(g, ring);
    aim_at_run(g, command, start);
    command->state = states[generator_below(g, 6)];
    fill_price(g, m, start, command);
    int64_t dice = generator_below(g, 10);
    command->overrun = dice < 5   ? NOEMA_OVERRUN_CAP
                       : dice < 8 ? NOEMA_OVERRUN_CHARGE
                                  : NOEMA_OVERRUN_REFUSE;
    dice = generator_below(g, 200);
    if (dice == 0) {
        command->exp = EXP_MAX - generator_below(g, 200);
    } else if (dice < 80) {
        command->exp = generator_below(g, 100);
    }
}

static void
fill_reap(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)m;
    (void)now;
    aim_at_run(g, command, generator_recall(g, &g->starts));
}

static bool
is_closed(const model *m, int account)
{
    return model_account_at(m, account)->status > NOEMA_ACCOUNT_ACTIVE;
}

static void
fill_status(generator *g, const model *m, int64_t now, model_command *command)
{
    (void)now;
    static const int32_t states[] = {NOEMA_ACCOUNT_ACTIVE,
                                     NOEMA_ACCOUNT_PENDING,
                                     NOEMA_ACCOUNT_SUSPENDED,
                                     NOEMA_ACCOUNT_SUSPENDED,
                                     NOEMA_ACCOUNT_DEACTIVATED_BY_USER,
                                     NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN,
                                     NOEMA_ACCOUNT_ERASED};
    command->state = states[generator_below(g, 7)];
    if (generator_chance(g, 15)) {
        return;
    }
    for (int account = 0; account < MODEL_ACCOUNTS; account++) {
        if (is_closed(m, account)) {
            command->account = account;
            command->state = NOEMA_ACCOUNT_ACTIVE;
        }
    }
}

void
generator_fill_crowd(generator *g, const model *m, int64_t now, model_command *command)
{
    const model_account *account = model_account_at(m, g->crowd_account);
    int64_t dice = generator_below(g, 100);
    command->account = g->crowd_account;
    if (dice < 80 || account->grant_count == 0) {
        command->kind = MODEL_BONUS;
        command->amount = 1 + generator_below(g, CENT);
        command->expires = now + HOUR_MS + generator_below(g, 25 * DAY_MS);
        return;
    }
    const model_command *spent = generator_recall(g, &g->debits);
    if (dice < 90 || spent == NULL || spent->account != g->crowd_account) {
        command->kind = MODEL_DEBIT;
        command->amount = account->grants[0].amount + generator_below(g, 3);
        return;
    }
    command->kind = MODEL_REFUND_ALL;
    command->target = spent->key;
}

typedef void filler(generator *g, const model *m, int64_t now, model_command *command);

void
generator_fill(generator *g, const model *m, int64_t now, model_command *command)
{
    static filler *const fillers[] = {
        [MODEL_CREDIT] = fill_credit,
        [MODEL_BONUS] = fill_bonus,
        [MODEL_DEBIT] = fill_debit,
        [MODEL_REFUND] = fill_refund,
        [MODEL_REFUND_ALL] = fill_refund,
        [MODEL_ADD_EXP] = fill_exp,
        [MODEL_VOID] = NULL,
        [MODEL_VOID_PAYMENT] = NULL,
        [MODEL_START] = fill_start,
        [MODEL_SETTLE] = fill_settle,
        [MODEL_REAP] = fill_reap,
        [MODEL_VOID_RUN] = NULL,
        [MODEL_SET_STATUS] = fill_status,
    };
    command->account = draw_account(g);
    if (fillers[command->kind] != NULL) {
        fillers[command->kind](g, m, now, command);
    }
}
