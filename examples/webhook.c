/* A payment provider tells three times that somebody paid, as they all do. The payment itself is the
 * key, so it is booked once, whoever tells it and how often: a second server, a retry, a nightly
 * reconciler. What to answer the provider follows from the status alone. */
#include <noemadb.h>
#include <stdio.h>
#include <stdlib.h>

/* [http] */
/* 200: booked, now or before. 503: tell me again, for it may not have happened. 409: telling it again
   changes nothing, and somebody must look at it. */
static int
http_status(const noema_error *error)
{
    if (error->status == NOEMA_OK) {
        return 200;
    }
    return (error->flags & NOEMA_RETRYABLE) != 0 ? 503 : 409;
}
/* [/http] */

/* [webhook] */
static int
payment_succeeded(noema_db *db, const char *payment, const char *handle, int64_t cents)
{
    noema_error error;
    noema_account user;
    noema_receipt receipt = {0};
    noema_status status = noema_account_ensure(db, handle, &user, &error);
    if (status == NOEMA_OK || status == NOEMA_DENIED) { /* also a suspended user has paid */
        status = noema_economy_credit(db, &user.id, cents * (NOEMA_USD / 100), payment, NULL,
                                      &receipt, &error);
    }
    const char *what = (receipt.flags & NOEMA_REPLAYED) != 0 ? "was booked before" : "booked";
    printf("%s: %s\n", payment, status == NOEMA_OK ? what : error.message);
    return http_status(&error);
}
/* [/webhook] */

static noema_db *
open_installed(void)
{
    noema_error error;
    noema_db *db = NULL;
    if (noema_open(NULL, &db, &error) != NOEMA_OK ||
        noema_install(db, false, NULL, &error) != NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
        noema_close(db);
        return NULL;
    }
    return db;
}

/* Three deliveries, one entry in the ledger. */
static bool
booked_once(noema_db *db)
{
    noema_error error;
    noema_account user;
    noema_balance balance;
    if (noema_account_find(db, "web:ada", &user, &error) != NOEMA_OK ||
        noema_economy_balance(db, &user.id, &balance, &error) != NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
        return false;
    }
    char text[32];
    noema_money_format(balance.balance, text, sizeof text);
    printf("web:ada has %s USD by %lld entry\n", text, (long long)balance.seq);
    return balance.balance == 20 * NOEMA_USD && balance.seq == 1;
}

int
main(void)
{
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    noema_db *db = open_installed();
    if (db == NULL) {
        return 1;
    }
    bool fine = true;
    for (int delivery = 1; delivery <= 3; delivery++) {
        int http = payment_succeeded(db, "stripe:pi_ada_1", "web:ada", 2000);
        printf("delivery %d is answered %d\n", delivery, http);
        fine = fine && http == 200;
    }
    /* The same payment for somebody else is a mistake, or worse: 409, and nobody gets it. */
    fine = fine && payment_succeeded(db, "stripe:pi_ada_1", "web:mallory", 2000) == 409;
    fine = fine && booked_once(db);
    noema_close(db);
    return fine ? 0 : 1;
}
