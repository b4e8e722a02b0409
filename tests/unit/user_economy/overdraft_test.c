/* Below zero: what pays an overdraft, and what becomes of given credit there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/crypto.h"
#include "core/id.h"
#include "user_economy/user_economy.h"

static const nd_id someone = {
    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
};

typedef struct till {
    nd_law law;
    nd_economy account;
    nd_entry entry;
} till;

static till
open_scene(int64_t credit, int64_t limit)
{
    till made = {
        .law = {.now = {1000}, .arena = nd_arena_new()}
    };
    nd_economy_birth(&made.account, someone, &made.law);
    made.account.credit.nano = credit;
    made.account.limit.nano = limit;
    return made;
}

static void
close_scene(till *scene)
{
    assert_null(nd_economy_unsound(&scene->account));
    nd_arena_free(scene->law.arena);
}

static nd_request
request(nd_entry_type type, int64_t amount)
{
    return (nd_request){
        .type = {type},
          .named = someone, .key = {"k", 1},
          .amount = {amount}
    };
}

static void
a_debit_may_go_as_far_below_zero_as_the_limit(void **state)
{
    (void)state;
    till scene = open_scene(10, 5);
    noema_error error;
    nd_request ask = request(ND_ENTRY_DEBIT, 15);
    assert_int_equal(nd_economy_debit(&scene.account, &scene.law, &ask, &scene.entry, &error),
                     NOEMA_OK);
    assert_int_equal(scene.account.credit.nano, -5);
    ask.amount.nano = 1;
    assert_int_equal(nd_economy_debit(&scene.account, &scene.law, &ask, &scene.entry, &error),
                     NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(error.available, 0);
    assert_int_equal(scene.account.seq, 1);
    close_scene(&scene);
}

static void
credit_pays_the_overdraft_first(void **state)
{
    (void)state;
    till scene = open_scene(-5, 5);
    noema_error error;
    nd_request ask = request(ND_ENTRY_CREDIT, 7);
    assert_int_equal(nd_economy_credit(&scene.account, &scene.law, &ask, &scene.entry, &error),
                     NOEMA_OK);
    assert_int_equal(scene.account.credit.nano, 2);
    close_scene(&scene);
}

static void
of_a_bonus_only_the_rest_becomes_a_grant(void **state)
{
    (void)state;
    till scene = open_scene(-5, 5);
    noema_error error;
    nd_request ask = request(ND_ENTRY_BONUS, 3);
    assert_int_equal(nd_economy_bonus(&scene.account, &scene.law, &ask, &scene.entry, &error),
                     NOEMA_OK);
    assert_int_equal(nd_economy_given(&scene.account).nano, 0);
    ask.amount.nano = 6;
    assert_int_equal(nd_economy_bonus(&scene.account, &scene.law, &ask, &scene.entry, &error),
                     NOEMA_OK);
    assert_int_equal(scene.account.credit.nano, 4);
    assert_int_equal(nd_economy_given(&scene.account).nano, 4);
    assert_int_equal(nd_entry_given(&scene.entry).nano, 4);
    close_scene(&scene);
}

static void
a_refund_pays_the_overdraft_before_grants_come_back(void **state)
{
    (void)state;
    till scene = open_scene(-4, 10);
    noema_error error;
    nd_entry original = {.type = {ND_ENTRY_DEBIT}, .amount = {-10}};
    nd_entry_add_part(&original, (nd_time){5000}, (nd_money){6}, scene.law.arena);
    nd_entry_add_part(&original, (nd_time){0}, (nd_money){2}, scene.law.arena);
    nd_request ask = request(ND_ENTRY_REFUND, 10);
    assert_int_equal(nd_economy_refund(&scene.account, &scene.law, &ask, &original, (nd_money){0},
                                       &scene.entry, &error),
                     NOEMA_OK);
    /* 2 bought and 2 of "never" pay the 4; 6 go back to the grant that expires at 5000. */
    assert_int_equal(scene.account.credit.nano, 6);
    assert_int_equal(scene.account.grants.count, 1);
    assert_int_equal(((nd_grant *)scene.account.grants.items)[0].amount.nano, 6);
    assert_int_equal(((nd_grant *)scene.account.grants.items)[0].expires.ms, 5000);
    close_scene(&scene);
}

static void
up_to_takes_the_overdraft_too(void **state)
{
    (void)state;
    till scene = open_scene(2, 3);
    noema_error error;
    nd_request ask = request(ND_ENTRY_DEBIT, 9);
    ask.mode.at = ND_MODE_UP_TO;
    assert_int_equal(nd_economy_debit(&scene.account, &scene.law, &ask, &scene.entry, &error),
                     NOEMA_OK);
    assert_int_equal(scene.entry.amount.nano, -5);
    assert_int_equal(scene.entry.requested.nano, 9);
    close_scene(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debit_may_go_as_far_below_zero_as_the_limit),
        cmocka_unit_test(credit_pays_the_overdraft_first),
        cmocka_unit_test(of_a_bonus_only_the_rest_becomes_a_grant),
        cmocka_unit_test(a_refund_pays_the_overdraft_before_grants_come_back),
        cmocka_unit_test(up_to_takes_the_overdraft_too),
    };
    return nd_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
