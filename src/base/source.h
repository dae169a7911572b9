/* base/source.h: bytes that can be read at any offset, of a known size: a file, or memory.
 * Owns nothing: whoever made it frees what stands behind it. */
#ifndef HOLDFAST_BASE_SOURCE_H
#define HOLDFAST_BASE_SOURCE_H

#include "base/bytes.h"
#include "base/err.h"

struct source {
	uint64_t size;		/* in bytes, fixed when the source was made */
	struct bytes whole;	/* all of it when it lies in memory, else p is NULL */
	int fd;			/* else this descriptor is read with pread(2); -1 for memory */
	uint64_t start;		/* where in the file it begins, when it is a part of one */
};

/* ${memory} is borrowed for as long as the source is used. */
struct source source_of_memory(struct bytes memory);

/* ${fd} is borrowed. The size is what fstat(2) says now. ERR_UNSUPPORTED: not a regular file. */
enum err source_of_file(int fd, struct source *out);

/* ${n} bytes of ${whole} from ${at}, fewer at its end; valid for as long as it is. */
struct source source_part(const struct source *whole, uint64_t at, uint64_t n);

/* Read up to ${n} bytes at ${offset} into ${to}. *got < n only at the end of the source, or when the
 * file has become shorter since. ERR_IO. */
enum err source_read(const struct source *s, uint64_t offset, uint8_t *to, size_t n, size_t *got);

#endif
