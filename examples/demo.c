/* An evening of Noema, so that a person sees it: people arrive from three platforms, buy credit, and
 * start paid runs in bursts, and what can come twice comes twice. Then the money is counted three
 * ways: by the ledger, by the balances, and by this program, which keeps an account of its own of what
 * it was told. Sizes are arguments, every figure is measured or read back, and the program fails when
 * anything does not add up. It is no benchmark: its threads wait for each answer. */
#include <noemadb.h>

#include "demo/books.h"
#include "demo/people.h"
#include "demo/runs.h"
#include "demo/server.h"
#include "demo/stage.h"

/* A database of its own, whose ledger is keyed with a secret that nobody keeps. */
static noema_options *
make_options(const char *name)
{
    noema_error error;
    unsigned char key[32];
    noema_options *options = noema_options_new();
    FILE *random = fopen("/dev/urandom", "rb");
    if (options == NULL || random == NULL || fread(key, sizeof key, 1, random) != 1) {
        perror("demo");
        exit(1);
    }
    fclose(random);
    if (noema_options_set(options, "database", name, &error) != NOEMA_OK ||
        noema_options_set_secret(options, "ledger_key", key, sizeof key, &error) != NOEMA_OK) {
        fprintf(stderr, "demo: %s\n", error.message);
        exit(1);
    }
    return options;
}

static void
open_database(void)
{
    noema_error error;
    char name[32];
    snprintf(name, sizeof name, "noema_demo_%ld", (long)getpid());
    noema_options *options = make_options(name);
    if (noema_open(options, &db, &error) != NOEMA_OK ||
        noema_install(db, false, NULL, &error) != NOEMA_OK) {
        fprintf(stderr, "demo: %s: %s\n", noema_status_name(error.status), error.message);
        exit(1);
    }
    noema_options_free(options);
    printf("noemadb %s\n", noema_version());
    printf("database %s, new, on %s\n", name,
           getenv("NOEMA_TEST_MONGOD_DIR") != NULL
               ? "a private MongoDB that is gone afterwards"
               : "the MongoDB of NOEMA_MONGODB_URI, where it stays until you drop it");
    printf("%s people, %s messages, %u threads, seed %u; amounts in USD\n\n",
           number(plan.accounts).s, number(plan.runs).s, plan.threads, plan.seed);
}

/* ---- the evening, as it happens -------------------------------------------------------------------- */

static void
let_people_in(void)
{
    run_phase((phase){.name = "people", .count = plan.accounts, .group = 1, .step = arrive}, NULL);
    int64_t created = 3 * (int64_t)plan.accounts - absorbed.arrivals;
    printf(
        "people     %s from telegram, discord and web, 3 requests at once for each: %s accounts\n",
        number(plan.accounts).s, number(created).s);
    run_phase((phase){.name = "payments", .count = plan.accounts, .group = 1, .step = pay}, NULL);
    sums own = own_count();
    printf("payments   %s USD bought, each webhook 3 times at once: %s repeats changed nothing\n",
           usd(own.bought).s, number(absorbed.payments).s);
    printf("bonuses    %s USD given, each sent twice at once: %s repeats changed nothing\n",
           usd(own.given).s, number(absorbed.bonuses).s);
}

static void
let_them_run(void)
{
    const phase bursts = {.name = "runs", .count = plan.runs, .group = BURST, .step = burst};
    pthread_t killer;
    if (server_dies) {
        start_thread(&killer, kill_server, NULL);
    }
    double seconds = run_phase(bursts, look_on);
    if (server_dies) {
        pthread_join(killer, NULL);
    }
    printf("runs       %s completed, %s failed, %s cancelled; %s refused for lack of credit\n",
           number(ended[NOEMA_RUN_COMPLETED]).s, number(ended[NOEMA_RUN_FAILED]).s,
           number(ended[NOEMA_RUN_CANCELLED]).s, number(refused).s);
    printf(
        "           %s messages and %s provider webhooks came twice at once: they changed nothing\n",
        number(absorbed.starts).s, number(absorbed.settlements).s);
    printf("           %s runs a second for %.1f s, by %u threads that wait for each answer\n",
           number((int64_t)((double)runs_ended() / seconds)).s, seconds, plan.threads);
    printf("           start  p50 %6.1f ms, p99 %6.1f ms, %s calls\n", quantile(&starts, 0.5),
           quantile(&starts, 0.99), number((int64_t)starts.count).s);
    printf("           settle p50 %6.1f ms, p99 %6.1f ms, %s calls\n", quantile(&settles, 0.5),
           quantile(&settles, 0.99), number((int64_t)settles.count).s);
}

static void
let_them_complain(void)
{
    run_phase((phase){.name = "refunds", .count = plan.runs, .group = BURST, .step = refund}, NULL);
    sums own = own_count();
    printf("refunds    %s USD for black images, each asked for twice at once: %s repeats changed "
           "nothing\n",
           usd(own.refunded).s, number(absorbed.refunds).s);
    if (asked_again > 0) {
        printf("server     %s calls got no answer at first: asked again with the same key\n",
               number(asked_again).s);
    }
}

/* ---- does it add up? --------------------------------------------------------------------------------- */

static void
check_books(const sums *ledger, const sums *own, noema_money balances)
{
    check(ledger->credits == plan.accounts, "each payment was booked once", "%s of %s",
          number(ledger->credits).s, number(plan.accounts).s);
    check(ledger->charges == ended[NOEMA_RUN_COMPLETED], "each completed run was charged once",
          "%s of %s", number(ledger->charges).s, number(ended[NOEMA_RUN_COMPLETED]).s);
    check(sum_of(ledger) == balances && sum_of(own) == balances,
          "ledger, own count and balances agree", "%s USD", usd(balances).s);
    check(matching_balances() == plan.accounts, "so it is for each account alone", "%s of %s",
          number(matching_balances()).s, number(plan.accounts).s);
}

static void
check_burst(const sums *ledger, const sums *own, noema_money drop)
{
    noema_money held = 0;
    for (uint32_t i = 0; i < plan.accounts; i++) {
        held += people[i].now.held;
    }
    check(drop == -own->used, "the runs took what they were charged", "balances fell by %s USD",
          usd(drop).s);
    check(ledger->lowest >= 0 && seen.lowest >= 0, "nobody was ever below zero",
          "lowest balance %s USD, lowest available seen %s", usd(ledger->lowest).s,
          usd(seen.lowest).s);
    check(held == 0, "nothing is left on hold", "%s USD; the busiest had %s at once", usd(held).s,
          usd(seen.most_held).s);
}

static void
check_ledger(const sums *ledger, const char *checkpoint)
{
    proof all = verify_all(checkpoint);
    check(all.proved && all.entries == ledger->entries, "the ledger is proved, entry by entry",
          "%s entries of %s accounts, %s", number(all.entries).s, number(all.accounts).s,
          all.keyed ? "keyed" : "NOT KEYED");
    check(all.checkpoints == 1, "so is a checkpoint from before the runs", "%s of 1",
          number(all.checkpoints).s);
}

/* ---- main ---------------------------------------------------------------------------------------------- */

/* false: word is none of these, or value is none that it takes. */
static bool
take_number(const char *word, const char *value)
{
    const struct {
        const char *name;
        uint32_t *number;
        unsigned long min, max;
    } known[] = {
        {"--accounts", &plan.accounts, 4, 1000000   },
        {"--runs",     &plan.runs,     1, 10000000  },
        {"--threads",  &plan.threads,  1, 256       },
        {"--seed",     &plan.seed,     0, UINT32_MAX}
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(word, known[i].name) == 0 && value != NULL && value[0] >= '0' &&
            value[0] <= '9') {
            char *end;
            unsigned long number = strtoul(value, &end, 10);
            *known[i].number = (uint32_t)number;
            return *end == '\0' && number >= known[i].min && number <= known[i].max;
        }
    }
    return false;
}

static void
read_arguments(char **words)
{
    for (words++; *words != NULL; words++) {
        if (strcmp(*words, "--kill-server") == 0) {
            need("NOEMA_TEST_MONGOD_DIR");
            server_dies = true;
        } else if (take_number(words[0], words[1])) {
            words++;
        } else {
            fprintf(stderr, "usage: demo [--accounts 4-1000000] [--runs 1-10000000] "
                            "[--threads 1-256] [--seed N] [--kill-server]\n");
            exit(2);
        }
    }
}

int
main(int count, char **words)
{
    (void)count;
    read_arguments(words);
    open_database();
    make_people();
    make_runs();
    let_people_in();
    noema_money before = total_balance();
    char *checkpoint = take_checkpoint(&people[0]);
    let_them_run();
    noema_money drop = before - total_balance();
    let_them_complain();
    noema_money balances = total_balance();
    sums ledger = read_ledger();
    sums own = own_count();
    show_statement(&people[choose_person()]);
    show_totals(&ledger, &own, balances);
    check_books(&ledger, &own, balances);
    check_burst(&ledger, &own, drop);
    check_ledger(&ledger, checkpoint);
    free(checkpoint);
    noema_close(db);
    printf("\n%s\n", trouble == 0 ? "It adds up." : "IT DOES NOT ADD UP.");
    return trouble == 0 ? 0 : 1;
}
