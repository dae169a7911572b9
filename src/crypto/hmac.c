/* crypto/hmac.c: see hmac.h. */
#include "crypto/hmac.h"

#include <assert.h>
#include <sodium.h>

void
hmac_sha256(struct bytes key, const struct bytes *message, size_t count,
    uint8_t out[static HMAC_SIZE])
{
	crypto_auth_hmacsha256_state state;

	assert(sodium_init() >= 0);
	crypto_auth_hmacsha256_init(&state, key.p, key.n);
	for (size_t i = 0; i < count; i++)
		crypto_auth_hmacsha256_update(&state, message[i].p, message[i].n);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

bool
hmac_equal(const uint8_t a[static HMAC_SIZE], const uint8_t b[static HMAC_SIZE])
{
	return sodium_memcmp(a, b, HMAC_SIZE) == 0;
}
