/* The first program of noemadb.h, whole: a person arrives from Telegram and buys credit. Before it,
 * set_up() installs the database, which an operator does once and no bot does. Run it twice: the
 * second time the payment is known already, and nothing is booked.
 *     NOEMA_MONGODB_URI=mongodb://127.0.0.1:27017/?replicaSet=rs0 ./example_first */
#include <noemadb.h>
#include <stdio.h>
#include <stdlib.h>

static bool
set_up(void)
{
    noema_error error;
    noema_db *db = NULL;
    if (noema_open(NULL, &db, &error) != NOEMA_OK ||
        noema_install(db, false, NULL, &error) != NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
    }
    noema_close(db);
    return error.status == NOEMA_OK;
}

int
main(void)
{
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    if (!set_up()) {
        return 1;
    }
    /* [first] */
    noema_error error;
    noema_db *db = NULL;
    noema_account user;
    noema_receipt paid;
    if (noema_open(NULL, &db, &error) != NOEMA_OK ||
        noema_account_ensure(db, "telegram:4242", &user, &error) != NOEMA_OK ||
        noema_economy_credit(db, &user.id, 5 * NOEMA_USD, "stripe:pi_1", NULL, &paid, &error) !=
            NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
    }
    noema_close(db);
    /* [/first] */
    if (error.status != NOEMA_OK) {
        return 1;
    }
    char balance[32];
    noema_money_format(paid.balance, balance, sizeof balance);
    printf("account %s has %s USD%s\n", user.id.text, balance,
           (paid.flags & NOEMA_REPLAYED) != 0 ? "; this payment was booked before" : "");
    return 0;
}
