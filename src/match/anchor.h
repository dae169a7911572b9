/* match/anchor.h: by which part shall each pattern be searched for? Private to the builder. */
#ifndef HOLDFAST_MATCH_ANCHOR_H
#define HOLDFAST_MATCH_ANCHOR_H

#include "match/patset_gathered.h"

/* No four whole bytes in a row: nothing to check. */
#define ANCHOR_NO_CHECK UINT32_MAX

struct anchor {
	unsigned tier; /* index into tier_shapes */
	uint32_t at;   /* where the window of its grams begins in the pattern */
	/* For each gram of the window, where in the pattern the four bytes begin that are tested
	 * before anything else; or ANCHOR_NO_CHECK. */
	uint32_t checks[GRAM_STRIDE_MAX];
};

/* Choose for every pattern that is searched for, so that searching ordinary files costs least in
 * all. ${anchors} has one for each pattern; those with a fixed place stay unchanged. ERR_NOMEM. */
enum err anchor_choose(const struct patset_build *b, struct anchor *anchors);

#endif
