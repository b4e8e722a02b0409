/* What an update must say: the fields of a record that are not as they were. */
#include "schema/fields.h"

/* A word that this version does not know stays as it is stored; a word that must stand is never
 * taken away. */
static bool
is_never_touched(const nd_field *field, const void *member)
{
    if (field->type != ND_TYPE_WORD) {
        return false;
    }
    int32_t word = ((const nd_word *)member)->at;
    return word == ND_WORD_UNKNOWN || (word == 0 && !field->rule.optional);
}

uint32_t
nd_schema_changes(const nd_table *table, const void *before, const void *after, bson_t *set,
                  bson_t *unset)
{
    uint32_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const nd_field *field = &table->fields[i];
        const void *member = nd_member(after, field);
        if (nd_member_equal(field, nd_member(before, field), member) ||
            is_never_touched(field, member)) {
            continue;
        }
        count++;
        if (nd_member_is_left_out(field, member)) {
            nd_appended(bson_append_utf8(unset, field->name, -1, "", 0));
        } else {
            nd_member_put(field, field->name, member, set);
        }
    }
    return count;
}
