/* match/patset_write.c: from gathered patterns to the image of patset_image.h. */
#include <assert.h>
#include <stdlib.h>

#include "match/anchor.h"
#include "match/patset_gathered.h"
#include "match/scramble.h"

/* Bits of a filter for each gram in it: with three bits set a gram, about 1 place in 40 of a text with none
 * of them is let through in vain. More bits would let less through and cost more: 100,000 patterns have
 * then a filter of 1 MiB, which second-level caches still hold. */
enum { FILTER_BITS_PER_GRAM = 10 };

struct writing {
	const struct patset_build *b;
	struct anchor *anchors;		/* one a pattern; unused where the place is fixed */
	struct buf *out;
	size_t start;			/* where in ${out} the image begins */
	struct {
		uint64_t offset, length;
	} parts[PART_COUNT];
};

static void
part_begin(struct writing *w, unsigned part)
{
	while ((w->out->n - w->start) % PATSET_ALIGN != 0 && w->out->err == ERR_NONE)
		buf_u8(w->out, 0);
	w->parts[part].offset = w->out->n - w->start;
}

static void
part_end(struct writing *w, unsigned part)
{
	w->parts[part].length = w->out->n - w->start - w->parts[part].offset;
}

static void
write_records(struct writing *w)
{
	part_begin(w, PART_RECORDS);
	for (size_t i = 0; i < w->b->count; i++) {
		const struct gathered *g = &w->b->patterns[i];

		buf_u32le(w->out, g->word);
		buf_u32le(w->out, g->length);
		buf_u32le(w->out, gathered_is_fixed(g->place) ? 0 : w->anchors[i].at);
		buf_u32le(w->out, (uint32_t)g->place.kind | (g->masked ? RECORD_MASKED : 0U) |
			(uint32_t)g->place.base << RECORD_BASE_SHIFT);
		buf_u32le(w->out, g->place.from);
		buf_u32le(w->out, g->place.shift);
	}
	part_end(w, PART_RECORDS);
}

static void
write_words(struct writing *w)
{
	part_begin(w, PART_WORDS);
	for (size_t i = 0; i < w->b->word_count; i++)
		buf_u64le(w->out, w->b->words[i] ^ scramble_key(SCRAMBLE_PATTERNS, i));
	part_end(w, PART_WORDS);
}

struct fixed {
	uint32_t list;
	uint32_t from;
	uint32_t pattern;
};

static int
fixed_compare(const void *a, const void *b)
{
	const struct fixed *x = a, *y = b;

	if (x->list != y->list)
		return x->list < y->list ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->pattern < y->pattern ? -1 : x->pattern > y->pattern;
}

static enum err
write_fixed(struct writing *w)
{
	struct fixed *list = calloc(w->b->count + 1, sizeof *list);
	size_t n = 0;

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->b->count; i++) {
		struct place place = w->b->patterns[i].place;

		if (gathered_is_fixed(place))
			list[n++] = (struct fixed){ patset_fixed_list(place.kind, place.base),
				place.from, (uint32_t)i };
	}
	qsort(list, n, sizeof *list, fixed_compare);
	part_begin(w, PART_FIXED);
	for (size_t i = 0; i < n; i++) {
		buf_u32le(w->out, list[i].list);
		buf_u32le(w->out, list[i].from);
		buf_u32le(w->out, list[i].pattern);
	}
	part_end(w, PART_FIXED);
	free(list);
	return ERR_NONE;
}

/* The grams of one tier, while it is written. */
struct tier_grams {
	size_t count;
	struct gram_entry {
		uint64_t hash;
		uint32_t reference;
		uint32_t check;
		int32_t distance;
	} *entries;
	unsigned bucket_log;
};

static size_t
tier_pattern_count(const struct writing *w, unsigned tier)
{
	size_t n = 0;

	for (size_t i = 0; i < w->b->count; i++)
		n += !gathered_is_fixed(w->b->patterns[i].place) && w->anchors[i].tier == tier;
	return n;
}

/* Copy ${n} bytes of the pattern from ${at} on, at most 8. */
static void
copy_bytes(const struct patset_build *b, const struct gathered *g, size_t at, size_t n,
    uint8_t out[static 8])
{
	for (size_t i = 0; i < n; i++)
		out[i] = gathered_value(b, g, at + i);
}

/* The ${nth} gram of a pattern's window. */
static struct gram_entry
gram_entry_of(const struct writing *w, size_t pattern, unsigned nth)
{
	const struct gathered *g = &w->b->patterns[pattern];
	const struct anchor *anchor = &w->anchors[pattern];
	unsigned gram = tier_shapes[anchor->tier].gram;
	uint32_t at = anchor->at + nth, check = anchor->checks[nth];
	struct gram_entry entry = { .distance = POSTING_NO_CHECK };
	uint8_t bytes[8];

	copy_bytes(w->b, g, at, gram, bytes);
	entry.hash = gram_hash(gram_load(bytes, gram));
	entry.reference = gram_reference((uint32_t)pattern, nth);
	if (check != ANCHOR_NO_CHECK) {
		copy_bytes(w->b, g, check, 4, bytes);
		entry.check = gram_check(bytes);
		entry.distance = (int32_t)check - (int32_t)at;
	}
	return entry;
}

static enum err
tier_gather(const struct writing *w, unsigned tier, struct tier_grams *out)
{
	struct tier_shape shape = tier_shapes[tier];
	size_t n = tier_pattern_count(w, tier) * shape.stride, at = 0;

	*out = (struct tier_grams){ .count = n };
	if (n == 0)
		return ERR_NONE;
	if (n > UINT32_MAX)
		return ERR_LIMIT;
	if ((out->entries = calloc(n, sizeof out->entries[0])) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->b->count; i++) {
		if (gathered_is_fixed(w->b->patterns[i].place) || w->anchors[i].tier != tier)
			continue;
		for (unsigned nth = 0; nth < shape.stride; nth++)
			out->entries[at++] = gram_entry_of(w, i, nth);
	}
	assert(at == n);
	while (out->bucket_log < 31 && (1UL << out->bucket_log) < n)
		out->bucket_log++;
	return ERR_NONE;
}

static unsigned
filter_log(size_t grams)
{
	unsigned log = GRAM_FILTER_LOG_MIN;

	while (log < GRAM_FILTER_LOG_MAX && (8UL << log) < grams * FILTER_BITS_PER_GRAM)
		log++;
	return log - 3;		/* words of 8 bytes */
}

static enum err
write_filter(struct writing *w, unsigned part, const struct tier_grams *grams)
{
	unsigned log = filter_log(grams->count);
	uint64_t *filter = calloc(1UL << log, sizeof *filter);

	if (filter == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < grams->count; i++) {
		uint64_t hash = grams->entries[i].hash;

		filter[gram_filter_word(hash, log)] |= gram_filter_bits(hash, log);
	}
	part_begin(w, part);
	for (size_t i = 0; i < 1UL << log; i++)
		buf_u64le(w->out, filter[i]);
	part_end(w, part);
	free(filter);
	return ERR_NONE;
}

static size_t
bucket_of(const struct tier_grams *grams, const struct gram_entry *entry)
{
	/* In two steps, because a shift by 64 would be undefined. */
	return (size_t)(gram_rehash(entry->hash) >> 1 >> (63 - grams->bucket_log));
}

/* Entries by bucket, in the order in which they were gathered; ${heads} as they are written. */
static void
sort_by_bucket(const struct tier_grams *grams, struct gram_entry *sorted, uint32_t *heads)
{
	size_t buckets = 1UL << grams->bucket_log;

	for (size_t i = 0; i < grams->count; i++)
		heads[bucket_of(grams, &grams->entries[i]) + 1]++;
	for (size_t i = 0; i < buckets; i++)
		heads[i + 1] += heads[i];
	/* Backwards, so that each head ends where its bucket begins. */
	for (size_t i = grams->count; i > 0; i--)
		sorted[--heads[bucket_of(grams, &grams->entries[i - 1]) + 1]] =
		    grams->entries[i - 1];
	for (size_t i = 0; i < buckets; i++)
		heads[i] = heads[i + 1];
	heads[buckets] = (uint32_t)grams->count;
}

static enum err
write_postings(struct writing *w, unsigned part, const struct tier_grams *grams)
{
	size_t buckets = 1UL << grams->bucket_log;
	uint32_t *heads = calloc(buckets + 1, sizeof *heads);
	struct gram_entry *sorted = calloc(grams->count, sizeof *sorted);
	enum err e = ERR_NOMEM;

	if (heads == NULL || sorted == NULL)
		goto done;
	sort_by_bucket(grams, sorted, heads);
	part_begin(w, part + TIER_HEADS);
	for (size_t i = 0; i <= buckets; i++)
		buf_u32le(w->out, heads[i]);
	part_end(w, part + TIER_HEADS);
	part_begin(w, part + TIER_POSTINGS);
	for (size_t i = 0; i < grams->count; i++) {
		buf_u32le(w->out, sorted[i].reference);
		buf_u32le(w->out, sorted[i].check);
		buf_u32le(w->out, (uint32_t)sorted[i].distance);
	}
	part_end(w, part + TIER_POSTINGS);
	e = ERR_NONE;
done:
	free(sorted);
	free(heads);
	return e;
}

static enum err
write_tier(struct writing *w, unsigned tier)
{
	unsigned part = PART_TIERS + 3 * tier;
	struct tier_grams grams;
	enum err e;

	if ((e = tier_gather(w, tier, &grams)) != ERR_NONE || grams.count == 0)
		return e;
	if ((e = write_filter(w, part + TIER_FILTER, &grams)) == ERR_NONE)
		e = write_postings(w, part, &grams);
	free(grams.entries);
	return e;
}

static uint32_t
longest_pattern(const struct patset_build *b)
{
	uint32_t longest = 1;

	for (size_t i = 0; i < b->count; i++)
		if (b->patterns[i].length > longest)
			longest = b->patterns[i].length;
	return longest;
}

/* The header comes first, but is known last: it replaces the zeros that hold its place. */
static void
write_header(const struct writing *w)
{
	struct buf header;

	buf_init(&header, PATSET_HEADER);
	buf_u32le(&header, PATSET_MAGIC);
	buf_u32le(&header, PATSET_VERSION);
	buf_u32le(&header, (uint32_t)w->b->count);
	buf_u32le(&header, longest_pattern(w->b));
	for (unsigned i = 0; i < PART_COUNT; i++) {
		buf_u64le(&header, w->parts[i].offset);
		buf_u64le(&header, w->parts[i].length);
	}
	if (header.err != ERR_NONE)
		w->out->err = header.err;
	else
		memcpy(w->out->p + w->start, header.p, PATSET_HEADER);
	buf_fini(&header);
}

enum err
patset_build_write(const struct patset_build *b, struct buf *out)
{
	static const uint8_t zeros[PATSET_HEADER];
	struct writing w = { .b = b, .out = out, .start = out->n };
	enum err e;

	if ((w.anchors = calloc(b->count + 1, sizeof w.anchors[0])) == NULL)
		return ERR_NOMEM;
	if ((e = anchor_choose(b, w.anchors)) != ERR_NONE)
		goto done;
	buf_put(out, bytes_of(zeros, sizeof zeros));
	write_records(&w);
	write_words(&w);
	if ((e = write_fixed(&w)) != ERR_NONE)
		goto done;
	for (unsigned tier = 0; tier < TIER_COUNT; tier++)
		if ((e = write_tier(&w, tier)) != ERR_NONE)
			goto done;
	if (out->err == ERR_NONE)
		write_header(&w);
	e = out->err;
done:
	free(w.anchors);
	return e;
}
