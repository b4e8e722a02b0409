/* Verdicts: what a failed command came to, from the driver's error and the server's reply. What may
 * have happened is told from what has not by the codes below, by the error labels, and by how often
 * the driver sent the command. Everything that goes out is scrubbed. */
#include <stdio.h>
#include <string.h>

#include "base/faults_private.h"

/* ---- codes -------------------------------------------------------------------------------------- */

static const struct {
    int32_t code;
    nd_nature nature;
} codes[] = {
    {6,     ND_NATURE_BROKEN_OFF }, /* HostUnreachable, of a mongos */
    {7,     ND_NATURE_BROKEN_OFF }, /* HostNotFound */
    {13,    ND_NATURE_PRIVILEGE  },
    {18,    ND_NATURE_LOGIN      },
    {20,    ND_NATURE_NO_SET     }, /* IllegalOperation: "Transaction numbers are only allowed on a ..." */
    {24,    ND_NATURE_AGAIN      }, /* LockTimeout */
    {43,    ND_NATURE_BROKEN_OFF }, /* CursorNotFound */
    {50,    ND_NATURE_TIME       },
    {89,    ND_NATURE_BROKEN_OFF }, /* NetworkTimeout */
    {91,    ND_NATURE_BROKEN_OFF }, /* ShutdownInProgress */
    {112,   ND_NATURE_AGAIN      }, /* WriteConflict */
    {121,   ND_NATURE_DOCUMENT   },
    {133,   ND_NATURE_NOT_PRIMARY}, /* FailedToSatisfyReadPreference, of a mongos */
    {134,   ND_NATURE_AGAIN      }, /* ReadConcernMajorityNotAvailableYet */
    {175,   ND_NATURE_BROKEN_OFF }, /* QueryPlanKilled */
    {189,   ND_NATURE_BROKEN_OFF }, /* PrimarySteppedDown */
    {225,   ND_NATURE_AGAIN      }, /* TransactionTooOld */
    {237,   ND_NATURE_BROKEN_OFF }, /* CursorKilled */
    {239,   ND_NATURE_AGAIN      }, /* SnapshotTooOld */
    {246,   ND_NATURE_AGAIN      }, /* SnapshotUnavailable */
    {251,   ND_NATURE_AGAIN      }, /* NoSuchTransaction */
    {262,   ND_NATURE_TIME       }, /* ExceededTimeLimit */
    {9001,  ND_NATURE_BROKEN_OFF }, /* SocketException */
    {10058, ND_NATURE_NOT_PRIMARY},
    {10107, ND_NATURE_NOT_PRIMARY},
    {11000, ND_NATURE_DUPLICATE  },
    {11600, ND_NATURE_BROKEN_OFF }, /* InterruptedAtShutdown */
    {11602, ND_NATURE_BROKEN_OFF }, /* InterruptedDueToReplStateChange */
    {13435, ND_NATURE_NOT_PRIMARY},
    {13436, ND_NATURE_NOT_PRIMARY},
    {14031, ND_NATURE_DISK       },
};

static nd_nature
nature_of(int32_t code, const char *message)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].code == code) {
            bool is_other =
                codes[i].nature == ND_NATURE_NO_SET && strstr(message, "replica set") == NULL;
            return is_other ? ND_NATURE_OTHER : codes[i].nature;
        }
    }
    return ND_NATURE_OTHER;
}

/* ---- the reply ---------------------------------------------------------------------------------- */

static bool
find_inside(const bson_t *from, const char *key, bson_t *inside)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, from, key) && nd_bson_enter(&at, inside);
}

static int32_t
int_in(const bson_t *from, const char *key, int32_t otherwise)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, from, key) && BSON_ITER_HOLDS_NUMBER(&at)
               ? (int32_t)bson_iter_as_int64(&at)
               : otherwise;
}

/* "serviceName platformRunId" of {serviceName: 1, platformRunId: 1}. */
static void
read_key(const bson_t *problem, nd_facts *to)
{
    bson_t pattern;
    bson_iter_t at;
    size_t length = 0;
    if (!find_inside(problem, "keyPattern", &pattern) || !bson_iter_init(&at, &pattern)) {
        return;
    }
    while (bson_iter_next(&at) && length < sizeof to->key) {
        int put = snprintf(to->key + length, sizeof to->key - length, "%s%s", length > 0 ? " " : "",
                           bson_iter_key(&at));
        length += put > 0 ? (size_t)put : 0;
    }
}

static void
read_message(const bson_t *problem, nd_facts *to)
{
    bson_iter_t at;
    if (bson_iter_init_find(&at, problem, "errmsg") && BSON_ITER_HOLDS_UTF8(&at)) {
        (void)snprintf(to->message, sizeof to->message, "%s", bson_iter_utf8(&at, NULL));
    }
}

static void
read_problem(const bson_t *problem, nd_facts *to)
{
    to->code = int_in(problem, "code", to->code);
    read_message(problem, to);
    read_key(problem, to);
}

/* The first write error, the error of the whole, or that of the write concern: the first of them
 * that is there decides. Functions of a collection reply without "ok", and with several errors of
 * the write concern. */
static void
read_reply(const bson_t *reply, nd_facts *to)
{
    bson_t inside;
    bson_t first;
    to->concern_failed = find_inside(reply, "writeConcernError", &inside) ||
                         find_inside(reply, "writeConcernErrors", &inside);
    to->transient = mongoc_error_has_label(reply, "TransientTransactionError");
    to->unknown_commit = mongoc_error_has_label(reply, "UnknownTransactionCommitResult");
    if (find_inside(reply, "writeErrors", &inside) && find_inside(&inside, "0", &first)) {
        to->statement = int_in(&first, "index", -1);
        read_problem(&first, to);
    } else if (bson_has_field(reply, "code")) {
        read_problem(reply, to);
    } else if (find_inside(reply, "writeConcernError", &inside)) {
        read_problem(&inside, to);
    }
}

static bool
is_answered(const nd_call *call)
{
    return bson_has_field(&call->reply, "ok") || call->error.domain == MONGOC_ERROR_SERVER ||
           call->error.domain == MONGOC_ERROR_WRITE_CONCERN;
}

static nd_facts
read_facts(const nd_call *call)
{
    nd_facts found = {.statement = -1, .code = (int32_t)call->error.code};
    (void)snprintf(found.message, sizeof found.message, "%s", call->error.message);
    read_reply(&call->reply, &found);
    found.answered = is_answered(call);
    if (found.answered) {
        found.nature = nature_of(found.code, found.message);
    } else if (call->error.domain == MONGOC_ERROR_CLIENT &&
               call->error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) {
        found.nature = ND_NATURE_LOGIN;
    }
    nd_scrub(found.message);
    return found;
}

/* Nobody answered: a broken or silent connection, no server to select, or one that was dropped
 * between its selection and the sending. */
static bool
got_no_answer(const nd_facts *found, const nd_call *call)
{
    uint32_t domain = call->error.domain;
    return !found->answered && found->nature != ND_NATURE_LOGIN &&
           (domain == MONGOC_ERROR_SERVER_SELECTION || domain == MONGOC_ERROR_STREAM ||
            domain == MONGOC_ERROR_PROTOCOL ||
            strstr(call->error.message, "invalidated server") != NULL);
}

/* ---- verdicts ----------------------------------------------------------------------------------- */

static nd_fault
refusal_of(nd_nature nature)
{
    static const nd_fault faults[ND_NATURE_COUNT] = {
        [ND_NATURE_OTHER] = ND_FAULT_OTHER,
        [ND_NATURE_DUPLICATE] = ND_FAULT_DUPLICATE,
        [ND_NATURE_DOCUMENT] = ND_FAULT_DOCUMENT,
        [ND_NATURE_PRIVILEGE] = ND_FAULT_PRIVILEGE,
        [ND_NATURE_LOGIN] = ND_FAULT_UNAVAILABLE,
        [ND_NATURE_AGAIN] = ND_FAULT_TRANSIENT,
        [ND_NATURE_NOT_PRIMARY] = ND_FAULT_TRANSIENT,
        [ND_NATURE_BROKEN_OFF] = ND_FAULT_TRANSIENT,
        [ND_NATURE_TIME] = ND_FAULT_OTHER,
        [ND_NATURE_DISK] = ND_FAULT_OTHER,
        [ND_NATURE_NO_SET] = ND_FAULT_OTHER,
    };
    return faults[nature];
}

static nd_fault
judge_read(const nd_facts *found, const nd_call *call)
{
    return got_no_answer(found, call) ? ND_FAULT_TRANSIENT : refusal_of(found->nature);
}

/* It may have got as far as being done. */
static bool
may_be_written(const nd_facts *found)
{
    return found->concern_failed || !found->answered || found->nature == ND_NATURE_BROKEN_OFF ||
           found->nature == ND_NATURE_TIME;
}

/* Repeated by the driver under one number, a write is done at most once, and a refusal of the second
 * sending for its content is the first one's, too. Other refusals of the second tell nothing about
 * the first. */
static nd_fault
judge_write(const nd_facts *found, const nd_call *call)
{
    if (call->sent == 0) {
        return judge_read(found, call);
    }
    bool content = found->nature == ND_NATURE_DUPLICATE || found->nature == ND_NATURE_DOCUMENT;
    if (may_be_written(found) || (call->sent > 1 && !content)) {
        return ND_FAULT_UNKNOWN;
    }
    return refusal_of(found->nature);
}

/* Without a commit nothing has happened, whatever was lost. */
static nd_fault
judge_inside(const nd_facts *found, const nd_call *call)
{
    if (found->transient || found->nature == ND_NATURE_TIME) {
        return ND_FAULT_TRANSIENT;
    }
    return judge_read(found, call);
}

static nd_fault
judge_commit(const nd_facts *found, const nd_call *call)
{
    bool is_definite = found->transient && !found->unknown_commit && !found->concern_failed;
    return is_definite || call->sent == 0 ? ND_FAULT_TRANSIENT : ND_FAULT_UNKNOWN;
}

/* ---- outcomes ------------------------------------------------------------------------------------- */

void
nd_outcome_clear(nd_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    outcome->statement = -1;
}

void
nd_fault_unsent(nd_outcome *outcome, nd_fault fault, const noema_error *error)
{
    nd_outcome_clear(outcome);
    outcome->fault = fault;
    outcome->error = *error;
}

static bool
is_fine(const nd_call *call)
{
    return call->done && !bson_has_field(&call->reply, "writeErrors") &&
           !bson_has_field(&call->reply, "writeConcernError");
}

void
nd_fault_judge(nd_phase phase, const nd_call *call, nd_outcome *outcome)
{
    static nd_fault (*const judges[])(const nd_facts *, const nd_call *) = {
        [ND_PHASE_READ] = judge_read,
        [ND_PHASE_WRITE] = judge_write,
        [ND_PHASE_INSIDE] = judge_inside,
        [ND_PHASE_COMMIT] = judge_commit,
    };
    nd_outcome_clear(outcome);
    if (is_fine(call)) {
        return;
    }
    nd_facts found = read_facts(call);
    outcome->fault = judges[phase](&found, call);
    outcome->code = found.answered ? found.code : 0;
    if (outcome->fault == ND_FAULT_DUPLICATE || outcome->fault == ND_FAULT_DOCUMENT) {
        outcome->statement = found.statement;
        memcpy(outcome->key, found.key, sizeof outcome->key);
    }
    nd_fault_tell(phase, outcome->fault, &found, &outcome->error);
}
