/* Written from the header and from what the operations say of themselves, not from the library's own
 * conversions. */
#include "calls.h"

#include <time.h>

#include "api/operations.h"

static bool
starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const operation_case *
case_of(const char *name, const operation_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            return &cases[i];
        }
    }
    print_error("the operation %s has no case\n", name);
    fail();
    return NULL;
}

void
run_cases(const char *prefix, const operation_case *cases, size_t count)
{
    size_t found = 0;
    const nd_operation *operation;
    for (size_t i = 0; (operation = nd_operation_at(i)) != NULL; i++) {
        if (starts_with(operation->name, prefix)) {
            found++;
            case_of(operation->name, cases, count)->compare();
        }
    }
    assert_int_equal(found, count);
}

json_t *
json_of(const char *text)
{
    json_error_t problem;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (json == NULL) {
        print_error("%s: %s\n", problem.text, text);
    }
    assert_non_null(json);
    return json;
}

json_t *
called(const char *operation, json_t *arguments, noema_status wanted)
{
    char *result = NULL;
    assert_non_null(arguments);
    char *text = json_dumps(arguments, JSON_COMPACT);
    noema_status status = noema_call(db, operation, text, &result);
    if (status != wanted) {
        print_error("%s %s\n  is %s\n", operation, text, result);
    }
    assert_int_equal(status, wanted);
    json_t *json = json_of(result);
    noema_free(result);
    free(text);
    json_decref(arguments);
    return json;
}

void
assert_same(json_t *got, json_t *wanted)
{
    if (!json_equal(got, wanted)) {
        char *is = json_dumps(got, JSON_SORT_KEYS);
        char *should = json_dumps(wanted, JSON_SORT_KEYS);
        print_error("got    %s\nwanted %s\n", is, should);
        fail();
    }
    json_decref(got);
    json_decref(wanted);
}

static void
put_money(json_t *to, const char *name, noema_money amount)
{
    char text[32];
    (void)noema_money_format(amount, text, sizeof text);
    (void)json_object_set_new(to, name, json_string(text));
}

/* Absent when there is none. */
static void
put_id(json_t *to, const char *name, const char *id)
{
    if (id[0] != '\0') {
        (void)json_object_set_new(to, name, json_string(id));
    }
}

static void
put_time(json_t *to, const char *name, noema_time at)
{
    char text[64];
    char whole[32];
    struct tm parts;
    time_t seconds = (time_t)(at / 1000);
    if (at == 0) {
        return;
    }
    (void)gmtime_r(&seconds, &parts);
    (void)strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text, sizeof text, "%s.%03dZ", whole, (int)(at % 1000));
    (void)json_object_set_new(to, name, json_string(text));
}

static void
put_flag(json_t *to, const char *name, bool set)
{
    if (set) {
        (void)json_object_set_new(to, name, json_true());
    }
}

json_t *
account_json(const noema_account *account)
{
    static const char *const words[] = {
        NULL,     "pending", "active", "suspended", "deactivated_by_user", "deactivated_by_admin",
        "merged", "erased"};
    return json_pack("{s:s,s:s,s:b}", "id", account->id.text, "status", words[account->status],
                     "created", account->created);
}

json_t *
balance_json(const noema_balance *balance)
{
    json_t *json =
        json_pack("{s:I,s:I}", "exp", (json_int_t)balance->exp, "seq", (json_int_t)balance->seq);
    put_money(json, "balance", balance->balance);
    put_money(json, "held", balance->held);
    put_money(json, "available", balance->available);
    put_money(json, "promo", balance->promo);
    put_money(json, "overdraft_limit", balance->overdraft_limit);
    return json;
}

json_t *
receipt_json(const noema_receipt *receipt)
{
    json_t *json = json_pack("{s:s,s:b,s:I,s:I}", "status", noema_status_name(receipt->status),
                             "replayed", (receipt->flags & NOEMA_REPLAYED) != 0, "seq",
                             (json_int_t)receipt->seq, "exp", (json_int_t)receipt->exp);
    put_flag(json, "partial", (receipt->flags & NOEMA_PARTIAL) != 0);
    put_flag(json, "voided", (receipt->flags & NOEMA_VOIDED) != 0);
    put_id(json, "account", receipt->account.text);
    put_id(json, "entry", receipt->entry.text);
    put_time(json, "time", receipt->time);
    put_money(json, "amount", receipt->amount);
    put_money(json, "promo", receipt->promo);
    put_money(json, "shortfall", receipt->shortfall);
    put_money(json, "balance", receipt->balance);
    put_money(json, "held", receipt->held);
    put_money(json, "available", receipt->available);
    return json;
}

json_t *
run_json(const noema_run *run)
{
    static const char *const words[] = {NULL,        "pending", "queued",  "processing",
                                        "completed", "failed",  "timeout", "cancelled"};
    json_t *json = json_pack("{s:s,s:s,s:b}", "id", run->id.text, "state", words[run->state],
                             "replayed", (run->flags & NOEMA_REPLAYED) != 0);
    put_flag(json, "voided", (run->flags & NOEMA_VOIDED) != 0);
    put_id(json, "account", run->account.text);
    put_id(json, "payer", run->payer.text);
    put_id(json, "token", run->token);
    put_money(json, "hold", run->hold);
    put_money(json, "charged", run->charged);
    put_money(json, "refunded", run->refunded);
    put_money(json, "shortfall", run->shortfall);
    put_money(json, "provider_cost", run->provider_cost);
    put_time(json, "started", run->started);
    put_time(json, "deadline", run->deadline);
    put_time(json, "ended", run->ended);
    return json;
}

static void
put_text(json_t *to, const char *name, const char *text)
{
    if (text[0] != '\0') {
        (void)json_object_set_new(to, name, json_string(text));
    }
}

void
assert_same_error(const char *operation, json_t *arguments, noema_status status)
{
    json_t *wanted = json_pack("{s:s,s:s,s:b}", "status", noema_status_name(status), "message",
                               error.message, "retryable", (error.flags & NOEMA_RETRYABLE) != 0);
    assert_int_equal(error.status, status);
    put_text(wanted, "reason", error.reason);
    put_text(wanted, "field", error.field);
    if (status == NOEMA_INSUFFICIENT_FUNDS) {
        put_money(wanted, "needed", error.needed);
        put_money(wanted, "available", error.available);
    }
    json_t *got = called(operation, arguments, status);
    (void)json_object_del(got, "result");
    assert_same(got, wanted);
}
