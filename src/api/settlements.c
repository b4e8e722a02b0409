/* NoemaWorkflowExecutions: the settlement of a paid run. */
#include <string.h>

#include "api/db.h"
#include "core/money.h"
#include "engine/receipts.h"
#include "workflow_executions/store.h"

enum { NAME_MAX_BYTES = 200, OUTPUT_MAX = 256 * 1024, ERROR_TEXT_MAX = 2000, ARTIFACTS_MAX = 256 };

static noema_status
take_which(nd_api_call *call, const noema_settlement *from, nd_command *command)
{
    noema_error *error = call->error;
    ND_TRY(nd_id_take(&from->run, "run", true, &command->run, error));
    bool by_provider = from->service != NULL || from->provider_run_id != NULL;
    if (nd_id_is_none(command->run) != by_provider) {
        return nd_fail(error, NOEMA_INVALID, "run",
                       "name either the run, or service and provider_run_id");
    }
    if (!by_provider) {
        return NOEMA_OK;
    }
    ND_TRY(nd_text_take(from->service, "service", 1, NAME_MAX_BYTES, &command->service, error));
    return nd_text_take(from->provider_run_id, "provider_run_id", 1, NAME_MAX_BYTES,
                        &command->provider_run, error);
}

/* What a price uses; the rest must be zero. */
static noema_status
check_price(nd_api_call *call, const noema_settlement *from)
{
    noema_error *error = call->error;
    if (from->price < 0 || from->price > NOEMA_PRICE_FREE) {
        return nd_fail(error, NOEMA_INVALID, "price", "is none of NOEMA_PRICE_...");
    }
    if (from->price == 0 && from->state == NOEMA_RUN_COMPLETED) {
        return nd_fail(error, NOEMA_INVALID, "price", "a completed run must say its price");
    }
    if (from->charge != 0 && from->price != NOEMA_PRICE_AMOUNT) {
        return nd_fail(error, NOEMA_INVALID, "charge", "is used by PRICE_AMOUNT alone");
    }
    if (from->units_milli != 0 && from->price != NOEMA_PRICE_UNITS) {
        return nd_fail(error, NOEMA_INVALID, "units_milli", "is used by PRICE_UNITS alone");
    }
    return NOEMA_OK;
}

static noema_status
check_amounts(nd_api_call *call, const noema_settlement *from)
{
    noema_error *error = call->error;
    if (from->price == NOEMA_PRICE_AMOUNT && from->charge <= 0) {
        return nd_fail(error, NOEMA_INVALID, "charge",
                       "must be positive; PRICE_FREE charges nothing");
    }
    if (!nd_money_in_range(from->charge)) {
        return nd_fail(error, NOEMA_LIMIT, "charge", "must be at most 9000000000 USD");
    }
    if (from->price == NOEMA_PRICE_UNITS && from->units_milli <= 0) {
        return nd_fail(error, NOEMA_INVALID, "units_milli",
                       "must be positive; PRICE_FREE charges nothing");
    }
    return NOEMA_OK;
}

static noema_status
take_price(nd_api_call *call, const noema_settlement *from, nd_settle *settle)
{
    if (from->state < NOEMA_RUN_COMPLETED || from->state > NOEMA_RUN_CANCELLED) {
        return nd_fail(call->error, NOEMA_INVALID, "state",
                       "must be COMPLETED, FAILED, TIMEOUT or CANCELLED");
    }
    ND_TRY(check_price(call, from));
    ND_TRY(check_amounts(call, from));
    settle->state.at = from->state;
    settle->price = from->price;
    settle->charge.nano = from->charge;
    settle->units_milli = from->units_milli;
    return NOEMA_OK;
}

static noema_status
take_rest(nd_api_call *call, const noema_settlement *from, nd_settle *settle)
{
    noema_error *error = call->error;
    if (from->overrun < NOEMA_OVERRUN_CAP || from->overrun > NOEMA_OVERRUN_REFUSE) {
        return nd_fail(error, NOEMA_INVALID, "overrun", "is none of NOEMA_OVERRUN_...");
    }
    if (from->exp < 0) {
        return nd_fail(error, NOEMA_INVALID, "exp", "must not be negative");
    }
    if (from->provider_cost < 0) {
        return nd_fail(error, NOEMA_INVALID, "provider_cost", "must not be negative");
    }
    if (!nd_money_in_range(from->provider_cost)) {
        return nd_fail(error, NOEMA_LIMIT, "provider_cost", "must be at most 9000000000 USD");
    }
    settle->overrun.at = from->overrun + 1;
    settle->exp = from->exp;
    settle->cost.nano = from->provider_cost;
    ND_TRY(nd_text_take(from->error_code, "error_code", 0, NAME_MAX_BYTES, &settle->error_code,
                        error));
    return nd_text_take(from->error_text, "error_text", 0, ERROR_TEXT_MAX, &settle->error_text,
                        error);
}

static void
take_artifact(nd_arena *arena, const nd_json *from, nd_list *artifacts)
{
    const nd_json *url = nd_json_get(from, "url");
    const nd_json *type = nd_json_get(from, "type");
    if (url == NULL || nd_json_kind_of(url) != ND_JSON_TEXT || nd_json_length(url) == 0) {
        return;
    }
    nd_artifact *artifact = nd_list_push(artifacts, sizeof(*artifact), arena);
    artifact->url = nd_arena_text(arena, nd_json_string(url), nd_json_length(url));
    if (type != NULL && nd_json_kind_of(type) == ND_JSON_TEXT) {
        artifact->type = nd_arena_text(arena, nd_json_string(type), nd_json_length(type));
    }
}

/* Artifacts are stored where the old readers look for them, too. The output itself is kept as it is,
 * so one that has another shape does not keep a run from being settled. */
static void
take_artifacts(nd_api_call *call, const nd_json *output, nd_list *artifacts)
{
    const nd_json *from = nd_json_get(output, "artifacts");
    if (from == NULL || nd_json_kind_of(from) != ND_JSON_ARRAY) {
        return;
    }
    for (size_t i = 0; i < nd_json_length(from) && artifacts->count < ARTIFACTS_MAX; i++) {
        const nd_json *item = nd_json_at(from, i);
        if (nd_json_kind_of(item) == ND_JSON_OBJECT) {
            take_artifact(nd_api_arena(call), item, artifacts);
        }
    }
}

static noema_status
take_output(nd_api_call *call, const noema_settlement *from, nd_settle *settle)
{
    nd_json *output;
    if (from->output_json == NULL) {
        return NOEMA_OK;
    }
    ND_TRY(nd_user_document_take(from->output_json, "output", OUTPUT_MAX, nd_api_arena(call),
                                 &settle->output, call->error));
    ND_TRY(nd_json_parse(from->output_json, "output", OUTPUT_MAX, 8, true, &output, call->error));
    take_artifacts(call, output, &settle->artifacts);
    nd_json_free(output);
    return NOEMA_OK;
}

static noema_status
fill(nd_api_call *call, const noema_settlement *from, nd_command *command)
{
    ND_TRY(take_which(call, from, command));
    ND_TRY(take_price(call, from, &command->settle));
    ND_TRY(take_rest(call, from, &command->settle));
    ND_TRY(take_output(call, from, &command->settle));
    return nd_api_actor(call, NULL, &command->settle.actor);
}

static noema_status
settle_run(nd_api_call *call, const noema_settlement *from, noema_run *run, noema_receipt *receipt)
{
    noema_settlement settlement;
    nd_engine *engine;
    nd_answer answer;
    ND_TRY(nd_api_needs(call, run, "run"));
    ND_TRY(nd_api_needs(call, receipt, "receipt"));
    ND_TRY(nd_api_struct(call, from, "settlement", sizeof(settlement), &settlement));
    ND_TRY(nd_api_engine(call, &engine));
    nd_command *command = nd_command_new(ND_SETTLE);
    noema_status status = fill(call, &settlement, command);
    if (status != NOEMA_OK) {
        nd_command_free(command);
        return status;
    }
    command->deadline = settlement.timeout_ms == 0
                            ? call->deadline
                            : nd_base_deadline(call->db->base, settlement.timeout_ms);
    nd_command_own(command);
    status = nd_engine_run(engine, command, &answer);
    *run = answer.run;
    *receipt = answer.receipt;
    return status == NOEMA_OK ? status : nd_error_copy(call->error, &answer.error);
}

noema_status
noema_run_settle(noema_db *db, const noema_settlement *settlement, noema_run *run,
                 noema_receipt *receipt, noema_error *error)
{
    nd_api_call call;
    nd_api_clear(receipt, sizeof(*receipt));
    nd_api_clear(run, sizeof(*run));
    noema_status status = nd_api_begin(&call, db, "run.settle", 0, error);
    if (status == NOEMA_OK) {
        status = settle_run(&call, settlement, run, receipt);
    }
    if (receipt != NULL) {
        receipt->status = status;
    }
    return nd_api_end(&call, status);
}
