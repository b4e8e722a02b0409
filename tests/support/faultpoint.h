/* The server's own fault point (failCommand), set through a connection of its own, and other
 * commands that a test sends past the library. */
#ifndef ND_TEST_SUPPORT_FAULTPOINT_H
#define ND_TEST_SUPPORT_FAULTPOINT_H

#include <mongoc/mongoc.h>
#include <stdbool.h>
#include <stdint.h>

/* A client with nothing of the library's settings. Ends the process when the URI is none. */
mongoc_client_t *plain_client(const char *uri);
/* Runs and destroys a command; false: it failed, said on stdout. reply may be NULL; else it is the
 * caller's to destroy. */
bool plain_command(mongoc_client_t *client, const char *database, bson_t *command, bson_t *reply);

typedef struct faultpoint {
    const char *command;  /* find, insert... */
    const char *app_name; /* whose commands fail */
    int32_t times;        /* 0: always, after skip */
    int32_t skip;
    int32_t code;         /* 0: none */
    bool transient;       /* with the label TransientTransactionError */
    bool closes;          /* the connection is closed before the command is looked at */
    int32_t concern_code; /* of a writeConcernError: the command is done all the same. 0: none */
} faultpoint;

/* false: this server has no fault points (it was started without --faults). */
bool faultpoint_set(mongoc_client_t *client, const faultpoint *fault);
void faultpoint_off(mongoc_client_t *client);

#endif
