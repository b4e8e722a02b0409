/* Options: one table of names, environment variables, ranges and defaults; the rest reads it. */
#include "base/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"

typedef enum shape {
    SHAPE_TEXT,
    SHAPE_NUMBER,
    SHAPE_SWITCH,
    SHAPE_SECRET,
} shape;

typedef struct row {
    const char *name;
    shape shape;
    size_t offset;
    size_t given; /* of a SWITCH: of the member that says that it was set */
    const char *environment;
    const char *fallback; /* NULL: none */
    uint32_t min, max;    /* NUMBER: the value; TEXT: bytes */
    const char *doc;
} row;

#define TEXT(member) #member, SHAPE_TEXT, offsetof(nd_options, member), 0
#define NUMBER(member) #member, SHAPE_NUMBER, offsetof(nd_options, member), 0
#define SWITCH(member)                                                                             \
    #member, SHAPE_SWITCH, offsetof(nd_options, member), offsetof(nd_options, member##_given)
#define SECRET(member) #member, SHAPE_SECRET, offsetof(nd_options, member), 0

static const row rows[] = {
    {TEXT(uri),                "NOEMA_MONGODB_URI",      NULL,      1,   8192,
     "MongoDB URI of a replica set or sharded cluster."                                                                },
    {TEXT(database),           "NOEMA_DATABASE",         "noema",   1,   63,      "Name of the database."              },
    {TEXT(app_name),           "NOEMA_APP_NAME",         NULL,      0,   128,
     "How connections are named in the server's log; default noemadb/<version>."                                       },
    {TEXT(actor),              "NOEMA_ACTOR",            "service", 1,   128,     "Who acts, when a call does not say."},
    {NUMBER(timeout_ms),       "NOEMA_TIMEOUT_MS",       "15000",   100, 600000,  "Deadline of a call in ms."          },
    {NUMBER(pool_size),        "NOEMA_POOL_SIZE",        "32",      4,   500,     "Most connections to the server."    },
    {NUMBER(queue_capacity),   "NOEMA_QUEUE_CAPACITY",   "8192",    16,  1048576,
     "Money commands that may wait; more are BUSY."                                                                    },
    {NUMBER(committers),       "NOEMA_COMMITTERS",       "2",       1,   16,      "Threads that commit money."         },
    {SWITCH(reaper),           "NOEMA_REAPER",           "on",      0,   0,
     "Ends runs past their deadline, in the background."                                                               },
    {SWITCH(allow_plaintext),  "NOEMA_ALLOW_PLAINTEXT",  "off",     0,   0,
     "Allows a server beyond this machine without TLS. For tests."                                                     },
    {SWITCH(keep_log_handler), "NOEMA_KEEP_LOG_HANDLER", "off",     0,   0,
     "Leaves the driver's log handler to the host."                                                                    },
    {SECRET(ledger_key),       "NOEMA_LEDGER_KEY_FILE",  NULL,      32,  4096,
     "Secret that the ledger's hashes and seals are keyed with."                                                       },
    {SECRET(api_pepper),       "NOEMA_API_PEPPER_FILE",  NULL,      32,  4096,
     "Secret that API keys are hashed with."                                                                           },
};
enum { ROWS = sizeof rows / sizeof rows[0], SECRET_MAX = 4096 };

static void *
member_of(nd_options *options, size_t offset)
{
    return (char *)options + offset;
}

static const row *
find_row(const char *name)
{
    for (size_t i = 0; name != NULL && i < ROWS; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static noema_status
refuse_name(const char *name, noema_error *error)
{
    char names[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < ROWS; i++) {
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "",
                                   rows[i].name);
    }
    return nd_fail(error, NOEMA_INVALID, "name", "'%.20s' is none of %s", name != NULL ? name : "",
                   names);
}

bool
nd_options_describe(size_t index, const char **name, const char **environment,
                    const char **fallback, const char **doc)
{
    if (index >= ROWS) {
        return false;
    }
    *name = rows[index].name;
    *environment = rows[index].environment;
    *fallback = rows[index].fallback;
    *doc = rows[index].doc;
    return true;
}

/* ---- new, copy, free ---------------------------------------------------------------------------- */

nd_options *
nd_options_new(void)
{
    return nd_try_new(sizeof(nd_options));
}

static void
free_text(char **text)
{
    if (*text != NULL) {
        nd_wipe(*text, strlen(*text)); /* a URI holds a password */
        nd_delete(*text);
    }
    *text = NULL;
}

void
nd_options_free(nd_options *options)
{
    if (options == NULL) {
        return;
    }
    for (size_t i = 0; i < ROWS; i++) {
        void *member = member_of(options, rows[i].offset);
        if (rows[i].shape == SHAPE_TEXT) {
            free_text(member);
        } else if (rows[i].shape == SHAPE_SECRET) {
            nd_secret_free(*(nd_secret **)member);
        }
    }
    nd_delete(options);
}

nd_options *
nd_options_copy(const nd_options *options)
{
    nd_options *copy = nd_new(sizeof *copy);
    *copy = *options;
    for (size_t i = 0; i < ROWS; i++) {
        void *member = member_of(copy, rows[i].offset);
        if (rows[i].shape == SHAPE_TEXT && *(char **)member != NULL) {
            *(char **)member = nd_copy_string(*(char **)member);
        } else if (rows[i].shape == SHAPE_SECRET) {
            *(nd_secret **)member = nd_secret_copy(*(nd_secret **)member);
        }
    }
    return copy;
}

/* ---- values ------------------------------------------------------------------------------------- */

/* A database's name becomes part of a namespace, and on some systems of a path. */
static noema_status
check_database(const char *value, noema_error *error)
{
    static const char *const reserved[] = {"admin", "local", "config"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strcmp(value, reserved[i]) == 0) {
            return nd_fail(error, NOEMA_INVALID, "database", "'%s' is the server's own", value);
        }
    }
    if (strpbrk(value, "/\\. \"$*<>:|?") != NULL) {
        return nd_fail(error, NOEMA_INVALID, "database",
                       "must hold none of / \\ . \" $ * < > : | ? and no space");
    }
    return NOEMA_OK;
}

static noema_status
set_text(nd_options *options, const row *of, const char *value, noema_error *error)
{
    nd_text taken;
    char **member = member_of(options, of->offset);
    ND_TRY(nd_text_take(value, of->name, of->min, of->max, &taken, error));
    if (strpbrk(value, "\r\n\t") != NULL) {
        return nd_fail(error, NOEMA_INVALID, of->name, "must be one line");
    }
    if (strcmp(of->name, "database") == 0) {
        ND_TRY(check_database(value, error));
    }
    free_text(member);
    *member = nd_copy_string(value);
    return NOEMA_OK;
}

static noema_status
set_number(nd_options *options, const row *of, const char *value, noema_error *error)
{
    uint64_t number = 0;
    size_t digits = strspn(value, "0123456789");
    for (size_t i = 0; i < digits && i < 10; i++) {
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    if (digits == 0 || digits > 10 || value[digits] != '\0' || number < of->min ||
        number > of->max) {
        return nd_fail(error, NOEMA_INVALID, of->name, "must be a number from %u to %u", of->min,
                       of->max);
    }
    *(uint32_t *)member_of(options, of->offset) = (uint32_t)number;
    return NOEMA_OK;
}

static noema_status
set_switch(nd_options *options, const row *of, const char *value, noema_error *error)
{
    bool is_on = strcmp(value, "on") == 0;
    if (!is_on && strcmp(value, "off") != 0) {
        return nd_fail(error, NOEMA_INVALID, of->name, "must be on or off");
    }
    *(bool *)member_of(options, of->offset) = is_on;
    *(bool *)member_of(options, of->given) = true;
    return NOEMA_OK;
}

static noema_status
set_value(nd_options *options, const row *of, const char *value, noema_error *error)
{
    switch (of->shape) {
    case SHAPE_TEXT:
        return set_text(options, of, value, error);
    case SHAPE_NUMBER:
        return set_number(options, of, value, error);
    case SHAPE_SWITCH:
        return set_switch(options, of, value, error);
    case SHAPE_SECRET:
        break;
    }
    return nd_fail(error, NOEMA_INVALID, of->name,
                   "is a secret: set it by noema_options_set_secret, or name its file in %s",
                   of->environment);
}

noema_status
nd_options_set(nd_options *options, const char *name, const char *value, noema_error *error)
{
    const row *of = find_row(name);
    if (of == NULL) {
        return refuse_name(name, error);
    }
    if (value == NULL) {
        return nd_fail(error, NOEMA_INVALID, of->name, "must not be NULL");
    }
    return set_value(options, of, value, error);
}

/* ---- secrets ------------------------------------------------------------------------------------ */

static noema_status
set_secret(nd_secret **member, const row *of, const void *bytes, size_t length, noema_error *error)
{
    if (length < of->min || length > of->max) {
        return nd_fail(error, NOEMA_INVALID, of->name, "must have from %u to %u bytes", of->min,
                       of->max);
    }
    nd_secret *made = nd_crypto_init() ? nd_secret_new(bytes, length) : NULL;
    if (made == NULL) {
        return nd_fail(error, NOEMA_NO_MEMORY, of->name, "no locked memory for it");
    }
    nd_secret_free(*member);
    *member = made;
    return NOEMA_OK;
}

noema_status
nd_options_set_secret(nd_options *options, const char *name, const void *bytes, size_t length,
                      noema_error *error)
{
    const row *of = find_row(name);
    if (of == NULL || of->shape != SHAPE_SECRET) {
        return nd_fail(error, NOEMA_INVALID, "name", "must be ledger_key or api_pepper");
    }
    if (bytes == NULL) {
        return nd_fail(error, NOEMA_INVALID, of->name, "must not be NULL");
    }
    /* An editor's newline; but the last byte of a random key may be one, too. */
    if (length > of->min && ((const char *)bytes)[length - 1] == '\n') {
        length--;
    }
    return set_secret(member_of(options, of->offset), of, bytes, length, error);
}

/* The owner alone may read it; when that is root, as with mounted secrets, its group may, too. */
static bool
is_private(const struct stat *file)
{
    mode_t forbidden = file->st_uid == 0 ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    return (file->st_mode & forbidden) == 0;
}

static noema_status
read_secret(int file, const row *of, const char *path, uint8_t *bytes, size_t size, size_t *length,
            noema_error *error)
{
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        return nd_fail(error, NOEMA_INVALID, of->name, "%s is no file", path);
    }
    if (!is_private(&about)) {
        return nd_fail(error, NOEMA_INVALID, of->name, "others may read %s: chmod 600 it", path);
    }
    *length = 0;
    while (*length < size) {
        ssize_t got = read(file, bytes + *length, size - *length);
        if (got < 0 && errno != EINTR) {
            return nd_fail(error, NOEMA_INVALID, of->name, "can't read %s", path);
        }
        if (got == 0) {
            break;
        }
        *length += got > 0 ? (size_t)got : 0;
    }
    return NOEMA_OK;
}

static noema_status
set_secret_file(nd_options *options, const row *of, const char *path, noema_error *error)
{
    uint8_t bytes[SECRET_MAX + 2]; /* a newline, and one to see that it is too long */
    size_t length = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        return nd_fail(error, NOEMA_INVALID, of->name, "can't open %s, which %s names", path,
                       of->environment);
    }
    noema_status status = read_secret(file, of, path, bytes, sizeof bytes, &length, error);
    (void)close(file);
    if (status == NOEMA_OK) {
        status = nd_options_set_secret(options, of->name, bytes, length, error);
    }
    nd_wipe(bytes, sizeof bytes);
    return status;
}

/* ---- finish ------------------------------------------------------------------------------------- */

static bool
is_given(nd_options *options, const row *of)
{
    void *member = member_of(options, of->offset);
    switch (of->shape) {
    case SHAPE_TEXT:
        return *(char **)member != NULL;
    case SHAPE_NUMBER:
        return *(uint32_t *)member != 0;
    case SHAPE_SWITCH:
        return *(bool *)member_of(options, of->given);
    case SHAPE_SECRET:
        break;
    }
    return *(nd_secret **)member != NULL;
}

static noema_status
finish_row(nd_options *options, const row *of, noema_error *error)
{
    if (is_given(options, of)) {
        return NOEMA_OK;
    }
    const char *value = getenv(of->environment);
    if (value == NULL || value[0] == '\0') {
        return of->fallback != NULL ? set_value(options, of, of->fallback, error) : NOEMA_OK;
    }
    if (of->shape == SHAPE_SECRET) {
        return set_secret_file(options, of, value, error);
    }
    return set_value(options, of, value, error);
}

noema_status
nd_options_finish(nd_options *options, noema_error *error)
{
    for (size_t i = 0; i < ROWS; i++) {
        ND_TRY(finish_row(options, &rows[i], error));
    }
    return NOEMA_OK;
}
