/* A client's connection to the relay, and the relay's to the server for it. */
#ifndef ND_TEST_SUPPORT_RELAY_PAIR_H
#define ND_TEST_SUPPORT_RELAY_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/relay.h"
#include "support/relay_wire.h"

enum { PAIR_NONE = -1 };

/* Bytes that have come and do not make a whole message yet. */
typedef struct inbox {
    uint8_t *bytes;
    size_t count;
    size_t room;
} inbox;

/* A client's connection and ours to the server. */
typedef struct pair {
    int client; /* PAIR_NONE: gone */
    int server;
    inbox from_client;
    inbox from_server;
    int32_t request; /* the last one's id and command */
    char command[WIRE_NAME];
    uint8_t *held;
    size_t held_size;
    relay_way held_way;
    bool late; /* what was held has been sent to the server, and is not answered yet */
} pair;

pair *pair_new(int client, int server);
/* Closes both sides. */
void pair_free(pair *gone);
/* Sends all, or as much as the other end takes. */
void pair_send(int to, const uint8_t *bytes, size_t size);
/* Reads what has come. false: closed. */
bool pair_receive(int from, inbox *in);
/* The first whole message of the inbox behind `at`; its size, 0: there is none. */
size_t pair_message(const inbox *in, size_t at);
/* Forgets what comes before `at`. */
void pair_forget(inbox *in, size_t at);
void pair_shut(int *fd, bool with_reset);
/* Both sides; with_reset: the client sees one. */
void pair_cut(pair *of, bool with_reset);
/* Keeps a message, until it is let go to where it was bound for. */
void pair_hold(pair *of, relay_way way, const uint8_t *message, size_t size);
void pair_let_go(pair *of);

#endif
