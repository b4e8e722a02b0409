/* A start: the hold and the run are one step. The first payer that can, pays. */
#include <string.h>

#include "core/id.h"
#include "workflow_executions/workflow_executions.h"

nd_id
nd_run_id(nd_id owner, nd_text key)
{
    return nd_record_id(ND_DOMAIN_RUN, owner, key, 0);
}

bool
nd_run_is_open(const nd_run *run)
{
    return run->status.at >= NOEMA_RUN_PENDING && run->status.at <= NOEMA_RUN_PROCESSING;
}

bool
nd_run_is_due(const nd_run *run, nd_time now)
{
    return nd_run_is_open(run) && run->due.ms != 0 && run->due.ms <= now.ms;
}

nd_id
nd_run_payer(const nd_run *run)
{
    return nd_id_is_none(run->payer) ? run->owner : run->payer;
}

static void
begin_run(const nd_start *ask, const nd_law *law, nd_run *run)
{
    memset(run, 0, sizeof(*run));
    run->id = nd_run_id(ask->owner, ask->key);
    run->owner = ask->owner;
    run->key = ask->key;
    run->actor = ask->actor;
    run->requested_at = law->now;
    run->updated = law->now;
}

/* Kept only when they say more than the owner does. */
static void
note_payers(const nd_start *ask, const nd_law *law, nd_run *run)
{
    const nd_id asked[] = {ask->payer, ask->fallback};
    for (size_t i = 0; i < 2 && !nd_id_is_none(asked[i]); i++) {
        nd_id *payer = nd_list_push(&run->payers, sizeof(*payer), law->arena);
        *payer = asked[i];
    }
}

static noema_status
hold_on(nd_economy *payer, const nd_law *law, nd_money hold, noema_error *error)
{
    ND_TRY(nd_economy_may_spend(payer, error));
    return nd_economy_hold(payer, law, hold, error);
}

noema_status
nd_run_start(const nd_start *ask, nd_economy *owner, nd_economy **payers, size_t payer_count,
             const nd_law *law, nd_run *run, noema_error *error)
{
    ND_TRY(nd_economy_may_spend(owner, error));
    nd_economy *payer = NULL;
    noema_status status = NOEMA_INTERNAL;
    for (size_t i = 0; i < payer_count && status != NOEMA_OK; i++) {
        payer = payers[i];
        status = hold_on(payer, law, ask->hold, error);
    }
    ND_TRY(status);
    if (payer != owner) {
        nd_economy_touch(owner, law); /* so that a start and a suspension can't both commit */
    }
    begin_run(ask, law, run);
    note_payers(ask, law, run);
    run->payer = payer->account;
    run->tool = ask->tool;
    run->service = ask->service;
    run->hold = ask->hold;
    run->hold_open = ask->hold;
    run->rate = ask->rate;
    run->status.at = NOEMA_RUN_PENDING;
    run->deadline.ms = law->now.ms + ask->lifetime_ms;
    run->due = run->deadline;
    run->lease.token = ask->token;
    run->input = ask->input;
    run->metadata = ask->metadata;
    return NOEMA_OK;
}

void
nd_run_void(const nd_start *ask, const nd_law *law, nd_run *run)
{
    begin_run(ask, law, run);
    run->status.at = NOEMA_RUN_CANCELLED;
    run->voided = true;
    run->ended_at = law->now;
}

static noema_status
reused(noema_error *error, const char *field)
{
    return nd_fail(error, NOEMA_KEY_REUSED, field, "the key is known with another %s", field);
}

static nd_id
payer_asked(const nd_run *run, uint32_t at)
{
    const nd_id *payers = run->payers.items;
    return at < run->payers.count ? payers[at] : nd_id_none;
}

/* To name the owner as payer is to name nobody. */
static bool
same_payer(nd_id stored, nd_id asked, nd_id owner)
{
    return nd_id_equal(nd_id_is_none(stored) ? owner : stored,
                       nd_id_is_none(asked) ? owner : asked);
}

noema_status
nd_run_same(const nd_run *stored, const nd_start *ask, noema_error *error)
{
    if (!nd_id_equal(stored->owner, ask->owner) || !nd_text_equal(stored->key, ask->key)) {
        return reused(error, "key");
    }
    if (stored->voided) {
        return nd_fail_reason(error, NOEMA_KEY_REUSED, "VOIDED", "key", "the key was voided");
    }
    const struct {
        bool same;
        const char *field;
    } compared[] = {
        {same_payer(payer_asked(stored, 0), ask->payer, ask->owner), "payer"},
        {nd_id_equal(payer_asked(stored, 1), ask->fallback), "fallback_payer"},
        {nd_text_equal(stored->tool, ask->tool), "tool"},
        {nd_text_equal(stored->service, ask->service), "service"},
        {stored->hold.nano == ask->hold.nano, "hold"},
        {stored->rate.amount.nano == ask->rate.amount.nano, "rate"},
        {stored->rate.unit.at == ask->rate.unit.at, "rate_unit"},
    };
    for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++) {
        if (!compared[i].same) {
            return reused(error, compared[i].field);
        }
    }
    return NOEMA_OK;
}
