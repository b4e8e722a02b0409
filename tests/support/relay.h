/* A TCP relay in front of a server, which loses, cuts off or holds back the messages of a command
 * that a test names. It knows of the wire protocol what it needs for that: where a message ends, and
 * the name of its command. One rule at a time; its own thread. */
#ifndef ND_TEST_SUPPORT_RELAY_H
#define ND_TEST_SUPPORT_RELAY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct relay relay;

typedef enum relay_way { RELAY_REQUEST, RELAY_REPLY } relay_way;

typedef enum relay_deed {
    RELAY_SWALLOW, /* the message is lost; the connection stays, and is silent */
    RELAY_CUT,     /* the message is lost, and its connection closed on both sides */
    RELAY_RESET,   /* the same; the client sees a reset */
    RELAY_HOLD,    /* kept until it is released, also when the client has gone */
    RELAY_DELAY    /* a request: the same, but the client's connection is closed at once */
} relay_deed;

typedef struct relay_rule {
    relay_way way;
    const char *command; /* a literal; NULL: any but those by which the driver looks after itself */
    uint32_t skip;       /* messages that go through before it begins to hold */
    uint32_t times;      /* how many it is for */
    relay_deed deed;
} relay_rule;

/* In front of the first host of a URI. Ends the process when there is no port. */
relay *relay_start(const char *uri);
/* Cuts all connections; frees. */
void relay_stop(relay *on);
/* mongodb://127.0.0.1:PORT/?directConnection=true; lives as long as the relay. */
const char *relay_uri(const relay *on);

/* Replaces the rule. NULL: none. */
void relay_set(relay *on, const relay_rule *rule);
/* How many messages the rule was for. */
uint32_t relay_hits(relay *on);
/* Waits until there are as many; false: not within 20 s. */
bool relay_await_hits(relay *on, uint32_t hits);
/* What is held goes on; the rule ends. */
void relay_release(relay *on);
/* Waits for the server's answers to so many requests that were held and released; false: not within
 * 20 s. *code: the last one's error code, 0 when it was OK. */
bool relay_await_late(relay *on, uint32_t answers, int32_t *code);

#endif
