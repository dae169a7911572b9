/* match/fewset.c: see fewset.h. A table of bits for each size of gram says where there may be one; then
 * a bucket lists them. */
#include "match/fewset.h"

#include <stdlib.h>

#include "match/gram.h"

enum { PAIR_BITS = 1 << 16, FOUR_LOG = 18 };

struct entry {
	uint32_t value, id, next;	/* next: index + 1 in the same bucket; 0 at its end */
	uint8_t size;
};

struct fewset {
	uint8_t pairs[PAIR_BITS / 8];
	uint8_t fours[(1 << FOUR_LOG) / 8];
	bool has_pairs, has_fours;
	unsigned bucket_log;
	uint32_t *buckets;		/* index + 1 of the first entry */
	struct entry *entries;
};

static uint32_t
hash_of_four(uint32_t value)
{
	return value * 0x9e3779b1U;
}

static size_t
bucket_of(const struct fewset *set, uint32_t value, unsigned size)
{
	return (size_t)(hash_of_four(value + (size == 2 ? 0x5bd1e995U : 0)) >> (32 - set->bucket_log));
}

static void
set_bit(uint8_t *bits, uint32_t n)
{
	bits[n / 8] |= (uint8_t)(1U << (n % 8));
}

static bool
has_bit(const uint8_t *bits, uint32_t n)
{
	return (bits[n / 8] >> (n % 8) & 1) != 0;
}

static void
add_entry(struct fewset *set, uint32_t index, const struct fewset_gram *gram)
{
	size_t bucket = bucket_of(set, gram->value, gram->size);

	set->entries[index] = (struct entry){ gram->value, gram->id, set->buckets[bucket], gram->size };
	set->buckets[bucket] = index + 1;
	if (gram->size == 2) {
		set->has_pairs = true;
		set_bit(set->pairs, gram->value);
	} else {
		set->has_fours = true;
		set_bit(set->fours, hash_of_four(gram->value) >> (32 - FOUR_LOG));
	}
}

enum err
fewset_new(const struct fewset_gram *grams, size_t count, struct fewset **out)
{
	struct fewset *set = calloc(1, sizeof *set);

	if (set == NULL)
		return ERR_NOMEM;
	set->bucket_log = 8;
	while (set->bucket_log < 24 && (1UL << set->bucket_log) < 2 * count)
		set->bucket_log++;
	set->buckets = calloc(1UL << set->bucket_log, sizeof set->buckets[0]);
	set->entries = calloc(count + 1, sizeof set->entries[0]);
	if (set->buckets == NULL || set->entries == NULL) {
		fewset_free(set);
		return ERR_NOMEM;
	}
	/* Backwards, so that those of one bucket come in the order in which they were given. */
	for (size_t i = count; i > 0; i--)
		add_entry(set, (uint32_t)(i - 1), &grams[i - 1]);
	*out = set;
	return ERR_NONE;
}

void
fewset_free(struct fewset *set)
{
	if (set == NULL)
		return;
	free(set->buckets);
	free(set->entries);
	free(set);
}

/* Tell all entries of this gram. */
static bool
tell(const struct fewset *set, uint32_t value, unsigned size, size_t at, fewset_found_fn *found,
    void *ctx)
{
	uint32_t i = set->buckets[bucket_of(set, value, size)];

	for (; i != 0; i = set->entries[i - 1].next) {
		const struct entry *e = &set->entries[i - 1];

		if (e->value == value && e->size == size && !found(ctx, e->id, at))
			return false;
	}
	return true;
}

static bool
search_pair(const struct fewset *set, struct bytes text, size_t at, fewset_found_fn *found, void *ctx)
{
	uint32_t pair = (uint32_t)gram_load(text.p + at, 2);

	return !has_bit(set->pairs, pair) || tell(set, pair, 2, at, found, ctx);
}

bool
fewset_search(const struct fewset *set, struct bytes text, size_t from, size_t end,
    fewset_found_fn *found, void *ctx)
{
	size_t at = from;

	for (; at < end && at + 4 <= text.n; at++) {
		uint32_t four = (uint32_t)gram_load(text.p + at, 4);

		if (set->has_pairs && !search_pair(set, text, at, found, ctx))
			return false;
		if (set->has_fours && has_bit(set->fours, hash_of_four(four) >> (32 - FOUR_LOG)) &&
		    !tell(set, four, 4, at, found, ctx))
			return false;
	}
	for (; set->has_pairs && at < end && at + 2 <= text.n; at++)
		if (!search_pair(set, text, at, found, ctx))
			return false;
	return true;
}
