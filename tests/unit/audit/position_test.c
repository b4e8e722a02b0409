/* The state of a proof survives as a token. */
#include "audit/position.h"

#include "ledger.h"

#include <string.h>

#include "schema/page.h"
#include "unit/core/random.h"

static void
fill(void *memory, size_t size)
{
    uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)random_next();
    }
}

static nd_position
random_position(uint32_t grants)
{
    nd_position position;
    memset(&position, 0, sizeof(position));
    nd_trail *trail = &position.trail;
    position.stage = ND_PROOF_INSIDE;
    fill(&trail->account, sizeof(trail->account));
    trail->cursor = (nd_cursor){{(int64_t)random_next()}, (uint32_t)random_next(), true};
    trail->seq = (int64_t)random_next();
    fill(&trail->head, sizeof(trail->head));
    trail->at.ms = (int64_t)random_next();
    trail->balance.nano = (int64_t)random_next();
    trail->exp = (int64_t)random_next();
    trail->limit.nano = (int64_t)random_next();
    trail->lost = random_next() % 2 == 0;
    trail->blind = random_next() % 2 == 0;
    trail->grant_count = grants;
    fill(trail->grants, grants * sizeof(trail->grants[0]));
    return position;
}

static void
the_state_of_a_walk_survives(void **state)
{
    (void)state;
    for (uint32_t grants = 0; grants <= ND_GRANTS_MAX; grants++) {
        nd_position position = random_position(grants);
        nd_position read;
        nd_id only = grants % 2 == 0 ? nd_id_none : position.trail.account;
        char *text = nd_position_write(&position, only);
        assert_int_equal(nd_position_read(text, only, &read, NULL), NOEMA_OK);
        assert_int_equal(read.stage, ND_PROOF_INSIDE);
        assert_memory_equal(&read.trail, &position.trail, sizeof(read.trail));
        nd_delete(text);
    }
}

static void
a_place_between_accounts_survives(void **state)
{
    (void)state;
    nd_position position = random_position(3);
    nd_position read;
    position.stage = ND_PROOF_BEHIND;
    char *text = nd_position_write(&position, nd_id_none);
    assert_int_equal(nd_position_read(text, nd_id_none, &read, NULL), NOEMA_OK);
    assert_int_equal(read.stage, ND_PROOF_BEHIND);
    assert_true(nd_id_equal(read.trail.account, position.trail.account));
    nd_delete(text);
}

static void
a_place_among_nobodys_entries_survives(void **state)
{
    (void)state;
    nd_position position;
    nd_position read;
    nd_position_begin(&position, nd_id_none);
    position.trail.cursor = (nd_cursor){{77}, 3, true};
    char *text = nd_position_write(&position, nd_id_none);
    assert_int_equal(nd_position_read(text, nd_id_none, &read, NULL), NOEMA_OK);
    assert_int_equal(read.stage, ND_PROOF_NOBODY);
    assert_memory_equal(&read.trail, &position.trail, sizeof(read.trail));
    nd_delete(text);
}

static void
the_end_is_no_token(void **state)
{
    (void)state;
    nd_position position = random_position(1);
    position.stage = ND_PROOF_DONE;
    assert_null(nd_position_write(&position, nd_id_none));
}

static void
a_token_of_another_proof_is_refused(void **state)
{
    (void)state;
    nd_position position = random_position(1);
    nd_position read;
    noema_error error;
    char *text = nd_position_write(&position, position.trail.account);
    assert_int_equal(nd_position_read(text, nd_id_none, &read, &error), NOEMA_INVALID);
    assert_string_equal(error.field, "page");
    assert_int_equal(nd_position_read(text, (nd_id){{1}}, &read, &error), NOEMA_INVALID);
    nd_delete(text);
}

/* With a right checksum: as if another version had made it. */
static void
a_state_of_another_shape_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[300];
    char text[ND_TOKEN_TEXT(sizeof(bytes))];
    size_t taken = 0;
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        nd_position read;
        fill(bytes, size);
        bytes[0] = (uint8_t)(size % 7);
        nd_token_write("proof of ", bytes, size, text);
        if (nd_position_read(text, nd_id_none, &read, NULL) == NOEMA_OK) {
            taken++;
            assert_true(read.trail.grant_count <= ND_GRANTS_MAX);
        }
    }
    assert_true(taken < 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_of_a_walk_survives),
        cmocka_unit_test(a_place_between_accounts_survives),
        cmocka_unit_test(a_place_among_nobodys_entries_survives),
        cmocka_unit_test(the_end_is_no_token),
        cmocka_unit_test(a_token_of_another_proof_is_refused),
        cmocka_unit_test(a_state_of_another_shape_is_refused),
    };
    if (!nd_crypto_init()) {
        return 1;
    }
    random_begin("position");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
