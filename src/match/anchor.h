/* match/anchor.h: by which part shall a pattern be searched for? Private to the builder. */
#ifndef HOLDFAST_MATCH_ANCHOR_H
#define HOLDFAST_MATCH_ANCHOR_H

#include "match/patset_gathered.h"

struct anchor {
	unsigned tier;		/* index into tier_shapes */
	uint32_t at;		/* where the window of its grams begins in the pattern */
};

/* The fastest tier that has a rare enough window, or else the rarest window of all. The pattern has
 * at least two whole bytes in a row. ${bytes} is scratch of the pattern's length. */
struct anchor anchor_choose(const struct patset_build *b, const struct gathered *g, uint8_t *bytes);

#endif
