/* sigdb/build_gathered.h: what the builder holds, between build.c, which gathers, and
 * build_write.c, which writes. Private to them. */
#ifndef HOLDFAST_SIGDB_BUILD_GATHERED_H
#define HOLDFAST_SIGDB_BUILD_GATHERED_H

#include "base/buf.h"
#include "match/digestset.h"
#include "match/patset_build.h"
#include "sigdb/build.h"
#include "sigdb/line.h"

struct gathered_digests {
	struct digest_record *records;
	size_t count, room;
};

struct sigdb_build {
	struct rarity *rarity;
	struct patset_build *patterns;
	uint32_t *bodies;		/* a pattern's name's number */
	size_t body_count, body_room;
	struct gathered_digests digests[SIGDB_BODY_PATTERN];	/* by kind */
	struct buf names;		/* all of them, one behind the other */
	uint32_t *name_ends;
	size_t name_count, name_room;
	struct sigdb_counts counts;
	union {				/* the line at hand */
		struct line_hash hash;
		struct line_body body;
	} line;
};

#endif
