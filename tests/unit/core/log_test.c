/* The log: what reaches the hook, and that no secret does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/log.h"
#include "random.h"

typedef struct heard {
    int count;
    int32_t level;
    char room[32];
    char message[4096];
} heard;

static void
hear(void *context, int32_t level, const char *room, const char *message)
{
    heard *to = context;
    to->count++;
    to->level = level;
    (void)snprintf(to->room, sizeof to->room, "%s", room);
    (void)snprintf(to->message, sizeof to->message, "%s", message);
}

static void
a_message_reaches_the_hook_as_one_line(void **state)
{
    (void)state;
    heard to = {0};
    nd_log log = {hear, &to, NOEMA_LOG_INFO};
    nd_log_write(&log, NOEMA_LOG_WARN, "engine", "batch of %d\nrun again", 3);
    assert_int_equal(to.count, 1);
    assert_int_equal(to.level, NOEMA_LOG_WARN);
    assert_string_equal(to.room, "engine");
    assert_string_equal(to.message, "batch of 3 run again");
}

static void
levels_above_the_logs_own_are_dropped(void **state)
{
    (void)state;
    heard to = {0};
    nd_log log = {hear, &to, NOEMA_LOG_WARN};
    nd_log_write(&log, NOEMA_LOG_INFO, "engine", "x");
    nd_log_write(&log, NOEMA_LOG_DEBUG, "engine", "x");
    nd_log_write(&log, 0, "engine", "x");
    nd_log_write(&log, -1, "engine", "x");
    assert_int_equal(to.count, 0);
    nd_log_write(&log, NOEMA_LOG_WARN, "engine", "x");
    nd_log_write(&log, NOEMA_LOG_ERROR, "engine", "x");
    assert_int_equal(to.count, 2);
    log.level = 0;
    nd_log_write(&log, NOEMA_LOG_ERROR, "engine", "x");
    assert_int_equal(to.count, 2);
}

static void
without_a_hook_nothing_happens(void **state)
{
    (void)state;
    nd_log log = {NULL, NULL, NOEMA_LOG_DEBUG};
    nd_log_write(&log, NOEMA_LOG_ERROR, "engine", "x");
    nd_log_write(NULL, NOEMA_LOG_ERROR, "engine", "x");
}

static void
a_long_message_arrives_whole_and_scrubbed(void **state)
{
    (void)state;
    heard to = {0};
    nd_log log = {hear, &to, NOEMA_LOG_INFO};
    char text[3000];
    memset(text, 'p', sizeof text);
    text[sizeof text - 1] = '\0';
    nd_log_write(&log, NOEMA_LOG_INFO, "base", "mongodb://u:%s@host/ %s", text, "end");
    assert_string_equal(to.message, "mongodb://***@host/ end");
}

static void
assert_scrubbed(const char *from, const char *expected)
{
    size_t size = strlen(from) + 1;
    char *text = malloc(size);
    memcpy(text, from, size);
    nd_scrub(text);
    assert_string_equal(text, expected);
    nd_scrub(text);
    assert_string_equal(text, expected);
    free(text);
}

static void
what_stands_before_the_at_of_a_uri_is_hidden(void **state)
{
    (void)state;
    assert_scrubbed("mongodb://user:password@host:27017/db", "mongodb://***@host:27017/db");
    assert_scrubbed("bad URI 'mongodb+srv://user:password@host'",
                    "bad URI 'mongodb+srv://***@host'");
    assert_scrubbed("mongodb://u@host", "mongodb://*@host");
    assert_scrubbed("mongodb://:@host", "mongodb://*@host");
    assert_scrubbed("mongodb://@host", "mongodb://@host");
}

static void
a_malformed_password_is_hidden_too(void **state)
{
    (void)state;
    assert_scrubbed("mongodb://user:pa@ss@host", "mongodb://***@host");
    assert_scrubbed("mongodb://user:pa/ss?w#o rd@host", "mongodb://***@host");
    assert_scrubbed("mongodb://user:p://w@host", "mongodb://***@host");
    assert_scrubbed("mongodb://p://w@host", "mongodb://***@host");
    assert_scrubbed("mongodb://user:pa\"ss'@host", "mongodb://***@host");
    assert_scrubbed("mongodb://user:p\xff\xc3@host", "mongodb://***@host");
}

static void
every_uri_of_a_line_is_scrubbed(void **state)
{
    (void)state;
    assert_scrubbed("mongodb://a:secret@h1, mongodb://b:secret@h2 and http://c:secret@h3/",
                    "mongodb://***@h1, mongodb://***@h2 and http://***@h3/");
    assert_scrubbed("see http://docs.example/x (mongodb://b:secret@h2)",
                    "see http://docs.example/x (mongodb://***@h2)");
}

static void
text_without_secrets_stays(void **state)
{
    (void)state;
    assert_scrubbed("", "");
    assert_scrubbed("mail a@b.c", "mail a@b.c");
    assert_scrubbed("mongodb://host:27017/noema", "mongodb://host:27017/noema");
    assert_scrubbed("://", "://");
    assert_scrubbed("a \"quoted\" word", "a \"quoted\" word");
    assert_scrubbed("dup key: { seq: 7 }", "dup key: { seq: 7 }");
    nd_scrub(NULL);
}

static void
values_of_a_duplicate_key_are_hidden(void **state)
{
    (void)state;
    assert_scrubbed("E11000 duplicate key error collection: noema.userCore index: email_1 dup key: "
                    "{ email: \"someone@example.org\" }",
                    "E11000 duplicate key error collection: noema.userCore index: email_1 dup key: "
                    "{ email: \"***\" }");
    assert_scrubbed("dup key: { a: 1, key: \"\" }", "dup key: { a: 1, key: \"\" }");
    assert_scrubbed("dup key: { key: \"k\" }", "dup key: { key: \"*\" }");
}

static void
several_or_odd_values_of_a_duplicate_key_are_hidden(void **state)
{
    (void)state;
    assert_scrubbed("dup key: { a: \"secret1\", b: \"secret2\" }", "dup key: { a: \"***\" }");
    assert_scrubbed("dup key: { a: \"sec\", \"ret\" }", "dup key: { a: \"***\" }");
    assert_scrubbed("dup key: { a: \"cut in the mid", "dup key: { a: \"***");
    assert_scrubbed("dup key: { a: \"x1y2\", b: \"cut", "dup key: { a: \"***");
    assert_scrubbed("dup key: { a: \"mongodb://u:secret@h\" }", "dup key: { a: \"***\" }");
}

static void
random_texts_are_scrubbed_within_their_memory(void **state)
{
    (void)state;
    static const char *const parts[] = {"://", "@", "mongodb", "dup key:", "\"", " }",
                                        " ",   "x", "\xff",    "/",        ":",  "http://u:p@h"};
    random_begin(__func__);
    for (int i = 0; i < 100000; i++) {
        char built[256] = "";
        size_t length = 0;
        for (uint64_t left = random_next() % 12; left > 0; left--) {
            const char *part = parts[random_next() % (sizeof parts / sizeof parts[0])];
            memcpy(built + length, part, strlen(part) + 1);
            length += strlen(part);
        }
        char *text = malloc(length + 1);
        memcpy(text, built, length + 1);
        nd_scrub(text);
        assert_true(strlen(text) <= length);
        free(text);
    }
}

/* Quadratic work would take minutes here. */
static void
scrubbing_takes_linear_time(void **state)
{
    (void)state;
    static const char *const parts[] = {"://", "a://", " a://", "@", "a", "x://@", "dup key:\""};
    const size_t size = 2 * 1000 * 1000;
    char *text = malloc(size + 16);
    nd_deadline deadline = nd_deadline_in(20000);
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        size_t length = strlen(parts[p]);
        for (size_t at = 0; at < size; at += length) {
            memcpy(text + at, parts[p], length + 1);
        }
        nd_scrub(text);
    }
    assert_false(nd_deadline_passed(deadline));
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_reaches_the_hook_as_one_line),
        cmocka_unit_test(levels_above_the_logs_own_are_dropped),
        cmocka_unit_test(without_a_hook_nothing_happens),
        cmocka_unit_test(a_long_message_arrives_whole_and_scrubbed),
        cmocka_unit_test(what_stands_before_the_at_of_a_uri_is_hidden),
        cmocka_unit_test(a_malformed_password_is_hidden_too),
        cmocka_unit_test(every_uri_of_a_line_is_scrubbed),
        cmocka_unit_test(text_without_secrets_stays),
        cmocka_unit_test(values_of_a_duplicate_key_are_hidden),
        cmocka_unit_test(several_or_odd_values_of_a_duplicate_key_are_hidden),
        cmocka_unit_test(random_texts_are_scrubbed_within_their_memory),
        cmocka_unit_test(scrubbing_takes_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
