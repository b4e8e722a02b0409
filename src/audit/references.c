/* Looks up, a page of entries at once, what they name. */
#include "audit/references.h"

#include <string.h>

#include "transactions/store.h"
#include "workflow_executions/store.h"

/* A set of ids, and what was found for them. */
typedef struct nd_looked_up {
    nd_idmap *at; /* id -> place in ids */
    nd_list ids;  /* of nd_id */
} nd_looked_up;

typedef struct nd_page_of_names {
    nd_looked_up runs;
    nd_looked_up originals;
    nd_looked_up summed;
    const nd_run **run;        /* beside runs.ids; NULL: there is none */
    const nd_entry **original; /* beside originals.ids */
    nd_money *refunded;        /* beside summed.ids */
    bool *run_broken;          /* it is there, and can't be read */
    bool *original_broken;
} nd_page_of_names;

void
nd_references_note(nd_references *references, const nd_entry *entry)
{
    bool charges = entry->type.at == ND_ENTRY_CHARGE && !nd_id_is_none(entry->run);
    if (charges || !nd_id_is_none(entry->refund_of)) {
        const nd_entry **noted =
            nd_list_push(&references->entries, sizeof(nd_entry *), references->arena);
        *noted = entry;
    }
}

static void
want(nd_looked_up *set, nd_id id, nd_arena *arena)
{
    int32_t next = (int32_t)set->ids.count;
    if (nd_idmap_add(set->at, id, next) == next) {
        nd_id *item = nd_list_push(&set->ids, sizeof(*item), arena);
        *item = id;
    }
}

static void
gather(const nd_references *references, nd_page_of_names *names)
{
    const nd_entry **entries = references->entries.items;
    for (uint32_t i = 0; i < references->entries.count; i++) {
        if (nd_id_is_none(entries[i]->refund_of)) {
            want(&names->runs, entries[i]->run, references->arena);
            want(&names->summed, entries[i]->id, references->arena);
        } else {
            want(&names->originals, entries[i]->refund_of, references->arena);
            want(&names->summed, entries[i]->refund_of, references->arena);
        }
    }
    names->run = nd_arena_take(references->arena, (names->runs.ids.count + 1) * sizeof(nd_run *));
    names->run_broken = nd_arena_take(references->arena, names->runs.ids.count + 1);
    names->original =
        nd_arena_take(references->arena, (names->originals.ids.count + 1) * sizeof(nd_entry *));
    names->original_broken = nd_arena_take(references->arena, names->originals.ids.count + 1);
    names->refunded =
        nd_arena_take(references->arena, (names->summed.ids.count + 1) * sizeof(nd_money));
}

/* ---- what was found ------------------------------------------------------------------------------- */

static void
put_run(const nd_references *references, nd_page_of_names *names, nd_bson document)
{
    noema_error error;
    nd_run *run = nd_arena_take(references->arena, sizeof(*run));
    nd_error_clear(&error);
    bool broken = nd_run_decode(document, run, references->arena, &error) != NOEMA_OK;
    int32_t at = nd_idmap_find(names->runs.at, run->id);
    if (at < 0) {
        return;
    }
    names->run[at] = run;
    names->run_broken[at] = broken;
    if (broken) {
        const nd_place place = {references->economy->account, 0, run->id};
        nd_problem(references->problems, &place, "decode", "a run", error.message);
    }
}

/* A broken one is reported where it is walked over. */
static void
put_original(const nd_references *references, nd_page_of_names *names, nd_bson document)
{
    nd_entry *entry = nd_arena_take(references->arena, sizeof(*entry));
    bool broken = nd_entry_decode(document, entry, references->arena, NULL) != NOEMA_OK;
    int32_t at = nd_idmap_find(names->originals.at, entry->id);
    if (at >= 0) {
        names->original[at] = entry;
        names->original_broken[at] = broken;
    }
}

static noema_status
look_up(const nd_references *references, nd_page_of_names *names, noema_error *error)
{
    nd_referred referred = {
        .runs = names->runs.ids.items,
        .run_count = names->runs.ids.count,
        .originals = names->originals.ids.items,
        .original_count = names->originals.ids.count,
        .summed = names->summed.ids.items,
        .summed_count = names->summed.ids.count,
    };
    ND_TRY(nd_proof_referred(references->base, references->deadline, references->arena, &referred,
                             error));
    for (uint32_t i = 0; i < referred.found_runs.count; i++) {
        put_run(references, names, ((nd_bson *)referred.found_runs.items)[i]);
    }
    for (uint32_t i = 0; i < referred.found_originals.count; i++) {
        put_original(references, names, ((nd_bson *)referred.found_originals.items)[i]);
    }
    const nd_refund_sum *sums = referred.sums.items;
    for (uint32_t i = 0; i < referred.sums.count; i++) {
        int32_t at = nd_idmap_find(names->summed.at, sums[i].original);
        if (at >= 0) {
            names->refunded[at] = sums[i].refunded;
        }
    }
    return NOEMA_OK;
}

/* ---- judging -------------------------------------------------------------------------------------- */

static nd_money
refunded_of(const nd_page_of_names *names, nd_id id)
{
    int32_t at = nd_idmap_find(names->summed.at, id);
    return at < 0 ? (nd_money){0} : names->refunded[at];
}

/* Once an entry: its refunds are read one by one, to name the first that is too much. */
static noema_status
explain(const nd_references *references, const nd_entry *entry, const nd_entry *original,
        nd_money refunded, noema_error *error)
{
    nd_list refunds = {0};
    nd_money taken = {original->amount.nano < 0 ? -original->amount.nano : 0};
    if (nd_idmap_find(references->reported, original->id) >= 0) {
        return NOEMA_OK;
    }
    nd_idmap_add(references->reported, original->id, 0);
    ND_TRY(nd_proof_refunds(references->base, references->deadline, original->id, references->arena,
                            &refunds, error));
    if (!nd_references_beyond(references, &refunds, taken)) {
        const nd_place place = {entry->account, entry->seq, entry->id};
        nd_problem_money(references->problems, &place, "refund", "refunds of at most", taken,
                         refunded);
    }
    return NOEMA_OK;
}

static noema_status
judge_refund(const nd_references *references, const nd_page_of_names *names, const nd_entry *entry,
             noema_error *error)
{
    int32_t at = nd_idmap_find(names->originals.at, entry->refund_of);
    if (at >= 0 && names->original_broken[at]) {
        return NOEMA_OK;
    }
    const nd_entry *original = at < 0 ? NULL : names->original[at];
    if (!nd_references_refund(references, entry, original) || original == NULL) {
        return NOEMA_OK;
    }
    nd_money refunded = refunded_of(names, original->id);
    if (original->amount.nano <= 0 && refunded.nano <= -original->amount.nano) {
        return NOEMA_OK;
    }
    return explain(references, entry, original, refunded, error);
}

static void
judge_charge(const nd_references *references, const nd_page_of_names *names, const nd_entry *entry)
{
    int32_t at = nd_idmap_find(names->runs.at, entry->run);
    if (at < 0 || !names->run_broken[at]) {
        nd_references_charge(references, entry, at < 0 ? NULL : names->run[at],
                             refunded_of(names, entry->id));
    }
}

static noema_status
judge_all(const nd_references *references, const nd_page_of_names *names, noema_error *error)
{
    const nd_entry **entries = references->entries.items;
    for (uint32_t i = 0; i < references->entries.count; i++) {
        if (nd_id_is_none(entries[i]->refund_of)) {
            judge_charge(references, names, entries[i]);
        } else {
            ND_TRY(judge_refund(references, names, entries[i], error));
        }
    }
    return NOEMA_OK;
}

noema_status
nd_references_check(nd_references *references, noema_error *error)
{
    nd_page_of_names names;
    if (references->entries.count == 0) {
        return NOEMA_OK;
    }
    memset(&names, 0, sizeof(names));
    names.runs.at = nd_idmap_new();
    names.originals.at = nd_idmap_new();
    names.summed.at = nd_idmap_new();
    gather(references, &names);
    noema_status status = look_up(references, &names, error);
    if (status == NOEMA_OK) {
        status = judge_all(references, &names, error);
    }
    nd_idmap_free(names.summed.at);
    nd_idmap_free(names.originals.at);
    nd_idmap_free(names.runs.at);
    memset(&references->entries, 0, sizeof(references->entries));
    return status;
}
