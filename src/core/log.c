/* The log, and the scrubbing of secrets from text that the server or the driver wrote. */
#include "core/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"

/* Formatted whole, whatever its length: a cut could take the "@" by which a password is found. */
ND_FORMAT(1, 0) static char *
format_line(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t size = length > 0 ? (size_t)length + 1 : 1;
    char *line = nd_new(size);
    (void)vsnprintf(line, size, format, arguments);
    return line;
}

void
nd_log_write(const nd_log *log, int32_t level, const char *room, const char *format, ...)
{
    if (log == NULL || log->hook == NULL || level <= 0 || level > log->level) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    char *line = format_line(format, arguments);
    va_end(arguments);
    nd_scrub(line);
    nd_text_one_line(line);
    log->hook(log->context, level, room, line);
    nd_delete(line);
}

/* Up to three stars, never more than the text they stand for: there is no more room in place. */
static char *
put_stars(char *to, size_t hidden)
{
    size_t stars = hidden < 3 ? hidden : 3;
    memset(to, '*', stars);
    return to + stars;
}

/* The server does not escape quotes inside a value, and the driver cuts long messages: so all
 * between the first quote and the last one is hidden, and without an end all of the rest. */
static void
scrub_key_values(char *text)
{
    char *found = strstr(text, "dup key:");
    char *open = found != NULL ? strchr(found, '"') : NULL;
    if (open == NULL) {
        return;
    }
    char *value = open + 1;
    char *last = strrchr(value, '"');
    bool ends = last != NULL && strncmp(last + 1, " }", 2) == 0;
    size_t hidden = ends ? (size_t)(last - value) : strlen(value);
    const char *rest = value + hidden;
    char *to = put_stars(value, hidden);
    memmove(to, rest, strlen(rest) + 1);
}

static bool
in_scheme(char c)
{
    return isalnum((unsigned char)c) != 0 || c == '+' || c == '.' || c == '-';
}

static bool
begins_uri(const char *text, const char *mark)
{
    const char *scheme = mark;
    while (scheme > text && in_scheme(scheme[-1])) {
        scheme--;
    }
    return scheme == text || strchr(" \t\r\n\"'`([{<,;=", scheme[-1]) != NULL;
}

/* Behind the "://" of the first URI at or behind `at`; NULL: there is none. One whose scheme
 * follows on other characters of a URI is part of a password. */
static char *
next_uri(const char *text, char *at)
{
    for (; *at != '\0'; at++) {
        if (strncmp(at, "://", 3) == 0 && begins_uri(text, at)) {
            return at + 3;
        }
    }
    return NULL;
}

/* A password may hold any character, also "@", "/" and spaces, when its URI is malformed: which is
 * when the driver prints it. So all up to the last "@" before the next URI is hidden. */
static void
scrub_uris(char *text)
{
    char *to = text;
    char *from = text;
    char *uri = next_uri(text, text);
    while (uri != NULL) {
        char *next = next_uri(text, uri);
        size_t length = next != NULL ? (size_t)(next - uri) : strlen(uri);
        char *at = memrchr(uri, '@', length);
        memmove(to, from, (size_t)(uri - from));
        to += uri - from;
        from = uri;
        if (at != NULL) {
            to = put_stars(to, (size_t)(at - uri));
            from = at;
        }
        uri = next;
    }
    memmove(to, from, strlen(from) + 1);
}

void
nd_scrub(char *text)
{
    if (text != NULL) {
        scrub_key_values(text);
        scrub_uris(text);
    }
}
