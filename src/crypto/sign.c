/* crypto/sign.c: see sign.h. */
#include "crypto/sign.h"

#include <assert.h>
#include <sodium.h>

_Static_assert(SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "libsodium's public key");
_Static_assert(SIGN_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "libsodium's secret key");
_Static_assert(SIGN_SIZE == crypto_sign_BYTES, "libsodium's signature");

void
sign_make_pair(struct sign_public *pub, struct sign_secret *secret)
{
	assert(sodium_init() >= 0);
	assert(crypto_sign_keypair(pub->key, secret->key) == 0);
}

void
sign_pair_from_seed(const uint8_t seed[static SIGN_SEED_SIZE], struct sign_public *pub,
    struct sign_secret *secret)
{
	assert(crypto_sign_seed_keypair(pub->key, secret->key, seed) == 0);
}

void
sign_seed_of(const struct sign_secret *secret, uint8_t seed[static SIGN_SEED_SIZE])
{
	assert(crypto_sign_ed25519_sk_to_seed(seed, secret->key) == 0);
}

void
sign_forget(struct sign_secret *secret)
{
	sodium_memzero(secret, sizeof *secret);
}

void
sign_bytes(const struct sign_secret *secret, struct bytes message,
    uint8_t signature[static SIGN_SIZE])
{
	assert(crypto_sign_detached(signature, NULL, message.p, message.n, secret->key) == 0);
}

bool
sign_holds(const struct sign_public *pub, struct bytes message, struct bytes signature)
{
	return signature.n == SIGN_SIZE &&
	    crypto_sign_verify_detached(signature.p, message.p, message.n, pub->key) == 0;
}
