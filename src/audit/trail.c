/* The order of entries: each is the next one, or stands behind a gap, or does not belong there. */
#include "audit/trail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/id.h"

typedef enum nd_standing { STANDS_NEXT, STANDS_BEHIND_A_GAP, STANDS_WRONG } nd_standing;

void
nd_trail_begin(nd_trail *trail, nd_id account)
{
    memset(trail, 0, sizeof(*trail));
    trail->account = account;
}

static bool
follows(const nd_trail *trail, const nd_proof *proof, const nd_step *step)
{
    return nd_step_follows(step, &trail->head, proof->key, proof->arena);
}

/* A step with that seq comes soon; chained: and its hash fits, too. */
static bool
comes_soon(const nd_trail *trail, const nd_proof *proof, const nd_step *steps, size_t count,
           size_t at, bool chained)
{
    size_t end = at + 1 + ND_TRAIL_WINDOW < count ? at + 1 + ND_TRAIL_WINDOW : count;
    for (size_t i = at + 1; i < end; i++) {
        if (steps[i].seq == trail->seq + 1 && (!chained || follows(trail, proof, &steps[i]))) {
            return true;
        }
    }
    return false;
}

static nd_standing
standing_of(const nd_trail *trail, const nd_proof *proof, const nd_step *steps, size_t count,
            size_t at, bool *chained)
{
    const nd_step *step = &steps[at];
    int64_t next = trail->seq + 1;
    *chained = false;
    if (step->seq < next || step->seq > proof->last) {
        return STANDS_WRONG;
    }
    if (step->seq > next) {
        return comes_soon(trail, proof, steps, count, at, false) ? STANDS_WRONG
                                                                 : STANDS_BEHIND_A_GAP;
    }
    *chained = follows(trail, proof, step);
    if (!*chained && comes_soon(trail, proof, steps, count, at, true)) {
        return STANDS_WRONG;
    }
    return STANDS_NEXT;
}

/* ---- reports ------------------------------------------------------------------------------------ */

static void
say_entries(char *text, size_t size, int64_t from, int64_t to)
{
    if (from > to) {
        snprintf(text, size, "no entry");
    } else if (from == to) {
        snprintf(text, size, "entry %" PRId64, from);
    } else {
        snprintf(text, size, "entries %" PRId64 " to %" PRId64, from, to);
    }
}

static void
report_gap(const nd_trail *trail, nd_proof *proof, int64_t to, int64_t behind)
{
    const nd_place place = {trail->account, trail->seq + 1, nd_id_none};
    char expected[64];
    char found[64];
    say_entries(expected, sizeof(expected), trail->seq + 1, to);
    say_entries(found, sizeof(found), behind, behind == 0 ? -1 : behind);
    nd_problem(proof->problems, &place, "seq", expected, found);
}

static void
report_wrong(const nd_trail *trail, nd_proof *proof, const nd_step *step)
{
    const nd_place place = {trail->account, step->seq, step->id};
    char expected[64];
    char found[64];
    int64_t next = trail->seq + 1;
    say_entries(expected, sizeof(expected), next, next > proof->last ? next - 1 : next);
    say_entries(found, sizeof(found), step->seq, step->seq);
    nd_problem(proof->problems, &place, "seq", expected, found);
}

/* What the hash should be is not said: with a key, that would be to sign what was found. */
static void
report_chain(nd_proof *proof, const nd_place *place, const nd_step *step)
{
    nd_problem(proof->problems, place, "chain", "the hash of these bytes behind the entry before",
               step->hashed ? "another hash" : "no hash");
}

/* ---- the walk ----------------------------------------------------------------------------------- */

static void
go_on(nd_trail *trail, nd_proof *proof, const nd_step *step, bool torn, bool chained)
{
    const nd_place place = {trail->account, step->seq, step->id};
    if (torn) {
        report_gap(trail, proof, step->seq - 1, step->seq);
        trail->lost = true;
    } else if (!chained) {
        report_chain(proof, &place, step);
    }
    nd_marks_meet(&proof->marks, step->seq, &step->hash, proof->problems);
    trail->seq = step->seq;
    trail->head = step->hash;
    trail->at = step->at;
    if (step->readable) {
        nd_trail_entry(trail, proof, &step->entry, torn || trail->blind);
    } else {
        nd_problem(proof->problems, &place, "decode", "an entry", step->why);
        trail->lost = true;
    }
    trail->blind = !step->readable;
}

bool
nd_trail_on(nd_trail *trail, nd_proof *proof, const nd_step *steps, size_t count, size_t at)
{
    bool chained;
    nd_standing standing = standing_of(trail, proof, steps, count, at, &chained);
    if (standing == STANDS_WRONG) {
        report_wrong(trail, proof, &steps[at]);
        return false;
    }
    go_on(trail, proof, &steps[at], standing == STANDS_BEHIND_A_GAP, chained);
    return true;
}

/* ---- the document ------------------------------------------------------------------------------- */

static void
compare_document(const nd_trail *trail, nd_proof *proof, const nd_place *place,
                 const nd_economy *economy)
{
    nd_problems *problems = proof->problems;
    if (!nd_hash_equal(&trail->head, &economy->head)) {
        nd_problem_hash(problems, place, "head", "head", &trail->head, &economy->head);
    }
    if (trail->at.ms != economy->head_at.ms) {
        nd_problem_time(problems, place, "document", "headAt", trail->at, economy->head_at);
    }
    if (!trail->blind && trail->balance.nano != economy->credit.nano) {
        nd_problem_money(problems, place, "document", "usdCredit", trail->balance, economy->credit);
    }
}

static void
compare_sums(const nd_trail *trail, nd_proof *proof, const nd_place *place,
             const nd_economy *economy)
{
    if (trail->exp != economy->exp) {
        nd_problem_number(proof->problems, place, "document", "exp", trail->exp, economy->exp);
    }
    if (trail->limit.nano != economy->limit.nano) {
        nd_problem_money(proof->problems, place, "limit", "overdraftLimitUsd", trail->limit,
                         economy->limit);
    }
    nd_trail_compare_grants(trail, proof, economy);
}

void
nd_trail_end(const nd_trail *trail, nd_proof *proof, const nd_economy *economy)
{
    const nd_place place = {trail->account, economy->seq, nd_id_none};
    nd_marks_end(&proof->marks, proof->problems);
    if (trail->seq < economy->seq) {
        report_gap(trail, proof, economy->seq, 0);
        return;
    }
    compare_document(trail, proof, &place, economy);
    if (!trail->lost) {
        compare_sums(trail, proof, &place, economy);
    }
}
