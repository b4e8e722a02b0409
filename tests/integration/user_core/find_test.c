/* Looking up: by handle, by id, through merges; the document whole; the handles of an account. */
#include "fixture.h"

#include "core/text.h"
#include "user_core/claim_record.h"

static noema_status
find(const char *handle, nd_account *account, noema_error *error)
{
    return nd_account_find(base, soon(), handle, account, error);
}

static const char *
text_of(nd_id id)
{
    static noema_id shown;
    shown = nd_id_public(id);
    return shown.text;
}

static void
an_account_is_found_by_handle_and_by_id(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id id = ensured(handle);
    nd_account account;
    (void)state;
    assert_int_equal(find(handle, &account, NULL), NOEMA_OK);
    assert_true(nd_id_equal(account.id, id));
    assert_int_equal(find(text_of(id), &account, NULL), NOEMA_OK);
    assert_true(nd_id_equal(account.id, id));
    assert_int_equal(account.status.at, NOEMA_ACCOUNT_ACTIVE);
    assert_false(account.created);
}

static void
who_is_not_there_is_not_made(void **state)
{
    nd_account account;
    noema_error error;
    int64_t claims = stored_count("identities", bson_new());
    (void)state;
    assert_int_equal(find(fresh_handle("telegram"), &account, &error), NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "handle");
    assert_string_not_equal(error.message, "");
    assert_int_equal(find(text_of(nd_id_new()), &account, &error), NOEMA_NOT_FOUND);
    assert_true(nd_id_is_none(account.id));
    assert_int_equal(stored_count("identities", bson_new()), claims);
}

static void
what_is_neither_handle_nor_id_is_refused(void **state)
{
    static const char *const bad[] = {NULL,
                                      "",
                                      "4242",
                                      "507f1f77bcf86cd79943901",
                                      "507f1f77bcf86cd7994390111",
                                      "507f1f77bcf86cd79943901g",
                                      "000000000000000000000000",
                                      "Telegram:1",
                                      "apikey:abcdefghijkl"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        nd_account account;
        noema_error error;
        assert_int_equal(find(bad[i], &account, &error), NOEMA_INVALID);
        assert_string_equal(error.field, "handle");
    }
}

/* ---- merged and erased --------------------------------------------------------------------- */

static void
merge_into(nd_id source, nd_id target)
{
    bson_oid_t oid;
    bson_oid_init_from_data(&oid, target.bytes);
    change_stored("userCore", by_id(source),
                  BCON_NEW("$set", "{", "status", "merged", "mergedInto", BCON_OID(&oid), "}"));
}

static void
a_merged_account_leads_to_the_one_it_became(void **state)
{
    enum { ACCOUNTS = 5 };
    nd_id ids[ACCOUNTS];
    nd_account account;
    (void)state;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        ids[i] = ensured(fresh_handle("telegram"));
    }
    for (size_t i = 0; i + 1 < ACCOUNTS; i++) {
        merge_into(ids[i], ids[i + 1]);
    }
    for (size_t i = 0; i < ACCOUNTS; i++) {
        assert_int_equal(find(text_of(ids[i]), &account, NULL), NOEMA_OK);
        assert_true(nd_id_equal(account.id, ids[ACCOUNTS - 1]));
    }
}

static void
more_than_four_merges_are_not_followed(void **state)
{
    enum { ACCOUNTS = 6 };
    nd_id ids[ACCOUNTS];
    nd_account account;
    noema_error error;
    (void)state;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        ids[i] = ensured(fresh_handle("telegram"));
    }
    for (size_t i = 0; i + 1 < ACCOUNTS; i++) {
        merge_into(ids[i], ids[i + 1]);
    }
    assert_int_equal(find(text_of(ids[1]), &account, NULL), NOEMA_OK);
    assert_int_equal(find(text_of(ids[0]), &account, &error), NOEMA_CORRUPT);
    assert_string_equal(error.field, "mergedInto");
    merge_into(ids[ACCOUNTS - 1], ids[0]); /* a ring */
    assert_int_equal(find(text_of(ids[3]), &account, &error), NOEMA_CORRUPT);
}

/* Its claims have moved with the merge; if one is left, it leads on as the id does. */
static void
a_claim_left_on_a_tombstone_leads_on(void **state)
{
    const char *handle = fresh_handle("telegram");
    nd_id source = ensured(handle);
    nd_id target = ensured(fresh_handle("telegram"));
    nd_account account;
    (void)state;
    merge_into(source, target);
    change_stored("identities", BCON_NEW("_id", BCON_UTF8(handle)),
                  BCON_NEW("$set", "{", "accountStatus", "merged", "}"));
    assert_int_equal(find(handle, &account, NULL), NOEMA_OK);
    assert_true(nd_id_equal(account.id, target));
}

static void
an_account_that_may_not_is_named_with_its_status(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    nd_account account;
    noema_error error;
    (void)state;
    change_stored("userCore", by_id(id), BCON_NEW("$set", "{", "status", "erased", "}"));
    assert_int_equal(find(text_of(id), &account, &error), NOEMA_DENIED);
    assert_string_equal(error.reason, "ERASED");
    assert_true(nd_id_equal(account.id, id));
    assert_int_equal(account.status.at, NOEMA_ACCOUNT_ERASED);
    change_stored("userCore", by_id(id), BCON_NEW("$set", "{", "status", "merged", "}"));
    assert_int_equal(find(text_of(id), &account, &error), NOEMA_DENIED);
    assert_string_equal(error.reason, "MERGED");
}

/* ---- documents ----------------------------------------------------------------------------- */

static void
the_document_is_given_as_it_is_stored(void **state)
{
    nd_id id = ensured(fresh_handle("telegram"));
    nd_bson document;
    noema_error error;
    (void)state;
    change_stored("userCore", by_id(id),
                  BCON_NEW("$set", "{", "somebodyElses", "{", "x", BCON_INT32(1), "}", "}"));
    bson_t *stored = stored_user(id);
    assert_int_equal(nd_account_read(base, soon(), id, arena, &document, NULL), NOEMA_OK);
    assert_int_equal(document.length, stored->len);
    assert_memory_equal(document.bytes, bson_get_data(stored), stored->len);
    bson_destroy(stored);
    assert_int_equal(nd_account_read(base, soon(), nd_id_new(), arena, &document, &error),
                     NOEMA_NOT_FOUND);
    assert_string_equal(error.field, "account");
}

static void
handles_come_oldest_first_and_without_api_keys(void **state)
{
    const char *first = fresh_handle("telegram");
    const char *second = fresh_handle("discord");
    const char *third = fresh_handle("telegram");
    nd_id id = ensured(first);
    nd_list handles = {0};
    bson_oid_t oid;
    (void)state;
    bson_oid_init_from_data(&oid, id.bytes);
    assert_int_equal(link_handle(id, second, NULL), NOEMA_OK);
    nd_sleep_ms(2);
    assert_int_equal(link_handle(id, third, NULL), NOEMA_OK);
    insert_stored("identities",
                  BCON_NEW("_id", "apikey:abcdefghijkl", "masterAccountId", BCON_OID(&oid), "kind",
                           "api_key", "addedAt", BCON_DATE_TIME(1), "keyStatus", "active"));
    change_stored("identities", BCON_NEW("_id", BCON_UTF8(second)),
                  BCON_NEW("$set", "{", "addedAt", BCON_DATE_TIME(5), "}"));
    assert_int_equal(nd_account_handles(base, soon(), id, arena, &handles, NULL), NOEMA_OK);
    const nd_claim *claims = handles.items;
    assert_int_equal(handles.count, 3);
    assert_string_equal(claims[0].handle.bytes, second);
    assert_string_equal(claims[1].handle.bytes, first);
    assert_string_equal(claims[2].handle.bytes, third);
    assert_int_equal(claims[0].kind.at, ND_CLAIM_PLATFORM);
    assert_int_equal(claims[0].added.ms, 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_account_is_found_by_handle_and_by_id, begin_test),
        cmocka_unit_test_setup(who_is_not_there_is_not_made, begin_test),
        cmocka_unit_test_setup(what_is_neither_handle_nor_id_is_refused, begin_test),
        cmocka_unit_test_setup(a_merged_account_leads_to_the_one_it_became, begin_test),
        cmocka_unit_test_setup(more_than_four_merges_are_not_followed, begin_test),
        cmocka_unit_test_setup(a_claim_left_on_a_tombstone_leads_on, begin_test),
        cmocka_unit_test_setup(an_account_that_may_not_is_named_with_its_status, begin_test),
        cmocka_unit_test_setup(the_document_is_given_as_it_is_stored, begin_test),
        cmocka_unit_test_setup(handles_come_oldest_first_and_without_api_keys, begin_test),
    };
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
