/* Many at once on one account, one key, one payment: in threads, in engines that know nothing of
 * each other, in processes. What is stored is checked past the library. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/bank.h"
#include "support/mix.h"
#include "support/process.h"

enum { MANY = 64, ALL_COMMITTERS = 8 };

/* A thread that asks for one thing, some times; the same key when it is given one. */
typedef struct asker {
    noema_db *db;
    int32_t kind;
    noema_id account;
    noema_money amount;
    const char *key; /* NULL: "number:i" */
    uint32_t number;
    uint32_t times;
    uint32_t done; /* OK */
    uint32_t replayed;
    noema_status refused; /* the last that was not OK */
    bool below_zero;      /* a receipt said so */
} asker;

static void *
ask(void *argument)
{
    asker *of = argument;
    for (uint32_t i = 0; i < of->times; i++) {
        char key[40];
        noema_receipt receipt;
        (void)snprintf(key, sizeof key, "%" PRIu32 ":%" PRIu32, of->number, i);
        bool moves = of->kind != NOEMA_COMMAND_ADD_EXP;
        const noema_command command = {.size = sizeof command,
                                       .kind = of->kind,
                                       .account = of->account,
                                       .amount = moves ? of->amount : 0,
                                       .exp = moves ? 0 : 1,
                                       .key = of->key != NULL ? of->key : key};
        noema_status status =
            noema_economy_apply(of->db, &command, 1, &receipt, sizeof receipt, NULL);
        if (status == NOEMA_OK) {
            of->done++;
            of->replayed += (receipt.flags & NOEMA_REPLAYED) != 0 ? 1 : 0;
        } else {
            of->refused = status;
        }
        of->below_zero = of->below_zero || receipt.balance < 0 || receipt.available < 0;
    }
    return NULL;
}

static asker
sum_of(const asker *askers, size_t count)
{
    asker sum = {0};
    for (size_t i = 0; i < count; i++) {
        sum.done += askers[i].done;
        sum.replayed += askers[i].replayed;
        sum.below_zero = sum.below_zero || askers[i].below_zero;
        if (askers[i].refused != NOEMA_OK) {
            sum.refused = askers[i].refused;
        }
    }
    return sum;
}

static noema_db *
second_door(bank *at, uint32_t committers)
{
    const bank_door door = {.committers = committers, .second = true};
    return bank_open(at, &door);
}

/* ---- funds for half ------------------------------------------------------------------------------ */

/* By way of each of the handles in turn. */
static void
spend_half(bank *at, noema_db **doors, size_t door_count)
{
    enum { EACH = 4 };
    asker askers[MANY] = {{0}};
    const noema_id account = bank_account(at, MANY * EACH / 2 * NOEMA_USD);
    for (uint32_t i = 0; i < MANY; i++) {
        askers[i] = (asker){.db = doors[i % door_count],
                            .kind = NOEMA_COMMAND_DEBIT,
                            .account = account,
                            .amount = NOEMA_USD,
                            .number = i,
                            .times = EACH};
    }
    bank_crowd(MANY, ask, askers, sizeof askers[0]);
    const asker sum = sum_of(askers, MANY);
    const ledger_account stored = bank_read(at, &account);
    assert_int_equal(sum.done, MANY * EACH / 2);
    assert_int_equal(sum.refused, NOEMA_INSUFFICIENT_FUNDS);
    assert_int_equal(sum.replayed, 0);
    assert_false(sum.below_zero);
    assert_int_equal(stored.credit, 0);
    assert_int_equal(stored.seq, 1 + MANY * EACH / 2);
    bank_check(at);
}

static void
with_funds_for_half_of_64_threads_exactly_half_are_served(void **state)
{
    bank *at = *state;
    spend_half(at, &at->db, 1);
}

static void
with_funds_for_half_exactly_half_are_served_by_two_engines(void **state)
{
    bank *at = *state;
    noema_db *doors[] = {at->db, second_door(at, 0)};
    spend_half(at, doors, 2);
    noema_close(doors[1]);
}

/* Nothing but the server's write conflict keeps the committers apart. */
static void
without_lanes_eight_committers_on_one_account_book_exact_sums(void **state)
{
    bank *at = *state;
    noema_db *door = second_door(at, ALL_COMMITTERS);
    const noema_id first = bank_account(at, 0);
    noema_receipt receipt;
    assert_int_equal(noema_economy_bonus(door, &first, 1, "first", NULL, &receipt, &at->error),
                     NOEMA_OK);
    nd_engine_set_lanes(bank_engine(door), false);
    spend_half(at, &door, 1);
    assert_true(bank_metric(door, ND_METRIC_CONFLICTS) > 0);
    noema_close(door);
}

/* ---- twice at once ------------------------------------------------------------------------------- */

/* Each request by two threads at about the same time: of one engine, then of two. */
static void
every_request_of_a_storm_twice_at_once_is_applied_once(void **state)
{
    enum { PAIRS = 16, EACH = 12, KINDS = 4 };
    static const int32_t kinds[KINDS] = {NOEMA_COMMAND_CREDIT, NOEMA_COMMAND_BONUS,
                                         NOEMA_COMMAND_DEBIT, NOEMA_COMMAND_ADD_EXP};
    bank *at = *state;
    noema_db *doors[] = {at->db, second_door(at, 0)};
    for (size_t round = 0; round < 2; round++) {
        asker askers[2 * PAIRS] = {{0}};
        noema_id accounts[] = {bank_account(at, 1000 * NOEMA_USD),
                               bank_account(at, 1000 * NOEMA_USD)};
        for (uint32_t i = 0; i < 2 * PAIRS; i++) {
            askers[i] = (asker){.db = doors[i % (round + 1)],
                                .kind = kinds[i / 2 % KINDS],
                                .account = accounts[i / 2 / KINDS % 2],
                                .amount = NOEMA_USD,
                                .number = (uint32_t)(1000 * (round + 1)) + i / 2,
                                .times = EACH};
        }
        bank_crowd(2 * PAIRS, ask, askers, sizeof askers[0]);
        for (uint32_t i = 0; i < 2 * PAIRS; i += 2) {
            assert_int_equal(askers[i].done, EACH);
            assert_int_equal(askers[i + 1].done, EACH);
            assert_int_equal(askers[i].replayed + askers[i + 1].replayed, EACH);
        }
        bank_check(at);
    }
    noema_close(doors[1]);
}

typedef struct runner {
    noema_db *db;
    noema_id account;
    const char *key;
    noema_run started;
    noema_run settled;
    noema_receipt receipt;
    noema_status status[2];
} runner;

static void *
start_and_settle(void *argument)
{
    runner *of = argument;
    const noema_run_request request = {.size = sizeof request,
                                       .account = of->account,
                                       .key = of->key,
                                       .tool = "flux",
                                       .hold = NOEMA_USD};
    of->status[0] = noema_run_start(of->db, &request, &of->started, NULL);
    const noema_settlement settlement = {.size = sizeof settlement,
                                         .state = NOEMA_RUN_COMPLETED,
                                         .run = of->started.id,
                                         .price = NOEMA_PRICE_HOLD};
    of->status[1] = noema_run_settle(of->db, &settlement, &of->settled, &of->receipt, NULL);
    return NULL;
}

static uint32_t
count_firsts(const runner *runners, size_t count)
{
    uint32_t firsts = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_first = (runners[i].started.flags & NOEMA_REPLAYED) == 0;
        assert_int_equal(runners[i].status[0], NOEMA_OK);
        assert_int_equal(runners[i].status[1], NOEMA_OK);
        assert_true(is_first == (runners[i].started.token[0] != '\0'));
        firsts += is_first ? 1 : 0;
        assert_int_equal(runners[i].receipt.amount, -NOEMA_USD);
    }
    return firsts;
}

/* One of them gets the work, all of them the result, and one charge is booked. */
static void
a_run_that_eight_start_and_settle_at_once_is_held_and_charged_once(void **state)
{
    enum { EIGHT = 8, ROUNDS = 10 };
    bank *at = *state;
    noema_db *doors[] = {at->db, second_door(at, 0)};
    const noema_id account = bank_account(at, 100 * NOEMA_USD);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char key[20];
        runner runners[EIGHT] = {{0}};
        uint32_t settles = 0;
        (void)snprintf(key, sizeof key, "run:%" PRIu32, round);
        for (uint32_t i = 0; i < EIGHT; i++) {
            runners[i] = (runner){.db = doors[i % 2], .account = account, .key = key};
        }
        bank_crowd(EIGHT, start_and_settle, runners, sizeof runners[0]);
        for (uint32_t i = 0; i < EIGHT; i++) {
            settles += (runners[i].settled.flags & NOEMA_REPLAYED) == 0 ? 1 : 0;
        }
        assert_int_equal(count_firsts(runners, EIGHT), 1);
        assert_int_equal(settles, 1);
    }
    assert_int_equal(bank_read(at, &account).credit, (100 - ROUNDS) * NOEMA_USD);
    assert_int_equal(bank_read(at, &account).held, 0);
    bank_check(at);
    noema_close(doors[1]);
}

/* ---- first credits ------------------------------------------------------------------------------- */

static void
eight_first_credits_at_once_make_one_document_and_an_exact_sum(void **state)
{
    enum { FIRST = 8, ROUNDS = 10 };
    bank *at = *state;
    noema_db *doors[] = {at->db, second_door(at, 0)};
    for (uint32_t round = 0; round < ROUNDS; round++) {
        asker askers[FIRST] = {{0}};
        const noema_id account = bank_account(at, 0);
        for (uint32_t i = 0; i < FIRST; i++) {
            askers[i] = (asker){.db = doors[i % 2],
                                .kind = NOEMA_COMMAND_CREDIT,
                                .account = account,
                                .amount = NOEMA_USD,
                                .number = 5000 + round * FIRST + i,
                                .times = 1};
        }
        bank_crowd(FIRST, ask, askers, sizeof askers[0]);
        const ledger_account stored = bank_read(at, &account);
        assert_int_equal(sum_of(askers, FIRST).done, FIRST);
        assert_int_equal(stored.documents, 1);
        assert_int_equal(stored.credit, FIRST * NOEMA_USD);
        assert_int_equal(stored.seq, FIRST);
    }
    bank_check(at);
    noema_close(doors[1]);
}

/* ---- one payment --------------------------------------------------------------------------------- */

static void
a_payment_named_by_three_for_two_accounts_is_booked_once_and_taken_for_the_other(void **state)
{
    enum { THREE = 3, ROUNDS = 20 };
    bank *at = *state;
    noema_db *doors[] = {at->db, second_door(at, 0), at->db};
    const noema_id accounts[] = {bank_account(at, 0), bank_account(at, 0)};
    uint32_t won = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char payment[40];
        asker askers[THREE] = {{0}};
        (void)snprintf(payment, sizeof payment, "stripe:%" PRIu32, round);
        for (uint32_t i = 0; i < THREE; i++) {
            askers[i] = (asker){.db = doors[i],
                                .kind = NOEMA_COMMAND_CREDIT,
                                .account = accounts[i / 2],
                                .amount = NOEMA_USD,
                                .key = payment,
                                .times = 1};
        }
        bank_crowd(THREE, ask, askers, sizeof askers[0]);
        bool first_won = askers[2].done == 0;
        won += first_won ? 1 : 0;
        assert_int_equal(bank_count_key(at, NULL, payment), 1);
        assert_int_equal(askers[0].done + askers[1].done, first_won ? 2 : 0);
        assert_int_equal(askers[0].replayed + askers[1].replayed, first_won ? 1 : 0);
        assert_int_equal(askers[first_won ? 2 : 0].refused, NOEMA_TAKEN);
        assert_int_equal(askers[first_won ? 2 : 1].refused, NOEMA_TAKEN);
    }
    assert_int_equal(bank_read(at, &accounts[0]).credit, won * NOEMA_USD);
    assert_int_equal(bank_read(at, &accounts[1]).credit, (ROUNDS - won) * NOEMA_USD);
    bank_check(at);
    noema_close(doors[1]);
}

/* ---- everything ---------------------------------------------------------------------------------- */

/* In as many threads at once, each by way of one of the handles. */
static void
mix_in_threads(bank *at, noema_db **doors, size_t door_count, uint32_t commands)
{
    enum { THREADS = 8, ACCOUNTS = 5 };
    static uint32_t rounds;
    uint64_t seed =
        getenv("ND_SEED") != NULL ? strtoull(getenv("ND_SEED"), NULL, 10) : (uint64_t)time(NULL);
    char prefixes[THREADS][32];
    mix mixes[THREADS] = {{0}};
    noema_id accounts[ACCOUNTS];
    int64_t contradictions = 0;
    uint32_t done = 0;
    printf("ND_SEED=%" PRIu64 "\n", seed);
    rounds++;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        accounts[i] = bank_account(at, 20 * NOEMA_USD);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        (void)snprintf(prefixes[i], sizeof prefixes[i], "mix:%" PRIu32 ":%" PRIu32, rounds, i);
        mixes[i] = (mix){.db = doors[i % door_count],
                         .accounts = accounts,
                         .account_count = ACCOUNTS,
                         .seed = seed + i,
                         .prefix = prefixes[i],
                         .commands = commands,
                         .asks = 1,
                         .told = calloc(commands, sizeof(mix_told))};
        assert_non_null(mixes[i].told);
    }
    bank_crowd(THREADS, mix_run, mixes, sizeof mixes[0]);
    for (uint32_t i = 0; i < THREADS; i++) {
        contradictions += mix_contradictions(&mixes[i], at->client, at->database);
        done += mixes[i].ok;
        free(mixes[i].told);
    }
    assert_int_equal(contradictions, 0);
    assert_true(done > THREADS * commands / 2);
    bank_check(at);
}

static void
every_kind_of_command_in_eight_threads_is_booked_as_it_was_told(void **state)
{
    bank *at = *state;
    noema_db *doors[] = {at->db, second_door(at, ALL_COMMITTERS)};
    mix_in_threads(at, doors, 2, 60);
    noema_close(doors[1]);
}

static void
with_the_servers_validator_on_every_kind_of_command_passes(void **state)
{
    bank *at = *state;
    noema_db *door = second_door(at, 0);
    noema_receipt receipt;
    const noema_id account = bank_account(at, 0);
    assert_int_equal(noema_economy_bonus(door, &account, 1, "first", NULL, &receipt, &at->error),
                     NOEMA_OK);
    nd_engine_set_bypass(bank_engine(door), false);
    mix_in_threads(at, &door, 1, 60);
    noema_close(door);
}

static void
without_lanes_every_kind_of_command_is_booked_as_it_was_told(void **state)
{
    bank *at = *state;
    noema_db *door = second_door(at, ALL_COMMITTERS);
    noema_receipt receipt;
    const noema_id account = bank_account(at, 0);
    assert_int_equal(noema_economy_bonus(door, &account, 1, "first", NULL, &receipt, &at->error),
                     NOEMA_OK);
    nd_engine_set_lanes(bank_engine(door), false);
    mix_in_threads(at, &door, 1, 30);
    noema_close(door);
}

/* ---- two processes ------------------------------------------------------------------------------- */

static void
two_processes_on_one_account_book_exact_sums(void **state)
{
    enum { THREADS = 8, EACH = 20 };
    bank *at = *state;
    const noema_id account = bank_account(at, NOEMA_USD);
    process debtors[2];
    for (size_t i = 0; i < 2; i++) {
        const char *const arguments[] = {
            at->uri, at->database, at->database, account.text, i == 0 ? "p" : "q", "8", "20", NULL};
        debtors[i] = process_start(NOEMA_TEST_PROGRAMS "/debtor", arguments);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(process_end(&debtors[i]), 0);
        for (char *line = debtors[i].text; *line != '\0'; line = strchr(line, '\n') + 1) {
            assert_memory_equal(line, "OK ", 3);
        }
        process_free(&debtors[i]);
    }
    const ledger_account stored = bank_read(at, &account);
    assert_int_equal(stored.credit, NOEMA_USD - 2 * THREADS * EACH * NOEMA_USD / 1000);
    assert_int_equal(stored.seq, 1 + 2 * THREADS * EACH);
    bank_check(at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_funds_for_half_of_64_threads_exactly_half_are_served),
        cmocka_unit_test(with_funds_for_half_exactly_half_are_served_by_two_engines),
        cmocka_unit_test(without_lanes_eight_committers_on_one_account_book_exact_sums),
        cmocka_unit_test(every_request_of_a_storm_twice_at_once_is_applied_once),
        cmocka_unit_test(a_run_that_eight_start_and_settle_at_once_is_held_and_charged_once),
        cmocka_unit_test(eight_first_credits_at_once_make_one_document_and_an_exact_sum),
        cmocka_unit_test(
            a_payment_named_by_three_for_two_accounts_is_booked_once_and_taken_for_the_other),
        cmocka_unit_test(every_kind_of_command_in_eight_threads_is_booked_as_it_was_told),
        cmocka_unit_test(with_the_servers_validator_on_every_kind_of_command_passes),
        cmocka_unit_test(without_lanes_every_kind_of_command_is_booked_as_it_was_told),
        cmocka_unit_test(two_processes_on_one_account_book_exact_sums),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
