/* Collects problems; beyond a bound it only counts. */
#include "audit/problems.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/id.h"
#include "core/money.h"
#include "core/text.h"

enum { VALUE_TEXT = 160 };

void
nd_problems_init(nd_problems *problems)
{
    memset(problems, 0, sizeof(*problems));
    problems->list = nd_json_new_array();
}

void
nd_problems_free(nd_problems *problems)
{
    if (problems->list != NULL) {
        nd_json_free(problems->list);
        problems->list = NULL;
    }
}

int64_t
nd_problems_count(const nd_problems *problems)
{
    return problems->listed + problems->more;
}

void
nd_problem(nd_problems *problems, const nd_place *place, const char *rule, const char *expected,
           const char *found)
{
    if (problems->listed == ND_PROBLEMS_MAX) {
        problems->more++;
        return;
    }
    nd_json *problem = nd_json_new_object();
    char account[2 * sizeof(nd_id) + 1];
    /* Also nobody's, of 12 zero bytes. */
    nd_hex(place->account.bytes, sizeof(place->account.bytes), account);
    nd_json_put_text(problem, "account", account);
    nd_json_put_integer(problem, "seq", place->seq);
    nd_json_put_id(problem, "entry", place->entry);
    nd_json_put_text(problem, "rule", rule);
    nd_json_put_text(problem, "expected", expected);
    nd_json_put_text(problem, "found", found);
    nd_json_push(problems->list, problem);
    problems->listed++;
}

static void
differ(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
       const char *expected, const char *found)
{
    char left[VALUE_TEXT];
    char right[VALUE_TEXT];
    snprintf(left, sizeof(left), "%s %s", what, expected[0] == '\0' ? "none" : expected);
    snprintf(right, sizeof(right), "%s %s", what, found[0] == '\0' ? "none" : found);
    nd_problem(problems, place, rule, left, right);
}

void
nd_problem_money(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
                 nd_money expected, nd_money found)
{
    char left[ND_MONEY_TEXT];
    char right[ND_MONEY_TEXT];
    nd_money_format(expected, left);
    nd_money_format(found, right);
    differ(problems, place, rule, what, left, right);
}

void
nd_problem_number(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
                  int64_t expected, int64_t found)
{
    char left[24];
    char right[24];
    snprintf(left, sizeof(left), "%" PRId64, expected);
    snprintf(right, sizeof(right), "%" PRId64, found);
    differ(problems, place, rule, what, left, right);
}

void
nd_problem_time(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
                nd_time expected, nd_time found)
{
    char left[ND_TIME_TEXT] = "";
    char right[ND_TIME_TEXT] = "";
    if (expected.ms != 0) {
        nd_time_format(expected, left);
    }
    if (found.ms != 0) {
        nd_time_format(found, right);
    }
    differ(problems, place, rule, what, left, right);
}

void
nd_problem_hash(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
                const nd_hash *expected, const nd_hash *found)
{
    char left[2 * sizeof(nd_hash) + 1];
    char right[2 * sizeof(nd_hash) + 1];
    nd_hex(expected->bytes, sizeof(expected->bytes), left);
    nd_hex(found->bytes, sizeof(found->bytes), right);
    differ(problems, place, rule, what, left, right);
}

void
nd_problem_id(nd_problems *problems, const nd_place *place, const char *rule, const char *what,
              nd_id expected, nd_id found)
{
    differ(problems, place, rule, what, nd_id_public(expected).text, nd_id_public(found).text);
}
