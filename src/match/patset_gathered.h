/* match/patset_gathered.h: what the builder holds, between patset_build.c, which gathers,
 * anchor.c, which chooses, and patset_write.c, which writes. Private to them. */
#ifndef HOLDFAST_MATCH_PATSET_GATHERED_H
#define HOLDFAST_MATCH_PATSET_GATHERED_H

#include "match/limits.h"
#include "match/patset_build.h"
#include "match/patset_image.h"

struct gathered {
	uint32_t word;		/* index of its first word; the mask follows the value */
	uint32_t length;	/* bytes */
	bool masked;
	struct place place;
};

struct patset_build {
	const struct rarity *rarity;
	struct gathered *patterns;
	size_t count, room;
	uint64_t *words;	/* little-endian numbers, not yet scrambled */
	size_t word_count, word_room;
};

/* Compared at its place, and not searched for? */
static inline bool
gathered_is_fixed(struct place place)
{
	return place.kind != PLACE_ANY && place.shift <= PATSET_FIXED_SHIFT_MAX;
}

static inline uint8_t
gathered_value(const struct patset_build *b, const struct gathered *g, size_t i)
{
	return (uint8_t)(b->words[g->word + i / 8] >> (8 * (i % 8)));
}

static inline uint8_t
gathered_mask(const struct patset_build *b, const struct gathered *g, size_t i)
{
	size_t words = (g->length + 7U) / 8;

	if (!g->masked)
		return 0xff;
	return (uint8_t)(b->words[g->word + words + i / 8] >> (8 * (i % 8)));
}

#endif
