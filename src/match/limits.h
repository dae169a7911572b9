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

/* Work of verifying candidates, in steps (one a candidate, one more for each 64 bytes compared).
 * An object may cost PATSET_WORK_BASE plus PATSET_WORK_PER_BYTE a byte of it. Ordinary files use
 * less than a hundredth of that; hostile ones end in ERR_LIMIT after some tens of milliseconds
 * and not never. */
#define PATSET_WORK_BASE (4U << 20)
#define PATSET_WORK_PER_BYTE 1

/* log2 of the bytes of a gram filter: not under a page, and not over what shares a cache usefully. */
#define GRAM_FILTER_LOG_MIN 12
#define GRAM_FILTER_LOG_MAX 30

/* Digests of one kind and set: an index of 32 bits, and some to spare for sums. */
#define DIGESTSET_RECORDS_MAX (1U << 30)

#endif
