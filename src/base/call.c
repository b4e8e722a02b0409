/* One command to the server, and what came of it. The only place that counts how often the driver
 * sent it. */
#include <string.h>

#include "base/base_private.h"

void
nd_call_start(nd_call *call)
{
    memset(call, 0, sizeof *call);
    nd_sent_forget();
}

void
nd_call_end(nd_call *call, bool done)
{
    call->done = done;
    call->sent = nd_sent_count();
}

void
nd_call_clean(nd_call *call)
{
    bson_destroy(&call->reply);
}

int64_t
nd_limit_ms(nd_deadline deadline, int64_t most)
{
    int64_t left = nd_deadline_left(deadline);
    int64_t limit = left < most ? left : most;
    return limit > 0 ? limit : 1;
}

void
nd_call_read(nd_call *call, mongoc_client_t *client, const char *database, const bson_t *command,
             const bson_t *opts)
{
    nd_call_start(call);
    nd_call_end(call, mongoc_client_read_command_with_opts(client, database, command, NULL, opts,
                                                           &call->reply, &call->error));
}

void
nd_call_write(nd_call *call, mongoc_client_t *client, const char *database, const bson_t *command,
              const bson_t *opts)
{
    nd_call_start(call);
    nd_call_end(call, mongoc_client_write_command_with_opts(client, database, command, opts,
                                                            &call->reply, &call->error));
}

/* As it is: no read or write concern is added. */
void
nd_call_raw(nd_call *call, mongoc_client_t *client, const char *database, const bson_t *command)
{
    nd_call_start(call);
    nd_call_end(call, mongoc_client_command_simple(client, database, command, NULL, &call->reply,
                                                   &call->error));
}

/* ---- finds --------------------------------------------------------------------------------------- */

void
nd_find_command(const char *collection, const bson_t *filter, const bson_t *options, uint32_t limit,
                bson_t *command)
{
    static const bson_t everything = BSON_INITIALIZER;
    bson_init(command);
    (void)BSON_APPEND_UTF8(command, "find", collection);
    (void)BSON_APPEND_DOCUMENT(command, "filter", filter != NULL ? filter : &everything);
    (void)BSON_APPEND_INT64(command, "limit", limit);
    (void)BSON_APPEND_INT64(command, "batchSize", limit);
    if (options != NULL) {
        (void)bson_concat(command, options);
    }
}

int64_t
nd_take_batch(const bson_t *reply, const char *name, nd_arena *arena, nd_list *found)
{
    bson_iter_t at;
    bson_t cursor;
    bson_t batch;
    if (!bson_iter_init_find(&at, reply, "cursor") || !nd_bson_enter(&at, &cursor)) {
        return 0;
    }
    if (bson_iter_init_find(&at, &cursor, name) && nd_bson_enter(&at, &batch) &&
        bson_iter_init(&at, &batch)) {
        bson_t document;
        while (bson_iter_next(&at) && nd_bson_enter(&at, &document)) {
            nd_bson *item = nd_list_push(found, sizeof *item, arena);
            *item = nd_bson_copy(&document, arena);
        }
    }
    return bson_iter_init_find(&at, &cursor, "id") ? bson_iter_as_int64(&at) : 0;
}
