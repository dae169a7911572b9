/* delta/delta.h: a file, told by the one before it. For databases that change a little from release to release.
 * Owns the form of a delta; must not know what the files are, and vouches for nothing: whoever applies one compares the
 * digest of what came out.
 *
 *	"HFdelta1", size of the old file u64, size of the new one u64, then for each shard of the new one, in its order:
 *	length u32, packed u32, begin u64 and length u32 of the stretch of the old file that it leans on, packed bytes
 *
 * All numbers are little-endian. A shard is a zstd frame with that stretch as its prefix; with ${packed} 0 it is the
 * stretch itself. Shards have at most DELTA_SHARD bytes, so that applying needs little memory whatever the file's size. */
#ifndef HOLDFAST_DELTA_DELTA_H
#define HOLDFAST_DELTA_DELTA_H

#include "base/bytes.h"
#include "base/err.h"

/* Memory to apply: a shard, its packed form and its stretch, and 0.2 MB of zstd's: under 13 MB, most of the packed form unused. */
#define DELTA_SHARD ((size_t)2 << 20)
#define DELTA_STRETCH ((size_t)8 << 20)

/* Write to ${out} how ${fresh} comes from ${old}. Takes about as much memory as ${old} has, and seconds for each ten
 * megabytes that changed. The same two always give the same bytes. ERR_LIMIT: over 4 GiB. ERR_NOMEM, ERR_FULL, ERR_IO. */
enum err delta_make(struct bytes old, struct bytes fresh, int out, struct fault *why);

/* Write to ${out} what ${delta}, from its position to its end, makes of the file ${old}, at most ${most} bytes. ERR_CONFLICT:
 * ${old} has not the size that the delta is for. ERR_MALFORMED, ERR_TRUNCATED: the delta is damaged. ERR_LIMIT, ERR_NOMEM,
 * ERR_FULL, ERR_IO. What was written until then is thrown away by the caller. */
enum err delta_apply(int old, int delta, uint64_t most, int out, struct fault *why);

#endif
