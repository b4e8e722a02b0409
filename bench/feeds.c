/* The library's side: commands as the public calls make them, and the calls themselves. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "core/id.h"
#include "schema/schema.h"

enum { DEADLINE_MS = 15000, LIFETIME_MS = 900000, TOKEN_BYTES = 12 };

/* ---- in flight ------------------------------------------------------------------------------------ */

nd_command *
bench_feed_debit(bench_slot *slot, const nd_command *done)
{
    char key[BENCH_KEY];
    if (done != NULL) {
        return NULL;
    }
    nd_command *command = nd_command_new(ND_DEBIT);
    nd_request *request = &command->request;
    bench_key(key);
    request->type.at = ND_ENTRY_DEBIT;
    request->named = bench_pick(bench_slot_load(slot), &slot->random);
    request->key = nd_text_of(key);
    request->amount.nano = BENCH_PRICE;
    request->description = nd_text_of(BENCH_DESCRIPTION);
    request->actor = nd_text_of(BENCH_ACTOR);
    request->metadata = nd_bson_of(bench_metadata());
    command->deadline = nd_deadline_in(DEADLINE_MS);
    nd_command_own(command);
    return command;
}

static nd_command *
start_new(bench_slot *slot)
{
    char key[BENCH_KEY];
    uint8_t bytes[TOKEN_BYTES];
    char token[2 * TOKEN_BYTES + 1];
    nd_command *command = nd_command_new(ND_START);
    nd_start *start = &command->start;
    bench_key(key);
    nd_random(bytes, sizeof(bytes));
    nd_hex(bytes, sizeof(bytes), token);
    start->owner = bench_pick(bench_slot_load(slot), &slot->random);
    start->key = nd_text_of(key);
    start->tool = nd_text_of(BENCH_TOOL);
    start->service = nd_text_of(BENCH_SERVICE);
    start->hold.nano = BENCH_HOLD;
    start->lifetime_ms = LIFETIME_MS;
    start->token = nd_text_of(token);
    start->actor = nd_text_of(BENCH_ACTOR);
    start->input = nd_bson_of(bench_metadata());
    command->deadline = nd_deadline_in(DEADLINE_MS);
    nd_command_own(command);
    return command;
}

static nd_command *
settle_new(nd_id run)
{
    nd_command *command = nd_command_new(ND_SETTLE);
    nd_settle *settle = &command->settle;
    command->run = run;
    settle->state.at = NOEMA_RUN_COMPLETED;
    settle->price = NOEMA_PRICE_AMOUNT;
    settle->charge.nano = BENCH_PRICE;
    settle->overrun.at = ND_OVERRUN_CAP;
    settle->output = nd_bson_of(bench_metadata());
    settle->actor = nd_text_of(BENCH_ACTOR);
    command->deadline = nd_deadline_in(DEADLINE_MS);
    nd_command_own(command);
    return command;
}

nd_command *
bench_feed_run(bench_slot *slot, const nd_command *done)
{
    if (done == NULL) {
        return start_new(slot);
    }
    return done->kind == ND_START ? settle_new(done->record) : NULL;
}

/* ---- by the public functions ------------------------------------------------------------------------ */

int64_t
bench_step_debit(bench_worker *worker)
{
    char key[BENCH_KEY];
    noema_receipt receipt;
    noema_error error;
    bench_tally *tally = worker->load->tally;
    const noema_id account = nd_id_public(bench_pick(worker->load, &worker->random));
    const noema_command options = {
        .size = sizeof(options), .description = BENCH_DESCRIPTION, .metadata_json = BENCH_METADATA};
    bench_key(key);
    if (noema_economy_debit(worker->load->place->db, &account, BENCH_PRICE, key, &options, &receipt,
                            &error) != NOEMA_OK) {
        bench_fail(tally, error.message);
        return 0;
    }
    tally->spent -= receipt.amount;
    return 1;
}

static int64_t
count_receipts(bench_tally *tally, const noema_receipt *receipts)
{
    int64_t done = 0;
    for (size_t i = 0; i < BENCH_BATCH; i++) {
        if (receipts[i].status == NOEMA_OK) {
            tally->spent -= receipts[i].amount;
            done++;
        }
    }
    return done;
}

int64_t
bench_step_apply(bench_worker *worker)
{
    char keys[BENCH_BATCH][BENCH_KEY];
    noema_command commands[BENCH_BATCH];
    noema_receipt receipts[BENCH_BATCH];
    noema_error error;
    for (size_t i = 0; i < BENCH_BATCH; i++) {
        bench_key(keys[i]);
        commands[i] =
            (noema_command){.size = sizeof(commands[i]),
                            .kind = NOEMA_COMMAND_DEBIT,
                            .account = nd_id_public(bench_pick(worker->load, &worker->random)),
                            .amount = BENCH_PRICE,
                            .key = keys[i],
                            .description = BENCH_DESCRIPTION,
                            .metadata_json = BENCH_METADATA};
    }
    if (noema_economy_apply(worker->load->place->db, commands, BENCH_BATCH, receipts,
                            sizeof(receipts[0]), &error) != NOEMA_OK) {
        bench_fail(worker->load->tally, error.message);
    }
    return count_receipts(worker->load->tally, receipts);
}
