/* One thread a connection; messages are passed on whole. */
#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_MAX = 48 << 20, HEADER = 16, OP_MSG = 2013, NAME_AT = HEADER + 4 + 1 + 4 + 1 };

struct proxy {
    int listener;
    uint16_t port;
    uint16_t server_port;
    pthread_t acceptor;
    pthread_mutex_t mutex;
    atomic_bool closing;
    atomic_int open;
    char command[32];
    proxy_deed deed;
    int times;
    int ms;
    int applied;
};

typedef struct crossing {
    proxy *owner;
    int client;
    int server;
    bool swallow; /* the next reply */
    bool cut;
} crossing;

static void
must(bool good)
{
    if (!good) {
        abort();
    }
}

static bool
read_all(int from, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = recv(from, bytes, size, 0);
        if (got <= 0) {
            return false;
        }
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

static bool
write_all(int to, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = send(to, bytes, size, MSG_NOSIGNAL);
        if (put <= 0) {
            return false;
        }
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

static uint32_t
number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* A whole message; yours. NULL: the connection has ended. */
static uint8_t *
read_message(int from, size_t *size)
{
    uint8_t header[HEADER];
    if (!read_all(from, header, sizeof(header))) {
        return NULL;
    }
    *size = number_at(header);
    if (*size < HEADER || *size > MESSAGE_MAX) {
        return NULL;
    }
    uint8_t *message = malloc(*size + 1);
    must(message != NULL);
    memcpy(message, header, HEADER);
    message[*size] = '\0';
    if (!read_all(from, message + HEADER, *size - HEADER)) {
        free(message);
        return NULL;
    }
    return message;
}

/* The first key of the command's document is its name. */
static const char *
name_of(const uint8_t *message, size_t size)
{
    if (size <= NAME_AT || number_at(message + 12) != OP_MSG) {
        return "";
    }
    return (const char *)message + NAME_AT;
}

/* The rule for this request, if it is one of its times. */
static bool
meets_rule(proxy *self, const char *name, proxy_deed *deed, int *ms)
{
    pthread_mutex_lock(&self->mutex);
    bool meets = self->times > 0 && strcmp(self->command, name) == 0;
    if (meets) {
        self->times--;
        self->applied++;
        *deed = self->deed;
        *ms = self->ms;
    }
    pthread_mutex_unlock(&self->mutex);
    return meets;
}

static void
sleep_ms(int ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&rest, NULL);
}

static bool
pass_request(crossing *on)
{
    size_t size = 0;
    int ms = 0;
    proxy_deed deed = PROXY_HOLD;
    uint8_t *message = read_message(on->client, &size);
    if (message == NULL) {
        return false;
    }
    if (meets_rule(on->owner, name_of(message, size), &deed, &ms)) {
        if (deed == PROXY_HOLD) {
            sleep_ms(ms);
        }
        on->swallow = deed != PROXY_HOLD;
        on->cut = deed == PROXY_CUT_REPLY;
    }
    bool passed = write_all(on->server, message, size);
    free(message);
    return passed;
}

static bool
pass_reply(crossing *on)
{
    size_t size = 0;
    uint8_t *message = read_message(on->server, &size);
    if (message == NULL) {
        return false;
    }
    bool passed = on->swallow || write_all(on->client, message, size);
    free(message);
    if (on->swallow && on->cut) {
        return false;
    }
    on->swallow = false;
    return passed;
}

static void *
relay(void *argument)
{
    crossing *on = argument;
    bool goes_on = true;
    while (goes_on && !atomic_load(&on->owner->closing)) {
        struct pollfd ends[] = {
            {.fd = on->client, .events = POLLIN},
            {.fd = on->server, .events = POLLIN}
        };
        if (poll(ends, 2, 200) < 0) {
            break;
        }
        if (ends[1].revents != 0) {
            goes_on = pass_reply(on);
        }
        if (goes_on && ends[0].revents != 0) {
            goes_on = pass_request(on);
        }
    }
    close(on->client);
    close(on->server);
    atomic_fetch_sub(&on->owner->open, 1);
    free(on);
    return NULL;
}

static int
connect_to(uint16_t port)
{
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(made >= 0);
    if (connect(made, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(made);
        return -1;
    }
    return made;
}

static void
link_up(proxy *self, int client)
{
    pthread_t thread;
    int server = connect_to(self->server_port);
    if (server < 0) {
        close(client);
        return;
    }
    crossing *made = calloc(1, sizeof(*made));
    must(made != NULL);
    *made = (crossing){.owner = self, .client = client, .server = server};
    atomic_fetch_add(&self->open, 1);
    must(pthread_create(&thread, NULL, relay, made) == 0);
    pthread_detach(thread);
}

static void *
accept_clients(void *argument)
{
    proxy *self = argument;
    while (!atomic_load(&self->closing)) {
        struct pollfd end = {.fd = self->listener, .events = POLLIN};
        if (poll(&end, 1, 100) <= 0) {
            continue;
        }
        int client = accept(self->listener, NULL, NULL);
        if (client >= 0) {
            link_up(self, client);
        }
    }
    return NULL;
}

proxy *
proxy_open(uint16_t server_port)
{
    proxy *self = calloc(1, sizeof(*self));
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    must(self != NULL);
    self->server_port = server_port;
    pthread_mutex_init(&self->mutex, NULL);
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(self->listener >= 0 &&
         bind(self->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
         listen(self->listener, 64) == 0 &&
         getsockname(self->listener, (struct sockaddr *)&address, &size) == 0);
    self->port = ntohs(address.sin_port);
    must(pthread_create(&self->acceptor, NULL, accept_clients, self) == 0);
    return self;
}

void
proxy_close(proxy *self)
{
    atomic_store(&self->closing, true);
    pthread_join(self->acceptor, NULL);
    while (atomic_load(&self->open) > 0) {
        sleep_ms(20);
    }
    close(self->listener);
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

uint16_t
proxy_port(const proxy *self)
{
    return self->port;
}

void
proxy_rule(proxy *self, const char *command, proxy_deed deed, int times, int ms)
{
    pthread_mutex_lock(&self->mutex);
    snprintf(self->command, sizeof(self->command), "%s", command);
    self->deed = deed;
    self->times = times;
    self->ms = ms;
    self->applied = 0;
    pthread_mutex_unlock(&self->mutex);
}

void
proxy_no_rule(proxy *self)
{
    pthread_mutex_lock(&self->mutex);
    self->times = 0;
    pthread_mutex_unlock(&self->mutex);
}

int
proxy_applied(proxy *self)
{
    pthread_mutex_lock(&self->mutex);
    int applied = self->applied;
    pthread_mutex_unlock(&self->mutex);
    return applied;
}
