/* Which command comes next, when, and under which key: fresh, or one that was seen before. */
#include "generator_private.h"

#include <stddef.h>

enum { CROWD = 240, FIRST_UNSENT_KEY = 1 };

static const struct {
    model_kind kind;
    int weight;
} kinds[] = {
    {MODEL_DEBIT,        22},
    {MODEL_CREDIT,       10},
    {MODEL_BONUS,        10},
    {MODEL_REFUND,       8 },
    {MODEL_REFUND_ALL,   3 },
    {MODEL_ADD_EXP,      3 },
    {MODEL_VOID,         4 },
    {MODEL_VOID_PAYMENT, 1 },
    {MODEL_START,        16},
    {MODEL_SETTLE,       17},
    {MODEL_REAP,         2 },
    {MODEL_VOID_RUN,     2 },
    {MODEL_SET_STATUS,   2 },
};

void
generator_init(generator *g, uint64_t seed)
{
    *g = (generator){.state = seed, .next_key = FIRST_UNSENT_KEY};
}

int64_t
generator_below(generator *g, int64_t n)
{
    g->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = g->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((z ^ z >> 31) % (uint64_t)n);
}

bool
generator_chance(generator *g, int percent)
{
    return generator_below(g, 100) < percent;
}

static void
remember(generator_ring *ring, const model_command *command)
{
    ring->items[ring->count++ % GENERATOR_RECENT] = *command;
}

const model_command *
generator_recall(generator *g, const generator_ring *ring)
{
    if (ring->count == 0) {
        return NULL;
    }
    int64_t kept = ring->count < GENERATOR_RECENT ? ring->count : GENERATOR_RECENT;
    int64_t age = generator_below(g, kept);
    int64_t other = generator_below(g, kept);
    age = other < age ? other : age;
    return &ring->items[(ring->count - 1 - age) % GENERATOR_RECENT];
}

static bool
is_refund(model_kind kind)
{
    return kind == MODEL_REFUND || kind == MODEL_REFUND_ALL;
}

static bool
is_void(model_kind kind)
{
    return kind == MODEL_VOID || kind == MODEL_VOID_PAYMENT || kind == MODEL_VOID_RUN;
}

/* The ring of the commands that share the kind's keys (a settle's: its outcomes); NULL: no keys. */
static generator_ring *
ring_of(generator *g, model_kind kind)
{
    if (kind == MODEL_CREDIT || kind == MODEL_VOID_PAYMENT) {
        return &g->payments;
    }
    if (kind == MODEL_START || kind == MODEL_VOID_RUN) {
        return &g->starts;
    }
    if (kind == MODEL_SETTLE) {
        return &g->settles;
    }
    return kind == MODEL_REAP || kind == MODEL_SET_STATUS ? NULL : &g->money;
}

static void
advance(generator *g, int64_t *now)
{
    int64_t dice = generator_below(g, 1000);
    if (g->crowd_left > 0 || dice < 500) {
        *now += dice % 2;
    } else if (dice < 750) {
        *now += generator_below(g, 20);
    } else if (dice < 930) {
        *now += generator_below(g, 2000);
    } else if (dice < 950) {
        *now += generator_below(g, 300000);
    } else if (dice < 952) {
        *now += generator_below(g, INT64_C(4) * 86400000);
    } else if (*now > 2000) {
        *now -= generator_below(g, 1500);
    }
}

static model_kind
draw_kind(generator *g)
{
    int64_t dice = generator_below(g, 100);
    for (size_t at = 0; at < sizeof kinds / sizeof kinds[0]; at++) {
        dice -= kinds[at].weight;
        if (dice < 0) {
            return kinds[at].kind;
        }
    }
    return MODEL_DEBIT;
}

/* Takes one thing of `fresh`, a command of the same kind, into a command seen before. */
static void
mutate(generator *g, model_command *command, const model_command *fresh)
{
    switch (generator_below(g, 7)) {
    case 0:
        command->kind = fresh->kind;
        command->amount = fresh->amount;
        command->exp = fresh->exp;
        break;
    case 1:
        command->up_to = fresh->up_to;
        command->expires = fresh->expires;
        command->tool = fresh->tool;
        break;
    case 2:
        command->account = command->kind == MODEL_SETTLE ? command->account : fresh->account;
        command->target = command->kind == MODEL_SETTLE ? command->target : fresh->target;
        command->of_run = fresh->of_run;
        break;
    case 3:
        command->payer = fresh->payer;
        command->fallback = fresh->fallback;
        command->state = fresh->state;
        break;
    case 4:
        command->fallback = command->payer == fresh->payer ? fresh->fallback : -1;
        command->overrun = fresh->overrun;
        break;
    case 5:
        command->hold = fresh->hold;
        command->lifetime = fresh->lifetime;
        break;
    default:
        command->rate = fresh->rate;
        command->price = fresh->price;
        command->charge = fresh->charge;
        command->units_milli = fresh->units_milli;
        break;
    }
}

static bool
is_of_kind(const model_command *old, model_kind kind)
{
    return old->kind == kind || (is_refund(old->kind) && is_refund(kind));
}

/* Asks again what was asked before, mostly all the same; false: nothing of the kind was. */
static bool
ask_again(generator *g, model_command *command, const generator_ring *ring)
{
    for (int tries = 0; tries < 8; tries++) {
        const model_command *old = generator_recall(g, ring);
        if (old == NULL || !is_of_kind(old, command->kind)) {
            continue;
        }
        model_command fresh = *command;
        *command = *old;
        int64_t changes = generator_below(g, 4) - 1;
        for (int64_t at = 0; at < changes; at++) {
            mutate(g, command, &fresh);
        }
        return true;
    }
    return false;
}

/* Gives the command a key that another one had. A refund's account is its target's; of another
 * refund it takes all but the target. */
static void
take_key(generator *g, model_command *command, const generator_ring *ring)
{
    const model_command *old = generator_recall(g, ring);
    if (old == NULL) {
        return;
    }
    command->key = old->key;
    if (!is_refund(command->kind)) {
        command->account = old->account;
    } else if (is_refund(old->kind)) {
        command->kind = old->kind;
        command->amount = old->amount;
    }
}

static void
choose_key(generator *g, model_command *command)
{
    const generator_ring *ring = ring_of(g, command->kind);
    if (command->kind != MODEL_SETTLE) {
        command->key = g->next_key++;
    }
    if (is_void(command->kind)) {
        if (generator_chance(g, 60)) {
            take_key(g, command, ring);
        }
        return;
    }
    int64_t dice = generator_below(g, 100);
    if (dice < 12) {
        (void)ask_again(g, command, ring);
    } else if (dice < 16 && command->kind != MODEL_SETTLE) {
        take_key(g, command, ring);
    }
    if (command->payer < 0 || command->payer == command->fallback) {
        command->fallback = -1;
    }
}

/* Whether the money for it seems to be there; what is refunded and settled is drawn from these. */
static bool
is_payable(const model *m, const model_command *command)
{
    const model_account *payer =
        model_account_at(m, command->payer < 0 ? command->account : command->payer);
    int64_t needed = command->amount + command->hold;
    return payer->status <= NOEMA_ACCOUNT_ACTIVE &&
           (command->up_to || needed <= payer->credit - payer->held);
}

static void
keep(generator *g, const model *m, const model_command *command)
{
    generator_ring *ring = ring_of(g, command->kind);
    if (ring != NULL) {
        remember(ring, command);
    }
    if (command->kind == MODEL_DEBIT && is_payable(m, command)) {
        remember(&g->debits, command);
    }
    if (command->kind == MODEL_START && is_payable(m, command)) {
        remember(&g->opened, command);
    }
}

void
generator_next(generator *g, const model *m, int64_t *now, model_command *command)
{
    advance(g, now);
    *command = (model_command){.payer = -1, .fallback = -1};
    if (g->crowd_left == 0 && generator_below(g, 3000) == 0) {
        g->crowd_left = CROWD;
        g->crowd_account = (int)generator_below(g, MODEL_ACCOUNTS);
    }
    if (g->crowd_left > 0) {
        g->crowd_left--;
        generator_fill_crowd(g, m, *now, command);
        command->key = g->next_key++;
    } else {
        command->kind = draw_kind(g);
        generator_fill(g, m, *now, command);
        if (ring_of(g, command->kind) != NULL) {
            choose_key(g, command);
        }
    }
    keep(g, m, command);
}
