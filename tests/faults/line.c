#include "faults/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void
line_open(line *made, bank *at, int operation, uint32_t timeout_ms)
{
    made->relay = relay_start(at->uri);
    const bank_door door = {
        .uri = relay_uri(made->relay), .timeout_ms = timeout_ms, .second = true};
    made->trial = trial_open(at, bank_open(at, &door), operation);
    made->count = 0;
}

void
line_close(line *of)
{
    noema_close(of->trial.door);
    relay_stop(of->relay);
    trial_close(&of->trial);
}

void
line_must_be_sound(const line *of)
{
    if (of->trial.problem[0] != '\0') {
        fail_msg("%s", of->trial.problem);
    }
}
