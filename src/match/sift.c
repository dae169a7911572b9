/* match/sift.c: see sift.h. */
#include "match/sift.h"

#include <assert.h>
#include <stdlib.h>

/* Without a branch for each place: the place is always written, and kept only when the bits are
 * set. ${gram} and ${stride} are constants wherever this is inlined. */
static inline __attribute__((always_inline)) size_t
sift_shape(const struct sift *s, struct bytes text, uint16_t *queue, unsigned gram, unsigned stride)
{
	const unsigned log = s->log;
	size_t n = 0;

	for (size_t at = 0; at + gram <= text.n; at += stride) {
		uint64_t hash = gram_hash(gram_load(text.p + at, gram));
		uint64_t bits = gram_filter_bits(hash, log);
		uint64_t word = image_load64(s->filter + gram_filter_word(hash, log) * 8);

		queue[n] = (uint16_t)at;
		n += (word & bits) == bits;
	}
	return n;
}

size_t
sift_text(const struct sift *s, struct bytes text, uint16_t queue[static SIFT_BLOCK])
{
	assert(text.n < (size_t)SIFT_BLOCK + s->shape.gram);
	switch (s->shape.gram << 4 | s->shape.stride) {
	case 0x88:
		return sift_shape(s, text, queue, 8, 8);
	case 0x84:
		return sift_shape(s, text, queue, 8, 4);
	case 0x44:
		return sift_shape(s, text, queue, 4, 4);
	case 0x42:
		return sift_shape(s, text, queue, 4, 2);
	case 0x41:
		return sift_shape(s, text, queue, 4, 1);
	case 0x21:
		return sift_shape(s, text, queue, 2, 1);
	}
	/* Every shape in tier_shapes has its loop. */
	abort();
}
