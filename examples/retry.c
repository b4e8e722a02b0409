/* What to do when a call does not get through: ask again with the same key; and when there is no time
 * left for that, void the key, so that it can't be applied later behind your back. */
#include <noemadb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

/* [spend] */
typedef enum outcome { TAKEN, NOT_TAKEN, STILL_UNKNOWN } outcome;

/* However often it is sent, the same request with the same key is applied once. */
static outcome
spend(noema_db *db, const noema_id *user, noema_money amount, const char *key)
{
    noema_error error;
    noema_receipt receipt;
    bool unknown = false; /* an attempt may still arrive */
    for (int attempt = 0; attempt < 5; attempt++) {
        if (noema_economy_debit(db, user, amount, key, NULL, &receipt, &error) == NOEMA_OK) {
            return TAKEN; /* now, or by an attempt whose answer was lost */
        }
        unknown = unknown || error.status == NOEMA_OUTCOME_UNKNOWN;
        if ((error.flags & NOEMA_RETRYABLE) == 0) {
            break; /* refused: this attempt did nothing */
        }
        pause_ms(error.retry_after_ms > 0 ? error.retry_after_ms : 100U << attempt);
    }
    if (!unknown) {
        return NOT_TAKEN;
    }
    /* From here on the key is never applied, also not by a commit that is still on its way. */
    noema_status status = noema_economy_void(db, user, key, &receipt, &error);
    if (status == NOEMA_OK) {
        return NOT_TAKEN;
    }
    /* It was applied, or the server is still away: then keep the key, and void it later. */
    return status == NOEMA_ILLEGAL_TRANSITION ? TAKEN : STILL_UNKNOWN;
}
/* [/spend] */

/* A key that was voided stays unusable; one that was applied can't be voided. */
static bool
void_is_final(noema_db *db, const noema_id *user)
{
    noema_error error;
    noema_receipt receipt;
    if (noema_economy_void(db, user, "web:order:void", &receipt, &error) != NOEMA_OK ||
        noema_economy_debit(db, user, NOEMA_USD, "web:order:void", NULL, &receipt, &error) !=
            NOEMA_KEY_REUSED ||
        strcmp(error.reason, "VOIDED") != 0) {
        return false;
    }
    return noema_economy_void(db, user, "web:order:1", &receipt, &error) ==
               NOEMA_ILLEGAL_TRANSITION &&
           receipt.amount == -NOEMA_USD;
}

int
main(void)
{
    noema_error error;
    noema_db *db;
    noema_account user;
    noema_receipt paid;
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    if (noema_open(NULL, &db, &error) != NOEMA_OK ||
        noema_install(db, false, NULL, &error) != NOEMA_OK ||
        noema_account_ensure(db, "web:bob", &user, &error) != NOEMA_OK ||
        noema_economy_credit(db, &user.id, 3 * NOEMA_USD, "stripe:pi_bob", NULL, &paid, &error) !=
            NOEMA_OK) {
        fprintf(stderr, "%s: %s\n", noema_status_name(error.status), error.message);
        return 1;
    }
    bool fine = spend(db, &user.id, NOEMA_USD, "web:order:1") == TAKEN &&
                spend(db, &user.id, NOEMA_USD, "web:order:1") == TAKEN && /* the same one */
                spend(db, &user.id, 99 * NOEMA_USD, "web:order:2") == NOT_TAKEN &&
                void_is_final(db, &user.id);
    noema_balance now;
    fine = fine && noema_economy_balance(db, &user.id, &now, &error) == NOEMA_OK &&
           now.balance == 2 * NOEMA_USD;
    puts(fine ? "one order was paid once, one was refused, one can never happen"
              : "not as promised");
    noema_close(db);
    return fine ? 0 : 1;
}
