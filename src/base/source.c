/* base/source.c: see source.h. pread and not mmap: a file that is cut short while it is read
 * must be a short read, not a signal. */
#include "base/source.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

struct source
source_of_memory(struct bytes memory)
{
	return (struct source){ .size = memory.n, .whole = memory, .fd = -1 };
}

enum err
source_of_file(int fd, struct source *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode) || st.st_size < 0)
		return ERR_UNSUPPORTED;
	*out = (struct source){ .size = (uint64_t)st.st_size, .fd = fd };
	return ERR_NONE;
}

struct source
source_part(const struct source *whole, uint64_t at, uint64_t n)
{
	struct source part = *whole;

	if (at > whole->size)
		at = whole->size;
	part.size = n < whole->size - at ? n : whole->size - at;
	part.start += at;
	if (whole->whole.p != NULL)
		part.whole = bytes_of(whole->whole.p + at, (size_t)part.size);
	return part;
}

enum err
source_read(const struct source *s, uint64_t offset, uint8_t *to, size_t n, size_t *got)
{
	size_t done = 0;

	*got = 0;
	if (offset >= s->size)
		return ERR_NONE;
	if (n > s->size - offset)
		n = (size_t)(s->size - offset);
	if (s->fd < 0) {
		memcpy(to, s->whole.p + offset, n);
		*got = n;
		return ERR_NONE;
	}
	while (done < n) {
		ssize_t r = pread(s->fd, to + done, n - done, (off_t)(s->start + offset + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_from_errno(errno);
		if (r == 0)
			break;
		done += (size_t)r;
	}
	*got = done;
	return ERR_NONE;
}
