/* The money of the demo is counted: by the balances, by the ledger, by what the program was told. */
#ifndef DEMO_BOOKS_H
#define DEMO_BOOKS_H

#include "people.h"

enum { STATEMENT_LINES = 12 };

static struct {
    long reads;
    noema_money lowest, most_held; /* lowest: of what could be spent */
} seen = {.lowest = INT64_MAX};

static void
read_balance(uint32_t who, noema_balance *balance)
{
    delivery one = {0};
    do {
        one.status = noema_economy_balance(db, &people[who].id, balance, &one.error);
    } while (ask_again(&one));
    if (one.status != NOEMA_OK) {
        complain_of("balance", &one.error);
    }
}

/* While the bursts go on: the busiest, and the one who has too little. */
static void
look_on(void)
{
    static const uint32_t watched[] = {0, POOR};
    for (size_t i = 0; i < 2; i++) {
        noema_balance now;
        read_balance(watched[i], &now);
        seen.reads++;
        seen.lowest = now.available < seen.lowest ? now.available : seen.lowest;
        seen.most_held = now.held > seen.most_held ? now.held : seen.most_held;
    }
}

static void
read_balances(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        read_balance((uint32_t)i, &people[i].now);
    }
}

/* What all accounts have together, read now. */
static noema_money
total_balance(void)
{
    noema_money total = 0;
    run_phase((phase){"balances", plan.accounts, 16, read_balances, 0, 0}, NULL);
    for (uint32_t i = 0; i < plan.accounts; i++) {
        total += people[i].now.balance;
    }
    return total;
}

typedef struct sums {
    noema_money bought, given, used, refunded, lowest;
    int64_t credits, bonuses, charges, refunds, entries;
} sums;

static void
add_entry(sums *to, const noema_document *entry)
{
    const char *type = "";
    noema_money amount = 0, after = -1;
    noema_document_text(entry, "/type", &type);
    noema_document_money(entry, "/amountUsd", &amount);
    noema_document_money(entry, "/balanceAfterUsd", &after);
    const struct {
        const char *type;
        noema_money *sum;
        int64_t *count;
    } rows[] = {
        {"credit", &to->bought,   &to->credits},
        {"bonus",  &to->given,    &to->bonuses},
        {"charge", &to->used,     &to->charges},
        {"refund", &to->refunded, &to->refunds}
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(type, rows[i].type) == 0) {
            *rows[i].sum += amount;
            ++*rows[i].count;
        }
    }
    to->entries++;
    to->lowest = after < to->lowest ? after : to->lowest;
}

/* Reads the whole ledger, page by page. */
static sums
read_ledger(void)
{
    sums found = {.lowest = INT64_MAX};
    char token[256] = "";
    do {
        noema_error error;
        noema_list *page = NULL;
        const noema_query query = {.size = sizeof query,
                                   .all_accounts = 1,
                                   .limit = 500,
                                   .page = token[0] == '\0' ? NULL : token};
        if (noema_ledger_list(db, &query, &page, &error) != NOEMA_OK) {
            complain_of("ledger", &error);
        }
        for (size_t i = 0; i < noema_list_count(page); i++) {
            add_entry(&found, noema_list_at(page, i));
        }
        const char *next = noema_list_next(page);
        snprintf(token, sizeof token, "%s", next == NULL ? "" : next);
        noema_list_free(page);
    } while (token[0] != '\0');
    return found;
}

/* What this program was told, call by call. */
static sums
own_count(void)
{
    sums own = {0};
    for (uint32_t i = 0; i < plan.accounts; i++) {
        own.bought += people[i].bought;
        own.given += people[i].given;
        own.used -= people[i].used;
        own.refunded += people[i].refunded;
    }
    return own;
}

static noema_money
sum_of(const sums *of)
{
    return of->bought + of->given + of->used + of->refunded;
}

/* Of how many accounts the balance is what this program was told. */
static uint32_t
matching_balances(void)
{
    uint32_t matching = 0;
    for (uint32_t i = 0; i < plan.accounts; i++) {
        const person *who = &people[i];
        noema_money told = who->bought + who->given - who->used + who->refunded;
        matching += who->now.balance == told ? 1 : 0;
    }
    return matching;
}

/* ---- and shown ------------------------------------------------------------------------------------------ */

static void
show_entry(const noema_document *entry)
{
    int64_t seq = 0;
    noema_money amount = 0, after = 0;
    const char *when = "", *type = "", *what = "";
    noema_document_integer(entry, "/seq", &seq);
    noema_document_text(entry, "/timestamp", &when);
    noema_document_text(entry, "/type", &type);
    noema_document_text(entry, "/description", &what);
    noema_document_money(entry, "/amountUsd", &amount);
    noema_document_money(entry, "/balanceAfterUsd", &after);
    printf("  %4lld  %.10s %.8s  %-7s %-20s %12s %12s\n", (long long)seq, when,
           strlen(when) > 11 ? when + 11 : "", type, what, usd(amount).s, usd(after).s);
}

/* Somebody whose whole statement fits, with a bonus and a refund if there is one. */
static uint32_t
choose_person(void)
{
    uint32_t best = plan.accounts - 1;
    int64_t best_score = 0;
    for (uint32_t i = POOR + 1; i < plan.accounts; i++) {
        const person *who = &people[i];
        int64_t score = who->now.seq <= STATEMENT_LINES ? 100 + who->now.seq : 1;
        score += (who->given > 0 ? 10 : 0) + (who->refunded > 0 ? 20 : 0);
        if (score > best_score) {
            best_score = score;
            best = i;
        }
    }
    return best;
}

static void
show_statement(const person *who)
{
    noema_error error;
    noema_list *entries = NULL;
    const noema_query query = {.size = sizeof query, .account = who->id, .limit = STATEMENT_LINES};
    if (noema_ledger_list(db, &query, &entries, &error) != NOEMA_OK) {
        complain_of("statement", &error);
    }
    printf("\n  Statement of %s, account %s, in USD%s\n", who->handle, who->id.text,
           noema_list_next(entries) == NULL ? "" : ", the last entries");
    printf("  %4s  %-19s  %-7s %-20s %12s %12s\n", "no", "time (UTC)", "kind", "for", "amount",
           "balance");
    for (size_t i = noema_list_count(entries); i-- > 0;) {
        show_entry(noema_list_at(entries, i));
    }
    noema_list_free(entries);
    printf("  Now: balance %s, of it given %s, on hold %s; %s points of experience\n",
           usd(who->now.balance).s, usd(who->now.promo).s, usd(who->now.held).s,
           number(who->now.exp).s);
}

static void
show_row(const char *name, noema_money ledger, noema_money own, int64_t count, const char *what)
{
    printf("  %-10s %16s %16s   %s %s\n", name, usd(ledger).s, usd(own).s, number(count).s, what);
}

static void
show_totals(const sums *ledger, const sums *own, noema_money balances)
{
    printf("\n  The money, by the ledger and by this program's own count of what it was told\n");
    printf("  %-10s %16s %16s\n", "", "ledger", "own count");
    show_row("bought", ledger->bought, own->bought, ledger->credits, "payments");
    show_row("given", ledger->given, own->given, ledger->bonuses, "bonuses");
    show_row("used", ledger->used, own->used, ledger->charges, "runs");
    show_row("refunded", ledger->refunded, own->refunded, ledger->refunds, "refunds");
    show_row("together", sum_of(ledger), sum_of(own), ledger->entries, "entries");
    printf("  %-10s %16s %16s   in %s accounts\n\n", "balances", usd(balances).s, "",
           number(plan.accounts).s);
}

/* ---- verify ----------------------------------------------------------------------------------------------- */

static char *
take_checkpoint(const person *who)
{
    noema_error error;
    noema_document *document = NULL;
    char *array = NULL;
    if (noema_ledger_checkpoint(db, &who->id, &document, &error) != NOEMA_OK) {
        complain_of("checkpoint", &error);
        return NULL;
    }
    size_t size = strlen(noema_document_json(document)) + 3;
    array = allocate(size, 1);
    snprintf(array, size, "[%s]", noema_document_json(document));
    noema_document_free(document);
    return array;
}

typedef struct proof {
    int64_t accounts, entries, checkpoints;
    bool proved, keyed;
} proof;

static void
add_report(proof *to, const noema_document *report)
{
    int64_t accounts = 0, entries = 0, checkpoints = 0;
    noema_document_integer(report, "/accounts", &accounts);
    noema_document_integer(report, "/entries", &entries);
    noema_document_integer(report, "/checkpoints", &checkpoints);
    noema_document_bool(report, "/keyed", &to->keyed);
    to->accounts += accounts;
    to->entries += entries;
    to->checkpoints += checkpoints;
}

/* Part by part, until the report names no next one. */
static proof
verify_all(const char *checkpoints)
{
    proof all = {.proved = true};
    const char *next = NULL;
    noema_document *report = NULL, *before = NULL;
    do {
        noema_error error;
        noema_status status = noema_ledger_verify(db, NULL, next, checkpoints, &report, &error);
        noema_document_free(before); /* next was in it */
        before = report;
        add_report(&all, report);
        if (status != NOEMA_OK) {
            all.proved = false;
            complain("verify", report == NULL ? error.message : noema_document_json(report));
        }
    } while (noema_document_text(report, "/next", &next));
    noema_document_free(report);
    return all;
}

#endif
