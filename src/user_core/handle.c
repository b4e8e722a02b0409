/* Parses handles into their canonical spelling. */
#include "user_core/handle.h"

#include <string.h>

#include "core/text.h"
#include "user_core/address.h"

/* What a platform makes of its ids, in place. NULL: they are good; else what they must be. */
typedef const char *(*id_check)(char *id);

static const char *
check_ethereum(char *id)
{
    char lower[ND_ETHEREUM_SIZE];
    switch (nd_ethereum_read(id, lower)) {
    case ND_ETHEREUM_SHAPE:
        return "an eip155 address must be 0x and 40 hexadecimal digits";
    case ND_ETHEREUM_CHECKSUM:
        return "the address must pass its EIP-55 checksum, or be all lower case";
    case ND_ETHEREUM_GOOD:
        break;
    }
    memcpy(id, lower, sizeof lower);
    return NULL;
}

static const char *
check_solana(char *id)
{
    uint8_t key[ND_SOLANA_BYTES];
    return nd_solana_read(id, key) ? NULL : "a solana address must be base58 of exactly 32 bytes";
}

static const char *
refuse_api_key(char *id)
{
    (void)id;
    return "an API key must not be used as a handle";
}

typedef struct platform_row {
    const char *platform;
    nd_claim_kind kind;
    id_check check;
} platform_row;

static const platform_row special_platforms[] = {
    {"eip155", ND_CLAIM_WALLET,  check_ethereum},
    {"solana", ND_CLAIM_WALLET,  check_solana  },
    {"apikey", ND_CLAIM_API_KEY, refuse_api_key},
};

static bool
continues_platform(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* Bytes at the start of text that are a platform's name. 0: there is none. */
static size_t
platform_length(const char *text)
{
    size_t length = 0;
    if (text[0] < 'a' || text[0] > 'z') {
        return 0;
    }
    while (length <= ND_PLATFORM_MAX && continues_platform(text[length])) {
        length++;
    }
    return length <= ND_PLATFORM_MAX ? length : 0;
}

noema_status
nd_platform_check(const char *platform, const char *field, noema_error *error)
{
    size_t length = platform != NULL ? platform_length(platform) : 0;
    if (length == 0 || platform[length] != '\0') {
        return nd_fail(error, NOEMA_INVALID, field,
                       "must begin with a-z and go on with at most 31 of a-z, 0-9, _");
    }
    return NOEMA_OK;
}

/* NULL: it is an id; else what it must be. */
static const char *
check_id(const char *id)
{
    size_t length = strnlen(id, ND_HANDLE_ID_MAX + 1);
    if (length == 0 || length > ND_HANDLE_ID_MAX) {
        return "must have 1 to 128 bytes behind the colon";
    }
    for (size_t i = 0; i < length; i++) {
        if (id[i] <= ' ' || id[i] > '~') {
            return "must be printable ASCII without spaces";
        }
    }
    return NULL;
}

static const char *
apply_platform(nd_handle *handle, char *id)
{
    size_t count = sizeof special_platforms / sizeof special_platforms[0];
    handle->kind = ND_CLAIM_PLATFORM;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(handle->platform, special_platforms[i].platform) == 0) {
            handle->kind = special_platforms[i].kind;
            return special_platforms[i].check(id);
        }
    }
    return NULL;
}

noema_status
nd_handle_parse(const char *text, const char *field, nd_handle *handle, noema_error *error)
{
    nd_handle parsed = {0};
    size_t length = text != NULL ? platform_length(text) : 0;
    if (length == 0 || text[length] != ':') {
        return nd_fail(error, NOEMA_INVALID, field,
                       "must be a platform (a-z, 0-9, _; at most 32), a colon and an id: "
                       "telegram:4242");
    }
    const char *wrong = check_id(text + length + 1);
    if (wrong == NULL) {
        memcpy(parsed.platform, text, length);
        memcpy(parsed.text, text, strlen(text));
        wrong = apply_platform(&parsed, parsed.text + length + 1);
    }
    if (wrong != NULL) {
        return nd_fail(error, NOEMA_INVALID, field, "%s", wrong);
    }
    *handle = parsed;
    return NOEMA_OK;
}

nd_text
nd_handle_text(const nd_handle *handle)
{
    return nd_text_of(handle->text);
}

nd_text
nd_handle_id(const nd_handle *handle)
{
    return nd_text_of(handle->text + strlen(handle->platform) + 1);
}
