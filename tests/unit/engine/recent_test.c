/* What is remembered of an account is its own copy, as it was committed last. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/id.h"
#include "engine/recent.h"

typedef struct room {
    nd_recent *recent;
    nd_arena *arena;
} room;

static int
setup(void **state)
{
    room *made = nd_new(sizeof *made);
    *made = (room){nd_recent_new(), nd_arena_new()};
    *state = made;
    return 0;
}

static int
teardown(void **state)
{
    room *of = *state;
    nd_recent_free(of->recent);
    nd_arena_free(of->arena);
    nd_delete(of);
    return 0;
}

static nd_economy
sample(uint8_t who, int64_t version)
{
    return (nd_economy){.id = {{who}},
                        .account = {{who}},
                        .credit = {100 * version},
                        .head = {{who, 7}},
                        .version = version};
}

static void
require_version(room *of, uint8_t who, int64_t version)
{
    nd_economy found;
    assert_true(nd_recent_find(of->recent, (nd_id){{who}}, of->arena, &found));
    assert_int_equal(found.version, version);
    assert_int_equal(found.credit.nano, 100 * version);
}

static void
require_none(room *of, uint8_t who)
{
    nd_economy found;
    assert_false(nd_recent_find(of->recent, (nd_id){{who}}, of->arena, &found));
}

static void
the_last_commit_is_what_is_found(void **state)
{
    room *of = *state;
    const nd_economy first = sample(1, 1);
    const nd_economy second = sample(1, 2);
    require_none(of, 1);
    nd_recent_put(of->recent, &first);
    require_version(of, 1, 1);
    nd_recent_put(of->recent, &second);
    require_version(of, 1, 2);
    require_none(of, 2);
}

static void
nobody_is_found_under_no_id(void **state)
{
    room *of = *state;
    require_none(of, 0);
}

static void
grants_are_copied_in_and_out(void **state)
{
    room *of = *state;
    nd_economy account = sample(1, 1);
    nd_economy found;
    for (int i = 1; i <= 3; i++) {
        nd_grant *grant = nd_list_push(&account.grants, sizeof *grant, of->arena);
        *grant = (nd_grant){.expires = {i}, .amount = {10 * i}};
    }
    nd_recent_put(of->recent, &account);
    memset(account.grants.items, 0xff, account.grants.count * sizeof(nd_grant));
    for (int round = 0; round < 2; round++) {
        assert_true(nd_recent_find(of->recent, account.account, of->arena, &found));
        assert_int_equal(found.grants.count, 3);
        nd_grant *grants = found.grants.items;
        assert_int_equal(grants[2].amount.nano, 30);
        grants[2].amount.nano = -1;
    }
    const nd_economy without = sample(1, 2);
    nd_recent_put(of->recent, &without);
    assert_true(nd_recent_find(of->recent, account.account, of->arena, &found));
    assert_int_equal(found.grants.count, 0);
}

static void
what_can_not_be_kept_leaves_nothing_older_behind(void **state)
{
    room *of = *state;
    const nd_economy plain = sample(1, 1);
    nd_budget budget = {.limit = {1}};
    nd_id family = {{9}};
    nd_grant grants[ND_RECENT_GRANTS + 1] = {{.amount = {1}}};
    nd_economy odd[4] = {sample(1, 2), sample(1, 2), sample(1, 2), sample(1, 2)};
    odd[0].budgets = (nd_list){&budget, 1, 1};
    odd[1].merged_from = (nd_list){&family, 1, 1};
    odd[2].status.at = -1;
    odd[3].grants = (nd_list){grants, ND_RECENT_GRANTS + 1, ND_RECENT_GRANTS + 1};
    for (size_t i = 0; i < 4; i++) {
        nd_recent_put(of->recent, &plain);
        require_version(of, 1, 1);
        nd_recent_put(of->recent, &odd[i]);
        require_none(of, 1);
    }
}

static void
an_account_that_others_write_is_not_kept_for_a_while(void **state)
{
    room *of = *state;
    const nd_economy account = sample(1, 1);
    int commits = 0;
    nd_economy found;
    nd_recent_put(of->recent, &account);
    nd_recent_outdated(of->recent, account.account);
    require_none(of, 1);
    while (!nd_recent_find(of->recent, account.account, of->arena, &found)) {
        nd_recent_put(of->recent, &account);
        commits++;
    }
    assert_int_equal(commits, 65);
    require_version(of, 1, 1);
}

/* In the same slot. */
static nd_economy
neighbour_of(const nd_economy *account)
{
    nd_economy made = *account;
    do {
        made.account = nd_id_new();
    } while (nd_id_hash(made.account) % ND_RECENT_MAX !=
             nd_id_hash(account->account) % ND_RECENT_MAX);
    return made;
}

static void
a_newer_account_takes_the_place_of_an_older(void **state)
{
    room *of = *state;
    const nd_economy account = sample(1, 1);
    nd_economy other = neighbour_of(&account);
    nd_economy found;
    nd_recent_put(of->recent, &account);
    nd_recent_outdated(of->recent, account.account);
    for (other.version = 1; other.version <= 2; other.version++) {
        nd_recent_put(of->recent, &other);
        assert_true(nd_recent_find(of->recent, other.account, of->arena, &found));
        assert_int_equal(found.version, other.version);
    }
    nd_recent_put(of->recent, &account);
    require_version(of, 1, 1);
    assert_false(nd_recent_find(of->recent, other.account, of->arena, &found));
}

static void
nothing_is_found_while_it_is_off(void **state)
{
    room *of = *state;
    const nd_economy account = sample(1, 1);
    nd_recent_put(of->recent, &account);
    nd_recent_set(of->recent, false);
    require_none(of, 1);
    nd_recent_set(of->recent, true);
    require_version(of, 1, 1);
}

enum { WRITERS = 4, WRITES = 20000, ACCOUNTS = 8 };

/* Its grants always sum up to its credit. */
static void *
write_and_read(void *argument)
{
    nd_recent *recent = argument;
    nd_arena *arena = nd_arena_new();
    for (int64_t i = 1; i <= WRITES; i++) {
        nd_grant grants[2] = {{.amount = {i}}, {.amount = {2 * i}}};
        nd_economy account = sample((uint8_t)(1 + i % ACCOUNTS), 3 * i);
        nd_economy found;
        account.credit.nano = 3 * i;
        account.grants = (nd_list){grants, 2, 2};
        nd_recent_put(recent, &account);
        if (nd_recent_find(recent, account.account, arena, &found)) {
            const nd_grant *kept = found.grants.items;
            if (kept[0].amount.nano + kept[1].amount.nano != found.credit.nano) {
                nd_arena_free(arena);
                return argument;
            }
        }
        nd_arena_reset(arena);
    }
    nd_arena_free(arena);
    return NULL;
}

static void
many_threads_find_whole_accounts(void **state)
{
    room *of = *state;
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, of->recent), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *torn = NULL;
        assert_int_equal(pthread_join(threads[i], &torn), 0);
        assert_null(torn);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_last_commit_is_what_is_found),
        TEST(nobody_is_found_under_no_id),
        TEST(grants_are_copied_in_and_out),
        TEST(what_can_not_be_kept_leaves_nothing_older_behind),
        TEST(an_account_that_others_write_is_not_kept_for_a_while),
        TEST(a_newer_account_takes_the_place_of_an_older),
        TEST(nothing_is_found_while_it_is_off),
        TEST(many_threads_find_whole_accounts),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
