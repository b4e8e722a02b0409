/* The declarations as a reference for readers: docs/schema.md is made here and compared in a test. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/money.h"
#include "core/sheet.h"
#include "schema/fields.h"

enum { PATH_SIZE = 256 };

static void
print_words(nd_sheet *to, const nd_words *words)
{
    for (int32_t i = 0; i < words->count; i++) {
        nd_sheet_print(to, "%s`%s`", i > 0 ? ", " : ": ", words->words[i]);
    }
}

/* ", 3 to 200 characters"; an end of the type is no bound. */
static void
print_range(nd_sheet *to, const nd_field *field, const char *unit)
{
    int64_t most = field->type == ND_TYPE_INT32 ? INT32_MAX : INT64_MAX;
    int64_t min;
    int64_t max;
    if (!nd_field_bounds(field, &min, &max)) {
        return;
    }
    if (max == most || (max == 0 && field->type == ND_TYPE_TEXT)) {
        nd_sheet_print(to, ", at least %" PRId64 "%s", min, unit);
    } else if (min == 0) {
        nd_sheet_print(to, ", at most %" PRId64 "%s", max, unit);
    } else {
        nd_sheet_print(to, ", %" PRId64 " to %" PRId64 "%s", min, max, unit);
    }
}

static void
print_money_range(nd_sheet *to, const nd_field *field)
{
    char least[ND_MONEY_TEXT];
    char most[ND_MONEY_TEXT];
    int64_t min;
    int64_t max;
    (void)nd_field_bounds(field, &min, &max);
    (void)nd_money_format((nd_money){min}, least);
    (void)nd_money_format((nd_money){max}, most);
    if (min != -ND_MONEY_MAX || max != ND_MONEY_MAX) {
        nd_sheet_print(to, ", %s to %s", least, most);
    }
}

static const char *
name_of(nd_type type)
{
    static const char *const names[] = {
        [ND_TYPE_ID] = "ObjectId",
        [ND_TYPE_MONEY] = "Decimal128, USD",
        [ND_TYPE_TIME] = "date",
        [ND_TYPE_WORD] = "string, one of",
        [ND_TYPE_TEXT] = "string",
        [ND_TYPE_BSON] = "document",
        [ND_TYPE_LIST] = "list",
        [ND_TYPE_HASH] = "binary, 32 bytes",
        [ND_TYPE_SEAL] = "binary, 16 bytes",
        [ND_TYPE_BOOL] = "bool",
        [ND_TYPE_INT32] = "int32",
        [ND_TYPE_INT64] = "int64",
        [ND_TYPE_DOUBLE] = "double",
        [ND_TYPE_INSIDE] = "document",
    };
    return names[type];
}

static void
print_list_type(nd_sheet *to, const nd_field *field)
{
    nd_field item = nd_field_of_items(field);
    nd_sheet_print(to, " of %s", name_of(item.type));
    if (field->rule.max > 0) {
        nd_sheet_print(to, ", at most %" PRId64, field->rule.max);
    }
}

static void
print_type(nd_sheet *to, const nd_field *field)
{
    nd_sheet_print(to, "%s", name_of(field->type));
    if (field->type == ND_TYPE_WORD) {
        print_words(to, field->rule.words);
    } else if (field->type == ND_TYPE_TEXT) {
        print_range(to, field, " characters");
    } else if (field->type == ND_TYPE_MONEY) {
        print_money_range(to, field);
    } else if (field->type == ND_TYPE_LIST) {
        print_list_type(to, field);
    } else {
        print_range(to, field, "");
    }
}

/* Nested tables follow their field: `grants[].amountUsd`. */
static void
print_fields(nd_sheet *to, const nd_table *table, const char *within)
{
    for (size_t i = 0; i < table->count; i++) {
        const nd_field *field = &table->fields[i];
        nd_sheet_print(to, "| `%s%s` | ", within, field->name);
        print_type(to, field);
        nd_sheet_print(to, " | %s | %s |\n", field->rule.optional ? "" : "required", field->doc);
        if (field->rule.table != NULL) {
            char path[PATH_SIZE];
            (void)snprintf(path, sizeof path, "%s%s%s.", within, field->name,
                           field->type == ND_TYPE_LIST ? "[]" : "");
            print_fields(to, field->rule.table, path);
        }
    }
}

static void
print_index(nd_sheet *to, const nd_index *index)
{
    nd_sheet_print(to, "| `%s` | %s |", index->keys, index->serves);
    nd_sheet_print(to, "%s%s", index->unique ? " unique" : "", index->expires ? " expires" : "");
    if (index->only != NULL) {
        nd_sheet_print(to, " where `%s` is present", index->only);
    }
    nd_sheet_print(to, " |\n");
}

static void
print_collection(nd_sheet *to, const nd_collection *collection)
{
    nd_sheet_print(to, "## %s\n\n%s\n\n", collection->name, collection->doc);
    nd_sheet_print(to, "| field | type | | meaning |\n|---|---|---|---|\n");
    print_fields(to, collection->table, "");
    if (collection->index_count > 0) {
        nd_sheet_print(to, "\n| index | serves | |\n|---|---|---|\n");
    }
    for (size_t i = 0; i < collection->index_count; i++) {
        print_index(to, &collection->indexes[i]);
    }
}

char *
nd_schema_markdown(const nd_collection *const *collections, size_t count)
{
    nd_sheet to = {0};
    nd_sheet_print(&to, "%s", "");
    for (size_t i = 0; i < count; i++) {
        nd_sheet_print(&to, "%s", i > 0 ? "\n" : "");
        print_collection(&to, collections[i]);
    }
    return to.text;
}
