/* Money as Decimal128 and as double, by integers alone: libbson has no arithmetic of decimals, and
 * the machine's doubles would round where nobody sees it. Decimal128 is in its BID encoding, as BSON
 * has it: sign, 14 bits of exponent, 113 bits of coefficient. */
#include <string.h>

#include "core/money.h"
#include "schema/fields.h"

__extension__ typedef __int128 nd_signed_wide;

enum { NANO_DIGITS = 9, EXPONENT_BIAS = 6176, EXPONENT_SHIFT = 49, MOST_DIGITS = 34 };
static const uint64_t special = UINT64_C(0x7800000000000000); /* NaN and infinities */
static const uint64_t long_form = UINT64_C(0x6000000000000000);
static const uint64_t high_coefficient = (UINT64_C(1) << EXPONENT_SHIFT) - 1;
static const nd_wide boundless = (nd_wide)1 << 100;
/* 10^34 */
static const nd_wide beyond_digits =
    (nd_wide)UINT64_C(10000000000000000) * UINT64_C(1000000000000000000);

static nd_wide
power_of_ten(int digits)
{
    nd_wide power = 1;
    for (int i = 0; i < digits; i++) {
        power *= 10;
    }
    return power;
}

bson_decimal128_t
nd_decimal_of(nd_money amount)
{
    uint64_t sign = amount.nano < 0 ? 1 : 0;
    uint64_t coefficient = sign != 0 ? 0 - (uint64_t)amount.nano : (uint64_t)amount.nano;
    int exponent = -NANO_DIGITS;
    while (exponent < 0 && coefficient % 10 == 0) {
        coefficient /= 10;
        exponent++;
    }
    bson_decimal128_t decimal;
    decimal.high = sign << 63 | (uint64_t)(EXPONENT_BIAS + exponent) << EXPONENT_SHIFT;
    decimal.low = coefficient;
    return decimal;
}

static nd_rest
rest_of(nd_wide remainder, nd_wide divisor)
{
    if (remainder == 0) {
        return ND_REST_NONE;
    }
    nd_wide other = divisor - remainder;
    if (remainder == other) {
        return ND_REST_HALF;
    }
    return remainder < other ? ND_REST_BELOW_HALF : ND_REST_ABOVE_HALF;
}

/* coefficient * 10^exponent; the coefficient has 34 digits at most. */
static void
scale(nd_wide coefficient, int exponent, nd_scaled *scaled)
{
    scaled->whole = coefficient;
    scaled->rest = ND_REST_NONE;
    while (exponent > 0 && scaled->whole != 0 && scaled->whole < boundless) {
        scaled->whole *= 10;
        exponent--;
    }
    if (exponent < -MOST_DIGITS) {
        scaled->whole = 0;
        scaled->rest = coefficient != 0 ? ND_REST_BELOW_HALF : ND_REST_NONE;
    } else if (exponent < 0) {
        nd_wide divisor = power_of_ten(-exponent);
        scaled->whole = coefficient / divisor;
        scaled->rest = rest_of(coefficient % divisor, divisor);
    }
    if (scaled->whole > boundless) {
        scaled->whole = boundless;
    }
}

bool
nd_decimal_scale(const bson_decimal128_t *decimal, int digits, nd_scaled *scaled)
{
    nd_wide coefficient = (nd_wide)(decimal->high & high_coefficient) << 64 | decimal->low;
    int exponent = (int)(decimal->high >> EXPONENT_SHIFT & 0x3fff) - EXPONENT_BIAS;
    if ((decimal->high & special) == special) {
        return false;
    }
    /* The long form spells only coefficients beyond 34 digits. */
    if ((decimal->high & long_form) == long_form || coefficient >= beyond_digits) {
        coefficient = 0;
    }
    scaled->is_negative = decimal->high >> 63 != 0;
    scale(coefficient, exponent + digits, scaled);
    return true;
}

bool
nd_decimal_within(const bson_decimal128_t *decimal, int64_t min, int64_t max)
{
    nd_scaled scaled;
    if (!nd_decimal_scale(decimal, NANO_DIGITS, &scaled)) {
        return false;
    }
    nd_signed_wide floor = (nd_signed_wide)scaled.whole;
    nd_signed_wide ceiling = floor + (scaled.rest != ND_REST_NONE ? 1 : 0);
    if (scaled.is_negative) {
        nd_signed_wide below = -ceiling;
        ceiling = -floor;
        floor = below;
    }
    return floor >= min && ceiling <= max;
}

static bool
round_half_even(const nd_scaled *scaled, nd_money *amount)
{
    nd_wide whole = scaled->whole;
    bool is_odd = (whole & 1) != 0;
    if (scaled->rest == ND_REST_ABOVE_HALF || (scaled->rest == ND_REST_HALF && is_odd)) {
        whole++;
    }
    if (whole > (nd_wide)ND_MONEY_MAX) {
        return false;
    }
    amount->nano = scaled->is_negative ? -(int64_t)whole : (int64_t)whole;
    return true;
}

bool
nd_decimal_read(const bson_decimal128_t *decimal, nd_money *amount)
{
    nd_scaled scaled;
    return nd_decimal_scale(decimal, NANO_DIGITS, &scaled) && round_half_even(&scaled, amount);
}

/* mantissa * 2^exponent USD in nano, for exponents below 0. */
static void
scale_binary(uint64_t mantissa, int exponent, nd_scaled *scaled)
{
    nd_wide nano = (nd_wide)mantissa * 1000000000;
    /* Below 2^-100 nothing is left of 83 bits. */
    if (exponent < -100) {
        scaled->whole = 0;
        scaled->rest = nano != 0 ? ND_REST_BELOW_HALF : ND_REST_NONE;
        return;
    }
    nd_wide divisor = (nd_wide)1 << -exponent;
    scaled->whole = nano / divisor;
    scaled->rest = rest_of(nano % divisor, divisor);
}

bool
nd_money_of_double(double value, nd_money *amount)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int power = (int)(bits >> 52 & 0x7ff);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    /* 2^52 USD are out of range, and so are NaN and infinities; below 2^-1022 there is no 1. */
    if (power >= 1075) {
        return false;
    }
    uint64_t mantissa = power > 0 ? fraction | UINT64_C(1) << 52 : fraction;
    nd_scaled scaled = {.is_negative = bits >> 63 != 0};
    scale_binary(mantissa, power - 1075, &scaled);
    return round_half_even(&scaled, amount);
}
