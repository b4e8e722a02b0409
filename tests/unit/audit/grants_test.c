/* Grants are what the entries gave and took: replayed from their parts. */
#include "ledger.h"

#include <stdio.h>

#include "unit/core/random.h"

static nd_part *
parts_of(nd_entry *entry)
{
    return entry->parts.items;
}

static void
replace_and_rechain(ledger *on, int64_t seq, const nd_entry *entry)
{
    ledger_replace(on, seq, entry);
    ledger_rechain(on, seq);
}

static void
random_histories_replay_to_the_accounts_grants(void **state)
{
    ledger *on = *state;
    char key[40];
    nd_entry debits[400];
    int64_t refunded[400] = {0};
    uint32_t count = 0;
    ledger_credit(on, 100, "stripe:1");
    for (int i = 0; i < 400; i++) {
        uint64_t chance = random_next() % 10;
        int64_t usd = (int64_t)(random_next() % 5) + 1;
        snprintf(key, sizeof(key), "key:%d", i);
        if (chance < 4) {
            int64_t days = (int64_t)(random_next() % 20);
            nd_time expires = {days == 0 ? 0 : (on->law.now.ms / DAY + days) * DAY};
            if (expires.ms == 0 || expires.ms > on->law.now.ms + 1) {
                ledger_bonus(on, usd, expires, key);
            }
        } else if (chance < 7) {
            if (nd_economy_available(&on->economy).nano >= usd * USD) {
                debits[count++] = ledger_debit(on, usd, key);
            }
        } else if (chance < 9 && count > 0) {
            uint32_t at = (uint32_t)(random_next() % count);
            if (debits[at].amount.nano + (refunded[at] + 1) * USD <= 0) {
                ledger_refund(on, &debits[at], refunded[at], 1, key);
                refunded[at]++;
            }
        } else {
            on->law.now.ms += (int64_t)(random_next() % (2 * (uint64_t)DAY));
            ledger_expire(on);
        }
    }
    assert_true(on->economy.grants.count > 0);
    ledger_require_clean(on);
}

static void
a_part_that_was_never_given_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_entry entry = ledger_entry(on, 5);
    assert_int_equal(entry.parts.count, 2);
    parts_of(&entry)[0].amount.nano += 1;
    replace_and_rechain(on, 5, &entry);
    ledger_require(on, "grants", 5);
    entry = ledger_entry(on, 5);
    parts_of(&entry)[0].amount.nano -= 1;
    parts_of(&entry)[0].expires.ms += 1;
    replace_and_rechain(on, 5, &entry);
    ledger_require(on, "grants", 5);
}

static void
a_part_that_is_left_out_is_named(void **state)
{
    ledger *on = *state;
    ledger_credit(on, 10, "stripe:1");
    ledger_bonus(on, 3, (nd_time){0}, "bonus:1");
    ledger_debit(on, 1, "debit:1");
    nd_entry entry = ledger_entry(on, 3);
    entry.parts.count = 0;
    replace_and_rechain(on, 3, &entry);
    ledger_require(on, "grants", 3);
}

static void
a_part_of_nothing_is_named(void **state)
{
    ledger *on = *state;
    ledger_bonus(on, 3, (nd_time){0}, "bonus:1");
    nd_entry entry = ledger_entry(on, 1);
    parts_of(&entry)[0].amount.nano = 0;
    replace_and_rechain(on, 1, &entry);
    ledger_require(on, "grants", 1);
    parts_of(&entry)[0].amount.nano = -USD;
    replace_and_rechain(on, 1, &entry);
    ledger_require(on, "grants", 1);
}

static void
the_documents_grants_are_compared(void **state)
{
    ledger *on = *state;
    ledger_bonus(on, 3, (nd_time){LEDGER_START + DAY}, "bonus:1");
    ledger_bonus(on, 2, (nd_time){0}, "bonus:2");
    ledger_require_clean(on);
    nd_grant *grants = on->economy.grants.items;
    grants[0].amount.nano += 1;
    ledger_require(on, "grants", 2);
    grants[0].amount.nano -= 1;
    grants[0].expires.ms += 1;
    ledger_require(on, "grants", 2);
    grants[0].expires.ms -= 1;
    on->economy.grants.count = 1;
    ledger_require(on, "grants", 2);
    on->economy.grants.count = 2;
    ledger_require_clean(on);
}

/* 128 are kept; a part of a 129th can't have been written by the law. */
static void
more_grants_than_an_account_can_have_are_named(void **state)
{
    ledger *on = *state;
    char key[40];
    for (int i = 1; i <= ND_GRANTS_MAX; i++) {
        snprintf(key, sizeof(key), "bonus:%d", i);
        ledger_bonus(on, 1, (nd_time){LEDGER_START + i * (int64_t)DAY}, key);
    }
    ledger_require_clean(on);
    nd_entry entry = ledger_bonus(on, 1, (nd_time){LEDGER_START + (int64_t)DAY}, "bonus:last");
    parts_of(&entry)[0].expires.ms -= 1;
    replace_and_rechain(on, ND_GRANTS_MAX + 1, &entry);
    ledger_require(on, "grants", ND_GRANTS_MAX + 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
    const struct CMUnitTest tests[] = {
        TEST(random_histories_replay_to_the_accounts_grants),
        TEST(a_part_that_was_never_given_is_named),
        TEST(a_part_that_is_left_out_is_named),
        TEST(a_part_of_nothing_is_named),
        TEST(the_documents_grants_are_compared),
        TEST(more_grants_than_an_account_can_have_are_named),
    };
    if (!nd_crypto_init()) {
        return 1;
    }
    random_begin("grants");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
