/* A trial whose handle reaches the server by a relay of its own. */
#ifndef ND_TEST_FAULTS_LINE_H
#define ND_TEST_FAULTS_LINE_H

#include "faults/trial.h"
#include "support/relay.h"

typedef struct line {
    relay *relay;
    trial trial;
    uint32_t count; /* whatever the test counts */
} line;

/* timeout_ms 0: the default. In the test's thread, as are all three. */
void line_open(line *made, bank *at, int operation, uint32_t timeout_ms);
void line_close(line *of);
/* Fails the test with the trial's problem. */
void line_must_be_sound(const line *of);

#endif
