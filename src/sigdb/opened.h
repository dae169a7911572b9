/* sigdb/opened.h: an open database, between sigdb.c, which opens it, and sigdb_match.c, which
 * matches with it. Private to them. */
#ifndef HOLDFAST_SIGDB_OPENED_H
#define HOLDFAST_SIGDB_OPENED_H

#include "crypto/hash.h"
#include "match/digestset.h"
#include "match/patset.h"
#include "sigdb/dbfile.h"

/* Kinds of digest, which are the first of enum sigdb_kind. */
enum { DIGEST_KINDS = SIGDB_BODY_PATTERN };

struct sigdb {
	struct bytes file;
	void *mapping;			/* NULL when the memory is someone else's */
	struct sigdb_info info;
	struct patset *patterns;
	struct digestset digests[DIGEST_KINDS];
	struct bytes bodies, name_ends, names;
};

/* What digests of this kind are computed with. */
static inline enum hash_kind
opened_hash_kind(size_t kind)
{
	static const enum hash_kind kinds[DIGEST_KINDS] = {
		[SIGDB_MD5] = HASH_MD5, [SIGDB_SHA1] = HASH_SHA1, [SIGDB_SHA256] = HASH_SHA256
	};

	return kinds[kind];
}

#endif
