/* The documents of the naive program and of the limit: what the library's validators ask for, with
 * the fields that its own documents have. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "schema/schema.h"

bson_oid_t
bench_oid(nd_id id)
{
    bson_oid_t oid;
    memcpy(oid.bytes, id.bytes, sizeof(id.bytes));
    return oid;
}

nd_id
bench_account(uint32_t index)
{
    nd_id id = {
        {0x65, 0x5f, 0x9a, 0x10, 'b', 'e', 'n', 'c'}
    };
    for (int i = 0; i < 4; i++) {
        id.bytes[8 + i] = (uint8_t)(index >> (24 - 8 * i));
    }
    return id;
}

void
bench_key(char key[BENCH_KEY])
{
    static _Atomic uint64_t count;
    (void)snprintf(key, BENCH_KEY, "telegram:update:%010" PRIu64, ++count);
}

int64_t
bench_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bson_t *metadata;
static pthread_once_t metadata_once = PTHREAD_ONCE_INIT;

static void
make_metadata(void)
{
    metadata = BCON_NEW("tool", BENCH_TOOL, "chatId", BCON_INT64(4242424242), "messageId",
                        BCON_INT64(991));
}

const bson_t *
bench_metadata(void)
{
    (void)pthread_once(&metadata_once, make_metadata);
    return metadata;
}

bson_t *
bench_entry_new(const bench_entry *entry)
{
    bson_decimal128_t amount = nd_decimal_of((nd_money){entry->amount});
    bson_decimal128_t before = nd_decimal_of((nd_money){entry->after - entry->amount});
    bson_decimal128_t after = nd_decimal_of((nd_money){entry->after});
    bson_t *made = BCON_NEW(
        "_id", BCON_OID(&entry->id), "masterAccountId", BCON_OID(&entry->account), "timestamp",
        BCON_DATE_TIME(bench_now_ms()), "type", BCON_UTF8(entry->type), "description",
        entry->run == NULL ? BENCH_DESCRIPTION : BENCH_TOOL, "amountUsd", BCON_DECIMAL128(&amount),
        "balanceBeforeUsd", BCON_DECIMAL128(&before), "balanceAfterUsd", BCON_DECIMAL128(&after),
        "seq", BCON_INT64(entry->seq), "idempotencyKey", BCON_UTF8(entry->key));
    if (entry->run != NULL) {
        BSON_APPEND_OID(made, "executionId", entry->run);
    } else {
        BSON_APPEND_DOCUMENT(made, "metadata", bench_metadata());
    }
    BSON_APPEND_UTF8(made, "actor", BENCH_ACTOR);
    BSON_APPEND_BINARY(made, "hash", BSON_SUBTYPE_BINARY, entry->hash, sizeof(entry->hash));
    return made;
}

bson_t *
bench_user_new(nd_id account)
{
    bson_oid_t id = bench_oid(account);
    int64_t now = bench_now_ms();
    return BCON_NEW("_id", BCON_OID(&id), "status", "active", "userCreationTimestamp",
                    BCON_DATE_TIME(now), "updatedAt", BCON_DATE_TIME(now), "version",
                    BCON_INT64(1));
}

/* As after one credit. */
bson_t *
bench_economy_new(nd_id account)
{
    static const uint8_t mark[32] = {1};
    bson_oid_t id = bench_oid(account);
    bson_decimal128_t credit = nd_decimal_of((nd_money){BENCH_CREDIT});
    int64_t now = bench_now_ms();
    return BCON_NEW("_id", BCON_OID(&id), "masterAccountId", BCON_OID(&id), "usdCredit",
                    BCON_DECIMAL128(&credit), "exp", BCON_INT64(0), "seq", BCON_INT64(1), "head",
                    BCON_BIN(BSON_SUBTYPE_BINARY, mark, 32), "headAt", BCON_DATE_TIME(now),
                    "version", BCON_INT64(1), "seal", BCON_BIN(BSON_SUBTYPE_BINARY, mark, 16),
                    "createdAt", BCON_DATE_TIME(now), "updatedAt", BCON_DATE_TIME(now));
}

bson_t *
bench_run_new(const bson_oid_t *run, const bson_oid_t *account, const char *key)
{
    bson_decimal128_t hold = nd_decimal_of((nd_money){BENCH_HOLD});
    char token[25];
    int64_t now = bench_now_ms();
    bson_oid_to_string(run, token);
    return BCON_NEW(
        "_id", BCON_OID(run), "masterAccountId", BCON_OID(account), "payerAccountId",
        BCON_OID(account), "idempotencyKey", BCON_UTF8(key), "serviceName", BENCH_SERVICE, "toolId",
        BENCH_TOOL, "requestPayload", BCON_DOCUMENT(bench_metadata()), "status", "pending",
        "holdUsd", BCON_DECIMAL128(&hold), "holdOpenUsd", BCON_DECIMAL128(&hold),
        "requestTimestamp", BCON_DATE_TIME(now), "deadline", BCON_DATE_TIME(now + 900000), "dueAt",
        BCON_DATE_TIME(now + 900000), "lease", "{", "token", BCON_UTF8(token), "}", "actor",
        BENCH_ACTOR, "updatedAt", BCON_DATE_TIME(now));
}
