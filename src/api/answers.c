/* The public output structs as JSON: members as in the header, money as decimal text, times as
 * ISO 8601, flags and states as words. */
#include "api/answers.h"

#include "core/error.h"
#include "core/text.h"
#include "user_core/record.h"
#include "workflow_executions/record.h"

static void
put_money(nd_json *object, const char *name, noema_money amount)
{
    nd_json_put_money(object, name, (nd_money){amount});
}

static void
put_time(nd_json *object, const char *name, noema_time time)
{
    nd_json_put_time(object, name, (nd_time){time});
}

static void
put_id(nd_json *object, const char *name, const noema_id *id)
{
    if (id->text[0] != '\0') {
        nd_json_put_text(object, name, id->text);
    }
}

static void
put_flags(nd_json *object, uint32_t flags)
{
    nd_json_put_bool(object, "replayed", (flags & NOEMA_REPLAYED) != 0);
    if ((flags & NOEMA_PARTIAL) != 0) {
        nd_json_put_bool(object, "partial", true);
    }
    if ((flags & NOEMA_VOIDED) != 0) {
        nd_json_put_bool(object, "voided", true);
    }
}

nd_json *
nd_answer_account(const noema_account *account)
{
    nd_json *object = nd_json_new_object();
    put_id(object, "id", &account->id);
    nd_json_put_text(object, "status", nd_word_text(&nd_user_statuses, (nd_word){account->status}));
    nd_json_put_bool(object, "created", account->created != 0);
    return object;
}

nd_json *
nd_answer_balance(const noema_balance *balance)
{
    nd_json *object = nd_json_new_object();
    put_money(object, "balance", balance->balance);
    put_money(object, "held", balance->held);
    put_money(object, "available", balance->available);
    put_money(object, "promo", balance->promo);
    put_money(object, "overdraft_limit", balance->overdraft_limit);
    nd_json_put_integer(object, "exp", balance->exp);
    nd_json_put_integer(object, "seq", balance->seq);
    return object;
}

nd_json *
nd_answer_receipt(const noema_receipt *receipt)
{
    nd_json *object = nd_json_new_object();
    nd_json_put_text(object, "status", nd_status_name(receipt->status));
    put_flags(object, receipt->flags);
    put_id(object, "account", &receipt->account);
    put_id(object, "entry", &receipt->entry);
    nd_json_put_integer(object, "seq", receipt->seq);
    put_time(object, "time", receipt->time);
    put_money(object, "amount", receipt->amount);
    put_money(object, "promo", receipt->promo);
    put_money(object, "shortfall", receipt->shortfall);
    put_money(object, "balance", receipt->balance);
    put_money(object, "held", receipt->held);
    put_money(object, "available", receipt->available);
    nd_json_put_integer(object, "exp", receipt->exp);
    return object;
}

nd_json *
nd_answer_run(const noema_run *run)
{
    nd_json *object = nd_json_new_object();
    put_id(object, "id", &run->id);
    put_id(object, "account", &run->account);
    put_id(object, "payer", &run->payer);
    if (run->token[0] != '\0') {
        nd_json_put_text(object, "token", run->token);
    }
    nd_json_put_text(object, "state", nd_word_text(&nd_run_states, (nd_word){run->state}));
    put_flags(object, run->flags);
    put_money(object, "hold", run->hold);
    put_money(object, "charged", run->charged);
    put_money(object, "refunded", run->refunded);
    put_money(object, "shortfall", run->shortfall);
    put_money(object, "provider_cost", run->provider_cost);
    put_time(object, "started", run->started);
    put_time(object, "deadline", run->deadline);
    put_time(object, "ended", run->ended);
    return object;
}

nd_json *
nd_answer_error(const noema_error *error)
{
    nd_json *object = nd_json_new_object();
    nd_json_put_text(object, "status", nd_status_name(error->status));
    if (error->reason[0] != '\0') {
        nd_json_put_text(object, "reason", error->reason);
    }
    if (error->field[0] != '\0') {
        nd_json_put_text(object, "field", error->field);
    }
    nd_json_put_text(object, "message", error->message);
    nd_json_put_bool(object, "retryable", (error->flags & NOEMA_RETRYABLE) != 0);
    if (error->retry_after_ms != 0) {
        nd_json_put_integer(object, "retry_after_ms", error->retry_after_ms);
    }
    if (error->status == NOEMA_INSUFFICIENT_FUNDS) {
        put_money(object, "needed", error->needed);
        put_money(object, "available", error->available);
    }
    return object;
}
