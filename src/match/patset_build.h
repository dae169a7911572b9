/* match/patset_build.h: compile patterns into the image that match/patset.h searches with.
 * Owns the patterns while they are gathered. Must not know signatures or files. */
#ifndef HOLDFAST_MATCH_PATSET_BUILD_H
#define HOLDFAST_MATCH_PATSET_BUILD_H

#include "base/buf.h"
#include "match/patset.h"
#include "match/rarity.h"

/* Where a match may start: at the place, or up to ${shift} bytes behind it. */
struct place {
	enum place_kind kind;
	uint32_t from;
	uint32_t shift;
	uint8_t base;		/* of PLACE_BEHIND and PLACE_BEFORE, below PLACE_BASES_MAX */
};

/* Text matches when (text & mask) == value in each byte. */
struct pattern {
	const uint8_t *value;	/* no bit outside its mask */
	const uint8_t *mask;	/* as long as value; NULL when every bit counts */
	size_t n;
	struct place place;
};

struct patset_build;

/* ${rarity} is borrowed until the build is freed. ERR_NOMEM. */
enum err patset_build_new(const struct rarity *rarity, struct patset_build **out);
void patset_build_free(struct patset_build *b);

/* Add a pattern, which is copied; its number is the count of those before it.
 * ERR_MALFORMED: empty, bits outside the mask, or no place. ERR_UNSUPPORTED: nothing that can be
 * searched for, which is fewer than two whole bytes in a row, or no bit at all where the place is
 * fixed. ERR_LIMIT: over PATTERN_BYTES_MAX or PATSET_PATTERNS_MAX. ERR_NOMEM. */
enum err patset_build_add(struct patset_build *b, const struct pattern *pattern);

/* Append the image to ${out}; the same patterns always give the same bytes.
 * ERR_NOMEM, ERR_LIMIT (the image does not fit in ${out}). */
enum err patset_build_write(const struct patset_build *b, struct buf *out);

#endif
