/* Text and UTF-8. */
#ifndef ND_CORE_TEXT_H
#define ND_CORE_TEXT_H

#include "core/error.h"
#include "core/values.h"

/* A text of a literal or a C string; borrowed. NULL gives an absent one. */
nd_text nd_text_of(const char *string);
bool nd_text_is_none(nd_text text);
bool nd_text_equal(nd_text a, nd_text b);
bool nd_text_is(nd_text text, const char *string);

/* Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without NUL. */
bool nd_utf8_valid(const char *bytes, size_t length);
/* Bytes of the well-formed character (NUL included) that opens bytes; 0: there is none. */
size_t nd_utf8_one(const char *bytes, size_t length);
/* Code points of valid UTF-8. */
size_t nd_utf8_count(const char *bytes, size_t length);
/* The largest size <= length that does not cut a character. */
size_t nd_utf8_cut(const char *bytes, size_t length);
/* Makes a text one line of UTF-8, in place: control characters become spaces, bytes that are no
 * UTF-8 '?'. */
void nd_text_one_line(char *text);

/* An argument: valid UTF-8, min..max bytes. NULL counts as empty; both give an absent text. INVALID
 * names field. */
ND_MUST noema_status nd_text_take(const char *from, const char *field, size_t min, size_t max,
                                  nd_text *text, noema_error *error);
/* An idempotency key: 1-200 bytes of UTF-8 without control characters, not beginning with
 * "noema:". */
ND_MUST noema_status nd_key_take(const char *from, const char *field, nd_text *key,
                                 noema_error *error);

/* Lower hex; `hex` needs 2 * size + 1 bytes. */
void nd_hex(const uint8_t *bytes, size_t size, char *hex);
/* false: not 2 * size hex digits. */
bool nd_unhex(const char *hex, size_t size, uint8_t *bytes);

/* One of a list of words, spelled as in the database; `at` of nd_word is 1 for the first. */
typedef struct nd_words {
    const char *const *words;
    int32_t count;
} nd_words;
#define ND_WORDS(array) {array, (int32_t)(sizeof(array) / sizeof((array)[0]))}
/* ND_WORD_UNKNOWN when it is none of them; absent text gives 0. */
nd_word nd_word_find(const nd_words *words, const char *bytes, size_t length);
/* "" for 0, "?" for unknown. */
const char *nd_word_text(const nd_words *words, nd_word word);

#endif
