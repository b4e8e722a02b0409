/* Ids, money, statuses and the version: what needs no database. */
#include <noemadb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static noema_error error;

static void
assert_refused(noema_status status, noema_status wanted, const char *field)
{
    assert_int_equal(status, wanted);
    assert_int_equal(error.status, wanted);
    assert_string_equal(error.field, field);
    assert_true(error.message[0] != '\0');
}

static void
an_id_is_24_hex_digits(void **state)
{
    noema_id id;
    (void)state;
    assert_int_equal(noema_id_parse("6530aa11bb22cc33dd44ee55", &id, &error), NOEMA_OK);
    assert_string_equal(id.text, "6530aa11bb22cc33dd44ee55");
    assert_int_equal(error.status, NOEMA_OK);
    assert_string_equal(error.message, "");
}

static void
what_is_no_id_is_refused_and_leaves_none(void **state)
{
    static const char *const texts[] = {
        "",
        "6530aa11bb22cc33dd44ee5",
        "6530aa11bb22cc33dd44ee555",
        "6530aa11bb22cc33dd44ee5g",
        " 6530aa11bb22cc33dd44ee5",
        "6530aa11bb22cc33dd44ee5\n",
        "000000000000000000000000",
        "telegram:4242",
        "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1\xf0\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
        "{\"$gt\":\"\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        noema_id id = {"aaaaaaaaaaaaaaaaaaaaaaaa"};
        if (noema_id_parse(texts[i], &id, &error) == NOEMA_OK) {
            assert_string_equal(texts[i], "000000000000000000000000");
            continue;
        }
        assert_refused(error.status, NOEMA_INVALID, "id");
        assert_string_equal(id.text, "");
    }
}

/* Lower digits are the one spelling, so that strcmp compares. */
static void
an_id_in_upper_digits_is_refused_or_made_lower(void **state)
{
    noema_id id = {""};
    (void)state;
    if (noema_id_parse("6530AA11BB22CC33DD44EE55", &id, &error) == NOEMA_OK) {
        assert_string_equal(id.text, "6530aa11bb22cc33dd44ee55");
    } else {
        assert_refused(error.status, NOEMA_INVALID, "id");
        assert_string_equal(id.text, "");
    }
}

static void
money_is_read_exactly(void **state)
{
    static const struct {
        const char *text;
        noema_money amount;
    } cases[] = {
        {"0",                    0                         },
        {"0.25",                 250000000                 },
        {"1200",                 1200 * NOEMA_USD          },
        {"0.3",                  300000000                 },
        {"0.000000001",          1                         },
        {"0.100000000",          100000000                 },
        {"9000000000",           9000000000 * NOEMA_USD    },
        {"8999999999.999999999", 9000000000 * NOEMA_USD - 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        noema_money amount = -7;
        assert_int_equal(noema_money_parse(cases[i].text, &amount, &error), NOEMA_OK);
        assert_int_equal(amount, cases[i].amount);
    }
}

static void
what_is_no_money_is_refused(void **state)
{
    static const char *const texts[] = {
        "",      " 1",  "1 ",  "-1",    "+1",    "1e3", "1.",           ".5",    "0x10", "1,5",
        "1.2.3", "NaN", "inf", "1_000", "1'000", "$1",  "1.0000000001", "0.1\n", "٣",    "１"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        noema_money amount = -7;
        assert_refused(noema_money_parse(texts[i], &amount, &error), NOEMA_INVALID, "amount");
        assert_int_equal(amount, 0);
    }
}

static void
money_beyond_the_range_is_beyond_a_limit(void **state)
{
    static const char *const texts[] = {"9000000000.000000001", "9000000001", "9999999999",
                                        "99999999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        noema_money amount = -7;
        noema_status status = noema_money_parse(texts[i], &amount, &error);
        assert_true(status == NOEMA_LIMIT || (i == 3 && status == NOEMA_INVALID));
        assert_string_equal(error.field, "amount");
        assert_int_equal(amount, 0);
    }
}

static void
money_is_written_in_its_shortest_form(void **state)
{
    static const struct {
        noema_money amount;
        const char *text;
    } cases[] = {
        {0,                             "0"                    },
        {-250000000,                    "-0.25"                },
        {1200 * NOEMA_USD,              "1200"                 },
        {1,                             "0.000000001"          },
        {-1,                            "-0.000000001"         },
        {-(9000000000 * NOEMA_USD - 1), "-8999999999.999999999"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        assert_int_equal(noema_money_format(cases[i].amount, text, sizeof text),
                         strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

static void
any_number_can_be_written_into_32_bytes(void **state)
{
    static const noema_money amounts[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char text[32];
        size_t length = noema_money_format(amounts[i], text, sizeof text);
        assert_true(length > 0 && length < sizeof text);
        assert_int_equal(strlen(text), length);
    }
}

static void
text_that_does_not_fit_is_empty_and_its_length_told(void **state)
{
    char text[8] = "xxxxxxx";
    (void)state;
    assert_int_equal(noema_money_format(-250000000, text, 5), 5);
    assert_string_equal(text, "");
    assert_int_equal(text[1], 'x');
    assert_int_equal(noema_money_format(-250000000, text, 6), 5);
    assert_string_equal(text, "-0.25");
    assert_int_equal(noema_money_format(-250000000, NULL, 0), 5);
    text[0] = 'x';
    assert_int_equal(noema_money_format(-250000000, text, 0), 5);
    assert_int_equal(text[0], 'x');
}

static void
prices_are_exact_and_rounded_half_up(void **state)
{
    static const struct {
        noema_money rate;
        int64_t quantity, per;
        noema_money price;
    } cases[] = {
        {337000,        12400,      1000,       4178800      },
        {1,             1,          2,          1            },
        {1,             1,          3,          0            },
        {3,             500,        1000,       2            },
        {150,           1000000,    1,          150000000    },
        {0,             INT64_MAX,  1,          0            },
        {NOEMA_USD,     0,          1000,       0            },
        {9 * NOEMA_USD, 1000000000, 1000000000, 9 * NOEMA_USD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        noema_money price = -7;
        assert_int_equal(
            noema_money_multiply(cases[i].rate, cases[i].quantity, cases[i].per, &price, &error),
            NOEMA_OK);
        assert_int_equal(price, cases[i].price);
    }
}

static void
prices_out_of_bounds_are_refused(void **state)
{
    noema_money price = -7;
    (void)state;
    assert_refused(noema_money_multiply(NOEMA_USD, INT64_MAX, 1, &price, &error), NOEMA_LIMIT,
                   "price");
    assert_int_equal(price, 0);
    assert_refused(noema_money_multiply(NOEMA_USD, 1, 0, &price, &error), NOEMA_INVALID, "per");
    assert_refused(noema_money_multiply(NOEMA_USD, 1, -1, &price, &error), NOEMA_INVALID, "per");
    assert_refused(noema_money_multiply(NOEMA_USD, -1, 1, &price, &error), NOEMA_INVALID,
                   "quantity");
    assert_refused(noema_money_multiply(-1, 1, 1, &price, &error), NOEMA_INVALID, "rate");
    assert_refused(noema_money_multiply(INT64_MIN, INT64_MIN, INT64_MIN, &price, &error),
                   NOEMA_INVALID, "rate");
    assert_refused(noema_money_multiply(1, 1, 1, NULL, &error), NOEMA_INVALID, "price");
}

static void
null_is_refused_by_name(void **state)
{
    noema_id id;
    noema_money amount;
    (void)state;
    assert_refused(noema_id_parse(NULL, &id, &error), NOEMA_INVALID, "id");
    assert_string_equal(id.text, "");
    assert_refused(noema_id_parse("x", NULL, &error), NOEMA_INVALID, "id");
    assert_refused(noema_money_parse(NULL, &amount, &error), NOEMA_INVALID, "amount");
    assert_refused(noema_money_parse("1", NULL, &error), NOEMA_INVALID, "amount");
    assert_int_equal(noema_id_parse(NULL, NULL, NULL), NOEMA_INVALID);
    assert_int_equal(noema_money_parse("1", &amount, NULL), NOEMA_OK);
    noema_free(NULL);
}

static void
every_status_has_a_name_and_a_line(void **state)
{
    (void)state;
    assert_string_equal(noema_status_name(NOEMA_OK), "OK");
    assert_string_equal(noema_status_name(NOEMA_INSUFFICIENT_FUNDS), "INSUFFICIENT_FUNDS");
    assert_string_equal(noema_status_name(NOEMA_CANCELLED), "CANCELLED");
    for (noema_status one = NOEMA_CANCELLED; one <= NOEMA_OK; one++) {
        assert_true(noema_status_name(one)[0] != '\0');
        assert_true(noema_status_text(one)[0] != '\0');
        assert_null(strchr(noema_status_text(one), '\n'));
        for (noema_status other = NOEMA_CANCELLED; other < one; other++) {
            assert_string_not_equal(noema_status_name(one), noema_status_name(other));
        }
    }
    assert_non_null(noema_status_name(1));
    assert_non_null(noema_status_text(-9999));
    assert_non_null(noema_status_name(INT32_MIN));
}

static void
the_library_says_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(noema_version_number(), NOEMA_VERSION_NUMBER);
    assert_true(strncmp(noema_version(), "0.1.0", 5) == 0);
    assert_int_equal(noema_money_usd(), NOEMA_USD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_24_hex_digits),
        cmocka_unit_test(what_is_no_id_is_refused_and_leaves_none),
        cmocka_unit_test(an_id_in_upper_digits_is_refused_or_made_lower),
        cmocka_unit_test(money_is_read_exactly),
        cmocka_unit_test(what_is_no_money_is_refused),
        cmocka_unit_test(money_beyond_the_range_is_beyond_a_limit),
        cmocka_unit_test(money_is_written_in_its_shortest_form),
        cmocka_unit_test(any_number_can_be_written_into_32_bytes),
        cmocka_unit_test(text_that_does_not_fit_is_empty_and_its_length_told),
        cmocka_unit_test(prices_are_exact_and_rounded_half_up),
        cmocka_unit_test(prices_out_of_bounds_are_refused),
        cmocka_unit_test(null_is_refused_by_name),
        cmocka_unit_test(every_status_has_a_name_and_a_line),
        cmocka_unit_test(the_library_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
