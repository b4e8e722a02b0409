/* Money as Decimal128 and as double. */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "schema/fields.h"
#include "unit/schema/thing.h"

static bson_decimal128_t
decimal(const char *text)
{
    bson_decimal128_t made;
    assert_true(bson_decimal128_from_string(text, &made));
    return made;
}

static void
amounts_have_one_canonical_spelling(void **state)
{
    static const struct {
        int64_t nano;
        const char *text;
    } rows[] = {
        {0,                             "0"                    },
        {1,                             "1E-9"                 },
        {-1,                            "-1E-9"                },
        {250000000,                     "0.25"                 },
        {1200000000000,                 "1200"                 },
        {1000000010,                    "1.00000001"           },
        {-10,                           "-1E-8"                },
        {INT64_C(9000000000000000000),  "9000000000"           },
        {-INT64_C(9000000000000000000), "-9000000000"          },
        {-INT64_C(8999999999999999999), "-8999999999.999999999"},
        {INT64_MIN,                     "-9223372036.854775808"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bson_decimal128_t made = nd_decimal_of((nd_money){rows[i].nano});
        bson_decimal128_t expected = decimal(rows[i].text);
        char text[BSON_DECIMAL128_STRING];
        bson_decimal128_to_string(&made, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(made.high, expected.high);
        assert_int_equal(made.low, expected.low);
    }
}

static void
every_amount_is_read_as_it_was_written(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < 200000; i++) {
        int64_t bits =
            (int64_t)((uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand());
        nd_money amount = {(bits >> rand() % 63) % ND_MONEY_MAX};
        nd_money back = {-1};
        bson_decimal128_t made = nd_decimal_of(amount);
        char text[ND_MONEY_TEXT];
        (void)nd_money_format(amount, text);
        bson_decimal128_t from_text = decimal(text);
        assert_int_equal(made.low, from_text.low);
        assert_int_equal(made.high, from_text.high);
        assert_true(nd_decimal_read(&made, &back));
        assert_int_equal(back.nano, amount.nano);
    }
}

static void
other_spellings_are_read_and_rounded_half_even(void **state)
{
    static const struct {
        const char *text;
        int64_t nano;
    } rows[] = {
        {"-0",                                     0                            },
        {"0E+6000",                                0                            },
        {"0E-6176",                                0                            },
        {"1e3",                                    INT64_C(1000000000000)       },
        {"9E9",                                    INT64_C(9000000000000000000) },
        {"0.250000000000",                         250000000                    },
        {"0.0000000005",                           0                            },
        {"0.0000000015",                           2                            },
        {"0.0000000025",                           2                            },
        {"-0.0000000015",                          -2                           },
        {"-0.0000000025",                          -2                           },
        {"0.00000000150000000000000000001",        2                            },
        {"0.00000000249999999999999999999",        2                            },
        {"0.00000000250000000000000000001",        3                            },
        {"1E-6176",                                0                            },
        {"9999999999999999999999999999999999E-43", 1                            },
        {"9999999999999999999999999999999999E-44", 0                            },
        {"5000000000000000000000000000000000E-43", 0                            },
        {"5000000000000000000000000000000001E-43", 1                            },
        {"9000000000.000000000499999999",          INT64_C(9000000000000000000) },
        {"9000000000.0000000005",                  INT64_C(9000000000000000000) },
        {"-9000000000.0000000005",                 -INT64_C(9000000000000000000)},
        {"1234567890.123456789012345678901234",    INT64_C(1234567890123456789) },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bson_decimal128_t made = decimal(rows[i].text);
        nd_money amount = {-77};
        assert_true(nd_decimal_read(&made, &amount));
        if (amount.nano != rows[i].nano) {
            print_error("%s\n", rows[i].text);
        }
        assert_int_equal(amount.nano, rows[i].nano);
    }
}

static void
what_is_no_amount_is_refused(void **state)
{
    static const char *const rows[] = {
        "NaN",
        "Infinity",
        "-Infinity",
        "9000000000.00000000051",
        "9000000000.0000000015",
        "-9000000001",
        "1E10",
        "1E+6111",
        "9999999999999999999999999999999999",
        "9999999999999999999999999999999999E+6111",
        "18446744073.709551616",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bson_decimal128_t made = decimal(rows[i]);
        nd_money amount = {-77};
        assert_false(nd_decimal_read(&made, &amount));
        assert_int_equal(amount.nano, -77);
    }
}

static void
coefficients_beyond_34_digits_count_as_zero(void **state)
{
    bson_decimal128_t made = {0};
    nd_money amount = {-77};
    (void)state;
    made.high = UINT64_C(6176) << 49 | UINT64_C(0x1ed09bead87c0); /* 10^34 */
    made.low = UINT64_C(0x378d8e6400000000);
    assert_true(nd_decimal_read(&made, &amount));
    assert_int_equal(amount.nano, 0);
    made.low--;
    assert_false(nd_decimal_read(&made, &amount));
    made.high = UINT64_C(0x6c10000000000000);
    made.low = 5;
    amount.nano = -77;
    assert_true(nd_decimal_read(&made, &amount));
    assert_int_equal(amount.nano, 0);
}

static void
bounds_are_compared_without_rounding(void **state)
{
    static const struct {
        const char *text;
        bool is_within;
    } rows[] = {
        {"0.0000000015",           true }, /* 1.5 nano */
        {"0.000000002",            true },
        {"0.00000000200000000001", false},
        {"-0.000000003",           true },
        {"-0.0000000030000000001", false},
        {"-0.0000000029999999999", true },
        {"0E-6176",                true },
        {"-1E-6176",               true },
        {"NaN",                    false},
        {"Infinity",               false},
        {"-Infinity",              false},
        {"1E+6111",                false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bson_decimal128_t made = decimal(rows[i].text);
        assert_int_equal(nd_decimal_within(&made, -3, 2), rows[i].is_within);
    }
}

static void
doubles_become_the_nearest_nano(void **state)
{
    static const struct {
        double value;
        int64_t nano;
    } rows[] = {
        {0.1,                 100000000                    },
        {-0.1,                -100000000                   },
        {0.3 - 0.1,           200000000                    },
        {1.005,               1005000000                   },
        {0.0,                 0                            },
        {-0.0,                0                            },
        {5e-324,              0                            },
        {0x1.fp-130,          0                            },
        {0x1p-10,             976562                       }, /* 976562.5 nano: the even one */
        {0x3p-10,             2929688                      }, /* 2929687.5 */
        {9e9,                 INT64_C(9000000000000000000) },
        {-9e9,                -INT64_C(9000000000000000000)},
        {123456789.123456789, INT64_C(123456789123456791)  }, /* what the double really holds */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nd_money amount = {-77};
        assert_true(nd_money_of_double(rows[i].value, &amount));
        assert_int_equal(amount.nano, rows[i].nano);
    }
}

static void
doubles_that_are_no_amount_are_refused(void **state)
{
    static const double rows[] = {9000000000.000002, -9000000000.000002, 1e10, 1e300, 0x1p52, NAN,
                                  INFINITY,          -INFINITY};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nd_money amount = {-77};
        assert_false(nd_money_of_double(rows[i], &amount));
    }
}

static void
any_bits_are_read_as_libbson_spells_them(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < 100000; i++) {
        bson_decimal128_t made;
        made.high = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();
        made.low = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();
        /* Mostly exponents near money's. */
        if (rand() % 4 != 0) {
            made.high &= ~(UINT64_C(0x7fff) << 49);
            made.high |= (uint64_t)(6176 - 40 + rand() % 60) << 49;
            made.high &= UINT64_MAX >> rand() % 15 | UINT64_C(0xfffe000000000000);
        }
        /* libbson spells out coefficients beyond 34 digits, which IEEE 754 takes for 0. */
        if ((made.high & ((UINT64_C(1) << 49) - 1)) > UINT64_C(0x1ed09bead87bf)) {
            continue;
        }
        char text[BSON_DECIMAL128_STRING];
        bson_decimal128_to_string(&made, text);
        nd_scaled scaled;
        double value = strtod(text, NULL);
        bool is_finite = nd_decimal_scale(&made, 9, &scaled);
        assert_int_equal(is_finite, strpbrk(text, "ai") == NULL); /* NaN, Infinity */
        if (is_finite && fabs(value) < 1e20) {
            double ours = (double)scaled.whole * (scaled.is_negative ? -1e-9 : 1e-9);
            assert_true(fabs(ours - value) <= 1e-9 + fabs(value) * 1e-14);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_have_one_canonical_spelling),
        cmocka_unit_test(every_amount_is_read_as_it_was_written),
        cmocka_unit_test(other_spellings_are_read_and_rounded_half_even),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(coefficients_beyond_34_digits_count_as_zero),
        cmocka_unit_test(bounds_are_compared_without_rounding),
        cmocka_unit_test(doubles_become_the_nearest_nano),
        cmocka_unit_test(doubles_that_are_no_amount_are_refused),
        cmocka_unit_test(any_bits_are_read_as_libbson_spells_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
