/* tuf/rollout.c: see rollout.h. */
#include "tuf/rollout.h"

#include <inttypes.h>
#include <stdio.h>

#include "crypto/hash.h"

enum err
tuf_rollout_cohort(const char *device, uint64_t generation, uint32_t *out)
{
	uint8_t digest[HASH_MAX];
	uint64_t number = 0;
	char text[256];
	enum err e;
	int n;

	n = snprintf(text, sizeof text, "%" PRIu64 "/%s", generation, device);
	if (n < 0 || (size_t)n >= sizeof text)
		return ERR_LIMIT;
	if ((e = hash_of(HASH_SHA256, bytes_of_text(text), digest)) != ERR_NONE)
		return e;
	for (int i = 0; i < 8; i++)
		number = number << 8 | digest[i];
	*out = (uint32_t)(number % 100);
	return ERR_NONE;
}

bool
tuf_rollout_includes(const char *device, uint64_t generation, uint32_t percent)
{
	uint32_t cohort;

	return percent >= 100 ||
	    (tuf_rollout_cohort(device, generation, &cohort) == ERR_NONE && cohort < percent);
}
