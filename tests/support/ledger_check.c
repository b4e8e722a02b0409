#include "support/ledger_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ledger_values.h"

/* ---- what is kept while reading ------------------------------------------------------------------ */

typedef struct account_line {
    bson_oid_t id;
    int64_t credit;
    int64_t held;
    int64_t limit;
    int64_t grants;
    int64_t seq;
    int64_t entries; /* as counted */
    int64_t open;    /* holds, as summed over runs */
} account_line;

typedef struct entry_line {
    bson_oid_t id;
    bson_oid_t run;
    bson_oid_t refund_of;
    int64_t amount;
    bool charges;
    int64_t refunded;
} entry_line;

typedef struct key_line {
    char *text;
} key_line;

typedef struct rows {
    void *items;
    size_t count;
    size_t room;
} rows;

typedef struct reading {
    mongoc_client_t *client;
    const char *database;
    ledger_report *report;
    rows accounts;      /* of account_line, by id */
    rows entries;       /* of entry_line, by id once all are read */
    rows keys;          /* of key_line */
    bson_oid_t chained; /* whose entries are being read, and the last of them */
    int64_t seq;
    int64_t after;
    int64_t time;
} reading;

static void *
add_row(rows *to, size_t size)
{
    if (to->count == to->room) {
        to->room = to->room * 2 + 64;
        to->items = realloc(to->items, to->room * size);
        if (to->items == NULL) {
            abort();
        }
    }
    void *made = (char *)to->items + to->count++ * size;
    memset(made, 0, size);
    return made;
}

/* Both kinds of line begin with their id. */
static int
by_id(const void *a, const void *b)
{
    return bson_oid_compare(a, b);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(((const key_line *)a)->text, ((const key_line *)b)->text);
}

static void *
find_row(const rows *in, size_t size, const bson_oid_t *id)
{
    return in->count == 0 ? NULL : bsearch(id, in->items, in->count, size, by_id);
}

static account_line *
account_of(const reading *of, const bson_oid_t *id)
{
    return find_row(&of->accounts, sizeof(account_line), id);
}

static void __attribute__((format(printf, 3, 4)))
blame(const reading *of, const bson_oid_t *id, const char *format, ...)
{
    ledger_report *report = of->report;
    size_t used = strlen(report->words);
    char what[160];
    char hex[25];
    va_list rest;
    va_start(rest, format);
    (void)vsnprintf(what, sizeof what, format, rest);
    va_end(rest);
    bson_oid_to_string(id, hex);
    (void)snprintf(report->words + used, sizeof report->words - used, "%s: %s\n", hex, what);
    report->problems++;
}

static void
note_key(reading *of, const char *space, const bson_oid_t *owner, const char *key)
{
    char hex[25];
    bson_oid_to_string(owner, hex);
    size_t size = strlen(space) + sizeof hex + strlen(key) + 3;
    key_line *line = add_row(&of->keys, sizeof *line);
    line->text = malloc(size);
    if (line->text == NULL) {
        abort();
    }
    (void)snprintf(line->text, size, "%s %s %s", space, hex, key);
}

/* ---- one document -------------------------------------------------------------------------------- */

static void
read_account(reading *of, const bson_t *document)
{
    account_line *line = add_row(&of->accounts, sizeof *line);
    line->id = stored_id(document, "masterAccountId");
    line->credit = stored_money(document, "usdCredit");
    line->held = stored_money(document, "heldUsd");
    line->limit = stored_money(document, "overdraftLimitUsd");
    line->grants = stored_sum(document, "grants", "amountUsd");
    line->seq = stored_integer(document, "seq");
    of->report->accounts++;
}

/* Entries come by account and seq. */
static void
check_chain(reading *of, const bson_t *document, const bson_oid_t *account)
{
    if (!bson_oid_equal(&of->chained, account)) {
        of->chained = *account;
        of->seq = 0;
        of->after = 0;
        of->time = 0;
    }
    int64_t seq = stored_integer(document, "seq");
    int64_t before = stored_money(document, "balanceBeforeUsd");
    int64_t after = stored_money(document, "balanceAfterUsd");
    int64_t time = stored_time(document, "timestamp");
    if (seq != of->seq + 1) {
        blame(of, account, "entry %lld follows %lld", (long long)seq, (long long)of->seq);
    }
    if (before != of->after || after != before + stored_money(document, "amountUsd")) {
        blame(of, account, "the balances of entry %lld do not add up", (long long)seq);
    }
    if (time < of->time) {
        blame(of, account, "entry %lld is older than the one before", (long long)seq);
    }
    of->seq = seq;
    of->after = after;
    of->time = time;
}

/* A payment's key belongs to nobody; any other to the account as it was named. */
static void
check_key(reading *of, const bson_t *document, const bson_oid_t *account)
{
    bson_oid_t owner = stored_id(document, "namedAccountId");
    bool payment = id_is_zero(account) || strcmp(stored_text(document, "type"), "credit") == 0;
    if (id_is_zero(&owner)) {
        owner = *account;
    }
    if (payment) {
        memset(&owner, 0, sizeof owner);
    }
    note_key(of, "key", &owner, stored_text(document, "idempotencyKey"));
}

static void
read_entry(reading *of, const bson_t *document)
{
    bson_oid_t account = stored_id(document, "masterAccountId");
    entry_line *line = add_row(&of->entries, sizeof *line);
    line->id = stored_id(document, "_id");
    line->run = stored_id(document, "executionId");
    line->refund_of = stored_id(document, "refundOf");
    line->amount = stored_money(document, "amountUsd");
    line->charges = strcmp(stored_text(document, "type"), "charge") == 0;
    of->report->entries++;
    check_key(of, document, &account);
    if (id_is_zero(&account)) {
        return; /* a payment that was voided: in nobody's chain */
    }
    check_chain(of, document, &account);
    account_line *owner = account_of(of, &account);
    if (owner == NULL) {
        blame(of, &account, "has entries and no userEconomy");
        return;
    }
    owner->entries++;
    /* The last one stays. */
    if (owner->entries == owner->seq && of->after != owner->credit) {
        blame(of, &account, "usdCredit is not what the last entry says");
    }
}

static bool
is_open(const char *status)
{
    return strcmp(status, "pending") == 0 || strcmp(status, "queued") == 0 ||
           strcmp(status, "processing") == 0;
}

/* What its entries say of a run. */
static void
check_charge(const reading *of, const bson_t *document, const bson_oid_t *id)
{
    bson_oid_t charge = stored_id(document, "settled.entryId");
    const entry_line *entry = find_row(&of->entries, sizeof *entry, &charge);
    int64_t charged = stored_money(document, "chargedUsd");
    int64_t refunded = stored_money(document, "refundedUsd");
    if (id_is_zero(&charge) ? charged != 0 : entry == NULL) {
        blame(of, id, "its charge has no entry");
    } else if (entry != NULL && (entry->amount != -charged || entry->refunded != refunded ||
                                 !bson_oid_equal(&entry->run, id))) {
        blame(of, id, "charged or refunded is not what its entries say");
    }
}

static void
read_run(reading *of, const bson_t *document)
{
    bson_oid_t id = stored_id(document, "_id");
    bson_oid_t owner = stored_id(document, "masterAccountId");
    bson_oid_t payer = stored_id(document, "payerAccountId");
    int64_t open = stored_money(document, "holdOpenUsd");
    account_line *account = account_of(of, &payer);
    of->report->runs++;
    note_key(of, "run", &owner, stored_text(document, "idempotencyKey"));
    check_charge(of, document, &id);
    if (!is_open(stored_text(document, "status"))) {
        if (open != 0) {
            blame(of, &id, "it has ended, and still holds");
        }
    } else if (account == NULL) {
        blame(of, &id, "it is open, and its payer has no userEconomy");
    } else {
        account->open += open;
    }
}

/* ---- what is seen at the end --------------------------------------------------------------------- */

static void
sum_refunds(reading *of)
{
    entry_line *lines = of->entries.items;
    if (of->entries.count > 0) {
        qsort(lines, of->entries.count, sizeof *lines, by_id);
    }
    for (size_t i = 0; i < of->entries.count; i++) {
        entry_line *original = find_row(&of->entries, sizeof *original, &lines[i].refund_of);
        if (id_is_zero(&lines[i].refund_of)) {
            continue;
        }
        if (original == NULL) {
            blame(of, &lines[i].id, "it gives back an entry that is not there");
            continue;
        }
        original->refunded += lines[i].amount;
        if (original->refunded > -original->amount) {
            blame(of, &original->id, "more was given back than it took");
        }
    }
}

static void
check_keys(reading *of)
{
    key_line *lines = of->keys.items;
    const bson_oid_t nobody = {{0}};
    if (of->keys.count > 0) {
        qsort(lines, of->keys.count, sizeof *lines, by_text);
    }
    for (size_t i = 1; i < of->keys.count; i++) {
        if (strcmp(lines[i - 1].text, lines[i].text) == 0) {
            blame(of, &nobody, "twice: %s", lines[i].text);
        }
    }
}

static void
check_accounts(const reading *of)
{
    const account_line *lines = of->accounts.items;
    for (size_t i = 0; i < of->accounts.count; i++) {
        const account_line *line = &lines[i];
        if (i > 0 && bson_oid_equal(&lines[i - 1].id, &line->id)) {
            blame(of, &line->id, "has two userEconomy");
        }
        if (line->entries != line->seq) {
            blame(of, &line->id, "has %lld entries, and says %lld", (long long)line->entries,
                  (long long)line->seq);
        }
        if (line->entries == 0 && line->credit != 0) {
            blame(of, &line->id, "has credit that no entry gave");
        }
        if (line->held != line->open) {
            blame(of, &line->id, "holds %lld, its open runs %lld", (long long)line->held,
                  (long long)line->open);
        }
        if (line->credit - line->held < -line->limit) {
            blame(of, &line->id, "is below zero: %lld", (long long)line->credit);
        }
        if (line->grants > (line->credit > 0 ? line->credit : 0)) {
            blame(of, &line->id, "was given more than it has");
        }
    }
}

/* ---- reading ------------------------------------------------------------------------------------- */

static void
read_all(reading *of, const char *collection, bson_t *options,
         void (*read)(reading *, const bson_t *))
{
    const bson_t everything = BSON_INITIALIZER;
    const bson_t *document;
    const bson_oid_t nobody = {{0}};
    bson_error_t error;
    mongoc_collection_t *in = mongoc_client_get_collection(of->client, of->database, collection);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(in, &everything, options, NULL);
    while (mongoc_cursor_next(cursor, &document)) {
        read(of, document);
    }
    if (mongoc_cursor_error(cursor, &error)) {
        blame(of, &nobody, "%s can't be read: %.100s", collection, error.message);
    }
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(in);
    bson_destroy(options);
}

static void
free_rows(reading *of)
{
    key_line *lines = of->keys.items;
    for (size_t i = 0; i < of->keys.count; i++) {
        free(lines[i].text);
    }
    free(of->accounts.items);
    free(of->entries.items);
    free(of->keys.items);
}

void
ledger_check(mongoc_client_t *client, const char *database, ledger_report *report)
{
    reading of = {.client = client, .database = database, .report = report};
    memset(report, 0, sizeof *report);
    read_all(&of, "userEconomy", BCON_NEW("sort", "{", "masterAccountId", BCON_INT32(1), "}"),
             read_account);
    read_all(&of, "transactions",
             BCON_NEW("sort", "{", "masterAccountId", BCON_INT32(1), "seq", BCON_INT32(1), "}",
                      "allowDiskUse", BCON_BOOL(true)),
             read_entry);
    sum_refunds(&of);
    read_all(&of, "workflowExecutions", BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}"), read_run);
    check_keys(&of);
    check_accounts(&of);
    free_rows(&of);
}
