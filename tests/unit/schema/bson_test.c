/* Opening bytes as BSON. */
#include "unit/schema/thing.h"

static void
bytes_of_another_length_than_they_say_are_no_document(void **state)
{
    static const uint8_t empty[] = {5, 0, 0, 0, 0, 0};
    static const uint8_t unclosed[] = {5, 0, 0, 0, 1};
    static const uint8_t negative[] = {0xff, 0xff, 0xff, 0xff, 0};
    bson_t view;
    (void)state;
    assert_true(nd_bson_open((nd_bson){empty, 5}, &view));
    assert_true(bson_empty(&view));
    assert_false(nd_bson_open((nd_bson){empty, 6}, &view));
    assert_false(nd_bson_open((nd_bson){empty, 4}, &view));
    assert_false(nd_bson_open((nd_bson){empty, 0}, &view));
    assert_false(nd_bson_open((nd_bson){NULL, 0}, &view));
    assert_false(nd_bson_open((nd_bson){unclosed, 5}, &view));
    assert_false(nd_bson_open((nd_bson){negative, 5}, &view));
}

static void
a_copy_outlives_its_document(void **state)
{
    nd_arena *arena = nd_arena_new();
    bson_t *document = BCON_NEW("k", "v");
    nd_bson copy = nd_bson_copy(document, arena);
    bson_t view;
    (void)state;
    assert_ptr_equal(nd_bson_of(document).bytes, bson_get_data(document));
    bson_destroy(document);
    assert_true(nd_bson_open(copy, &view));
    require_bson(&view, BCON_NEW("k", "v"));
    nd_arena_free(arena);
}

static void
documents_and_arrays_alone_can_be_entered(void **state)
{
    bson_t *document = BCON_NEW("d", "{", "k", "v", "}", "a", "[", "v", "]", "s", "x");
    bson_iter_t at;
    bson_t view;
    (void)state;
    assert_true(bson_iter_init_find(&at, document, "d"));
    assert_true(nd_bson_enter(&at, &view));
    require_bson(&view, BCON_NEW("k", "v"));
    assert_true(bson_iter_init_find(&at, document, "a"));
    assert_true(nd_bson_enter(&at, &view));
    require_bson(&view, BCON_NEW("0", "v"));
    assert_true(bson_iter_init_find(&at, document, "s"));
    assert_false(nd_bson_enter(&at, &view));
    bson_destroy(document);
}

static void
a_document_inside_may_lie_about_its_length(void **state)
{
    /* {x: <4 bytes that say 4>} and {x: <says 8, holds 5>} */
    static const uint8_t small[] = {12, 0, 0, 0, 0x03, 'x', 0, 4, 0, 0, 0, 0};
    static const uint8_t unclosed[] = {13, 0, 0, 0, 0x03, 'x', 0, 5, 0, 0, 0, 7, 0};
    bson_t view;
    bson_t inside;
    bson_iter_t at;
    (void)state;
    assert_true(nd_bson_open((nd_bson){small, sizeof small}, &view));
    assert_true(bson_iter_init(&at, &view) && bson_iter_next(&at));
    assert_false(nd_bson_enter(&at, &inside));
    assert_true(nd_bson_open((nd_bson){unclosed, sizeof unclosed}, &view));
    assert_true(bson_iter_init(&at, &view) && bson_iter_next(&at));
    assert_false(nd_bson_enter(&at, &inside));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_another_length_than_they_say_are_no_document),
        cmocka_unit_test(a_copy_outlives_its_document),
        cmocka_unit_test(documents_and_arrays_alone_can_be_entered),
        cmocka_unit_test(a_document_inside_may_lie_about_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
