/* Hex of a version, the state and a checksum over both and the list's name. */
#include "schema/page.h"

#include <string.h>

#include "core/crypto.h"
#include "core/text.h"

enum { VERSION = 1, CHECK_BYTES = 4, PAGE_BYTES = 8 + 8 + 12 };

static void
check_of(const char *list, const uint8_t *bytes, size_t size, uint8_t check[CHECK_BYTES])
{
    const nd_hash_key unkeyed = {.present = false};
    const uint8_t version = VERSION;
    /* With its NUL, so that no list's name is the beginning of another's. */
    const nd_piece pieces[] = {
        {&version, 1               },
        {list,     strlen(list) + 1},
        {bytes,    size            }
    };
    nd_hash hash = nd_hash_of(&unkeyed, pieces, sizeof(pieces) / sizeof(pieces[0]));
    memcpy(check, hash.bytes, CHECK_BYTES);
}

uint8_t *
nd_token_put(uint8_t *at, int64_t value)
{
    for (int shift = 0; shift < 64; shift += 8) {
        *at++ = (uint8_t)((uint64_t)value >> shift);
    }
    return at;
}

const uint8_t *
nd_token_get(const uint8_t *at, int64_t *value)
{
    uint64_t read = 0;
    for (int shift = 0; shift < 64; shift += 8) {
        read |= (uint64_t)*at++ << shift;
    }
    *value = (int64_t)read;
    return at;
}

void
nd_token_write(const char *list, const uint8_t *bytes, size_t size, char *text)
{
    const uint8_t version = VERSION;
    uint8_t check[CHECK_BYTES];
    check_of(list, bytes, size, check);
    nd_hex(&version, 1, text);
    nd_hex(bytes, size, text + 2);
    nd_hex(check, CHECK_BYTES, text + 2 + 2 * size);
}

static noema_status
refuse(noema_error *error)
{
    return nd_fail(error, NOEMA_INVALID, "page", "is no page token of this list");
}

/* Takes two digits a byte from *text, and moves on. */
static bool
take(const char **text, size_t size, uint8_t *bytes)
{
    for (size_t i = 0; i < size; i++) {
        const char digits[3] = {(*text)[0], (*text)[1], '\0'};
        if (!nd_unhex(digits, 1, bytes + i)) {
            return false;
        }
        *text += 2;
    }
    return true;
}

noema_status
nd_token_read(const char *list, const char *text, uint8_t *bytes, size_t most, size_t *size,
              noema_error *error)
{
    size_t length = strlen(text);
    uint8_t version;
    uint8_t check[CHECK_BYTES];
    uint8_t right[CHECK_BYTES];
    if (length % 2 != 0 || length / 2 < 1 + CHECK_BYTES || length / 2 > most + 1 + CHECK_BYTES) {
        return refuse(error);
    }
    *size = length / 2 - 1 - CHECK_BYTES;
    if (!take(&text, 1, &version) || version != VERSION || !take(&text, *size, bytes) ||
        !take(&text, CHECK_BYTES, check)) {
        return refuse(error);
    }
    check_of(list, bytes, *size, right);
    return memcmp(check, right, CHECK_BYTES) == 0 ? NOEMA_OK : refuse(error);
}

void
nd_page_write(const char *list, const nd_page *page, char text[ND_PAGE_TEXT])
{
    uint8_t bytes[PAGE_BYTES];
    uint8_t *at = nd_token_put(bytes, page->time.ms);
    at = nd_token_put(at, page->second);
    memcpy(at, page->id.bytes, sizeof(page->id.bytes));
    nd_token_write(list, bytes, sizeof(bytes), text);
}

noema_status
nd_page_read(const char *list, const char *text, nd_page *page, noema_error *error)
{
    uint8_t bytes[PAGE_BYTES] = {0};
    size_t size = 0;
    memset(page, 0, sizeof(*page));
    ND_TRY(nd_token_read(list, text, bytes, sizeof(bytes), &size, error));
    if (size != sizeof(bytes)) {
        return refuse(error);
    }
    const uint8_t *at = nd_token_get(bytes, &page->time.ms);
    at = nd_token_get(at, &page->second);
    memcpy(page->id.bytes, at, sizeof(page->id.bytes));
    return NOEMA_OK;
}
