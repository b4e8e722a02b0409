/* noema_call: an operation by its name, from JSON to JSON. */
#include <string.h>

#include "api/answers.h"
#include "api/db.h"
#include "api/operations.h"

static char *
text_and_free(nd_json *root)
{
    char *text = nd_json_text(root);
    nd_json_free(root);
    return text;
}

/* What a refused command shows goes beside the error. */
static char *
error_text(const noema_error *error, nd_json *shown)
{
    nd_json *object = nd_answer_error(error);
    if (shown != NULL) {
        nd_json_put(object, "result", shown);
    }
    return text_and_free(object);
}

static noema_status
run_operation(noema_db *db, const char *operation, const char *arguments_json, nd_json **result,
              noema_error *error)
{
    nd_values values;
    const nd_operation *found = operation == NULL ? NULL : nd_operation_find(operation);
    if (found == NULL) {
        return nd_fail(error, NOEMA_INVALID, "operation", "there is no such operation");
    }
    noema_status status = nd_values_take(&values, db, found, arguments_json, error);
    if (status == NOEMA_OK) {
        status = found->run(&values, result, error);
    }
    nd_values_free(&values);
    return status;
}

noema_status
noema_call(noema_db *db, const char *operation, const char *arguments_json, char **json)
{
    nd_json *result = NULL;
    noema_error error;
    nd_error_clear(&error);
    if (json == NULL) {
        return NOEMA_INVALID;
    }
    *json = NULL;
    noema_status status = db == NULL ? nd_fail(&error, NOEMA_INVALID, "db", "must not be NULL")
                                     : nd_base_usable(db->base, &error);
    if (status == NOEMA_OK) {
        status = run_operation(db, operation, arguments_json, &result, &error);
    }
    if (status != NOEMA_OK) {
        *json = error_text(&error, result);
    } else {
        *json = text_and_free(result == NULL ? nd_json_new_object() : result);
    }
    return *json == NULL ? NOEMA_NO_MEMORY : status;
}
