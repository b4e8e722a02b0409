/* Money: sums, text and products of nano-USD. Whether an amount may be negative is for the law. */
#include "core/money.h"

#include <inttypes.h>
#include <stdio.h>

__extension__ typedef __int128 wide;

enum { NANO_DIGITS = 9, DOLLAR_DIGITS = 10 };
static const int64_t nano_per_usd = INT64_C(1000000000);

bool
nd_money_in_range(int64_t nano)
{
    return nano >= -ND_MONEY_MAX && nano <= ND_MONEY_MAX;
}

bool
nd_money_add(nd_money a, nd_money b, nd_money *sum)
{
    int64_t nano = 0;
    if (__builtin_add_overflow(a.nano, b.nano, &nano) || !nd_money_in_range(nano)) {
        return false;
    }
    sum->nano = nano;
    return true;
}

nd_money
nd_money_min(nd_money a, nd_money b)
{
    return a.nano < b.nano ? a : b;
}

nd_money
nd_money_max(nd_money a, nd_money b)
{
    return a.nano > b.nano ? a : b;
}

/* Reads up to `most` digits into *value, and returns how many stood there. */
static int
read_digits(const char *text, int most, int64_t *value)
{
    int count = 0;
    *value = 0;
    while (count < most && text[count] >= '0' && text[count] <= '9') {
        *value = *value * 10 + (text[count] - '0');
        count++;
    }
    return count;
}

/* Reads ".25" as 250,000,000 and nothing as 0; false: it is neither, or something follows. */
static bool
read_decimals(const char *text, int64_t *nano)
{
    *nano = 0;
    if (*text == '\0') {
        return true;
    }
    if (*text != '.') {
        return false;
    }
    int count = read_digits(text + 1, NANO_DIGITS, nano);
    for (int i = count; i < NANO_DIGITS; i++) {
        *nano *= 10;
    }
    return count > 0 && text[1 + count] == '\0';
}

noema_status
nd_money_parse(const char *text, bool is_signed, const char *field, nd_money *amount,
               noema_error *error)
{
    const char *digits = text != NULL ? text : "";
    bool negative = is_signed && *digits == '-';
    int64_t dollars = 0;
    int64_t nano = 0;
    digits += negative ? 1 : 0;
    int count = read_digits(digits, DOLLAR_DIGITS, &dollars);
    if (count == 0 || !read_decimals(digits + count, &nano)) {
        return nd_fail(error, NOEMA_INVALID, field, "must be decimal text such as 0.25");
    }
    wide sum = (wide)dollars * nano_per_usd + nano;
    if (sum > ND_MONEY_MAX) {
        return nd_fail(error, NOEMA_LIMIT, field, "must be at most 9000000000 USD");
    }
    amount->nano = negative ? -(int64_t)sum : (int64_t)sum;
    return NOEMA_OK;
}

size_t
nd_money_format(nd_money amount, char text[ND_MONEY_TEXT])
{
    const char *sign = amount.nano < 0 ? "-" : "";
    uint64_t size = amount.nano < 0 ? 0 - (uint64_t)amount.nano : (uint64_t)amount.nano;
    uint64_t dollars = size / (uint64_t)nano_per_usd;
    uint64_t nano = size % (uint64_t)nano_per_usd;
    if (nano == 0) {
        return (size_t)snprintf(text, ND_MONEY_TEXT, "%s%" PRIu64, sign, dollars);
    }
    int digits = NANO_DIGITS;
    while (nano % 10 == 0) {
        nano /= 10;
        digits--;
    }
    return (size_t)snprintf(text, ND_MONEY_TEXT, "%s%" PRIu64 ".%0*" PRIu64, sign, dollars, digits,
                            nano);
}

noema_status
nd_money_multiply(nd_money rate, int64_t quantity, int64_t per, nd_money *price, noema_error *error)
{
    if (rate.nano < 0) {
        return nd_fail(error, NOEMA_INVALID, "rate", "must not be negative");
    }
    if (quantity < 0) {
        return nd_fail(error, NOEMA_INVALID, "quantity", "must not be negative");
    }
    if (per <= 0) {
        return nd_fail(error, NOEMA_INVALID, "per", "must be positive");
    }
    wide product = (wide)rate.nano * quantity;
    wide quotient = product / per;
    wide rest = product % per;
    if (rest >= per - rest) {
        quotient++;
    }
    if (quotient > ND_MONEY_MAX) {
        return nd_fail(error, NOEMA_LIMIT, "price", "must be at most 9000000000 USD");
    }
    price->nano = (int64_t)quotient;
    return NOEMA_OK;
}
