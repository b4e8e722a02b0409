/* A command's memory: everything that it points to is copied into one block. */
#include "engine/command.h"

#include <stddef.h>
#include <string.h>

#include "core/memory.h"

/* Texts and documents have one layout: where, how long. */
typedef struct span {
    const void *bytes;
    uint32_t length;
} span;
_Static_assert(sizeof(span) == sizeof(nd_text) && sizeof(span) == sizeof(nd_bson),
               "texts and documents are spans");

static const size_t spans[] = {
    offsetof(nd_command, request.key),       offsetof(nd_command, request.description),
    offsetof(nd_command, request.reason),    offsetof(nd_command, request.actor),
    offsetof(nd_command, request.api_key),   offsetof(nd_command, request.metadata),
    offsetof(nd_command, start.key),         offsetof(nd_command, start.tool),
    offsetof(nd_command, start.service),     offsetof(nd_command, start.token),
    offsetof(nd_command, start.actor),       offsetof(nd_command, start.input),
    offsetof(nd_command, start.metadata),    offsetof(nd_command, settle.output),
    offsetof(nd_command, settle.error_code), offsetof(nd_command, settle.error_text),
    offsetof(nd_command, settle.reason),     offsetof(nd_command, settle.actor),
    offsetof(nd_command, service),           offsetof(nd_command, provider_run),
};
enum { SPAN_COUNT = sizeof(spans) / sizeof(spans[0]) };

nd_command *
nd_command_new(nd_kind kind)
{
    nd_command *command = nd_new(sizeof(*command));
    command->kind = kind;
    return command;
}

void
nd_command_free(nd_command *command)
{
    if (command == NULL) {
        return;
    }
    nd_delete(command->owned);
    nd_delete(command);
}

static span *
span_at(nd_command *command, size_t i)
{
    return (span *)(void *)((char *)command + spans[i]);
}

/* Documents first: they are copied at aligned places by being padded. */
static size_t
room_of(uint32_t length)
{
    return ((size_t)length + 1 + 7) & ~(size_t)7;
}

static char *
own(char *at, span *what)
{
    if (what->bytes == NULL) {
        return at;
    }
    memcpy(at, what->bytes, what->length);
    at[what->length] = '\0';
    what->bytes = at;
    return at + room_of(what->length);
}

static size_t
artifacts_room(const nd_command *command)
{
    const nd_list *artifacts = &command->settle.artifacts;
    const nd_artifact *items = artifacts->items;
    size_t size = artifacts->count * sizeof(*items);
    for (uint32_t i = 0; i < artifacts->count; i++) {
        size += room_of(items[i].url.length) + room_of(items[i].type.length);
    }
    return size;
}

static char *
own_artifacts(char *at, nd_list *artifacts)
{
    if (artifacts->count == 0) {
        return at;
    }
    nd_artifact *items = (nd_artifact *)(void *)at;
    memcpy(items, artifacts->items, artifacts->count * sizeof(*items));
    at += artifacts->count * sizeof(*items);
    for (uint32_t i = 0; i < artifacts->count; i++) {
        at = own(at, (span *)(void *)&items[i].url);
        at = own(at, (span *)(void *)&items[i].type);
    }
    artifacts->items = items;
    artifacts->room = artifacts->count;
    return at;
}

void
nd_command_own(nd_command *command)
{
    size_t size = artifacts_room(command);
    for (size_t i = 0; i < SPAN_COUNT; i++) {
        size += room_of(span_at(command, i)->length);
    }
    char *at = nd_new(size);
    command->owned = at;
    at = own_artifacts(at, &command->settle.artifacts);
    for (size_t i = 0; i < SPAN_COUNT; i++) {
        at = own(at, span_at(command, i));
    }
}

size_t
nd_command_weight(const nd_command *command)
{
    return 1024 + (size_t)command->request.metadata.length + command->start.input.length +
           command->start.metadata.length + command->settle.output.length;
}

nd_deadline
nd_commands_latest(nd_command *const *commands, size_t count)
{
    nd_deadline deadline = commands[0]->deadline;
    for (size_t i = 1; i < count; i++) {
        if (commands[i]->deadline.at_ms > deadline.at_ms) {
            deadline = commands[i]->deadline;
        }
    }
    return deadline;
}

void
nd_command_refuse(nd_command *command, const noema_error *error)
{
    memset(&command->answer, 0, sizeof(command->answer));
    nd_error_copy(&command->answer.error, error);
    command->answer.receipt.status = error->status;
}
