/* match/sift.h: the inner loop: which sampled places of a text may hold a gram that we know?
 * Owns nothing. This is where code for special processors belongs, and nowhere else. */
#ifndef HOLDFAST_MATCH_SIFT_H
#define HOLDFAST_MATCH_SIFT_H

#include "match/gram.h"

/* Bytes of text that one call looks at; a place in it fits in 16 bits, and the text, the queue and
 * a small filter share the first cache. */
enum { SIFT_BLOCK = 16384 };

struct sift {
	const uint8_t *filter;
	unsigned log;			/* the filter is 2^log words */
	struct tier_shape shape;
};

/* Write into ${queue} the places of ${text} (at most SIFT_BLOCK bytes, and gram - 1 more to
 * complete the last gram) at multiples of the stride where the filter holds the gram; return how
 * many. */
size_t sift_text(const struct sift *s, struct bytes text, uint16_t queue[static SIFT_BLOCK]);

/* The ways of doing it. All give the same; the best that the processor has is used. */
enum sift_way { SIFT_PORTABLE = 0, SIFT_AVX2, SIFT_AVX512, SIFT_WAYS };

/* Does this processor have it? */
bool sift_way_is_here(enum sift_way way);

/* As sift_text, by this way, which the processor has. */
size_t sift_text_by(enum sift_way way, const struct sift *s, struct bytes text,
    uint16_t queue[static SIFT_BLOCK]);

#endif
