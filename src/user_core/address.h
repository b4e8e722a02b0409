/* Blockchain addresses in the spelling of their chain: EIP-55 for Ethereum and its kin, base58 for
 * Solana. Says whether a text is an address, never whether somebody owns it. */
#ifndef ND_USER_CORE_ADDRESS_H
#define ND_USER_CORE_ADDRESS_H

#include "core/error.h"

enum {
    ND_ETHEREUM_BYTES = 20,
    ND_ETHEREUM_SIZE = 2 + 2 * ND_ETHEREUM_BYTES + 1, /* "0x", hex, NUL */
    ND_SOLANA_BYTES = 32
};

typedef enum nd_ethereum_verdict {
    ND_ETHEREUM_GOOD,
    ND_ETHEREUM_SHAPE,   /* not "0x" and 40 hex digits */
    ND_ETHEREUM_CHECKSUM /* of mixed case, and the case is not EIP-55's: mistyped */
} nd_ethereum_verdict;

/* Gives the address in lower case. All lower and all upper case carry no checksum. */
nd_ethereum_verdict nd_ethereum_read(const char *text, char lower[ND_ETHEREUM_SIZE]);
/* From lower case to EIP-55's mixed case, as people are shown it. */
void nd_ethereum_spell(const char lower[ND_ETHEREUM_SIZE], char spelled[ND_ETHEREUM_SIZE]);
/* base58 of exactly 32 bytes. No two texts give the same bytes. */
ND_MUST bool nd_solana_read(const char *text, uint8_t key[ND_SOLANA_BYTES]);

#endif
