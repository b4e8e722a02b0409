/* A database of its own, installed, for the tests of this folder, used as the header tells its users
 * to; and a client beside the library that says what is really stored. */
#ifndef ND_TEST_API_FIXTURE_H
#define ND_TEST_API_FIXTURE_H

#include <mongoc/mongoc.h>
#include <noemadb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/race.h"

#define CENT (NOEMA_USD / 100)

extern noema_db *db;
extern noema_error error;         /* of the calls of the test's own thread */
extern mongoc_client_t *observer; /* the test's thread alone */
extern char database[40];

/* Group set-up. The background reaper is off: a test reaps by itself. */
int open_database(void **state);
int drop_database(void **state);
/* Options of the database under test, to be changed; noema_options_free. */
noema_options *test_options(void);
/* A second handle to it; noema_close. */
noema_db *open_another(void);

/* Says the status, the message and the place when it is another one. */
#define assert_status(call, wanted) check_status((call), (wanted), #call, __FILE__, __LINE__)
void check_status(noema_status status, noema_status wanted, const char *call, const char *file,
                  int line);
/* The same, and that error says it, and names the field; "" for none. */
#define assert_refused(call, wanted, field)                                                        \
    check_refused((call), (wanted), (field), #call, __FILE__, __LINE__)
void check_refused(noema_status status, noema_status wanted, const char *field, const char *call,
                   const char *file, int line);
#define assert_zeros(output) check_zeros(&(output), sizeof(output), #output, __FILE__, __LINE__)
void check_zeros(const void *bytes, size_t size, const char *what, const char *file, int line);

/* ---- calls, as tests mostly make them ------------------------------------------------------ */
/* That no other test has; valid until 256 others were made. */
const char *fresh_key(void);
const char *fresh_handle(void);
noema_id fresh_account(void);
noema_id account_with(noema_money bought);
noema_time now(void); /* of this machine; the library may think a little different */
void sleep_until(noema_time when);

noema_balance balance_of(noema_id account);
void assert_balance(noema_id account, noema_money balance, noema_money held);
noema_receipt credited(noema_id account, noema_money amount);
noema_receipt debited(noema_id account, noema_money amount);
/* expires_at 0: never. */
noema_receipt given(noema_id account, noema_money amount, noema_time expires_at);
/* With a fresh key. */
noema_command command_for(int32_t kind, noema_id account, noema_money amount);
noema_status apply(const noema_command *command, noema_receipt *receipt);
noema_receipt applied(const noema_command *command);

/* tool "flux", a fresh key. */
noema_run_request request_for(noema_id account, noema_money hold);
noema_run started(noema_id account, noema_money hold);
noema_settlement settlement_for(noema_id run, int32_t state);
/* Completed by NOEMA_PRICE_AMOUNT; 0: free. */
noema_settlement completion_of(noema_id run, noema_money charge);
noema_receipt settled(const noema_settlement *settlement, noema_run *run);
noema_run run_of(noema_id run);

/* ---- what is stored: filter and update are BCON, destroyed ------------------------------------ */
bson_t *by_id(noema_id id);
bson_t *by_account(noema_id account);
int64_t stored_count(const char *collection, bson_t *filter);
/* Asserts that it changed one. */
void change_stored(const char *collection, bson_t *filter, bson_t *update);
/* Sum of a money field, "$amountUsd", over what matches. */
noema_money stored_sum(const char *collection, bson_t *filter, const char *field);
/* Asserts that there is exactly one; yours, bson_destroy. */
bson_t *stored_one(const char *collection, bson_t *filter);
/* All collections, one after the other, in one number that changes when any document does. */
uint64_t stored_everything(void);

#endif
