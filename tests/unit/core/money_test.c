/* Money: exact at its bounds, and text that comes back as it went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/money.h"
#include "random.h"

static const nd_money most = {ND_MONEY_MAX};

static void
assert_parsed(const char *text, bool is_signed, int64_t nano)
{
    nd_money amount = {-1};
    noema_error error;
    if (nd_money_parse(text, is_signed, "amount", &amount, &error) != NOEMA_OK) {
        fail_msg("\"%s\": %s", text, error.message);
    }
    assert_int_equal(amount.nano, nano);
}

static void
assert_refused(const char *text, bool is_signed, noema_status status)
{
    nd_money amount = {77};
    noema_error error;
    if (nd_money_parse(text, is_signed, "amount", &amount, &error) != status) {
        fail_msg("\"%s\" is not refused with %s", text, nd_status_name(status));
    }
    assert_string_equal(error.field, "amount");
    assert_int_equal(amount.nano, 77);
}

static void
assert_formatted(int64_t nano, const char *expected)
{
    char text[ND_MONEY_TEXT];
    assert_int_equal(nd_money_format((nd_money){nano}, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void
money_text_keeps_nine_decimals(void **state)
{
    (void)state;
    assert_parsed("0.000000001", false, 1);
    assert_parsed("0.123456789", false, 123456789);
    assert_parsed("1.1", false, 1100000000);
    assert_parsed("1200", false, INT64_C(1200000000000));
    assert_parsed("0", false, 0);
    assert_parsed("0.000000000", false, 0);
    assert_parsed("0000000007.50", false, 7500000000);
}

static void
money_text_that_is_no_decimal_is_invalid(void **state)
{
    (void)state;
    const char *wrong[] = {
        "",    "-1",   "+1",       ".5",    "5.",          "1e3",         " 1",           "1 ",
        "1,5", "0x10", "--1",      "1.2.3", "12345678901", "00000000001", "1.0000000000", "NaN",
        "inf", "-",    "\xd9\xa1", "1\n",   ".",           "1.-5"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i], false, NOEMA_INVALID);
    }
    assert_refused(NULL, false, NOEMA_INVALID);
    assert_refused("--1", true, NOEMA_INVALID);
    assert_refused("-", true, NOEMA_INVALID);
    assert_refused("+1", true, NOEMA_INVALID);
    assert_refused("-.5", true, NOEMA_INVALID);
}

static void
a_refusal_says_what_money_looks_like(void **state)
{
    (void)state;
    noema_error error;
    nd_money amount;
    assert_int_equal(nd_money_parse("x", false, "amount", &amount, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "amount: must be decimal text such as 0.25");
}

static void
money_text_beyond_the_bound_is_a_limit(void **state)
{
    (void)state;
    assert_parsed("9000000000", false, ND_MONEY_MAX);
    assert_parsed("9000000000.000000000", false, ND_MONEY_MAX);
    assert_parsed("8999999999.999999999", false, ND_MONEY_MAX - 1);
    assert_refused("9000000000.000000001", false, NOEMA_LIMIT);
    assert_refused("9999999999.999999999", false, NOEMA_LIMIT);
    assert_refused("-9000000000.000000001", true, NOEMA_LIMIT);
}

static void
signed_text_may_be_negative(void **state)
{
    (void)state;
    assert_parsed("-0.25", true, -250000000);
    assert_parsed("-9000000000", true, -ND_MONEY_MAX);
    assert_parsed("-0", true, 0);
    assert_parsed("0.25", true, 250000000);
}

static void
money_is_written_as_shortest_plain_text(void **state)
{
    (void)state;
    assert_formatted(0, "0");
    assert_formatted(1, "0.000000001");
    assert_formatted(-1, "-0.000000001");
    assert_formatted(-250000000, "-0.25");
    assert_formatted(INT64_C(1200000000000), "1200");
    assert_formatted(1010000000, "1.01");
    assert_formatted(ND_MONEY_MAX, "9000000000");
    assert_formatted(INT64_MAX, "9223372036.854775807");
    assert_formatted(INT64_MIN, "-9223372036.854775808");
}

static void
random_amounts_come_back_from_their_text(void **state)
{
    (void)state;
    random_begin(__func__);
    for (int i = 0; i < 200000; i++) {
        char text[ND_MONEY_TEXT];
        int64_t nano = (int64_t)(random_next() >> (random_next() % 63)) % (ND_MONEY_MAX + 1);
        (void)nd_money_format((nd_money){nano}, text);
        assert_parsed(text, true, nano);
    }
}

static void
sums_stay_in_range_or_are_refused(void **state)
{
    (void)state;
    nd_money sum = {5};
    assert_true(nd_money_add(most, (nd_money){0}, &sum));
    assert_int_equal(sum.nano, ND_MONEY_MAX);
    sum.nano = 5;
    assert_false(nd_money_add(most, (nd_money){1}, &sum));
    assert_false(nd_money_add((nd_money){-ND_MONEY_MAX}, (nd_money){-1}, &sum));
    assert_false(nd_money_add(most, most, &sum));
    assert_false(nd_money_add((nd_money){INT64_MAX}, (nd_money){INT64_MAX}, &sum));
    assert_false(nd_money_add((nd_money){INT64_MIN}, (nd_money){INT64_MIN}, &sum));
    assert_false(nd_money_add((nd_money){INT64_MIN}, (nd_money){-1}, &sum));
    assert_int_equal(sum.nano, 5);
    assert_true(nd_money_add(most, (nd_money){-ND_MONEY_MAX}, &sum));
    assert_int_equal(sum.nano, 0);
}

static void
the_range_includes_its_ends(void **state)
{
    (void)state;
    assert_true(nd_money_in_range(ND_MONEY_MAX));
    assert_true(nd_money_in_range(-ND_MONEY_MAX));
    assert_false(nd_money_in_range(ND_MONEY_MAX + 1));
    assert_false(nd_money_in_range(-ND_MONEY_MAX - 1));
    assert_false(nd_money_in_range(INT64_MIN));
}

static void
the_smaller_and_the_greater_are_told_apart(void **state)
{
    (void)state;
    nd_money a = {-2};
    nd_money b = {1};
    assert_int_equal(nd_money_min(a, b).nano, -2);
    assert_int_equal(nd_money_min(b, a).nano, -2);
    assert_int_equal(nd_money_max(a, b).nano, 1);
    assert_int_equal(nd_money_max(b, a).nano, 1);
}

static void
assert_price(int64_t rate, int64_t quantity, int64_t per, int64_t expected)
{
    nd_money price = {-1};
    noema_error error;
    assert_int_equal(nd_money_multiply((nd_money){rate}, quantity, per, &price, &error), NOEMA_OK);
    assert_int_equal(price.nano, expected);
}

static void
prices_are_exact_and_rounded_half_up(void **state)
{
    (void)state;
    assert_price(337000, 12400, 1000, 4178800);
    assert_price(150000000, 1, 1000000, 150);
    assert_price(1, 1, 2, 1);
    assert_price(1, 1, 3, 0);
    assert_price(2, 1, 3, 1);
    assert_price(5, 1, 2, 3);
    assert_price(0, INT64_MAX, 1, 0);
    assert_price(INT64_MAX, 0, 1, 0);
    assert_price(INT64_MAX, 1, INT64_MAX, 1);
    assert_price(1, INT64_MAX / 2, INT64_MAX, 0);
    assert_price(1, INT64_MAX / 2 + 1, INT64_MAX, 1);
    assert_price(ND_MONEY_MAX, INT64_MAX, INT64_MAX, ND_MONEY_MAX);
}

static void
prices_beyond_the_bound_are_a_limit(void **state)
{
    (void)state;
    nd_money price = {5};
    noema_error error;
    nd_money greatest = {INT64_MAX};
    assert_int_equal(nd_money_multiply(greatest, INT64_MAX, 1, &price, &error), NOEMA_LIMIT);
    assert_int_equal(nd_money_multiply(greatest, 1, 1, &price, &error), NOEMA_LIMIT);
    assert_int_equal(nd_money_multiply(most, 3, 2, &price, &error), NOEMA_LIMIT);
    assert_int_equal(price.nano, 5);
}

static void
arguments_of_a_price_below_zero_are_invalid(void **state)
{
    (void)state;
    nd_money price = {5};
    noema_error error;
    assert_int_equal(nd_money_multiply((nd_money){-1}, 1, 1, &price, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "rate");
    assert_int_equal(nd_money_multiply(most, -1, 1, &price, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "quantity");
    assert_int_equal(nd_money_multiply(most, 1, 0, &price, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "per");
    assert_int_equal(nd_money_multiply(most, 1, INT64_MIN, &price, &error), NOEMA_INVALID);
    assert_int_equal(price.nano, 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_text_keeps_nine_decimals),
        cmocka_unit_test(money_text_that_is_no_decimal_is_invalid),
        cmocka_unit_test(a_refusal_says_what_money_looks_like),
        cmocka_unit_test(money_text_beyond_the_bound_is_a_limit),
        cmocka_unit_test(signed_text_may_be_negative),
        cmocka_unit_test(money_is_written_as_shortest_plain_text),
        cmocka_unit_test(random_amounts_come_back_from_their_text),
        cmocka_unit_test(sums_stay_in_range_or_are_refused),
        cmocka_unit_test(the_range_includes_its_ends),
        cmocka_unit_test(the_smaller_and_the_greater_are_told_apart),
        cmocka_unit_test(prices_are_exact_and_rounded_half_up),
        cmocka_unit_test(prices_beyond_the_bound_are_a_limit),
        cmocka_unit_test(arguments_of_a_price_below_zero_are_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
