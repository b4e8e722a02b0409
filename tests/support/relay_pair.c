#include "support/relay_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *
must(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

pair *
pair_new(int client, int server)
{
    pair *made = must(calloc(1, sizeof *made));
    made->client = client;
    made->server = server;
    return made;
}

void
pair_send(int to, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* its end is seen when it is read */
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}

bool
pair_receive(int from, inbox *in)
{
    if (in->room - in->count < 65536) {
        in->room = in->room * 2 + 65536;
        in->bytes = must(realloc(in->bytes, in->room));
    }
    ssize_t got = recv(from, in->bytes + in->count, in->room - in->count, MSG_DONTWAIT);
    if (got > 0) {
        in->count += (size_t)got;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void
pair_shut(int *fd, bool with_reset)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (*fd == PAIR_NONE) {
        return;
    }
    if (with_reset) {
        (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    (void)close(*fd);
    *fd = PAIR_NONE;
}

void
pair_cut(pair *of, bool with_reset)
{
    pair_shut(&of->client, with_reset);
    pair_shut(&of->server, false);
}

void
pair_free(pair *gone)
{
    pair_cut(gone, false);
    free(gone->from_client.bytes);
    free(gone->from_server.bytes);
    free(gone->held);
    free(gone);
}

size_t
pair_message(const inbox *in, size_t at)
{
    if (in->count - at < WIRE_HEADER) {
        return 0;
    }
    size_t size = (size_t)wire_size(in->bytes + at);
    return size < WIRE_HEADER || size > in->count - at ? 0 : size;
}

void
pair_forget(inbox *in, size_t at)
{
    if (at > 0) {
        memmove(in->bytes, in->bytes + at, in->count - at);
        in->count -= at;
    }
}

void
pair_hold(pair *of, relay_way way, const uint8_t *message, size_t size)
{
    free(of->held);
    of->held = must(malloc(size));
    memcpy(of->held, message, size);
    of->held_size = size;
    of->held_way = way;
}

void
pair_let_go(pair *of)
{
    if (of->held == NULL) {
        return;
    }
    if (of->held_way == RELAY_REQUEST) {
        of->late = true;
        pair_send(of->server, of->held, of->held_size);
    } else if (of->client != PAIR_NONE) {
        pair_send(of->client, of->held, of->held_size);
    }
    free(of->held);
    of->held = NULL;
}
