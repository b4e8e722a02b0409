/* A ledger that is being written is proved all the same: no call raises a false alarm. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WRITERS = 4, ACCOUNTS = 6, PROOFS_MS = 4000 };

typedef struct writer {
    unsigned number;
    nd_id *accounts;
    atomic_bool *stop;
    unsigned done;
    noema_status status; /* the first that was not expected */
} writer;

/* Without assertions: they belong to the test's own thread. */
static nd_answer
run_command(writer *on, nd_command *command)
{
    nd_answer answer;
    command->deadline = soon();
    nd_command_own(command);
    noema_status status = nd_engine_run(engine, command, &answer);
    on->done++;
    if (status != NOEMA_OK && status != NOEMA_INSUFFICIENT_FUNDS && on->status == NOEMA_OK) {
        on->status = status;
    }
    return answer;
}

static nd_command *
money(nd_kind kind, nd_entry_type type, nd_id account, int64_t amount, const char *key)
{
    nd_command *command = nd_command_new(kind);
    command->request = (nd_request){.type = {(int32_t)type},
                                    .named = account,
                                    .amount = {amount * USD},
                                    .key = nd_text_of(key)};
    return command;
}

static void
refund_it(writer *on, const nd_answer *taken, const char *key)
{
    if (taken->receipt.status != NOEMA_OK || taken->receipt.amount >= 0) {
        return;
    }
    nd_command *command = money(ND_REFUND, ND_ENTRY_REFUND, nd_id_none, 1, key);
    command->entry = id_of(taken->receipt.entry.text);
    command->request.refund_of = command->entry;
    run_command(on, command);
}

static void
run_it(writer *on, nd_id account, const char *key)
{
    nd_command *command = nd_command_new(ND_START);
    command->start = (nd_start){.owner = account,
                                .key = nd_text_of(key),
                                .tool = nd_text_of("flux"),
                                .hold = {2 * USD},
                                .lifetime_ms = 60000,
                                .token = nd_text_of(key)};
    nd_answer started = run_command(on, command);
    if (started.receipt.status != NOEMA_OK || on->done % 5 == 0) {
        return;
    }
    command = nd_command_new(ND_SETTLE);
    command->run = id_of(started.run.id.text);
    command->settle = (nd_settle){.state = {NOEMA_RUN_COMPLETED},
                                  .price = NOEMA_PRICE_AMOUNT,
                                  .charge = {USD},
                                  .overrun = {ND_OVERRUN_CAP},
                                  .exp = 1};
    run_command(on, command);
    command = money(ND_REFUND, ND_ENTRY_REFUND, nd_id_none, 0, key);
    command->request.mode.at = ND_MODE_ALL;
    command->run = id_of(started.run.id.text);
    command->request.run = command->run;
    run_command(on, command);
}

static void *
keep_writing(void *argument)
{
    writer *on = argument;
    for (unsigned i = 0; !atomic_load(on->stop); i++) {
        char key[64];
        nd_id account = on->accounts[(i + on->number) % ACCOUNTS];
        (void)snprintf(key, sizeof(key), "credit:%u:%u", on->number, i);
        run_command(on, money(ND_CREDIT, ND_ENTRY_CREDIT, account, 2, key));
        (void)snprintf(key, sizeof(key), "bonus:%u:%u", on->number, i);
        nd_command *bonus = money(ND_BONUS, ND_ENTRY_BONUS, account, 1, key);
        bonus->request.expires.ms = nd_clock_now(nd_base_clock(base)).ms + 300;
        run_command(on, bonus);
        (void)snprintf(key, sizeof(key), "debit:%u:%u", on->number, i);
        nd_answer taken = run_command(on, money(ND_DEBIT, ND_ENTRY_DEBIT, account, 1, key));
        (void)snprintf(key, sizeof(key), "refund:%u:%u", on->number, i);
        refund_it(on, &taken, key);
        (void)snprintf(key, sizeof(key), "run:%u:%u", on->number, i);
        run_it(on, account, key);
    }
    return NULL;
}

/* As after a clock that was ahead: everything that is booked for a while has one time. */
static void
put_ahead(nd_id account, const char *payment)
{
    nd_entry entry = {.type = {ND_ENTRY_EXP}, .key = nd_text_of("ahead"), .exp = 1};
    nd_command *command = money(ND_CREDIT, ND_ENTRY_CREDIT, account, 1, payment);
    nd_answer answer;
    command->deadline = soon();
    nd_command_own(command);
    assert_int_equal(nd_engine_run(engine, command, &answer), NOEMA_OK);
    entry.id = nd_record_id(ND_DOMAIN_MONEY, account, entry.key, 0);
    forge(account, &entry, 60000);
}

static void
a_ledger_that_is_written_is_proved(void **state)
{
    (void)state;
    nd_id accounts[ACCOUNTS];
    pthread_t threads[WRITERS];
    writer writers[WRITERS];
    atomic_bool stop = false;
    int64_t proofs = 0;
    unsigned done = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts[i] = new_account();
    }
    put_ahead(accounts[0], "stripe:ahead:0");
    put_ahead(accounts[1], "stripe:ahead:1");
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (writer){.number = i, .accounts = accounts, .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, keep_writing, &writers[i]), 0);
    }
    nd_deadline until = nd_deadline_in(PROOFS_MS);
    while (!nd_deadline_passed(until)) {
        require_proved(nd_id_none);
        require_proved(accounts[proofs++ % ACCOUNTS]);
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].status, NOEMA_OK);
        done += writers[i].done;
    }
    require_proved(nd_id_none);
    print_message("%u commands beside %lld proofs; %lld entries in all\n", done, (long long)proofs,
                  (long long)integer_in(report, "entries"));
    assert_true(proofs > 3 && done > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_ledger_that_is_written_is_proved, begin_test),
    };
    require_server();
    return cmocka_run_group_tests(tests, open_database, drop_database);
}
