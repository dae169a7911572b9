/* sigdb/reach.h: from which places the next part of a body may follow.
 * Parts are found in the order in which they lie, so only the newest places are kept: all that lie no
 * further back than the gap allows, in stretches, because parts that match do so at many places in a
 * row. Owns the stretches. */
#ifndef HOLDFAST_SIGDB_REACH_H
#define HOLDFAST_SIGDB_REACH_H

#include "base/err.h"
#include "sigdb/signature.h"

struct stretch {
	uint64_t first, last;
	uint64_t start;		/* where the body of the first began */
};

struct reach {
	struct stretch *stretches;	/* in order */
	size_t count, room;
};

void reach_fini(struct reach *r);

/* A part that was reached ended at ${end}; its body began at ${start}; the next one follows by ${next}.
 * ERR_LIMIT: too many stretches are near; ERR_NOMEM. */
enum err reach_add(struct reach *r, uint64_t end, uint64_t start, const struct link *next);

/* May a part that begins at ${at} follow by ${link}? *start is where that body began. */
bool reach_allows(const struct reach *r, uint64_t at, const struct link *link, uint64_t *start);

#endif
