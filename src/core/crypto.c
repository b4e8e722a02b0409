/* Cryptography over libsodium: hashes and seals (BLAKE2b), secrets in locked memory, randomness. */
#include "core/crypto.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"

bool
nd_crypto_init(void)
{
    return sodium_init() >= 0;
}

struct nd_secret {
    uint8_t *bytes; /* between guard pages, locked, not in core dumps, read-only */
    size_t length;
};

nd_secret *
nd_secret_new(const void *bytes, size_t length)
{
    nd_secret *secret = nd_try_new(sizeof *secret);
    if (secret == NULL) {
        return NULL;
    }
    secret->bytes = sodium_malloc(length);
    if (secret->bytes == NULL) {
        nd_delete(secret);
        return NULL;
    }
    if (length > 0) {
        memcpy(secret->bytes, bytes, length);
    }
    secret->length = length;
    /* Some sandboxes forbid mprotect; the secret is as secret without it. */
    (void)sodium_mprotect_readonly(secret->bytes);
    return secret;
}

nd_secret *
nd_secret_copy(const nd_secret *secret)
{
    return secret != NULL ? nd_secret_new(secret->bytes, secret->length) : NULL;
}

void
nd_secret_free(nd_secret *secret)
{
    if (secret != NULL) {
        sodium_free(secret->bytes);
        nd_delete(secret);
    }
}

/* A hash that was not computed must never be taken for one. */
static void
must(int result)
{
    if (result != 0) {
        abort();
    }
}

static void
hash_into(uint8_t *out, size_t size, const nd_hash_key *key, const nd_piece *pieces, size_t count)
{
    crypto_generichash_state state;
    bool keyed = key != NULL && key->present;
    must(crypto_generichash_init(&state, keyed ? key->bytes : NULL, keyed ? sizeof key->bytes : 0,
                                 size));
    for (size_t i = 0; i < count; i++) {
        must(crypto_generichash_update(&state, pieces[i].bytes, pieces[i].length));
    }
    must(crypto_generichash_final(&state, out, size));
}

void
nd_hash_key_make(const nd_secret *secret, nd_hash_key *key)
{
    memset(key, 0, sizeof *key);
    if (secret == NULL) {
        return;
    }
    nd_piece whole = {secret->bytes, secret->length};
    hash_into(key->bytes, sizeof key->bytes, NULL, &whole, 1);
    nd_piece made = {key->bytes, sizeof key->bytes};
    nd_hash own = nd_hash_of(NULL, &made, 1);
    nd_hex(own.bytes, (sizeof key->id - 1) / 2, key->id);
    key->present = true;
}

void
nd_wipe(void *memory, size_t size)
{
    sodium_memzero(memory, size);
}

nd_hash
nd_hash_of(const nd_hash_key *key, const nd_piece *pieces, size_t count)
{
    nd_hash hash;
    hash_into(hash.bytes, sizeof hash.bytes, key, pieces, count);
    return hash;
}

nd_seal
nd_seal_of(const nd_hash_key *key, const nd_piece *pieces, size_t count)
{
    nd_seal seal;
    hash_into(seal.bytes, sizeof seal.bytes, key, pieces, count);
    return seal;
}

bool
nd_hash_equal(const nd_hash *a, const nd_hash *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool
nd_seal_equal(const nd_seal *a, const nd_seal *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool
nd_hash_is_none(const nd_hash *hash)
{
    return sodium_is_zero(hash->bytes, sizeof hash->bytes) == 1;
}

void
nd_random(void *bytes, size_t size)
{
    randombytes_buf(bytes, size);
}

uint32_t
nd_random_below(uint32_t below)
{
    return below > 1 ? randombytes_uniform(below) : 0;
}
