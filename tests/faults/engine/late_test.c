/* Lost replies, and commits that come late: held back by a proxy until after the answer, the find or
 * the void. A key is applied at most once, and never after a void. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scene.h"
#include "support/proxy.h"

enum { HELD_MS = 3000 };

static proxy *between;
static noema_db *far; /* through the proxy */

static int
open_far(void **state)
{
    if (scene_open(state) != 0) {
        return 1;
    }
    scene *on = *state;
    char uri[120];
    const char *server = strstr(getenv("NOEMA_MONGODB_URI"), "127.0.0.1:");
    assert_non_null(server);
    between = proxy_open((uint16_t)strtoul(server + strlen("127.0.0.1:"), NULL, 10));
    snprintf(uri, sizeof(uri), "mongodb://127.0.0.1:%u/?directConnection=true",
             proxy_port(between));
    far = scene_open_at(on, uri);
    return 0;
}

static int
close_far(void **state)
{
    proxy_no_rule(between);
    noema_close(far);
    proxy_close(between);
    return scene_close(state);
}

static void
wait_ms(int ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&rest, NULL);
}

static noema_status
debit(const noema_account *account, const char *key, uint32_t timeout_ms)
{
    noema_receipt receipt;
    noema_error error;
    const noema_command options = {.size = sizeof(options), .timeout_ms = timeout_ms};
    return noema_economy_debit(far, &account->id, NOEMA_USD, key, &options, &receipt, &error);
}

static int64_t
debits_of(scene *on, const char *key)
{
    return scene_count(on, "transactions",
                       BCON_NEW("idempotencyKey", BCON_UTF8(key), "type", "debit"));
}

static void
a_lost_reply_of_the_commit_is_neither_lost_nor_doubled(void **state)
{
    scene *on = *state;
    const proxy_deed deeds[] = {PROXY_CUT_REPLY, PROXY_LOSE_REPLY};
    for (size_t i = 0; i < 2; i++) {
        for (int times = 1; times <= 3; times++) {
            noema_account account = scene_account(on, 10 * NOEMA_USD);
            const char *key = scene_key(on);
            proxy_rule(between, "commitTransaction", deeds[i], times, 0);
            assert_int_equal(debit(&account, key, 15000), NOEMA_OK);
            assert_int_equal(proxy_applied(between), times);
            proxy_no_rule(between);
            assert_int_equal(debits_of(on, key), 1);
        }
    }
    scene_prove(on);
}

static void
lost_replies_of_writes_are_neither_lost_nor_doubled(void **state)
{
    scene *on = *state;
    const char *commands[] = {"find", "update", "insert"};
    for (size_t i = 0; i < 3; i++) {
        noema_account account = scene_account(on, 10 * NOEMA_USD);
        const char *key = scene_key(on);
        proxy_rule(between, commands[i], PROXY_CUT_REPLY, 2, 0);
        assert_int_equal(debit(&account, key, 15000), NOEMA_OK);
        proxy_no_rule(between);
        assert_int_equal(debits_of(on, key), 1);
    }
    scene_prove(on);
}

/* The first commit, the driver's own retry, and ours are all on their way for 3 s. */
static void
commits_held_back_until_after_the_answer_apply_once(void **state)
{
    scene *on = *state;
    for (int times = 1; times <= 4; times++) {
        noema_account account = scene_account(on, 10 * NOEMA_USD);
        const char *key = scene_key(on);
        proxy_rule(between, "commitTransaction", PROXY_HOLD, times, HELD_MS);
        noema_status told = debit(&account, key, 15000);
        proxy_no_rule(between);
        assert_int_equal(told, NOEMA_OK);
        wait_ms(HELD_MS + 500);
        assert_int_equal(debits_of(on, key), 1);
    }
    scene_prove(on);
}

/* Told that nobody knows, while the commit is on its way. */
static void
leave_in_doubt(const noema_account *account, const char *key)
{
    proxy_rule(between, "commitTransaction", PROXY_HOLD, 100, HELD_MS);
    assert_int_equal(debit(account, key, 1000), NOEMA_OUTCOME_UNKNOWN);
    proxy_no_rule(between);
}

static void
a_void_holds_against_the_commit_that_comes_later(void **state)
{
    scene *on = *state;
    noema_account account = scene_account(on, 10 * NOEMA_USD);
    const char *key = scene_key(on);
    noema_receipt receipt;
    noema_error error;
    leave_in_doubt(&account, key);
    noema_status told = noema_economy_void(on->db, &account.id, key, &receipt, &error);
    assert_true(told == NOEMA_OK || told == NOEMA_ILLEGAL_TRANSITION);
    wait_ms(HELD_MS + 1000);
    assert_int_equal(debits_of(on, key), told == NOEMA_OK ? 0 : 1);
    assert_int_equal(
        noema_economy_debit(on->db, &account.id, NOEMA_USD, key, NULL, &receipt, &error),
        told == NOEMA_OK ? NOEMA_KEY_REUSED : NOEMA_OK);
    scene_prove(on);
}

static void
a_find_while_the_commit_is_on_its_way_concludes_nothing(void **state)
{
    scene *on = *state;
    noema_account account = scene_account(on, 10 * NOEMA_USD);
    const char *key = scene_key(on);
    noema_receipt receipt;
    noema_error error;
    leave_in_doubt(&account, key);
    noema_status told = noema_economy_find(on->db, &account.id, key, &receipt, &error);
    assert_true(told == NOEMA_OK || told == NOEMA_NOT_FOUND);
    /* Asked again by another process, at once: done, and once in all. */
    assert_int_equal(
        noema_economy_debit(on->db, &account.id, NOEMA_USD, key, NULL, &receipt, &error), NOEMA_OK);
    wait_ms(HELD_MS + 1000);
    assert_int_equal(debits_of(on, key), 1);
    scene_prove(on);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_reply_of_the_commit_is_neither_lost_nor_doubled),
        cmocka_unit_test(lost_replies_of_writes_are_neither_lost_nor_doubled),
        cmocka_unit_test(commits_held_back_until_after_the_answer_apply_once),
        cmocka_unit_test(a_void_holds_against_the_commit_that_comes_later),
        cmocka_unit_test(a_find_while_the_commit_is_on_its_way_concludes_nothing),
    };
    return cmocka_run_group_tests(tests, open_far, close_far);
}
