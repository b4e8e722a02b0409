#include "support/relay_wire.h"

#include <bson/bson.h>
#include <stdio.h>
#include <string.h>

enum { OP_QUERY = 2004, OP_MSG = 2013 };

static int32_t
int_at(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return (int32_t)BSON_UINT32_FROM_LE(value);
}

/* The document of a message: of OP_MSG the body, of OP_QUERY the query. NULL: none. */
static const uint8_t *
document_of(const uint8_t *message, size_t size)
{
    int32_t kind = int_at(message + 12);
    size_t at = WIRE_HEADER + 4;
    if (kind == OP_QUERY) {
        const uint8_t *end = memchr(message + at, 0, size - at);
        at = end == NULL ? size : (size_t)(end - message) + 1 + 8;
        return at + 5 < size ? message + at : NULL;
    }
    while (kind == OP_MSG && at + 6 < size) {
        if (message[at] == 0) {
            return message + at + 1;
        }
        at += 1 + (size_t)int_at(message + at + 1);
    }
    return NULL;
}

int32_t
wire_size(const uint8_t *message)
{
    return int_at(message);
}

int32_t
wire_id(const uint8_t *message)
{
    return int_at(message + 4);
}

int32_t
wire_reply_to(const uint8_t *message)
{
    return int_at(message + 8);
}

void
wire_command(const uint8_t *message, size_t size, char name[WIRE_NAME])
{
    const uint8_t *document = document_of(message, size);
    name[0] = '\0';
    if (document != NULL) {
        size_t left = size - (size_t)(document - message) - 5;
        (void)snprintf(name, WIRE_NAME, "%.*s", (int)(left < 39 ? left : 39),
                       (const char *)document + 5);
    }
}

int32_t
wire_code(const uint8_t *message, size_t size)
{
    const uint8_t *document = document_of(message, size);
    bson_t view;
    bson_iter_t at;
    bson_iter_t code;
    if (document == NULL || !bson_init_static(&view, document, (size_t)int_at(document))) {
        return -1;
    }
    bool found = (bson_iter_init_find(&code, &view, "code")) ||
                 (bson_iter_init(&at, &view) &&
                  bson_iter_find_descendant(&at, "writeConcernError.code", &code));
    return found ? (int32_t)bson_iter_as_int64(&code) : 0;
}

bool
wire_is_housekeeping(const char *command)
{
    static const char *const names[] = {"hello", "isMaster", "ismaster", "ping", "endSessions", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(command, names[i]) == 0) {
            return true;
        }
    }
    return false;
}
