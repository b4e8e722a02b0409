/* Books by the law, encodes and chains as the engine's store does. */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"
#include "transactions/store.h"

int
ledger_setup(void **state)
{
    ledger *made = nd_new(sizeof(*made));
    nd_secret *secret = nd_secret_new("a secret of thirty-two bytes....", 32);
    made->arena = nd_arena_new();
    nd_hash_key_make(secret, &made->key);
    nd_secret_free(secret);
    made->law = (nd_law){{LEDGER_START}, made->arena};
    nd_economy_birth(&made->economy,
                     (nd_id){
                         {0xac, 1}
    },
                     &made->law);
    nd_problems_init(&made->problems);
    *state = made;
    return 0;
}

int
ledger_teardown(void **state)
{
    ledger *gone = *state;
    nd_problems_free(&gone->problems);
    nd_arena_free(gone->arena);
    nd_delete(gone);
    return 0;
}

/* ---- what happens ------------------------------------------------------------------------------- */

static nd_bson
chained(ledger *on, nd_entry *entry, nd_hash *head)
{
    nd_statements inserts;
    bson_iter_t at;
    bson_iter_t inside;
    uint32_t length;
    const uint8_t *bytes;
    memset(&entry->hash, 0, sizeof(entry->hash));
    nd_statements_begin(&inserts, "insert", "transactions");
    nd_entry_append(&inserts, entry, &on->key, head);
    nd_statements_end(&inserts, false);
    assert_true(bson_iter_init(&at, &inserts.command) &&
                bson_iter_find_descendant(&at, "documents.0", &inside));
    bson_iter_document(&inside, &length, &bytes);
    const nd_bson document = {nd_arena_copy(on->arena, bytes, length), length};
    nd_statements_free(&inserts);
    return document;
}

static nd_entry
store(ledger *on, nd_entry *entry)
{
    nd_bson *document = nd_list_push(&on->documents, sizeof(*document), on->arena);
    *document = chained(on, entry, &on->economy.head);
    return *entry;
}

static nd_request
request(ledger *on, nd_entry_type type, int64_t usd, const char *key)
{
    on->law.now.ms++;
    return (nd_request){.type = {(int32_t)type},
                        .named = on->economy.account,
                        .key = nd_arena_string(on->arena, key),
                        .amount = {usd * USD},
                        .description = nd_arena_string(on->arena, "what the user reads")};
}

static void
must(noema_status status, const noema_error *error)
{
    if (status != NOEMA_OK) {
        print_error("%s\n", error->message);
        fail();
    }
}

nd_entry
ledger_credit(ledger *on, int64_t usd, const char *key)
{
    nd_entry entry;
    noema_error error;
    const nd_request ask = request(on, ND_ENTRY_CREDIT, usd, key);
    must(nd_economy_credit(&on->economy, &on->law, &ask, &entry, &error), &error);
    return store(on, &entry);
}

nd_entry
ledger_bonus(ledger *on, int64_t usd, nd_time expires, const char *key)
{
    nd_entry entry;
    noema_error error;
    nd_request ask = request(on, ND_ENTRY_BONUS, usd, key);
    ask.expires = expires;
    must(nd_economy_bonus(&on->economy, &on->law, &ask, &entry, &error), &error);
    return store(on, &entry);
}

nd_entry
ledger_debit(ledger *on, int64_t usd, const char *key)
{
    nd_entry entry;
    noema_error error;
    const nd_request ask = request(on, ND_ENTRY_DEBIT, usd, key);
    must(nd_economy_debit(&on->economy, &on->law, &ask, &entry, &error), &error);
    return store(on, &entry);
}

nd_entry
ledger_refund(ledger *on, const nd_entry *original, int64_t refunded, int64_t usd, const char *key)
{
    nd_entry entry;
    noema_error error;
    const nd_request ask = request(on, ND_ENTRY_REFUND, usd, key);
    must(nd_economy_refund(&on->economy, &on->law, &ask, original, (nd_money){refunded * USD},
                           &entry, &error),
         &error);
    return store(on, &entry);
}

nd_entry
ledger_exp(ledger *on, int64_t exp, const char *key)
{
    nd_entry entry;
    noema_error error;
    nd_request ask = request(on, ND_ENTRY_EXP, 0, key);
    ask.exp = exp;
    must(nd_economy_add_exp(&on->economy, &on->law, &ask, &entry, &error), &error);
    return store(on, &entry);
}

nd_entry
ledger_void(ledger *on, const char *key)
{
    nd_entry entry;
    const nd_request ask = request(on, ND_ENTRY_VOID, 0, key);
    nd_economy_void(&on->economy, &on->law, &ask, &entry);
    return store(on, &entry);
}

uint32_t
ledger_expire(ledger *on)
{
    nd_entry entry;
    uint32_t count = 0;
    while (nd_economy_expire(&on->economy, &on->law, &entry)) {
        store(on, &entry);
        count++;
    }
    return count;
}

void
ledger_fill(ledger *on)
{
    const nd_time week = {LEDGER_START + 7 * (int64_t)DAY};
    const nd_time month = {LEDGER_START + 30 * (int64_t)DAY};
    ledger_credit(on, 10, "stripe:1");
    ledger_bonus(on, 3, week, "bonus:1");
    ledger_bonus(on, 2, month, "bonus:2");
    ledger_bonus(on, 4, (nd_time){0}, "bonus:3");
    nd_entry debit = ledger_debit(on, 4, "debit:1");
    ledger_refund(on, &debit, 0, 2, "refund:1");
    ledger_refund(on, &debit, 2, 1, "refund:2");
    ledger_exp(on, 25, "exp:1");
    ledger_void(on, "void:1");
    ledger_exp(on, -5, "exp:2");
    nd_entry all = ledger_debit(on, 12, "debit:2");
    on->law.now.ms = week.ms + 1;
    ledger_expire(on);
    ledger_refund(on, &all, 0, 12, "refund:3");
    ledger_bonus(on, 1, month, "bonus:4");
    on->law.now.ms = month.ms + 40 * (int64_t)DAY;
    ledger_expire(on);
    ledger_debit(on, 1, "debit:3");
    on->economy.seal = nd_economy_seal(&on->economy, &on->key);
}

/* ---- tampering ---------------------------------------------------------------------------------- */

static uint32_t
index_of(ledger *on, int64_t seq)
{
    nd_bson *documents = on->documents.items;
    for (uint32_t i = 0; i < on->documents.count; i++) {
        nd_step step;
        nd_step_read(documents[i], &step, on->arena);
        if (step.seq == seq) {
            return i;
        }
    }
    fail_msg("no entry %lld", (long long)seq);
    return 0;
}

nd_entry
ledger_entry(ledger *on, int64_t seq)
{
    nd_step step;
    nd_step_read(((nd_bson *)on->documents.items)[index_of(on, seq)], &step, on->arena);
    assert_true(step.readable);
    return step.entry;
}

static nd_bson
encoded(ledger *on, const nd_entry *entry)
{
    bson_t document = BSON_INITIALIZER;
    nd_schema_encode(&nd_entry_table, entry, &document);
    nd_bson copy = nd_bson_copy(&document, on->arena);
    bson_destroy(&document);
    return copy;
}

void
ledger_put(ledger *on, uint32_t at, const nd_entry *entry)
{
    ((nd_bson *)on->documents.items)[at] = encoded(on, entry);
}

void
ledger_replace(ledger *on, int64_t seq, const nd_entry *entry)
{
    ledger_put(on, index_of(on, seq), entry);
}

void
ledger_delete(ledger *on, int64_t seq)
{
    nd_list_remove(&on->documents, index_of(on, seq), sizeof(nd_bson));
}

void
ledger_insert(ledger *on, uint32_t at, const nd_entry *entry)
{
    nd_bson *document = nd_list_insert(&on->documents, at, sizeof(*document), on->arena);
    *document = encoded(on, entry);
}

void
ledger_rechain(ledger *on, int64_t seq)
{
    nd_hash head = {{0}};
    if (seq > 1) {
        head = ledger_entry(on, seq - 1).hash;
    }
    nd_bson *documents = on->documents.items;
    for (uint32_t i = index_of(on, seq); i < on->documents.count; i++) {
        nd_step step;
        nd_step_read(documents[i], &step, on->arena);
        documents[i] = chained(on, &step.entry, &head);
    }
    on->economy.head = head;
}

/* ---- the proof ---------------------------------------------------------------------------------- */

int64_t
ledger_prove(ledger *on, size_t page)
{
    size_t count = on->documents.count;
    nd_step *steps = nd_arena_take(on->arena, (count + 1) * sizeof(*steps));
    nd_proof proof = {&on->key, &on->problems, on->arena, on->economy.seq,
                      nd_marks_of(&on->marks, on->economy.account, -1)};
    nd_problems_free(&on->problems);
    nd_problems_init(&on->problems);
    nd_trail_begin(&on->trail, on->economy.account);
    nd_marks_meet(&proof.marks, 0, &on->trail.head, &on->problems);
    for (size_t i = 0; i < count; i++) {
        nd_step_read(((nd_bson *)on->documents.items)[i], &steps[i], on->arena);
    }
    for (size_t from = 0; from < count; from += page) {
        size_t judged = count - from < page ? count - from : page;
        size_t seen =
            judged + ND_TRAIL_WINDOW < count - from ? judged + ND_TRAIL_WINDOW : count - from;
        for (size_t i = 0; i < judged; i++) {
            (void)nd_trail_on(&on->trail, &proof, steps + from, seen, i);
        }
    }
    nd_trail_end(&on->trail, &proof, &on->economy);
    return nd_problems_count(&on->problems);
}

static void
print_problems(ledger *on)
{
    char *text = nd_json_text(on->problems.list);
    print_message("%s\n", text);
    nd_delete(text);
}

void
ledger_require_clean(ledger *on)
{
    if (ledger_prove(on, 1000) != 0 || ledger_prove(on, 3) != 0) {
        print_problems(on);
        fail();
    }
}

static bool
is_among(ledger *on, const char *rule, int64_t seq)
{
    for (size_t i = 0; i < nd_json_length(on->problems.list); i++) {
        const nd_json *problem = nd_json_at(on->problems.list, i);
        if (strcmp(nd_json_string(nd_json_get(problem, "rule")), rule) == 0 &&
            nd_json_integer(nd_json_get(problem, "seq")) == seq) {
            return true;
        }
    }
    return false;
}

void
ledger_require_among(ledger *on, const char *rule, int64_t seq)
{
    if (!is_among(on, rule, seq)) {
        print_problems(on);
        fail_msg("no %s at %lld", rule, (long long)seq);
    }
}

void
ledger_require(ledger *on, const char *rule, int64_t seq)
{
    static const size_t pages[] = {1000, 5, 1};
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        int64_t count = ledger_prove(on, pages[i]);
        ledger_require_among(on, rule, seq);
        if (count != 1) {
            print_problems(on);
            fail_msg("%lld problems, in pages of %zu", (long long)count, pages[i]);
        }
    }
}
