/* sigdb/opened.h: an open database, between sigdb.c, which opens it, and sigdb_match.c, which
 * matches with it. Private to them. */
#ifndef HOLDFAST_SIGDB_OPENED_H
#define HOLDFAST_SIGDB_OPENED_H

#include "crypto/hash.h"
#include "match/digestset.h"
#include "match/patset.h"
#include "sigdb/dbfile.h"

struct sigdb {
	struct bytes file;
	void *mapping;			/* NULL when the memory is someone else's */
	struct sigdb_info info;
	struct patset *patterns[TARGETS];
	struct bytes bodies[TARGETS];
	struct digestset digests[DIGEST_TABLES];	/* by use, then kind */
	struct bytes anchors, code_ends, code, always, members;
	struct bytes name_ends, names;
};

/* What the digests of a table are computed with. */
static inline enum hash_kind
opened_hash_kind(size_t table)
{
	static const enum hash_kind kinds[DIGEST_KINDS] = { HASH_MD5, HASH_SHA1, HASH_SHA256 };

	return kinds[table % DIGEST_KINDS];
}

#endif
