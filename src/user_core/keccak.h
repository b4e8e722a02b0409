/* Keccak-256 as Ethereum uses it: the winner of the SHA-3 contest before NIST changed its padding,
 * so not SHA3-256. */
#ifndef ND_USER_CORE_KECCAK_H
#define ND_USER_CORE_KECCAK_H

#include <stddef.h>
#include <stdint.h>

enum { ND_KECCAK_SIZE = 32 };

void nd_keccak256(const void *bytes, size_t length, uint8_t digest[ND_KECCAK_SIZE]);

#endif
