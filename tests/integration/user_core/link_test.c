/* Linking: one handle leads to one account, and the account's document shows it. */
#include "fixture.h"

#include "core/text.h"

static bson_t *
events_of(nd_id id, const char *what)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, id.bytes);
    return BCON_NEW("masterAccountId", BCON_OID(&oid), "what", BCON_UTF8(what));
}

static void
set_status(nd_id id, const char *status)
{
    change_stored("userCore", by_id(id), BCON_NEW("$set", "{", "status", BCON_UTF8(status), "}"));
}

static void
a_linked_handle_leads_to_the_account(void **state)
{
    const char *second = fresh_handle("discord");
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    assert_int_equal(link_handle(id, second, NULL), NOEMA_OK);
    assert_true(nd_id_equal(ensured(second), id));

    bson_t *user = stored_user(id);
    assert_string_equal(text_at(user, "platformIdentities.discord"), second + strlen("discord:"));
    assert_int_equal(integer_at(user, "loginCount"), 2);
    assert_int_equal(integer_at(user, "version"), 2);
    assert_true(integer_at(user, "updatedAt") >= integer_at(user, "userCreationTimestamp"));
    bson_destroy(user);

    bson_t *event = stored_one(
        "accountEvents", BCON_NEW("handle", BCON_UTF8(second), "what", "link", "actor", "ann"));
    assert_true(nd_id_equal(id_at(event, "masterAccountId"), id));
    bson_destroy(event);
    assert_account_is_sound(id);
}

static void
the_oldest_id_of_a_platform_is_shown(void **state)
{
    const char *first = fresh_handle("telegram");
    const char *second = fresh_handle("telegram");
    nd_id id = ensured(first);
    (void)state;
    assert_int_equal(link_handle(id, second, NULL), NOEMA_OK);
    bson_t *user = stored_user(id);
    assert_string_equal(text_at(user, "platformIdentities.telegram"), first + strlen("telegram:"));
    assert_int_equal(integer_at(user, "loginCount"), 2);
    bson_destroy(user);
    assert_account_is_sound(id);
}

static void
linking_again_changes_nothing(void **state)
{
    const char *handle = fresh_handle("discord");
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    assert_int_equal(link_handle(id, handle, NULL), NOEMA_OK);
    bson_t *before = stored_user(id);
    assert_int_equal(link_handle(id, handle, NULL), NOEMA_OK);
    bson_t *after = stored_user(id);
    assert_true(bson_equal(before, after));
    assert_int_equal(stored_count("accountEvents", events_of(id, "link")), 2);
    bson_destroy(before);
    bson_destroy(after);
}

static void
the_same_wallet_in_another_spelling_is_linked_already(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    assert_int_equal(link_handle(id, "eip155:0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", NULL),
                     NOEMA_OK);
    assert_int_equal(link_handle(id, "eip155:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", NULL),
                     NOEMA_OK);
    assert_account_is_sound(id);
}

static void
a_handle_of_another_account_is_taken(void **state)
{
    const char *handle = fresh_handle("discord");
    nd_id other = ensured(handle);
    nd_id id = ensured(fresh_handle("telegram"));
    noema_error error;
    (void)state;
    assert_int_equal(link_handle(id, handle, &error), NOEMA_TAKEN);
    assert_string_equal(error.field, "handle");
    assert_null(strstr(error.message, nd_id_public(other).text));
    assert_true(nd_id_equal(ensured(handle), other));
    assert_int_equal(stored_count("accountEvents", events_of(id, "link")), 1);
    assert_account_is_sound(id);
    assert_account_is_sound(other);
}

static void
who_is_not_there_is_not_linked(void **state)
{
    noema_error error;
    const char *handle = fresh_handle("discord");
    (void)state;
    assert_int_equal(link_handle(nd_id_new(), handle, &error), NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "account");
    assert_int_equal(stored_count("identities", BCON_NEW("_id", BCON_UTF8(handle))), 0);
    assert_int_equal(link_handle(ensured(fresh_handle("web")), "apikey:abcdefghijkl", &error),
                     NOEMA_INVALID);
    assert_string_equal(error.field, "handle");
}

static void
only_active_and_pending_accounts_are_linked(void **state)
{
    static const struct {
        const char *status, *reason;
    } rows[] = {
        {"suspended",            "SUSPENDED"  },
        {"deactivated_by_user",  "DEACTIVATED"},
        {"deactivated_by_admin", "DEACTIVATED"},
        {"merged",               "MERGED"     },
        {"erased",               "ERASED"     },
    };
    nd_id id = ensured(fresh_handle("telegram"));
    noema_error error;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *handle = fresh_handle("discord");
        set_status(id, rows[i].status);
        assert_int_equal(link_handle(id, handle, &error), NOEMA_DENIED);
        assert_string_equal(error.reason, rows[i].reason);
        assert_int_equal(unlink_handle(id, handle, &error), NOEMA_DENIED);
        assert_int_equal(stored_count("identities", BCON_NEW("_id", BCON_UTF8(handle))), 0);
    }
    set_status(id, "PENDING_VERIFICATION");
    assert_int_equal(link_handle(id, fresh_handle("discord"), NULL), NOEMA_OK);
    assert_account_is_sound(id);
}

static void
an_account_has_at_most_64_handles(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    const char *last = NULL;
    noema_error error;
    (void)state;
    for (int i = 1; i < ND_HANDLES_MAX; i++) {
        last = fresh_handle("web");
        assert_int_equal(link_handle(id, last, NULL), NOEMA_OK);
    }
    assert_int_equal(link_handle(id, fresh_handle("web"), &error), NOEMA_LIMIT);
    assert_string_equal(error.field, "handle");
    assert_int_equal(link_handle(id, last, NULL), NOEMA_OK);
    assert_account_is_sound(id);
    assert_int_equal(unlink_handle(id, last, NULL), NOEMA_OK);
    assert_int_equal(link_handle(id, fresh_handle("web"), NULL), NOEMA_OK);
    assert_account_is_sound(id);
}

/* Documents of the old system: no platformIdentities, or null; counters of other number types. */
static void
an_old_document_is_linked_to(void **state)
{
    const char *handle = fresh_handle("discord");
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    change_stored(
        "userCore", by_id(id),
        BCON_NEW("$unset", "{", "platformIdentities", "", "version", "", "updatedAt", "", "}"));
    assert_int_equal(link_handle(id, handle, NULL), NOEMA_OK);
    bson_t *user = stored_user(id);
    assert_string_equal(text_at(user, "platformIdentities.discord"), handle + strlen("discord:"));
    assert_int_equal(integer_at(user, "version"), 1);
    bson_destroy(user);
}

/* What others keep in the document stays. */
static void
the_rest_of_the_document_is_left_alone(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    change_stored("userCore", by_id(id),
                  BCON_NEW("$set", "{", "platformIdentities.other", "{", "x", BCON_INT32(1), "}",
                           "mine", "[", BCON_INT32(1), BCON_INT32(2), "]", "}"));
    assert_int_equal(link_handle(id, fresh_handle("discord"), NULL), NOEMA_OK);
    bson_t *user = stored_user(id);
    assert_int_equal(integer_at(user, "platformIdentities.other.x"), 1);
    assert_int_equal(integer_at(user, "mine.1"), 2);
    bson_destroy(user);
}

/* ---- races --------------------------------------------------------------------------------- */

typedef struct linker {
    nd_id id;
    const char *handle;
    noema_status status;
    noema_error error;
} linker;

static void
run_link(void *worker)
{
    linker *mine = worker;
    mine->status = nd_account_link(base, nd_deadline_in(60000), mine->id, mine->handle,
                                   nd_text_of("ann"), &mine->error);
}

static void
of_accounts_that_race_for_a_handle_one_gets_it(void **state)
{
    enum { WORKERS = 16, ROUNDS = 10 };
    linker workers[WORKERS];
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *handle = fresh_handle("discord");
        size_t linked = 0;
        for (size_t i = 0; i < WORKERS; i++) {
            workers[i] = (linker){.id = ensured(fresh_handle("telegram")), .handle = handle};
        }
        race(run_link, workers, WORKERS, sizeof workers[0]);
        for (size_t i = 0; i < WORKERS; i++) {
            assert_true(workers[i].status == NOEMA_OK || workers[i].status == NOEMA_TAKEN);
            linked += workers[i].status == NOEMA_OK ? 1 : 0;
            assert_account_is_sound(workers[i].id);
        }
        assert_int_equal(linked, 1);
    }
}

static void
links_that_race_on_one_account_are_all_counted(void **state)
{
    enum { WORKERS = 16 };
    linker workers[WORKERS];
    nd_id id = ensured(fresh_handle("telegram"));
    (void)state;
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (linker){.id = id, .handle = fresh_handle("web")};
    }
    race(run_link, workers, WORKERS, sizeof workers[0]);
    for (size_t i = 0; i < WORKERS; i++) {
        assert_int_equal(workers[i].status, NOEMA_OK);
    }
    assert_account_is_sound(id);
    bson_t *user = stored_user(id);
    assert_int_equal(integer_at(user, "loginCount"), WORKERS + 1);
    assert_int_equal(integer_at(user, "version"), WORKERS + 1);
    bson_destroy(user);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_linked_handle_leads_to_the_account, begin_test),
        cmocka_unit_test_setup(the_oldest_id_of_a_platform_is_shown, begin_test),
        cmocka_unit_test_setup(linking_again_changes_nothing, begin_test),
        cmocka_unit_test_setup(the_same_wallet_in_another_spelling_is_linked_already, begin_test),
        cmocka_unit_test_setup(a_handle_of_another_account_is_taken, begin_test),
        cmocka_unit_test_setup(who_is_not_there_is_not_linked, begin_test),
        cmocka_unit_test_setup(only_active_and_pending_accounts_are_linked, begin_test),
        cmocka_unit_test_setup(an_account_has_at_most_64_handles, begin_test),
        cmocka_unit_test_setup(an_old_document_is_linked_to, begin_test),
        cmocka_unit_test_setup(the_rest_of_the_document_is_left_alone, begin_test),
        cmocka_unit_test_setup(of_accounts_that_race_for_a_handle_one_gets_it, begin_test),
        cmocka_unit_test_setup(links_that_race_on_one_account_are_all_counted, begin_test),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
