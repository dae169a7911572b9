/* sigdb/expression.h: the condition of a logical signature over the counts of its subsignatures.
 * "0&(1|2)>3,2" becomes a row of steps for a small stack. As in ClamAV, operators bind to the right
 * and have no order of precedence. Owns nothing. */
#ifndef HOLDFAST_SIGDB_EXPRESSION_H
#define HOLDFAST_SIGDB_EXPRESSION_H

#include "base/bytes.h"
#include "base/err.h"

#define SUBSIGNATURES_MAX 64	/* ClamAV's */
#define EXPRESSION_STEPS_MAX 512

enum step_kind {
	STEP_NONE = 0,
	STEP_COUNT,	/* push the count of subsignature ${a} */
	STEP_AND,	/* of the two on top */
	STEP_OR,
	STEP_EQUAL,	/* what is on top: does its count equal ${a}, from ${b} subsignatures or more? */
	STEP_MORE,
	STEP_LESS,
	STEP_KINDS
};

struct step {
	uint8_t kind;
	uint32_t a, b;
};

/* Read an expression over ${subs} subsignatures. ERR_MALFORMED, ERR_LIMIT. */
enum err expression_read(struct bytes text, uint32_t subs, struct step *steps, size_t room, size_t *count);

/* Is it true for these counts? Damaged steps are false. */
bool expression_holds(const struct step *steps, size_t n, const uint32_t *counts, uint32_t subs);

/* A set of subsignatures of which at least one must have matched where the expression is true, chosen
 * so that the sum of their ${costs} is least. False: it can be true without any. */
bool expression_needs(const struct step *steps, size_t n, const uint64_t *costs, uint32_t subs,
    uint64_t *out);

/* Does it ask how often something matches, and not only whether it does? */
bool expression_counts(const struct step *steps, size_t n);

#endif
