/* The line of commands, and which of them go together. */
#include "engine/queue.h"

#include <string.h>

#include "core/memory.h"

/* How far a scan looks behind commands that it can't take. */
enum { SCAN_MAX = 8192 };

void
nd_queue_init(nd_queue *queue, uint32_t capacity, nd_metrics *metrics)
{
    memset(queue, 0, sizeof(*queue));
    nd_lock_init(&queue->mutex);
    nd_condition_init(&queue->ready);
    nd_condition_init(&queue->unresolved);
    queue->capacity = capacity;
    queue->metrics = metrics;
    queue->payers = nd_new(ND_PAYERS_CACHED * sizeof(nd_payer_slot));
}

void
nd_queue_free(nd_queue *queue)
{
    nd_delete(queue->payers);
    pthread_cond_destroy(&queue->ready);
    pthread_cond_destroy(&queue->unresolved);
    pthread_mutex_destroy(&queue->mutex);
}

void
nd_queue_add_batch(nd_queue *queue, nd_batch *batch)
{
    batch->count = 0;
    batch->accounts = nd_idmap_new();
    batch->wanted = nd_idmap_new();
    queue->open[queue->open_count++] = batch;
}

void
nd_batch_free(nd_batch *batch)
{
    nd_idmap_free(batch->accounts);
    nd_idmap_free(batch->wanted);
}

/* ---- lines --------------------------------------------------------------------------------- */

static void
line_remove(nd_line *line, nd_command *command)
{
    *(command->previous == NULL ? &line->first : &command->previous->next) = command->next;
    *(command->next == NULL ? &line->last : &command->next->previous) = command->previous;
    command->next = command->previous = NULL;
    line->count--;
}

/* By order: nearly always at the end. */
static void
line_insert(nd_line *line, nd_command *command)
{
    nd_command *before = line->last;
    while (before != NULL && before->order > command->order) {
        before = before->previous;
    }
    command->previous = before;
    command->next = before == NULL ? line->first : before->next;
    *(command->previous == NULL ? &line->first : &command->previous->next) = command;
    *(command->next == NULL ? &line->last : &command->next->previous) = command;
    line->count++;
}

static void
enqueue(nd_queue *queue, nd_command *command)
{
    command->stage = ND_STAGE_QUEUED;
    line_insert(&queue->queued, command);
    nd_metrics_set(queue->metrics, ND_METRIC_QUEUE_DEPTH, queue->queued.count);
    if (queue->corked == 0) {
        pthread_cond_signal(&queue->ready);
    }
}

noema_status
nd_queue_put(nd_queue *queue, nd_command *command, bool resolved, noema_error *error)
{
    noema_status status = NOEMA_OK;
    nd_lock(&queue->mutex);
    if (queue->stopping) {
        status = nd_fail(error, NOEMA_CLOSED, NULL, "the database handle is closing");
    } else if (queue->in_flight >= queue->capacity) {
        status = nd_fail(error, NOEMA_BUSY, NULL, "%u commands are in flight", queue->capacity);
        if (error != NULL) {
            error->retry_after_ms = 20;
        }
    } else {
        queue->in_flight++;
        command->order = ++queue->order;
        command->queued_us = nd_monotonic_us();
        if (resolved) {
            enqueue(queue, command);
        } else {
            command->stage = ND_STAGE_RESOLVING;
            line_insert(&queue->resolving, command);
            pthread_cond_signal(&queue->unresolved);
        }
    }
    nd_unlock(&queue->mutex);
    return status;
}

bool
nd_queue_put_resolved(nd_queue *queue, nd_command *command)
{
    nd_lock(&queue->mutex);
    bool open = !queue->stopping;
    if (open) {
        enqueue(queue, command);
    }
    nd_unlock(&queue->mutex);
    return open;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static bool
in_other_batch(const nd_queue *queue, const nd_batch *batch, nd_id account)
{
    for (size_t i = 0; i < queue->open_count; i++) {
        if (queue->open[i] != batch && nd_idmap_find(queue->open[i]->accounts, account) >= 0) {
            return true;
        }
    }
    return false;
}

static bool
can_take(const nd_queue *queue, const nd_batch *batch, const nd_command *command)
{
    for (uint8_t i = 0; i < command->account_count && !queue->no_lanes; i++) {
        if (nd_idmap_find(batch->wanted, command->accounts[i]) >= 0 ||
            in_other_batch(queue, batch, command->accounts[i])) {
            return false;
        }
    }
    return true;
}

static void
note_accounts(nd_idmap *map, const nd_command *command)
{
    for (uint8_t i = 0; i < command->account_count; i++) {
        nd_idmap_add(map, command->accounts[i], 0);
    }
}

static void
take(nd_queue *queue, nd_batch *batch, nd_command *command, int64_t now_us)
{
    line_remove(&queue->queued, command);
    command->stage = ND_STAGE_TAKEN;
    note_accounts(batch->accounts, command);
    batch->commands[batch->count++] = command;
    nd_metrics_add(queue->metrics, ND_METRIC_QUEUE_WAIT_US, now_us - command->queued_us);
}

/* At most an entry, an account, a run and what is due: four documents a command. */
static void
scan(nd_queue *queue, nd_batch *batch)
{
    const int64_t now_us = nd_monotonic_us();
    size_t bytes = 0;
    int seen = 0;
    nd_idmap_clear(batch->wanted);
    nd_command *next = NULL;
    for (nd_command *command = queue->queued.first; command != NULL; command = next) {
        next = command->next;
        size_t weight = nd_command_weight(command);
        bool full = batch->count == ND_BATCH_COMMANDS || batch->count * 4 >= ND_BATCH_DOCUMENTS ||
                    (batch->count > 0 && bytes + weight > ND_BATCH_BYTES);
        if (full || ++seen > SCAN_MAX) {
            return;
        }
        if (can_take(queue, batch, command)) {
            take(queue, batch, command, now_us);
            bytes += weight;
        } else {
            note_accounts(batch->wanted, command);
        }
    }
}

bool
nd_queue_take(nd_queue *queue, nd_batch *batch)
{
    nd_lock(&queue->mutex);
    batch->count = 0;
    for (;;) {
        scan(queue, batch);
        if (batch->count > 0 || (queue->stopping && queue->queued.count == 0)) {
            break;
        }
        pthread_cond_wait(&queue->ready, &queue->mutex);
    }
    nd_metrics_set(queue->metrics, ND_METRIC_QUEUE_DEPTH, queue->queued.count);
    nd_unlock(&queue->mutex);
    return batch->count > 0;
}

size_t
nd_queue_take_unresolved(nd_queue *queue, nd_command **commands, size_t most)
{
    size_t count = 0;
    nd_lock(&queue->mutex);
    while (queue->resolving.count == 0 && !queue->stopping) {
        pthread_cond_wait(&queue->unresolved, &queue->mutex);
    }
    while (count < most && queue->resolving.first != NULL) {
        nd_command *command = queue->resolving.first;
        line_remove(&queue->resolving, command);
        command->stage = ND_STAGE_TAKEN;
        commands[count++] = command;
    }
    nd_unlock(&queue->mutex);
    return count;
}

void
nd_queue_give_back(nd_queue *queue, nd_batch *batch, size_t from)
{
    nd_lock(&queue->mutex);
    nd_idmap_clear(batch->accounts);
    for (size_t i = 0; i < from; i++) {
        note_accounts(batch->accounts, batch->commands[i]);
    }
    for (size_t i = from; i < batch->count; i++) {
        enqueue(queue, batch->commands[i]);
    }
    batch->count = from;
    nd_unlock(&queue->mutex);
}

void
nd_queue_end_batch(nd_queue *queue, nd_batch *batch)
{
    nd_lock(&queue->mutex);
    nd_idmap_clear(batch->accounts);
    batch->count = 0;
    if (queue->queued.count > 0 || queue->stopping) {
        pthread_cond_broadcast(&queue->ready);
    }
    nd_unlock(&queue->mutex);
}

/* ---- leaving ----------------------------------------------------------------------------------- */

bool
nd_queue_withdraw(nd_queue *queue, nd_command *command)
{
    nd_lock(&queue->mutex);
    bool waits = command->stage == ND_STAGE_QUEUED || command->stage == ND_STAGE_RESOLVING;
    if (waits) {
        line_remove(command->stage == ND_STAGE_QUEUED ? &queue->queued : &queue->resolving,
                    command);
        command->stage = ND_STAGE_DONE;
        queue->in_flight--;
        nd_metrics_add(queue->metrics, ND_METRIC_COMMANDS_WITHDRAWN, 1);
    }
    nd_unlock(&queue->mutex);
    return waits;
}

void
nd_queue_finish(nd_queue *queue, nd_command *command)
{
    nd_lock(&queue->mutex);
    command->stage = ND_STAGE_DONE;
    queue->in_flight--;
    bool abandoned = command->abandoned;
    nd_unlock(&queue->mutex);
    if (abandoned) {
        nd_command_free(command);
    } else {
        command->done(command, command->context);
    }
}

void
nd_queue_cork(nd_queue *queue)
{
    nd_lock(&queue->mutex);
    queue->corked++;
    nd_unlock(&queue->mutex);
}

void
nd_queue_uncork(nd_queue *queue)
{
    nd_lock(&queue->mutex);
    queue->corked--;
    if (queue->queued.count > 0) {
        pthread_cond_broadcast(&queue->ready);
    }
    nd_unlock(&queue->mutex);
}

bool
nd_queue_abandon(nd_queue *queue, nd_command *command)
{
    nd_lock(&queue->mutex);
    bool done = command->stage == ND_STAGE_DONE;
    if (!done) {
        command->abandoned = true;
    }
    nd_unlock(&queue->mutex);
    return done;
}

static void
close_line(nd_queue *queue, nd_line *line, nd_command **closed)
{
    while (line->first != NULL) {
        nd_command *command = line->first;
        line_remove(line, command);
        command->stage = ND_STAGE_TAKEN;
        command->next = *closed;
        *closed = command;
    }
    nd_metrics_set(queue->metrics, ND_METRIC_QUEUE_DEPTH, 0);
}

void
nd_queue_stop(nd_queue *queue)
{
    nd_command *closed = NULL;
    noema_error error;
    nd_lock(&queue->mutex);
    queue->stopping = true;
    close_line(queue, &queue->queued, &closed);
    close_line(queue, &queue->resolving, &closed);
    pthread_cond_broadcast(&queue->ready);
    pthread_cond_broadcast(&queue->unresolved);
    nd_unlock(&queue->mutex);
    nd_fail(&error, NOEMA_CLOSED, NULL, "the database handle is closing");
    while (closed != NULL) {
        nd_command *command = closed;
        closed = command->next;
        nd_command_refuse(command, &error);
        nd_queue_finish(queue, command);
    }
}

/* ---- who pays a run ------------------------------------------------------------------------------ */

bool
nd_queue_payer(nd_queue *queue, nd_id run, nd_id *payer)
{
    nd_lock(&queue->mutex);
    const nd_payer_slot *slot = &queue->payers[nd_id_hash(run) % ND_PAYERS_CACHED];
    bool hit = nd_id_equal(slot->run, run);
    if (hit) {
        *payer = slot->payer;
    }
    nd_unlock(&queue->mutex);
    return hit;
}

void
nd_queue_note_payer(nd_queue *queue, nd_id run, nd_id payer)
{
    nd_lock(&queue->mutex);
    queue->payers[nd_id_hash(run) % ND_PAYERS_CACHED] = (nd_payer_slot){run, payer};
    nd_unlock(&queue->mutex);
}
