/* The death of the demo's server: kill -9 in the middle of the runs, and a new start two seconds
 * later. Only of a private one, which scripts/mongod names in the environment. */
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include "runs.h"

static bool server_dies; /* --kill-server */

static const char *
need(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "demo: --kill-server needs a private server: run scripts/demo, without "
                        "NOEMA_MONGODB_URI\n");
        exit(2);
    }
    return value;
}

static void
start_server(void)
{
    pid_t server;
    char config[4096];
    posix_spawn_file_actions_t quiet;
    char *const words[] = {(char *)(uintptr_t)need("NOEMA_TEST_MONGOD"), "--config", config, NULL};
    char *const nothing[] = {NULL};
    snprintf(config, sizeof config, "%s/node0/mongod.conf", need("NOEMA_TEST_MONGOD_DIR"));
    posix_spawn_file_actions_init(&quiet);
    for (int file = 0; file <= STDERR_FILENO; file++) { /* else it would keep our reader waiting */
        posix_spawn_file_actions_addopen(&quiet, file, "/dev/null", O_RDWR, 0);
    }
    if (posix_spawn(&server, words[0], &quiet, NULL, words, nothing) != 0) {
        complain("server", "it can't be started again");
    }
    posix_spawn_file_actions_destroy(&quiet);
}

static void *
kill_server(void *unused)
{
    long pid = strtol(need("NOEMA_TEST_MONGOD_PID"), NULL, 10);
    while (runs_ended() < plan.runs / 2 && trouble == 0) {
        nap(5);
    }
    int64_t at = runs_ended();
    kill((pid_t)pid, SIGKILL);
    nap(2000);
    start_server();
    printf("%sserver     killed by kill -9 after %s runs, started again 2 s later\n",
           is_terminal() ? "\r\033[K" : "", number(at).s);
    return unused;
}

#endif
