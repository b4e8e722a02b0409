/* The proof of one account: its document and its holds at a snapshot, then its entries up to that
 * document's newest, which never change, and what they name. */
#include "audit/references.h"
#include "audit/verify_private.h"
#include "core/id.h"
#include "user_economy/user_economy.h"

/* ---- the document -------------------------------------------------------------------------------- */

/* The right seal is not said: that would be to sign what was found. */
static void
check_seal(nd_verifier *verifier, const nd_place *place, const nd_economy *economy)
{
    static const nd_seal none = {{0}};
    nd_seal right = nd_economy_seal(economy, nd_base_ledger_key(verifier->base));
    if (!nd_seal_equal(&right, &economy->seal)) {
        bool absent = nd_seal_equal(&none, &economy->seal);
        nd_problem(&verifier->problems, place, "seal", "this library's seal",
                   absent ? "no seal" : "another seal");
    }
}

static void
check_holds(nd_verifier *verifier, const nd_place *place, const nd_snapshot *snapshot)
{
    if (!snapshot->holds_readable) {
        nd_problem(&verifier->problems, place, "held", "holds of open runs", "no amount");
    } else if (snapshot->holds.nano != snapshot->economy.held.nano) {
        nd_problem_money(&verifier->problems, place, "held", "heldUsd", snapshot->holds,
                         snapshot->economy.held);
    }
}

static void
report_strangers(nd_verifier *verifier, const nd_snapshot *snapshot, nd_id account)
{
    const nd_bson *documents = snapshot->strangers.items;
    for (uint32_t i = 0; i < snapshot->strangers.count; i++) {
        nd_step step;
        nd_step_read(documents[i], &step, verifier->account);
        const nd_place place = {account, step.seq, step.id};
        nd_problem_number(&verifier->problems, &place, "seq", "entries up to",
                          snapshot->economy.seq, step.seq);
    }
}

static void
check_document(nd_verifier *verifier, const nd_snapshot *snapshot, nd_id account)
{
    const nd_place place = {account, snapshot->economy.seq, nd_id_none};
    if (snapshot->why != NULL) {
        nd_problem(&verifier->problems, &place, "decode", "a userEconomy document", snapshot->why);
        return;
    }
    check_holds(verifier, &place, snapshot);
    if (!snapshot->stored) {
        return;
    }
    check_seal(verifier, &place, &snapshot->economy);
    const char *unsound = nd_economy_unsound(&snapshot->economy);
    if (unsound != NULL) {
        nd_problem(&verifier->problems, &place, "unsound", "a sound account", unsound);
    }
    report_strangers(verifier, snapshot, account);
}

/* ---- the entries ----------------------------------------------------------------------------------- */

typedef struct nd_account_proof {
    nd_snapshot snapshot;
    nd_proof proof;
    nd_references references;
    nd_time until; /* no entry of the document is newer */
} nd_account_proof;

/* Behind the document's newest entry, with its time: it came after the snapshot. */
static bool
is_newer(const nd_account_proof *on, const nd_step *step)
{
    return step->at.ms == on->until.ms && step->seq > on->proof.last;
}

static noema_status
walk_page(nd_verifier *verifier, nd_account_proof *on, bool *ended, noema_error *error)
{
    nd_trail *trail = &verifier->position.trail;
    nd_list found = {0};
    size_t judged;
    bool full;
    size_t at = 0;
    ND_TRY(nd_verifier_read(verifier, on->until, &found, &judged, &full, error));
    const nd_step *steps = found.items;
    for (; at < judged && !is_newer(on, &steps[at]); at++) {
        if (!nd_trail_on(trail, &on->proof, steps, found.count, at)) {
            continue;
        }
        verifier->entries++;
        if (steps[at].readable) {
            nd_references_note(&on->references, &steps[at].entry);
        }
    }
    *ended = !full || at < judged;
    nd_verifier_move(verifier, steps, at);
    return nd_references_check(&on->references, error);
}

static noema_status
walk_all(nd_verifier *verifier, nd_account_proof *on, bool *done, noema_error *error)
{
    do {
        ND_TRY(walk_page(verifier, on, done, error));
    } while (!*done && !nd_verifier_hurries(verifier));
    return NOEMA_OK;
}

/* ---- the account ----------------------------------------------------------------------------------- */

static void
begin(nd_verifier *verifier, nd_account_proof *on)
{
    const nd_trail *trail = &verifier->position.trail;
    const nd_economy *economy = &on->snapshot.economy;
    bool known = on->snapshot.stored && on->snapshot.why == NULL;
    bool fresh = !trail->cursor.begun;
    on->until.ms = known ? economy->head_at.ms : INT64_MAX;
    on->proof = (nd_proof){
        .key = nd_base_ledger_key(verifier->base),
        .problems = &verifier->problems,
        .arena = verifier->page,
        .last = known ? economy->seq : INT64_MAX,
        .marks = nd_marks_of(&verifier->marks, trail->account, fresh ? -1 : trail->seq),
    };
    on->references = (nd_references){
        .base = verifier->base,
        .deadline = verifier->deadline,
        .problems = &verifier->problems,
        .arena = verifier->page,
        .economy = economy,
        .reported = nd_idmap_new(),
    };
    if (fresh) {
        check_document(verifier, &on->snapshot, trail->account);
        nd_marks_meet(&on->proof.marks, 0, &trail->head, &verifier->problems);
    }
}

static void
end(nd_verifier *verifier, nd_account_proof *on)
{
    const nd_trail *trail = &verifier->position.trail;
    if (on->snapshot.stored && on->snapshot.why == NULL) {
        nd_trail_end(trail, &on->proof, &on->snapshot.economy);
    } else {
        nd_marks_end(&on->proof.marks, &verifier->problems);
    }
    if (!on->snapshot.stored && trail->seq > 0) {
        const nd_place place = {trail->account, trail->seq, nd_id_none};
        nd_problem(&verifier->problems, &place, "document", "a userEconomy document", "none");
    }
    verifier->accounts += on->snapshot.stored || trail->seq > 0 ? 1 : 0;
}

noema_status
nd_verify_account(nd_verifier *verifier, bool *done, noema_error *error)
{
    nd_account_proof *on;
    nd_arena_reset(verifier->account);
    on = nd_arena_take(verifier->account, sizeof(*on));
    ND_TRY(nd_proof_snapshot(verifier->base, verifier->deadline, verifier->position.trail.account,
                             verifier->account, &on->snapshot, error));
    begin(verifier, on);
    noema_status status = walk_all(verifier, on, done, error);
    nd_idmap_free(on->references.reported);
    ND_TRY(status);
    if (*done) {
        end(verifier, on);
    }
    verifier->matched += on->proof.marks.matched;
    return NOEMA_OK;
}
