/* A settlement: the price, what of it is charged, the hold released, the outcome noted, in one
 * step. What ended never changes again. */
#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "core/money.h"
#include "workflow_executions/workflow_executions.h"

static noema_status
price_asked(const nd_run *run, const nd_settle *ask, nd_money *price, noema_error *error)
{
    switch (ask->price) {
    case NOEMA_PRICE_AMOUNT:
        *price = ask->charge;
        return nd_money_in_range(price->nano)
                   ? NOEMA_OK
                   : nd_fail(error, NOEMA_LIMIT, "charge", "must be at most 9000000000 USD");
    case NOEMA_PRICE_HOLD:
        *price = run->hold;
        return NOEMA_OK;
    case NOEMA_PRICE_UNITS:
        if (run->rate.amount.nano == 0) {
            return nd_fail(error, NOEMA_INVALID, "price", "the run was started without a rate");
        }
        if (nd_money_multiply(run->rate.amount, ask->units_milli, 1000, price, NULL) != NOEMA_OK) {
            return nd_fail(error, NOEMA_LIMIT, "units_milli", "the price is beyond 9000000000 USD");
        }
        return NOEMA_OK;
    default:
        *price = (nd_money){0};
        return NOEMA_OK;
    }
}

/* What of the price is charged: up to the hold always; beyond it as the policy says. */
static noema_status
charge_of(const nd_run *run, const nd_economy *payer, const nd_settle *ask, nd_money price,
          nd_money *charge, noema_error *error)
{
    *charge = nd_money_min(price, run->hold_open);
    if (price.nano <= run->hold_open.nano || ask->overrun.at == ND_OVERRUN_CAP) {
        return NOEMA_OK;
    }
    if (ask->overrun.at == ND_OVERRUN_REFUSE) {
        char hold[ND_MONEY_TEXT];
        nd_money_format(run->hold_open, hold);
        return nd_fail(error, NOEMA_LIMIT, "charge", "is above the hold of %s USD", hold);
    }
    nd_money beyond = nd_money_max(nd_economy_available(payer), (nd_money){0});
    *charge = nd_money_min(price, (nd_money){run->hold_open.nano + beyond.nano});
    return NOEMA_OK;
}

/* "noema:settle:<run>": one entry a run. */
static void
begin_charge(const nd_run *run, const nd_settle *ask, nd_money price, nd_money charge,
             const nd_law *law, nd_entry *entry)
{
    char key[40];
    snprintf(key, sizeof(key), "noema:settle:%s", nd_id_public(run->id).text);
    const nd_request request = {.type = {ND_ENTRY_CHARGE},
                                .named = run->payer,
                                .key = nd_arena_string(law->arena, key),
                                .run = run->id,
                                .exp = ask->exp,
                                .description = run->tool,
                                .api_key = run->api_key,
                                .actor = ask->actor};
    nd_entry_begin(entry, &request);
    entry->id = nd_record_id(ND_DOMAIN_SYSTEM, run->payer, request.key, 0);
    if (price.nano != charge.nano) {
        entry->requested = price;
    }
}

static void
end_run(nd_run *run, const nd_law *law, const nd_settle *ask)
{
    run->status = ask->state;
    run->status_reason = ask->reason;
    run->hold_open = (nd_money){0};
    run->due = (nd_time){0};
    run->ended_at = law->now;
    run->duration_ms = law->now.ms - run->requested_at.ms;
    run->updated = law->now;
    run->cost = ask->cost;
    run->exp = ask->exp;
    run->output = ask->output;
    run->artifacts = ask->artifacts;
    run->error.code = ask->error_code;
    run->error.message = ask->error_text;
}

noema_status
nd_run_settle(nd_run *run, nd_economy *payer, const nd_law *law, const nd_settle *ask,
              nd_entry *entry, noema_error *error)
{
    nd_money price;
    nd_money charge;
    ND_TRY(price_asked(run, ask, &price, error));
    ND_TRY(charge_of(run, payer, ask, price, &charge, error));
    ND_TRY(nd_economy_can_gain(payer, ask->exp, error));
    memset(entry, 0, sizeof(*entry));
    run->settled = (nd_settled){.asked = price, .overrun = ask->overrun};
    if (charge.nano != 0 || ask->exp != 0) {
        begin_charge(run, ask, price, charge, law, entry);
        nd_economy_close_hold(payer, law, run->hold_open, charge, entry);
        nd_id *noted = nd_list_push(&run->entries, sizeof(*noted), law->arena);
        *noted = entry->id;
        run->settled.entry = entry->id;
    } else {
        nd_economy_close_hold(payer, law, run->hold_open, charge, NULL);
    }
    run->charged = charge;
    run->shortfall = (nd_money){price.nano - charge.nano};
    end_run(run, law, ask);
    return NOEMA_OK;
}

void
nd_run_time_out(nd_run *run, nd_economy *payer, const nd_law *law)
{
    const nd_settle ask = {.state = {NOEMA_RUN_TIMEOUT},
                           .overrun = {ND_OVERRUN_CAP},
                           .reason = nd_arena_string(law->arena, "deadline")};
    run->settled = (nd_settled){.overrun = ask.overrun};
    nd_economy_close_hold(payer, law, run->hold_open, (nd_money){0}, NULL);
    end_run(run, law, &ask);
}

noema_status
nd_run_settled_same(const nd_run *run, const nd_settle *ask, noema_error *error)
{
    nd_money price;
    bool priced = price_asked(run, ask, &price, NULL) == NOEMA_OK;
    if (priced && !run->voided && run->status.at == ask->state.at &&
        run->settled.asked.nano == price.nano && run->settled.overrun.at == ask->overrun.at) {
        return NOEMA_OK;
    }
    bool ended_so = !run->voided && run->status.at == ask->state.at;
    return nd_fail(error, NOEMA_ILLEGAL_TRANSITION, ended_so ? "price" : "state",
                   "the run is %s already%s", nd_word_text(&nd_run_states, run->status),
                   ended_so ? ", and was settled otherwise" : "");
}

const char *
nd_run_unsound(const nd_run *run)
{
    if (run->hold.nano < 0 || run->hold_open.nano < 0 || run->hold_open.nano > run->hold.nano) {
        return "its hold is wrong";
    }
    if (!nd_run_is_open(run) && run->hold_open.nano != 0) {
        return "it has ended, and still holds";
    }
    if (run->charged.nano < 0 || run->refunded.nano < 0 || run->refunded.nano > run->charged.nano) {
        return "more was refunded than charged";
    }
    return NULL;
}
