/* crypto/bare_rsa.h: RSA without a format around it: what a signature says, to be compared by the caller.
 * For signatures that others made so, long ago, and only for those: without padding, a signature proves
 * what its maker's use of it allows. Our own keys are Ed25519 (sign.h). */
#ifndef HOLDFAST_CRYPTO_BARE_RSA_H
#define HOLDFAST_CRYPTO_BARE_RSA_H

#include "base/bytes.h"
#include "base/err.h"

/* A public key, its two numbers in decimal digits. */
struct bare_rsa_key {
	const char *modulus, *exponent;
};

/* The number that ${signature} (most significant byte first) says, as ${n} bytes, likewise.
 * ERR_FORGED: it does not fit in so many, or the signature is not below the modulus. ERR_NOMEM. */
enum err bare_rsa_read(const struct bare_rsa_key *key, struct bytes signature, uint8_t *out, size_t n);

#endif
