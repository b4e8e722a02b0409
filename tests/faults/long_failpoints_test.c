/* The whole table of failpoints_test.c, for every operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "faults/failpoint_table.h"

#define UNDER_ALL_FAULTS(name, operation)                                                          \
    static void name(void **state)                                                                 \
    {                                                                                              \
        failpoint_table_run(*state, operation, FAILPOINT_ALL);                                     \
    }
UNDER_ALL_FAULTS(a_credit_under_each_fault_is_stored_as_it_was_told, TRIAL_CREDIT)
UNDER_ALL_FAULTS(a_debit_under_each_fault_is_stored_as_it_was_told, TRIAL_DEBIT)
UNDER_ALL_FAULTS(a_refund_under_each_fault_is_stored_as_it_was_told, TRIAL_REFUND)
UNDER_ALL_FAULTS(a_start_under_each_fault_is_stored_as_it_was_told, TRIAL_START)
UNDER_ALL_FAULTS(a_settlement_under_each_fault_is_stored_as_it_was_told, TRIAL_SETTLE)
UNDER_ALL_FAULTS(a_free_settlement_under_each_fault_is_stored_as_it_was_told, TRIAL_FAIL)
UNDER_ALL_FAULTS(a_void_under_each_fault_is_stored_as_it_was_told, TRIAL_VOID)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_credit_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_debit_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_refund_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_start_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_settlement_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_free_settlement_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_void_under_each_fault_is_stored_as_it_was_told),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
