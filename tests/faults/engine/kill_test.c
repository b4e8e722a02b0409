/* kill -9 of the server, and of a client, while they write: nothing acknowledged is lost, no key is
 * applied twice, and what a dead client was working on is writable soon. Two processes on one account. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scene.h"

extern char **environ;

enum { WRITERS = 8, KILLS = 2, CLIENT_FREE_S = 20 };

static void
wait_ms(int ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&rest, NULL);
}

/* ---- the server ------------------------------------------------------------------------------- */

typedef struct writer {
    scene *on;
    int number;
    atomic_int acknowledged;
    atomic_bool *stop;
} writer;

static void *
write_on(void *argument)
{
    writer *self = argument;
    for (int i = 0; !atomic_load(self->stop); i++) {
        char key[48];
        noema_receipt receipt;
        noema_error error;
        snprintf(key, sizeof(key), "kill:%d:%d", self->number, i);
        noema_status told;
        do { /* unknown, or no server: the same key again */
            told = noema_economy_debit(self->on->db, &self->on->account.id, 1000, key, NULL,
                                       &receipt, &error);
        } while (told != NOEMA_OK && !atomic_load(self->stop));
        if (told == NOEMA_OK) {
            atomic_fetch_add(&self->acknowledged, 1);
        }
    }
    return NULL;
}

static pid_t
server_pid(void)
{
    char command[300];
    char line[40] = "";
    snprintf(command, sizeof(command), "pgrep -f '%s/node0/mongod.conf' | head -1",
             getenv("NOEMA_TEST_MONGOD_DIR"));
    FILE *found = popen(command, "r");
    assert_non_null(found);
    char *got = fgets(line, sizeof(line), found);
    pclose(found);
    return got == NULL ? 0 : (pid_t)strtol(line, NULL, 10);
}

static void
start_server(void)
{
    char config[300];
    pid_t child;
    posix_spawn_file_actions_t actions;
    snprintf(config, sizeof(config), "%s/node0/mongod.conf", getenv("NOEMA_TEST_MONGOD_DIR"));
    char *arguments[] = {getenv("NOEMA_TEST_MONGOD"), "--config", config, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
}

static void
kill_the_server_and_start_it_again(void)
{
    pid_t server = server_pid();
    assert_true(server > 0);
    assert_int_equal(kill(server, SIGKILL), 0);
    wait_ms(500);
    start_server();
}

static void
a_killed_server_loses_nothing_that_was_acknowledged(void **state)
{
    scene *on = *state;
    if (getenv("NOEMA_TEST_MONGOD_DIR") == NULL) {
        skip(); /* the server is somebody else's */
    }
    atomic_bool stop = false;
    writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i].on = on;
        writers[i].number = i;
        writers[i].stop = &stop;
        atomic_init(&writers[i].acknowledged, 0);
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    for (int i = 0; i < KILLS; i++) {
        wait_ms(1500);
        kill_the_server_and_start_it_again();
        wait_ms(3500);
    }
    atomic_store(&stop, true);
    int64_t acknowledged = 0;
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        acknowledged += atomic_load(&writers[i].acknowledged);
    }
    int64_t stored =
        scene_count(on, "transactions", BCON_NEW("idempotencyKey", "{", "$regex", "^kill:", "}"));
    print_message("%lld acknowledged, %lld stored\n", (long long)acknowledged, (long long)stored);
    assert_true(acknowledged > 0);
    assert_true(stored >= acknowledged && stored <= acknowledged + WRITERS);
    scene_prove(on);
}

/* ---- a client -------------------------------------------------------------------------------------- */

static pid_t
start_spender(const scene *on, const noema_account *account, const char *prefix, const char *debits,
              const char *threads)
{
    pid_t child;
    posix_spawn_file_actions_t actions;
    char *arguments[] = {NOEMA_TEST_PROGRAMS "/spender",
                         (char *)(uintptr_t)on->database,
                         (char *)(uintptr_t)account->id.text,
                         (char *)(uintptr_t)prefix,
                         (char *)(uintptr_t)debits,
                         (char *)(uintptr_t)threads,
                         NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static int64_t
entries_of(scene *on, const char *prefix)
{
    char pattern[40];
    snprintf(pattern, sizeof(pattern), "^%s:", prefix);
    return scene_count(on, "transactions",
                       BCON_NEW("idempotencyKey", "{", "$regex", BCON_UTF8(pattern), "}"));
}

static void
a_killed_client_leaves_its_accounts_writable_within_20_s(void **state)
{
    scene *on = *state;
    for (int i = 0; i < 3; i++) {
        char prefix[16];
        noema_account account = scene_account(on, 1000 * NOEMA_USD);
        noema_receipt receipt;
        noema_error error;
        snprintf(prefix, sizeof(prefix), "dead%d", i);
        pid_t client = start_spender(on, &account, prefix, "100000", "16");
        while (entries_of(on, prefix) < 50) {
            wait_ms(20);
        }
        wait_ms(37 * i); /* somewhere in a batch */
        assert_int_equal(kill(client, SIGKILL), 0);
        assert_int_equal(waitpid(client, NULL, 0), client);
        const noema_command options = {.size = sizeof(options), .timeout_ms = CLIENT_FREE_S * 1000};
        assert_int_equal(
            noema_economy_debit(on->db, &account.id, 1, scene_key(on), &options, &receipt, &error),
            NOEMA_OK);
    }
    scene_prove(on);
}

static void
two_processes_on_one_hot_account_take_each_debit_once(void **state)
{
    scene *on = *state;
    noema_account account = scene_account(on, 1000 * NOEMA_USD);
    noema_balance balance;
    noema_error error;
    int status;
    pid_t clients[] = {start_spender(on, &account, "one", "40", "16"),
                       start_spender(on, &account, "two", "40", "16")};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(waitpid(clients[i], &status, 0), clients[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(entries_of(on, "one"), 640);
    assert_int_equal(entries_of(on, "two"), 640);
    assert_int_equal(noema_economy_balance(on->db, &account.id, &balance, &error), NOEMA_OK);
    assert_int_equal(balance.balance, 1000 * NOEMA_USD - 1280 * (NOEMA_USD / 100));
    scene_prove(on);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_processes_on_one_hot_account_take_each_debit_once),
        cmocka_unit_test(a_killed_client_leaves_its_accounts_writable_within_20_s),
        cmocka_unit_test(a_killed_server_loses_nothing_that_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
