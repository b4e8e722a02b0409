/* Handles: what a caller knows somebody by, "telegram:4242", in the one spelling under which it is
 * claimed. Says nothing about whether anybody has it. */
#ifndef ND_USER_CORE_HANDLE_H
#define ND_USER_CORE_HANDLE_H

#include "core/error.h"
#include "core/values.h"
#include "user_core/claim_record.h"

enum {
    ND_PLATFORM_MAX = 32,
    ND_HANDLE_ID_MAX = 128,
    ND_HANDLE_SIZE = ND_PLATFORM_MAX + 1 + ND_HANDLE_ID_MAX + 1
};

typedef struct nd_handle {
    char text[ND_HANDLE_SIZE]; /* canonical */
    char platform[ND_PLATFORM_MAX + 1];
    nd_claim_kind kind; /* PLATFORM, WALLET */
} nd_handle;

/* platform ':' id. platform: [a-z][a-z0-9_]{0,31}, so that it may stand in a field path; id: 1-128
 * bytes of printable ASCII without spaces, kept as it is, but for "eip155:", which is lowered.
 * INVALID names field and says what is wrong; "apikey:" is never a handle. */
ND_MUST noema_status nd_handle_parse(const char *text, const char *field, nd_handle *handle,
                                     noema_error *error);
/* The platform alone. */
ND_MUST noema_status nd_platform_check(const char *platform, const char *field, noema_error *error);
/* Both borrow from the handle. */
nd_text nd_handle_text(const nd_handle *handle);
nd_text nd_handle_id(const nd_handle *handle);

#endif
