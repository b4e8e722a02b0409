/* Touching: lastTouch and lastSeenPlatform, once a minute an account, and never in ensure's way. */
#include "fixture.h"

#include "core/text.h"

static nd_touches *touches;

static int
begin_touching(void **state)
{
    touches = nd_touches_new();
    return begin_test(state);
}

static int
end_touching(void **state)
{
    (void)state;
    nd_touches_free(touches);
    return 0;
}

/* As if it had been last seen long ago. */
static void
age(nd_id id)
{
    change_stored(
        "userCore", by_id(id),
        BCON_NEW("$set", "{", "lastTouch", BCON_DATE_TIME(1), "lastSeenPlatform", "old", "}"));
}

static int64_t
last_touch(nd_id id)
{
    bson_t *user = stored_user(id);
    int64_t at = integer_at(user, "lastTouch");
    bson_destroy(user);
    return at;
}

static void
assert_last_platform(nd_id id, const char *platform)
{
    bson_t *user = stored_user(id);
    assert_string_equal(text_at(user, "lastSeenPlatform"), platform);
    bson_destroy(user);
}

static noema_status
touch(nd_id id, const char *platform, noema_error *error)
{
    return nd_account_touch(base, soon(), touches, id, platform, error);
}

static nd_id
ensure_touching(const char *handle)
{
    nd_account account;
    assert_int_equal(nd_account_ensure(base, soon(), touches, handle, no_actor(), &account, NULL),
                     NOEMA_OK);
    return account.id;
}

static void
a_touch_is_written_once_a_minute(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    int64_t now = nd_clock_now(nd_base_clock(base)).ms;
    (void)state;
    age(id);
    assert_int_equal(touch(id, "discord", NULL), NOEMA_OK);
    assert_true(last_touch(id) >= now);
    assert_last_platform(id, "discord");
    age(id);
    assert_int_equal(touch(id, "web", NULL), NOEMA_OK);
    assert_int_equal(last_touch(id), 1);
    assert_last_platform(id, "old");
}

/* It is no change that a merge or an if_version has to look at. */
static void
a_touch_is_no_new_version(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    bson_t *before = stored_user(id);
    (void)state;
    age(id);
    assert_int_equal(touch(id, "web", NULL), NOEMA_OK);
    bson_t *after = stored_user(id);
    assert_int_equal(integer_at(after, "version"), integer_at(before, "version"));
    assert_int_equal(integer_at(after, "updatedAt"), integer_at(before, "updatedAt"));
    bson_destroy(before);
    bson_destroy(after);
}

static void
ensure_touches_once_a_minute(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id id = ensured(handle);
    (void)state;
    age(id);
    (void)ensure_touching(handle);
    assert_true(last_touch(id) > 1);
    assert_last_platform(id, "telegram");
    age(id);
    (void)ensure_touching(handle);
    assert_int_equal(last_touch(id), 1);
}

static void
making_an_account_is_its_first_touch(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id id = ensure_touching(handle);
    (void)state;
    age(id);
    (void)ensure_touching(handle);
    assert_int_equal(last_touch(id), 1);
}

/* A wallet says who, not where. */
static void
a_wallet_leaves_the_platform_alone(void **state)
{
    const char *handle = "solana:9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM";
    nd_id id = ensured(handle);
    (void)state;
    age(id);
    (void)ensure_touching(handle);
    assert_true(last_touch(id) > 1);
    assert_last_platform(id, "old");
}

static void
what_is_no_platform_is_refused(void **state)
{
    static const char *const bad[] = {NULL, "", "Telegram", "a.b", "$set", "telegram:1"};
    nd_id id = ensured(fresh_handle("telegram"));
    noema_error error;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(touch(id, bad[i], &error), NOEMA_INVALID);
        assert_string_equal(error.field, "platform");
    }
}

static void
who_is_not_there_is_not_touched(void **state)
{
    nd_id nobody = nd_id_new();
    nd_id gone = ensured(fresh_handle("telegram"));
    noema_error error;
    (void)state;
    assert_int_equal(touch(nobody, "web", &error), NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "account");
    assert_int_equal(touch(nobody, "web", &error), NOEMA_NOT_FOUND);
    age(gone);
    change_stored("userCore", by_id(gone), BCON_NEW("$set", "{", "status", "erased", "}"));
    assert_int_equal(touch(gone, "web", &error), NOEMA_NOT_FOUND);
    assert_int_equal(last_touch(gone), 1);
}

static void
a_suspended_account_is_not_touched_by_ensure(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id id = ensured(handle);
    nd_account account;
    (void)state;
    age(id);
    change_stored("identities", BCON_NEW("_id", BCON_UTF8(handle)),
                  BCON_NEW("$set", "{", "accountStatus", "suspended", "}"));
    assert_int_equal(nd_account_ensure(base, soon(), touches, handle, no_actor(), &account, NULL),
                     NOEMA_DENIED);
    assert_int_equal(last_touch(id), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_touch_is_written_once_a_minute, begin_touching,
                                        end_touching),
        cmocka_unit_test_setup_teardown(a_touch_is_no_new_version, begin_touching, end_touching),
        cmocka_unit_test_setup_teardown(ensure_touches_once_a_minute, begin_touching, end_touching),
        cmocka_unit_test_setup_teardown(making_an_account_is_its_first_touch, begin_touching,
                                        end_touching),
        cmocka_unit_test_setup_teardown(a_wallet_leaves_the_platform_alone, begin_touching,
                                        end_touching),
        cmocka_unit_test_setup_teardown(what_is_no_platform_is_refused, begin_touching,
                                        end_touching),
        cmocka_unit_test_setup_teardown(who_is_not_there_is_not_touched, begin_touching,
                                        end_touching),
        cmocka_unit_test_setup_teardown(a_suspended_account_is_not_touched_by_ensure,
                                        begin_touching, end_touching),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
