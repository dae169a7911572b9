/* match/digestset.h: is a file with this size and this digest known?
 * Owns the form of a compiled set of digests of one kind, which lies in someone else's memory,
 * normally a mapped file. Computes no digests; must not know signatures or verdicts.
 *
 * Records are sorted by size, then digest, and an exact table of sizes stands in front of them: it
 * answers first whether a file need be hashed at all, then where its few candidates lie. That is
 * why no further filter is needed: a digest is only looked up among the records of its own size. */
#ifndef HOLDFAST_MATCH_DIGESTSET_H
#define HOLDFAST_MATCH_DIGESTSET_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define DIGEST_BYTES_MAX 32
#define DIGEST_ANY_SIZE UINT32_MAX	/* a record that holds for files of any size */

struct digest_record {
	uint8_t digest[DIGEST_BYTES_MAX];	/* zeros behind the set's width */
	uint32_t size;				/* of the file in bytes, or DIGEST_ANY_SIZE */
	uint32_t id;				/* the caller's */
};

/* Sort ${records} in place and append their image to ${out}; ${width} is the bytes of a digest of
 * this kind. The same records always give the same bytes. ERR_LIMIT, ERR_NOMEM. */
enum err digestset_write(struct digest_record *records, size_t count, size_t width,
    struct buf *out);

/* An open set, by value; filled by digestset_open. Its members are its own. */
struct digestset {
	size_t width;		/* bytes of a digest */
	size_t count;		/* of records */
	struct bytes sizes;	/* u32 size, u32 first record; by size; one row more as the end */
	struct bytes records;	/* digest, u32 id; by digest inside each size */
};

/* Open the image that digestset_write wrote; it is borrowed for as long as the set is used.
 * ERR_MALFORMED. */
enum err digestset_open(struct bytes image, struct digestset *out);

/* Is a file of this size worth hashing? */
bool digestset_wants(const struct digestset *set, uint64_t size);

/* Return false to stop. */
typedef bool digestset_found_fn(void *ctx, uint32_t id);

/* Report each record of this digest (of the set's width), for this size and for any size.
 * ERR_MALFORMED: the image is damaged there. ERR_CLOSED: ${found} said stop. */
enum err digestset_find(const struct digestset *set, uint64_t size, const uint8_t *digest,
    digestset_found_fn *found, void *ctx);

#endif
