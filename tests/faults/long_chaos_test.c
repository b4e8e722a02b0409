/* Everything at once, for a minute: callers who ask for everything, in two engines on the same
 * accounts, while messages of their commands are lost, cut off and delayed at random. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pthread.h>
#include <cmocka.h>

#include "core/clock.h"
#include "support/bank.h"
#include "support/mix.h"
#include "support/relay.h"

enum {
    DOORS = 2,
    WRITERS = 6,
    ACCOUNTS = 5,
    COMMANDS_MAX = 20000,
    ASKS = 10,
    CHAOS_MS = 60000,
    TIMEOUT_MS = 1500
};

static const char *const commands[] = {"find",
                                       "update",
                                       "findAndModify",
                                       "insert",
                                       "abortTransaction",
                                       "commitTransaction",
                                       "commitTransaction",
                                       "commitTransaction",
                                       NULL};
static const relay_deed request_deeds[] = {RELAY_SWALLOW, RELAY_CUT, RELAY_RESET, RELAY_DELAY};
static const relay_deed reply_deeds[] = {RELAY_SWALLOW, RELAY_CUT, RELAY_RESET, RELAY_CUT};

static uint64_t state_of_chance;

static uint32_t
below(uint32_t most)
{
    uint64_t x = (state_of_chance += UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) % most);
}

/* The server's own faults: a commit that says that it failed, and is done, or is not. */
static void
confuse(bank *at, const char *app_name)
{
    const faultpoint faults[] = {{.code = 50}, {.code = 10107}, {.concern_code = 64}};
    faultpoint fault = faults[below(3)];
    fault.command = "commitTransaction";
    fault.app_name = app_name;
    fault.times = 1 + (int32_t)below(30);
    (void)faultpoint_set(at->client, &fault);
}

/* What was delayed arrives some time later, among newer things. */
static void
disturb(bank *at, relay **relays)
{
    char app_name[60];
    (void)snprintf(app_name, sizeof app_name, "%s-2", at->database);
    nd_deadline until = nd_deadline_in(CHAOS_MS);
    while (!nd_deadline_passed(until)) {
        relay *on = relays[below(DOORS)];
        bool is_request = below(2) == 0;
        const relay_rule rule = {
            .way = is_request ? RELAY_REQUEST : RELAY_REPLY,
            .command = commands[below(sizeof commands / sizeof commands[0])],
            .skip = below(5),
            .times = 1 + below(12),
            .deed = (is_request ? request_deeds : reply_deeds)[below(4)],
        };
        relay_set(on, &rule);
        confuse(at, app_name);
        nd_sleep_ms(100 + below(2900));
        if (below(3) == 0) {
            relay_release(on);
        }
    }
    faultpoint_off(at->client);
    for (size_t i = 0; i < DOORS; i++) {
        relay_release(relays[i]);
    }
}

typedef struct crowd {
    bank *at;
    uint64_t seed;
    atomic_bool stop;
    relay *relays[DOORS];
    noema_db *doors[DOORS];
    noema_id accounts[ACCOUNTS];
    char prefixes[WRITERS][20];
    pthread_t threads[WRITERS];
    mix mixes[WRITERS];
} crowd;

static void
begin_writer(crowd *of, uint32_t i)
{
    (void)snprintf(of->prefixes[i], sizeof of->prefixes[i], "chaos:%" PRIu32, i);
    of->mixes[i] = (mix){.db = of->doors[i % DOORS],
                         .accounts = of->accounts,
                         .account_count = ACCOUNTS,
                         .seed = of->seed + i,
                         .prefix = of->prefixes[i],
                         .commands = COMMANDS_MAX,
                         .stop = &of->stop,
                         .asks = ASKS,
                         .told = calloc(COMMANDS_MAX, sizeof(mix_told))};
    assert_non_null(of->mixes[i].told);
    assert_int_equal(pthread_create(&of->threads[i], NULL, mix_run, &of->mixes[i]), 0);
}

static void
begin(crowd *of)
{
    for (size_t i = 0; i < ACCOUNTS; i++) {
        of->accounts[i] = bank_account(of->at, 100 * NOEMA_USD);
    }
    for (size_t i = 0; i < DOORS; i++) {
        of->relays[i] = relay_start(of->at->uri);
        const bank_door door = {
            .uri = relay_uri(of->relays[i]), .timeout_ms = TIMEOUT_MS, .second = true};
        of->doors[i] = bank_open(of->at, &door);
    }
    for (uint32_t i = 0; i < WRITERS; i++) {
        begin_writer(of, i);
    }
}

/* Returns how many answers contradict what is stored. */
static int64_t
end(crowd *of)
{
    int64_t contradictions = 0;
    uint32_t done = 0;
    atomic_store(&of->stop, true);
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(of->threads[i], NULL), 0);
        contradictions += mix_contradictions(&of->mixes[i], of->at->client, of->at->database);
        done += of->mixes[i].ok;
        free(of->mixes[i].told);
    }
    for (size_t i = 0; i < DOORS; i++) {
        printf("conflicts %" PRId64 ", unknown commits %" PRId64 ", unknown answers %" PRId64 "\n",
               bank_metric(of->doors[i], ND_METRIC_CONFLICTS),
               bank_metric(of->doors[i], ND_METRIC_COMMITS_UNKNOWN),
               bank_metric(of->doors[i], ND_METRIC_COMMANDS_UNKNOWN));
        noema_close(of->doors[i]);
        relay_stop(of->relays[i]);
    }
    printf("%" PRIu32 " done\n", done);
    assert_true(done > 0);
    return contradictions;
}

static void
in_a_minute_of_chaos_everything_is_booked_as_it_was_told(void **state)
{
    static crowd all;
    all.at = *state;
    all.seed =
        getenv("ND_SEED") != NULL ? strtoull(getenv("ND_SEED"), NULL, 10) : (uint64_t)time(NULL);
    printf("ND_SEED=%" PRIu64 "\n", all.seed);
    state_of_chance = all.seed;
    begin(&all);
    disturb(all.at, all.relays);
    assert_int_equal(end(&all), 0);
    bank_check(all.at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_minute_of_chaos_everything_is_booked_as_it_was_told),
    };
    return cmocka_run_group_tests(tests, bank_setup, bank_teardown);
}
