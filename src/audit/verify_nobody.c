/* Entries of nobody: keys of payments that were voided. Each stands alone: a chain of one. */
#include "audit/verify_private.h"
#include "core/id.h"

static const nd_hash no_hash = {{0}};

static void
check_void(nd_verifier *verifier, const nd_place *place, const nd_entry *entry)
{
    nd_problems *problems = &verifier->problems;
    nd_id made = nd_trail_entry_id(entry);
    if (entry->type.at != ND_ENTRY_VOID) {
        nd_problem(problems, place, "balance", "a voided payment",
                   nd_word_text(&nd_entry_types, entry->type));
    }
    if (entry->amount.nano != 0 || entry->exp != 0) {
        nd_problem_money(problems, place, "balance", "amountUsd", (nd_money){0}, entry->amount);
    }
    if (!nd_id_equal(made, entry->id)) {
        nd_problem_id(problems, place, "id", "_id", made, entry->id);
    }
}

static void
check_step(nd_verifier *verifier, const nd_step *step)
{
    const nd_place place = {nd_id_none, step->seq, step->id};
    nd_problems *problems = &verifier->problems;
    if (step->seq != 0) {
        nd_problem_number(problems, &place, "seq", "entry", 0, step->seq);
    }
    if (!nd_step_follows(step, &no_hash, nd_base_ledger_key(verifier->base), verifier->page)) {
        nd_problem(problems, &place, "chain", "the hash of these bytes",
                   step->hashed ? "another hash" : "no hash");
    }
    if (step->readable) {
        check_void(verifier, &place, &step->entry);
    } else {
        nd_problem(problems, &place, "decode", "an entry", step->why);
    }
}

/* Entries that name no account at all. */
static noema_status
report_unowned(nd_verifier *verifier, noema_error *error)
{
    nd_list found = {0};
    ND_TRY(nd_proof_unowned(verifier->base, verifier->deadline, verifier->call, &found, error));
    const nd_bson *documents = found.items;
    for (uint32_t i = 0; i < found.count; i++) {
        nd_step step;
        nd_step_read(documents[i], &step, verifier->call);
        const nd_place place = {nd_id_none, step.seq, step.id};
        nd_problem(&verifier->problems, &place, "decode", "an account's id", "no id");
    }
    return NOEMA_OK;
}

noema_status
nd_verify_nobody(nd_verifier *verifier, bool *done, noema_error *error)
{
    if (!verifier->position.trail.cursor.begun) {
        ND_TRY(report_unowned(verifier, error));
    }
    do {
        nd_list found = {0};
        size_t judged;
        bool full;
        ND_TRY(nd_verifier_read(verifier, (nd_time){INT64_MAX}, &found, &judged, &full, error));
        const nd_step *steps = found.items;
        for (size_t i = 0; i < judged; i++) {
            check_step(verifier, &steps[i]);
        }
        verifier->entries += (int64_t)judged;
        nd_verifier_move(verifier, steps, judged);
        *done = !full;
    } while (!*done && !nd_verifier_hurries(verifier));
    return NOEMA_OK;
}
