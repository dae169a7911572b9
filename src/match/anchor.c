/* match/anchor.c: see anchor.h.
 * What a pattern costs is how often its grams occur in ordinary files; what a tier costs is one
 * pass over each file, as soon as a single pattern is in it. First each pattern goes into the
 * fastest tier that has room for it, then to a better one among those in use, and last another tier
 * is opened where that saves more than the pass. */
#include "match/anchor.h"

#include <assert.h>
#include <stdlib.h>

/* The sizes that grams have, as an index: 2, 4, 8 bytes. */
enum gram_size { GRAM_TWO = 0, GRAM_FOUR, GRAM_EIGHT, GRAM_SIZES };

struct window {
	uint32_t at;
	unsigned rarity; /* of its commonest gram, in sixteenths of a bit; 0: there is none */
};

/* What one pattern could do in each tier. */
struct choices {
	struct window windows[TIER_COUNT];
	unsigned tier;		/* the choice so far */
};

struct choosing {
	const struct patset_build *b;
	/* How often grams occur in the patterns themselves: patterns that were cut from the same
	 * kind of content share what is common in it. */
	struct rarity *own;
	struct choices *choices;
	bool used[TIER_COUNT];
};

/* The cost of a candidate at each place of a text, and of a pass of each tier over a text, in the
 * same unit (about 2^-32 of 2 ns a byte); measured with bench/match. */
enum { CANDIDATE_LOG = 32 };
static const uint64_t pass_costs[TIER_COUNT] = {
	1ULL << 28, 1ULL << 29, 1ULL << 29, 1ULL << 30, 1ULL << 31, 1ULL << 31
};

/* One pattern as bytes, and how rare its grams are. */
struct spread {
	size_t n;
	uint8_t value[PATTERN_BYTES_MAX];
	uint8_t mask[PATTERN_BYTES_MAX];
	/* By size and place; 0 where not all of the gram's bytes are whole. */
	unsigned rarities[GRAM_SIZES][PATTERN_BYTES_MAX];
};

static void
spread_out(const struct patset_build *b, const struct gathered *g, struct spread *s)
{
	s->n = g->length;
	for (size_t i = 0; i < s->n; i++) {
		s->value[i] = gathered_value(b, g, i);
		s->mask[i] = gathered_mask(b, g, i);
	}
}

/* Count the grams of every run of whole bytes. */
static enum err
learn_own(const struct choosing *c, struct spread *s)
{
	for (size_t i = 0; i < c->b->count; i++) {
		size_t run = 0;

		spread_out(c->b, &c->b->patterns[i], s);
		for (size_t at = 0; at <= s->n; at++) {
			enum err e;

			if (at < s->n && gram_mask_is_whole(s->mask[at])) {
				run++;
				continue;
			}
			if ((e = rarity_learn(c->own, bytes_of(s->value + at - run, run))) !=
			    ERR_NONE)
				return e;
			run = 0;
		}
	}
	return ERR_NONE;
}

static unsigned
gram_rarity(const struct choosing *c, const uint8_t *at, size_t n)
{
	unsigned elsewhere = rarity_of(c->b->rarity, bytes_of(at, n));
	unsigned own = rarity_of(c->own, bytes_of(at, n));

	return own < elsewhere ? own : elsewhere;
}

/* Rate all grams of one size. */
static void
rate_grams(const struct choosing *c, struct spread *s, enum gram_size size)
{
	size_t gram = (size_t)2 << size, run = 0;

	memset(s->rarities[size], 0, s->n * sizeof s->rarities[size][0]);
	for (size_t i = 0; i < s->n; i++) {
		run = gram_mask_is_whole(s->mask[i]) ? run + 1 : 0;
		if (run >= gram)
			s->rarities[size][i + 1 - gram] =
			    gram_rarity(c, s->value + i + 1 - gram, gram);
	}
}

/* The best window of one tier. */
static struct window
window_find(const struct spread *s, struct tier_shape shape)
{
	enum gram_size size = shape.gram == 8 ? GRAM_EIGHT : shape.gram == 4 ? GRAM_FOUR : GRAM_TWO;
	struct window best = { 0, 0 };

	for (size_t at = 0; at + shape.stride <= s->n; at++) {
		unsigned least = UINT32_MAX;

		for (size_t i = 0; i < shape.stride; i++)
			if (s->rarities[size][at + i] < least)
				least = s->rarities[size][at + i];
		if (least > best.rarity)
			best = (struct window){ (uint32_t)at, least };
	}
	return best;
}

/* What the pattern's candidates would cost in a tier; more than anything where it has no window. */
static uint64_t
candidate_cost(const struct choices *choices, unsigned tier)
{
	unsigned bits = choices->windows[tier].rarity / 16;

	if (choices->windows[tier].rarity == 0)
		return UINT64_MAX;
	return bits > CANDIDATE_LOG ? 0 : 1ULL << (CANDIDATE_LOG - bits);
}

/* All windows of a pattern, and the fastest tier for a start. */
static void
choose_first(struct choosing *c, struct spread *s, struct choices *choices)
{
	for (enum gram_size size = GRAM_TWO; size < GRAM_SIZES; size++)
		rate_grams(c, s, size);
	choices->tier = TIER_COUNT;
	for (unsigned tier = 0; tier < TIER_COUNT; tier++) {
		choices->windows[tier] = window_find(s, tier_shapes[tier]);
		if (choices->tier == TIER_COUNT && choices->windows[tier].rarity > 0)
			choices->tier = tier;
	}
	assert(choices->tier < TIER_COUNT);	/* patset_build_add saw two whole bytes in a row */
	c->used[choices->tier] = true;
}

/* Move patterns to ${tier} where they cost less there. */
static void
move_to(struct choosing *c, unsigned tier)
{
	for (size_t i = 0; i < c->b->count; i++) {
		struct choices *choices = &c->choices[i];

		if (!gathered_is_fixed(c->b->patterns[i].place) &&
		    candidate_cost(choices, tier) < candidate_cost(choices, choices->tier))
			choices->tier = tier;
	}
}

/* What moving to ${tier} would save in all. */
static uint64_t
saving_of(const struct choosing *c, unsigned tier)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->b->count; i++) {
		const struct choices *choices = &c->choices[i];
		uint64_t now, then;

		if (gathered_is_fixed(c->b->patterns[i].place))
			continue;
		now = candidate_cost(choices, choices->tier);
		then = candidate_cost(choices, tier);
		sum += then < now ? now - then : 0;
	}
	return sum;
}

static void
choose_tiers(struct choosing *c)
{
	for (unsigned tier = 0; tier < TIER_COUNT; tier++)
		if (c->used[tier])
			move_to(c, tier);
	for (unsigned tier = 0; tier < TIER_COUNT; tier++)
		if (!c->used[tier] && saving_of(c, tier) > pass_costs[tier])
			move_to(c, tier);
}

/* The four bytes that say most beside the gram at ${gram} of ${size} bytes, which is known to be
 * there: what overlaps it says less. */
static uint32_t
choose_check(const struct spread *s, size_t gram, size_t size)
{
	uint32_t best = ANCHOR_NO_CHECK;
	unsigned most = 0;

	for (size_t i = 0; i + 4 <= s->n; i++) {
		size_t from = i > gram ? i : gram;
		size_t end = i + 4 < gram + size ? i + 4 : gram + size;
		unsigned fresh = end > from ? 4 - (unsigned)(end - from) : 4;

		/* A quarter more than nothing, so that the gram itself is better than no check. */
		if (s->rarities[GRAM_FOUR][i] * (4 * fresh + 1) > most) {
			most = s->rarities[GRAM_FOUR][i] * (4 * fresh + 1);
			best = (uint32_t)i;
		}
	}
	return best;
}

static void
choose_checks(const struct choosing *c, struct spread *s, const struct choices *choices,
    struct anchor *out)
{
	struct tier_shape shape = tier_shapes[choices->tier];

	out->tier = choices->tier;
	out->at = choices->windows[choices->tier].at;
	rate_grams(c, s, GRAM_FOUR);
	for (size_t nth = 0; nth < shape.stride; nth++)
		out->checks[nth] = choose_check(s, out->at + nth, shape.gram);
}

static void
choose_all(struct choosing *c, struct spread *s, struct anchor *anchors)
{
	for (size_t i = 0; i < c->b->count; i++) {
		if (gathered_is_fixed(c->b->patterns[i].place))
			continue;
		spread_out(c->b, &c->b->patterns[i], s);
		choose_first(c, s, &c->choices[i]);
	}
	choose_tiers(c);
	for (size_t i = 0; i < c->b->count; i++) {
		if (gathered_is_fixed(c->b->patterns[i].place))
			continue;
		spread_out(c->b, &c->b->patterns[i], s);
		choose_checks(c, s, &c->choices[i], &anchors[i]);
	}
}

enum err
anchor_choose(const struct patset_build *b, struct anchor *anchors)
{
	struct choosing c = { .b = b };
	struct spread *s = malloc(sizeof *s);
	enum err e = ERR_NOMEM;

	c.choices = calloc(b->count + 1, sizeof c.choices[0]);
	if (s == NULL || c.choices == NULL)
		goto done;
	if ((e = rarity_new(b->word_count * 8, &c.own)) != ERR_NONE ||
	    (e = learn_own(&c, s)) != ERR_NONE)
		goto done;
	choose_all(&c, s, anchors);
done:
	rarity_free(c.own);
	free(c.choices);
	free(s);
	return e;
}
