#include "support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ARGUMENTS_MAX = 16, PART = 4096 };

process
process_start(const char *path, const char *const *arguments)
{
    int ends[2];
    process made = {0};
    union {
        const char *const *from;
        char *const *to;
    } words;
    const char *all[ARGUMENTS_MAX] = {path};
    for (size_t i = 0; arguments[i] != NULL && i + 2 < ARGUMENTS_MAX; i++) {
        all[i + 1] = arguments[i];
    }
    words.from = all;
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        abort();
    }
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int problem = posix_spawn(&made.pid, path, &actions, NULL, words.to, environ);
    if (problem != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(problem));
        abort();
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    made.output = ends[0];
    made.text = calloc(1, 1);
    return made;
}

/* false: it has closed its end. */
static bool
read_part(process *of)
{
    char *grown = realloc(of->text, of->size + PART + 1);
    if (grown == NULL) {
        abort();
    }
    of->text = grown;
    ssize_t got = read(of->output, of->text + of->size, PART);
    if (got < 0 && errno == EINTR) {
        return true;
    }
    of->size += got > 0 ? (size_t)got : 0;
    of->text[of->size] = '\0';
    return got > 0;
}

static size_t
count_lines(const process *of)
{
    size_t lines = 0;
    for (size_t i = 0; i < of->size; i++) {
        lines += of->text[i] == '\n' ? 1 : 0;
    }
    return lines;
}

bool
process_await_lines(process *of, size_t lines)
{
    while (count_lines(of) < lines) {
        if (!read_part(of)) {
            return false;
        }
    }
    return true;
}

void
process_kill(process *of)
{
    (void)kill(of->pid, SIGKILL);
}

int
process_end(process *of)
{
    int status = 0;
    while (read_part(of)) {
    }
    (void)close(of->output);
    while (waitpid(of->pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void
process_free(process *of)
{
    free(of->text);
}
