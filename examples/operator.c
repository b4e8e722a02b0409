/* What an operator does with a database, until there is a command line for it:
 *     example_operator install                     makes or upgrades collections and indexes
 *     example_operator check                       lists what differs, changes nothing
 *     example_operator checkpoint HANDLE...        prints an array of checkpoints: keep it elsewhere
 *     example_operator verify [CHECKPOINTS-FILE]   proves the ledger of all accounts
 * Without words it installs, checks and verifies. NOEMA_DATABASE names the database. */
#include <noemadb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static noema_error error;

static bool
complain(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", what, noema_status_name(error.status), error.message);
    return false;
}

static bool
install(noema_db *db, bool check_only)
{
    noema_document *report = NULL;
    noema_status status = noema_install(db, check_only, &report, &error);
    printf("%s\n", noema_document_json(report));
    noema_document_free(report);
    return status == NOEMA_OK || complain(check_only ? "check" : "install");
}

static bool
print_checkpoints(noema_db *db, char **handles)
{
    const char *before = "[";
    for (; *handles != NULL; handles++) {
        noema_account account;
        noema_document *checkpoint;
        if (noema_account_find(db, *handles, &account, &error) != NOEMA_OK ||
            noema_ledger_checkpoint(db, &account.id, &checkpoint, &error) != NOEMA_OK) {
            return complain(*handles);
        }
        printf("%s%s", before, noema_document_json(checkpoint));
        noema_document_free(checkpoint);
        before = ",\n";
    }
    puts("]");
    return true;
}

/* Part by part; each report has the problems of its part, and says where the next one begins. */
static bool
verify(noema_db *db, const char *checkpoints)
{
    bool proved = true;
    int64_t entries = 0, sum = 0;
    const char *next = NULL;
    noema_document *report = NULL, *before = NULL;
    do {
        noema_status status = noema_ledger_verify(db, NULL, next, checkpoints, &report, &error);
        noema_document_free(before); /* next was in it */
        before = report;
        if (status != NOEMA_OK) {
            proved = complain("verify");
            puts(noema_document_json(report));
        }
        sum += noema_document_integer(report, "/entries", &entries) ? entries : 0;
        fprintf(stderr, "%lld entries\n", (long long)sum);
    } while (noema_document_text(report, "/next", &next));
    noema_document_free(report);
    puts(proved ? "proved" : "NOT PROVED");
    return proved;
}

static bool
verify_with(noema_db *db, const char *path)
{
    static char checkpoints[1 << 20];
    FILE *file = fopen(path, "r");
    if (file == NULL || fread(checkpoints, 1, sizeof checkpoints - 1, file) == 0) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return verify(db, checkpoints);
}

static bool
run(noema_db *db, char **words)
{
    if (words[0] == NULL) {
        return install(db, false) && install(db, true) && verify(db, NULL);
    }
    if (strcmp(words[0], "install") == 0 || strcmp(words[0], "check") == 0) {
        return install(db, strcmp(words[0], "check") == 0);
    }
    if (strcmp(words[0], "checkpoint") == 0 && words[1] != NULL) {
        return print_checkpoints(db, words + 1);
    }
    if (strcmp(words[0], "verify") == 0) {
        return words[1] == NULL ? verify(db, NULL) : verify_with(db, words[1]);
    }
    fputs("usage: example_operator [install | check | checkpoint HANDLE... | verify [FILE]]\n",
          stderr);
    return false;
}

int
main(int count, char **words)
{
    noema_db *db;
    setenv("NOEMA_DATABASE", "noema_examples", 0); /* not among real accounts, unless told so */
    if (noema_open(NULL, &db, &error) != NOEMA_OK) {
        complain("open");
        return 1;
    }
    bool fine = run(db, words + (count > 0 ? 1 : 0));
    noema_close(db);
    return fine ? 0 : 1;
}
