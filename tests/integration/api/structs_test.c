/* Input structs: their sizes across versions of the header, and members that a call or a kind does not
 * use, which are never silently ignored. */
#include <stdlib.h>

#include "fixture.h"

static noema_id account;

static int
begin(void **state)
{
    (void)state;
    account = account_with(5 * NOEMA_USD);
    return 0;
}

/* On the heap with not a byte more, so that a sanitizer sees a read beyond it. */
static void *
copy_of(const void *original, size_t size, size_t wanted)
{
    void *copy = calloc(1, wanted);
    assert_non_null(copy);
    memcpy(copy, original, size < wanted ? size : wanted);
    return copy;
}

static noema_status
debit_with_size(uint32_t size, size_t allocated, int tail)
{
    noema_receipt receipt;
    noema_command command = command_for(NOEMA_COMMAND_DEBIT, account, CENT);
    command.size = size;
    size_t least = sizeof command.size; /* which is read in any case */
    noema_command *sent = copy_of(&command, sizeof command, allocated > least ? allocated : least);
    if (allocated > sizeof command) {
        ((char *)sent)[allocated - 1] = (char)tail;
    }
    noema_status status = noema_economy_apply(db, sent, 1, &receipt, sizeof receipt, &error);
    free(sent);
    return status;
}

static void
a_struct_without_its_size_is_refused(void **state)
{
    noema_run run;
    noema_receipt receipt;
    noema_command options = {.size = 0};
    noema_run_request request = request_for(account, CENT);
    (void)state;
    assert_refused(debit_with_size(0, sizeof(noema_command), 0), NOEMA_INVALID, "size");
    assert_refused(noema_economy_debit(db, &account, CENT, fresh_key(), &options, &receipt, &error),
                   NOEMA_INVALID, "size");
    request.size = 0;
    assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INVALID, "size");
    noema_settlement settlement = completion_of(started(account, CENT).id, CENT);
    settlement.size = 0;
    assert_refused(noema_run_settle(db, &settlement, &run, &receipt, &error), NOEMA_INVALID,
                   "size");
    assert_balance(account, 5 * NOEMA_USD, CENT);
}

static void
a_later_struct_is_taken_when_its_new_members_say_nothing(void **state)
{
    const size_t larger = sizeof(noema_command) + 64;
    (void)state;
    assert_status(debit_with_size((uint32_t)larger, larger, 0), NOEMA_OK);
    assert_balance(account, 5 * NOEMA_USD - CENT, 0);
    assert_refused(debit_with_size((uint32_t)larger, larger, 1), NOEMA_INVALID, "commands.0.size");
    assert_balance(account, 5 * NOEMA_USD - CENT, 0);
}

/* No header ever had a struct that ends inside a member. */
static void
an_earlier_struct_is_not_read_beyond_its_end(void **state)
{
    (void)state;
    for (uint32_t size = 1; size < sizeof(noema_command); size++) {
        noema_status status = debit_with_size(size, size, 0);
        bool can_be = size % _Alignof(noema_command) == 0;
        assert_true(status == NOEMA_INVALID || (status == NOEMA_OK && can_be));
    }
}

static void
a_size_that_can_not_be_is_refused_before_it_is_read(void **state)
{
    static const uint32_t sizes[] = {UINT32_MAX, 0x7fffffff, 0x01000000};
    noema_run run;
    noema_run_request request = request_for(account, CENT);
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_refused(debit_with_size(sizes[i], sizeof(noema_command), 0), NOEMA_INVALID, "size");
        request.size = sizes[i];
        assert_refused(noema_run_start(db, &request, &run, &error), NOEMA_INVALID, "size");
    }
}

static void
elements_have_the_first_ones_size(void **state)
{
    enum { STRIDE = sizeof(noema_command) + 32 };
    noema_receipt receipts[2];
    noema_command commands[2] = {command_for(NOEMA_COMMAND_DEBIT, account, CENT),
                                 command_for(NOEMA_COMMAND_DEBIT, account, 2 * CENT)};
    char *wide = calloc(2, STRIDE);
    (void)state;
    assert_non_null(wide);
    commands[0].size = commands[1].size = STRIDE;
    memcpy(wide, &commands[0], sizeof commands[0]);
    memcpy(wide + STRIDE, &commands[1], sizeof commands[1]);
    noema_command *array = (noema_command *)(void *)wide;
    assert_status(noema_economy_apply(db, array, 2, receipts, sizeof receipts[0], &error),
                  NOEMA_OK);
    assert_int_equal(receipts[1].amount, -2 * CENT);
    free(wide);
    commands[0].size = sizeof commands[0];
    assert_refused(noema_economy_apply(db, commands, 2, receipts, sizeof receipts[0], &error),
                   NOEMA_INVALID, "commands.1.size");
    assert_balance(account, 5 * NOEMA_USD - 3 * CENT, 0);
}

/* ---- members that a kind does not use ------------------------------------------------------- */

static const noema_id something = {"6530aa11bb22cc33dd44ee55"};

static void
set_entry(noema_command *command)
{
    command->entry = something;
}
static void
set_other(noema_command *command)
{
    command->other = something;
}
static void
set_run(noema_command *command)
{
    command->run = something;
}
static void
set_expires_at(noema_command *command)
{
    command->expires_at = now() + 86400000;
}
static void
set_exp(noema_command *command)
{
    command->exp = 5;
}
static void
set_expected_balance(noema_command *command)
{
    command->expected_balance = 5 * NOEMA_USD;
}
static void
set_debit_mode(noema_command *command)
{
    command->debit_mode = NOEMA_UP_TO;
}
static void
set_reverse_mode(noema_command *command)
{
    command->reverse_mode = NOEMA_REVERSE_CLAMP;
}
static void
set_check_balance(noema_command *command)
{
    command->check_balance = 1;
}

#define KIND(name) (1u << NOEMA_COMMAND_##name)
static const struct {
    const char *name;
    void (*set)(noema_command *command);
    unsigned used_by;
} members[] = {
    {"entry",            set_entry,            KIND(REFUND) | KIND(REFUND_ALL)},
    {"other",            set_other,            0                              },
    {"run",              set_run,              KIND(REFUND) | KIND(REFUND_ALL)},
    {"expires_at",       set_expires_at,       KIND(BONUS)                    },
    {"exp",              set_exp,              KIND(ADD_EXP)                  },
    {"expected_balance", set_expected_balance, 0                              },
    {"debit_mode",       set_debit_mode,       KIND(DEBIT)                    },
    {"reverse_mode",     set_reverse_mode,     0                              },
    {"check_balance",    set_check_balance,    0                              },
};
enum { MEMBERS = sizeof members / sizeof members[0] };

static noema_command
valid_command(int32_t kind, noema_id entry)
{
    bool without = kind == NOEMA_COMMAND_REFUND_ALL || kind == NOEMA_COMMAND_ADD_EXP;
    noema_command command = command_for(kind, account, without ? 0 : CENT);
    command.entry = kind == NOEMA_COMMAND_REFUND || without ? entry : (noema_id){""};
    if (kind == NOEMA_COMMAND_ADD_EXP) {
        command.entry = (noema_id){""};
        command.exp = 1;
    }
    return command;
}

static void
what_a_kind_does_not_use_is_named(void **state)
{
    static const int32_t kinds[] = {NOEMA_COMMAND_CREDIT,  NOEMA_COMMAND_BONUS,
                                    NOEMA_COMMAND_DEBIT,   NOEMA_COMMAND_REFUND,
                                    NOEMA_COMMAND_ADD_EXP, NOEMA_COMMAND_REFUND_ALL};
    noema_receipt receipt;
    noema_id entry = debited(account, NOEMA_USD).entry;
    uint64_t before = stored_everything();
    (void)state;
    for (size_t i = 0; i < (size_t)6 * MEMBERS; i++) {
        int32_t kind = kinds[i / MEMBERS];
        char field[80];
        if ((members[i % MEMBERS].used_by >> kind & 1) != 0) {
            continue;
        }
        noema_command command = valid_command(kind, entry);
        members[i % MEMBERS].set(&command);
        (void)snprintf(field, sizeof field, "commands.0.%s", members[i % MEMBERS].name);
        assert_refused(apply(&command, &receipt), NOEMA_INVALID, field);
    }
    assert_true(before == stored_everything());
    for (size_t i = 0; i < 6; i++) {
        const noema_command command = valid_command(kinds[i], entry);
        (void)applied(&command);
    }
}

static void
what_is_an_argument_is_no_option(void **state)
{
    noema_receipt receipt;
    noema_command options = {.size = sizeof options};
    (void)state;
#define REFUSED_OPTION(member, value)                                                              \
    options.member = value;                                                                        \
    assert_refused(                                                                                \
        noema_economy_debit(db, &account, CENT, fresh_key(), &options, &receipt, &error),          \
        NOEMA_INVALID, #member);                                                                   \
    options = (noema_command)                                                                      \
    {                                                                                              \
        .size = sizeof options                                                                     \
    }
    REFUSED_OPTION(kind, NOEMA_COMMAND_DEBIT);
    REFUSED_OPTION(account, account);
    REFUSED_OPTION(amount, CENT);
    REFUSED_OPTION(key, "k");
    REFUSED_OPTION(exp, 1);
    REFUSED_OPTION(expires_at, 1);
    assert_balance(account, 5 * NOEMA_USD, 0);
}

static void
amounts_that_must_be_zero_are_named(void **state)
{
    noema_receipt receipt;
    noema_command command = valid_command(NOEMA_COMMAND_REFUND_ALL, debited(account, CENT).entry);
    (void)state;
    command.amount = CENT;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.amount");
    command = valid_command(NOEMA_COMMAND_ADD_EXP, command.entry);
    command.amount = CENT;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.amount");
    command.amount = 0;
    command.exp = 0;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.exp");
    assert_balance(account, 5 * NOEMA_USD - CENT, 0);
}

static void
words_that_are_none_are_named(void **state)
{
    noema_receipt receipt;
    noema_command command = command_for(0, account, CENT);
    (void)state;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.kind");
    command.kind = NOEMA_COMMAND_SET_OVERDRAFT_LIMIT + 1;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.kind");
    command.kind = -1;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.kind");
    command.kind = NOEMA_COMMAND_DEBIT;
    command.debit_mode = 7;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.debit_mode");
    command.debit_mode = -1;
    assert_refused(apply(&command, &receipt), NOEMA_INVALID, "commands.0.debit_mode");
    noema_settlement settlement = settlement_for(started(account, CENT).id, 99);
    noema_run run;
    assert_refused(noema_run_settle(db, &settlement, &run, &receipt, &error), NOEMA_INVALID,
                   "state");
    assert_balance(account, 5 * NOEMA_USD, CENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_struct_without_its_size_is_refused, begin),
        cmocka_unit_test_setup(a_later_struct_is_taken_when_its_new_members_say_nothing, begin),
        cmocka_unit_test_setup(an_earlier_struct_is_not_read_beyond_its_end, begin),
        cmocka_unit_test_setup(a_size_that_can_not_be_is_refused_before_it_is_read, begin),
        cmocka_unit_test_setup(elements_have_the_first_ones_size, begin),
        cmocka_unit_test_setup(what_a_kind_does_not_use_is_named, begin),
        cmocka_unit_test_setup(what_is_an_argument_is_no_option, begin),
        cmocka_unit_test_setup(amounts_that_must_be_zero_are_named, begin),
        cmocka_unit_test_setup(words_that_are_none_are_named, begin),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
