/* Errors: the table of statuses is the public enum, and every error is one clean line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/error.h"
#include "core/text.h"

enum { STATUSES = 22 };

static void
every_status_of_the_header_has_one_row_in_its_order(void **state)
{
    (void)state;
    noema_status status = 1;
    for (int i = 0; i < STATUSES; i++) {
        assert_true(nd_status_at((size_t)i, &status));
        assert_int_equal(status, -i);
    }
    assert_false(nd_status_at(STATUSES, &status));
    assert_int_equal(NOEMA_CANCELLED, 1 - STATUSES);
}

static void
names_texts_and_gravities_are_all_different(void **state)
{
    (void)state;
    for (int i = 0; i < STATUSES; i++) {
        assert_true(strlen(nd_status_text(-i)) > 0);
        assert_null(strchr(nd_status_text(-i), '\n'));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(nd_status_name(-i), nd_status_name(-j));
            assert_string_not_equal(nd_status_text(-i), nd_status_text(-j));
            assert_int_not_equal(nd_status_gravity(-i), nd_status_gravity(-j));
        }
    }
    assert_string_equal(nd_status_name(NOEMA_INSUFFICIENT_FUNDS), "INSUFFICIENT_FUNDS");
    assert_string_equal(nd_status_name(NOEMA_CANCELLED), "CANCELLED");
}

static void
an_unknown_outcome_is_the_gravest_and_ok_the_least(void **state)
{
    (void)state;
    for (int i = 0; i < STATUSES; i++) {
        assert_true(nd_status_gravity(-i) <= nd_status_gravity(NOEMA_OUTCOME_UNKNOWN));
        assert_true(nd_status_gravity(-i) >= nd_status_gravity(NOEMA_OK));
    }
    assert_true(nd_status_gravity(NOEMA_INSUFFICIENT_FUNDS) < nd_status_gravity(NOEMA_UNAVAILABLE));
    assert_true(nd_status_gravity(NOEMA_UNAVAILABLE) < nd_status_gravity(NOEMA_INTERNAL));
}

static void
a_number_that_is_no_status_has_a_name_and_a_text(void **state)
{
    (void)state;
    const noema_status strange[] = {1, -STATUSES, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        assert_string_equal(nd_status_name(strange[i]), "UNKNOWN_STATUS");
        assert_non_null(nd_status_text(strange[i]));
        assert_int_equal(nd_status_gravity(strange[i]), nd_status_gravity(NOEMA_INTERNAL));
    }
}

static void
a_message_begins_with_its_field(void **state)
{
    (void)state;
    noema_error error;
    memset(&error, 0x5a, sizeof error);
    assert_int_equal(nd_fail(&error, NOEMA_INVALID, "amount", "must be %s", "positive"),
                     NOEMA_INVALID);
    assert_int_equal(error.status, NOEMA_INVALID);
    assert_string_equal(error.field, "amount");
    assert_string_equal(error.message, "amount: must be positive");
    assert_string_equal(error.reason, "");
}

static void
an_error_is_overwritten_whole(void **state)
{
    (void)state;
    noema_error error;
    noema_error zero;
    memset(&error, 0x5a, sizeof error);
    memset(&zero, 0, sizeof zero);
    (void)nd_fail(&error, NOEMA_INTERNAL, NULL, "x");
    assert_int_equal(error.flags, 0);
    assert_int_equal(error.server_code, 0);
    assert_int_equal(error.retry_after_ms, 0);
    assert_int_equal(error.needed, 0);
    assert_int_equal(error.available, 0);
    assert_memory_equal(error.reserved, zero.reserved, sizeof zero.reserved);
    nd_error_clear(&error);
    assert_memory_equal(&error, &zero, sizeof zero);
}

static void
without_a_field_the_message_stands_alone(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail(&error, NOEMA_BUSY, NULL, "the queue is full");
    assert_string_equal(error.message, "the queue is full");
    (void)nd_fail(&error, NOEMA_BUSY, "", "the queue is full");
    assert_string_equal(error.message, "the queue is full");
    assert_string_equal(error.field, "");
}

static void
only_statuses_that_may_pass_later_are_retryable(void **state)
{
    (void)state;
    const noema_status yes[] = {NOEMA_UNAVAILABLE, NOEMA_TIMEOUT, NOEMA_OUTCOME_UNKNOWN,
                                NOEMA_BUSY};
    for (int i = 0; i < STATUSES; i++) {
        noema_error error;
        bool expected = false;
        for (size_t j = 0; j < sizeof yes / sizeof yes[0]; j++) {
            expected = expected || yes[j] == -i;
        }
        (void)nd_fail(&error, -i, NULL, "x");
        assert_int_equal(error.flags, expected ? NOEMA_RETRYABLE : 0);
    }
}

static void
an_error_may_be_null(void **state)
{
    (void)state;
    noema_error from;
    assert_int_equal(nd_fail(NULL, NOEMA_TAKEN, "handle", "x"), NOEMA_TAKEN);
    assert_int_equal(nd_fail_reason(NULL, NOEMA_DENIED, "SCOPE", "key", "x"), NOEMA_DENIED);
    (void)nd_fail(&from, NOEMA_LIMIT, NULL, "x");
    assert_int_equal(nd_error_copy(NULL, &from), NOEMA_LIMIT);
    nd_error_clear(NULL);
    nd_error_within(NULL, "commands.0");
}

static void
a_reason_is_kept(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail_reason(&error, NOEMA_DENIED, "SUSPENDED", "account", "is suspended");
    assert_string_equal(error.reason, "SUSPENDED");
    assert_string_equal(error.message, "account: is suspended");
    (void)nd_fail_reason(&error, NOEMA_DENIED, "A_REASON_OF_MORE_THAN_THIRTY_ONE_BYTES", NULL, "x");
    assert_int_equal(strlen(error.reason), sizeof error.reason - 1);
}

static void
long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    noema_error error;
    char text[600];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = shift; i + 4 < sizeof text; i += 4) {
            memcpy(text + i, "\xf0\x9f\x8e\xa8", 4);
        }
        text[sizeof text - 1] = '\0';
        (void)nd_fail(&error, NOEMA_INVALID, text, "%s", text);
        assert_true(strlen(error.message) >= sizeof error.message - 4);
        assert_true(nd_utf8_valid(error.message, strlen(error.message)));
        assert_true(nd_utf8_valid(error.field, strlen(error.field)));
        assert_null(strchr(error.message, '?'));
        (void)nd_fail(&error, NOEMA_INVALID, NULL, "%s", text);
        assert_true(nd_utf8_valid(error.message, strlen(error.message)));
        assert_null(strchr(error.message, '?'));
    }
}

static void
a_message_is_one_line_of_utf8(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail(&error, NOEMA_INVALID, "a\nb", "one\r\ntwo\tthree\x7f \xff\xc3\xa9\xc2\x85!");
    assert_string_equal(error.field, "a b");
    assert_string_equal(error.message, "a b: one  two three  ?\xc3\xa9 !");
}

static void
arguments_may_come_from_the_error_itself(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail(&error, NOEMA_INVALID, "amount", "must be positive");
    (void)nd_fail(&error, NOEMA_CORRUPT, error.field, "was: %s", error.message);
    assert_string_equal(error.message, "amount: was: amount: must be positive");
}

static void
a_parent_prefixes_field_and_message(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail_reason(&error, NOEMA_LIMIT, "WHY", "amount", "must be positive");
    nd_error_within(&error, "commands.3");
    assert_string_equal(error.field, "commands.3.amount");
    assert_string_equal(error.message, "commands.3.amount: must be positive");
    assert_string_equal(error.reason, "WHY");
    assert_int_equal(error.status, NOEMA_LIMIT);
    nd_error_within(&error, "");
    nd_error_within(&error, NULL);
    assert_string_equal(error.field, "commands.3.amount");
}

static void
a_parent_is_the_field_of_an_error_without_one(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail(&error, NOEMA_INVALID, NULL, "must be an object");
    nd_error_within(&error, "arguments");
    assert_string_equal(error.field, "arguments");
    assert_string_equal(error.message, "arguments: must be an object");
}

static void
parents_that_grow_too_long_are_cut(void **state)
{
    (void)state;
    noema_error error;
    (void)nd_fail(&error, NOEMA_INVALID, "leaf", "is wrong");
    for (int i = 0; i < 50; i++) {
        nd_error_within(&error, "par\xc3\xa9nt");
        assert_true(nd_utf8_valid(error.field, strlen(error.field)));
        assert_memory_equal(error.message, error.field, strlen(error.field));
        assert_string_equal(error.message + strlen(error.field), ": is wrong");
    }
}

static void
a_copy_is_the_whole_error(void **state)
{
    (void)state;
    noema_error from;
    noema_error to;
    (void)nd_fail(&from, NOEMA_INSUFFICIENT_FUNDS, "amount", "x");
    from.needed = 7;
    assert_int_equal(nd_error_copy(&to, &from), NOEMA_INSUFFICIENT_FUNDS);
    assert_memory_equal(&to, &from, sizeof to);
    assert_int_equal(nd_error_copy(&from, &from), NOEMA_INSUFFICIENT_FUNDS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_of_the_header_has_one_row_in_its_order),
        cmocka_unit_test(names_texts_and_gravities_are_all_different),
        cmocka_unit_test(an_unknown_outcome_is_the_gravest_and_ok_the_least),
        cmocka_unit_test(a_number_that_is_no_status_has_a_name_and_a_text),
        cmocka_unit_test(a_message_begins_with_its_field),
        cmocka_unit_test(an_error_is_overwritten_whole),
        cmocka_unit_test(without_a_field_the_message_stands_alone),
        cmocka_unit_test(only_statuses_that_may_pass_later_are_retryable),
        cmocka_unit_test(an_error_may_be_null),
        cmocka_unit_test(a_reason_is_kept),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(a_message_is_one_line_of_utf8),
        cmocka_unit_test(arguments_may_come_from_the_error_itself),
        cmocka_unit_test(a_parent_prefixes_field_and_message),
        cmocka_unit_test(a_parent_is_the_field_of_an_error_without_one),
        cmocka_unit_test(parents_that_grow_too_long_are_cut),
        cmocka_unit_test(a_copy_is_the_whole_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
