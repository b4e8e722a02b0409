/* The law as a player: names become ids, answers become the model's. */
#include "player.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/id.h"
#include "core/memory.h"
#include "engine/books.h"
#include "engine/command.h"

struct player {
    nd_arena *arena;
    nd_books books;
};

static nd_id
account_id(int account)
{
    nd_id id = {{0}};
    id.bytes[0] = 0xa0;
    id.bytes[11] = (uint8_t)(account + 1);
    return id;
}

static int
account_of(const noema_id *id)
{
    for (int i = 0; i < MODEL_ACCOUNTS; i++) {
        if (strcmp(nd_id_public(account_id(i)).text, id->text) == 0) {
            return i;
        }
    }
    return -1;
}

player *
player_new(void)
{
    player *made = nd_new(sizeof(*made));
    made->arena = nd_arena_new();
    nd_books_init(&made->books, made->arena);
    nd_books_clear(&made->books, (nd_time){0});
    for (int i = 0; i < MODEL_ACCOUNTS; i++) {
        nd_books_account(&made->books, account_id(i))->is_user = true;
    }
    return made;
}

void
player_free(player *self)
{
    nd_books_free(&self->books);
    nd_arena_free(self->arena);
    nd_delete(self);
}

static nd_text
text_of(player *self, const char *kind, int number)
{
    char text[32];
    snprintf(text, sizeof(text), "%s:%d", kind, number);
    return nd_arena_string(self->arena, text);
}

static nd_id
money_record(player *self, int account, int key)
{
    return nd_record_id(ND_DOMAIN_MONEY, account_id(account), text_of(self, "key", key), 0);
}

static nd_id
run_record(player *self, int account, int key)
{
    return nd_run_id(account_id(account), text_of(self, "run", key));
}

static const struct {
    nd_kind kind;
    nd_entry_type type;
} kinds[] = {
    [MODEL_CREDIT] = {ND_CREDIT,       ND_ENTRY_CREDIT},
    [MODEL_BONUS] = {ND_BONUS,        ND_ENTRY_BONUS },
    [MODEL_DEBIT] = {ND_DEBIT,        ND_ENTRY_DEBIT },
    [MODEL_REFUND] = {ND_REFUND,       ND_ENTRY_REFUND},
    [MODEL_REFUND_ALL] = {ND_REFUND,       ND_ENTRY_REFUND},
    [MODEL_ADD_EXP] = {ND_ADD_EXP,      ND_ENTRY_EXP   },
    [MODEL_VOID] = {ND_VOID,         ND_ENTRY_VOID  },
    [MODEL_VOID_PAYMENT] = {ND_VOID_PAYMENT, ND_ENTRY_VOID  },
    [MODEL_START] = {ND_START,        0              },
    [MODEL_SETTLE] = {ND_SETTLE,       0              },
    [MODEL_REAP] = {ND_TIME_OUT,     0              },
    [MODEL_VOID_RUN] = {ND_VOID_RUN,     0              },
};

static void
add_account(nd_command *to, nd_id account)
{
    to->accounts[to->account_count++] = account;
}

static void
fill_money(player *self, const model_command *from, nd_command *to)
{
    bool payment = from->kind == MODEL_CREDIT || from->kind == MODEL_VOID_PAYMENT;
    nd_request *request = &to->request;
    request->type.at = kinds[from->kind].type;
    request->named = account_id(from->account);
    request->key = text_of(self, payment ? "payment" : "key", from->key);
    request->amount.nano = from->kind == MODEL_REFUND_ALL ? 0 : from->amount;
    if (from->kind == MODEL_BONUS) {
        request->expires.ms = from->expires;
    }
    if (from->kind == MODEL_ADD_EXP) {
        request->exp = from->exp;
        request->amount.nano = 0;
    }
    if (from->kind == MODEL_VOID || from->kind == MODEL_VOID_PAYMENT) {
        request->amount.nano = 0;
    }
    if (from->kind == MODEL_DEBIT && from->up_to) {
        request->mode.at = ND_MODE_UP_TO;
    }
    if (from->kind == MODEL_REFUND_ALL) {
        request->mode.at = ND_MODE_ALL;
    }
    if (from->kind != MODEL_VOID_PAYMENT) {
        add_account(to, request->named);
    }
    to->record =
        payment ? nd_record_id(ND_DOMAIN_MONEY, nd_id_none, request->key, 0) : nd_entry_id(request);
}

static void
fill_start(player *self, const model_command *from, nd_command *to)
{
    nd_start *start = &to->start;
    start->owner = account_id(from->account);
    start->key = text_of(self, "run", from->key);
    start->payer = from->payer < 0 ? nd_id_none : account_id(from->payer);
    start->fallback = from->fallback < 0 ? nd_id_none : account_id(from->fallback);
    start->tool = text_of(self, "tool", from->tool);
    start->hold.nano = from->hold;
    start->rate.amount.nano = from->rate;
    start->rate.unit.at = from->rate == 0 ? 0 : 1;
    start->lifetime_ms = from->lifetime;
    to->record = nd_run_id(start->owner, start->key);
    for (int i = 0; i < MODEL_ACCOUNTS; i++) {
        if (i == from->account || i == from->payer || i == from->fallback) {
            add_account(to, account_id(i));
        }
    }
}

static void
fill_settle(player *self, const model_command *from, nd_command *to)
{
    to->run = run_record(self, from->account, from->target);
    to->settle.state.at = from->state;
    to->settle.price = from->price;
    to->settle.charge.nano = from->price == NOEMA_PRICE_AMOUNT ? from->charge : 0;
    to->settle.units_milli = from->price == NOEMA_PRICE_UNITS ? from->units_milli : 0;
    to->settle.overrun.at = from->overrun + 1;
    to->settle.exp = from->exp;
    const nd_run_page *page = nd_books_find_run(&self->books, to->run);
    if (page != NULL) {
        add_account(to, nd_id_is_none(page->now.payer) ? page->now.owner : page->now.payer);
    }
}

/* What the engine's resolver does: false, and the answer, when there is nothing of that name. */
static bool
resolve_refund(player *self, const model_command *from, nd_command *to, model_answer *answer)
{
    if (from->of_run) {
        to->run = run_record(self, from->account, from->target);
        to->request.run = to->run;
        const nd_run_page *page = nd_books_find_run(&self->books, to->run);
        if (page == NULL) {
            answer->status = NOEMA_NOT_FOUND;
            snprintf(answer->field, sizeof(answer->field), "run");
            return false;
        }
        to->request.named = nd_id_is_none(page->now.payer) ? page->now.owner : page->now.payer;
    } else {
        to->entry = money_record(self, from->account, from->target);
        to->request.refund_of = to->entry;
        if (nd_books_find_entry(&self->books, to->entry) == NULL) {
            answer->status = NOEMA_NOT_FOUND;
            snprintf(answer->field, sizeof(answer->field), "entry");
            return false;
        }
    }
    to->accounts[0] = to->request.named;
    to->record = nd_entry_id(&to->request);
    return true;
}

static void
take_answer(const model_command *command, const nd_command *from, model_answer *answer)
{
    const noema_receipt *receipt = &from->answer.receipt;
    const noema_error *error = &from->answer.error;
    answer->status = receipt->status;
    snprintf(answer->field, sizeof(answer->field), "%.31s", error->field);
    snprintf(answer->reason, sizeof(answer->reason), "%.31s", error->reason);
    answer->needed = error->needed;
    answer->error_available = error->available;
    uint32_t flags = receipt->flags | from->answer.run.flags;
    /* The reaper tells by its flags what it did itself; the model has no word for it. */
    if (command->kind == MODEL_REAP) {
        flags = 0;
    }
    answer->replayed = (flags & NOEMA_REPLAYED) != 0;
    answer->partial = (flags & NOEMA_PARTIAL) != 0;
    answer->voided = (flags & NOEMA_VOIDED) != 0;
    answer->account = account_of(&receipt->account);
    answer->amount = receipt->amount;
    answer->promo = receipt->promo;
    answer->shortfall = receipt->shortfall;
    answer->exp = receipt->exp;
    answer->seq = receipt->seq;
    answer->balance = receipt->balance;
    answer->held = receipt->held;
    answer->available = receipt->available;
    answer->run_state = from->answer.run.state;
    answer->run_charged = from->answer.run.charged;
    answer->run_refunded = from->answer.run.refunded;
    answer->run_short = from->answer.run.shortfall;
}

static void
set_status(player *self, const model_command *command)
{
    nd_account_page *page = nd_books_account(&self->books, account_id(command->account));
    if (nd_id_is_none(page->now.account)) {
        nd_economy_birth(&page->now, page->id, &self->books.law);
    }
    page->now.status.at = command->state;
    page->written = true;
    nd_economy_touch(&page->now, &self->books.law);
}

static bool
settles_without_price(const model_command *command)
{
    return command->kind == MODEL_SETTLE && command->state == NOEMA_RUN_COMPLETED &&
           command->price == 0;
}

void
player_apply(player *self, int64_t now, const model_command *command, model_answer *answer)
{
    nd_command made = {0};
    memset(answer, 0, sizeof(*answer));
    self->books.law.now.ms = now;
    if (command->kind == MODEL_SET_STATUS) {
        set_status(self, command);
        answer->account = -1;
        return;
    }
    made.kind = kinds[command->kind].kind;
    if (settles_without_price(command)) { /* refused at the door */
        answer->status = NOEMA_INVALID;
        snprintf(answer->field, sizeof(answer->field), "price");
        return;
    }
    if (command->kind <= MODEL_VOID_PAYMENT) {
        fill_money(self, command, &made);
    } else if (command->kind == MODEL_START || command->kind == MODEL_VOID_RUN) {
        fill_start(self, command, &made);
    } else {
        fill_settle(self, command, &made);
    }
    bool refund = command->kind == MODEL_REFUND || command->kind == MODEL_REFUND_ALL;
    if (refund && !resolve_refund(self, command, &made, answer)) {
        return;
    }
    nd_fold(&self->books, &made);
    take_answer(command, &made, answer);
}

/* ---- comparing ---------------------------------------------------------------------------------- */

#define DIFFERS(member)                                                                            \
    (expected->member != found->member &&                                                          \
     snprintf(difference, size, #member ": model %lld, law %lld (status %s / %s, field %s / %s)",  \
              (long long)expected->member, (long long)found->member,                               \
              nd_status_name(expected->status), nd_status_name(found->status), expected->field,    \
              found->field) > 0)

static bool
entries_differ(const model_answer *expected, const model_answer *found, char *difference,
               size_t size)
{
    return DIFFERS(account) || DIFFERS(amount) || DIFFERS(promo) || DIFFERS(shortfall) ||
           DIFFERS(exp) || DIFFERS(seq) || DIFFERS(balance);
}

static bool
states_differ(const model_answer *expected, const model_answer *found, char *difference,
              size_t size)
{
    return DIFFERS(replayed) || DIFFERS(partial) || DIFFERS(voided) || DIFFERS(held) ||
           DIFFERS(available) || DIFFERS(run_state) || DIFFERS(run_charged) ||
           DIFFERS(run_refunded) || DIFFERS(run_short);
}

static bool
names_field(noema_status status)
{
    return status == NOEMA_INVALID || status == NOEMA_KEY_REUSED || status == NOEMA_LIMIT;
}

static void
compare_answers(const model_answer *expected, const model_answer *found, char *difference,
                size_t size)
{
    if (DIFFERS(status)) {
        return;
    }
    if (expected->status == NOEMA_OK) {
        (void)(entries_differ(expected, found, difference, size) ||
               states_differ(expected, found, difference, size));
        return;
    }
    if (DIFFERS(needed) || DIFFERS(error_available) || DIFFERS(run_state)) {
        return;
    }
    bool same = !names_field(expected->status) || strcmp(expected->field, found->field) == 0;
    if (!same || strcmp(expected->reason, found->reason) != 0) {
        snprintf(difference, size, "%s: model %s %s, law %s %s", nd_status_name(expected->status),
                 expected->field, expected->reason, found->field, found->reason);
    }
}

static bool
grants_differ(const model_account *expected, const nd_economy *found)
{
    const nd_grant *grants = found->grants.items;
    if ((uint32_t)expected->grant_count != found->grants.count) {
        return true;
    }
    for (uint32_t i = 0; i < found->grants.count; i++) {
        if (grants[i].expires.ms != expected->grants[i].expires ||
            grants[i].amount.nano != expected->grants[i].amount) {
            return true;
        }
    }
    return false;
}

static void
compare_account(player *self, int account, const model_account *expected, char *difference,
                size_t size)
{
    const nd_account_page *page = nd_books_account(&self->books, account_id(account));
    const nd_economy *found = &page->now;
    const char *unsound = nd_economy_unsound(found);
    if (unsound != NULL) {
        snprintf(difference, size, "account %d: %s", account, unsound);
    } else if (page->written != expected->exists) {
        snprintf(difference, size, "account %d: born differs", account);
    } else if (expected->exists &&
               (found->credit.nano != expected->credit || found->held.nano != expected->held ||
                found->exp != expected->exp || found->seq != expected->seq ||
                grants_differ(expected, found))) {
        snprintf(difference, size,
                 "account %d: model %lld held %lld exp %lld seq %lld grants %d, law %lld held %lld "
                 "exp %lld seq %lld grants %u",
                 account, (long long)expected->credit, (long long)expected->held,
                 (long long)expected->exp, (long long)expected->seq, expected->grant_count,
                 (long long)found->credit.nano, (long long)found->held.nano, (long long)found->exp,
                 (long long)found->seq, found->grants.count);
    }
}

void
player_compare(player *self, const model *expecting, const model_answer *expected,
               const model_answer *found, char *difference, size_t size)
{
    compare_answers(expected, found, difference, size);
    if (self->books.breach[0] != '\0') {
        snprintf(difference, size, "%s", self->books.breach);
    }
    for (int i = 0; i < MODEL_ACCOUNTS && difference[0] == '\0'; i++) {
        compare_account(self, i, model_account_at(expecting, i), difference, size);
    }
}
