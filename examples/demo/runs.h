/* The paid runs of the demo, from the message that asks for one to the refund. */
#ifndef DEMO_RUNS_H
#define DEMO_RUNS_H

#include "people.h"

enum { BURST = 16 };
#define HOLD (5 * NOEMA_USD / 100)
#define RATE (114 * NOEMA_USD / 100000) /* a second */

static noema_run *runs; /* one a message; no id: refused */
static samples starts, settles;
static atomic_long refused, ended[NOEMA_RUN_CANCELLED + 1];

static void
make_runs(void)
{
    runs = allocate(plan.runs, sizeof *runs);
    starts.room = settles.room = 3 * (size_t)plan.runs;
    starts.us = allocate(starts.room, sizeof *starts.us);
    settles.us = allocate(settles.room, sizeof *settles.us);
}

static void
start_once(delivery *one)
{
    char key[64];
    const person *who = &people[who_sends(one->at)];
    const noema_run_request request = {.size = sizeof request,
                                       .account = who->id,
                                       .key = key,
                                       .tool = one->at % 3 == 0 ? "flux" : "portrait",
                                       .service = "comfydeploy",
                                       .hold = HOLD,
                                       .rate = RATE,
                                       .rate_unit = "second"};
    snprintf(key, sizeof key, "%.*s:update:%zu", (int)strcspn(who->handle, ":"), who->handle,
             one->at);
    do {
        int64_t began = now_us();
        one->status = noema_run_start(db, &request, &one->run, &one->error);
        note(&starts, began);
    } while (ask_again(one));
    one->made = one->run.id;
    one->repeat = (one->run.flags & NOEMA_REPLAYED) != 0;
}

/* What the provider tells: 93 % come out well, after 5 to 43 seconds of its time. */
static void
settle_once(delivery *one)
{
    uint64_t outcome = dice(OUTCOME, one->at) % 100;
    noema_settlement settlement = {.size = sizeof settlement, .run = runs[one->at].id};
    if (outcome < 93) {
        settlement.state = NOEMA_RUN_COMPLETED;
        settlement.price = NOEMA_PRICE_UNITS;
        settlement.units_milli = 5000 + (int64_t)(dice(DURATION, one->at) % 380) * 100;
        settlement.exp = 10;
        settlement.output_json = "{\"artifacts\": [{\"url\": \"https://cdn.example/1.png\"}]}";
    } else {
        settlement.state = outcome < 98 ? NOEMA_RUN_FAILED : NOEMA_RUN_CANCELLED;
        settlement.error_code = outcome < 96 ? "OOM" : outcome < 98 ? "NSFW" : "USER";
    }
    do {
        int64_t began = now_us();
        one->status = noema_run_settle(db, &settlement, &one->run, &one->receipt, &one->error);
        note(&settles, began);
    } while (ask_again(one));
    one->made = one->run.id;
    one->repeat = (one->run.flags & NOEMA_REPLAYED) != 0;
}

static int64_t
runs_ended(void)
{
    return ended[NOEMA_RUN_COMPLETED] + ended[NOEMA_RUN_FAILED] + ended[NOEMA_RUN_CANCELLED];
}

/* All of a burst are open at once; the last one started ends first. */
static void
burst(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        int times = happens(5, STARTED_TWICE, i) ? 2 : 1;
        delivery started = deliver(start_once, i, times, &absorbed.starts);
        runs[i] = started.run;
        refused += started.status == NOEMA_INSUFFICIENT_FUNDS ? 1 : 0;
    }
    for (size_t i = to; i-- > from;) {
        if (runs[i].id.text[0] != '\0') {
            int times = happens(5, SETTLED_TWICE, i) ? 2 : 1;
            runs[i] = deliver(settle_once, i, times, &absorbed.settlements).run;
            people[who_sends(i)].used += runs[i].charged;
            ended[runs[i].state]++;
        }
    }
}

static void
refund_once(delivery *one)
{
    char key[64];
    const noema_command command = {.size = sizeof command,
                                   .kind = NOEMA_COMMAND_REFUND_ALL,
                                   .run = runs[one->at].id,
                                   .key = key,
                                   .description = "refund: black image"};
    snprintf(key, sizeof key, "support:ticket:%zu", one->at);
    do {
        one->status =
            noema_economy_apply(db, &command, 1, &one->receipt, sizeof one->receipt, &one->error);
    } while (ask_again(one));
    keep_receipt(one);
}

static void
refund(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (runs[i].charged > 0 && happens(1, REFUNDED, i)) {
            people[who_sends(i)].refunded +=
                deliver(refund_once, i, 2, &absorbed.refunds).receipt.amount;
        }
    }
}

#endif
