/* How an error travels: functions return a noema_status and fill the caller's noema_error. */
#ifndef ND_CORE_ERROR_H
#define ND_CORE_ERROR_H

#include <noemadb.h>

#define ND_MUST __attribute__((warn_unused_result))
#define ND_FORMAT(at, from) __attribute__((format(printf, at, from)))

/* Returns from the calling function when the expression is not NOEMA_OK. */
#define ND_TRY(expression)                                                                         \
    do {                                                                                           \
        noema_status nd_try_status = (expression);                                                 \
        if (nd_try_status != NOEMA_OK) {                                                           \
            return nd_try_status;                                                                  \
        }                                                                                          \
    } while (0)

/* Fills *error (may be NULL) whole and returns status. field may be NULL. The message is one line,
 * cut at its size on a character's border; control characters become spaces. RETRYABLE is set for
 * the statuses that the table in error.c says so of. */
noema_status nd_fail(noema_error *error, noema_status status, const char *field, const char *format,
                     ...) ND_FORMAT(4, 5);
/* The same with a stable reason word. */
noema_status nd_fail_reason(noema_error *error, noema_status status, const char *reason,
                            const char *field, const char *format, ...) ND_FORMAT(5, 6);
/* An error of the whole: all zero, status OK. */
void nd_error_clear(noema_error *error);
/* Copies from to *error, which may be NULL; returns the status. */
noema_status nd_error_copy(noema_error *error, const noema_error *from);
/* Prefixes error.field with a parent: "amount" becomes "commands.3.amount". */
void nd_error_within(noema_error *error, const char *parent);

/* The reverse: drops `parent` ("commands.0") from the beginning of field and message. */
void nd_error_without(noema_error *error, const char *parent);

const char *nd_status_name(noema_status status);
const char *nd_status_text(noema_status status);
/* The table's row by position, for descriptions of the library: false beyond the last. */
bool nd_status_at(size_t index, noema_status *status);
/* How grave a status is against others (OUTCOME_UNKNOWN gravest): for calls of many commands. */
int nd_status_gravity(noema_status status);

#endif
