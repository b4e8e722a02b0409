/* Time: monotonic deadlines, the clock that follows the server's, and RFC 3339 text. The calendar
 * is computed here because gmtime counts leap seconds under some settings of TZ. */
#include "core/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "core/memory.h"

enum { JUMP_MS = 5000, DAY_SECONDS = 86400 };
static const int64_t last_ms = INT64_C(253402300799999); /* the end of year 9999 */

static int64_t
read_us(clockid_t which)
{
    struct timespec now = {0};
    (void)clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
nd_monotonic_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
nd_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

nd_deadline
nd_deadline_in(int64_t ms)
{
    nd_deadline deadline;
    if (__builtin_add_overflow(nd_monotonic_ms(), ms, &deadline.at_ms)) {
        deadline.at_ms = INT64_MAX;
    }
    return deadline;
}

int64_t
nd_deadline_left(nd_deadline deadline)
{
    int64_t now = nd_monotonic_ms();
    return deadline.at_ms > now ? deadline.at_ms - now : 0;
}

bool
nd_deadline_passed(nd_deadline deadline)
{
    return nd_deadline_left(deadline) == 0;
}

nd_deadline
nd_deadline_sooner(nd_deadline a, nd_deadline b)
{
    return a.at_ms <= b.at_ms ? a : b;
}

void
nd_sleep_ms(int64_t ms)
{
    if (ms <= 0) {
        return;
    }
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}

struct nd_clock {
    _Atomic int64_t offset; /* the server's time minus the monotonic clock */
    _Atomic int64_t latest; /* the greatest time given out */
    _Atomic int64_t skew;
    atomic_bool is_set;
};

nd_clock *
nd_clock_new(void)
{
    return nd_new(sizeof(nd_clock));
}

void
nd_clock_free(nd_clock *clock)
{
    nd_delete(clock);
}

static int64_t
distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

void
nd_clock_set(nd_clock *clock, nd_time server, int64_t round_trip_ms)
{
    /* A server that tells nonsense is not followed. */
    if (server.ms <= 0 || server.ms > last_ms || round_trip_ms < 0 || round_trip_ms > last_ms) {
        return;
    }
    int64_t doubt = round_trip_ms / 2;
    int64_t now = server.ms + doubt;
    int64_t offset = now - nd_monotonic_ms();
    int64_t error = distance(offset, atomic_load(&clock->offset));
    atomic_store(&clock->skew, read_us(CLOCK_REALTIME) / 1000 - now);
    if (!atomic_load(&clock->is_set) || error > JUMP_MS) {
        atomic_store(&clock->offset, offset);
        atomic_store(&clock->latest, now);
        atomic_store(&clock->is_set, true);
        return;
    }
    /* A difference that the network explains is no news, and following it would only shake. */
    if (error > doubt) {
        atomic_store(&clock->offset, offset);
    }
}

nd_time
nd_clock_now(nd_clock *clock)
{
    if (!atomic_load(&clock->is_set)) {
        return (nd_time){read_us(CLOCK_REALTIME) / 1000};
    }
    int64_t now = nd_monotonic_ms() + atomic_load(&clock->offset);
    int64_t latest = atomic_load(&clock->latest);
    /* Set back a little, the clock stands still until it has caught up; set back by a jump, it
     * goes back, also when a thread has just written the time before the jump. */
    while (now > latest || latest - now > JUMP_MS) {
        if (atomic_compare_exchange_weak(&clock->latest, &latest, now)) {
            return (nd_time){now};
        }
    }
    return (nd_time){latest};
}

int64_t
nd_clock_skew(nd_clock *clock)
{
    return atomic_load(&clock->skew);
}

typedef struct civil {
    int64_t year;
    int month, day, hour, minute, second, ms;
} civil;

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar; years begin in March inside,
 * so that the leap day is the last. */
static int64_t
days_of(int64_t year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(shifted, 400);
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
set_date(civil *at, int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = floor_div(shifted, 146097);
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    at->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    at->month = (int)(month < 10 ? month + 3 : month - 9);
    at->year = year + era * 400 + (at->month <= 2 ? 1 : 0);
}

static civil
civil_of(nd_time time)
{
    civil at;
    int64_t seconds = floor_div(time.ms, 1000);
    int64_t days = floor_div(seconds, DAY_SECONDS);
    int of_day = (int)(seconds - days * DAY_SECONDS);
    set_date(&at, days);
    at.hour = of_day / 3600;
    at.minute = of_day / 60 % 60;
    at.second = of_day % 60;
    at.ms = (int)((time.ms % 1000 + 1000) % 1000);
    return at;
}

size_t
nd_time_format(nd_time time, char text[ND_TIME_TEXT])
{
    civil at = civil_of(time);
    /* Beyond four digits a year carries its sign (ISO 8601), as JavaScript writes it. */
    bool plain = at.year >= 0 && at.year <= 9999;
    char year[16];
    (void)snprintf(year, sizeof year, plain ? "%04" PRId64 : "%+07" PRId64, at.year);
    int length = snprintf(text, ND_TIME_TEXT, "%s-%02d-%02dT%02d:%02d:%02d.%03dZ", year, at.month,
                          at.day, at.hour, at.minute, at.second, at.ms);
    return length < ND_TIME_TEXT ? (size_t)length : ND_TIME_TEXT - 1;
}

/* Reads exactly `count` digits and moves on; -1: they are not there. */
static int
read_number(const char **text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        char c = **text;
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
        (*text)++;
    }
    return value;
}

static bool
read_mark(const char **text, char mark)
{
    char c = **text;
    if (c != mark && !(mark == 'T' && c == 't') && !(mark == 'Z' && c == 'z')) {
        return false;
    }
    (*text)++;
    return true;
}

static int
days_in(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
read_date(const char **text, civil *at)
{
    at->year = read_number(text, 4);
    if (at->year < 0 || !read_mark(text, '-')) {
        return false;
    }
    at->month = read_number(text, 2);
    if (at->month < 1 || at->month > 12 || !read_mark(text, '-')) {
        return false;
    }
    at->day = read_number(text, 2);
    return at->day >= 1 && at->day <= days_in(at->year, at->month);
}

/* ".902": any number of digits, of which three count. */
static bool
read_fraction(const char **text, civil *at)
{
    at->ms = 0;
    if (!read_mark(text, '.')) {
        return true;
    }
    int weight = 100;
    const char *first = *text;
    while (**text >= '0' && **text <= '9') {
        at->ms += (**text - '0') * weight;
        weight /= 10;
        (*text)++;
    }
    return *text > first;
}

static bool
read_time(const char **text, civil *at)
{
    at->hour = read_number(text, 2);
    if (at->hour < 0 || at->hour > 23 || !read_mark(text, ':')) {
        return false;
    }
    at->minute = read_number(text, 2);
    if (at->minute < 0 || at->minute > 59 || !read_mark(text, ':')) {
        return false;
    }
    at->second = read_number(text, 2);
    return at->second >= 0 && at->second <= 60 && read_fraction(text, at);
}

/* "Z" or "+01:00", in seconds east of UTC. */
static bool
read_zone(const char **text, int64_t *east)
{
    *east = 0;
    if (read_mark(text, 'Z')) {
        return true;
    }
    bool west = read_mark(text, '-');
    if (!west && !read_mark(text, '+')) {
        return false;
    }
    int hours = read_number(text, 2);
    if (hours < 0 || hours > 23 || !read_mark(text, ':')) {
        return false;
    }
    int minutes = read_number(text, 2);
    *east = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return minutes >= 0 && minutes <= 59;
}

static bool
read_instant(const char *text, nd_time *time)
{
    civil at;
    int64_t east = 0;
    if (!read_date(&text, &at) || !read_mark(&text, 'T') || !read_time(&text, &at) ||
        !read_zone(&text, &east) || *text != '\0') {
        return false;
    }
    int64_t seconds = days_of(at.year, at.month, at.day) * DAY_SECONDS + at.hour * 3600 +
                      at.minute * 60 + at.second - east;
    /* A leap second stands at the end of a UTC day only; it counts as the next day's first. */
    if (at.second == 60 && seconds % DAY_SECONDS != 0) {
        return false;
    }
    time->ms = seconds * 1000 + at.ms;
    return true;
}

noema_status
nd_time_parse(const char *text, const char *field, nd_time *time, noema_error *error)
{
    if (text == NULL || !read_instant(text, time)) {
        return nd_fail(error, NOEMA_INVALID, field, "must be a time such as 2026-11-01T12:00:38Z");
    }
    return NOEMA_OK;
}
