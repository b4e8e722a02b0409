/* Plays the same random commands to the model and to the law (through the engine's fold, without a
 * server), compares every answer and every balance, and holds the invariants after each step. A
 * difference is shrunk to the shortest stream that still shows it, and printed with its seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/crypto.h"
#include "generator.h"
#include "model.h"
#include "player.h"

enum { STEPS = 1200000, STREAM = 3000, SEEDS_FROM = 1 };

typedef struct playlist {
    int64_t now[STREAM];
    model_command commands[STREAM];
    size_t length;
} playlist;

/* Plays a stream to both; returns the first step that differs, or its length. */
static size_t
play(const playlist *stream, char *difference, size_t size)
{
    model *expecting = model_new();
    player *playing = player_new();
    size_t at = 0;
    difference[0] = '\0';
    for (; at < stream->length && difference[0] == '\0'; at++) {
        model_answer expected;
        model_answer found;
        model_apply(expecting, stream->now[at], &stream->commands[at], &expected);
        player_apply(playing, stream->now[at], &stream->commands[at], &found);
        player_compare(playing, expecting, &expected, &found, difference, size);
    }
    player_free(playing);
    model_free(expecting);
    return difference[0] == '\0' ? stream->length : at - 1;
}

static void
generate(playlist *stream, uint64_t seed)
{
    generator source;
    model *expecting = model_new();
    int64_t now = INT64_C(1800000000000);
    generator_init(&source, seed);
    stream->length = 0;
    while (stream->length < STREAM && model_has_room(expecting)) {
        model_answer answer;
        model_command *command = &stream->commands[stream->length];
        generator_next(&source, expecting, &now, command);
        stream->now[stream->length++] = now;
        model_apply(expecting, now, command, &answer);
    }
    model_free(expecting);
}

/* Drops single commands as long as the difference stays. */
static void
shrink(playlist *stream, char *difference, size_t size)
{
    playlist *shorter = malloc(sizeof(*shorter));
    assert_non_null(shorter);
    for (size_t at = stream->length; at > 0; at--) {
        *shorter = *stream;
        memmove(&shorter->commands[at - 1], &shorter->commands[at],
                (shorter->length - at) * sizeof(shorter->commands[0]));
        memmove(&shorter->now[at - 1], &shorter->now[at],
                (shorter->length - at) * sizeof(shorter->now[0]));
        shorter->length--;
        size_t first = play(shorter, difference, size);
        if (difference[0] != '\0') {
            *stream = *shorter;
            stream->length = first + 1;
            at = at > stream->length ? stream->length + 1 : at;
        }
    }
    free(shorter);
    play(stream, difference, size);
}

static void
print_stream(const playlist *stream)
{
    for (size_t i = 0; i < stream->length; i++) {
        const model_command *c = &stream->commands[i];
        print_message("  %2zu now=%lld kind=%d account=%d payer=%d fallback=%d key=%d target=%d "
                      "run=%d amount=%lld up_to=%d expires=%lld exp=%lld hold=%lld rate=%lld "
                      "lifetime=%lld state=%d price=%d charge=%lld units=%lld overrun=%d\n",
                      i, (long long)stream->now[i], (int)c->kind, c->account, c->payer, c->fallback,
                      c->key, c->target, c->of_run, (long long)c->amount, c->up_to,
                      (long long)c->expires, (long long)c->exp, (long long)c->hold,
                      (long long)c->rate, (long long)c->lifetime, c->state, c->price,
                      (long long)c->charge, (long long)c->units_milli, c->overrun);
    }
}

static void
the_law_answers_as_the_model_does(void **state)
{
    (void)state;
    char difference[512];
    playlist *stream = malloc(sizeof(*stream));
    assert_non_null(stream);
    size_t steps = 0;
    uint64_t seed = SEEDS_FROM;
    const char *given = getenv("ND_SEED");
    if (given != NULL) {
        seed = strtoull(given, NULL, 10);
    }
    uint64_t first = seed;
    for (; steps < STEPS; seed++) {
        generate(stream, seed);
        play(stream, difference, sizeof(difference));
        if (difference[0] != '\0') {
            shrink(stream, difference, sizeof(difference));
            print_message("seed %llu, %zu commands: %s\n", (unsigned long long)seed, stream->length,
                          difference);
            print_stream(stream);
            fail();
        }
        steps += stream->length;
    }
    print_message("%zu steps, seeds %llu to %llu, 0 differences\n", steps,
                  (unsigned long long)first, (unsigned long long)seed - 1);
    free(stream);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_law_answers_as_the_model_does)};
    if (!nd_crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
