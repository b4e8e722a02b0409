/* How keys become ids, and what a repeated request is compared with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/crypto.h"
#include "core/id.h"
#include "core/text.h"
#include "transactions/transactions.h"

static const nd_id alice = {{1}};
static const nd_id bob = {{2}};

/* Pinned: BLAKE2b-256 over 01 | 12 zero bytes | 06 00 | "pi_123" | 00. An id that changed would let a
 * payment be booked again. */
static void
the_id_of_a_payment_never_changes(void **state)
{
    (void)state;
    nd_id id = nd_record_id(ND_DOMAIN_MONEY, nd_id_none, nd_text_of("pi_123"), 0);
    assert_string_equal(nd_id_public(id).text, "452d625fe98bda69569f4c64");
}

static void
ids_differ_by_domain_account_key_and_leg(void **state)
{
    (void)state;
    const nd_id ids[] = {
        nd_record_id(ND_DOMAIN_MONEY, alice, nd_text_of("k"), 0),
        nd_record_id(ND_DOMAIN_RUN, alice, nd_text_of("k"), 0),
        nd_record_id(ND_DOMAIN_SYSTEM, alice, nd_text_of("k"), 0),
        nd_record_id(ND_DOMAIN_MONEY, bob, nd_text_of("k"), 0),
        nd_record_id(ND_DOMAIN_MONEY, alice, nd_text_of("kk"), 0),
        nd_record_id(ND_DOMAIN_MONEY, alice, nd_text_of("k"), 1),
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        for (size_t j = i + 1; j < sizeof(ids) / sizeof(ids[0]); j++) {
            assert_false(nd_id_equal(ids[i], ids[j]));
        }
    }
}

static void
a_payment_has_one_id_whatever_account_it_is_for(void **state)
{
    (void)state;
    const nd_request first = {
        .type = {ND_ENTRY_CREDIT},
          .named = alice, .key = {"p", 1}
    };
    const nd_request second = {
        .type = {ND_ENTRY_CREDIT},
          .named = bob, .key = {"p", 1}
    };
    assert_true(nd_id_equal(nd_entry_id(&first), nd_entry_id(&second)));
}

static nd_entry
stored_debit(void)
{
    return (nd_entry){
        .account = alice, .type = {ND_ENTRY_DEBIT},
             .amount = {-5},
             .key = {"k", 1}
    };
}

static nd_request
asked_debit(void)
{
    return (nd_request){
        .type = {ND_ENTRY_DEBIT},
          .named = alice, .amount = {5},
          .key = {"k", 1}
    };
}

static void
assert_differs_in(const nd_entry *stored, const nd_request *asked, noema_status status,
                  const char *field)
{
    noema_error error;
    assert_int_equal(nd_entry_same(stored, asked, alice, &error), status);
    assert_string_equal(error.field, field);
}

static void
the_same_request_is_the_same(void **state)
{
    (void)state;
    const nd_entry stored = stored_debit();
    nd_request asked = asked_debit();
    asked.description = nd_text_of("texts are not compared");
    assert_int_equal(nd_entry_same(&stored, &asked, alice, NULL), NOEMA_OK);
}

static void
what_differs_is_named(void **state)
{
    (void)state;
    nd_entry stored = stored_debit();
    nd_request asked = asked_debit();
    asked.amount.nano = 6;
    assert_differs_in(&stored, &asked, NOEMA_KEY_REUSED, "amount");
    asked = asked_debit();
    asked.mode.at = ND_MODE_UP_TO;
    assert_differs_in(&stored, &asked, NOEMA_KEY_REUSED, "debit_mode");
    asked = asked_debit();
    asked.type.at = ND_ENTRY_BONUS;
    assert_differs_in(&stored, &asked, NOEMA_KEY_REUSED, "kind");
    asked = asked_debit();
    asked.key = nd_text_of("other");
    assert_differs_in(&stored, &asked, NOEMA_KEY_REUSED, "key");
    stored.type.at = ND_ENTRY_VOID;
    asked = asked_debit();
    assert_differs_in(&stored, &asked, NOEMA_KEY_REUSED, "key");
}

static void
a_payment_of_another_account_is_taken(void **state)
{
    (void)state;
    const nd_entry stored = {
        .account = bob, .type = {ND_ENTRY_CREDIT},
             .amount = {5},
             .key = {"p", 1}
    };
    const nd_request asked = {
        .type = {ND_ENTRY_CREDIT},
          .named = alice, .amount = {5},
          .key = {"p", 1}
    };
    assert_differs_in(&stored, &asked, NOEMA_TAKEN, "payment");
}

static void
what_was_asked_counts_not_what_was_done(void **state)
{
    (void)state;
    nd_entry stored = stored_debit();
    nd_request asked = asked_debit();
    stored.requested.nano = 9;
    stored.mode.at = ND_MODE_UP_TO;
    asked.mode.at = ND_MODE_UP_TO;
    assert_differs_in(&stored, &asked, NOEMA_KEY_REUSED, "amount");
    asked.amount.nano = 9;
    assert_int_equal(nd_entry_same(&stored, &asked, alice, NULL), NOEMA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_id_of_a_payment_never_changes),
        cmocka_unit_test(ids_differ_by_domain_account_key_and_leg),
        cmocka_unit_test(a_payment_has_one_id_whatever_account_it_is_for),
        cmocka_unit_test(the_same_request_is_the_same),
        cmocka_unit_test(what_differs_is_named),
        cmocka_unit_test(a_payment_of_another_account_is_taken),
        cmocka_unit_test(what_was_asked_counts_not_what_was_done),
    };
    return nd_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
