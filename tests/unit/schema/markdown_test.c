/* The reference of the declarations. */
#include <string.h>

#include "unit/schema/thing.h"

static void
require_line(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        print_error("lacks %s\n", line);
    }
    assert_non_null(strstr(text, line));
}

static void
a_chapter_lists_fields_and_indexes(void **state)
{
    const nd_collection *const all[] = {&thing_collection, &thing_collection};
    char *text = nd_schema_markdown(all, 2);
    (void)state;
    assert_ptr_equal(strstr(text, "## things\n\nThings: one of every type.\n\n| field "), text);
    assert_non_null(strstr(text + 1, "\n\n## things\n"));
    require_line(text, "\n| `_id` | ObjectId | required | Which. |\n");
    require_line(text, "\n| `price` | Decimal128, USD | required | Price. |\n");
    require_line(text, "\n| `fee` | Decimal128, USD, -0.000000005 to 1.5 |  | Fee. |\n");
    require_line(text, "\n| `size` | string, one of: `red`, `green`, `grün` |  | Size. |\n");
    require_line(text, "\n| `name` | string, 2 to 5 characters | required | Name. |\n");
    require_line(text, "\n| `most` | string, at most 6 characters |  | Short. |\n");
    require_line(text, "\n| `parts` | list of document, at most 4 | required | Parts. |\n");
    require_line(text, "\n| `parts[].label.text` | string |  | What it says. |\n");
    require_line(text, "\n| `must.parts[].label.price` | Decimal128, USD |  | What it asks. |\n");
    require_line(text, "\n| `tags` | list of string |  | Tags, any number. |\n");
    require_line(text, "\n| `count` | int32, -5 to 7 |  | Count. |\n");
    require_line(text, "\n| `debt` | int64, -9 to 0 |  | Debt. |\n");
    require_line(text, "\n| `total` | int64, at least 0 | required | Total. |\n");
    require_line(text, "\n| `name:1 made:-1` | things by name | |\n");
    require_line(text, "\n| `note:1` | things by note | unique where `note` is present |\n");
    require_line(text, "\n| `seen:1` | removal of old things | expires |\n");
    nd_delete(text);
}

static void
no_collection_gives_an_empty_text(void **state)
{
    char *text = nd_schema_markdown(NULL, 0);
    (void)state;
    assert_string_equal(text, "");
    nd_delete(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chapter_lists_fields_and_indexes),
        cmocka_unit_test(no_collection_gives_an_empty_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
