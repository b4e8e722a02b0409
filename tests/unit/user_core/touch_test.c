/* The memory of who was seen: once a minute, bounded, from any thread. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "async/async.h"
#include "core/id.h"
#include "user_core/user_core.h"

enum { MINUTE = 60000, START = 1000000 };

static void
an_account_is_due_once_a_minute(void **state)
{
    nd_touches *touches = nd_touches_new();
    nd_id ann = nd_id_new();
    nd_id bob = nd_id_new();
    (void)state;
    assert_true(nd_touches_due(touches, ann, START));
    assert_false(nd_touches_due(touches, ann, START));
    assert_true(nd_touches_due(touches, bob, START + 1));
    assert_false(nd_touches_due(touches, ann, START + MINUTE - 1));
    assert_true(nd_touches_due(touches, ann, START + MINUTE));
    assert_false(nd_touches_due(touches, ann, START + MINUTE + 1));
    nd_touches_free(touches);
}

/* Being asked does not count as being written. */
static void
asking_again_does_not_put_it_off(void **state)
{
    nd_touches *touches = nd_touches_new();
    nd_id ann = nd_id_new();
    (void)state;
    assert_true(nd_touches_due(touches, ann, START));
    for (int64_t at = START + 1000; at < START + MINUTE; at += 1000) {
        assert_false(nd_touches_due(touches, ann, at));
    }
    assert_true(nd_touches_due(touches, ann, START + MINUTE));
    nd_touches_free(touches);
}

static void
what_is_forgotten_is_due(void **state)
{
    nd_touches *touches = nd_touches_new();
    nd_id ann = nd_id_new();
    nd_id bob = nd_id_new();
    (void)state;
    assert_true(nd_touches_due(touches, ann, START));
    nd_touches_forget(touches, bob);
    assert_false(nd_touches_due(touches, ann, START));
    nd_touches_forget(touches, ann);
    assert_true(nd_touches_due(touches, ann, START));
    nd_touches_free(touches);
}

/* Far more accounts than it holds: each is due when it first comes, and those that came last are
 * still known. */
static void
it_is_bounded_and_forgets_the_oldest(void **state)
{
    enum { MANY = 100000, RECENT = 64 };
    nd_touches *touches = nd_touches_new();
    nd_id recent[RECENT];
    int known = 0;
    (void)state;
    for (int i = 0; i < MANY; i++) {
        recent[i % RECENT] = nd_id_new();
        assert_true(nd_touches_due(touches, recent[i % RECENT], START + i / 10));
    }
    for (int i = 0; i < RECENT; i++) {
        known += nd_touches_due(touches, recent[i], START + MANY / 10) ? 0 : 1;
    }
    assert_int_equal(known, RECENT);
    nd_touches_free(touches);
}

enum { THREADS = 8, ACCOUNTS = 40, ROUNDS = 50 };

typedef struct racer {
    pthread_t thread;
    nd_touches *touches;
    const nd_id *accounts;
    int due;
} racer;

static void *
race(void *argument)
{
    racer *mine = argument;
    for (int i = 0; i < ACCOUNTS; i++) {
        mine->due += nd_touches_due(mine->touches, mine->accounts[i], START) ? 1 : 0;
    }
    return NULL;
}

static int
race_once(nd_touches *touches, const nd_id *accounts)
{
    racer racers[THREADS];
    int due = 0;
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (racer){.touches = touches, .accounts = accounts};
        assert_true(nd_thread_start(&racers[i].thread, "racer", race, &racers[i]));
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(racers[i].thread, NULL);
        due += racers[i].due;
    }
    return due;
}

/* So few accounts that no set is ever full: then each is told once. */
static void
of_racing_threads_one_is_told(void **state)
{
    nd_id accounts[ACCOUNTS];
    (void)state;
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts[i] = nd_id_new();
    }
    for (int i = 0; i < ROUNDS; i++) {
        nd_touches *touches = nd_touches_new();
        assert_int_equal(race_once(touches, accounts), ACCOUNTS);
        nd_touches_free(touches);
    }
    nd_touches_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_is_due_once_a_minute),
        cmocka_unit_test(asking_again_does_not_put_it_off),
        cmocka_unit_test(what_is_forgotten_is_due),
        cmocka_unit_test(it_is_bounded_and_forgets_the_oldest),
        cmocka_unit_test(of_racing_threads_one_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
