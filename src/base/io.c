/* base/io.c: see io.h. */
#include "base/io.h"

#include <errno.h>
#include <unistd.h>

enum err
io_write_all(int fd, struct bytes content)
{
	while (content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		content = bytes_from(content, (size_t)n);
	}
	return ERR_NONE;
}

enum err
io_read_full(int fd, uint8_t *to, size_t n, size_t *got)
{
	*got = 0;
	while (*got < n) {
		ssize_t r = read(fd, to + *got, n - *got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_from_errno(errno);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return ERR_NONE;
}
