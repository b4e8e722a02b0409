/* NoemaWorkflowExecutions: paid runs. */
#include <string.h>

#include "api/db.h"
#include "api/documents.h"
#include "core/money.h"
#include "engine/receipts.h"
#include "workflow_executions/store.h"

enum {
    NAME_MAX_BYTES = 200,
    INPUT_MAX = 256 * 1024,
    METADATA_MAX = 4096,
    LIFETIME_MS = 15 * 60 * 1000,
    LIFETIME_MAX_MS = 7 * 24 * 3600 * 1000,
    TOKEN_BYTES = 12
};

/* ---- running a command --------------------------------------------------------------------------- */

static noema_status
run_command(nd_api_call *call, nd_command *command, noema_run *run, noema_receipt *receipt)
{
    nd_engine *engine;
    nd_answer answer;
    nd_command_own(command);
    noema_status status = nd_api_engine(call, &engine);
    if (status != NOEMA_OK) {
        nd_command_free(command);
        return status;
    }
    status = nd_engine_run(engine, command, &answer);
    *run = answer.run;
    if (receipt != NULL) {
        *receipt = answer.receipt;
    }
    return status == NOEMA_OK ? status : nd_error_copy(call->error, &answer.error);
}

/* ---- start ------------------------------------------------------------------------------------------ */

/* Leases, steps and delivery are members of the struct already. */
static noema_status
check_built(nd_api_call *call, const noema_run_request *request)
{
    const struct {
        bool used;
        const char *field;
    } members[] = {
        {request->lease_ms != 0,          "lease_ms"       },
        {request->start_within_ms != 0,   "start_within_ms"},
        {request->notify != NULL,         "notify"         },
        {request->notify_json != NULL,    "notify_json"    },
        {request->parent.text[0] != '\0', "parent"         },
        {request->step_key != NULL,       "step_key"       },
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].used) {
            return nd_fail_reason(call->error, NOEMA_UNSUPPORTED, "MEMBER", members[i].field,
                                  "this version does not do it");
        }
    }
    if (request->reserved != 0) {
        return nd_fail(call->error, NOEMA_INVALID, "reserved", "must be zero");
    }
    return NOEMA_OK;
}

static noema_status
take_payers(nd_api_call *call, const noema_run_request *request, nd_start *start)
{
    ND_TRY(nd_id_take(&request->account, "account", false, &start->owner, call->error));
    ND_TRY(nd_id_take(&request->payer, "payer", true, &start->payer, call->error));
    ND_TRY(nd_id_take(&request->fallback_payer, "fallback_payer", true, &start->fallback,
                      call->error));
    if (!nd_id_is_none(start->fallback) && nd_id_is_none(start->payer)) {
        return nd_fail(call->error, NOEMA_INVALID, "fallback_payer", "needs a payer before it");
    }
    if (nd_id_equal(start->fallback, start->payer) && !nd_id_is_none(start->payer)) {
        return nd_fail(call->error, NOEMA_INVALID, "fallback_payer", "is the payer itself");
    }
    return NOEMA_OK;
}

static noema_status
take_amount(nd_api_call *call, noema_money from, const char *field, nd_money *amount)
{
    if (from < 0) {
        return nd_fail(call->error, NOEMA_INVALID, field, "must not be negative");
    }
    if (!nd_money_in_range(from)) {
        return nd_fail(call->error, NOEMA_LIMIT, field, "must be at most 9000000000 USD");
    }
    amount->nano = from;
    return NOEMA_OK;
}

static noema_status
take_rate(nd_api_call *call, const noema_run_request *request, nd_rate *rate)
{
    ND_TRY(take_amount(call, request->rate, "rate", &rate->amount));
    const char *unit = request->rate_unit;
    if (unit == NULL) {
        return request->rate == 0
                   ? NOEMA_OK
                   : nd_fail(call->error, NOEMA_INVALID, "rate_unit", "a rate needs its unit");
    }
    if (request->rate == 0) {
        return nd_fail(call->error, NOEMA_INVALID, "rate_unit", "has no rate");
    }
    rate->unit = nd_word_find(&nd_rate_units, unit, strlen(unit));
    return rate->unit.at > 0 ? NOEMA_OK
                             : nd_fail(call->error, NOEMA_INVALID, "rate_unit",
                                       "must be second, run, token or request");
}

static noema_status
take_start(nd_api_call *call, const noema_run_request *request, nd_start *start)
{
    noema_error *error = call->error;
    ND_TRY(check_built(call, request));
    ND_TRY(take_payers(call, request, start));
    ND_TRY(nd_key_take(request->key, "key", &start->key, error));
    ND_TRY(nd_text_take(request->tool, "tool", 1, NAME_MAX_BYTES, &start->tool, error));
    ND_TRY(nd_text_take(request->service, "service", 0, NAME_MAX_BYTES, &start->service, error));
    ND_TRY(take_amount(call, request->hold, "hold", &start->hold));
    ND_TRY(take_rate(call, request, &start->rate));
    if (request->lifetime_ms > LIFETIME_MAX_MS) {
        return nd_fail(error, NOEMA_LIMIT, "lifetime_ms", "must be at most seven days");
    }
    start->lifetime_ms = request->lifetime_ms == 0 ? LIFETIME_MS : request->lifetime_ms;
    ND_TRY(nd_api_actor(call, NULL, &start->actor));
    ND_TRY(nd_user_document_take(request->input_json, "input", INPUT_MAX, nd_api_arena(call),
                                 &start->input, error));
    return nd_user_document_take(request->metadata_json, "metadata", METADATA_MAX,
                                 nd_api_arena(call), &start->metadata, error);
}

static void
make_token(char token[2 * TOKEN_BYTES + 1])
{
    uint8_t bytes[TOKEN_BYTES];
    nd_random(bytes, sizeof(bytes));
    nd_hex(bytes, sizeof(bytes), token);
}

static noema_status
start_run(nd_api_call *call, const noema_run_request *from, noema_run *run)
{
    noema_run_request request;
    char token[2 * TOKEN_BYTES + 1];
    ND_TRY(nd_api_needs(call, run, "run"));
    ND_TRY(nd_api_struct(call, from, "request", sizeof(request), &request));
    nd_command *command = nd_command_new(ND_START);
    noema_status status = take_start(call, &request, &command->start);
    if (status != NOEMA_OK) {
        nd_command_free(command);
        return status;
    }
    make_token(token);
    command->start.token = nd_text_of(token);
    command->deadline = request.timeout_ms == 0
                            ? call->deadline
                            : nd_base_deadline(call->db->base, request.timeout_ms);
    return run_command(call, command, run, NULL);
}

noema_status
noema_run_start(noema_db *db, const noema_run_request *request, noema_run *run, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(run, sizeof(*run));
    noema_status status = nd_api_begin(&call, db, "run.start", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? start_run(&call, request, run) : status);
}

static noema_status
void_run(nd_api_call *call, const noema_id *account, const char *key, noema_run *run)
{
    ND_TRY(nd_api_needs(call, run, "summary"));
    ND_TRY(nd_api_needs(call, account, "account"));
    nd_command *command = nd_command_new(ND_VOID_RUN);
    noema_status status = nd_id_take(account, "account", false, &command->start.owner, call->error);
    if (status == NOEMA_OK) {
        status = nd_key_take(key, "key", &command->start.key, call->error);
    }
    if (status == NOEMA_OK) {
        status = nd_api_actor(call, NULL, &command->start.actor);
    }
    if (status != NOEMA_OK) {
        nd_command_free(command);
        return status;
    }
    command->deadline = call->deadline;
    return run_command(call, command, run, NULL);
}

noema_status
noema_run_void(noema_db *db, const noema_id *account, const char *key, noema_run *summary,
               noema_error *error)
{
    nd_api_call call;
    noema_id copy = nd_api_copy(account);
    account = account == NULL ? NULL : &copy;
    nd_api_clear(summary, sizeof(*summary));
    noema_status status = nd_api_begin(&call, db, "run.void", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? void_run(&call, account, key, summary) : status);
}

/* ---- while it is open ------------------------------------------------------------------------------- */

noema_status
noema_run_attach(noema_db *db, const noema_id *run, const char *provider_run_id, noema_error *error)
{
    nd_api_call call;
    nd_id id;
    nd_text provider_run;
    noema_status status = nd_api_begin(&call, db, "run.attach", 0, error);
    if (status == NOEMA_OK) {
        status = nd_api_needs(&call, run, "run");
    }
    if (status == NOEMA_OK) {
        status = nd_id_take(run, "run", false, &id, call.error);
    }
    if (status == NOEMA_OK) {
        status = nd_text_take(provider_run_id, "provider_run_id", 1, NAME_MAX_BYTES, &provider_run,
                              call.error);
    }
    if (status == NOEMA_OK) {
        status = nd_run_attach(db->base, call.deadline, id, provider_run, nd_api_arena(&call),
                               call.error);
    }
    return nd_api_end(&call, status);
}

noema_status
noema_run_request_cancel(noema_db *db, const noema_id *run, const char *reason, noema_error *error)
{
    nd_api_call call;
    nd_id id;
    nd_text why;
    nd_text actor;
    noema_status status = nd_api_begin(&call, db, "run.request_cancel", 0, error);
    if (status == NOEMA_OK) {
        status = nd_api_needs(&call, run, "run");
    }
    if (status == NOEMA_OK) {
        status = nd_id_take(run, "run", false, &id, call.error);
    }
    if (status == NOEMA_OK) {
        status = nd_text_take(reason, "reason", 0, 500, &why, call.error);
    }
    if (status == NOEMA_OK) {
        status = nd_api_actor(&call, NULL, &actor);
    }
    if (status == NOEMA_OK) {
        status = nd_run_ask_cancel(db->base, call.deadline, id, why, actor, nd_api_arena(&call),
                                   call.error);
    }
    return nd_api_end(&call, status);
}

noema_status
noema_run_reap(noema_db *db, uint32_t limit, uint32_t *settled, noema_error *error)
{
    enum { REAP_MAX = 10000 };
    nd_api_call call;
    nd_engine *engine;
    uint32_t own;
    uint32_t *count = settled == NULL ? &own : settled;
    *count = 0;
    noema_status status = nd_api_begin(&call, db, "run.reap", 0, error);
    if (status == NOEMA_OK && (limit == 0 || limit > REAP_MAX)) {
        status = nd_fail(call.error, NOEMA_INVALID, "limit", "must be 1 to %d", REAP_MAX);
    }
    if (status == NOEMA_OK) {
        status = nd_api_engine(&call, &engine);
    }
    if (status == NOEMA_OK) {
        status = nd_engine_reap(engine, db->base, call.deadline, limit, count, call.error);
    }
    return nd_api_end(&call, status);
}

/* ---- finding ------------------------------------------------------------------------------------------ */

static noema_status
put_found(nd_api_call *call, noema_status status, const nd_run *run, nd_bson stored,
          const char *field, noema_run *summary, noema_document **document)
{
    if (status == NOEMA_NOT_FOUND) {
        return nd_fail(call->error, NOEMA_NOT_FOUND, field, "no such run");
    }
    ND_TRY(status);
    nd_summary_of_run(summary, run, 0);
    if (document != NULL) {
        *document = nd_document_of(stored);
    }
    return NOEMA_OK;
}

static void
clear_found(noema_run *summary, noema_document **document)
{
    nd_api_clear(summary, sizeof(*summary));
    nd_api_clear(document, sizeof(*document));
}

static noema_status
find_by_id(nd_api_call *call, nd_id id, const char *field, noema_run *summary,
           noema_document **document)
{
    nd_run run;
    nd_bson stored = {0};
    noema_status status = nd_run_read(call->db->base, call->deadline, id, nd_api_arena(call), &run,
                                      &stored, call->error);
    return put_found(call, status, &run, stored, field, summary, document);
}

static noema_status
find_run(nd_api_call *call, const noema_id *run, noema_run *summary, noema_document **document)
{
    nd_id id;
    ND_TRY(nd_api_needs(call, summary, "summary"));
    ND_TRY(nd_api_needs(call, run, "run"));
    ND_TRY(nd_id_take(run, "run", false, &id, call->error));
    return find_by_id(call, id, "run", summary, document);
}

noema_status
noema_run_find(noema_db *db, const noema_id *run, noema_run *summary, noema_document **document,
               noema_error *error)
{
    nd_api_call call;
    noema_id copy = nd_api_copy(run);
    run = run == NULL ? NULL : &copy;
    clear_found(summary, document);
    noema_status status = nd_api_begin(&call, db, "run.find", 0, error);
    return nd_api_end(&call, status == NOEMA_OK ? find_run(&call, run, summary, document) : status);
}

static noema_status
find_provider(nd_api_call *call, const char *service, const char *provider_run_id,
              noema_run *summary, noema_document **document)
{
    nd_run run;
    nd_bson stored = {0};
    nd_text names[2];
    ND_TRY(nd_api_needs(call, summary, "summary"));
    ND_TRY(nd_text_take(service, "service", 1, NAME_MAX_BYTES, &names[0], call->error));
    ND_TRY(nd_text_take(provider_run_id, "provider_run_id", 1, NAME_MAX_BYTES, &names[1],
                        call->error));
    noema_status status = nd_run_read_provider(call->db->base, call->deadline, names[0], names[1],
                                               nd_api_arena(call), &run, &stored, call->error);
    return put_found(call, status, &run, stored, "provider_run_id", summary, document);
}

noema_status
noema_run_find_provider(noema_db *db, const char *service, const char *provider_run_id,
                        noema_run *summary, noema_document **document, noema_error *error)
{
    nd_api_call call;
    clear_found(summary, document);
    noema_status status = nd_api_begin(&call, db, "run.find_provider", 0, error);
    if (status == NOEMA_OK) {
        status = find_provider(&call, service, provider_run_id, summary, document);
    }
    return nd_api_end(&call, status);
}

static noema_status
find_key(nd_api_call *call, const noema_id *account, const char *key, noema_run *summary,
         noema_document **document)
{
    nd_id owner;
    nd_text text;
    ND_TRY(nd_api_needs(call, summary, "summary"));
    ND_TRY(nd_api_needs(call, account, "account"));
    ND_TRY(nd_id_take(account, "account", false, &owner, call->error));
    ND_TRY(nd_key_take(key, "key", &text, call->error));
    return find_by_id(call, nd_run_id(owner, text), "key", summary, document);
}

noema_status
noema_run_find_key(noema_db *db, const noema_id *account, const char *key, noema_run *summary,
                   noema_document **document, noema_error *error)
{
    nd_api_call call;
    noema_id copy = nd_api_copy(account);
    account = account == NULL ? NULL : &copy;
    clear_found(summary, document);
    noema_status status = nd_api_begin(&call, db, "run.find_key", 0, error);
    if (status == NOEMA_OK) {
        status = find_key(&call, account, key, summary, document);
    }
    return nd_api_end(&call, status);
}
