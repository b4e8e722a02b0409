/* The life of a paid run: hold, work, settlement by the provider's webhook, and a refund. Run it
 * twice: then the provider is not called, and every step is answered from what is stored. */
#include <noemadb.h>
#include <stdio.h>
#include <stdlib.h>

static noema_error error;

static void
must(noema_status status)
{
    if (status != NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(status), error.message);
        exit(1);
    }
}

static void
tell(const char *what, noema_money amount, uint32_t flags)
{
    char text[32];
    noema_money_format(amount, text, sizeof text);
    printf("%-9s %9s USD%s\n", what, text, (flags & NOEMA_REPLAYED) != 0 ? ", as before" : "");
}

/* [start] */
/* The key is the message that asked for it: Telegram may send it again, it starts one run. */
static void
start(noema_db *db, const noema_id *user, noema_run *run)
{
    const noema_run_request request = {
        .size = sizeof request,
        .account = *user,
        .key = "telegram:update:991",
        .tool = "flux",
        .service = "comfydeploy",
        .hold = 50 * NOEMA_USD / 1000,      /* at most 0.05 USD */
        .rate = 1140 * NOEMA_USD / 1000000, /* 0.00114 USD a second */
        .rate_unit = "second",
    };
    must(noema_run_start(db, &request, run, &error));
    tell("on hold", run->hold, run->flags);
}
/* [/start] */

/* [work] */
/* Only who started the run calls the provider, with the run's id, and hears its name for the work. If
   the provider can't be called, settle the run as failed. */
static void
work(noema_db *db, const noema_run *run)
{
    if ((run->flags & NOEMA_REPLAYED) != 0) {
        puts("somebody else has this message: no work for us");
        return;
    }
    must(noema_run_attach(db, &run->id, "cf_7f3", &error)); /* what the provider answered */
}
/* [/work] */

/* [settle] */
/* What the provider's webhook does. It knows its own name for the work, and how long it took. */
static void
settle(noema_db *db, noema_run *run)
{
    noema_receipt receipt;
    const noema_settlement settlement = {
        .size = sizeof settlement,
        .state = NOEMA_RUN_COMPLETED,
        .service = "comfydeploy",
        .provider_run_id = "cf_7f3",
        .price = NOEMA_PRICE_UNITS,
        .units_milli = 37400, /* 37.4 seconds */
        .provider_cost = 18 * NOEMA_USD / 1000,
        .exp = 10,
        .output_json = "{\"artifacts\": [{\"url\": \"https://cdn.example/1.png\"}]}",
    };
    must(noema_run_settle(db, &settlement, run, &receipt, &error));
    tell("charged", receipt.amount, receipt.flags);
}
/* [/settle] */

/* [refund] */
static void
refund(noema_db *db, const noema_id *run)
{
    noema_receipt receipt;
    const noema_command command = {
        .size = sizeof command,
        .kind = NOEMA_COMMAND_REFUND_ALL,
        .run = *run,
        .key = "support:ticket:17",
        .description = "black image",
    };
    must(noema_economy_apply(db, &command, 1, &receipt, sizeof receipt, &error));
    tell("refunded", receipt.amount, receipt.flags);
}
/* [/refund] */

int
main(void)
{
    noema_db *db;
    noema_account user;
    noema_receipt paid;
    noema_balance now;
    noema_run run;
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    must(noema_open(NULL, &db, &error));
    must(noema_install(db, false, NULL, &error));
    must(noema_account_ensure(db, "telegram:991", &user, &error));
    must(noema_economy_credit(db, &user.id, NOEMA_USD, "stripe:pi_run", NULL, &paid, &error));
    tell("bought", paid.amount, paid.flags);
    start(db, &user.id, &run);
    work(db, &run);
    settle(db, &run);
    refund(db, &run.id);
    must(noema_economy_balance(db, &user.id, &now, &error));
    noema_close(db);
    return now.balance == NOEMA_USD && now.held == 0 ? 0 : 1;
}
