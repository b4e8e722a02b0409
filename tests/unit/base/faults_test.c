/* Verdicts on hand-made errors and replies: what may have happened, and what has not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_private.h"

#define LABELS(word) "\"errorLabels\":[\"" word "\"]"
#define FAILED(code, rest) "{\"ok\":0.0,\"errmsg\":\"e\",\"code\":" #code rest "}"
#define WRITE_ERROR(code, rest)                                                                    \
    "{\"ok\":1.0,\"n\":0,\"writeErrors\":[{\"index\":3,\"code\":" #code                            \
    ",\"errmsg\":\"E11000 dup key: { key: \\\"canary\\\" }\"" rest "}]}"
#define CONCERN_ERROR(code)                                                                        \
    "{\"ok\":1.0,\"n\":1,\"writeConcernError\":{\"code\":" #code ",\"errmsg\":\"e\"}}"

enum {
    READ = ND_PHASE_READ,
    WRITE = ND_PHASE_WRITE,
    INSIDE = ND_PHASE_INSIDE,
    COMMIT = ND_PHASE_COMMIT
};
enum {
    SERVER = MONGOC_ERROR_SERVER,
    STREAM = MONGOC_ERROR_STREAM,
    SELECTION = MONGOC_ERROR_SERVER_SELECTION,
    CONCERN = MONGOC_ERROR_WRITE_CONCERN,
    CLIENT = MONGOC_ERROR_CLIENT,
};

typedef struct row {
    const char *name;
    int phase;
    uint32_t sent;
    uint32_t domain; /* 0: the driver is content */
    uint32_t code;
    const char *reply;
    nd_fault fault;
    noema_status status;
    int32_t server_code;
} row;

static row rows[] = {
    {"success_is_no_fault", READ, 1, 0, 0, "{\"ok\":1.0}", ND_FAULT_NONE, NOEMA_OK, 0},

    {"a_read_without_answer_may_be_repeated", READ, 2, STREAM, 4, "{}", ND_FAULT_TRANSIENT,
     NOEMA_UNAVAILABLE, 0},
    {"a_read_that_met_an_election_may_be_repeated", READ, 2, SERVER, 11602, FAILED(11602, ),
     ND_FAULT_TRANSIENT, NOEMA_TIMEOUT, 11602},
    {"a_slow_read_is_a_timeout", READ, 1, SERVER, 50, FAILED(50, ), ND_FAULT_OTHER, NOEMA_TIMEOUT,
     50},
    {"a_wrong_filter_is_invalid", READ, 1, SERVER, 2, FAILED(2, ), ND_FAULT_OTHER, NOEMA_INVALID,
     2},
    {"a_read_without_privilege_says_so", READ, 1, SERVER, 13, FAILED(13, ), ND_FAULT_PRIVILEGE,
     NOEMA_UNAVAILABLE, 13},
    {"a_login_refused_is_unavailable", READ, 0, CLIENT, 11, "{}", ND_FAULT_UNAVAILABLE,
     NOEMA_UNAVAILABLE, 0},

    {"a_write_that_was_not_sent_may_be_repeated", WRITE, 0, SELECTION, 13053, "{}",
     ND_FAULT_TRANSIENT, NOEMA_UNAVAILABLE, 0},
    {"a_write_whose_server_went_may_be_repeated", WRITE, 0, MONGOC_ERROR_COMMAND,
     MONGOC_ERROR_COMMAND_INVALID_ARG, "{}", ND_FAULT_TRANSIENT, NOEMA_UNAVAILABLE, 0},
    {"a_write_whose_reply_was_lost_is_unknown", WRITE, 1, STREAM, 4,
     "{" LABELS("RetryableWriteError") "}", ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 0},
    {"a_write_lost_twice_is_unknown", WRITE, 2, STREAM, 4, "{" LABELS("RetryableWriteError") "}",
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 0},
    {"a_write_lost_and_then_without_server_is_unknown", WRITE, 1, SELECTION, 13053, "{}",
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 0},
    {"a_write_to_a_secondary_may_be_repeated", WRITE, 1, SERVER, 10107,
     FAILED(10107, "," LABELS("RetryableWriteError")), ND_FAULT_TRANSIENT, NOEMA_TIMEOUT, 10107},
    {"a_write_lost_and_then_to_a_secondary_is_unknown", WRITE, 2, SERVER, 10107,
     FAILED(10107, "," LABELS("RetryableWriteError")), ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN,
     10107},
    {"a_write_broken_off_by_an_election_is_unknown", WRITE, 1, SERVER, 11602, FAILED(11602, ),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 11602},
    {"a_write_out_of_time_is_unknown", WRITE, 1, SERVER, 50, FAILED(50, ), ND_FAULT_UNKNOWN,
     NOEMA_OUTCOME_UNKNOWN, 50},
    {"a_write_without_majority_64_is_unknown", WRITE, 1, CONCERN, 64, CONCERN_ERROR(64),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 64},
    {"a_write_without_majority_100_is_unknown", WRITE, 1, CONCERN, 100, CONCERN_ERROR(100),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 100},
    {"a_concern_that_the_driver_ignores_is_unknown", WRITE, 1, 0, 0, CONCERN_ERROR(64),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 64},
    {"a_duplicate_is_taken", WRITE, 1, 0, 0, WRITE_ERROR(11000, ",\"keyPattern\":{\"_id\":1}"),
     ND_FAULT_DUPLICATE, NOEMA_TAKEN, 11000},
    {"a_duplicate_at_the_second_sending_is_taken", WRITE, 2, 0, 0,
     WRITE_ERROR(11000, ",\"keyPattern\":{\"_id\":1}"), ND_FAULT_DUPLICATE, NOEMA_TAKEN, 11000},
    {"a_document_that_the_validator_refuses_is_invalid", WRITE, 1, 0, 0, WRITE_ERROR(121, ),
     ND_FAULT_DOCUMENT, NOEMA_INVALID, 121},
    {"a_write_lost_and_then_without_privilege_is_unknown", WRITE, 2, SERVER, 13, FAILED(13, ),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 13},
    {"a_write_without_privilege_did_nothing", WRITE, 1, SERVER, 13, FAILED(13, ),
     ND_FAULT_PRIVILEGE, NOEMA_UNAVAILABLE, 13},
    {"a_collections_failed_concern_is_unknown", WRITE, 1, CONCERN, 64,
     "{\"matchedCount\":1,\"writeConcernErrors\":[{\"code\":64}]}", ND_FAULT_UNKNOWN,
     NOEMA_OUTCOME_UNKNOWN, 64},
    {"a_collections_write_to_a_secondary_may_be_repeated", WRITE, 1, SERVER, 10107,
     "{\"matchedCount\":0," LABELS("RetryableWriteError") "}", ND_FAULT_TRANSIENT, NOEMA_TIMEOUT,
     10107},
    {"a_collections_refusal_is_invalid", WRITE, 1, SERVER, 9, "{\"matchedCount\":0}",
     ND_FAULT_OTHER, NOEMA_INVALID, 9},
    {"a_collections_lost_reply_is_unknown", WRITE, 2, STREAM, 4, "{\"matchedCount\":0}",
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 0},
    {"a_standalone_server_is_unsupported", WRITE, 1, SERVER, 20,
     "{\"ok\":0.0,\"code\":20,\"errmsg\":\"Transaction numbers are only allowed on a replica set member or mongos\"}",
     ND_FAULT_OTHER, NOEMA_UNSUPPORTED, 20},

    {"a_write_conflict_is_transient", INSIDE, 1, SERVER, 112,
     FAILED(112, "," LABELS("TransientTransactionError")), ND_FAULT_TRANSIENT, NOEMA_TIMEOUT, 112},
    {"a_write_conflict_without_label_is_transient", INSIDE, 1, SERVER, 112, FAILED(112, ),
     ND_FAULT_TRANSIENT, NOEMA_TIMEOUT, 112},
    {"any_code_with_the_label_is_transient", INSIDE, 1, SERVER, 4711,
     FAILED(4711, "," LABELS("TransientTransactionError")), ND_FAULT_TRANSIENT, NOEMA_TIMEOUT,
     4711},
    {"a_lost_reply_inside_is_transient", INSIDE, 1, STREAM, 4,
     "{" LABELS("TransientTransactionError") "}", ND_FAULT_TRANSIENT, NOEMA_UNAVAILABLE, 0},
    {"a_lost_reply_inside_without_label_is_transient", INSIDE, 1, STREAM, 4, "{}",
     ND_FAULT_TRANSIENT, NOEMA_UNAVAILABLE, 0},
    {"no_server_inside_is_transient", INSIDE, 0, SELECTION, 13053, "{}", ND_FAULT_TRANSIENT,
     NOEMA_UNAVAILABLE, 0},
    {"a_slow_command_inside_is_transient", INSIDE, 1, SERVER, 50, FAILED(50, ), ND_FAULT_TRANSIENT,
     NOEMA_TIMEOUT, 50},
    {"a_transaction_that_is_gone_is_transient", INSIDE, 1, SERVER, 251, FAILED(251, ),
     ND_FAULT_TRANSIENT, NOEMA_TIMEOUT, 251},
    {"a_duplicate_inside_is_one", INSIDE, 1, 0, 0,
     WRITE_ERROR(11000, ",\"keyPattern\":{\"_id\":1}"), ND_FAULT_DUPLICATE, NOEMA_TAKEN, 11000},
    {"the_validator_inside_is_a_bug_of_ours", INSIDE, 1, 0, 0, WRITE_ERROR(121, ),
     ND_FAULT_DOCUMENT, NOEMA_INTERNAL, 121},
    {"no_privilege_inside_says_so", INSIDE, 1, SERVER, 13, FAILED(13, ), ND_FAULT_PRIVILEGE,
     NOEMA_UNAVAILABLE, 13},
    {"a_wrong_command_inside_is_a_bug_of_ours", INSIDE, 1, SERVER, 2, FAILED(2, ), ND_FAULT_OTHER,
     NOEMA_INTERNAL, 2},
    {"a_login_refused_inside_is_unavailable", INSIDE, 0, CLIENT, 11, "{}", ND_FAULT_UNAVAILABLE,
     NOEMA_UNAVAILABLE, 0},

    {"a_commit_without_majority_64_is_unknown", COMMIT, 1, CONCERN, 64, CONCERN_ERROR(64),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 64},
    {"a_commit_without_majority_100_is_unknown", COMMIT, 1, CONCERN, 100, CONCERN_ERROR(100),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 100},
    {"a_commit_that_says_ok_without_majority_is_unknown", COMMIT, 1, 0, 0, CONCERN_ERROR(100),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 100},
    {"a_commit_out_of_time_is_unknown", COMMIT, 1, SERVER, 50, FAILED(50, ), ND_FAULT_UNKNOWN,
     NOEMA_OUTCOME_UNKNOWN, 50},
    {"a_lost_commit_is_unknown", COMMIT, 2, STREAM, 4,
     "{" LABELS("UnknownTransactionCommitResult") "}", ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 0},
    {"a_commit_whose_retry_found_no_server_is_unknown", COMMIT, 1, SELECTION, 13053,
     "{" LABELS("UnknownTransactionCommitResult") "}", ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 0},
    {"a_commit_that_was_never_sent_is_transient", COMMIT, 0, SELECTION, 13053,
     "{" LABELS("UnknownTransactionCommitResult") "}", ND_FAULT_TRANSIENT, NOEMA_UNAVAILABLE, 0},
    {"a_commit_of_no_transaction_is_transient", COMMIT, 2, SERVER, 251,
     FAILED(251, "," LABELS("TransientTransactionError")), ND_FAULT_TRANSIENT, NOEMA_TIMEOUT, 251},
    {"a_commit_of_no_transaction_without_label_is_unknown", COMMIT, 1, SERVER, 251, FAILED(251, ),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 251},
    {"a_commit_with_both_labels_is_unknown", COMMIT, 1, SERVER, 91,
     FAILED(91,
     ",\"errorLabels\":[\"TransientTransactionError\",\"UnknownTransactionCommitResult\"]"),
     ND_FAULT_UNKNOWN, NOEMA_OUTCOME_UNKNOWN, 91},
    {"a_commit_without_privilege_is_unknown", COMMIT, 1, SERVER, 13, FAILED(13, ), ND_FAULT_UNKNOWN,
     NOEMA_OUTCOME_UNKNOWN, 13},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static nd_outcome
judge(const row *of)
{
    nd_call call = {.sent = of->sent, .done = of->domain == 0};
    bson_error_t problem;
    nd_outcome outcome;
    assert_true(bson_init_from_json(&call.reply, of->reply, -1, &problem));
    bson_set_error(&call.error, of->domain, of->code,
                   "Cannot assemble command for invalidated server: mongodb://joe:canary@host");
    nd_fault_judge((nd_phase)of->phase, &call, &outcome);
    nd_call_clean(&call);
    return outcome;
}

static void
row_holds(void **state)
{
    const row *of = *state;
    nd_outcome outcome = judge(of);
    assert_int_equal(outcome.fault, of->fault);
    assert_int_equal(outcome.error.status, of->status);
    assert_int_equal(outcome.code, of->server_code);
    assert_int_equal(outcome.error.server_code, of->server_code);
    assert_null(strstr(outcome.error.message, "canary"));
    assert_int_equal(outcome.error.message[0] == '\0', of->fault == ND_FAULT_NONE);
}

static nd_outcome
judge_reply(const char *reply)
{
    row of = {.phase = INSIDE, .sent = 1, .reply = reply};
    return judge(&of);
}

static void
a_write_error_names_its_statement_and_its_index(void **state)
{
    (void)state;
    nd_outcome outcome =
        judge_reply(WRITE_ERROR(11000, ",\"keyPattern\":{\"serviceName\":1,\"platformRunId\":-1}"));
    assert_int_equal(outcome.statement, 3);
    assert_string_equal(outcome.key, "serviceName platformRunId");
    assert_string_equal(outcome.error.field, "serviceName");
    outcome = judge_reply(WRITE_ERROR(11000, ",\"keyPattern\":{\"_id\":1}"));
    assert_string_equal(outcome.key, "_id");
    assert_string_equal(outcome.error.field, "_id");
    outcome = judge_reply(WRITE_ERROR(11000, ",\"keyPattern\":{\"_id\":1,\"stepKey\":1}"));
    assert_string_equal(outcome.error.field, "stepKey");
    outcome = judge_reply(WRITE_ERROR(121, ));
    assert_int_equal(outcome.statement, 3);
    assert_string_equal(outcome.key, "");
    outcome = judge_reply(FAILED(112, ));
    assert_int_equal(outcome.statement, -1);
}

static void
an_index_of_many_long_keys_is_cut(void **state)
{
    (void)state;
    nd_outcome outcome = judge_reply(
        WRITE_ERROR(11000, ",\"keyPattern\":{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,"
                           "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\":1,\"c\":1}"));
    assert_int_equal(outcome.fault, ND_FAULT_DUPLICATE);
    assert_int_equal(strlen(outcome.key), sizeof outcome.key - 1);
}

static void
an_error_of_credentials_is_not_worth_repeating(void **state)
{
    (void)state;
    row login = {.phase = READ, .domain = CLIENT, .code = 11, .reply = "{}"};
    row privilege = {.phase = READ, .sent = 1, .domain = SERVER, .reply = FAILED(13, )};
    nd_outcome outcome = judge(&login);
    assert_string_equal(outcome.error.reason, "AUTH");
    assert_int_equal(outcome.error.flags, 0);
    outcome = judge(&privilege);
    assert_string_equal(outcome.error.reason, "PRIVILEGE");
    assert_int_equal(outcome.error.flags, 0);
}

static void
the_drivers_words_get_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        const char *reason;
        const char *sentence; /* a part of it */
    } said[] = {
        {"Failed to resolve 'nosuch'",                          "DNS",     "name can't be resolved"},
        {"Failed to connect to target host: 127.0.0.1:1",       "REFUSED", "is the server running" },
        {"[connection refused calling hello on '127.0.0.1:1']", "REFUSED", "is the server running" },
        {"TLS handshake failed: certificate verify failed",     "TLS",     "certificate verify"    },
        {"Authentication failed.",                              "AUTH",    "user or the password"  },
        {"[connection timeout calling hello on '10.0.0.1:1']",  "SILENT",  "does not answer"       },
        {"something else about mongodb://joe:canary@host/",     "",        "something else"        },
    };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const char *reason;
        char sentence[200];
        nd_fault_explain(said[i].words, &reason, sentence, sizeof sentence);
        assert_string_equal(reason, said[i].reason);
        assert_non_null(strstr(sentence, said[i].sentence));
        assert_null(strstr(sentence, "canary"));
    }
}

int
main(void)
{
    static struct CMUnitTest tests[ROWS + 4] = {
        cmocka_unit_test(a_write_error_names_its_statement_and_its_index),
        cmocka_unit_test(an_index_of_many_long_keys_is_cut),
        cmocka_unit_test(an_error_of_credentials_is_not_worth_repeating),
        cmocka_unit_test(the_drivers_words_get_a_reason),
    };
    for (size_t i = 0; i < ROWS; i++) {
        tests[i + 4] = (struct CMUnitTest){rows[i].name, row_holds, NULL, NULL, &rows[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
