/* crypto/sign.h: Ed25519 signatures (RFC 8032), over libsodium. */
#ifndef HOLDFAST_CRYPTO_SIGN_H
#define HOLDFAST_CRYPTO_SIGN_H

#include "base/bytes.h"
#include "base/err.h"

#define SIGN_PUBLIC_SIZE 32
#define SIGN_SECRET_SIZE 64
#define SIGN_SEED_SIZE 32
#define SIGN_SIZE 64

struct sign_public {
	uint8_t key[SIGN_PUBLIC_SIZE];
};

/* Wipe with sign_forget as soon as it is not needed. */
struct sign_secret {
	uint8_t key[SIGN_SECRET_SIZE];
};

void sign_make_pair(struct sign_public *pub, struct sign_secret *secret);

/* The pair that belongs to a stored seed. */
void sign_pair_from_seed(const uint8_t seed[static SIGN_SEED_SIZE], struct sign_public *pub,
    struct sign_secret *secret);
void sign_seed_of(const struct sign_secret *secret, uint8_t seed[static SIGN_SEED_SIZE]);
void sign_forget(struct sign_secret *secret);

void sign_bytes(const struct sign_secret *secret, struct bytes message,
    uint8_t signature[static SIGN_SIZE]);

/* True when ${signature} (any length; only SIGN_SIZE can hold) is this key's over ${message}. */
bool sign_holds(const struct sign_public *pub, struct bytes message, struct bytes signature);

#endif
