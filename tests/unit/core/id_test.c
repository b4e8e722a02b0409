/* Ids: parsing, making in many threads and after a fork, and the map. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/id.h"

static nd_id
numbered(uint32_t number)
{
    nd_id id = {{0}};
    memcpy(id.bytes + 8, &number, sizeof number);
    id.bytes[0] = 1;
    return id;
}

static void
an_id_is_parsed_in_either_case_and_written_in_lower(void **state)
{
    (void)state;
    nd_id id;
    noema_error error;
    assert_int_equal(nd_id_parse("65A1b2C3d4E5f60718293A4b", "account", &id, &error), NOEMA_OK);
    assert_int_equal(id.bytes[0], 0x65);
    assert_int_equal(id.bytes[11], 0x4b);
    assert_string_equal(nd_id_public(id).text, "65a1b2c3d4e5f60718293a4b");
}

static void
what_is_no_id_is_refused_by_name(void **state)
{
    (void)state;
    const char *wrong[] = {NULL,
                           "",
                           "65a1b2c3d4e5f60718293a4",
                           "65a1b2c3d4e5f60718293a4bb",
                           "65a1b2c3d4e5f60718293a4g",
                           " 5a1b2c3d4e5f60718293a4b",
                           "0x5a1b2c3d4e5f60718293a4",
                           "000000000000000000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        nd_id id = numbered(7);
        noema_error error;
        assert_int_equal(nd_id_parse(wrong[i], "account", &id, &error), NOEMA_INVALID);
        assert_string_equal(error.field, "account");
        assert_true(nd_id_equal(id, numbered(7)));
    }
}

static void
a_public_id_is_taken_and_may_be_optional(void **state)
{
    (void)state;
    noema_id given = {"65a1b2c3d4e5f60718293a4b"};
    noema_id none = {""};
    nd_id id = numbered(7);
    noema_error error;
    assert_int_equal(nd_id_take(&none, "run", false, &id, &error), NOEMA_INVALID);
    assert_string_equal(error.message, "run: must be given");
    assert_int_equal(nd_id_take(NULL, "run", false, &id, &error), NOEMA_INVALID);
    assert_int_equal(nd_id_take(&given, "run", true, &id, &error), NOEMA_OK);
    assert_string_equal(nd_id_public(id).text, given.text);
    assert_int_equal(nd_id_take(&none, "run", true, &id, &error), NOEMA_OK);
    assert_true(nd_id_is_none(id));
    assert_int_equal(nd_id_take(NULL, "run", true, &id, &error), NOEMA_OK);
}

static void
a_public_id_without_its_end_is_not_read_beyond_it(void **state)
{
    (void)state;
    noema_id *given = malloc(sizeof *given);
    nd_id id;
    memset(given->text, 'a', sizeof given->text);
    assert_int_equal(nd_id_take(given, "run", true, &id, NULL), NOEMA_INVALID);
    free(given);
}

static void
no_id_is_written_as_nothing(void **state)
{
    (void)state;
    assert_string_equal(nd_id_public(nd_id_none).text, "");
    assert_true(nd_id_is_none(nd_id_none));
    assert_false(nd_id_is_none(numbered(1)));
}

static void
ids_compare_as_their_bytes(void **state)
{
    (void)state;
    nd_id low = {{0x7f}};
    nd_id high = {{0x80}};
    assert_true(nd_id_compare(low, high) < 0);
    assert_true(nd_id_compare(high, low) > 0);
    assert_int_equal(nd_id_compare(low, low), 0);
    assert_false(nd_id_equal(low, high));
}

static void
a_new_id_carries_the_time_and_this_process(void **state)
{
    (void)state;
    uint32_t before = (uint32_t)time(NULL);
    nd_id a = nd_id_new();
    nd_id b = nd_id_new();
    uint32_t seconds = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 |
                       (uint32_t)a.bytes[2] << 8 | a.bytes[3];
    assert_true(seconds >= before && seconds <= (uint32_t)time(NULL));
    assert_memory_equal(a.bytes + 4, b.bytes + 4, 5);
    assert_false(nd_id_equal(a, b));
}

enum { THREADS = 8, EACH = 20000 };

static void *
make_ids(void *context)
{
    nd_id *ids = context;
    for (int i = 0; i < EACH; i++) {
        ids[i] = nd_id_new();
    }
    return NULL;
}

static void
ids_of_many_threads_are_all_different(void **state)
{
    (void)state;
    nd_id *ids = calloc((size_t)THREADS * EACH, sizeof *ids);
    nd_idmap *seen = nd_idmap_new();
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_create(&threads[t], NULL, make_ids, ids + t * EACH), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
    }
    for (int i = 0; i < THREADS * EACH; i++) {
        assert_int_equal(nd_idmap_add(seen, ids[i], i), i);
    }
    nd_idmap_free(seen);
    free(ids);
}

static void
a_forked_child_makes_other_ids_than_its_parent(void **state)
{
    (void)state;
    int pipes[2];
    nd_id child_id;
    (void)nd_id_new();
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        nd_id made = nd_id_new();
        _exit(write(pipes[1], &made, sizeof made) == sizeof made ? 0 : 1);
    }
    nd_id own = nd_id_new();
    assert_int_equal(read(pipes[0], &child_id, sizeof child_id), sizeof child_id);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_memory_not_equal(own.bytes + 4, child_id.bytes + 4, 5);
    close(pipes[0]);
    close(pipes[1]);
}

static void
hashes_of_near_ids_spread_over_their_low_bits(void **state)
{
    (void)state;
    int buckets[64] = {0};
    for (uint32_t i = 0; i < 6400; i++) {
        buckets[nd_id_hash(numbered(i)) & 63]++;
    }
    for (int i = 0; i < 64; i++) {
        assert_in_range(buckets[i], 50, 160);
    }
}

static void
a_map_of_ten_thousand_ids_finds_each(void **state)
{
    (void)state;
    nd_idmap *map = nd_idmap_new();
    for (int32_t i = 0; i < 10000; i++) {
        assert_int_equal(nd_idmap_find(map, numbered((uint32_t)i)), -1);
        assert_int_equal(nd_idmap_add(map, numbered((uint32_t)i), i), i);
    }
    for (int32_t i = 0; i < 10000; i++) {
        assert_int_equal(nd_idmap_find(map, numbered((uint32_t)i)), i);
    }
    assert_int_equal(nd_idmap_find(map, numbered(10000)), -1);
    nd_idmap_free(map);
}

static void
a_map_keeps_the_first_value(void **state)
{
    (void)state;
    nd_idmap *map = nd_idmap_new();
    assert_int_equal(nd_idmap_add(map, numbered(1), 10), 10);
    assert_int_equal(nd_idmap_add(map, numbered(1), 20), 10);
    assert_int_equal(nd_idmap_find(map, numbered(1)), 10);
    nd_idmap_free(map);
}

static void
a_map_holds_also_the_id_of_zeros(void **state)
{
    (void)state;
    nd_idmap *map = nd_idmap_new();
    assert_int_equal(nd_idmap_find(map, nd_id_none), -1);
    assert_int_equal(nd_idmap_add(map, nd_id_none, 3), 3);
    assert_int_equal(nd_idmap_find(map, nd_id_none), 3);
    nd_idmap_free(map);
}

static void
a_cleared_map_is_empty_and_of_use(void **state)
{
    (void)state;
    nd_idmap *map = nd_idmap_new();
    for (int32_t round = 0; round < 1000; round++) {
        for (uint32_t i = 0; i < 40; i++) {
            assert_int_equal(nd_idmap_find(map, numbered(i)), -1);
            assert_int_equal(nd_idmap_add(map, numbered(i), round), round);
        }
        nd_idmap_clear(map);
    }
    assert_int_equal(nd_idmap_find(map, numbered(0)), -1);
    nd_idmap_free(map);
    nd_idmap_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_parsed_in_either_case_and_written_in_lower),
        cmocka_unit_test(what_is_no_id_is_refused_by_name),
        cmocka_unit_test(a_public_id_is_taken_and_may_be_optional),
        cmocka_unit_test(a_public_id_without_its_end_is_not_read_beyond_it),
        cmocka_unit_test(no_id_is_written_as_nothing),
        cmocka_unit_test(ids_compare_as_their_bytes),
        cmocka_unit_test(a_new_id_carries_the_time_and_this_process),
        cmocka_unit_test(ids_of_many_threads_are_all_different),
        cmocka_unit_test(a_forked_child_makes_other_ids_than_its_parent),
        cmocka_unit_test(hashes_of_near_ids_spread_over_their_low_bits),
        cmocka_unit_test(a_map_of_ten_thousand_ids_finds_each),
        cmocka_unit_test(a_map_keeps_the_first_value),
        cmocka_unit_test(a_map_holds_also_the_id_of_zeros),
        cmocka_unit_test(a_cleared_map_is_empty_and_of_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
