/* match/patset_build.c: see patset_build.h. Gathers patterns; patset_write.c makes the image. */
#include "match/patset_build.h"

#include <stdlib.h>

#include "base/array.h"
#include "match/patset_gathered.h"

enum err
patset_build_new(const struct rarity *rarity, struct patset_build **out)
{
	struct patset_build *b = calloc(1, sizeof *b);

	if (b == NULL)
		return ERR_NOMEM;
	b->rarity = rarity;
	*out = b;
	return ERR_NONE;
}

void
patset_build_free(struct patset_build *b)
{
	if (b == NULL)
		return;
	free(b->patterns);
	free(b->words);
	free(b);
}

static uint8_t
mask_at(const struct pattern *p, size_t i)
{
	return p->mask == NULL ? 0xff : p->mask[i];
}

static bool
place_is_known(struct place place)
{
	return place.kind > PLACE_NONE && place.kind < PLACE_KINDS && place.base < PLACE_BASES_MAX;
}

/* Is there something to search for, or to compare at its place? */
static bool
pattern_is_findable(const struct pattern *p)
{
	size_t run = 0;
	bool any_bit = false;

	for (size_t i = 0; i < p->n; i++) {
		run = gram_mask_is_whole(mask_at(p, i)) ? run + 1 : 0;
		any_bit = any_bit || mask_at(p, i) != 0;
		if (run == 2)
			return true;
	}
	return any_bit && gathered_is_fixed(p->place);
}

static enum err
pattern_check(const struct pattern *p)
{
	if (p->n == 0 || !place_is_known(p->place))
		return ERR_MALFORMED;
	if (p->n > PATTERN_BYTES_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < p->n; i++)
		if ((p->value[i] & ~mask_at(p, i)) != 0)
			return ERR_MALFORMED;
	return pattern_is_findable(p) ? ERR_NONE : ERR_UNSUPPORTED;
}

/* Eight bytes as a number; zeros where the pattern has ended. */
static uint64_t
word_of(const uint8_t *p, size_t n)
{
	uint8_t whole[8] = { 0 };

	memcpy(whole, p, n < 8 ? n : 8);
	return image_load64(whole);
}

static void
put_words(struct patset_build *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += 8)
		b->words[b->word_count++] = word_of(p + i, n - i);
}

static bool
pattern_is_masked(const struct pattern *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (mask_at(p, i) != 0xff)
			return true;
	return false;
}

enum err
patset_build_add(struct patset_build *b, const struct pattern *pattern)
{
	bool masked = pattern_is_masked(pattern);
	size_t words = (pattern->n + 7) / 8 * (masked ? 2 : 1);
	enum err e;

	if ((e = pattern_check(pattern)) != ERR_NONE)
		return e;
	if (b->count >= PATSET_PATTERNS_MAX || words > UINT32_MAX - b->word_count)
		return ERR_LIMIT;
	e = array_grow((void **)&b->patterns, &b->room, b->count + 1, sizeof b->patterns[0]);
	if (e == ERR_NONE)
		e = array_grow((void **)&b->words, &b->word_room, b->word_count + words, 8);
	if (e != ERR_NONE)
		return e;
	b->patterns[b->count++] = (struct gathered){
		.word = (uint32_t)b->word_count,
		.length = (uint32_t)pattern->n,
		.masked = masked,
		.place = pattern->place,
	};
	put_words(b, pattern->value, pattern->n);
	if (masked)
		put_words(b, pattern->mask, pattern->n);
	return ERR_NONE;
}
