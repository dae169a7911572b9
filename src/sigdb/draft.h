/* sigdb/draft.h: the memory in which one signature takes form while its line is read.
 * Reused for line after line. Owns all that the signature points to. */
#ifndef HOLDFAST_SIGDB_DRAFT_H
#define HOLDFAST_SIGDB_DRAFT_H

#include "match/rarity.h"
#include "sigdb/build.h"
#include "sigdb/signature.h"

/* Bytes of a signature's bodies, masks and choices together: eight times the longest line. */
#define DRAFT_POOL (8 * (size_t)SIGDB_LINE_MAX)

struct draft {
	struct signature signature;	/* points into what follows */
	const char *name;		/* of SIGDB_NAME_SIZE at most */
	char name_room[SIGDB_NAME_SIZE];
	const struct rarity *rarity;	/* for the choice of pieces */
	size_t pool_n;
	struct sub subs[SUBSIGNATURES_MAX];
	struct part parts[SIGNATURE_PARTS_MAX];
	struct link links[SIGNATURE_PARTS_MAX];
	struct atom atoms[SIGNATURE_ATOMS_MAX];
	struct step steps[SIGNATURE_STEPS_MAX];
	uint32_t steps_used;
	uint8_t pool[DRAFT_POOL];
};

/* Empty it for the next line. */
void draft_clear(struct draft *d, const struct rarity *rarity);

/* ${n} bytes of the pool; NULL when it is full. */
uint8_t *draft_take(struct draft *d, size_t n);

/* Read an expression into the draft's steps; they are *count at *out. As expression_read. */
enum err draft_expression(struct draft *d, struct bytes text, uint32_t subs, const struct step **out,
    uint32_t *count);

#endif
