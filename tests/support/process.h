/* Second processes of a test: a program of tests/support/programs/, executed, never forked off. */
#ifndef ND_TEST_SUPPORT_PROCESS_H
#define ND_TEST_SUPPORT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct process {
    pid_t pid;
    int output; /* its standard output */
    char *text; /* what was read of it so far */
    size_t size;
} process;

/* arguments: NULL-terminated, without the program's name. Ends the process when there is no such
 * program. */
process process_start(const char *path, const char *const *arguments);
/* Reads until it has said so many lines, or ends; false: it ended before. */
bool process_await_lines(process *of, size_t lines);
void process_kill(process *of);
/* Reads all, waits for its end; returns its exit code, or minus the signal that ended it. The text
 * stays. */
int process_end(process *of);
void process_free(process *of);

#endif
