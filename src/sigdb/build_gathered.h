/* sigdb/build_gathered.h: what the builder holds, between build.c, which gathers, and
 * build_write.c, which writes. Private to them. */
#ifndef HOLDFAST_SIGDB_BUILD_GATHERED_H
#define HOLDFAST_SIGDB_BUILD_GATHERED_H

#include "base/buf.h"
#include "match/digestset.h"
#include "match/patset_build.h"
#include "sigdb/build.h"
#include "sigdb/dbfile.h"
#include "sigdb/draft.h"
#include "sigdb/ignored.h"
#include "sigdb/line.h"

struct gathered_digests {
	struct digest_record *records;
	size_t count, room;
};

struct anchor_row {
	uint32_t signature, part;
};

struct always_row {
	uint32_t target, signature;
};

/* What was gathered for one target. */
struct gathered_target {
	struct patset_build *patterns;
	uint32_t *bodies;		/* as SECTION_BODIES has them */
	size_t body_count, body_room;
};

struct sigdb_build {
	struct rarity *rarity;
	struct gathered_target targets[TARGETS];
	struct anchor_row *anchors;
	size_t anchor_count, anchor_room;
	struct always_row *always;
	size_t always_count, always_room;
	struct buf code;		/* of all signatures that are more than a pattern */
	struct buf members;		/* as SECTION_MEMBERS has them, not scrambled */
	uint32_t *code_ends;
	size_t code_count, code_room;
	struct gathered_digests digests[DIGEST_TABLES];
	struct buf names;		/* all of them, one behind the other */
	uint32_t *name_ends;
	size_t name_count, name_room;
	struct ignored ignored;
	enum sigdb_pass pass;
	sigdb_skipped_fn *warn;
	void *warn_ctx;
	struct sigdb_counts counts;
	struct line_hash hash;		/* the line at hand */
	struct draft draft;
	struct fault why;		/* the words of a refused regular expression */
};

/* Take up the signature in ${b}->draft: as a pattern alone where it is no more, else as code with
 * anchors that wake it. ${skip}'s words are set, its reason not, for a warning. ERR_NOMEM, ERR_LIMIT. */
enum err build_signature_add(struct sigdb_build *b, struct sigdb_skipped *skip);

/* Give ${name} a number. ERR_NOMEM, ERR_LIMIT. */
enum err build_name_add(struct sigdb_build *b, const char *name, uint32_t *number);

#endif
