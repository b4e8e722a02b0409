/* Prints a generated chapter of docs/: describe calls | schema. */
#include <stdio.h>
#include <string.h>

#include "api/collections.h"
#include "api/operations.h"
#include "core/memory.h"

int
main(int count, char **arguments)
{
    char *text = NULL;
    if (count == 2 && strcmp(arguments[1], "calls") == 0) {
        text = nd_operations_markdown();
    } else if (count == 2 && strcmp(arguments[1], "schema") == 0) {
        text = nd_collections_markdown();
    } else {
        fprintf(stderr, "usage: describe calls|schema\n");
        return 2;
    }
    fputs(text, stdout);
    nd_delete(text);
    return 0;
}
