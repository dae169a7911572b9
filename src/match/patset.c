/* match/patset.c: see patset.h. */
#include "match/patset.h"

#include <assert.h>
#include <stdlib.h>

#include "base/reader.h"
#include "match/patset_build.h"
#include "match/patset_image.h"
#include "match/scramble.h"
#include "match/sift.h"

struct tier {
	struct sift sift;	/* no filter: the tier is empty */
	struct bytes heads;
	struct bytes postings;
	unsigned bucket_log;
};

struct patset {
	uint32_t count;
	uint32_t longest;	/* bytes; from 1 to PATTERN_BYTES_MAX */
	struct bytes records;
	struct bytes words;
	struct bytes fixed;
	struct tier tiers[TIER_COUNT];
};

struct patset_scan {
	const struct patset *set;
	uint64_t size;		/* of the object */
	uint64_t work;		/* steps that are left */
	const uint64_t *bases;	/* of the object, borrowed */
	size_t base_count;
	bool stopped;
	bool damaged;		/* something in the image did not fit */
	bool any_done;		/* a bit of ${done} is set */
	uint64_t *done;		/* a bit for each pattern that nobody wants any more */
	uint16_t queue[SIFT_BLOCK];
};

/* One call of patset_scan_text. */
struct search {
	struct patset_scan *scan;
	const struct patset *set;
	struct bytes text;
	uint64_t offset;
	patset_hit_fn *hit;
	void *ctx;
};

struct record {
	uint32_t word, length, anchor, flags, from, shift;
};

/* The exponent of the power of two that ${n} is; -1 when it is none. */
static int
exact_log(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0 ? __builtin_ctzll(n) : -1;
}

static bool
tier_open(struct tier *t, struct tier_shape shape, const struct bytes parts[3])
{
	struct bytes filter = parts[TIER_FILTER];
	int log = exact_log(filter.n), buckets;

	*t = (struct tier){ .sift = { .shape = shape } };
	if (filter.n == 0)
		return true;
	t->heads = parts[TIER_HEADS];
	t->postings = parts[TIER_POSTINGS];
	if (log < GRAM_FILTER_LOG_MIN || log > GRAM_FILTER_LOG_MAX || t->heads.n % 4 != 0 ||
	    t->heads.n < 8 || t->postings.n % (4 * POSTING_U32S) != 0)
		return false;
	if ((buckets = exact_log(t->heads.n / 4 - 1)) < 0 || buckets > 31)
		return false;
	t->sift.filter = filter.p;
	t->sift.log = (unsigned)log - 3;
	t->bucket_log = (unsigned)buckets;
	return true;
}

/* Fill ${set} from the image; only what can be tested without reading all of it. */
static enum err
set_read(struct bytes image, struct patset *set)
{
	struct reader r = reader_over(bytes_first(image, PATSET_HEADER));
	uint32_t magic = reader_u32le(&r), version = reader_u32le(&r);
	struct bytes parts[PART_COUNT];

	set->count = reader_u32le(&r);
	set->longest = reader_u32le(&r);
	if (r.bad || magic != PATSET_MAGIC)
		return ERR_MALFORMED;
	if (version != PATSET_VERSION)
		return ERR_UNSUPPORTED;
	for (unsigned i = 0; i < PART_COUNT; i++) {
		uint64_t offset = reader_u64le(&r), n = reader_u64le(&r);

		if (r.bad || !image_part(image, offset, n, &parts[i]))
			return ERR_MALFORMED;
	}
	if (set->count > PATSET_PATTERNS_MAX || set->longest == 0 ||
	    set->longest > PATTERN_BYTES_MAX)
		return ERR_MALFORMED;
	if (parts[PART_RECORDS].n != (uint64_t)set->count * RECORD_U32S * 4)
		return ERR_MALFORMED;
	set->records = parts[PART_RECORDS];
	set->words = parts[PART_WORDS];
	set->fixed = parts[PART_FIXED];
	for (unsigned i = 0; i < TIER_COUNT; i++)
		if (!tier_open(&set->tiers[i], tier_shapes[i], &parts[PART_TIERS + 3 * i]))
			return ERR_MALFORMED;
	return ERR_NONE;
}

enum err
patset_open(struct bytes image, struct patset **out)
{
	struct patset *set = calloc(1, sizeof *set);
	enum err e;

	if (set == NULL)
		return ERR_NOMEM;
	if ((e = set_read(image, set)) != ERR_NONE) {
		free(set);
		return e;
	}
	*out = set;
	return ERR_NONE;
}

void
patset_close(struct patset *set)
{
	free(set);
}

uint32_t
patset_count(const struct patset *set)
{
	return set->count;
}

size_t
patset_overlap(const struct patset *set)
{
	return set->longest - 1;
}

enum err
patset_scan_new(const struct patset *set, struct patset_scan **out)
{
	struct patset_scan *scan = calloc(1, sizeof *scan);

	if (scan == NULL)
		return ERR_NOMEM;
	scan->set = set;
	if ((scan->done = calloc(set->count / 64U + 1, 8)) == NULL) {
		free(scan);
		return ERR_NOMEM;
	}
	patset_scan_begin(scan, 0);
	*out = scan;
	return ERR_NONE;
}

void
patset_scan_free(struct patset_scan *scan)
{
	if (scan == NULL)
		return;
	free(scan->done);
	free(scan);
}

void
patset_scan_begin(struct patset_scan *scan, uint64_t size)
{
	scan->size = size;
	scan->work = PATSET_WORK_BASE;
	if (size > (UINT64_MAX - scan->work) / PATSET_WORK_PER_BYTE)
		scan->work = UINT64_MAX;
	else
		scan->work += size * PATSET_WORK_PER_BYTE;
	scan->bases = NULL;
	scan->base_count = 0;
	scan->stopped = false;
	scan->damaged = false;
	if (scan->any_done)
		memset(scan->done, 0, (scan->set->count / 64U + 1) * 8);
	scan->any_done = false;
}

void
patset_scan_bases(struct patset_scan *scan, const uint64_t *bases, size_t count)
{
	scan->bases = bases;
	scan->base_count = count;
}

/* The ${index}th pattern. False when the image has none such, or one that cannot be. */
static bool
record_read(const struct patset *set, uint32_t index, struct record *r)
{
	size_t at = (size_t)index * RECORD_U32S;
	uint64_t words;

	if (index >= set->count)
		return false;
	r->word = image_u32(set->records, at + RECORD_WORD);
	r->length = image_u32(set->records, at + RECORD_LENGTH);
	r->anchor = image_u32(set->records, at + RECORD_ANCHOR);
	r->flags = image_u32(set->records, at + RECORD_FLAGS);
	r->from = image_u32(set->records, at + RECORD_FROM);
	r->shift = image_u32(set->records, at + RECORD_SHIFT);
	words = (r->length + 7ULL) / 8 * ((r->flags & RECORD_MASKED) != 0 ? 2 : 1);
	return r->length > 0 && r->length <= set->longest && r->anchor < r->length &&
	    r->word + words <= set->words.n / 8;
}

uint32_t
patset_length(const struct patset *set, uint32_t pattern)
{
	struct record r;

	return record_read(set, pattern, &r) ? r.length : 0;
}

static uint64_t
pattern_word(const struct patset *set, size_t index)
{
	return image_u64(set->words, index) ^ scramble_key(SCRAMBLE_PATTERNS, index);
}

/* Does the pattern stand at the first byte of ${text}, which is at least as long? */
static bool
record_matches(const struct patset *set, const struct record *r, const uint8_t *text)
{
	size_t words = (r->length + 7U) / 8;

	for (size_t i = 0; i < words; i++) {
		size_t n = r->length - i * 8 < 8 ? r->length - i * 8 : 8;
		uint64_t mask = UINT64_MAX >> (64 - 8 * n), got;
		uint8_t bytes[8] = { 0 };

		memcpy(bytes, text + i * 8, n);
		got = image_load64(bytes);
		if ((r->flags & RECORD_MASKED) != 0)
			mask &= pattern_word(set, r->word + words + i);
		if (((got ^ pattern_word(set, r->word + i)) & mask) != 0)
			return false;
	}
	return true;
}

/* Where the range of a place begins in the object. False when the object has no such place; what
 * would begin before its start, it has not. */
static bool
place_origin(const struct patset_scan *scan, uint32_t kind, uint32_t base, uint32_t from, uint64_t *out)
{
	uint64_t at = 0;

	switch (kind) {
	case PLACE_START:
		break;
	case PLACE_END:
		at = scan->size;
		break;
	case PLACE_BEHIND:
	case PLACE_BEFORE:
		at = base < scan->base_count ? scan->bases[base] : PLACE_NO_BASE;
		break;
	default:
		return false;
	}
	if (at > INT64_MAX / 2)
		return false;
	if (kind == PLACE_START || kind == PLACE_BEHIND)
		*out = at + from;
	else if (from <= at)
		*out = at - from;
	else
		return false;
	return true;
}

static bool
place_allows(const struct patset_scan *scan, const struct record *r, uint64_t start)
{
	uint32_t kind = r->flags & RECORD_PLACE;
	uint64_t origin;

	if (kind == PLACE_ANY)
		return true;
	return place_origin(scan, kind, r->flags >> RECORD_BASE_SHIFT, r->from, &origin) &&
	    start >= origin && start - origin <= r->shift;
}

static bool
pattern_is_done(const struct patset_scan *scan, uint32_t pattern)
{
	return (scan->done[pattern / 64] >> (pattern % 64) & 1) != 0;
}

/* Take some of the work that is left; false when that does not suffice. */
static bool
work_take(struct patset_scan *scan, uint64_t steps)
{
	if (scan->work < steps) {
		scan->work = 0;
		return false;
	}
	scan->work -= steps;
	return true;
}

/* Look whether the pattern stands at ${at} of the text, and report it. */
static enum err
try_pattern(const struct search *s, uint32_t pattern, const struct record *r, size_t at)
{
	struct patset_scan *scan = s->scan;
	uint64_t start = s->offset + at;

	if (!work_take(scan, PATSET_STEPS_PATTERN + r->length / 4U))
		return ERR_LIMIT;
	if (at > s->text.n || r->length > s->text.n - at || !place_allows(scan, r, start) ||
	    !record_matches(s->set, r, s->text.p + at))
		return ERR_NONE;
	switch (s->hit(s->ctx, (struct patset_hit){ pattern, start })) {
	case PATSET_ALL:
		return ERR_NONE;
	case PATSET_OTHERS:
		scan->done[pattern / 64] |= 1ULL << (pattern % 64);
		scan->any_done = true;
		return ERR_NONE;
	case PATSET_STOP:
		break;
	}
	scan->stopped = true;
	return ERR_CLOSED;
}

/* A posting says that one of the pattern's grams may stand at ${at}. */
static enum err
try_posting(const struct search *s, uint32_t reference, size_t at)
{
	uint32_t pattern = reference >> 3;
	struct record r;
	size_t before;

	if (pattern < s->set->count && pattern_is_done(s->scan, pattern))
		return ERR_NONE;
	if (!record_read(s->set, pattern, &r)) {
		s->scan->damaged = true;
		return ERR_NONE;
	}
	before = (size_t)r.anchor + (reference & 7);
	if (before > at)
		return ERR_NONE;
	return try_pattern(s, pattern, &r, at - before);
}

static size_t
bucket_of(const struct tier *t, uint64_t rehash)
{
	return (size_t)(rehash >> 1 >> (63 - t->bucket_log));
}

/* May the posting's pattern stand where its gram is at ${at}? */
static bool
check_passes(const struct search *s, struct bytes postings, size_t posting, size_t at)
{
	int32_t distance = (int32_t)image_u32(postings, posting + POSTING_DISTANCE);
	uint64_t place = at + (uint64_t)(int64_t)distance;

	if (distance == POSTING_NO_CHECK)
		return true;
	/* A place before the text has wrapped to a huge one. */
	return place < s->text.n && s->text.n - place >= 4 &&
	    gram_check(s->text.p + place) == image_u32(postings, posting + POSTING_CHECK);
}

/* Look up the gram at ${at}, which the filter let through. */
static enum err
try_gram(const struct search *s, const struct tier *t, size_t at)
{
	uint64_t hash = gram_hash(gram_load(s->text.p + at, t->sift.shape.gram));
	size_t bucket = bucket_of(t, gram_rehash(hash));
	uint32_t begin = image_u32(t->heads, bucket), end = image_u32(t->heads, bucket + 1);
	enum err e;

	if (end > t->postings.n / (4 * POSTING_U32S) || begin > end) {
		s->scan->damaged = true;
		return ERR_NONE;
	}
	if (!work_take(s->scan, end - begin))
		return ERR_LIMIT;
	for (size_t i = begin; i < end; i++) {
		size_t posting = i * POSTING_U32S;

		if (!check_passes(s, t->postings, posting, at))
			continue;
		e = try_posting(s, image_u32(t->postings, posting + POSTING_REFERENCE), at);
		if (e != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

/* One tier over the block of text that begins at ${from}. */
static enum err
search_block(const struct search *s, const struct tier *t, size_t from)
{
	unsigned gram = t->sift.shape.gram;
	struct bytes block = bytes_first(bytes_from(s->text, from), SIFT_BLOCK + gram - 1U);
	uint16_t *queue = s->scan->queue;
	size_t n = sift_text(&t->sift, block, queue);
	enum err e;

	for (size_t i = 0; i < n; i++) {
		uint64_t hash = gram_hash(gram_load(block.p + queue[i], gram));

		__builtin_prefetch(t->heads.p + bucket_of(t, gram_rehash(hash)) * 4);
	}
	for (size_t i = 0; i < n; i++)
		if ((e = try_gram(s, t, from + queue[i])) != ERR_NONE)
			return e;
	return ERR_NONE;
}

/* The first entry of a list of fixed patterns that is not before ${from}. */
static size_t
fixed_find(struct bytes fixed, uint32_t list, uint64_t from)
{
	size_t low = 0, high = fixed.n / (4 * FIXED_U32S);

	while (low < high) {
		size_t middle = low + (high - low) / 2, at = middle * FIXED_U32S;
		uint32_t its = image_u32(fixed, at + FIXED_LIST);

		if (its < list || (its == list && image_u32(fixed, at + FIXED_FROM) < from))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Compare one fixed pattern wherever it may start inside the text. ${first} is where its range of
 * places begins in the object. */
static enum err
try_fixed(const struct search *s, uint32_t pattern, uint64_t first)
{
	struct record r;
	enum err e;

	if (!record_read(s->set, pattern, &r) || r.shift > PATSET_FIXED_SHIFT_MAX) {
		s->scan->damaged = true;
		return ERR_NONE;
	}
	for (uint32_t i = 0; i <= r.shift; i++) {
		if (first + i < s->offset || pattern_is_done(s->scan, pattern))
			continue;
		if (first + i - s->offset >= s->text.n)
			break;
		e = try_pattern(s, pattern, &r, (size_t)(first + i - s->offset));
		if (e != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

/* Patterns of one list that may begin in this text. ${from} bytes behind or before the list's origin
 * they begin, so those that can are neighbours in the list. */
static enum err
search_list(const struct search *s, enum place_kind kind, uint32_t base)
{
	bool backwards = kind == PLACE_END || kind == PLACE_BEFORE;
	uint64_t low = s->offset < PATSET_FIXED_SHIFT_MAX ? 0 : s->offset - PATSET_FIXED_SHIFT_MAX;
	uint64_t high = s->offset + s->text.n, origin, nearest;
	uint32_t list = patset_fixed_list(kind, base);
	struct bytes fixed = s->set->fixed;
	enum err e;

	if (!place_origin(s->scan, kind, base, 0, &origin))
		return ERR_NONE;
	if (backwards)
		nearest = origin > high ? origin - high : 0;
	else
		nearest = low > origin ? low - origin : 0;
	for (size_t i = fixed_find(fixed, list, nearest); i < fixed.n / (4 * FIXED_U32S); i++) {
		uint64_t from = image_u32(fixed, i * FIXED_U32S + FIXED_FROM), first;

		if (image_u32(fixed, i * FIXED_U32S + FIXED_LIST) != list ||
		    (backwards && from > origin))
			break;
		first = backwards ? origin - from : origin + from;
		if (backwards ? first < low : first >= high)
			break;
		e = try_fixed(s, image_u32(fixed, i * FIXED_U32S + FIXED_PATTERN), first);
		if (e != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

static enum err
search_fixed(const struct search *s)
{
	enum err e;

	if (s->set->fixed.n == 0)
		return ERR_NONE;
	if ((e = search_list(s, PLACE_START, 0)) != ERR_NONE ||
	    (e = search_list(s, PLACE_END, 0)) != ERR_NONE)
		return e;
	for (uint32_t base = 0; base < s->scan->base_count; base++)
		if ((e = search_list(s, PLACE_BEHIND, base)) != ERR_NONE ||
		    (e = search_list(s, PLACE_BEFORE, base)) != ERR_NONE)
			return e;
	return ERR_NONE;
}

static enum err
search_text(const struct search *s)
{
	enum err e;

	if ((e = search_fixed(s)) != ERR_NONE)
		return e;
	for (size_t from = 0; from < s->text.n; from += SIFT_BLOCK)
		for (unsigned tier = 0; tier < TIER_COUNT; tier++) {
			const struct tier *t = &s->set->tiers[tier];

			if (t->sift.filter == NULL)
				continue;
			if ((e = search_block(s, t, from)) != ERR_NONE)
				return e;
		}
	return ERR_NONE;
}

enum err
patset_scan_text(struct patset_scan *scan, struct bytes text, uint64_t offset, patset_hit_fn *hit,
    void *ctx)
{
	struct search s = { scan, scan->set, text, offset, hit, ctx };
	enum err e;

	if (scan->stopped)
		return ERR_CLOSED;
	assert(offset <= scan->size && text.n <= scan->size - offset);
	if ((e = search_text(&s)) != ERR_NONE)
		return e;
	return scan->damaged ? ERR_MALFORMED : ERR_NONE;
}
