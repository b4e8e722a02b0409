/* A database of its own, used through the public header, and the server's fault points that meet its
 * connections only. */
#ifndef ND_TEST_FAULTS_ENGINE_SCENE_H
#define ND_TEST_FAULTS_ENGINE_SCENE_H

#include <mongoc/mongoc.h>
#include <noemadb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct scene {
    noema_db *db;
    mongoc_client_t *observer; /* beside the library: sets faults, reads what is stored */
    noema_account account;
    char database[40];
    char app_name[40];
    uint32_t keys;
} scene;

/* Set-up and teardown of a group: *state is a scene. Skips (77) without a server. */
int scene_open(void **state);
int scene_close(void **state);
/* A handle to the scene's database at another address; NULL uri: the server's own. */
noema_db *scene_open_at(const scene *on, const char *uri);
/* A key that no other call has. */
const char *scene_key(scene *on);
/* A new account with credit. */
noema_account scene_account(scene *on, noema_money credit);

/* failCommand for the library's connections: the fields of data as extended JSON. times 0: until it
 * is turned off. */
void scene_fail(scene *on, int times, const char *data_json);
void scene_fail_off(scene *on);
/* How many documents of a collection match, as the majority sees them. */
int64_t scene_count(scene *on, const char *collection, bson_t *filter);
/* Asserts that the whole ledger is proved, and that no key was applied twice. */
void scene_prove(scene *on);

#endif
