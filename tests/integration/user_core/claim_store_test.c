/* Statements of claims: what finds the database otherwise than it was read makes the transaction run
 * again, and is never told as done. */
#include "fixture.h"

#include "core/text.h"
#include "user_core/claim_store.h"

typedef struct attempt {
    nd_claim claim;
    nd_deadline deadline;
    int runs;
} attempt;

static bool
insert(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
       noema_error *error)
{
    attempt *of = context;
    (void)verdict;
    (void)error;
    of->runs++;
    return nd_claim_insert(session, of->deadline, &of->claim, outcome);
}

static bool delete(nd_session *session, void *context, noema_status *verdict, nd_outcome *outcome,
                   noema_error *error)
{
    attempt *of = context;
    (void)verdict;
    (void)error;
    of->runs++;
    return nd_claim_delete(session, of->deadline, of->claim.handle, of->claim.account, outcome);
}

static attempt
begin(const char *handle, nd_id account)
{
    return (attempt){
        .claim = {.handle = nd_text_of(handle),
                  .account = account,
                  .kind = {ND_CLAIM_PLATFORM},
                  .added = {1}},
        .deadline = nd_deadline_in(300)
    };
}

/* The next attempt reads who has it. */
static void
a_handle_that_is_claimed_already_is_looked_at_again(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id owner = ensured(handle);
    attempt of = begin(handle, nd_id_new());
    noema_error error;
    (void)state;
    assert_int_equal(nd_base_transaction(base, of.deadline, insert, &of, &error), NOEMA_TIMEOUT);
    assert_true(of.runs > 1);
    assert_true(nd_id_equal(ensured(handle), owner));
}

static void
a_claim_that_went_away_is_looked_for_again(void **state)
{
    const char *handle = fresh_handle("telegram");
    attempt of = begin(handle, nd_id_new());
    noema_error error;
    (void)state;
    assert_int_equal(nd_base_transaction(base, of.deadline, delete, &of, &error), NOEMA_TIMEOUT);
    assert_true(of.runs > 1);
}

static void
only_the_owners_claim_is_deleted(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id owner = ensured(handle);
    attempt of = begin(handle, nd_id_new());
    noema_error error;
    (void)state;
    assert_int_equal(nd_base_transaction(base, of.deadline, delete, &of, &error), NOEMA_TIMEOUT);
    assert_true(nd_id_equal(ensured(handle), owner));
}

/* The server's validator stands behind ours. */
static void
a_claim_that_is_no_claim_is_refused_by_the_server(void **state)
{
    const char *handle = fresh_handle("telegram");
    attempt of = begin(handle, nd_id_new());
    noema_error error;
    (void)state;
    of.claim.kind.at = 99;
    assert_int_equal(nd_base_transaction(base, of.deadline, insert, &of, &error), NOEMA_INTERNAL);
    assert_int_equal(of.runs, 1);
    assert_int_equal(stored_count("identities", BCON_NEW("_id", BCON_UTF8(handle))), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_handle_that_is_claimed_already_is_looked_at_again, begin_test),
        cmocka_unit_test_setup(a_claim_that_went_away_is_looked_for_again, begin_test),
        cmocka_unit_test_setup(only_the_owners_claim_is_deleted, begin_test),
        cmocka_unit_test_setup(a_claim_that_is_no_claim_is_refused_by_the_server, begin_test),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
