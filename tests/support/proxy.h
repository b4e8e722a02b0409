/* A TCP proxy before a MongoDB server that knows which command passes: it can hold a named command
 * back, lose its reply, or cut the connection. Threads of its own; rules may change at any time. */
#ifndef ND_TEST_SUPPORT_PROXY_H
#define ND_TEST_SUPPORT_PROXY_H

#include <stdint.h>

typedef struct proxy proxy;

typedef enum proxy_deed {
    PROXY_HOLD,       /* the request reaches the server ms later, also when its client has gone */
    PROXY_LOSE_REPLY, /* the server does it, the client never hears of it: the reply is swallowed */
    PROXY_CUT_REPLY   /* the same, and the connection is closed */
} proxy_deed;

/* Before a server on 127.0.0.1. Aborts the process when the system has no socket. */
proxy *proxy_open(uint16_t server_port);
/* Ends all connections; what is held back is sent first. */
void proxy_close(proxy *self);
uint16_t proxy_port(const proxy *self);
/* The next `times` commands of that name. Replaces the rule before. */
void proxy_rule(proxy *self, const char *command, proxy_deed deed, int times, int ms);
void proxy_no_rule(proxy *self);
/* How often the rule was applied. */
int proxy_applied(proxy *self);

#endif
