/* match/gram.h: the grams that a text is sampled for, and the tiers that patterns fall into.
 * Shared by the builder and the search, which must agree on every bit of it. */
#ifndef HOLDFAST_MATCH_GRAM_H
#define HOLDFAST_MATCH_GRAM_H

#include "match/image.h"

/* A run of gram + stride - 1 literal bytes holds, wherever it stands, a whole gram at a multiple of
 * stride. So a tier puts the first ${stride} grams of such a run into its table, and looks the text
 * up only at each multiple of stride. */
struct tier_shape {
	uint8_t gram;	/* bytes of a gram: 8, 4 or 2 */
	uint8_t stride;	/* at most GRAM_STRIDE_MAX */
};

/* Fastest first: the first tier that fits a run is the one for it. */
enum { TIER_COUNT = 6, GRAM_STRIDE_MAX = 8 };
static const struct tier_shape tier_shapes[TIER_COUNT] = {
	{ 8, 8 },	/* literal runs of 15 bytes or more */
	{ 8, 4 },	/* 11 */
	{ 4, 4 },	/* 7 */
	{ 4, 2 },	/* 5 */
	{ 4, 1 },	/* 4 */
	{ 2, 1 },	/* 2 */
};

/* Grams are compared without regard to case, with bit 5 of each byte set: so one table serves
 * patterns with and without case, and the few grams that become alike cost nothing. What is let
 * through is compared bit by bit afterwards. */
#define GRAM_FOLD 0x2020202020202020U

/* Does a byte with this mask always give the same folded byte? */
static inline bool
gram_mask_is_whole(uint8_t mask)
{
	return (mask | 0x20) == 0xff;
}

/* The caller knows that ${gram} bytes are readable at ${p}. */
static inline uint64_t
gram_load(const uint8_t *p, unsigned gram)
{
	switch (gram) {
	case 8:
		return image_load64(p) | GRAM_FOLD;
	case 4:
		return image_load32(p) | (uint32_t)GRAM_FOLD;
	default:
		return image_load16(p) | (uint16_t)GRAM_FOLD;
	}
}

/* First hash: its top bits choose a word of the filter and three bits in it. */
static inline uint64_t
gram_hash(uint64_t gram)
{
	return gram * 0x9e3779b97f4a7c15U;
}

/* A filter is 2^log words of 64 bits. */
static inline size_t
gram_filter_word(uint64_t hash, unsigned log)
{
	return (size_t)(hash >> (64 - log));
}

static inline uint64_t
gram_filter_bits(uint64_t hash, unsigned log)
{
	return (1ULL << ((hash >> (58 - log)) & 63)) | (1ULL << ((hash >> (52 - log)) & 63)) |
	    (1ULL << ((hash >> (46 - log)) & 63));
}

/* Second hash, from the first: its top bits choose a bucket of postings. */
static inline uint64_t
gram_rehash(uint64_t hash)
{
	return (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9U;
}

/* Four bytes of a pattern, tested before all of it is; made unreadable by a product that is as
 * unique. */
static inline uint32_t
gram_check(const uint8_t *p)
{
	return (image_load32(p) | (uint32_t)GRAM_FOLD) * 0x9e3779b1U;
}

/* A posting says in which pattern a gram stands, which gram of its window it is, and four more
 * bytes of the pattern with their distance from the gram: most candidates fail there, at little
 * cost. */
static inline uint32_t
gram_reference(uint32_t pattern, unsigned nth)
{
	return pattern << 3 | nth;
}

#endif
