/* format/pack.h: compressed bytes to plain ones, by methods that containers have in common. Each
 * pours into an entry of an outlet that was begun by the caller, who also ends it. Streams, but for
 * the old methods, whose input must lie in memory. For this folder only. */
#ifndef HOLDFAST_FORMAT_PACK_H
#define HOLDFAST_FORMAT_PACK_H

#include "base/buf.h"
#include "format/outlet.h"

enum pack {
	PACK_NONE = 0,
	PACK_DEFLATE,		/* RFC 1951, bare */
	PACK_ZLIB,		/* RFC 1950 */
	PACK_GZIP,
	PACK_BZIP2,
	PACK_LZMA_ZIP,		/* LZMA behind zip's own header */
	PACK_LZMA_ALONE,	/* with 5 bytes of properties and 8 of size */
	PACK_LZMA_5,		/* with 5 bytes of properties only */
	PACK_XZ,
	PACK_ZSTD,
};

/* Undo ${pack} of ${part}. What came out before something was wrong has been put by then; an outlet
 * that wants no more is no trouble. *used (may be NULL): how much of ${part} was taken. */
enum trouble pack_undo(enum pack pack, const struct source *part, const struct outlet *out,
    uint64_t *used);

/* As pack_undo, into a buffer of our own, up to its ceiling (which is then TROUBLE_LIMIT). */
enum trouble pack_undo_into(enum pack pack, struct bytes part, struct buf *into);

/* What PKZIP wrote before Deflate, and beside it. ${size} is what is to come out; ${flags} are the
 * entry's. *used: how much of ${in} was taken. */
enum trouble pack_inflate64(struct bytes in, const struct outlet *out, size_t *used);
enum trouble pack_explode(struct bytes in, uint64_t size, unsigned flags, const struct outlet *out,
    size_t *used);
enum trouble pack_unshrink(struct bytes in, uint64_t size, const struct outlet *out, size_t *used);

#endif
