/* The keyed kinds that leave an entry: credit, bonus, debit, refund, exp, void. A command is first
 * written down as the entry it asks for; that is what a replay is compared with. */
#include "model_private.h"

#include <stddef.h>

/* Says what comes of the entry and moves the grants, or refuses and leaves all as it was. */
typedef noema_status money_law(model *m, int64_t now, const model_command *command,
                               model_entry *entry, model_answer *answer);

static bool
is_refund(const model_command *command)
{
    return command->kind == MODEL_REFUND || command->kind == MODEL_REFUND_ALL;
}

/* Credit beyond the range that money has. */
static bool
is_too_much(const model_account *account, int64_t amount)
{
    return (model_wide)account->credit + amount > MODEL_MONEY_MAX;
}

static noema_status
credit(model *m, int64_t now, const model_command *command, model_entry *entry,
       model_answer *answer)
{
    (void)now;
    (void)command;
    if (is_too_much(&m->accounts[entry->account], entry->requested)) {
        return model_refuse(answer, NOEMA_LIMIT, "amount", "");
    }
    entry->amount = entry->requested;
    return NOEMA_OK;
}

static noema_status
bonus(model *m, int64_t now, const model_command *command, model_entry *entry, model_answer *answer)
{
    model_account *account = &m->accounts[entry->account];
    if (command->expires != 0 && command->expires <= now) {
        return model_refuse(answer, NOEMA_INVALID, "expires_at", "");
    }
    if (is_too_much(account, entry->requested)) {
        return model_refuse(answer, NOEMA_LIMIT, "amount", "");
    }
    int64_t debt = model_min(0, account->credit);
    int64_t grant = model_max(0, debt + entry->requested);
    if (grant > 0 && !model_grant_fits(account, command->expires)) {
        return model_refuse(answer, NOEMA_LIMIT, "grants", "");
    }
    if (grant > 0) {
        model_grant_add(account, command->expires, grant);
    }
    entry->amount = entry->requested;
    entry->promo = grant;
    return NOEMA_OK;
}

static noema_status
debit(model *m, int64_t now, const model_command *command, model_entry *entry, model_answer *answer)
{
    (void)now;
    (void)command;
    model_account *account = &m->accounts[entry->account];
    int64_t available = model_available(account);
    int64_t done = entry->requested;
    if (entry->mode == MODEL_MODE_UP_TO) {
        done = model_min(done, model_max(0, available));
    }
    if (done > available && done > 0) {
        model_refuse(answer, NOEMA_INSUFFICIENT_FUNDS, "", "");
        answer->needed = entry->requested;
        answer->error_available = available;
        return answer->status;
    }
    model_burn(m, account, done, entry);
    entry->amount = -done;
    entry->shortfall = entry->requested - done;
    return NOEMA_OK;
}

/* The debit or charge that the refund is of; NULL: the run was charged nothing so far. */
static model_entry *
entry_used(model *m, const model_entry *refund)
{
    int target = refund->run < 0 ? refund->refund_of : m->runs[refund->run].entry;
    return target < 0 ? NULL : &m->entries[target];
}

static noema_status
refund(model *m, int64_t now, const model_command *command, model_entry *entry,
       model_answer *answer)
{
    (void)command;
    model_account *account = &m->accounts[entry->account];
    model_entry *used = entry_used(m, entry);
    if (entry->refund_of >= 0 && m->entries[entry->refund_of].type != MODEL_TYPE_DEBIT) {
        return model_refuse(answer, NOEMA_INVALID, "entry", "");
    }
    int64_t left = used == NULL ? 0 : -used->amount - used->refunded;
    int64_t amount = entry->mode == MODEL_MODE_ALL ? left : entry->requested;
    if (left == 0 || amount > left || is_too_much(account, amount)) {
        return model_refuse(answer, NOEMA_LIMIT, "amount", "");
    }
    entry->amount = amount;
    entry->promo = model_give_back(m, account, now, used, amount);
    used->refunded += amount;
    if (entry->run >= 0) {
        m->runs[entry->run].refunded += amount;
    }
    return NOEMA_OK;
}

static noema_status
add_exp(model *m, int64_t now, const model_command *command, model_entry *entry,
        model_answer *answer)
{
    (void)now;
    (void)command;
    model_wide total = (model_wide)m->accounts[entry->account].exp + entry->exp;
    if (total > MODEL_EXP_MAX || total < -MODEL_EXP_MAX) {
        return model_refuse(answer, NOEMA_LIMIT, "exp", "");
    }
    return NOEMA_OK;
}

static noema_status
void_key(model *m, int64_t now, const model_command *command, model_entry *entry,
         model_answer *answer)
{
    (void)m;
    (void)now;
    (void)command;
    (void)entry;
    answer->voided = true;
    return NOEMA_OK;
}

static const struct {
    money_law *law;
    model_type type;
} kinds[] = {
    [MODEL_CREDIT] = {credit,   MODEL_TYPE_CREDIT},
    [MODEL_BONUS] = {bonus,    MODEL_TYPE_BONUS },
    [MODEL_DEBIT] = {debit,    MODEL_TYPE_DEBIT },
    [MODEL_REFUND] = {refund,   MODEL_TYPE_REFUND},
    [MODEL_REFUND_ALL] = {refund,   MODEL_TYPE_REFUND},
    [MODEL_ADD_EXP] = {add_exp,  MODEL_TYPE_EXP   },
    [MODEL_VOID] = {void_key, MODEL_TYPE_VOID  },
    [MODEL_VOID_PAYMENT] = {void_key, MODEL_TYPE_VOID  },
};

static model_mode
mode_of(const model_command *command)
{
    if (command->kind == MODEL_REFUND_ALL) {
        return MODEL_MODE_ALL;
    }
    return command->kind == MODEL_DEBIT && command->up_to ? MODEL_MODE_UP_TO : MODEL_MODE_NONE;
}

static model_entry
entry_asked(const model_command *command)
{
    return (model_entry){.type = kinds[command->kind].type,
                         .mode = mode_of(command),
                         .account = command->kind == MODEL_VOID_PAYMENT ? -1 : command->account,
                         .refund_of = -1,
                         .run = -1,
                         .requested = command->amount,
                         .exp = command->kind == MODEL_ADD_EXP ? command->exp : 0};
}

/* A refund belongs to the account that paid. NOT_FOUND names what there is not. */
static noema_status
find_target(const model *m, const model_command *command, model_entry *entry, model_answer *answer)
{
    model_domain domain = command->of_run ? MODEL_STARTS : MODEL_MONEY;
    int target = model_key_find(m, domain, command->account, command->target);
    if (target < 0) {
        return model_refuse(answer, NOEMA_NOT_FOUND, command->of_run ? "run" : "entry", "");
    }
    if (command->of_run) {
        entry->run = target;
        entry->account = m->runs[target].payer;
        return NOEMA_OK;
    }
    entry->refund_of = target;
    return NOEMA_OK;
}

/* The first thing in which two requests with one key differ, NULL = none. */
static const char *
difference(const model_entry *stored, const model_entry *asked)
{
    bool all = stored->mode == MODEL_MODE_ALL || asked->mode == MODEL_MODE_ALL;
    if (stored->type != asked->type) {
        return "kind";
    }
    if (!all && stored->requested != asked->requested) {
        return "amount";
    }
    if (stored->mode != asked->mode) {
        return stored->refund_of >= 0 || stored->run >= 0 ? "kind" : "debit_mode";
    }
    if (stored->refund_of != asked->refund_of) {
        return "entry";
    }
    if (stored->run != asked->run) {
        return "run";
    }
    return stored->exp != asked->exp ? "exp" : NULL;
}

/* A void that finds the key taken: by a void, or by what can no longer be stopped. */
static void
answer_void(const model *m, const model_entry *stored, model_answer *answer)
{
    answer->voided = stored->type == MODEL_TYPE_VOID;
    answer->status = answer->voided ? NOEMA_OK : NOEMA_ILLEGAL_TRANSITION;
    answer->replayed = true;
    model_answer_entry(m, stored, answer);
}

static void
answer_known(const model *m, const model_entry *stored, const model_entry *asked,
             model_answer *answer)
{
    if (asked->type == MODEL_TYPE_VOID) {
        answer_void(m, stored, answer);
        return;
    }
    if (stored->type == MODEL_TYPE_VOID) {
        model_refuse(answer, NOEMA_KEY_REUSED, "key", "VOIDED");
        return;
    }
    if (stored->account != asked->account) {
        model_refuse(answer, NOEMA_TAKEN, "payment", "");
        return;
    }
    const char *field = difference(stored, asked);
    if (field != NULL) {
        model_refuse(answer, NOEMA_KEY_REUSED, field, "");
        return;
    }
    answer->replayed = true;
    model_answer_entry(m, stored, answer);
}

static void
apply_new(model *m, int64_t now, const model_command *command, model_entry *entry,
          model_answer *answer)
{
    if (entry->account >= 0) {
        model_expire(m, entry->account, now);
        const char *denial = model_denial(&m->accounts[entry->account], command->kind);
        if (denial != NULL) {
            model_refuse(answer, NOEMA_DENIED, "", denial);
            return;
        }
    }
    kinds[command->kind].law(m, now, command, entry, answer);
}

void
model_money(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    model_entry entry = entry_asked(command);
    if (is_refund(command) && find_target(m, command, &entry, answer) != NOEMA_OK) {
        return;
    }
    bool payment = command->kind == MODEL_CREDIT || command->kind == MODEL_VOID_PAYMENT;
    model_domain domain = payment ? MODEL_PAYMENTS : MODEL_MONEY;
    int owner = payment ? -1 : entry.account;
    int known = model_key_find(m, domain, owner, command->key);
    if (known >= 0) {
        answer_known(m, &m->entries[known], &entry, answer);
        return;
    }
    apply_new(m, now, command, &entry, answer);
    if (answer->status != NOEMA_OK) {
        return;
    }
    int index = model_entry_write(m, &entry);
    model_key_add(m, domain, owner, command->key, index);
    model_answer_entry(m, &m->entries[index], answer);
}
