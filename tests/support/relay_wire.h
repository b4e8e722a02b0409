/* Messages of MongoDB's wire protocol, as far as a relay has to know them. */
#ifndef ND_TEST_SUPPORT_RELAY_WIRE_H
#define ND_TEST_SUPPORT_RELAY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_HEADER = 16, WIRE_NAME = 40 };

/* Of a message's header; a reply names the request's id. */
int32_t wire_size(const uint8_t *message);
int32_t wire_id(const uint8_t *message);
int32_t wire_reply_to(const uint8_t *message);
/* The name of a request's command: the first key. "" if there is none. */
void wire_command(const uint8_t *message, size_t size, char name[WIRE_NAME]);
/* The error code of a reply: its own, or that of its write concern; 0: it is OK. */
int32_t wire_code(const uint8_t *message, size_t size);
/* The driver sends it for itself, whatever is asked of it. */
bool wire_is_housekeeping(const char *command);

#endif
