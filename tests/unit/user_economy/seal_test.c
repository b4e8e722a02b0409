/* The seal covers every field that authorises spending, and nothing that another service may write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/crypto.h"
#include "user_economy/user_economy.h"

static const nd_hash_key key = {.present = true, .bytes = {7}};

static nd_economy
sample(nd_arena *arena)
{
    nd_economy account = {.id = {{1}}, .account = {{2}}, .credit = {100}, .seq = 3, .version = 4};
    nd_grant *grant = nd_list_push(&account.grants, sizeof(*grant), arena);
    *grant = (nd_grant){.expires = {9000}, .amount = {10}};
    nd_budget *budget = nd_list_push(&account.budgets, sizeof(*budget), arena);
    *budget = (nd_budget){
        .key = {"k1", 2},
          .limit = {50}
    };
    nd_id *merged = nd_list_push(&account.merged_from, sizeof(*merged), arena);
    *merged = (nd_id){{3}};
    return account;
}

static void
assert_broken_by_change(nd_economy *account, void *member, uint8_t delta)
{
    const nd_seal before = nd_economy_seal(account, &key);
    *(uint8_t *)member = (uint8_t)(*(uint8_t *)member + delta);
    const nd_seal after = nd_economy_seal(account, &key);
    assert_false(nd_seal_equal(&before, &after));
    *(uint8_t *)member = (uint8_t)(*(uint8_t *)member - delta);
}

static void
every_field_that_authorises_spending_breaks_it(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_economy account = sample(arena);
    nd_grant *grant = account.grants.items;
    nd_budget *budget = account.budgets.items;
    void *members[] = {
        &account.account, &account.credit,      &account.held,        &account.limit,
        &account.exp,     &account.status,      &account.merged_into, account.merged_from.items,
        &account.seq,     &account.head,        &account.head_at,     &account.version,
        &grant->expires,  &grant->amount,       &budget->limit,       &budget->spent,
        &budget->window,  &budget->window_start};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        assert_broken_by_change(&account, members[i], 1);
    }
    nd_arena_free(arena);
}

static void
what_others_may_write_does_not_break_it(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_economy account = sample(arena);
    const nd_seal before = nd_economy_seal(&account, &key);
    account.updated.ms = 77;
    account.created.ms = 66;
    const nd_seal after = nd_economy_seal(&account, &key);
    assert_true(nd_seal_equal(&before, &after));
    nd_arena_free(arena);
}

static void
another_key_makes_another_seal(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_economy account = sample(arena);
    const nd_hash_key other = {.present = true, .bytes = {8}};
    const nd_seal one = nd_economy_seal(&account, &key);
    const nd_seal two = nd_economy_seal(&account, &other);
    assert_false(nd_seal_equal(&one, &two));
    nd_arena_free(arena);
}

static void
a_budget_given_to_another_key_breaks_it(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_economy account = sample(arena);
    nd_budget *budget = account.budgets.items;
    const nd_seal before = nd_economy_seal(&account, &key);
    budget->key = (nd_text){"k2", 2};
    const nd_seal renamed = nd_economy_seal(&account, &key);
    assert_false(nd_seal_equal(&before, &renamed));
    nd_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_that_authorises_spending_breaks_it),
        cmocka_unit_test(what_others_may_write_does_not_break_it),
        cmocka_unit_test(another_key_makes_another_seal),
        cmocka_unit_test(a_budget_given_to_another_key_breaks_it),
    };
    return nd_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
