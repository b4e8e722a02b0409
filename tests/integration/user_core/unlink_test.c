/* Unlinking: never the last handle that can log in, whoever races for it. */
#include "fixture.h"

#include "core/text.h"

static void
an_unlinked_handle_is_free(void **state)
{
    const char *handle = fresh_handle("discord");
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    assert_int_equal(link_handle(id, handle, NULL), NOEMA_OK);
    assert_int_equal(unlink_handle(id, handle, NULL), NOEMA_OK);
    assert_int_equal(stored_count("identities", BCON_NEW("_id", BCON_UTF8(handle))), 0);

    bson_t *user = stored_user(id);
    assert_false(is_there(user, "platformIdentities.discord"));
    assert_int_equal(integer_at(user, "loginCount"), 1);
    assert_int_equal(integer_at(user, "version"), 3);
    bson_destroy(user);
    assert_account_is_sound(id);
    assert_false(nd_id_equal(ensured(handle), id));
}

/* Who let whom in survives. */
static void
an_unlink_is_in_the_history(void **state)
{
    const char *handle = fresh_handle("discord");
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    assert_int_equal(link_handle(id, handle, NULL), NOEMA_OK);
    assert_int_equal(unlink_handle(id, handle, NULL), NOEMA_OK);
    bson_t *event =
        stored_one("accountEvents", BCON_NEW("handle", BCON_UTF8(handle), "what", "unlink"));
    assert_string_equal(text_at(event, "actor"), "bob");
    assert_true(nd_id_equal(id_at(event, "masterAccountId"), id));
    bson_destroy(event);
    bson_destroy(stored_one("accountEvents",
                            BCON_NEW("handle", BCON_UTF8(handle), "what", "link", "actor", "ann")));
}

static void
the_oldest_remaining_id_is_shown(void **state)
{
    const char *first = fresh_handle("telegram");
    const char *second = fresh_handle("telegram");
    const char *third = fresh_handle("telegram");
    nd_id id = ensured(first);
    (void)state;
    nd_sleep_ms(2);
    assert_int_equal(link_handle(id, second, NULL), NOEMA_OK);
    nd_sleep_ms(2);
    assert_int_equal(link_handle(id, third, NULL), NOEMA_OK);
    assert_int_equal(link_handle(id, fresh_handle("telegrams"), NULL), NOEMA_OK);
    assert_int_equal(unlink_handle(id, first, NULL), NOEMA_OK);
    bson_t *user = stored_user(id);
    assert_string_equal(text_at(user, "platformIdentities.telegram"), second + strlen("telegram:"));
    bson_destroy(user);
    /* One that is not shown goes without a trace there. */
    assert_int_equal(unlink_handle(id, third, NULL), NOEMA_OK);
    user = stored_user(id);
    assert_string_equal(text_at(user, "platformIdentities.telegram"), second + strlen("telegram:"));
    bson_destroy(user);
    assert_account_is_sound(id);
}

static void
the_last_identity_stays(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id id = ensured(handle);
    noema_error error;
    (void)state;
    assert_int_equal(unlink_handle(id, handle, &error), NOEMA_DENIED);
    assert_string_equal(error.reason, "LAST_IDENTITY");
    assert_string_equal(error.field, "handle");
    assert_true(nd_id_equal(ensured(handle), id));
    assert_account_is_sound(id);
}

/* Neither API keys nor unverified wallets can log in. */
static void
what_cannot_log_in_does_not_count(void **state)
{
    const char *handle = fresh_handle("telegram");
    const char *wallet = "eip155:0x27b1fdb04752bbc536007a920d24acb045561c26";
    nd_id id = ensured(handle);
    bson_oid_t oid;
    noema_error error;
    (void)state;
    bson_oid_init_from_data(&oid, id.bytes);
    insert_stored("identities",
                  BCON_NEW("_id", "apikey:abcdefghijkl", "masterAccountId", BCON_OID(&oid), "kind",
                           "api_key", "addedAt", BCON_DATE_TIME(1)));
    insert_stored("identities",
                  BCON_NEW("_id", BCON_UTF8(wallet), "masterAccountId", BCON_OID(&oid), "kind",
                           "wallet", "addedAt", BCON_DATE_TIME(1)));
    assert_int_equal(unlink_handle(id, handle, &error), NOEMA_DENIED);
    assert_string_equal(error.reason, "LAST_IDENTITY");
    assert_int_equal(unlink_handle(id, "apikey:abcdefghijkl", &error), NOEMA_INVALID);
    assert_int_equal(unlink_handle(id, wallet, &error), NOEMA_OK);
    bson_t *user = stored_user(id);
    assert_int_equal(integer_at(user, "loginCount"), 1);
    bson_destroy(user);
}

static void
what_is_not_this_accounts_is_not_found(void **state)
{
    const char *others = fresh_handle("discord");
    nd_id other = ensured(others);
    nd_id id = ensured(fresh_handle("telegram"));
    noema_error error;
    (void)state;
    assert_int_equal(link_handle(id, fresh_handle("web"), NULL), NOEMA_OK);
    assert_int_equal(unlink_handle(id, others, &error), NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "handle");
    assert_int_equal(unlink_handle(id, fresh_handle("discord"), &error), NOEMA_NOT_FOUND);
    assert_int_equal(unlink_handle(nd_id_new(), others, &error), NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "account");
    assert_true(nd_id_equal(ensured(others), other));
    assert_account_is_sound(id);
}

/* The old system stored Telegram's ids as numbers, larger ones as doubles. */
static void
an_id_that_is_shown_as_a_number_goes_too(void **state)
{
    nd_id id = ensured(fresh_handle("web"));
    (void)state;
    assert_int_equal(link_handle(id, "telegram:5000000001", NULL), NOEMA_OK);
    change_stored(
        "userCore", by_id(id),
        BCON_NEW("$set", "{", "platformIdentities.telegram", BCON_DOUBLE(5000000001.0), "}"));
    assert_int_equal(unlink_handle(id, "telegram:5000000001", NULL), NOEMA_OK);
    assert_account_is_sound(id);
}

/* ---- races --------------------------------------------------------------------------------- */

typedef struct unlinker {
    nd_id id;
    const char *handle;
    noema_status status;
    noema_error error;
} unlinker;

static void
run_unlink(void *worker)
{
    unlinker *mine = worker;
    mine->status = nd_account_unlink(base, nd_deadline_in(60000), mine->id, mine->handle,
                                     nd_text_of("bob"), &mine->error);
}

/* "Count, then delete" in a transaction orphaned 50 of 50 accounts: each deleted what the other had
 * counted on. */
static void
two_unlinks_never_take_the_last_two_identities(void **state)
{
    enum { ROUNDS = 50 };
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *handles[] = {fresh_handle("telegram"), fresh_handle("discord")};
        nd_id id = ensured(handles[0]);
        assert_int_equal(link_handle(id, handles[1], NULL), NOEMA_OK);
        unlinker workers[2] = {
            {.id = id, .handle = handles[0]},
            {.id = id, .handle = handles[1]}
        };
        race(run_unlink, workers, 2, sizeof workers[0]);
        const unlinker *loser = workers[0].status == NOEMA_OK ? &workers[1] : &workers[0];
        const unlinker *winner = loser == workers ? &workers[1] : &workers[0];
        assert_int_equal(winner->status, NOEMA_OK);
        assert_int_equal(loser->status, NOEMA_DENIED);
        assert_string_equal(loser->error.reason, "LAST_IDENTITY");
        assert_account_is_sound(id);
        assert_true(nd_id_equal(ensured(loser->handle), id));
    }
}

static void
of_two_unlinks_of_one_handle_one_finds_it(void **state)
{
    enum { ROUNDS = 20 };
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *handle = fresh_handle("discord");
        nd_id id = ensured(fresh_handle("telegram"));
        assert_int_equal(link_handle(id, handle, NULL), NOEMA_OK);
        assert_int_equal(link_handle(id, fresh_handle("web"), NULL), NOEMA_OK);
        unlinker workers[2] = {
            {.id = id, .handle = handle},
            {.id = id, .handle = handle}
        };
        race(run_unlink, workers, 2, sizeof workers[0]);
        assert_int_equal(workers[0].status + workers[1].status, NOEMA_OK + NOEMA_NOT_FOUND);
        assert_account_is_sound(id);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_unlinked_handle_is_free, begin_test),
        cmocka_unit_test_setup(an_unlink_is_in_the_history, begin_test),
        cmocka_unit_test_setup(the_oldest_remaining_id_is_shown, begin_test),
        cmocka_unit_test_setup(the_last_identity_stays, begin_test),
        cmocka_unit_test_setup(what_cannot_log_in_does_not_count, begin_test),
        cmocka_unit_test_setup(what_is_not_this_accounts_is_not_found, begin_test),
        cmocka_unit_test_setup(an_id_that_is_shown_as_a_number_goes_too, begin_test),
        cmocka_unit_test_setup(two_unlinks_never_take_the_last_two_identities, begin_test),
        cmocka_unit_test_setup(of_two_unlinks_of_one_handle_one_finds_it, begin_test),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
