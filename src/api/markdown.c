/* docs/calls.md: the operations table for people. */
#include "api/operations_private.h"
#include "core/sheet.h"

static void
append_argument(nd_sheet *page, const nd_argument *argument)
{
    nd_sheet_print(page, "| `%s` | %s%s | %s", argument->name,
                   nd_argument_type_name(argument->type), argument->required ? "" : ", optional",
                   argument->doc);
    if (argument->words != NULL) {
        const char *between = " One of";
        for (const char *const *word = argument->words; *word != NULL; word++) {
            nd_sheet_print(page, "%s `%s`", between, *word);
            between = ",";
        }
        nd_sheet_print(page, ".");
    } else if (argument->max != 0 && argument->type == ND_ARGUMENT_TEXT) {
        nd_sheet_print(page, " %lld to %lld bytes.", (long long)argument->min,
                       (long long)argument->max);
    }
    nd_sheet_print(page, " |\n");
}

static void
append_operation(nd_sheet *page, const nd_operation *operation)
{
    nd_sheet_print(page, "\n### `%s`\n\n%s\n\n", operation->name, operation->doc);
    if (operation->count > 0) {
        nd_sheet_print(page, "| argument | type | what |\n|---|---|---|\n");
        for (size_t i = 0; i < operation->count; i++) {
            append_argument(page, &operation->arguments[i]);
        }
        nd_sheet_print(page, "\n");
    }
    nd_sheet_print(page, "Result: %s. Besides OK, expect:", operation->result);
    for (size_t i = 0; i < ND_STATUSES_MAX && operation->statuses[i] != NOEMA_OK; i++) {
        nd_sheet_print(page, "%s %s", i == 0 ? "" : ",", noema_status_name(operation->statuses[i]));
    }
    nd_sheet_print(page, ".\n");
}

char *
nd_operations_markdown(void)
{
    nd_sheet page = {0};
    nd_sheet_print(
        &page,
        "# Operations by name\n\nGenerated from the operations table; `noema_call(db, name, "
        "arguments, &json)` runs them. An *account* is an id or a handle (`telegram:4242`), "
        "*money* is decimal text, a *time* is ISO 8601. A refused call answers with "
        "{status, reason, field, message, retryable} and, where it shows something, result.\n");
    for (size_t i = 0; i < nd_operation_group_count; i++) {
        const nd_operation_group *group = nd_operation_groups[i];
        nd_sheet_print(&page, "\n## %s\n", group->title);
        for (size_t j = 0; j < group->count; j++) {
            append_operation(&page, &group->operations[j]);
        }
    }
    return page.text;
}
