/* Views of BSON. The one place where bytes become a bson_t; what they hold is not looked at here:
 * a walk by bson_iter_next is safe on any bytes. */
#include <stdlib.h>

#include "schema/fields.h"

bool
nd_bson_open(nd_bson from, bson_t *view)
{
    /* bson_init_static compares the length that the bytes say, and looks for the closing NUL. */
    return from.length >= 5 && bson_init_static(view, from.bytes, from.length);
}

nd_bson
nd_bson_of(const bson_t *document)
{
    return (nd_bson){bson_get_data(document), document->len};
}

nd_bson
nd_bson_copy(const bson_t *document, nd_arena *arena)
{
    return (nd_bson){nd_arena_copy(arena, bson_get_data(document), document->len), document->len};
}

bool
nd_bson_enter(const bson_iter_t *at, bson_t *view)
{
    nd_bson inside = {NULL, 0};
    if (BSON_ITER_HOLDS_DOCUMENT(at)) {
        bson_iter_document(at, &inside.length, &inside.bytes);
    } else if (BSON_ITER_HOLDS_ARRAY(at)) {
        bson_iter_array(at, &inside.length, &inside.bytes);
    }
    return nd_bson_open(inside, view);
}

bool
nd_bson_ended(const bson_iter_t *at)
{
    return at->err_off == 0;
}

void
nd_appended(bool done)
{
    if (!done) {
        abort();
    }
}
