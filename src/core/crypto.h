/* Cryptography: the only file that sees libsodium is crypto.c. */
#ifndef ND_CORE_CRYPTO_H
#define ND_CORE_CRYPTO_H

#include "core/error.h"
#include "core/values.h"

/* Must have succeeded before any other function here; may be repeated, any thread. */
ND_MUST bool nd_crypto_init(void);

/* One piece of a message; pieces are hashed as if they stood side by side. */
typedef struct nd_piece {
    const void *bytes;
    size_t length;
} nd_piece;

/* A secret in locked memory, wiped when freed. */
typedef struct nd_secret nd_secret;
/* NULL when no memory can be had. */
nd_secret *nd_secret_new(const void *bytes, size_t length);
nd_secret *nd_secret_copy(const nd_secret *secret);
void nd_secret_free(nd_secret *secret);
/* A hashing key made of a secret of any length: BLAKE2b-256 of it. */
typedef struct nd_hash_key {
    uint8_t bytes[32];
    bool present; /* false: unkeyed */
    char id[9];   /* 8 hex digits of the key's own hash, "" when unkeyed */
} nd_hash_key;
void nd_hash_key_make(const nd_secret *secret, nd_hash_key *key);
void nd_wipe(void *memory, size_t size);

/* BLAKE2b-256 and BLAKE2b-128, keyed when the key is present. */
nd_hash nd_hash_of(const nd_hash_key *key, const nd_piece *pieces, size_t count);
nd_seal nd_seal_of(const nd_hash_key *key, const nd_piece *pieces, size_t count);
/* Constant time. */
bool nd_hash_equal(const nd_hash *a, const nd_hash *b);
bool nd_seal_equal(const nd_seal *a, const nd_seal *b);
bool nd_hash_is_none(const nd_hash *hash);

void nd_random(void *bytes, size_t size);
/* 0 .. below - 1, even. */
uint32_t nd_random_below(uint32_t below);

#endif
