/* An open base on a database of its own, for tests that need a server; and the server's own fault
 * points. Uses cmocka only in the test's thread. */
#ifndef ND_TEST_SUPPORT_BASE_FIXTURE_H
#define ND_TEST_SUPPORT_BASE_FIXTURE_H

#include <bson/bson.h>

#include "base/base.h"

typedef struct base_fixture {
    nd_options *options;
    nd_metrics *metrics;
    nd_base *base;
    nd_arena *arena;
    noema_error error;
    char database[40];
    char app_name[40]; /* fault points of this fixture meet its own connections only */
    const void *row;   /* initial_state of the test: what it is about; may be NULL */
} base_fixture;

/* NOEMA_MONGODB_URI; without it the test program ends as skipped (77). */
const char *base_fixture_uri(void);

/* Setup and teardown of a cmocka test; the database is dropped at the end. */
int base_fixture_setup(void **state);
int base_fixture_teardown(void **state);

/* Options that name the server and a database with a random name. */
nd_options *base_fixture_options(char database[40]);
void base_fixture_drop(nd_base *base);

/* Runs a command on a database; NULL: the fixture's own. The reply lives in the arena. */
nd_bson base_fixture_run(base_fixture *on, const char *database, bson_t *command);
/* failCommand for this fixture's connections: times (0: always), and the fields of data as extended
 * JSON: "{\"failCommands\": [\"commitTransaction\"], \"errorCode\": 50}". */
void base_fixture_fail(base_fixture *on, int32_t times, const char *data_json);
void base_fixture_fail_off(base_fixture *on);

/* From here on, majority reads see whatever has been applied before, also what failed to wait for
 * the majority. */
void base_fixture_settle(base_fixture *on);
/* Documents of a collection that match, as the majority sees them. */
uint32_t base_fixture_count(base_fixture *on, const char *collection, const bson_t *filter);
/* n of the only document of a collection, as the majority sees it; 0: there is none. */
int32_t base_fixture_counter(base_fixture *on, const char *collection);

#endif
