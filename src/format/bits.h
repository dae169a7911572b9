/* format/bits.h: bits of a run of bytes, lowest first or highest first. Past the end it yields zeros
 * and is bad: a decoder tests once a symbol. For this folder only. */
#ifndef HOLDFAST_FORMAT_BITS_H
#define HOLDFAST_FORMAT_BITS_H

#include "base/bytes.h"

struct bits {
	struct bytes in;
	size_t at;		/* the next byte */
	uint64_t held;		/* bits taken from bytes but not yet given out */
	unsigned count;
	bool bad;
};

static inline struct bits
bits_over(struct bytes in)
{
	return (struct bits){ .in = in };
}

/* Bytes of which some bit was given out. */
static inline size_t
bits_used(const struct bits *b)
{
	return b->at - b->count / 8;
}

/* The next ${n} <= 32 bits, the first of them the lowest. */
static inline uint32_t
bits_low(struct bits *b, unsigned n)
{
	uint32_t v;

	while (b->count < n) {
		if (b->at >= b->in.n) {
			b->bad = true;
			return 0;
		}
		b->held |= (uint64_t)b->in.p[b->at++] << b->count;
		b->count += 8;
	}
	v = (uint32_t)(b->held & ((UINT64_C(1) << n) - 1));
	b->held >>= n;
	b->count -= n;
	return v;
}

/* The next ${n} <= 32 bits, the first of them the highest. */
static inline uint32_t
bits_high(struct bits *b, unsigned n)
{
	while (b->count < n) {
		if (b->at >= b->in.n) {
			b->bad = true;
			return 0;
		}
		b->held = b->held << 8 | b->in.p[b->at++];
		b->count += 8;
	}
	b->count -= n;
	return (uint32_t)(b->held >> b->count & ((UINT64_C(1) << n) - 1));
}

#endif
