/* Each command of the engine's transaction fails once, twice, three times, or until the deadline, in
 * each way that the server has. A part of the table; long_failpoints_test.c has it whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "faults/failpoint_table.h"

static void
a_debit_under_each_fault_is_stored_as_it_was_told(void **state)
{
    failpoint_table_run(*state, TRIAL_DEBIT, FAILPOINT_MOST);
}

#define UNDER_A_FEW_FAULTS(name, operation)                                                        \
    static void name(void **state)                                                                 \
    {                                                                                              \
        failpoint_table_run(*state, operation, FAILPOINT_FEW);                                     \
    }
UNDER_A_FEW_FAULTS(a_credit_under_faults_is_stored_as_it_was_told, TRIAL_CREDIT)
UNDER_A_FEW_FAULTS(a_refund_under_faults_is_stored_as_it_was_told, TRIAL_REFUND)
UNDER_A_FEW_FAULTS(a_start_under_faults_is_stored_as_it_was_told, TRIAL_START)
UNDER_A_FEW_FAULTS(a_settlement_under_faults_is_stored_as_it_was_told, TRIAL_SETTLE)
UNDER_A_FEW_FAULTS(a_free_settlement_under_faults_is_stored_as_it_was_told, TRIAL_FAIL)
UNDER_A_FEW_FAULTS(a_void_under_faults_is_stored_as_it_was_told, TRIAL_VOID)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debit_under_each_fault_is_stored_as_it_was_told),
        cmocka_unit_test(a_credit_under_faults_is_stored_as_it_was_told),
        cmocka_unit_test(a_refund_under_faults_is_stored_as_it_was_told),
        cmocka_unit_test(a_start_under_faults_is_stored_as_it_was_told),
        cmocka_unit_test(a_settlement_under_faults_is_stored_as_it_was_told),
        cmocka_unit_test(a_free_settlement_under_faults_is_stored_as_it_was_told),
        cmocka_unit_test(a_void_under_faults_is_stored_as_it_was_told),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
