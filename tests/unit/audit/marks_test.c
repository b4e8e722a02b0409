/* Checkpoints: how they are read, and what they find. */
#include "ledger.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

static nd_json *
parsed(const char *text)
{
    nd_json *root;
    assert_int_equal(nd_json_parse(text, "checkpoints", 100000, 8, false, &root, NULL), NOEMA_OK);
    return root;
}

static void
require_refused(ledger *on, const char *text, const char *field)
{
    noema_error error;
    nd_marks marks;
    nd_json *json = parsed(text);
    assert_int_equal(nd_marks_parse(json, on->arena, &marks, &error), NOEMA_INVALID);
    assert_string_equal(error.field, field);
    nd_json_free(json);
}

#define ID "\"account\":\"ac0100000000000000000000\""
#define HEAD64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
broken_checkpoints_are_refused_by_name(void **state)
{
    ledger *on = *state;
    require_refused(on, "{}", "checkpoints");
    require_refused(on, "\"x\"", "checkpoints");
    require_refused(on, "[1]", "checkpoints.0.account");
    require_refused(on, "[{\"account\":\"x\"}]", "checkpoints.0.account");
    require_refused(on, "[{" ID "}]", "checkpoints.0.seq");
    require_refused(on, "[{" ID ",\"seq\":-1}]", "checkpoints.0.seq");
    require_refused(on, "[{" ID ",\"seq\":\"1\"}]", "checkpoints.0.seq");
    require_refused(on, "[{" ID ",\"seq\":1,\"head\":\"" HEAD64 "\"},{" ID ",\"seq\":1}]",
                    "checkpoints.1.head");
    require_refused(on, "[{" ID ",\"seq\":1,\"head\":\"" HEAD64 "0\"}]", "checkpoints.0.head");
    require_refused(on, "[{" ID ",\"seq\":1,\"head\":7}]", "checkpoints.0.head");
}

static void
none_is_none(void **state)
{
    ledger *on = *state;
    nd_json *empty = parsed("[]");
    nd_json *null = parsed("null");
    assert_int_equal(nd_marks_parse(NULL, on->arena, &on->marks, NULL), NOEMA_OK);
    assert_int_equal(on->marks.count, 0);
    assert_int_equal(nd_marks_parse(empty, on->arena, &on->marks, NULL), NOEMA_OK);
    assert_int_equal(on->marks.count, 0);
    assert_int_equal(nd_marks_parse(null, on->arena, &on->marks, NULL), NOEMA_OK);
    assert_null(nd_marks_behind(&on->marks, nd_id_none));
    nd_json_free(null);
    nd_json_free(empty);
    ledger_fill(on);
    ledger_require_clean(on);
}

static void
mark(ledger *on, int64_t seq, nd_hash head)
{
    nd_mark *items = nd_arena_take(on->arena, (on->marks.count + 1) * sizeof(*items));
    if (on->marks.count > 0) {
        memcpy(items, on->marks.items, on->marks.count * sizeof(*items));
    }
    items[on->marks.count++] = (nd_mark){on->economy.account, seq, head};
    on->marks.items = items;
}

static void
what_is_still_there_matches(void **state)
{
    ledger *on = *state;
    mark(on, 0, (nd_hash){{0}});
    ledger_fill(on);
    mark(on, 1, ledger_entry(on, 1).hash);
    mark(on, 9, ledger_entry(on, 9).hash);
    mark(on, on->economy.seq, on->economy.head);
    ledger_require_clean(on);
}

/* Cut, and the document put back: the ledger alone can't know. */
static void
a_cut_tail_is_found_by_a_checkpoint_alone(void **state)
{
    ledger *on = *state;
    ledger_credit(on, 10, "stripe:1");
    ledger_debit(on, 1, "debit:1");
    const nd_economy before = on->economy;
    const nd_hash older = on->economy.head;
    ledger_debit(on, 2, "debit:2");
    const nd_hash newest = on->economy.head;
    ledger_require_clean(on);
    ledger_delete(on, 3);
    on->economy = before;
    ledger_require_clean(on);
    mark(on, 2, older);
    ledger_require_clean(on);
    mark(on, 3, newest);
    ledger_require(on, "checkpoint", 3);
}

static void
another_entry_under_its_number_is_found(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    nd_hash other = ledger_entry(on, 6).hash;
    other.bytes[31] ^= 1;
    mark(on, 6, other);
    ledger_require(on, "checkpoint", 6);
    const nd_json *problem = nd_json_at(on->problems.list, 0);
    char hex[2 * sizeof(nd_hash) + 1];
    nd_hex(other.bytes, sizeof(other.bytes), hex);
    assert_non_null(strstr(nd_json_string(nd_json_get(problem, "expected")), hex));
}

static void
a_marked_entry_in_a_gap_is_named(void **state)
{
    ledger *on = *state;
    ledger_fill(on);
    mark(on, 4, ledger_entry(on, 4).hash);
    mark(on, 5, ledger_entry(on, 5).hash);
    ledger_delete(on, 4);
    assert_int_equal(ledger_prove(on, 1000), 2);
    ledger_require_among(on, "seq", 4);
    ledger_require_among(on, "checkpoint", 4);
}

static void
accounts_are_found_in_order(void **state)
{
    ledger *on = *state;
    nd_json *json =
        parsed("[{\"account\":\"0c0000000000000000000000\",\"seq\":2,\"head\":\"" HEAD64 "\"},"
               "{\"account\":\"0a0000000000000000000000\",\"seq\":5,\"head\":\"" HEAD64 "\"},"
               "{\"account\":\"0c0000000000000000000000\",\"seq\":1,\"head\":\"" HEAD64 "\"},"
               "{\"account\":\"0b0000000000000000000000\",\"seq\":0,\"head\":\"" HEAD64 "\"}]");
    assert_int_equal(nd_marks_parse(json, on->arena, &on->marks, NULL), NOEMA_OK);
    nd_json_free(json);
    const nd_mark *found = nd_marks_behind(&on->marks, nd_id_none);
    for (uint8_t first = 0x0a; first <= 0x0c; first++) {
        assert_non_null(found);
        assert_int_equal(found->account.bytes[0], first);
        found = nd_marks_behind(&on->marks, found->account);
    }
    assert_null(found);
    nd_marks_left left = nd_marks_of(&on->marks, (nd_id){{0x0c}}, -1);
    assert_int_equal(left.end - left.next, 2);
    assert_int_equal(left.next->seq, 1);
    left = nd_marks_of(&on->marks, (nd_id){{0x0c}}, 1);
    assert_int_equal(left.end - left.next, 1);
    left = nd_marks_of(&on->marks, (nd_id){{0x0d}}, -1);
    assert_true(left.end == left.next);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
    const struct CMUnitTest tests[] = {
        TEST(broken_checkpoints_are_refused_by_name),
        TEST(none_is_none),
        TEST(what_is_still_there_matches),
        TEST(a_cut_tail_is_found_by_a_checkpoint_alone),
        TEST(another_entry_under_its_number_is_found),
        TEST(a_marked_entry_in_a_gap_is_named),
        TEST(accounts_are_found_in_order),
    };
    if (!nd_crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
