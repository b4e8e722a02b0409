/* Page tokens lead back to their key; nothing else is taken for one. */
#include "schema/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto.h"
#include "core/id.h"
#include "unit/core/random.h"

static nd_page
random_page(void)
{
    nd_page page = {{(int64_t)random_next()}, (int64_t)random_next(), {{0}}};
    for (size_t i = 0; i < sizeof(page.id.bytes); i++) {
        page.id.bytes[i] = (uint8_t)random_next();
    }
    return page;
}

static void
require_same(const nd_page *a, const nd_page *b)
{
    assert_int_equal(a->time.ms, b->time.ms);
    assert_int_equal(a->second, b->second);
    assert_true(nd_id_equal(a->id, b->id));
}

static void
require_refused(const char *list, const char *text)
{
    nd_page page;
    noema_error error;
    assert_int_equal(nd_page_read(list, text, &page, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "page");
    assert_int_equal(page.time.ms, 0);
}

static void
a_token_leads_back_to_its_key(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char text[ND_PAGE_TEXT];
        nd_page page = random_page();
        nd_page read;
        noema_error error;
        nd_page_write("entries", &page, text);
        assert_int_equal(strlen(text), ND_PAGE_TEXT - 1);
        assert_int_equal(nd_page_read("entries", text, &read, &error), NOEMA_OK);
        require_same(&page, &read);
    }
}

static void
extreme_keys_are_kept(void **state)
{
    (void)state;
    const nd_page pages[] = {
        {{INT64_MIN}, INT64_MAX, {{0}}   },
        {{INT64_MAX}, INT64_MIN, {{0xff}}},
        {{0},         0,         {{0}}   },
        {{-1},        -1,        {{1}}   },
    };
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        char text[ND_PAGE_TEXT];
        nd_page read;
        nd_page_write("x", &pages[i], text);
        assert_int_equal(nd_page_read("x", text, &read, NULL), NOEMA_OK);
        require_same(&pages[i], &read);
    }
}

/* Whatever the machine: a token may be handed to another one. */
static void
a_token_has_one_spelling(void **state)
{
    (void)state;
    char text[ND_PAGE_TEXT];
    const nd_page page = {{1}, 2, {{3}}};
    nd_page_write("entries", &page, text);
    text[2 + 2 * (8 + 8 + 12)] = '\0';
    assert_string_equal(text, "01"
                              "0100000000000000"
                              "0200000000000000"
                              "030000000000000000000000");
}

static void
a_token_of_another_list_is_refused(void **state)
{
    (void)state;
    char text[ND_PAGE_TEXT];
    const nd_page page = random_page();
    nd_page_write("transactions of a", &page, text);
    require_refused("transactions of b", text);
    require_refused("transactions of ", text);
    require_refused("", text);
}

static void
every_changed_digit_is_refused(void **state)
{
    (void)state;
    char text[ND_PAGE_TEXT];
    const nd_page page = random_page();
    nd_page_write("entries", &page, text);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char right = text[i];
        text[i] = right == '0' ? '1' : '0';
        require_refused("entries", text);
        text[i] = 'x';
        require_refused("entries", text);
        text[i] = right;
    }
}

static void
foreign_texts_are_refused(void **state)
{
    (void)state;
    char text[2 * ND_PAGE_TEXT] = "";
    const nd_page page = random_page();
    const char *const foreign[] = {"",     "0",        "01",        "null",
                                   "next", "\xff\xfe", "{\"a\":1}", "0100000000"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        require_refused("entries", foreign[i]);
    }
    nd_page_write("entries", &page, text);
    char whole[ND_PAGE_TEXT];
    memcpy(whole, text, sizeof(whole));
    for (size_t length = 0; length + 1 < ND_PAGE_TEXT; length++) {
        text[length] = '\0';
        require_refused("entries", text);
        text[length] = whole[length];
    }
    snprintf(text, sizeof(text), "%s00", whole);
    require_refused("entries", text);
}

static void
a_state_of_any_size_is_kept(void **state)
{
    (void)state;
    uint8_t bytes[300];
    uint8_t read[300];
    char text[ND_TOKEN_TEXT(sizeof(bytes))];
    size_t size;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)random_next();
    }
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        nd_token_write("state", bytes, length, text);
        assert_int_equal(nd_token_read("state", text, read, sizeof(read), &size, NULL), NOEMA_OK);
        assert_int_equal(size, length);
        assert_memory_equal(bytes, read, length);
    }
    assert_int_equal(nd_token_read("state", text, read, sizeof(read) - 1, &size, NULL),
                     NOEMA_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_leads_back_to_its_key),
        cmocka_unit_test(extreme_keys_are_kept),
        cmocka_unit_test(a_token_has_one_spelling),
        cmocka_unit_test(a_token_of_another_list_is_refused),
        cmocka_unit_test(every_changed_digit_is_refused),
        cmocka_unit_test(foreign_texts_are_refused),
        cmocka_unit_test(a_state_of_any_size_is_kept),
    };
    if (!nd_crypto_init()) {
        return 1;
    }
    random_begin("page");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
