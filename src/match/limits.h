/* match/limits.h: every ceiling of this folder, with its reason. */
#ifndef HOLDFAST_MATCH_LIMITS_H
#define HOLDFAST_MATCH_LIMITS_H

/* Bytes of one pattern. ClamAV reads lines of 8 KiB, so about 4 KiB of pattern; this is four times
 * that, and stretches of a streamed object overlap by less than it. */
#define PATTERN_BYTES_MAX 16384

/* Patterns of one set: a posting names its pattern in 29 bits. A quarter of that, because memory
 * while building is about 200 bytes a pattern. */
#define PATSET_PATTERNS_MAX (1U << 27)

/* A pattern that may start at this many places after its offset at most is compared at each;
 * one with a wider range is searched for like any other, and its place checked afterwards. */
#define PATSET_FIXED_SHIFT_MAX 64

/* Bases of an object: its entry point, last section, and each section; ClamAV reads 96 of them. */
#define PLACE_BASES_MAX 100

/* Work on candidates, in steps of about 2 ns: one for each posting, PATSET_STEPS_PATTERN and one
 * for each 4 bytes for a pattern that is compared. An object may cost PATSET_WORK_BASE steps, and
 * PATSET_WORK_PER_BYTE more for each of its bytes. Ordinary files cost less than a tenth of that.
 * Hostile ones end in ERR_LIMIT: a small one after about 0.1 s, one of 1 GB after some seconds. */
#define PATSET_STEPS_PATTERN 16
#define PATSET_WORK_BASE (64U << 20)
#define PATSET_WORK_PER_BYTE 4

/* log2 of the bytes of a gram filter: at least a page; at most what 400 million grams need. */
#define GRAM_FILTER_LOG_MIN 12
#define GRAM_FILTER_LOG_MAX 30

/* Digests of one kind and set: an index of 32 bits, and some to spare for sums. */
#define DIGESTSET_RECORDS_MAX (1U << 30)

#endif
