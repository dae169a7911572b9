/* crypto/totp.c: see totp.h. */
#include "crypto/totp.h"

#include <assert.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { SHA1_SIZE = 20, DIGITS_MAX = 9 };

enum err
totp_code(struct bytes key, uint64_t step, unsigned digits, uint32_t *out)
{
	uint8_t counter[8], digest[SHA1_SIZE];
	unsigned n = sizeof digest, at;
	uint32_t value, modulus = 1;

	assert(digits <= DIGITS_MAX);
	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)(step >> (56 - 8 * i));
	/* It allocates. */
	if (HMAC(EVP_sha1(), key.p, (int)key.n, counter, sizeof counter, digest, &n) == NULL)
		return ERR_NOMEM;
	/* RFC 4226, section 5.3: four bytes from where the last half byte says. */
	at = digest[SHA1_SIZE - 1] & 0x0f;
	value = (uint32_t)(digest[at] & 0x7f) << 24 | (uint32_t)digest[at + 1] << 16 |
	    (uint32_t)digest[at + 2] << 8 | digest[at + 3];
	for (unsigned i = 0; i < digits; i++)
		modulus *= 10;
	*out = value % modulus;
	return ERR_NONE;
}

enum err
totp_check(struct bytes key, const char *text, int64_t now, int64_t used, int64_t *step)
{
	char code[DIGITS_MAX + 2];
	uint32_t value;
	enum err e;

	if (strlen(text) != TOTP_DIGITS || now < 0)
		return ERR_DENIED;
	for (int64_t s = now / TOTP_STEP_S - TOTP_DRIFT; s <= now / TOTP_STEP_S + TOTP_DRIFT; s++) {
		if (s < 0 || s <= used)
			continue;
		if ((e = totp_code(key, (uint64_t)s, TOTP_DIGITS, &value)) != ERR_NONE)
			return e;
		snprintf(code, sizeof code, "%0*u", TOTP_DIGITS, value);
		if (sodium_memcmp(code, text, TOTP_DIGITS) != 0)
			continue;
		*step = s;
		return ERR_NONE;
	}
	return ERR_DENIED;
}
