/* Commands that are kept in flight: the callback of one submits the next. */
#include <stdio.h>

#include "api/db.h"
#include "async/async.h"
#include "bench.h"
#include "core/memory.h"

struct bench_flight {
    const bench_load *load;
    nd_engine *engine;
    pthread_mutex_t mutex;
    pthread_cond_t landed;
    uint32_t flying;
    bench_slot slots[];
};

const bench_load *
bench_slot_load(const bench_slot *slot)
{
    return slot->flight->load;
}

static void
note_failure(bench_tally *tally, noema_status status, const char *message)
{
    char why[300];
    (void)snprintf(why, sizeof(why), "%s: %s", noema_status_name(status), message);
    bench_fail(tally, why);
}

static void
land(bench_flight *flight)
{
    nd_lock(&flight->mutex);
    flight->flying--;
    pthread_cond_signal(&flight->landed);
    nd_unlock(&flight->mutex);
}

static void done(nd_command *command, void *context);

static void
launch(bench_slot *slot, nd_command *command)
{
    noema_error error;
    command->done = done;
    command->context = slot;
    if (nd_engine_submit(slot->flight->engine, command, &error) != NOEMA_OK) {
        note_failure(slot->flight->load->tally, error.status, error.message);
        nd_command_free(command);
        land(slot->flight);
    }
}

/* An operation ends with its last command, or with the first that is refused. */
static void
done(nd_command *command, void *context)
{
    bench_slot *slot = context;
    const bench_load *load = slot->flight->load;
    const noema_receipt *receipt = &command->answer.receipt;
    nd_command *next = NULL;
    if (receipt->status != NOEMA_OK || (receipt->flags & NOEMA_REPLAYED) != 0) {
        note_failure(load->tally, receipt->status, command->answer.error.message);
    } else {
        next = load->contender->feed(slot, command);
        load->tally->spent -= receipt->amount;
        load->tally->done += next == NULL ? 1 : 0;
    }
    nd_command_free(command);
    if (next == NULL && !load->tally->stop) {
        next = load->contender->feed(slot, NULL);
    }
    if (next == NULL) {
        land(slot->flight);
    } else {
        launch(slot, next);
    }
}

/* The engine is there: the accounts got their credit through it. */
void *
bench_flight_begin(const bench_load *load)
{
    uint32_t count = load->contender->width;
    bench_flight *made = nd_new(sizeof(*made) + count * sizeof(made->slots[0]));
    made->load = load;
    made->engine = load->place->db->engine;
    made->flying = count;
    nd_lock_init(&made->mutex);
    nd_condition_init(&made->landed);
    for (uint32_t i = 0; i < count; i++) {
        bench_slot *slot = &made->slots[i];
        slot->flight = made;
        slot->random = UINT64_C(88172645463325252) + i * UINT64_C(104729);
        launch(slot, load->contender->feed(slot, NULL));
    }
    return made;
}

void
bench_flight_end(void *ended)
{
    bench_flight *flight = ended;
    nd_lock(&flight->mutex);
    while (flight->flying > 0) {
        pthread_cond_wait(&flight->landed, &flight->mutex);
    }
    nd_unlock(&flight->mutex);
    pthread_cond_destroy(&flight->landed);
    pthread_mutex_destroy(&flight->mutex);
    nd_delete(flight);
}
