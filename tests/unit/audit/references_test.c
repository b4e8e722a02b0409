/* Entries against the runs and entries that they name. */
#include "audit/references.h"

#include "ledger.h"

#include <string.h>

#include "workflow_executions/workflow_executions.h"

typedef struct world {
    ledger *on;
    nd_references references;
    nd_run run;
    nd_entry charge;
} world;

/* A run of 3 USD, settled. */
static world
settled_run(ledger *on)
{
    world made;
    noema_error error;
    nd_economy *payers[] = {&on->economy};
    const nd_start start = {.owner = on->economy.account,
                            .key = nd_arena_string(on->arena, "start:1"),
                            .tool = nd_arena_string(on->arena, "flux"),
                            .hold = {4 * USD},
                            .lifetime_ms = 60000,
                            .token = nd_arena_string(on->arena, "token")};
    const nd_settle settle = {.state = {NOEMA_RUN_COMPLETED},
                              .price = NOEMA_PRICE_AMOUNT,
                              .charge = {3 * USD},
                              .overrun = {ND_OVERRUN_CAP},
                              .exp = 7};
    memset(&made, 0, sizeof(made));
    made.on = on;
    ledger_credit(on, 10, "stripe:1");
    assert_int_equal(nd_run_start(&start, &on->economy, payers, 1, &on->law, &made.run, &error),
                     NOEMA_OK);
    assert_int_equal(
        nd_run_settle(&made.run, &on->economy, &on->law, &settle, &made.charge, &error), NOEMA_OK);
    made.references.problems = &on->problems;
    made.references.arena = on->arena;
    made.references.economy = &on->economy;
    return made;
}

static void
require_charge(world *w, const nd_run *run, int64_t refunded, size_t count, const char *found)
{
    nd_problems_free(&w->on->problems);
    nd_problems_init(&w->on->problems);
    nd_references_charge(&w->references, &w->charge, run, (nd_money){refunded * USD});
    assert_int_equal(nd_problems_count(&w->on->problems), count);
    if (count > 0) {
        const nd_json *problem = nd_json_at(w->on->problems.list, 0);
        assert_string_equal(nd_json_string(nd_json_get(problem, "rule")), "run");
        assert_int_equal(nd_json_integer(nd_json_get(problem, "seq")), w->charge.seq);
        assert_non_null(strstr(nd_json_string(nd_json_get(problem, "found")), found));
    }
}

static void
a_run_says_what_its_charge_says(void **state)
{
    world w = settled_run(*state);
    nd_run run = w.run;
    require_charge(&w, &run, 0, 0, NULL);
    require_charge(&w, NULL, 0, 1, "run none");
    run.charged.nano += 1;
    require_charge(&w, &run, 0, 1, "chargedUsd 3.000000001");
    run = w.run;
    run.exp = 8;
    require_charge(&w, &run, 0, 1, "exp 8");
    run = w.run;
    run.settled.entry.bytes[0] ^= 1;
    require_charge(&w, &run, 0, 1, "settled.entryId");
    run = w.run;
    run.refunded.nano = 2 * USD;
    require_charge(&w, &run, 2, 0, NULL);
    require_charge(&w, &run, 1, 1, "refundedUsd 2");
}

static void
a_run_is_paid_by_its_payer_or_who_it_was_merged_into(void **state)
{
    world w = settled_run(*state);
    nd_run run = w.run;
    run.payer = (nd_id){{0x77}};
    require_charge(&w, &run, 0, 1, "payerAccountId 77");
    nd_id *merged = nd_list_push(&w.on->economy.merged_from, sizeof(nd_id), w.on->arena);
    *merged = run.payer;
    require_charge(&w, &run, 0, 0, NULL);
    run.payer = nd_id_none;
    require_charge(&w, &run, 0, 0, NULL);
}

static void
require_refund(world *w, const nd_entry *refund, const nd_entry *original, const char *rule)
{
    nd_problems_free(&w->on->problems);
    nd_problems_init(&w->on->problems);
    (void)nd_references_refund(&w->references, refund, original);
    assert_int_equal(nd_problems_count(&w->on->problems), rule == NULL ? 0 : 1);
    if (rule != NULL) {
        const nd_json *problem = nd_json_at(w->on->problems.list, 0);
        assert_string_equal(nd_json_string(nd_json_get(problem, "rule")), rule);
        assert_int_equal(nd_json_integer(nd_json_get(problem, "seq")), refund->seq);
    }
}

static void
a_refund_is_of_an_entry_that_took(void **state)
{
    world w = settled_run(*state);
    nd_entry debit = ledger_debit(w.on, 2, "debit:1");
    nd_entry refund = ledger_refund(w.on, &debit, 0, 1, "refund:1");
    nd_entry credit = ledger_entry(w.on, 1);
    require_refund(&w, &refund, &debit, NULL);
    require_refund(&w, &refund, NULL, "refund");
    require_refund(&w, &refund, &credit, "refund");
    nd_entry other = debit;
    other.account = (nd_id){{0x77}};
    require_refund(&w, &refund, &other, "refund");
    other = debit;
    other.run = w.run.id;
    require_refund(&w, &refund, &other, "run");
}

static void
the_refund_that_goes_beyond_is_named(void **state)
{
    world w = settled_run(*state);
    nd_entry debit = ledger_debit(w.on, 3, "debit:1");
    ledger_refund(w.on, &debit, 0, 1, "refund:1");
    nd_entry second = ledger_refund(w.on, &debit, 1, 1, "refund:2");
    ledger_refund(w.on, &debit, 2, 1, "refund:3");
    nd_bson *documents = w.on->documents.items;
    const nd_list refunds = {documents + w.on->documents.count - 3, 3, 3};
    assert_false(nd_references_beyond(&w.references, &refunds, (nd_money){3 * USD}));
    assert_true(nd_references_beyond(&w.references, &refunds, (nd_money){2 * USD - 1}));
    ledger_require_among(w.on, "refund", second.seq);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_run_says_what_its_charge_says),
        TEST(a_run_is_paid_by_its_payer_or_who_it_was_merged_into),
        TEST(a_refund_is_of_an_entry_that_took),
        TEST(the_refund_that_goes_beyond_is_named),
    };
    if (!nd_crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
