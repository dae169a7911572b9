/* Goal of this test: each pattern is found wherever it stands and nowhere else, by whichever tier,
 * and a damaged image or hostile text costs neither memory safety nor much time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "match/limits.h"
#include "match/patset.h"
#include "match/patset_build.h"
#include "match/patset_image.h"

enum { HITS_MAX = 1 << 16 };

struct hits {
	struct patset_hit at[HITS_MAX];
	size_t n;
	enum patset_want want;
};

static enum patset_want
hear(void *ctx, struct patset_hit hit)
{
	struct hits *h = ctx;

	assert_true(h->n < HITS_MAX);
	h->at[h->n++] = hit;
	return h->want;
}

static struct pattern
anywhere(const void *value, size_t n)
{
	return (struct pattern){ .value = value, .n = n, .place = { .kind = PLACE_ANY } };
}

static struct buf
compile(const struct pattern *patterns, size_t n)
{
	struct patset_build *b;
	struct rarity *rarity;
	struct buf image;

	buf_init(&image, SIZE_MAX);
	CHECK_EQ(rarity_new(1 << 16, &rarity), ERR_NONE);
	CHECK_EQ(patset_build_new(rarity, &b), ERR_NONE);
	for (size_t i = 0; i < n; i++)
		CHECK_EQ(patset_build_add(b, &patterns[i]), ERR_NONE);
	CHECK_EQ(patset_build_write(b, &image), ERR_NONE);
	patset_build_free(b);
	rarity_free(rarity);
	return image;
}

/* Search ${text} as one object, in stretches of ${stretch} new bytes. */
static enum err
search(struct bytes image, struct bytes text, size_t stretch, struct hits *hits)
{
	struct patset_scan *scan;
	struct patset *set;
	enum err e = ERR_NONE;
	size_t end = 0;

	if ((e = patset_open(image, &set)) != ERR_NONE)
		return e;
	CHECK_EQ(patset_scan_new(set, &scan), ERR_NONE);
	patset_scan_begin(scan, text.n);
	while (end < text.n && e == ERR_NONE) {
		size_t from = end < patset_overlap(set) ? 0 : end - patset_overlap(set);
		uint8_t *exact;

		end = text.n - end < stretch ? text.n : end + stretch;
		exact = test_copy(text.p + from, end - from);
		e = patset_scan_text(scan, bytes_of(exact, end - from), from, hear, hits);
		free(exact);
	}
	patset_scan_free(scan);
	patset_close(set);
	return e;
}

static void
search_all(const struct pattern *patterns, size_t n, struct bytes text, struct hits *hits)
{
	struct buf image = compile(patterns, n);

	hits->n = 0;
	hits->want = PATSET_ALL;
	CHECK_EQ(search(buf_bytes(&image), text, SIZE_MAX, hits), ERR_NONE);
	buf_fini(&image);
}

/* The same few numbers in every run. */
static uint32_t
draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(*seed >> 4) * below >> 28);
}

static void
draw_bytes(uint32_t *seed, uint8_t *p, size_t n, uint32_t alphabet)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(0xb0 + draw(seed, alphabet));
}

static struct hits hits;

TEST(each_length_is_found_at_each_alignment_and_told_once)
{
	uint8_t pattern[40], text[200];
	uint32_t seed = 1;

	draw_bytes(&seed, pattern, sizeof pattern, 64);
	for (size_t n = 2; n <= sizeof pattern; n++) {
		struct pattern p = anywhere(pattern, n);

		for (size_t at = 0; at + n <= sizeof text; at++) {
			memset(text, '.', sizeof text);
			memcpy(text + at, pattern, n);
			search_all(&p, 1, bytes_of(text, sizeof text), &hits);
			CHECK_EQ(hits.n, 1);
			CHECK_EQ(hits.at[0].start, at);
		}
	}
}

TEST(a_near_miss_is_no_hit)
{
	uint8_t pattern[24], text[60];
	struct pattern p = anywhere(pattern, sizeof pattern);
	uint32_t seed = 2;

	draw_bytes(&seed, pattern, sizeof pattern, 64);
	for (size_t wrong = 0; wrong < sizeof pattern; wrong++) {
		memset(text, '.', sizeof text);
		memcpy(text + 11, pattern, sizeof pattern);
		text[11 + wrong] ^= 0x10;
		search_all(&p, 1, bytes_of(text, sizeof text), &hits);
		CHECK_EQ(hits.n, 0);
	}
	/* Cut off at the end. */
	search_all(&p, 1, bytes_of(pattern, sizeof pattern - 1), &hits);
	CHECK_EQ(hits.n, 0);
}

TEST(wildcards_and_nibbles_match_any_value)
{
	static const uint8_t value[] = { 0xca, 0xfe, 0x00, 0x70, 0x05, 0xba, 0xbe };
	static const uint8_t mask[] = { 0xff, 0xff, 0x00, 0xf0, 0x0f, 0xff, 0xff };
	struct pattern p = { value, mask, sizeof value, { .kind = PLACE_ANY } };

	search_all(&p, 1, bytes_of("..\xca\xfe\x11\x79\x95\xba\xbe..", 11), &hits);
	CHECK_EQ(hits.n, 1);
	CHECK_EQ(hits.at[0].start, 2);
	search_all(&p, 1, bytes_of("..\xca\xfe\x11\x69\x95\xba\xbe..", 11), &hits);
	CHECK_EQ(hits.n, 0);
	search_all(&p, 1, bytes_of("..\xca\xfe\x11\x79\x96\xba\xbe..", 11), &hits);
	CHECK_EQ(hits.n, 0);
}

TEST(a_place_is_kept_to_the_byte)
{
	static const struct {
		struct place place;
		size_t first, last; /* where in 100 bytes it may start; none when first > last */
	} cases[] = {
		{ { PLACE_START, 0, 0, 0 }, 0, 0 },
		{ { PLACE_START, 10, 0, 0 }, 10, 10 },
		{ { PLACE_START, 10, 5, 0 }, 10, 15 },
		{ { PLACE_START, 10, 70, 0 }, 10, 80 },
		{ { PLACE_START, 96, 900, 0 }, 96, 96 },
		{ { PLACE_START, 97, 0, 0 }, 1, 0 },
		{ { PLACE_START, UINT32_MAX, UINT32_MAX, 0 }, 1, 0 },
		{ { PLACE_END, 4, 0, 0 }, 96, 96 },
		{ { PLACE_END, 100, 0, 0 }, 0, 0 },
		{ { PLACE_END, 20, 3, 0 }, 80, 83 },
		{ { PLACE_END, 90, 80, 0 }, 10, 90 },
		{ { PLACE_END, 101, 50, 0 }, 1, 0 },
		{ { PLACE_END, 3, 50, 0 }, 1, 0 },
		{ { PLACE_END, 0, 0, 0 }, 1, 0 },
	};
	uint8_t text[100];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pattern p = anywhere("\xde\xad\xbe\xef", 4);
		struct buf image;

		p.place = cases[i].place;
		image = compile(&p, 1);
		for (size_t at = 0; at + 4 <= sizeof text; at++) {
			bool wanted = at >= cases[i].first && at <= cases[i].last;

			memset(text, '.', sizeof text);
			memcpy(text + at, "\xde\xad\xbe\xef", 4);
			for (size_t stretch = 1; stretch <= 101; stretch += 25) {
				hits = (struct hits){ .want = PATSET_OTHERS };
				CHECK_EQ(search(buf_bytes(&image), bytes_of(text, sizeof text),
					     stretch, &hits),
				    ERR_NONE);
				CHECK_EQ(hits.n, wanted ? 1 : 0);
			}
		}
		buf_fini(&image);
	}
}

TEST(a_place_may_be_counted_from_a_base_of_the_object)
{
	static const struct {
		struct place place;
		size_t first, last; /* where in 100 bytes it may start; none when first > last */
	} cases[] = {
		{ { PLACE_BEHIND, 0, 0, 1 }, 40, 40 },
		{ { PLACE_BEHIND, 10, 5, 1 }, 50, 55 },
		{ { PLACE_BEHIND, 10, 70, 1 }, 50, 96 },
		{ { PLACE_BEFORE, 10, 5, 1 }, 30, 35 },
		{ { PLACE_BEFORE, 41, 5, 1 }, 1, 0 },
		{ { PLACE_BEFORE, 40, 64, 1 }, 0, 64 },
		{ { PLACE_BEFORE, 10, 80, 1 }, 30, 96 },
		{ { PLACE_BEHIND, 0, 90, 0 }, 1, 0 },
		{ { PLACE_BEHIND, 0, 90, 2 }, 1, 0 },
		{ { PLACE_BEHIND, UINT32_MAX, 64, 1 }, 1, 0 },
		{ { PLACE_BEFORE, UINT32_MAX, 64, 1 }, 1, 0 },
	};
	static const uint64_t bases[] = { PLACE_NO_BASE, 40 };
	uint8_t text[100];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pattern p = anywhere("\xde\xad\xbe\xef", 4);
		struct patset_scan *scan;
		struct patset *set;
		struct buf image;

		p.place = cases[i].place;
		image = compile(&p, 1);
		CHECK_EQ(patset_open(buf_bytes(&image), &set), ERR_NONE);
		CHECK_EQ(patset_scan_new(set, &scan), ERR_NONE);
		for (size_t at = 0; at + 4 <= sizeof text; at++) {
			bool wanted = at >= cases[i].first && at <= cases[i].last;

			memset(text, '.', sizeof text);
			memcpy(text + at, "\xde\xad\xbe\xef", 4);
			hits.n = 0;
			hits.want = PATSET_OTHERS;
			patset_scan_begin(scan, sizeof text);
			patset_scan_bases(scan, bases, 2);
			CHECK_EQ(patset_scan_text(scan, bytes_of(text, sizeof text), 0, hear,
				     &hits),
			    ERR_NONE);
			CHECK_EQ(hits.n, wanted ? 1 : 0);
		}
		patset_scan_free(scan);
		patset_close(set);
		buf_fini(&image);
	}
}

TEST(a_pattern_without_case_is_found_by_its_letters)
{
	uint8_t value[] = "MALWARE 2", mask[] = "\xdf\xdf\xdf\xdf\xdf\xdf\xdf\xff\xff";
	struct pattern p = { value, mask, 9, { .kind = PLACE_ANY } };

	search_all(&p, 1, bytes_of("..malWare 2..mal\267are 2..MALWARE\0002", 32), &hits);
	CHECK_EQ(hits.n, 1);
	CHECK_EQ(hits.at[0].start, 2);
}

TEST(a_fixed_pattern_may_be_short_or_without_a_whole_byte)
{
	struct pattern p[] = {
		{ (const uint8_t *)"\x40", (const uint8_t *)"\xf0", 1, { PLACE_START, 3, 0, 0 } },
		{ (const uint8_t *)"M", NULL, 1, { PLACE_START, 0, 0, 0 } },
	};

	search_all(p, 2, bytes_of("MZ.G", 4), &hits);
	CHECK_EQ(hits.n, 2);
}

TEST(what_cannot_be_searched_for_is_refused)
{
	static uint8_t long_one[PATTERN_BYTES_MAX + 1];
	struct pattern cases[] = {
	    anywhere("x", 0),
	    { (const uint8_t *)"ab", NULL, 2, { .kind = PLACE_NONE } },
	    { (const uint8_t *)"ab", (const uint8_t *)"\xff\xf0", 2, { .kind = PLACE_ANY } },
	    anywhere("x", 1),
	    { (const uint8_t *)"a\0b", (const uint8_t *)"\xff\0\xff", 3, { .kind = PLACE_ANY } },
	    { (const uint8_t *)"\0", (const uint8_t *)"\0", 1, { PLACE_START, 0, 0, 0 } },
	    { (const uint8_t *)"x", NULL, 1, { PLACE_START, 0, PATSET_FIXED_SHIFT_MAX + 1, 0 } },
	    anywhere(long_one, sizeof long_one),
	};
	static const enum err want[] = {
		ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED, ERR_UNSUPPORTED, ERR_UNSUPPORTED,
		ERR_UNSUPPORTED, ERR_UNSUPPORTED, ERR_LIMIT,
	};
	struct patset_build *b;
	struct rarity *rarity;

	CHECK_EQ(rarity_new(1 << 16, &rarity), ERR_NONE);
	CHECK_EQ(patset_build_new(rarity, &b), ERR_NONE);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(patset_build_add(b, &cases[i]), want[i]);
	patset_build_free(b);
	rarity_free(rarity);
}

TEST(an_empty_set_finds_nothing)
{
	search_all(NULL, 0, bytes_of_text("anything at all, longer than a gram"), &hits);
	CHECK_EQ(hits.n, 0);
}

static size_t
naive_count(const struct pattern *p, struct bytes text)
{
	size_t count = 0;

	for (size_t at = 0; at + p->n <= text.n; at++) {
		size_t i = 0;

		while (i < p->n && (text.p[at + i] & (p->mask == NULL ? 0xff : p->mask[i])) ==
		    p->value[i])
			i++;
		if (i < p->n)
			continue;
		if (p->place.kind == PLACE_START &&
		    (at < p->place.from || at - p->place.from > p->place.shift))
			continue;
		if (p->place.kind == PLACE_END && (p->place.from > text.n ||
		    at < text.n - p->place.from || at - (text.n - p->place.from) > p->place.shift))
			continue;
		count++;
	}
	return count;
}

enum { RANDOM_PATTERNS = 40, RANDOM_TEXT = 3000, RANDOM_LENGTH = 40 };

struct random_patterns {
	struct pattern patterns[RANDOM_PATTERNS];
	uint8_t values[RANDOM_PATTERNS][RANDOM_LENGTH];
	uint8_t masks[RANDOM_PATTERNS][RANDOM_LENGTH];
};

/* Patterns of few different bytes, some cut from the text, some masked, some with a place. */
static void
draw_patterns(uint32_t *seed, struct bytes text, struct random_patterns *r)
{
	for (size_t i = 0; i < RANDOM_PATTERNS; i++) {
		size_t n = 2 + draw(seed, RANDOM_LENGTH - 1);
		struct pattern *p = &r->patterns[i];

		*p = (struct pattern){ r->values[i], NULL, n, { .kind = PLACE_ANY } };
		draw_bytes(seed, r->values[i], n, 3);
		if (draw(seed, 3) > 0)
			memcpy(r->values[i], text.p + draw(seed, (uint32_t)(text.n - n + 1)), n);
		if (draw(seed, 3) == 0) {
			p->mask = r->masks[i];
			memset(r->masks[i], 0xff, n);
			for (size_t k = 2; k < n; k++)
				if (draw(seed, 4) == 0)
					r->masks[i][k] = (uint8_t)(draw(seed, 2) * 0xf0);
			for (size_t k = 0; k < n; k++)
				r->values[i][k] &= r->masks[i][k];
		}
		if (draw(seed, 4) == 0)
			p->place = (struct place){ draw(seed, 2) ? PLACE_START : PLACE_END,
				draw(seed, RANDOM_TEXT), draw(seed, 500), 0 };
	}
}

/* How many different starts of ${pattern} were told: those in an overlap are told twice. */
static size_t
distinct_starts(const struct hits *h, uint32_t pattern)
{
	static bool seen[RANDOM_TEXT];
	size_t n = 0;

	memset(seen, 0, sizeof seen);
	for (size_t i = 0; i < h->n; i++) {
		if (h->at[i].pattern != pattern)
			continue;
		n += !seen[h->at[i].start];
		seen[h->at[i].start] = true;
	}
	return n;
}

TEST(random_patterns_are_found_as_often_as_a_naive_search_finds_them)
{
	static const size_t stretches[] = { SIZE_MAX, 1000, 61, 8 };
	static struct random_patterns r;
	static uint8_t text[RANDOM_TEXT];

	for (uint32_t round = 0; round < 60; round++) {
		uint32_t seed = round;
		struct bytes all;
		struct buf image;

		draw_bytes(&seed, text, sizeof text, 3 + round % 5);
		all = bytes_of(text, RANDOM_LENGTH + draw(&seed, RANDOM_TEXT - RANDOM_LENGTH));
		/* Two-byte patterns in three letters would hit everywhere: space them out. */
		for (size_t i = 0; i < sizeof text; i += 50)
			memset(text + i, '.', draw(&seed, 50));
		draw_patterns(&seed, all, &r);
		image = compile(r.patterns, RANDOM_PATTERNS);
		hits = (struct hits){ .want = PATSET_ALL };
		CHECK_EQ(search(buf_bytes(&image), all, stretches[round % 4], &hits), ERR_NONE);
		for (uint32_t i = 0; i < RANDOM_PATTERNS; i++)
			CHECK_EQ(distinct_starts(&hits, i), naive_count(&r.patterns[i], all));
		buf_fini(&image);
	}
}

TEST(a_match_across_the_inner_blocks_is_found)
{
	enum { TEXT = 70000 };
	uint8_t *text = calloc(1, TEXT), pattern[20];
	struct pattern p = anywhere(pattern, sizeof pattern);
	struct buf image;
	uint32_t seed = 9;

	draw_bytes(&seed, pattern, sizeof pattern, 64);
	image = compile(&p, 1);
	for (size_t at = 16384 - 30; at < 16384 + 10; at++) {
		memset(text, 0, TEXT);
		memcpy(text + at, pattern, sizeof pattern);
		hits = (struct hits){ .want = PATSET_ALL };
		CHECK_EQ(
		    search(buf_bytes(&image), bytes_of(text, TEXT), SIZE_MAX, &hits), ERR_NONE);
		CHECK_EQ(hits.n, 1);
	}
	buf_fini(&image);
	free(text);
}

TEST(the_hearer_decides_how_much_it_hears)
{
	struct pattern p[] = { anywhere("first", 5), anywhere("second", 6) };
	struct buf image = compile(p, 2);
	struct bytes text = bytes_of_text("first first second first second");

	hits = (struct hits){ .want = PATSET_ALL };
	CHECK_EQ(search(buf_bytes(&image), text, SIZE_MAX, &hits), ERR_NONE);
	CHECK_EQ(hits.n, 5);
	hits = (struct hits){ .want = PATSET_OTHERS };
	CHECK_EQ(search(buf_bytes(&image), text, 4, &hits), ERR_NONE);
	CHECK_EQ(hits.n, 2);
	hits = (struct hits){ .want = PATSET_STOP };
	CHECK_EQ(search(buf_bytes(&image), text, SIZE_MAX, &hits), ERR_CLOSED);
	CHECK_EQ(hits.n, 1);
	buf_fini(&image);
}

TEST(a_scan_begins_anew_with_each_object)
{
	struct pattern p = anywhere("needle", 6);
	struct buf image = compile(&p, 1);
	struct bytes text = bytes_of_text("a needle");
	struct patset_scan *scan;
	struct patset *set;

	CHECK_EQ(patset_open(buf_bytes(&image), &set), ERR_NONE);
	CHECK_EQ(patset_scan_new(set, &scan), ERR_NONE);
	for (size_t i = 1; i <= 3; i++) {
		hits = (struct hits){ .want = i == 2 ? PATSET_STOP : PATSET_OTHERS };
		patset_scan_begin(scan, text.n);
		CHECK_EQ(
		    patset_scan_text(scan, text, 0, hear, &hits), i == 2 ? ERR_CLOSED : ERR_NONE);
		CHECK_EQ(hits.n, 1);
	}
	patset_scan_free(scan);
	patset_close(set);
	buf_fini(&image);
}

TEST(hostile_text_ends_in_a_limit_and_not_in_hours)
{
	enum { PATTERNS = 4000, LENGTH = 204, COMMON = 200, TEXT = 4 << 20 };
	static uint8_t values[PATTERNS][LENGTH], mask[LENGTH];
	struct pattern *patterns = calloc(PATTERNS, sizeof *patterns);
	uint8_t *text = malloc(TEXT);
	struct buf image;

	/* They differ only in single bytes between wildcards, which cannot be searched for. */
	memset(mask, 0xff, LENGTH);
	mask[COMMON] = mask[COMMON + 2] = 0;
	for (uint32_t i = 0; i < PATTERNS; i++) {
		memset(values[i], 0xf1, COMMON);
		values[i][COMMON + 1] = (uint8_t)i;
		values[i][COMMON + 3] = (uint8_t)(i >> 8);
		patterns[i] = (struct pattern){ values[i], mask, LENGTH, { .kind = PLACE_ANY } };
	}
	image = compile(patterns, PATTERNS);
	/* The needle comes first, so that it is found before the work is spent. */
	memset(text, 0xf1, TEXT);
	memcpy(text, values[7], LENGTH);
	hits = (struct hits){ .want = PATSET_OTHERS };
	CHECK_EQ(search(buf_bytes(&image), bytes_of(text, TEXT), SIZE_MAX, &hits), ERR_LIMIT);
	CHECK_EQ(hits.n, 1);
	buf_fini(&image);
	free(text);
	free(patterns);
}

/* A set with something in every part of the image, and a text that touches all of them. */
static struct buf
compile_mixed(void)
{
	struct pattern p[] = {
	    anywhere("sixteen bytes are", 17),
	    anywhere("twelve bytes", 12),
	    anywhere("eight by", 8),
	    anywhere("fiver", 5),
	    anywhere("four", 4),
	    anywhere("\xab\xcd", 2),
	    {(const uint8_t *)"st\0rt", (const uint8_t *)"\xff\xff\0\xff\xff", 5,
		{ PLACE_START, 0, 9, 0 }},
	    { (const uint8_t *)"end", NULL, 3, { PLACE_END, 3, 0, 0 } },
	};

	return compile(p, sizeof p / sizeof p[0]);
}

static const char mixed_text[] = "st rt sixteen bytes are, twelve bytes, eight by, fiver, four, "
    "\xab\xcd end";

static struct bytes
mixed(void)
{
	return bytes_of(mixed_text, sizeof mixed_text - 1);
}

TEST(every_truncation_of_an_image_is_refused)
{
	struct buf image = compile_mixed();

	hits = (struct hits){ .want = PATSET_ALL };
	CHECK_EQ(search(buf_bytes(&image), mixed(), SIZE_MAX, &hits), ERR_NONE);
	CHECK_EQ(hits.n, 8);
	for (size_t n = 0; n < image.n; n++) {
		uint8_t *exact = test_copy(image.p, n);

		CHECK_EQ(search(bytes_of(exact, n), mixed(), SIZE_MAX, &hits), ERR_MALFORMED);
		free(exact);
	}
	buf_fini(&image);
}

TEST(no_flipped_bit_of_an_image_leads_outside_it)
{
	struct buf image = compile_mixed();

	for (size_t at = 0; at < image.n; at++) {
		uint8_t *exact;

		/* A filter is mostly zeros, all alike: a few of them stand for all. */
		if (at > PATSET_HEADER && image.p[at] == 0 && at % 61 != 0)
			continue;
		exact = test_copy(image.p, image.n);
		for (unsigned bit = 0; bit < 8; bit++) {
			exact[at] ^= (uint8_t)(1U << bit);
			hits = (struct hits){ .want = PATSET_OTHERS };
			(void)search(bytes_of(exact, image.n), mixed(), SIZE_MAX, &hits);
			exact[at] ^= (uint8_t)(1U << bit);
		}
		free(exact);
	}
	buf_fini(&image);
}

TEST(an_image_does_not_show_its_patterns)
{
	struct pattern p = anywhere("a pattern for all to see", 24);
	struct buf image = compile(&p, 1);

	for (size_t at = 0; at + 4 <= image.n; at++)
		for (size_t i = 0; i + 4 <= p.n; i++)
			CHECK(memcmp(image.p + at, p.value + i, 4) != 0);
	buf_fini(&image);
}

TEST(the_same_patterns_give_the_same_image)
{
	struct buf a = compile_mixed(), b = compile_mixed();

	CHECK_BYTES(buf_bytes(&a), buf_bytes(&b));
	buf_fini(&a);
	buf_fini(&b);
}

TEST(a_pattern_full_of_padding_is_searched_for_by_its_rare_part)
{
	uint8_t padded[64] = { 0 }, zeros[4096] = { 0 };
	struct pattern p = anywhere(padded, sizeof padded);
	struct buf image;
	struct patset_scan *scan;
	struct patset *set;

	memcpy(padded + 40, "\x9d\xe3\xb1\x87", 4);
	image = compile(&p, 1);
	CHECK_EQ(patset_open(buf_bytes(&image), &set), ERR_NONE);
	CHECK_EQ(patset_scan_new(set, &scan), ERR_NONE);
	/* More padding than the allowed work suffices for, if each place were a candidate. */
	patset_scan_begin(scan, (uint64_t)sizeof zeros << 20);
	for (uint64_t i = 0; i < 1 << 14; i++)
		CHECK_EQ(patset_scan_text(
			     scan, bytes_of(zeros, sizeof zeros), i * sizeof zeros, hear, &hits),
		    ERR_NONE);
	patset_scan_free(scan);
	patset_close(set);
	buf_fini(&image);
}

TEST(learning_changes_the_choice_and_not_the_findings)
{
	static const char *const common[2] = {"a pattern of two halves,", "both of them ordinary"};
	static const char text[] = "here: a pattern of two halves, both of them ordinary.";
	struct pattern p = anywhere(text + 6, sizeof text - 8);
	struct buf images[2];

	for (int i = 0; i < 2; i++) {
		struct patset_build *b;
		struct rarity *rarity;

		CHECK_EQ(rarity_new(1 << 16, &rarity), ERR_NONE);
		for (int times = 0; times < 9; times++)
			CHECK_EQ(rarity_learn(rarity, bytes_of_text(common[i])), ERR_NONE);
		CHECK_EQ(patset_build_new(rarity, &b), ERR_NONE);
		CHECK_EQ(patset_build_add(b, &p), ERR_NONE);
		buf_init(&images[i], SIZE_MAX);
		CHECK_EQ(patset_build_write(b, &images[i]), ERR_NONE);
		patset_build_free(b);
		rarity_free(rarity);
		hits = (struct hits){ .want = PATSET_ALL };
		CHECK_EQ(
		    search(buf_bytes(&images[i]), bytes_of_text(text), SIZE_MAX, &hits), ERR_NONE);
		CHECK_EQ(hits.n, 1);
	}
	CHECK(!bytes_equal(buf_bytes(&images[0]), buf_bytes(&images[1])));
	buf_fini(&images[0]);
	buf_fini(&images[1]);
}

/* Everything that allocates, once; ERR_NOMEM when an allocation failed. */
static enum err
build_and_search(void)
{
	struct patset_build *b = NULL;
	struct patset_scan *scan = NULL;
	struct rarity *rarity = NULL;
	struct patset *set = NULL;
	struct pattern p = anywhere("needle in a haystack", 20);
	struct buf image;
	enum err e;

	buf_init(&image, SIZE_MAX);
	if ((e = rarity_new(1 << 16, &rarity)) != ERR_NONE ||
	    (e = rarity_learn(rarity, bytes_of_text("hay and straw"))) != ERR_NONE ||
	    (e = patset_build_new(rarity, &b)) != ERR_NONE ||
	    (e = patset_build_add(b, &p)) != ERR_NONE ||
	    (e = patset_build_write(b, &image)) != ERR_NONE ||
	    (e = patset_open(buf_bytes(&image), &set)) != ERR_NONE ||
	    (e = patset_scan_new(set, &scan)) != ERR_NONE)
		goto done;
	patset_scan_begin(scan, 30);
	hits = (struct hits){ .want = PATSET_ALL };
	e = patset_scan_text(scan, bytes_of_text("a needle in a haystack"), 0, hear, &hits);
	CHECK_EQ(hits.n, 1);
done:
	patset_scan_free(scan);
	patset_close(set);
	patset_build_free(b);
	rarity_free(rarity);
	buf_fini(&image);
	return e;
}

TEST(each_allocation_that_fails_is_reported)
{
	for (unsigned n = 1;; n++) {
		enum err e;
		int failed;

		test_fail_allocation(n);
		e = build_and_search();
		failed = test_allocation_failed();
		test_fail_allocation(0);
		CHECK_EQ(e, failed ? ERR_NOMEM : ERR_NONE);
		if (!failed)
			break;
		CHECK(n < 200);
	}
}
