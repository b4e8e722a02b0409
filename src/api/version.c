/* Version, statuses and values: what needs no server. */
#include <noemadb.h>

#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "core/id.h"
#include "core/memory.h"
#include "core/money.h"

uint32_t
noema_version_number(void)
{
    return NOEMA_VERSION_NUMBER;
}

const char *
noema_version(void)
{
    return nd_base_version();
}

const char *
noema_status_name(noema_status status)
{
    return nd_status_name(status);
}

const char *
noema_status_text(noema_status status)
{
    return nd_status_text(status);
}

noema_money
noema_money_usd(void)
{
    return NOEMA_USD;
}

noema_status
noema_id_parse(const char *text, noema_id *id, noema_error *error)
{
    nd_id parsed;
    nd_error_clear(error);
    if (id == NULL) {
        return nd_fail(error, NOEMA_INVALID, "id", "must not be NULL");
    }
    memset(id, 0, sizeof(*id));
    ND_TRY(nd_id_parse(text, "id", &parsed, error));
    *id = nd_id_public(parsed);
    return NOEMA_OK;
}

noema_status
noema_money_parse(const char *text, noema_money *amount, noema_error *error)
{
    nd_money parsed;
    nd_error_clear(error);
    if (amount == NULL) {
        return nd_fail(error, NOEMA_INVALID, "amount", "must not be NULL");
    }
    *amount = 0;
    ND_TRY(nd_money_parse(text, false, "amount", &parsed, error));
    *amount = parsed.nano;
    return NOEMA_OK;
}

size_t
noema_money_format(noema_money amount, char *text, size_t size)
{
    char whole[ND_MONEY_TEXT];
    size_t length = nd_money_format((nd_money){amount}, whole);
    if (text != NULL && size > 0) {
        text[0] = '\0';
        if (length < size) {
            memcpy(text, whole, length + 1);
        }
    }
    return length;
}

noema_status
noema_money_multiply(noema_money rate, int64_t quantity, int64_t per, noema_money *price,
                     noema_error *error)
{
    nd_money product;
    nd_error_clear(error);
    if (price == NULL) {
        return nd_fail(error, NOEMA_INVALID, "price", "must not be NULL");
    }
    *price = 0;
    if (!nd_money_in_range(rate) || rate < 0) {
        return nd_fail(error, NOEMA_INVALID, "rate", "must be 0 to 9000000000 USD");
    }
    if (quantity < 0 || per <= 0) {
        return nd_fail(error, NOEMA_INVALID, quantity < 0 ? "quantity" : "per",
                       quantity < 0 ? "must not be negative" : "must be positive");
    }
    ND_TRY(nd_money_multiply((nd_money){rate}, quantity, per, &product, error));
    *price = product.nano;
    return NOEMA_OK;
}

void
noema_free(void *memory)
{
    nd_delete(memory);
}
