#include "support/faultpoint.h"

#include <stdio.h>
#include <stdlib.h>

mongoc_client_t *
plain_client(const char *uri)
{
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(uri);
    if (client == NULL) {
        (void)fprintf(stderr, "no URI: %s\n", uri);
        abort();
    }
    (void)mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
    return client;
}

bool
plain_command(mongoc_client_t *client, const char *database, bson_t *command, bson_t *reply)
{
    bson_error_t error;
    bool done = mongoc_client_command_simple(client, database, command, NULL, reply, &error);
    if (!done) {
        (void)printf("%s: %s\n", database, error.message);
    }
    bson_destroy(command);
    return done;
}

static void
append_concern(bson_t *data, int32_t code)
{
    bson_t concern;
    (void)BSON_APPEND_DOCUMENT_BEGIN(data, "writeConcernError", &concern);
    (void)BSON_APPEND_INT32(&concern, "code", code);
    (void)BSON_APPEND_UTF8(&concern, "errmsg", "as the test wants it");
    (void)bson_append_document_end(data, &concern);
}

static void
append_data(bson_t *command, const faultpoint *fault)
{
    bson_t data;
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "data", &data);
    (void)BCON_APPEND(&data, "failCommands", "[", BCON_UTF8(fault->command), "]");
    (void)BSON_APPEND_UTF8(&data, "appName", fault->app_name);
    if (fault->code != 0) {
        (void)BSON_APPEND_INT32(&data, "errorCode", fault->code);
    }
    if (fault->transient) {
        (void)BCON_APPEND(&data, "errorLabels", "[", BCON_UTF8("TransientTransactionError"), "]");
    }
    if (fault->closes) {
        (void)BSON_APPEND_BOOL(&data, "closeConnection", true);
    }
    if (fault->concern_code != 0) {
        append_concern(&data, fault->concern_code);
    }
    (void)bson_append_document_end(command, &data);
}

bool
faultpoint_set(mongoc_client_t *client, const faultpoint *fault)
{
    bson_t *command = BCON_NEW("configureFailPoint", BCON_UTF8("failCommand"));
    if (fault->times > 0) {
        (void)BCON_APPEND(command, "mode", "{", "times", BCON_INT32(fault->times), "}");
    } else if (fault->skip > 0) {
        (void)BCON_APPEND(command, "mode", "{", "skip", BCON_INT32(fault->skip), "}");
    } else {
        (void)BCON_APPEND(command, "mode", BCON_UTF8("alwaysOn"));
    }
    append_data(command, fault);
    return plain_command(client, "admin", command, NULL);
}

void
faultpoint_off(mongoc_client_t *client)
{
    (void)plain_command(
        client, "admin",
        BCON_NEW("configureFailPoint", BCON_UTF8("failCommand"), "mode", BCON_UTF8("off")), NULL);
}
