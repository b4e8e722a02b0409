/* Errors: the one table of statuses, and the only code that fills a noema_error. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

typedef struct status_row {
    noema_status status;
    int gravity;
    bool retryable;
    const char *name;
    const char *text;
} status_row;

#define ROW(name, gravity, retryable, text) {NOEMA_##name, gravity, retryable, #name, text}

/* Row n is status -n. Gravity orders by what the caller can still be sure of: refusals, then calls
 * that did not get through, then damage, then the one that leaves doubt about money. */
static const status_row rows[] = {
    ROW(OK, 0, false, "done"),
    ROW(INVALID, 4, false, "an argument is not acceptable; nothing happened"),
    ROW(NOT_FOUND, 2, false, "there is no such thing"),
    ROW(INSUFFICIENT_FUNDS, 9, false, "the available credit is too small; nothing happened"),
    ROW(KEY_REUSED, 6, false, "the key is known with another request"),
    ROW(ILLEGAL_TRANSITION, 8, false, "the present state does not allow it"),
    ROW(TAKEN, 7, false, "it belongs to another account"),
    ROW(DENIED, 10, false, "the account or API key may not do it"),
    ROW(LIMIT, 5, false, "beyond a bound of the library"),
    ROW(CONFLICT, 3, false, "the expected version or value does not match"),
    ROW(OWNED, 11, false, "the collection is written by its own functions only"),
    ROW(CORRUPT, 19, false, "a stored value is not what this library wrote"),
    ROW(UNAVAILABLE, 15, true, "the database can't be reached; nothing happened"),
    ROW(TIMEOUT, 14, true, "the deadline passed; nothing happened"),
    ROW(OUTCOME_UNKNOWN, 21, true, "it may or may not have happened; ask again with the same key"),
    ROW(BUSY, 13, true, "the queue is full; ask again later"),
    ROW(UNSUPPORTED, 12, false, "this server, build or database can't do it"),
    ROW(FORKED, 17, false, "the handle was made in another process"),
    ROW(CLOSED, 16, false, "the handle is closing"),
    ROW(NO_MEMORY, 18, false, "out of memory"),
    ROW(INTERNAL, 20, false, "a bug of this library"),
    ROW(CANCELLED, 1, false, "withdrawn at the caller's wish; nothing happened"),
};

static const status_row no_row = {NOEMA_INTERNAL, 20, false, "UNKNOWN_STATUS",
                                  "not a status of this library"};

static const status_row *
row_of(noema_status status)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            return &rows[i];
        }
    }
    return &no_row;
}

/* snprintf that never leaves half a character at the end. */
ND_FORMAT(3, 0) static void
print_cut(char *to, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(to, size, format, arguments);
    if (length < 0) {
        to[0] = '\0';
        return;
    }
    if ((size_t)length >= size) {
        to[nd_utf8_cut(to, size - 1)] = '\0';
    }
    nd_text_one_line(to);
}

ND_FORMAT(3, 4) static void
print(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_cut(to, size, format, arguments);
    va_end(arguments);
}

/* Puts "<field>: <rest>" into to. */
static void
print_message(char *to, size_t size, const char *field, const char *rest)
{
    if (field[0] == '\0') {
        print(to, size, "%s", rest);
    } else {
        print(to, size, "%s: %s", field, rest);
    }
}

/* Arguments may point into *error, so it is replaced only when all of them have been read. */
ND_FORMAT(5, 0) static void
fill(noema_error *error, noema_status status, const char *reason, const char *field,
     const char *format, va_list arguments)
{
    noema_error made;
    char rest[sizeof made.message];
    memset(&made, 0, sizeof made);
    made.status = status;
    made.flags = row_of(status)->retryable ? NOEMA_RETRYABLE : 0;
    print(made.reason, sizeof made.reason, "%s", reason != NULL ? reason : "");
    print(made.field, sizeof made.field, "%s", field != NULL ? field : "");
    print_cut(rest, sizeof rest, format, arguments);
    print_message(made.message, sizeof made.message, made.field, rest);
    *error = made;
}

noema_status
nd_fail(noema_error *error, noema_status status, const char *field, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, status, NULL, field, format, arguments);
        va_end(arguments);
    }
    return status;
}

noema_status
nd_fail_reason(noema_error *error, noema_status status, const char *reason, const char *field,
               const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, status, reason, field, format, arguments);
        va_end(arguments);
    }
    return status;
}

void
nd_error_clear(noema_error *error)
{
    if (error != NULL) {
        memset(error, 0, sizeof *error);
    }
}

noema_status
nd_error_copy(noema_error *error, const noema_error *from)
{
    if (error != NULL && error != from) {
        *error = *from;
    }
    return from->status;
}

/* What stands in the message behind "<field>: ". */
static const char *
message_rest(const noema_error *error)
{
    size_t length = strlen(error->field);
    if (length > 0 && strncmp(error->message, error->field, length) == 0 &&
        strncmp(error->message + length, ": ", 2) == 0) {
        return error->message + length + 2;
    }
    return error->message;
}

void
nd_error_within(noema_error *error, const char *parent)
{
    if (error == NULL || parent == NULL || parent[0] == '\0') {
        return;
    }
    noema_error made = *error;
    if (error->field[0] == '\0') {
        print(made.field, sizeof made.field, "%s", parent);
    } else {
        print(made.field, sizeof made.field, "%s.%s", parent, error->field);
    }
    print_message(made.message, sizeof made.message, made.field, message_rest(error));
    *error = made;
}

static void
drop_head(char *text, const char *head)
{
    size_t length = strlen(head);
    if (strncmp(text, head, length) == 0) {
        memmove(text, text + length, strlen(text + length) + 1);
    }
}

void
nd_error_without(noema_error *error, const char *parent)
{
    char head[sizeof error->field];
    if (error == NULL || error->field[0] == '\0') {
        return;
    }
    print(head, sizeof head, strcmp(error->field, parent) == 0 ? "%s" : "%s.", parent);
    drop_head(error->field, head);
    print(head, sizeof head, error->field[0] == '\0' ? "%s: " : "%s.", parent);
    drop_head(error->message, head);
}

const char *
nd_status_name(noema_status status)
{
    return row_of(status)->name;
}

const char *
nd_status_text(noema_status status)
{
    return row_of(status)->text;
}

bool
nd_status_at(size_t index, noema_status *status)
{
    if (index >= sizeof rows / sizeof rows[0]) {
        return false;
    }
    *status = rows[index].status;
    return true;
}

int
nd_status_gravity(noema_status status)
{
    return row_of(status)->gravity;
}
