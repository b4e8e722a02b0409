/* The proof of all accounts, page by page, or of one. */
#include <string.h>

#include "audit/audit.h"
#include "audit/verify_private.h"
#include "core/id.h"

enum { ACCOUNTS_A_CALL = 50, RESERVE_MS = 1500, PAGE_ENTRIES = 1000 };

bool
nd_verifier_hurries(const nd_verifier *verifier)
{
    return nd_deadline_left(verifier->deadline) < verifier->reserve_ms;
}

/* ---- pages of entries ----------------------------------------------------------------------------- */

noema_status
nd_verifier_read(nd_verifier *verifier, nd_time until, nd_list *steps, size_t *judged, bool *full,
                 noema_error *error)
{
    const nd_trail *trail = &verifier->position.trail;
    const uint32_t most = PAGE_ENTRIES + ND_TRAIL_WINDOW;
    nd_list found = {0};
    nd_arena_reset(verifier->page);
    ND_TRY(nd_proof_entries(verifier->base, verifier->deadline, trail->account, &trail->cursor,
                            until, most, verifier->page, &found, error));
    const nd_bson *documents = found.items;
    for (uint32_t i = 0; i < found.count; i++) {
        nd_step *step = nd_list_push(steps, sizeof(*step), verifier->page);
        nd_step_read(documents[i], step, verifier->page);
    }
    *full = found.count == most;
    *judged = *full ? PAGE_ENTRIES : found.count;
    return NOEMA_OK;
}

void
nd_verifier_move(nd_verifier *verifier, const nd_step *steps, size_t judged)
{
    nd_cursor *cursor = &verifier->position.trail.cursor;
    bool begun = cursor->begun;
    cursor->begun = true;
    if (judged == 0) {
        if (!begun) {
            cursor->at.ms = INT64_MIN;
        }
        return;
    }
    nd_time at = steps[judged - 1].at;
    size_t same = 1;
    while (same < judged && steps[judged - 1 - same].at.ms == at.ms) {
        same++;
    }
    bool goes_on = begun && cursor->at.ms == at.ms;
    cursor->skip = (uint32_t)same + (goes_on ? cursor->skip : 0);
    cursor->at = at;
}

/* ---- the story -------------------------------------------------------------------------------------- */

static noema_status
verify_inside(nd_verifier *verifier, noema_error *error)
{
    nd_position *position = &verifier->position;
    bool done;
    ND_TRY(nd_verify_account(verifier, &done, error));
    if (done) {
        position->stage = ND_PROOF_BEHIND;
    }
    return NOEMA_OK;
}

/* The accounts behind the position, as far as this call goes. */
static noema_status
verify_accounts(nd_verifier *verifier, noema_error *error)
{
    nd_position *position = &verifier->position;
    nd_list accounts = {0};
    bool last;
    ND_TRY(nd_proof_accounts(verifier->base, verifier->deadline, position->trail.account,
                             &verifier->marks, ACCOUNTS_A_CALL, verifier->call, &accounts, &last,
                             error));
    for (uint32_t i = 0; i < accounts.count; i++) {
        if (i > 0 && nd_verifier_hurries(verifier)) {
            return NOEMA_OK;
        }
        nd_position_begin(position, ((nd_id *)accounts.items)[i]);
        ND_TRY(verify_inside(verifier, error));
        if (position->stage == ND_PROOF_INSIDE) {
            return NOEMA_OK;
        }
    }
    if (last) {
        position->stage = ND_PROOF_DONE;
    }
    return NOEMA_OK;
}

static noema_status
verify_all(nd_verifier *verifier, noema_error *error)
{
    nd_position *position = &verifier->position;
    if (position->stage == ND_PROOF_NOBODY) {
        bool done;
        ND_TRY(nd_verify_nobody(verifier, &done, error));
        if (done) {
            position->stage = ND_PROOF_BEHIND;
        }
    } else if (position->stage == ND_PROOF_INSIDE) {
        ND_TRY(verify_inside(verifier, error));
    }
    if (position->stage != ND_PROOF_BEHIND || nd_verifier_hurries(verifier)) {
        return NOEMA_OK;
    }
    return verify_accounts(verifier, error);
}

static noema_status
verify_one(nd_verifier *verifier, noema_error *error)
{
    ND_TRY(verify_inside(verifier, error));
    if (verifier->position.stage == ND_PROOF_BEHIND) {
        verifier->position.stage = ND_PROOF_DONE;
    }
    return NOEMA_OK;
}

/* ---- the report -------------------------------------------------------------------------------------- */

static nd_json *
report_of(nd_verifier *verifier, nd_id account, nd_time now)
{
    nd_json *report = nd_json_new_object();
    char *next = nd_position_write(&verifier->position, account);
    nd_json_put_integer(report, "accounts", verifier->accounts);
    nd_json_put_integer(report, "entries", verifier->entries);
    nd_json_put(report, "problems", verifier->problems.list);
    verifier->problems.list = NULL;
    nd_json_put_integer(report, "more", verifier->problems.more);
    nd_json_put_bool(report, "keyed", nd_base_ledger_key(verifier->base)->present);
    nd_json_put_time(report, "asOf", now);
    nd_json_put_integer(report, "checkpoints", verifier->matched);
    nd_json_put(report, "next",
                next == NULL ? nd_json_new_null() : nd_json_new_text(next, strlen(next)));
    nd_delete(next);
    return report;
}

static noema_status
begin(nd_verifier *verifier, nd_id account, const char *page, const nd_json *checkpoints,
      noema_error *error)
{
    ND_TRY(nd_marks_parse(checkpoints, verifier->call, &verifier->marks, error));
    if (page == NULL) {
        nd_position_begin(&verifier->position, account);
        return NOEMA_OK;
    }
    return nd_position_read(page, account, &verifier->position, error);
}

static noema_status
prove(nd_verifier *verifier, nd_id account, const char *page, const nd_json *checkpoints,
      nd_json **report, noema_error *error)
{
    ND_TRY(begin(verifier, account, page, checkpoints, error));
    nd_time now = nd_clock_now(nd_base_clock(verifier->base));
    ND_TRY(nd_id_is_none(account) ? verify_all(verifier, error) : verify_one(verifier, error));
    int64_t problems = nd_problems_count(&verifier->problems);
    *report = report_of(verifier, account, now);
    if (problems == 0) {
        return NOEMA_OK;
    }
    return nd_fail(error, NOEMA_CORRUPT, NULL, "the report names %lld problems",
                   (long long)problems);
}

noema_status
nd_verify(nd_base *base, nd_deadline deadline, nd_id account, const char *page,
          const nd_json *checkpoints, nd_json **report, noema_error *error)
{
    nd_verifier *verifier = nd_new(sizeof(*verifier));
    int64_t quarter = nd_deadline_left(deadline) / 4;
    *report = NULL;
    verifier->base = base;
    verifier->deadline = deadline;
    verifier->reserve_ms = quarter < RESERVE_MS ? quarter : RESERVE_MS;
    verifier->call = nd_arena_new();
    verifier->account = nd_arena_new();
    verifier->page = nd_arena_new();
    nd_problems_init(&verifier->problems);
    noema_status status = prove(verifier, account, page, checkpoints, report, error);
    nd_problems_free(&verifier->problems);
    nd_arena_free(verifier->page);
    nd_arena_free(verifier->account);
    nd_arena_free(verifier->call);
    nd_delete(verifier);
    return status;
}
