/* Filters of the ledger's reads, each with the index that serves it. */
#include "transactions/history_store.h"

#include <string.h>

#include "schema/statements.h"
#include "transactions/store.h"
#include "transactions/timeline_store.h"

enum { OF_RUN_LIMIT = 500 };

/* ---- words ---------------------------------------------------------------------------------------- */

noema_status
nd_words_parse(const nd_words *words, const char *text, const char *field, uint32_t *bits,
               noema_error *error)
{
    *bits = 0;
    if (text == NULL || text[0] == '\0') {
        return NOEMA_OK;
    }
    const char *at = text;
    do {
        size_t length = strcspn(at, ",");
        nd_word word = nd_word_find(words, at, length);
        if (word.at < 1) {
            return nd_fail(error, NOEMA_INVALID, field, "\"%.*s\" is none of them",
                           (int)(length < 40 ? length : 40), at);
        }
        *bits |= UINT32_C(1) << word.at;
        at += length;
    } while (*at++ == ',');
    return NOEMA_OK;
}

void
nd_filter_words(bson_t *filter, const char *name, const nd_words *words, uint32_t bits)
{
    bson_t in;
    bson_t array;
    uint32_t count = 0;
    if (bits == 0) {
        return;
    }
    bson_append_document_begin(filter, name, -1, &in);
    bson_append_array_begin(&in, "$in", 3, &array);
    for (int32_t at = 1; at <= words->count; at++) {
        char digits[16];
        const char *key;
        if ((bits >> at & 1) != 0) {
            bson_uint32_to_string(count++, &key, digits, sizeof(digits));
            bson_append_utf8(&array, key, -1, nd_word_text(words, (nd_word){at}), -1);
        }
    }
    bson_append_array_end(&in, &array);
    bson_append_document_end(filter, &in);
}

noema_status
nd_history_types_parse(const char *text, uint32_t *types, noema_error *error)
{
    return nd_words_parse(&nd_entry_types, text, "types", types, error);
}

/* ---- reads ---------------------------------------------------------------------------------------- */

noema_status
nd_history_list(nd_base *base, nd_deadline deadline, const nd_history_query *query, nd_arena *arena,
                nd_list *documents, char next[ND_PAGE_TEXT], noema_error *error)
{
    bson_t which = BSON_INITIALIZER;
    nd_filter_words(&which, "type", &nd_entry_types, query->types);
    const nd_timeline timeline = {
        .collection = nd_entry_collection.name,
        .list = "transactions",
        .time = "timestamp",
        .number = query->all ? NULL : "seq",
        .account = query->account,
        .all = query->all,
        .which = &which,
        .from = query->from,
        .to = query->to,
        .limit = query->limit,
        .page = query->page,
    };
    noema_status status =
        nd_timeline_read(base, deadline, &timeline, arena, documents, next, error);
    bson_destroy(&which);
    return status;
}

noema_status
nd_history_balance_at(nd_base *base, nd_deadline deadline, nd_id account, nd_time when,
                      nd_arena *arena, nd_entry *last, noema_error *error)
{
    bson_oid_t oid;
    nd_bson document = {0};
    memset(last, 0, sizeof(*last));
    memcpy(oid.bytes, account.bytes, sizeof(account.bytes));
    bson_t *filter = BCON_NEW("masterAccountId", BCON_OID(&oid), "timestamp", "{", "$lte",
                              BCON_DATE_TIME(when.ms), "}");
    bson_t *options =
        BCON_NEW("sort", "{", "timestamp", BCON_INT32(-1), "seq", BCON_INT32(-1), "}");
    noema_status status = nd_base_find_one(base, deadline, nd_entry_collection.name, filter,
                                           options, arena, &document, error);
    bson_destroy(options);
    bson_destroy(filter);
    if (status == NOEMA_NOT_FOUND) {
        nd_error_clear(error);
        return NOEMA_OK;
    }
    ND_TRY(status);
    return nd_entry_decode(document, last, arena, error);
}

noema_status
nd_history_of_run(nd_base *base, nd_deadline deadline, nd_id run, nd_arena *arena,
                  nd_list *documents, noema_error *error)
{
    bson_t filter = BSON_INITIALIZER;
    nd_filter_id(&filter, "executionId", run);
    bson_t *options = BCON_NEW("sort", "{", "timestamp", BCON_INT32(1), "seq", BCON_INT32(1), "}");
    noema_status status = nd_base_find(base, deadline, nd_entry_collection.name, &filter, options,
                                       OF_RUN_LIMIT, arena, documents, error);
    bson_destroy(options);
    bson_destroy(&filter);
    return status;
}
