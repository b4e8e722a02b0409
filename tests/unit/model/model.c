/* The model's frame: its memory, the keys, how an entry is booked, and which rule a command is
 * for. What the rules say about money is in model_money.c, model_grants.c and model_runs.c. */
#include "model_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

model *
model_new(void)
{
    return calloc(1, sizeof(model));
}

void
model_free(model *m)
{
    free(m);
}

const model_account *
model_account_at(const model *m, int account)
{
    assert(account >= 0 && account < MODEL_ACCOUNTS);
    return &m->accounts[account];
}

bool
model_has_room(const model *m)
{
    /* A start may write off every grant of three accounts; a settle those of one, twice. */
    return m->entry_count + 3 * MODEL_GRANTS + 2 <= MODEL_ENTRIES && m->run_count < MODEL_RUNS &&
           m->part_count + MODEL_GRANTS <= MODEL_PARTS;
}

/* Where the key is, or the empty place where it belongs. */
static int
slot_of(const model *m, model_domain domain, int account, int key)
{
    uint32_t hash = (uint32_t)key * 2654435761U;
    hash ^= ((uint32_t)(account + 1) * 8U + (uint32_t)domain) * 2246822519U;
    uint32_t at = (hash ^ hash >> 15) % MODEL_SLOTS;
    for (;;) {
        const model_slot *slot = &m->slots[at];
        bool same = slot->domain == (int)domain && slot->account == account && slot->key == key;
        if (slot->value == 0 || same) {
            return (int)at;
        }
        at = (at + 1) % MODEL_SLOTS;
    }
}

int
model_key_find(const model *m, model_domain domain, int account, int key)
{
    return m->slots[slot_of(m, domain, account, key)].value - 1;
}

void
model_key_add(model *m, model_domain domain, int account, int key, int index)
{
    model_slot *slot = &m->slots[slot_of(m, domain, account, key)];
    assert(slot->value == 0);
    *slot = (model_slot){.domain = (int)domain, .account = account, .key = key, .value = index + 1};
}

int
model_entry_write(model *m, const model_entry *entry)
{
    assert(m->entry_count < MODEL_ENTRIES);
    int index = m->entry_count++;
    model_entry *written = &m->entries[index];
    *written = *entry;
    if (entry->account < 0) {
        return index;
    }
    model_account *account = &m->accounts[entry->account];
    account->exists = true;
    account->credit += entry->amount;
    account->exp += entry->exp;
    written->seq = ++account->seq;
    written->balance = account->credit;
    return index;
}

noema_status
model_refuse(model_answer *answer, noema_status status, const char *field, const char *reason)
{
    *answer = (model_answer){.status = status, .account = -1};
    (void)snprintf(answer->field, sizeof answer->field, "%s", field);
    (void)snprintf(answer->reason, sizeof answer->reason, "%s", reason);
    return status;
}

const char *
model_denial(const model_account *account, model_kind kind)
{
    bool spends = kind == MODEL_DEBIT || kind == MODEL_BONUS || kind == MODEL_START;
    if (account->status == NOEMA_ACCOUNT_ERASED && (spends || kind == MODEL_CREDIT)) {
        return "ERASED";
    }
    if (!spends) {
        return NULL;
    }
    if (account->status == NOEMA_ACCOUNT_SUSPENDED) {
        return "SUSPENDED";
    }
    bool deactivated = account->status == NOEMA_ACCOUNT_DEACTIVATED_BY_USER ||
                       account->status == NOEMA_ACCOUNT_DEACTIVATED_BY_ADMIN;
    return deactivated ? "DEACTIVATED" : NULL;
}

void
model_answer_account(const model *m, int account, model_answer *answer)
{
    answer->account = account;
    if (account < 0) {
        return;
    }
    answer->balance = m->accounts[account].credit;
    answer->held = m->accounts[account].held;
    answer->available = model_available(&m->accounts[account]);
}

void
model_answer_entry(const model *m, const model_entry *entry, model_answer *answer)
{
    model_answer_account(m, entry->account, answer);
    answer->amount = entry->amount;
    answer->promo = entry->promo;
    answer->shortfall = entry->shortfall;
    answer->partial = entry->mode == MODEL_MODE_UP_TO && entry->shortfall > 0;
    answer->exp = entry->exp;
    answer->seq = entry->seq;
    answer->balance = entry->balance;
}

/* The administrator's hand: it is no command of the account, so nothing that is due runs. */
static void
set_status(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    (void)now;
    (void)answer;
    m->accounts[command->account].exists = true;
    m->accounts[command->account].status = command->state;
}

typedef void command_law(model *m, int64_t now, const model_command *command, model_answer *answer);

static command_law *const laws[] = {
    [MODEL_CREDIT] = model_money,     [MODEL_BONUS] = model_money,
    [MODEL_DEBIT] = model_money,      [MODEL_REFUND] = model_money,
    [MODEL_REFUND_ALL] = model_money, [MODEL_ADD_EXP] = model_money,
    [MODEL_VOID] = model_money,       [MODEL_VOID_PAYMENT] = model_money,
    [MODEL_START] = model_start,      [MODEL_SETTLE] = model_settle,
    [MODEL_REAP] = model_reap,        [MODEL_VOID_RUN] = model_void_run,
    [MODEL_SET_STATUS] = set_status,
};

void
model_apply(model *m, int64_t now, const model_command *command, model_answer *answer)
{
    assert(command->account >= 0 && command->account < MODEL_ACCOUNTS);
    *answer = (model_answer){.status = NOEMA_OK, .account = -1};
    laws[command->kind](m, now, command, answer);
}
