/* The everyday members of an object that is being built: what is absent puts nothing. */
#include <string.h>

#include "core/clock.h"
#include "core/id.h"
#include "core/json.h"
#include "core/money.h"

void
nd_json_put_text(nd_json *object, const char *key, const char *text)
{
    if (text != NULL) {
        nd_json_put(object, key, nd_json_new_text(text, strlen(text)));
    }
}

void
nd_json_put_integer(nd_json *object, const char *key, int64_t value)
{
    nd_json_put(object, key, nd_json_new_integer(value));
}

void
nd_json_put_bool(nd_json *object, const char *key, bool value)
{
    nd_json_put(object, key, nd_json_new_bool(value));
}

void
nd_json_put_money(nd_json *object, const char *key, nd_money value)
{
    char text[ND_MONEY_TEXT];
    (void)nd_money_format(value, text);
    nd_json_put_text(object, key, text);
}

void
nd_json_put_time(nd_json *object, const char *key, nd_time value)
{
    if (value.ms != 0) {
        char text[ND_TIME_TEXT];
        (void)nd_time_format(value, text);
        nd_json_put_text(object, key, text);
    }
}

void
nd_json_put_id(nd_json *object, const char *key, nd_id value)
{
    if (!nd_id_is_none(value)) {
        nd_json_put_text(object, key, nd_id_public(value).text);
    }
}
