/* match/scramble.h: keeps patterns and names unreadable in the compiled file and in memory.
 * Against other scanners, which would flag a file full of virus patterns; it keeps no secret. */
#ifndef HOLDFAST_MATCH_SCRAMBLE_H
#define HOLDFAST_MATCH_SCRAMBLE_H

#include <stddef.h>
#include <stdint.h>

/* What is scrambled, so that equal bytes in two places do not look alike. */
enum scramble_use {
	SCRAMBLE_PATTERNS = 1,
	SCRAMBLE_NAMES,
	SCRAMBLE_CODE,
	SCRAMBLE_MEMBERS
};

/* The key of the ${index}th 8 bytes: SplitMix64 of the place. */
static inline uint64_t
scramble_key(enum scramble_use use, uint64_t index)
{
	uint64_t z = ((uint64_t)use << 48) + (index + 1) * 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* Scramble, or unscramble, ${n} bytes that stand at ${place} of their section, in place. */
static inline void
scramble_bytes(enum scramble_use use, uint64_t place, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] ^= (uint8_t)(scramble_key(use, (place + i) / 8) >> (8 * ((place + i) % 8)));
}

#endif
