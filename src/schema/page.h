/* Page tokens: where a list stopped, as printable text that a caller hands back. A token is of one
 * list; a broken one, or one of another list, is refused. It is no secret, and no proof. */
#ifndef ND_SCHEMA_PAGE_H
#define ND_SCHEMA_PAGE_H

#include <stddef.h>

#include "core/error.h"
#include "core/values.h"

/* The key of the last document of a page: the next page holds what comes after it. */
typedef struct nd_page {
    nd_time time;
    int64_t second; /* of lists that order equal times by a number; else 0 */
    nd_id id;
} nd_page;

/* Version and checksum around the bytes, two digits each, and NUL. */
#define ND_TOKEN_TEXT(size) (2 * ((size) + 5) + 1)
enum { ND_PAGE_TEXT = ND_TOKEN_TEXT(8 + 8 + 12) };

/* list names what is listed ("transactions of 6650..."): a token of another one is not taken. */
void nd_page_write(const char *list, const nd_page *page, char text[ND_PAGE_TEXT]);
/* INVALID names "page". */
ND_MUST noema_status nd_page_read(const char *list, const char *text, nd_page *page,
                                  noema_error *error);

/* The same for a state of any bytes; text has room for ND_TOKEN_TEXT(size). */
void nd_token_write(const char *list, const uint8_t *bytes, size_t size, char *text);
/* At most `most` bytes. INVALID names "page". */
ND_MUST noema_status nd_token_read(const char *list, const char *text, uint8_t *bytes, size_t most,
                                   size_t *size, noema_error *error);

/* Numbers in a token: little-endian whatever the machine. */
uint8_t *nd_token_put(uint8_t *at, int64_t value);
const uint8_t *nd_token_get(const uint8_t *at, int64_t *value);

#endif
