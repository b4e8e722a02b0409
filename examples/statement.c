/* What a user sees of their money: the balance, the statement page by page, and its proof. Run it
 * twice: the entries are the same, for their keys are. */
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

static noema_money
show_balance(noema_db *db, const noema_id *user)
{
    noema_balance now;
    char balance[32], available[32];
    must(noema_economy_balance(db, user, &now, &error));
    noema_money_format(now.balance, balance, sizeof balance);
    noema_money_format(now.available, available, sizeof available);
    printf("balance %s USD, %s of it can be spent\n", balance, available);
    return now.balance;
}

static noema_money
show_entry(const noema_document *entry)
{
    int64_t seq = 0;
    noema_money amount = 0;
    const char *type = "", *when = "", *after = "", *text = "", *what = "";
    noema_document_integer(entry, "/seq", &seq);
    noema_document_money(entry, "/amountUsd", &amount);
    noema_document_text(entry, "/amountUsd", &text);
    noema_document_text(entry, "/timestamp", &when);
    noema_document_text(entry, "/type", &type);
    noema_document_text(entry, "/balanceAfterUsd", &after);
    noema_document_text(entry, "/description", &what);
    printf("%3lld  %.19s  %-7s %7s %7s  %s\n", (long long)seq, when, type, text, after, what);
    return amount;
}

/* [pages] */
/* Newest first, four at a time. The token of a page stays good while entries arrive. */
static noema_money
show_entries(noema_db *db, const noema_id *user)
{
    noema_money sum = 0;
    char token[256] = "";
    do {
        noema_list *page;
        const noema_query query = {.size = sizeof query,
                                   .account = *user,
                                   .limit = 4,
                                   .page = token[0] == '\0' ? NULL : token};
        must(noema_ledger_list(db, &query, &page, &error));
        for (size_t i = 0; i < noema_list_count(page); i++) {
            sum += show_entry(noema_list_at(page, i));
        }
        const char *next = noema_list_next(page);
        snprintf(token, sizeof token, "%s", next == NULL ? "" : next);
        noema_list_free(page);
    } while (token[0] != '\0');
    return sum;
}
/* [/pages] */

/* A long ledger is proved in parts; what is not proved is CORRUPT, and the report says where. */
static void
show_proof(noema_db *db, const noema_id *user)
{
    const char *next = NULL;
    noema_document *report = NULL, *before = NULL;
    do {
        noema_status status = noema_ledger_verify(db, user, next, NULL, &report, &error);
        noema_document_free(before); /* next was in it */
        printf("verify: %s\n", noema_document_json(report));
        must(status);
        before = report;
    } while (noema_document_text(report, "/next", &next));
    noema_document_free(report);
}

static void
buy_and_spend(noema_db *db, const noema_id *user)
{
    noema_receipt receipt;
    const noema_command what = {.size = sizeof what, .description = "portrait"};
    must(noema_economy_credit(db, user, 10 * NOEMA_USD, "stripe:pi_eve_1", NULL, &receipt, &error));
    for (int i = 1; i <= 9; i++) {
        char key[32];
        snprintf(key, sizeof key, "web:order:%d", i);
        must(noema_economy_debit(db, user, i * NOEMA_USD / 10, key, &what, &receipt, &error));
    }
}

int
main(void)
{
    noema_db *db;
    noema_account user;
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    must(noema_open(NULL, &db, &error));
    must(noema_install(db, false, NULL, &error));
    must(noema_account_ensure(db, "web:eve", &user, &error));
    buy_and_spend(db, &user.id);
    noema_money balance = show_balance(db, &user.id);
    noema_money sum = show_entries(db, &user.id);
    show_proof(db, &user.id);
    noema_close(db);
    return sum == balance ? 0 : 1;
}
