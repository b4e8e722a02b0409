/* A database of its own, installed, for the tests of this folder; and a client beside the library's
 * that says what is really stored. */
#ifndef ND_TEST_USER_CORE_FIXTURE_H
#define ND_TEST_USER_CORE_FIXTURE_H

#include <mongoc/mongoc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "core/id.h"
#include "support/race.h"
#include "user_core/user_core.h"

extern nd_base *base;
extern nd_metrics *metrics;
extern nd_arena *arena;           /* emptied before each test */
extern mongoc_client_t *observer; /* the test's thread alone */
extern char database[64], app_name[80];

/* Group and test set-up. */
int open_database(void **state);
int drop_database(void **state);
int begin_test(void **state);

nd_deadline soon(void); /* in 15 s */
nd_text no_actor(void);

/* ---- what is stored: filter, update and document are BCON, destroyed ----------------------- */
int64_t stored_count(const char *collection, bson_t *filter);
/* Asserts that there is exactly one; yours, bson_destroy. */
bson_t *stored_one(const char *collection, bson_t *filter);
/* By a dotted path; "" when absent. */
const char *text_at(const bson_t *document, const char *path);
int64_t integer_at(const bson_t *document, const char *path);
bool is_there(const bson_t *document, const char *path);
nd_id id_at(const bson_t *document, const char *path);
bson_t *stored_user(nd_id id);
bson_t *stored_claim(const char *handle);
/* Asserts that it changed one. */
void change_stored(const char *collection, bson_t *filter, bson_t *update);
void insert_stored(const char *collection, bson_t *document);
bson_t *by_id(nd_id id);

/* That loginCount, the claims and platformIdentities of an account agree, and that no user is without
 * a claim nor a claim without its user. */
void assert_account_is_sound(nd_id id);

/* ---- calls, as tests mostly make them ------------------------------------------------------ */
/* A handle that no other test has: "telegram:<random>"; valid until 64 others were made. */
const char *fresh_handle(const char *platform);
nd_id ensured(const char *handle);
noema_status link_handle(nd_id id, const char *handle, noema_error *error);
noema_status unlink_handle(nd_id id, const char *handle, noema_error *error);

/* ---- a server that misbehaves, towards this test's base alone -------------------------------- */
/* Skips the test when the server has no failCommand. */
void need_faults(void);
/* mode and data as of configureFailPoint; destroyed. data lacks appName, which is put in. */
void fail_commands(bson_t *mode, bson_t *data);
void stop_failing(void);
/* How often the fail point has fired since the last fail_commands. */
int64_t times_failed(void);

#endif
