/* Times out runs whose deadline has passed and that nobody settled. */
#include <string.h>

#include "engine/engine.h"
#include "workflow_executions/store.h"

/* A worker may still be on its way to settle. */
enum { OVERDUE_MS = 30000, REAPED_AT_ONCE = 256 };

static void
reap_some(nd_engine *engine, nd_deadline deadline, const nd_id *ids, uint32_t count,
          uint32_t *reaped)
{
    nd_command *commands[REAPED_AT_ONCE];
    nd_answer answers[REAPED_AT_ONCE];
    for (uint32_t i = 0; i < count; i++) {
        commands[i] = nd_command_new(ND_TIME_OUT);
        commands[i]->run = ids[i];
        commands[i]->deadline = deadline;
    }
    nd_engine_run_all(engine, commands, count, answers);
    for (uint32_t i = 0; i < count; i++) {
        bool timed_out = answers[i].receipt.status == NOEMA_OK && answers[i].run.flags == 0;
        *reaped += timed_out ? 1 : 0;
    }
}

noema_status
nd_engine_reap(nd_engine *engine, nd_base *base, nd_deadline deadline, uint32_t limit,
               uint32_t *reaped, noema_error *error)
{
    nd_arena *arena = nd_arena_new();
    nd_list ids = {0};
    nd_time before = nd_clock_now(nd_base_clock(base));
    before.ms -= OVERDUE_MS;
    *reaped = 0;
    noema_status status = nd_run_read_due(base, deadline, before, limit, arena, &ids, error);
    for (uint32_t from = 0; status == NOEMA_OK && from < ids.count; from += REAPED_AT_ONCE) {
        uint32_t left = ids.count - from;
        reap_some(engine, deadline, (nd_id *)ids.items + from,
                  left < REAPED_AT_ONCE ? left : REAPED_AT_ONCE, reaped);
    }
    nd_metrics_add(nd_base_metrics(base), ND_METRIC_RUNS_REAPED, *reaped);
    nd_arena_free(arena);
    return status;
}
