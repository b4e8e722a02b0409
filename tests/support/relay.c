#include "support/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "async/async.h"
#include "support/relay_pair.h"

enum { PAIRS_MAX = 256, AWAIT_MS = 20000 };

struct relay {
    int listener;
    int wake;
    struct sockaddr_in server;
    char uri[64];
    pthread_t thread;
    pair *pairs[PAIRS_MAX];
    size_t pair_count;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    relay_rule rule;
    bool has_rule;
    bool releasing;
    bool stopping;
    uint32_t seen;
    uint32_t hits;
    uint32_t answers;
    int32_t code;
};

static void
die(const char *what)
{
    (void)fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    abort();
}

/* ---- the rule ------------------------------------------------------------------------------------ */

static bool
rule_is_for(relay *on, relay_way way, const char *command, relay_deed *deed)
{
    bool hit = false;
    nd_lock(&on->mutex);
    bool named = on->rule.command == NULL ? !wire_is_housekeeping(command)
                                          : strcmp(on->rule.command, command) == 0;
    if (on->has_rule && on->rule.way == way && named) {
        on->seen++;
        hit = on->seen > on->rule.skip && on->hits < on->rule.times;
    }
    if (hit) {
        on->hits++;
        *deed = on->rule.deed;
        (void)pthread_cond_broadcast(&on->changed);
    }
    nd_unlock(&on->mutex);
    return hit;
}

/* One whole message. */
static void
pass(relay *on, pair *of, relay_way way, const uint8_t *message, size_t size)
{
    relay_deed deed;
    const char *command = of->command;
    if (way == RELAY_REQUEST) {
        wire_command(message, size, of->command);
        of->request = wire_id(message);
    } else if (wire_reply_to(message) != of->request) {
        command = "hello"; /* one that is awaited comes without being asked for */
    }
    if (!rule_is_for(on, way, command, &deed)) {
        pair_send(way == RELAY_REQUEST ? of->server : of->client, message, size);
    } else if (deed == RELAY_HOLD || deed == RELAY_DELAY) {
        pair_hold(of, way, message, size);
        if (deed == RELAY_DELAY) {
            pair_shut(&of->client, false);
        }
    } else if (deed != RELAY_SWALLOW) {
        pair_cut(of, deed == RELAY_RESET);
    }
}

static void
note_late(relay *on, pair *of, const uint8_t *message, size_t size)
{
    of->late = false;
    nd_lock(&on->mutex);
    on->answers++;
    on->code = wire_code(message, size);
    (void)pthread_cond_broadcast(&on->changed);
    nd_unlock(&on->mutex);
}

/* All whole messages of an inbox. */
static void
work_off(relay *on, pair *of, relay_way way, inbox *in)
{
    size_t at = 0;
    size_t size;
    while (of->server != PAIR_NONE && (size = pair_message(in, at)) > 0) {
        if (way == RELAY_REPLY && of->late) {
            note_late(on, of, in->bytes + at, size);
        }
        pass(on, of, way, in->bytes + at, size);
        at += size;
    }
    pair_forget(in, at);
}

/* ---- the thread ---------------------------------------------------------------------------------- */

static void
accept_client(relay *on)
{
    int client = accept4(on->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) {
        return;
    }
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = server >= 0 && on->pair_count < PAIRS_MAX &&
                    connect(server, (struct sockaddr *)&on->server, sizeof on->server) == 0;
    if (!is_there) {
        (void)close(client);
        (void)close(server);
        return;
    }
    on->pairs[on->pair_count++] = pair_new(client, server);
}

/* A client that leaves while a message of its is held, or late, does not take that with it. */
static void
serve(relay *on, pair *of, short client_events, short server_events)
{
    if (client_events != 0 && of->client != PAIR_NONE) {
        if (pair_receive(of->client, &of->from_client)) {
            work_off(on, of, RELAY_REQUEST, &of->from_client);
        } else {
            pair_shut(&of->client, false);
        }
    }
    if (server_events != 0 && of->server != PAIR_NONE) {
        if (pair_receive(of->server, &of->from_server)) {
            work_off(on, of, RELAY_REPLY, &of->from_server);
        } else {
            pair_cut(of, false);
        }
    }
}

static bool
is_over(const pair *of)
{
    return of->server == PAIR_NONE || (of->client == PAIR_NONE && of->held == NULL && !of->late);
}

static void
sweep(relay *on, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < on->pair_count; i++) {
        if (all || is_over(on->pairs[i])) {
            pair_free(on->pairs[i]);
        } else {
            on->pairs[kept++] = on->pairs[i];
        }
    }
    on->pair_count = kept;
}

/* false: to be stopped. */
static bool
obey(relay *on)
{
    uint64_t ignored;
    (void)!read(on->wake, &ignored, sizeof ignored);
    nd_lock(&on->mutex);
    bool stopping = on->stopping;
    bool releasing = on->releasing;
    on->releasing = false;
    nd_unlock(&on->mutex);
    for (size_t i = 0; i < on->pair_count && releasing; i++) {
        pair_let_go(on->pairs[i]);
    }
    return !stopping;
}

static size_t
list_sockets(const relay *on, struct pollfd *polled)
{
    size_t count = 0;
    polled[count++] = (struct pollfd){on->listener, POLLIN, 0};
    polled[count++] = (struct pollfd){on->wake, POLLIN, 0};
    for (size_t i = 0; i < on->pair_count; i++) {
        polled[count++] = (struct pollfd){on->pairs[i]->client, POLLIN, 0};
        polled[count++] = (struct pollfd){on->pairs[i]->server, POLLIN, 0};
    }
    return count;
}

static void *
run(void *argument)
{
    relay *on = argument;
    struct pollfd polled[2 + 2 * PAIRS_MAX];
    bool goes_on = true;
    while (goes_on) {
        size_t count = list_sockets(on, polled);
        if (poll(polled, count, -1) < 0) {
            continue;
        }
        for (size_t i = 0; 2 + 2 * i < count; i++) {
            serve(on, on->pairs[i], polled[2 + 2 * i].revents, polled[3 + 2 * i].revents);
        }
        if (polled[0].revents != 0) {
            accept_client(on);
        }
        if (polled[1].revents != 0) {
            goes_on = obey(on);
        }
        sweep(on, !goes_on);
    }
    return NULL;
}

/* ---- start and stop ------------------------------------------------------------------------------ */

static struct sockaddr_in
loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static uint16_t
port_in(const char *uri)
{
    const char *host = strstr(uri, "127.0.0.1:");
    long port = host == NULL ? 0 : strtol(host + 10, NULL, 10);
    if (port <= 0 || port > UINT16_MAX) {
        (void)fprintf(stderr, "relay: only for a server on 127.0.0.1:PORT\n");
        abort();
    }
    return (uint16_t)port;
}

static void
listen_somewhere(relay *on)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    on->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    on->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (on->listener < 0 || on->wake < 0 ||
        bind(on->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(on->listener, 64) != 0 ||
        getsockname(on->listener, (struct sockaddr *)&address, &size) != 0) {
        die("listen");
    }
    (void)snprintf(on->uri, sizeof on->uri, "mongodb://127.0.0.1:%u/?directConnection=true",
                   (unsigned)ntohs(address.sin_port));
}

relay *
relay_start(const char *uri)
{
    relay *made = calloc(1, sizeof *made);
    if (made == NULL) {
        die("memory");
    }
    made->server = loopback(port_in(uri));
    listen_somewhere(made);
    nd_lock_init(&made->mutex);
    nd_condition_init(&made->changed);
    if (!nd_thread_start(&made->thread, "test-relay", run, made)) {
        die("thread");
    }
    return made;
}

static void
wake(relay *on)
{
    const uint64_t one = 1;
    (void)!write(on->wake, &one, sizeof one);
}

void
relay_stop(relay *on)
{
    nd_lock(&on->mutex);
    on->stopping = true;
    nd_unlock(&on->mutex);
    wake(on);
    (void)pthread_join(on->thread, NULL);
    (void)close(on->listener);
    (void)close(on->wake);
    (void)pthread_cond_destroy(&on->changed);
    (void)pthread_mutex_destroy(&on->mutex);
    free(on);
}

const char *
relay_uri(const relay *on)
{
    return on->uri;
}

/* ---- what a test asks ---------------------------------------------------------------------------- */

void
relay_set(relay *on, const relay_rule *rule)
{
    nd_lock(&on->mutex);
    on->has_rule = rule != NULL;
    on->rule = rule != NULL ? *rule : (relay_rule){0};
    on->seen = 0;
    on->hits = 0;
    nd_unlock(&on->mutex);
}

uint32_t
relay_hits(relay *on)
{
    nd_lock(&on->mutex);
    uint32_t hits = on->hits;
    nd_unlock(&on->mutex);
    return hits;
}

static bool
await(relay *on, const uint32_t *counted, uint32_t wanted)
{
    nd_deadline until = nd_deadline_in(AWAIT_MS);
    nd_lock(&on->mutex);
    while (*counted < wanted && nd_condition_wait(&on->changed, &on->mutex, until)) {
    }
    bool there = *counted >= wanted;
    nd_unlock(&on->mutex);
    return there;
}

bool
relay_await_hits(relay *on, uint32_t hits)
{
    return await(on, &on->hits, hits);
}

void
relay_release(relay *on)
{
    nd_lock(&on->mutex);
    on->has_rule = false;
    on->releasing = true;
    on->answers = 0;
    nd_unlock(&on->mutex);
    wake(on);
}

bool
relay_await_late(relay *on, uint32_t answers, int32_t *code)
{
    bool there = await(on, &on->answers, answers);
    nd_lock(&on->mutex);
    *code = on->code;
    nd_unlock(&on->mutex);
    return there;
}
