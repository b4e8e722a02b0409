/* docs/calls.md and docs/schema.md say what the library says: they are generated
 * (scripts/checks/generated --update), and compared here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "api/collections.h"
#include "api/operations.h"
#include "core/memory.h"

static char *
read_file(const char *path)
{
    char *text = calloc(1, 1 << 20);
    FILE *file = fopen(path, "r");
    assert_non_null(text);
    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void
assert_same(const char *path, char *generated)
{
    char *written = read_file(path);
    assert_string_equal(written, generated);
    free(written);
    nd_delete(generated);
}

static void
calls_md_is_the_operations_table(void **state)
{
    (void)state;
    assert_same(NOEMA_SOURCE_DIR "/docs/calls.md", nd_operations_markdown());
}

static void
schema_md_is_the_declarations(void **state)
{
    (void)state;
    assert_same(NOEMA_SOURCE_DIR "/docs/schema.md", nd_collections_markdown());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_md_is_the_operations_table),
        cmocka_unit_test(schema_md_is_the_declarations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
