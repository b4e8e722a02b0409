/* Money: int64 nano-USD. Every sum goes through here; nothing wraps, nothing is a double. */
#ifndef ND_CORE_MONEY_H
#define ND_CORE_MONEY_H

#include "core/error.h"
#include "core/values.h"

/* +-9,000,000,000 USD. */
#define ND_MONEY_MAX (INT64_C(9000000000) * INT64_C(1000000000))
enum { ND_MONEY_TEXT = 32 };

bool nd_money_in_range(int64_t nano);
/* false: the sum is out of range; *sum is untouched. */
ND_MUST bool nd_money_add(nd_money a, nd_money b, nd_money *sum);
nd_money nd_money_min(nd_money a, nd_money b);
nd_money nd_money_max(nd_money a, nd_money b);
/* [0-9]{1,10}(\.[0-9]{1,9})? at most 9,000,000,000; with is_signed also a leading '-'. INVALID
 * (or LIMIT beyond the range) names field. */
ND_MUST noema_status nd_money_parse(const char *text, bool is_signed, const char *field,
                                    nd_money *amount, noema_error *error);
/* Shortest plain text: "-0.25", "1200". Returns the length. */
size_t nd_money_format(nd_money amount, char text[ND_MONEY_TEXT]);
/* rate * quantity / per, exact, rounded half up (away from zero never happens: arguments are >= 0,
 * per > 0). LIMIT beyond the range. */
ND_MUST noema_status nd_money_multiply(nd_money rate, int64_t quantity, int64_t per,
                                       nd_money *price, noema_error *error);

#endif
