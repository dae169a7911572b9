/* crypto/verify.h: signatures by keys of kinds that others use and that we never make: ECDSA and RSA, over
 * OpenSSL. Our own keys are Ed25519 (sign.h). */
#ifndef HOLDFAST_CRYPTO_VERIFY_H
#define HOLDFAST_CRYPTO_VERIFY_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

enum verify_kind {
	VERIFY_NONE = 0,
	VERIFY_ECDSA_P256,	/* with SHA-256; the signature is DER (RFC 3279) */
	VERIFY_RSA_PSS,		/* with SHA-256 and MGF1 of it (RFC 8017), a salt of any length */
	VERIFY_RSA_PKCS1	/* PKCS #1 v1.5 with SHA-256 */
};

/* Bits of an RSA key: less is broken, more makes each signature cost milliseconds. */
#define VERIFY_RSA_BITS_MIN 2048
#define VERIFY_RSA_BITS_MAX 8192

/* An RSA key of VERIFY_RSA_BITS_MAX has 1,062 bytes. */
#define VERIFY_KEY_MAX 1100

/* A public key, in the one form that it has as a SubjectPublicKeyInfo (RFC 5280). By value. */
struct verify_key {
	enum verify_kind kind;
	size_t n;
	uint8_t der[VERIFY_KEY_MAX];
};

/* Read "-----BEGIN PUBLIC KEY-----". ERR_MALFORMED: not a key, or not one for ${kind}. ${out} changes
 * only on success. */
enum err verify_key_read(enum verify_kind kind, struct bytes pem, struct verify_key *out);

/* True when both are the same key, whatever they are used for. */
bool verify_key_equal(const struct verify_key *a, const struct verify_key *b);

/* True when ${signature} is this key's over ${message}. */
bool verify_holds(const struct verify_key *key, struct bytes message, struct bytes signature);

#endif
