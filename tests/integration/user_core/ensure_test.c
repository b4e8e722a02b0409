/* Get or create: one account a handle, however many come at once, and what is stored of it. */
#include "fixture.h"

#include "core/text.h"

static bson_t *
of_account(nd_id id)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, id.bytes);
    return BCON_NEW("masterAccountId", BCON_OID(&oid));
}

static bson_t *
with_handle(const char *handle)
{
    return BCON_NEW("_id", BCON_UTF8(handle));
}

static void
a_new_account_is_stored_whole(void **state)
{
    nd_account account;
    const char *handle = fresh_handle("telegram");
    int64_t before = nd_clock_now(nd_base_clock(base)).ms;
    (void)state;
    assert_int_equal(
        nd_account_ensure(base, soon(), NULL, handle, nd_text_of("bot"), &account, NULL), NOEMA_OK);
    assert_true(account.created);
    assert_int_equal(account.status.at, NOEMA_ACCOUNT_ACTIVE);

    bson_t *user = stored_user(account.id);
    assert_string_equal(text_at(user, "platformIdentities.telegram"), handle + strlen("telegram:"));
    assert_string_equal(text_at(user, "status"), "active");
    assert_string_equal(text_at(user, "lastSeenPlatform"), "telegram");
    assert_int_equal(integer_at(user, "loginCount"), 1);
    assert_int_equal(integer_at(user, "version"), 1);
    assert_true(integer_at(user, "userCreationTimestamp") >= before);
    assert_int_equal(integer_at(user, "lastTouch"), integer_at(user, "userCreationTimestamp"));
    bson_destroy(user);

    bson_t *claim = stored_claim(handle);
    assert_true(nd_id_equal(id_at(claim, "masterAccountId"), account.id));
    assert_string_equal(text_at(claim, "kind"), "platform");
    assert_false(is_there(claim, "accountStatus"));
    bson_destroy(claim);

    bson_t *event = stored_one("accountEvents", of_account(account.id));
    assert_string_equal(text_at(event, "what"), "link");
    assert_string_equal(text_at(event, "handle"), handle);
    assert_string_equal(text_at(event, "actor"), "bot");
    bson_destroy(event);
    assert_account_is_sound(account.id);
}

/* The services of the old system read these without asking whether they are there. */
static void
old_readers_find_their_empty_lists(void **state)
{
    bson_t *user = stored_user(ensured(fresh_handle("telegram")));
    bson_iter_t at;
    (void)state;
    assert_true(bson_iter_init_find(&at, user, "wallets") && BSON_ITER_HOLDS_ARRAY(&at));
    assert_true(bson_iter_init_find(&at, user, "apiKeys") && BSON_ITER_HOLDS_ARRAY(&at));
    assert_true(bson_iter_init_find(&at, user, "awards") && BSON_ITER_HOLDS_ARRAY(&at));
    assert_true(bson_iter_init_find(&at, user, "profile") && BSON_ITER_HOLDS_DOCUMENT(&at));
    bson_destroy(user);
}

static void
who_comes_again_gets_the_same_account(void **state)
{
    nd_account account;
    const char *handle = fresh_handle("discord");
    nd_id first = ensured(handle);
    (void)state;
    assert_int_equal(nd_account_ensure(base, soon(), NULL, handle, no_actor(), &account, NULL),
                     NOEMA_OK);
    assert_true(nd_id_equal(account.id, first));
    assert_false(account.created);
    assert_int_equal(account.status.at, NOEMA_ACCOUNT_ACTIVE);
    assert_int_equal(stored_count("accountEvents", of_account(first)), 1);
}

/* ---- races --------------------------------------------------------------------------------- */

enum { CALLS = 20 };

typedef struct arrival {
    const char *handles[CALLS];
    size_t count;
    nd_account accounts[CALLS];
    noema_status statuses[CALLS];
    noema_error errors[CALLS];
} arrival;

static void
arrive(void *worker)
{
    arrival *mine = worker;
    for (size_t i = 0; i < mine->count; i++) {
        mine->statuses[i] = nd_account_ensure(base, nd_deadline_in(60000), NULL, mine->handles[i],
                                              no_actor(), &mine->accounts[i], &mine->errors[i]);
    }
}

static void
assert_arrived(const arrival *worker, size_t i)
{
    if (worker->statuses[i] != NOEMA_OK) {
        print_error("%s\n", worker->errors[i].message);
        fail();
    }
}

/* PREDECESSOR: get-or-create is find-then-insert: 50 concurrent calls made 50 accounts. */
static void
fifty_concurrent_arrivals_make_one_account(void **state)
{
    enum { WORKERS = 50 };
    static arrival workers[WORKERS];
    const char *handle = fresh_handle("telegram");
    size_t created = 0;
    (void)state;
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (arrival){.handles = {handle}, .count = 1};
    }
    race(arrive, workers, WORKERS, sizeof workers[0]);
    for (size_t i = 0; i < WORKERS; i++) {
        assert_arrived(&workers[i], 0);
        assert_true(nd_id_equal(workers[i].accounts[0].id, workers[0].accounts[0].id));
        created += workers[i].accounts[0].created ? 1 : 0;
    }
    assert_int_equal(created, 1);
    assert_int_equal(stored_count("identities", with_handle(handle)), 1);
    assert_int_equal(stored_count("userCore", BCON_NEW("platformIdentities.telegram",
                                                       BCON_UTF8(handle + strlen("telegram:")))),
                     1);
    assert_account_is_sound(workers[0].accounts[0].id);
}

/* Every thread asks for every handle, each beginning elsewhere. */
static void
racing_calls_on_twenty_handles_make_twenty_accounts(void **state)
{
    enum { WORKERS = 32 };
    static arrival workers[WORKERS];
    const char *handles[CALLS];
    size_t created[CALLS] = {0};
    nd_id ids[CALLS];
    int64_t users_before = stored_count("userCore", bson_new());
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        handles[i] = fresh_handle("telegram");
    }
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (arrival){.count = CALLS};
        for (size_t j = 0; j < CALLS; j++) {
            workers[i].handles[j] = handles[(i / 4 + j) % CALLS];
        }
    }
    race(arrive, workers, WORKERS, sizeof workers[0]);
    for (size_t i = 0; i < WORKERS; i++) {
        for (size_t j = 0; j < CALLS; j++) {
            size_t at = (i / 4 + j) % CALLS;
            assert_arrived(&workers[i], j);
            ids[at] = i == 0 ? workers[i].accounts[j].id : ids[at];
            assert_true(nd_id_equal(workers[i].accounts[j].id, ids[at]));
            created[at] += workers[i].accounts[j].created ? 1 : 0;
        }
    }
    for (size_t i = 0; i < CALLS; i++) {
        assert_int_equal(created[i], 1);
        assert_account_is_sound(ids[i]);
    }
    assert_int_equal(stored_count("userCore", bson_new()) - users_before, CALLS);
}

/* ---- spellings ----------------------------------------------------------------------------- */

/* PREDECESSOR: wallets were lower-cased on every chain. */
static void
solana_addresses_keep_their_case(void **state)
{
    const char *handle = "solana:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
    nd_id id = ensured(handle);
    bson_t *claim = stored_claim(handle);
    bson_t *user = stored_user(id);
    (void)state;
    assert_true(nd_id_equal(id_at(claim, "masterAccountId"), id));
    assert_string_equal(text_at(claim, "kind"), "wallet");
    assert_true(is_there(claim, "verifiedAt"));
    assert_string_equal(text_at(user, "platformIdentities.solana"),
                        "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
    bson_destroy(claim);
    bson_destroy(user);
}

static void
the_spellings_of_an_ethereum_address_are_one_account(void **state)
{
    nd_id id = ensured("eip155:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    (void)state;
    assert_true(nd_id_equal(id, ensured("eip155:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")));
    assert_true(nd_id_equal(id, ensured("eip155:0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED")));
    bson_destroy(stored_claim("eip155:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
}

static void
discord_ids_beyond_2_to_the_53rd_are_told_apart(void **state)
{
    nd_id even = ensured("discord:9007199254740992");
    nd_id odd = ensured("discord:9007199254740993");
    bson_t *user = stored_user(odd);
    (void)state;
    assert_false(nd_id_equal(even, odd));
    assert_string_equal(text_at(user, "platformIdentities.discord"), "9007199254740993");
    bson_destroy(user);
}

/* Whatever an id looks like, it is a value. */
static void
an_id_is_never_a_path_or_an_operator(void **state)
{
    static const char *const ids[] = {"web:$where", "web:a.b.c", "web:$ne", "web:{\"$gt\":\"\"}",
                                      "web:platformIdentities.web"};
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        nd_id id = ensured(ids[i]);
        bson_t *user = stored_user(id);
        assert_string_equal(text_at(user, "platformIdentities.web"), ids[i] + strlen("web:"));
        bson_destroy(user);
        assert_account_is_sound(id);
    }
}

static void
what_is_no_handle_makes_nothing(void **state)
{
    static const char *const bad[] = {
        NULL,          "", "4242", "Telegram:1", "apikey:abcdefghijkl", "solana:abc", "eip155:0x12",
        "telegram:1 2"};
    int64_t users = stored_count("userCore", bson_new());
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        nd_account account;
        noema_error error;
        assert_int_equal(
            nd_account_ensure(base, soon(), NULL, bad[i], no_actor(), &account, &error),
            NOEMA_INVALID);
        assert_string_equal(error.field, "handle");
        assert_true(nd_id_is_none(account.id));
    }
    assert_int_equal(stored_count("userCore", bson_new()), users);
}

/* ---- status -------------------------------------------------------------------------------- */

static void
the_status_of_an_account_comes_with_it(void **state)
{
    static const struct {
        const char *stored, *reason;
        int32_t status;
    } rows[] = {
        {"PENDING_VERIFICATION", "",            NOEMA_ACCOUNT_PENDING             },
        {"active",               "",            NOEMA_ACCOUNT_ACTIVE              },
        {"suspended",            "SUSPENDED",   NOEMA_ACCOUNT_SUSPENDED           },
        {"deactivated_by_user",  "DEACTIVATED", NOEMA_ACCOUNT_DEACTIVATED_BY_USER },
        {"deactivated_by_admin", "DEACTIVATED", NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN},
        {"erased",               "ERASED",      NOEMA_ACCOUNT_ERASED              },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nd_account account;
        noema_error error = {0};
        const char *handle = fresh_handle("telegram");
        nd_id id = ensured(handle);
        change_stored("identities", with_handle(handle),
                      BCON_NEW("$set", "{", "accountStatus", BCON_UTF8(rows[i].stored), "}"));
        noema_status status =
            nd_account_ensure(base, soon(), NULL, handle, no_actor(), &account, &error);
        assert_int_equal(status, rows[i].reason[0] == '\0' ? NOEMA_OK : NOEMA_DENIED);
        if (status != NOEMA_OK) {
            assert_string_equal(error.reason, rows[i].reason);
        }
        assert_true(nd_id_equal(account.id, id));
        assert_int_equal(account.status.at, rows[i].status);
        assert_int_equal(nd_account_find(base, soon(), handle, &account, NULL), status);
        assert_int_equal(account.status.at, rows[i].status);
    }
}

/* Added without proof, it must not let anybody in. */
static void
an_unverified_wallet_leads_nowhere(void **state)
{
    const char *handle = "eip155:0xde709f2102306220921060314715629080e2fb77";
    nd_id id = ensured(fresh_handle("web"));
    bson_oid_t oid;
    nd_account account;
    noema_error error;
    (void)state;
    bson_oid_init_from_data(&oid, id.bytes);
    insert_stored("identities",
                  BCON_NEW("_id", BCON_UTF8(handle), "masterAccountId", BCON_OID(&oid), "kind",
                           "wallet", "addedAt", BCON_DATE_TIME(1)));
    assert_int_equal(nd_account_ensure(base, soon(), NULL, handle, no_actor(), &account, &error),
                     NOEMA_DENIED);
    assert_string_equal(error.reason, "UNVERIFIED");
    assert_true(nd_id_is_none(account.id));
    assert_int_equal(nd_account_find(base, soon(), handle, &account, &error), NOEMA_NOT_FOUND);
}

/* A claim that somebody else spoiled is not followed. */
static void
a_claim_without_an_account_is_corrupt(void **state)
{
    nd_account account;
    noema_error error;
    (void)state;
    bson_t *command =
        BCON_NEW("insert", "identities", "documents", "[", "{", "_id", "web:spoiled", "kind",
                 "platform", "}", "]", "bypassDocumentValidation", BCON_BOOL(true));
    assert_true(
        mongoc_client_write_command_with_opts(observer, database, command, NULL, NULL, NULL));
    bson_destroy(command);
    assert_int_equal(
        nd_account_ensure(base, soon(), NULL, "web:spoiled", no_actor(), &account, &error),
        NOEMA_CORRUPT);
    change_stored("identities", with_handle("web:spoiled"),
                  BCON_NEW("$set", "{", "masterAccountId", BCON_INT32(7), "}"));
    assert_int_equal(
        nd_account_ensure(base, soon(), NULL, "web:spoiled", no_actor(), &account, &error),
        NOEMA_CORRUPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_account_is_stored_whole, begin_test),
        cmocka_unit_test_setup(old_readers_find_their_empty_lists, begin_test),
        cmocka_unit_test_setup(who_comes_again_gets_the_same_account, begin_test),
        cmocka_unit_test_setup(fifty_concurrent_arrivals_make_one_account, begin_test),
        cmocka_unit_test_setup(racing_calls_on_twenty_handles_make_twenty_accounts, begin_test),
        cmocka_unit_test_setup(solana_addresses_keep_their_case, begin_test),
        cmocka_unit_test_setup(the_spellings_of_an_ethereum_address_are_one_account, begin_test),
        cmocka_unit_test_setup(discord_ids_beyond_2_to_the_53rd_are_told_apart, begin_test),
        cmocka_unit_test_setup(an_id_is_never_a_path_or_an_operator, begin_test),
        cmocka_unit_test_setup(what_is_no_handle_makes_nothing, begin_test),
        cmocka_unit_test_setup(the_status_of_an_account_comes_with_it, begin_test),
        cmocka_unit_test_setup(an_unverified_wallet_leads_nowhere, begin_test),
        cmocka_unit_test_setup(a_claim_without_an_account_is_corrupt, begin_test),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
