/* match/anchor.c: see anchor.h. */
#include "match/anchor.h"

#include <assert.h>

/* A gram that occurs less often than once in 2^22 places of ordinary files costs nothing that could
 * be measured: then the faster tier is better than a rarer gram. In sixteenths of a bit. */
enum { RARE_ENOUGH = 22 * 16 };

struct window {
	uint32_t at;
	unsigned rarity;	/* of its commonest gram; 0 while none was found */
};

/* Of the window that begins at ${at}, all of whose bytes are literal. */
static unsigned
window_rarity(const struct rarity *rarity, const uint8_t *at, struct tier_shape shape)
{
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < shape.stride; i++) {
		unsigned r = rarity_of(rarity, bytes_of(at + i, shape.gram));

		if (r < least)
			least = r;
	}
	return least;
}

/* The best window of one tier. */
static struct window
window_find(const struct patset_build *b, const struct gathered *g, const uint8_t *bytes,
    struct tier_shape shape)
{
	struct window best = { 0, 0 };
	size_t need = (size_t)shape.gram + shape.stride - 1, run = 0;

	for (size_t i = 0; i < g->length; i++) {
		unsigned rarity;

		run = gathered_mask(b, g, i) == 0xff ? run + 1 : 0;
		if (run < need)
			continue;
		rarity = window_rarity(b->rarity, bytes + i + 1 - need, shape);
		if (rarity > best.rarity)
			best = (struct window){ (uint32_t)(i + 1 - need), rarity };
	}
	return best;
}

struct anchor
anchor_choose(const struct patset_build *b, const struct gathered *g, uint8_t *bytes)
{
	struct anchor choice = { 0, 0 };
	unsigned rarest = 0;

	for (size_t i = 0; i < g->length; i++)
		bytes[i] = gathered_value(b, g, i);
	for (unsigned tier = 0; tier < TIER_COUNT && rarest < RARE_ENOUGH; tier++) {
		struct window w = window_find(b, g, bytes, tier_shapes[tier]);

		if (w.rarity > rarest) {
			rarest = w.rarity;
			choice = (struct anchor){ tier, w.at };
		}
	}
	assert(rarest > 0);
	return choice;
}
