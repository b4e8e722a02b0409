/* The engine's threads, and how a caller waits for one of them. */
#include "engine/engine.h"

#include <string.h>

#include "engine/batch.h"
#include "engine/queue.h"
#include "engine/resolve.h"

/* A waiting caller gives a command that has begun this much longer than its deadline. */
enum { GRACE_MS = 250, RESOLVE_MAX = 256 };

struct nd_engine {
    nd_base *base;
    nd_queue queue;
    nd_committer committers[ND_COMMITTERS_MAX];
    size_t committer_count;
    pthread_t resolver;
    bool resolver_runs;
    nd_arena *resolve_arena;
    nd_recent *recent;
    atomic_bool bypass;
};

/* ---- threads --------------------------------------------------------------------------------- */

static void *
commit_batches(void *argument)
{
    nd_committer *committer = argument;
    while (nd_queue_take(committer->queue, &committer->batch)) {
        if (!nd_batch_run(committer)) {
            nd_queue_stop(committer->queue);
        }
    }
    return NULL;
}

static void
queue_resolved(nd_engine *engine, nd_command *command)
{
    noema_error error;
    bool refused = command->answer.receipt.status != NOEMA_OK;
    if (!refused && nd_queue_put_resolved(&engine->queue, command)) {
        return;
    }
    if (!refused) {
        nd_fail(&error, NOEMA_CLOSED, NULL, "the database handle is closing");
        nd_command_refuse(command, &error);
    }
    nd_metrics_add(nd_base_metrics(engine->base), ND_METRIC_COMMANDS_REFUSED, 1);
    nd_queue_finish(&engine->queue, command);
}

static void *
resolve_commands(void *argument)
{
    nd_engine *engine = argument;
    nd_command *commands[RESOLVE_MAX];
    size_t count;
    while ((count = nd_queue_take_unresolved(&engine->queue, commands, RESOLVE_MAX)) > 0) {
        nd_resolve(engine->base, &engine->queue, commands, count, engine->resolve_arena);
        for (size_t i = 0; i < count; i++) {
            queue_resolved(engine, commands[i]);
        }
    }
    return NULL;
}

static bool
start_threads(nd_engine *engine)
{
    for (size_t i = 0; i < engine->committer_count; i++) {
        nd_committer *committer = &engine->committers[i];
        if (!nd_thread_start(&committer->thread, "noema-commit", commit_batches, committer)) {
            for (size_t j = i; j < engine->committer_count; j++) {
                nd_committer_free(&engine->committers[j]);
            }
            engine->committer_count = i;
            return false;
        }
    }
    engine->resolver_runs =
        nd_thread_start(&engine->resolver, "noema-resolve", resolve_commands, engine);
    return engine->resolver_runs;
}

noema_status
nd_engine_open(nd_base *base, nd_engine **engine, noema_error *error)
{
    const nd_options *options = nd_base_options(base);
    nd_engine *made = nd_new(sizeof(*made));
    made->base = base;
    atomic_init(&made->bypass, true);
    made->resolve_arena = nd_arena_new();
    made->recent = nd_recent_new();
    nd_queue_init(&made->queue, options->queue_capacity, nd_base_metrics(base));
    made->committer_count =
        options->committers < ND_COMMITTERS_MAX ? options->committers : ND_COMMITTERS_MAX;
    for (size_t i = 0; i < made->committer_count; i++) {
        nd_committer_init(&made->committers[i], base, &made->queue);
        made->committers[i].bypass_wanted = &made->bypass;
        made->committers[i].recent = made->recent;
    }
    if (!start_threads(made)) {
        nd_engine_close(made);
        return nd_fail(error, NOEMA_NO_MEMORY, NULL, "the system has no more threads");
    }
    *engine = made;
    return NOEMA_OK;
}

void
nd_engine_stop(nd_engine *engine)
{
    nd_queue_stop(&engine->queue);
}

void
nd_engine_close(nd_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    nd_engine_stop(engine);
    if (engine->resolver_runs) {
        pthread_join(engine->resolver, NULL);
    }
    for (size_t i = 0; i < engine->committer_count; i++) {
        pthread_join(engine->committers[i].thread, NULL);
        nd_committer_free(&engine->committers[i]);
    }
    nd_queue_free(&engine->queue);
    nd_arena_free(engine->resolve_arena);
    nd_recent_free(engine->recent);
    nd_delete(engine);
}

void
nd_engine_set_lanes(nd_engine *engine, bool on)
{
    nd_lock(&engine->queue.mutex);
    engine->queue.no_lanes = !on;
    nd_unlock(&engine->queue.mutex);
}

void
nd_engine_set_bypass(nd_engine *engine, bool on)
{
    atomic_store(&engine->bypass, on);
}

void
nd_engine_set_memory(nd_engine *engine, bool on)
{
    nd_recent_set(engine->recent, on);
}

/* ---- callers ------------------------------------------------------------------------------------ */

noema_status
nd_engine_submit(nd_engine *engine, nd_command *command, noema_error *error)
{
    return nd_queue_put(&engine->queue, command, nd_resolve_at_once(&engine->queue, command),
                        error);
}

bool
nd_engine_withdraw(nd_engine *engine, nd_command *command)
{
    return nd_queue_withdraw(&engine->queue, command);
}

typedef struct nd_waiter {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    size_t pending;
} nd_waiter;

static void
waiter_init(nd_waiter *waiter)
{
    nd_lock_init(&waiter->mutex);
    nd_condition_init(&waiter->condition);
    waiter->pending = 0;
}

static void
waiter_destroy(nd_waiter *waiter)
{
    pthread_cond_destroy(&waiter->condition);
    pthread_mutex_destroy(&waiter->mutex);
}

static void
wake(nd_command *command, void *context)
{
    nd_waiter *waiter = context;
    (void)command;
    nd_lock(&waiter->mutex);
    waiter->pending--;
    if (waiter->pending == 0) {
        pthread_cond_signal(&waiter->condition);
    }
    nd_unlock(&waiter->mutex);
}

/* false: some are pending at the deadline. */
static bool
wait_for_all(nd_waiter *waiter, nd_deadline deadline)
{
    nd_lock(&waiter->mutex);
    while (waiter->pending > 0 && nd_condition_wait(&waiter->condition, &waiter->mutex, deadline)) {
    }
    bool done = waiter->pending == 0;
    nd_unlock(&waiter->mutex);
    return done;
}

static void
forget(nd_waiter *waiter)
{
    nd_lock(&waiter->mutex);
    waiter->pending--;
    nd_unlock(&waiter->mutex);
}

static void
refuse_answer(nd_answer *answer, noema_status status, const char *message)
{
    memset(answer, 0, sizeof(*answer));
    nd_fail(&answer->error, status, NULL, "%s", message);
    answer->receipt.status = status;
}

/* The deadline has passed. What has not begun is taken out; what has is left to the engine, unless
 * it is done after all. true: the command is the caller's. */
static bool
leave(nd_engine *engine, nd_waiter *waiter, nd_command *command, nd_answer *answer)
{
    if (nd_queue_withdraw(&engine->queue, command)) {
        forget(waiter);
        refuse_answer(&command->answer, NOEMA_TIMEOUT, "the deadline passed");
        return true;
    }
    if (nd_queue_abandon(&engine->queue, command)) {
        return true; /* done: its wake-up has come, or is coming */
    }
    forget(waiter);
    refuse_answer(answer, NOEMA_OUTCOME_UNKNOWN, "the deadline passed while it was under way");
    return false;
}

static void
submit_waiting(nd_engine *engine, nd_waiter *waiter, nd_command *command)
{
    noema_error error;
    nd_error_clear(&error);
    command->done = wake;
    command->context = waiter;
    nd_lock(&waiter->mutex);
    waiter->pending++;
    nd_unlock(&waiter->mutex);
    if (nd_engine_submit(engine, command, &error) != NOEMA_OK) {
        command->stage = ND_STAGE_DONE;
        nd_command_refuse(command, &error);
        forget(waiter);
    }
}

static void
collect(nd_engine *engine, nd_waiter *waiter, nd_command **commands, size_t count,
        nd_answer *answers)
{
    nd_deadline latest = nd_commands_latest(commands, count);
    latest.at_ms += GRACE_MS;
    if (!wait_for_all(waiter, latest)) {
        for (size_t i = 0; i < count; i++) {
            if (!leave(engine, waiter, commands[i], &answers[i])) {
                commands[i] = NULL;
            }
        }
        wait_for_all(waiter, nd_deadline_in(60000));
    }
    for (size_t i = 0; i < count; i++) {
        if (commands[i] != NULL) {
            answers[i] = commands[i]->answer;
            nd_command_free(commands[i]);
        }
    }
}

void
nd_engine_run_all(nd_engine *engine, nd_command **commands, size_t count, nd_answer *answers)
{
    size_t part = engine->queue.capacity / 2 + 1;
    for (size_t from = 0; from < count; from += part) {
        size_t size = count - from < part ? count - from : part;
        nd_waiter waiter;
        waiter_init(&waiter);
        for (size_t i = 0; i < size; i++) {
            submit_waiting(engine, &waiter, commands[from + i]);
        }
        collect(engine, &waiter, commands + from, size, answers + from);
        waiter_destroy(&waiter);
    }
}

noema_status
nd_engine_run(nd_engine *engine, nd_command *command, nd_answer *answer)
{
    nd_engine_run_all(engine, &command, 1, answer);
    return answer->receipt.status;
}
