/* JSON: documents that are built, and what is left out of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/id.h"
#include "core/json.h"
#include "core/memory.h"

static void
documents_are_built(void **state)
{
    (void)state;
    nd_json *root = nd_json_new_object();
    nd_json *list = nd_json_new_array();
    nd_json_put(root, "z", list);
    nd_json_push(list, nd_json_new_text("abc", 2));
    nd_json_push(list, nd_json_new_integer(INT64_MIN));
    nd_json_push(list, nd_json_new_real(0.5));
    nd_json_push(list, nd_json_new_bool(false));
    nd_json_push(list, nd_json_new_null());
    nd_json_put_bool(root, "b", true);
    nd_json_put_integer(root, "i", 5);
    nd_json_put_integer(root, "i", 6);
    char *text = nd_json_text(root);
    assert_string_equal(text,
                        "{\"z\":[\"ab\",-9223372036854775808,0.5,false,null],\"b\":true,\"i\":6}");
    nd_delete(text);
    nd_json_free(root);
}

static void
values_that_json_can_not_say_become_null(void **state)
{
    (void)state;
    nd_json *list = nd_json_new_array();
    nd_json_push(list, nd_json_new_real((double)NAN));
    nd_json_push(list, nd_json_new_real((double)INFINITY));
    nd_json_push(list, nd_json_new_real(-(double)INFINITY));
    nd_json_push(list, nd_json_new_text("\xff", 1));
    nd_json_push(list, nd_json_new_text("\xed\xa0\x80", 3));
    nd_json_push(list, nd_json_new_text("a\0b", 3));
    nd_json_push(list, nd_json_new_text(NULL, 0));
    char *text = nd_json_text(list);
    assert_string_equal(text, "[null,null,null,null,null,null,null]");
    nd_delete(text);
    nd_json_free(list);
    text = nd_json_text(NULL);
    assert_string_equal(text, "null");
    nd_delete(text);
}

static void
a_key_that_is_no_utf8_is_left_out(void **state)
{
    (void)state;
    nd_json *root = nd_json_new_object();
    nd_json_put(root, "\xff", nd_json_new_object());
    nd_json_put_integer(root, "\xc0\x80", 1);
    assert_int_equal(nd_json_length(root), 0);
    nd_json_free(root);
}

static void
everyday_members_leave_out_what_is_absent(void **state)
{
    (void)state;
    nd_id id;
    nd_json *root = nd_json_new_object();
    assert_int_equal(nd_id_parse("65a1b2c3d4e5f60718293a4b", "id", &id, NULL), NOEMA_OK);
    nd_json_put_text(root, "none", NULL);
    nd_json_put_id(root, "none", nd_id_none);
    nd_json_put_time(root, "none", (nd_time){0});
    nd_json_put_text(root, "text", "");
    nd_json_put_id(root, "id", id);
    nd_json_put_time(root, "time", (nd_time){1});
    nd_json_put_money(root, "money", (nd_money){-250000000});
    nd_json_put_money(root, "zero", (nd_money){0});
    char *text = nd_json_text(root);
    assert_string_equal(text, "{\"text\":\"\",\"id\":\"65a1b2c3d4e5f60718293a4b\","
                              "\"time\":\"1970-01-01T00:00:00.001Z\",\"money\":\"-0.25\","
                              "\"zero\":\"0\"}");
    nd_delete(text);
    nd_json_free(root);
}

static void
large_documents_come_back_whole(void **state)
{
    (void)state;
    nd_json *list = nd_json_new_array();
    for (int64_t i = 0; i < 50000; i++) {
        nd_json_push(list, nd_json_new_integer(i));
    }
    char *text = nd_json_text(list);
    nd_json *back = NULL;
    assert_int_equal(nd_json_parse(text, "list", 1000000, 1, false, &back, NULL), NOEMA_OK);
    assert_int_equal(nd_json_length(back), 50000);
    assert_int_equal(nd_json_integer(nd_json_at(back, 49999)), 49999);
    nd_json_free(back);
    nd_json_free(list);
    nd_delete(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_built),
        cmocka_unit_test(values_that_json_can_not_say_become_null),
        cmocka_unit_test(a_key_that_is_no_utf8_is_left_out),
        cmocka_unit_test(everyday_members_leave_out_what_is_absent),
        cmocka_unit_test(large_documents_come_back_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
