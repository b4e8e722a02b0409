/* Memory: arenas (alignment, zeroes, reuse) and lists. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "random.h"

static bool
all_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void
new_memory_is_zeroed_and_grows(void **state)
{
    (void)state;
    unsigned char *memory = nd_new(1000);
    assert_true(all_zero(memory, 1000));
    memory[999] = 7;
    memory = nd_resize(memory, 100000);
    assert_int_equal(memory[999], 7);
    nd_delete(memory);
    void *nothing = nd_new(0);
    assert_non_null(nothing);
    nd_delete(nothing);
    nd_delete(NULL);
}

/* Hidden from the compiler, which refuses to pass it to malloc. */
static volatile size_t absurd_size = SIZE_MAX / 2;

static void
an_absurd_size_asked_by_a_caller_gives_null(void **state)
{
    (void)state;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_null(nd_try_new(absurd_size));
#else
    (void)absurd_size;
#endif
    void *memory = nd_try_new(10);
    assert_non_null(memory);
    nd_delete(memory);
}

static void
a_string_is_copied_and_none_stays_none(void **state)
{
    (void)state;
    char *copy = nd_copy_string("caf\xc3\xa9");
    assert_string_equal(copy, "caf\xc3\xa9");
    nd_delete(copy);
    assert_null(nd_copy_string(NULL));
}

static void
arena_memory_is_aligned_for_any_type(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    for (size_t size = 0; size < 3000; size++) {
        void *taken = nd_arena_take(arena, size);
        assert_int_equal((uintptr_t)taken % alignof(max_align_t), 0);
    }
    nd_arena_free(arena);
    nd_arena_free(NULL);
}

static void
pieces_of_an_arena_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static unsigned char *pieces[COUNT];
    static size_t sizes[COUNT];
    nd_arena *arena = nd_arena_new();
    random_begin(__func__);
    for (int i = 0; i < COUNT; i++) {
        sizes[i] = random_next() % (i % 100 == 0 ? 300000 : 900);
        pieces[i] = nd_arena_take(arena, sizes[i]);
        assert_true(all_zero(pieces[i], sizes[i]));
        memset(pieces[i], i % 251 + 1, sizes[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            if (pieces[i][j] != i % 251 + 1) {
                fail_msg("piece %d was overwritten", i);
            }
        }
    }
    nd_arena_free(arena);
}

static void
a_reset_arena_is_zeroed_again_and_counts_from_nothing(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    for (int round = 0; round < 20; round++) {
        assert_int_equal(nd_arena_used(arena), 0);
        for (int i = 0; i < 200; i++) {
            size_t size = (size_t)(i % 17) * 3000 + 1;
            unsigned char *taken = nd_arena_take(arena, size);
            assert_true(all_zero(taken, size));
            memset(taken, 0xff, size);
        }
        assert_true(nd_arena_used(arena) >= 200);
        nd_arena_reset(arena);
    }
    nd_arena_free(arena);
}

static void
a_reset_arena_hands_out_its_first_block_again(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    void *first = nd_arena_take(arena, 100);
    (void)nd_arena_take(arena, 10 * 1024 * 1024);
    nd_arena_reset(arena);
    assert_ptr_equal(nd_arena_take(arena, 100), first);
    nd_arena_free(arena);
}

static void
a_piece_larger_than_any_block_is_had(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    for (int round = 0; round < 3; round++) {
        unsigned char *large = nd_arena_take(arena, 5000000);
        unsigned char *small = nd_arena_take(arena, 5);
        assert_true(all_zero(large, 5000000));
        memset(large, 1, 5000000);
        assert_true(all_zero(small, 5));
        assert_true(nd_arena_used(arena) >= 5000005);
        nd_arena_reset(arena);
    }
    nd_arena_free(arena);
}

static void
texts_in_an_arena_are_copies_with_an_end(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    char from[] = "hello";
    nd_text text = nd_arena_text(arena, from, 4);
    from[0] = 'j';
    assert_int_equal(text.length, 4);
    assert_string_equal(text.bytes, "hell");
    assert_string_equal(nd_arena_string(arena, "abc").bytes, "abc");
    assert_null(nd_arena_text(arena, NULL, 0).bytes);
    assert_null(nd_arena_string(arena, NULL).bytes);
    text = nd_arena_string(arena, "");
    assert_non_null(text.bytes);
    assert_int_equal(text.length, 0);
    assert_memory_equal(nd_arena_copy(arena, "xyz", 3), "xyz", 3);
    assert_non_null(nd_arena_copy(arena, NULL, 0));
    nd_arena_free(arena);
}

typedef struct item {
    int32_t number;
    char tail[11];
} item;

static int32_t
number_at(const nd_list *list, uint32_t index)
{
    const item *items = list->items;
    return items[index].number;
}

static void
a_list_grows_and_keeps_its_order(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_list list = {0};
    for (int32_t i = 0; i < 1000; i++) {
        item *made = nd_list_push(&list, sizeof *made, arena);
        assert_true(all_zero((const unsigned char *)made, sizeof *made));
        made->number = i;
        memset(made->tail, 0x77, sizeof made->tail);
    }
    assert_int_equal(list.count, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(number_at(&list, i), i);
    }
    nd_arena_free(arena);
}

static void
inserting_and_removing_moves_what_is_behind(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_list list = {0};
    const int32_t expected[] = {1, 2, 3, 4, 5};
    ((item *)nd_list_push(&list, sizeof(item), arena))->number = 2;
    ((item *)nd_list_push(&list, sizeof(item), arena))->number = 4;
    ((item *)nd_list_insert(&list, 0, sizeof(item), arena))->number = 1;
    ((item *)nd_list_insert(&list, 2, sizeof(item), arena))->number = 3;
    ((item *)nd_list_insert(&list, 4, sizeof(item), arena))->number = 5;
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(number_at(&list, i), expected[i]);
    }
    nd_list_remove(&list, 4, sizeof(item));
    nd_list_remove(&list, 0, sizeof(item));
    assert_int_equal(list.count, 3);
    assert_int_equal(number_at(&list, 0), 2);
    assert_int_equal(number_at(&list, 2), 4);
    const item *fresh = nd_list_push(&list, sizeof(item), arena);
    assert_int_equal(fresh->number, 0);
    nd_arena_free(arena);
}

static void
a_copied_list_has_items_of_its_own(void **state)
{
    (void)state;
    nd_arena *arena = nd_arena_new();
    nd_list list = {0};
    ((item *)nd_list_push(&list, sizeof(item), arena))->number = 1;
    nd_list copy = nd_list_copy(&list, sizeof(item), arena);
    ((item *)list.items)[0].number = 9;
    assert_int_equal(number_at(&copy, 0), 1);
    ((item *)nd_list_push(&copy, sizeof(item), arena))->number = 2;
    assert_int_equal(copy.count, 2);
    assert_int_equal(list.count, 1);
    nd_list empty = {0};
    copy = nd_list_copy(&empty, sizeof(item), arena);
    assert_int_equal(copy.count, 0);
    assert_null(copy.items);
    nd_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_memory_is_zeroed_and_grows),
        cmocka_unit_test(an_absurd_size_asked_by_a_caller_gives_null),
        cmocka_unit_test(a_string_is_copied_and_none_stays_none),
        cmocka_unit_test(arena_memory_is_aligned_for_any_type),
        cmocka_unit_test(pieces_of_an_arena_do_not_overlap),
        cmocka_unit_test(a_reset_arena_is_zeroed_again_and_counts_from_nothing),
        cmocka_unit_test(a_reset_arena_hands_out_its_first_block_again),
        cmocka_unit_test(a_piece_larger_than_any_block_is_had),
        cmocka_unit_test(texts_in_an_arena_are_copies_with_an_end),
        cmocka_unit_test(a_list_grows_and_keeps_its_order),
        cmocka_unit_test(inserting_and_removing_moves_what_is_behind),
        cmocka_unit_test(a_copied_list_has_items_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
