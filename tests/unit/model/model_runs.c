/* Paid runs: a hold when they start, a charge when they settle, a time-out when they are late. */
#include "model_private.h"

#include <assert.h>
#include <stddef.h>

static bool
is_open(const model_run *run)
{
    return run->state == NOEMA_RUN_PENDING;
}

static void
answer_run(const model_run *run, model_answer *answer)
{
    answer->run_state = run->state;
    answer->run_charged = run->charged;
    answer->run_refunded = run->refunded;
    answer->run_short = run->shortfall;
    answer->run_hold_open = run->hold_open;
}

/* The run, and its payer as of now: all that there is to say when no entry was written. */
static void
answer_payer(const model *m, const model_run *run, model_answer *answer)
{
    model_answer_account(m, run->payer, answer);
    answer_run(run, answer);
}

static model_run *
find_run(model *m, int owner, int key)
{
    int index = model_key_find(m, MODEL_STARTS, owner, key);
    return index < 0 ? NULL : &m->runs[index];
}

static model_run *
add_run(model *m, const model_command *command, const model_run *run)
{
    assert(m->run_count < MODEL_RUNS);
    model_key_add(m, MODEL_STARTS, command->account, command->key, m->run_count);
    model_run *added = &m->runs[m->run_count++];
    *added = *run;
    m->accounts[run->owner].exists = true;
    m->accounts[run->payer].exists = true;
    m->accounts[run->payer].held += run->hold_open;
    return added;
}

static int
payer_asked(const model_command *command)
{
    return command->payer >= 0 ? command->payer : command->account;
}

static void
replay_start(const model *m, const model_run *run, const model_command *command,
             model_answer *answer)
{
    const char *field = NULL;
    if (run->voided) {
        model_refuse(answer, NOEMA_KEY_REUSED, "key", "VOIDED");
        return;
    }
    if (run->asked_payer != payer_asked(command)) {
        field = "payer";
    } else if (run->asked_fallback != command->fallback) {
        field = "fallback_payer";
    } else if (run->tool != command->tool) {
        field = "tool";
    } else if (run->hold != command->hold) {
        field = "hold";
    } else if (run->rate != command->rate) {
        field = "rate";
    }
    if (field != NULL) {
        model_refuse(answer, NOEMA_KEY_REUSED, field, "");
        return;
    }
    answer->replayed = true;
    answer_payer(m, run, answer);
}

static noema_status
judge_payer(const model_account *account, int64_t hold, model_answer *answer)
{
    const char *denial = model_denial(account, MODEL_START);
    if (denial != NULL) {
        return model_refuse(answer, NOEMA_DENIED, "", denial);
    }
    if (hold == 0 || hold <= model_available(account)) {
        return NOEMA_OK;
    }
    model_refuse(answer, NOEMA_INSUFFICIENT_FUNDS, "", "");
    answer->needed = hold;
    answer->error_available = model_available(account);
    return answer->status;
}

/* The first that can pay; -1: none, and the answer is the last one's. */
static int
choose_payer(const model *m, const model_command *command, model_answer *answer)
{
    int payers[] = {payer_asked(command), command->fallback};
    for (int at = 0; at < 2 && payers[at] >= 0; at++) {
        const model_account *account = &m->accounts[payers[at]];
        if (judge_payer(account, command->hold, answer) == NOEMA_OK) {
            *answer = (model_answer){.status = NOEMA_OK, .account = -1};
            return payers[at];
        }
    }
    return -1;
}

static void
expire_named(model *m, int64_t now, const model_command *command)
{
    model_expire(m, command->account, now);
    if (command->payer >= 0) {
        model_expire(m, command->payer, now);
    }
    if (command->fallback >= 0) {
        model_expire(m, command->fallback, now);
    }
}

void
model_start(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    const model_run *known = find_run(m, command->account, command->key);
    if (known != NULL) {
        replay_start(m, known, command, answer);
        return;
    }
    expire_named(m, now, command);
    const char *denial = model_denial(&m->accounts[command->account], MODEL_START);
    if (denial != NULL) {
        model_refuse(answer, NOEMA_DENIED, "", denial);
        return;
    }
    int payer = choose_payer(m, command, answer);
    if (payer < 0) {
        return;
    }
    model_run run = {.owner = command->account,
                     .payer = payer,
                     .asked_payer = payer_asked(command),
                     .asked_fallback = command->fallback,
                     .tool = command->tool,
                     .hold = command->hold,
                     .rate = command->rate,
                     .deadline = now + command->lifetime,
                     .state = NOEMA_RUN_PENDING,
                     .hold_open = command->hold,
                     .entry = -1};
    answer_payer(m, add_run(m, command, &run), answer);
}

void
model_void_run(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    const model_run *known = find_run(m, command->account, command->key);
    if (known != NULL) {
        answer->status = known->voided ? NOEMA_OK : NOEMA_ILLEGAL_TRANSITION;
        answer->voided = known->voided;
        answer->replayed = true;
        answer_payer(m, known, answer);
        return;
    }
    model_expire(m, command->account, now);
    model_run run = {.owner = command->account,
                     .payer = command->account,
                     .asked_payer = command->account,
                     .asked_fallback = -1,
                     .voided = true,
                     .state = NOEMA_RUN_CANCELLED,
                     .entry = -1};
    answer->voided = true;
    answer_payer(m, add_run(m, command, &run), answer);
}

static void
release_hold(model *m, model_run *run)
{
    m->accounts[run->payer].held -= run->hold_open;
    run->hold_open = 0;
}

/* What is due before a command that names the run. */
static void
do_due(model *m, int64_t now, model_run *run)
{
    if (is_open(run) && run->deadline <= now) {
        release_hold(m, run);
        run->state = NOEMA_RUN_TIMEOUT;
        run->asked = 0;
        run->overrun = NOEMA_OVERRUN_CAP;
    }
    model_expire(m, run->payer, now);
}

/* The price that the settle asks. */
static noema_status
find_price(const model_run *run, const model_command *command, int64_t *asked, model_answer *answer)
{
    *asked = 0;
    if (command->price == NOEMA_PRICE_HOLD) {
        *asked = run->hold;
    }
    if (command->price == NOEMA_PRICE_AMOUNT) {
        if (command->charge > MODEL_MONEY_MAX) {
            return model_refuse(answer, NOEMA_LIMIT, "charge", "");
        }
        *asked = command->charge;
    }
    if (command->price == NOEMA_PRICE_UNITS) {
        model_wide price = ((model_wide)run->rate * command->units_milli + 500) / 1000;
        if (run->rate == 0) {
            return model_refuse(answer, NOEMA_INVALID, "price", "");
        }
        if (price > MODEL_MONEY_MAX) {
            return model_refuse(answer, NOEMA_LIMIT, "units_milli", "");
        }
        *asked = (int64_t)price;
    }
    return NOEMA_OK;
}

/* What of the price is charged; the run's own hold still counts as held. */
static noema_status
find_charge(const model *m, const model_run *run, const model_command *command, int64_t asked,
            int64_t *charge, model_answer *answer)
{
    *charge = asked;
    if (asked <= run->hold) {
        return NOEMA_OK;
    }
    if (command->overrun == NOEMA_OVERRUN_REFUSE) {
        return model_refuse(answer, NOEMA_LIMIT, "charge", "");
    }
    *charge = run->hold;
    if (command->overrun == NOEMA_OVERRUN_CHARGE) {
        int64_t available = model_available(&m->accounts[run->payer]);
        *charge = model_min(asked, run->hold + model_max(0, available));
    }
    return NOEMA_OK;
}

static void
book_charge(model *m, model_run *run, int64_t exp)
{
    model_entry entry = {.type = MODEL_TYPE_CHARGE,
                         .account = run->payer,
                         .refund_of = -1,
                         .run = -1,
                         .requested = run->asked,
                         .exp = exp,
                         .amount = -run->charged,
                         .shortfall = run->shortfall};
    model_burn(m, &m->accounts[run->payer], run->charged, &entry);
    run->entry = model_entry_write(m, &entry);
}

static void
answer_settled(const model *m, const model_run *run, model_answer *answer)
{
    answer_payer(m, run, answer);
    if (run->entry >= 0) {
        model_answer_entry(m, &m->entries[run->entry], answer);
    }
    answer->shortfall = run->shortfall;
}

static void
settle_open(model *m, int64_t now, model_run *run, const model_command *command,
            model_answer *answer)
{
    int64_t asked = 0;
    int64_t charge = 0;
    if (find_price(run, command, &asked, answer) != NOEMA_OK ||
        find_charge(m, run, command, asked, &charge, answer) != NOEMA_OK) {
        return;
    }
    if ((model_wide)m->accounts[run->payer].exp + command->exp > MODEL_EXP_MAX) {
        model_refuse(answer, NOEMA_LIMIT, "exp", "");
        return;
    }
    release_hold(m, run);
    run->state = command->state;
    run->asked = asked;
    run->overrun = command->overrun;
    run->charged = charge;
    run->shortfall = asked - charge;
    if (charge != 0 || command->exp != 0) {
        book_charge(m, run, command->exp);
    }
    /* A receipt speaks of the moment after its entry: before what the freed hold lets expire. */
    answer_settled(m, run, answer);
    model_expire(m, run->payer, now);
}

/* A price that can't be said is not the one that was stored. */
static void
settle_ended(const model *m, const model_run *run, const model_command *command,
             model_answer *answer)
{
    int64_t asked = 0;
    bool same = !run->voided && find_price(run, command, &asked, answer) == NOEMA_OK &&
                run->state == command->state && run->asked == asked &&
                run->overrun == command->overrun;
    if (!same) {
        model_refuse(answer, NOEMA_ILLEGAL_TRANSITION, "", "");
        answer_run(run, answer);
        return;
    }
    answer->replayed = true;
    answer_settled(m, run, answer);
}

void
model_settle(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    if (command->state == NOEMA_RUN_COMPLETED && command->price == 0) {
        model_refuse(answer, NOEMA_INVALID, "price", "");
        return;
    }
    model_run *run = find_run(m, command->account, command->target);
    if (run == NULL) {
        model_refuse(answer, NOEMA_NOT_FOUND, "", "");
        return;
    }
    do_due(m, now, run);
    if (is_open(run)) {
        settle_open(m, now, run, command, answer);
        return;
    }
    settle_ended(m, run, command, answer);
}

void
model_reap(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    model_run *run = find_run(m, command->account, command->target);
    if (run == NULL) {
        model_refuse(answer, NOEMA_NOT_FOUND, "", "");
        return;
    }
    do_due(m, now, run);
    answer_payer(m, run, answer);
}
