/* The test's own mongod, to be killed and started again. Only for a server of one node that
 * scripts/mongod started. */
#ifndef ND_TEST_SUPPORT_SERVER_H
#define ND_TEST_SUPPORT_SERVER_H

#include <stdbool.h>

/* false: NOEMA_MONGODB_URI names somebody else's server, or one of several nodes. */
bool server_is_ours(void);
/* kill -9; returns when it is gone. */
void server_kill(void);
/* Returns when it is started, long before there is a primary. Whoever runs scripts/mongod ends it. */
void server_start(void);
/* Until it takes writes; false: not within 60 s. */
bool server_await_primary(const char *uri);

#endif
