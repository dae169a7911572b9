/* crypto/hmac.h: a digest that only who knows the key can make (RFC 2104, with SHA-256), over libsodium. */
#ifndef HOLDFAST_CRYPTO_HMAC_H
#define HOLDFAST_CRYPTO_HMAC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define HMAC_SIZE 32

/* HMAC-SHA256 of the ${count} pieces of ${message}, one behind the other, under a key of any length. */
void hmac_sha256(struct bytes key, const struct bytes *message, size_t count,
    uint8_t out[static HMAC_SIZE]);

/* True when they are the same; takes as long when they are not, so that nobody finds one byte by byte. */
bool hmac_equal(const uint8_t a[static HMAC_SIZE], const uint8_t b[static HMAC_SIZE]);

#endif
