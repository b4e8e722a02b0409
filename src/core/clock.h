/* Time: one clock a database handle, this machine's monotonic clock set by the server's; and
 * deadlines, which are monotonic alone. */
#ifndef ND_CORE_CLOCK_H
#define ND_CORE_CLOCK_H

#include "core/error.h"
#include "core/values.h"

/* Monotonic milliseconds, since an unknown start. */
int64_t nd_monotonic_ms(void);
/* Monotonic microseconds, for latencies. */
int64_t nd_monotonic_us(void);

typedef struct nd_deadline {
    int64_t at_ms; /* on the monotonic clock */
} nd_deadline;
nd_deadline nd_deadline_in(int64_t ms);
/* >= 0. */
int64_t nd_deadline_left(nd_deadline deadline);
bool nd_deadline_passed(nd_deadline deadline);
nd_deadline nd_deadline_sooner(nd_deadline a, nd_deadline b);
void nd_sleep_ms(int64_t ms);

/* Thread-safe; zero-initialised it is this machine's wall clock. */
typedef struct nd_clock nd_clock;
nd_clock *nd_clock_new(void);
void nd_clock_free(nd_clock *clock);
/* The server said that it is `server` now; round_trip_ms old at most. Small skews are slewed in
 * (never backwards by more than the wall clock itself would). */
void nd_clock_set(nd_clock *clock, nd_time server, int64_t round_trip_ms);
nd_time nd_clock_now(nd_clock *clock);
/* This machine's wall clock minus the server's, in ms, as last seen. */
int64_t nd_clock_skew(nd_clock *clock);

/* "2026-11-01T12:00:38.902Z" */
enum { ND_TIME_TEXT = 32 };
size_t nd_time_format(nd_time time, char text[ND_TIME_TEXT]);
/* The same shape, seconds' fraction optional, Z or +hh:mm; INVALID names field. */
ND_MUST noema_status nd_time_parse(const char *text, const char *field, nd_time *time,
                                   noema_error *error);

#endif
