#include "support/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/faultpoint.h"

extern char **environ;

enum { PATH_SIZE = 512, PRIMARY_MS = 60000 };

bool
server_is_ours(void)
{
    const char *pids = getenv("NOEMA_TEST_MONGOD_PID");
    return getenv("NOEMA_TEST_MONGOD") != NULL && getenv("NOEMA_TEST_MONGOD_DIR") != NULL &&
           pids != NULL && strchr(pids, ' ') == NULL;
}

static void
path_of(const char *name, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/node0/%s", getenv("NOEMA_TEST_MONGOD_DIR"), name);
}

/* From its lock file: a test before may have started it anew. */
static pid_t
pid_of_server(void)
{
    char path[PATH_SIZE];
    char text[32] = "";
    path_of("db/mongod.lock", path);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        (void)!fgets(text, sizeof text, file);
        (void)fclose(file);
    }
    return (pid_t)strtol(text, NULL, 10);
}

/* A zombie whose parent is somebody else is gone, too, but for what its other threads still have
 * open. */
static bool
is_running(pid_t pid)
{
    char path[64];
    char text[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    (void)!fgets(text, sizeof text, file);
    (void)fclose(file);
    const char *state = strrchr(text, ')');
    return state != NULL && state[2] != 'Z' && state[2] != 'X';
}

void
server_kill(void)
{
    pid_t pid = pid_of_server();
    if (pid <= 1) {
        (void)fprintf(stderr, "there is no server to kill\n");
        abort();
    }
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, WNOHANG) == 0 || is_running(pid)) {
        nd_sleep_ms(5);
    }
}

static bool
port_is_free(void)
{
    const char *host = strstr(getenv("NOEMA_MONGODB_URI"), "127.0.0.1:");
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)(host == NULL ? 0 : strtol(host + 10, NULL, 10)));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    bool is_free = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return is_free;
}

void
server_start(void)
{
    char config[PATH_SIZE];
    char output[PATH_SIZE];
    char binary[PATH_SIZE];
    char flag[] = "--config";
    while (!port_is_free()) {
        nd_sleep_ms(5);
    }
    path_of("mongod.conf", config);
    path_of("output", output);
    (void)snprintf(binary, sizeof binary, "%s", getenv("NOEMA_TEST_MONGOD"));
    char *const words[] = {binary, flag, config, NULL};
    pid_t pid;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output,
                                           O_WRONLY | O_CREAT | O_APPEND, 0644);
    (void)posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int problem = posix_spawn(&pid, binary, &actions, &attributes, words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    if (problem != 0) {
        (void)fprintf(stderr, "%s: %s\n", binary, strerror(problem));
        abort();
    }
}

static bool
is_writable(mongoc_client_t *client)
{
    bson_t reply;
    bson_iter_t at;
    bson_error_t error;
    bson_t *hello = BCON_NEW("hello", BCON_INT32(1));
    bool is = mongoc_client_command_simple(client, "admin", hello, NULL, &reply, &error) &&
              bson_iter_init_find(&at, &reply, "isWritablePrimary") && bson_iter_as_bool(&at);
    bson_destroy(&reply);
    bson_destroy(hello);
    return is;
}

bool
server_await_primary(const char *uri)
{
    nd_deadline until = nd_deadline_in(PRIMARY_MS);
    mongoc_client_t *client = plain_client(uri);
    bool there = is_writable(client);
    while (!there && !nd_deadline_passed(until)) {
        nd_sleep_ms(50);
        there = is_writable(client);
    }
    mongoc_client_destroy(client);
    return there;
}
