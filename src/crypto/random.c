/* crypto/random.c: see random.h. */
#include "crypto/random.h"

#include <assert.h>
#include <sodium.h>

void
random_fill(uint8_t *out, size_t n)
{
	assert(sodium_init() >= 0);
	randombytes_buf(out, n);
}

uint32_t
random_below(uint32_t bound)
{
	assert(sodium_init() >= 0);
	return randombytes_uniform(bound);
}

void
random_name(char *out, size_t letters)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

	random_fill((uint8_t *)out, letters);
	for (size_t i = 0; i < letters; i++)
		out[i] = alphabet[(uint8_t)out[i] % 32];
	out[letters] = '\0';
}

void
random_forget(void *p, size_t n)
{
	sodium_memzero(p, n);
}
