/* match/patset_image.h: the form of a compiled pattern set, for its writer and its reader.
 *
 * A header of PATSET_HEADER bytes: magic, version, count of patterns, longest pattern, all u32;
 * then for each part its offset from the image's start and its length, both u64. Parts begin at
 * multiples of 64, so that a word of a filter never straddles two cache lines of a mapped file. */
#ifndef HOLDFAST_MATCH_PATSET_IMAGE_H
#define HOLDFAST_MATCH_PATSET_IMAGE_H

#include "match/gram.h"
#include "match/limits.h"
#include "match/patset.h"

enum patset_part {
	PART_RECORDS = 0,	/* RECORD_U32S numbers a pattern */
	PART_WORDS,		/* scrambled values, each followed by its mask if it has one; u64 */
	PART_FIXED,		/* FIXED_U32S numbers a pattern with a fixed place; sorted */
	PART_TIERS,		/* from here on, three parts a tier */
	PART_COUNT = PART_TIERS + 3 * TIER_COUNT
};

enum tier_part {
	TIER_FILTER = 0, /* u64 words, a power of two of them */
	TIER_HEADS,	 /* u32: where each bucket begins in the postings; one more as the end */
	TIER_POSTINGS	 /* POSTING_U32S numbers a gram */
};

enum {
	PATSET_MAGIC = 0x54455350,	/* "PSET" */
	PATSET_VERSION = 2,
	PATSET_HEADER = 16 + 16 * PART_COUNT,
	PATSET_ALIGN = 64,
	RECORD_U32S = 6,
	FIXED_U32S = 3,
	POSTING_U32S = 3
};

/* The numbers of a pattern with a fixed place, by which they are sorted. */
enum fixed_field {
	FIXED_LIST = 0,		/* patset_fixed_list() of its place */
	FIXED_FROM,
	FIXED_PATTERN
};

/* Patterns that are fixed to one thing, in one direction, are one list. */
static inline uint32_t
patset_fixed_list(enum place_kind kind, uint32_t base)
{
	return (uint32_t)kind << 8 | (kind == PLACE_BEHIND || kind == PLACE_BEFORE ? base : 0);
}

/* The numbers of a posting. The distance of the check from the gram is a signed number. */
enum posting_field {
	POSTING_REFERENCE = 0,
	POSTING_CHECK,
	POSTING_DISTANCE
};

#define POSTING_NO_CHECK INT32_MIN	/* as a distance: there are no four bytes to test */

/* The numbers of a record. The anchor is where in the pattern the window of its grams begins. */
enum record_field {
	RECORD_WORD = 0,	/* index into PART_WORDS */
	RECORD_LENGTH,
	RECORD_ANCHOR,
	RECORD_FLAGS,
	RECORD_FROM,
	RECORD_SHIFT
};

enum {
	RECORD_PLACE = 7,	/* these bits of the flags are an enum place_kind */
	RECORD_MASKED = 8,	/* a mask follows the value */
	RECORD_BASE_SHIFT = 8	/* from this bit on, the place's base */
};

#endif
