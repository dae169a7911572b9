/* test/faults/enospc.c: a disk that is full, for the tests: preloaded (LD_PRELOAD), it makes every call fail
 * with ENOSPC that would put bytes on the disk into a file below HOLDFAST_FAULT_FULL, for as long as the
 * file HOLDFAST_FAULT_TRIGGER exists. Removing, renaming and reading go on, as on a disk that is full.
 *
 * Must not change what a process may do otherwise: a sandboxed worker, which may not look for the
 * trigger and writes no files, is left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *below, *trigger;

__attribute__((constructor)) static void
read_environment(void)
{
	if (strcmp(program_invocation_short_name, "holdfast-worker") == 0)
		return;
	below = getenv("HOLDFAST_FAULT_FULL");
	trigger = getenv("HOLDFAST_FAULT_TRIGGER");
}

static bool
is_on_full_disk(int fd)
{
	char name[40], path[PATH_MAX];
	int before = errno;
	bool full = false;
	ssize_t n;

	if (below == NULL || trigger == NULL || access(trigger, F_OK) != 0)
		goto done;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if ((n = readlink(name, path, sizeof path - 1)) < 0)
		goto done;
	path[n] = '\0';
	full = strncmp(path, below, strlen(below)) == 0;
done:
	errno = before;
	return full;
}

/* Define ${name} to ask first and then do what it did before. */
#define FAILING(result, name, fd, parameters, arguments)                                            \
	result name parameters;                                                                      \
	result name parameters                                                                       \
	{                                                                                            \
		static result(*real) parameters;                                                     \
                                                                                                     \
		if (is_on_full_disk(fd)) {                                                           \
			errno = ENOSPC;                                                              \
			return (result)-1;                                                           \
		}                                                                                    \
		if (real == NULL)                                                                    \
			*(void **)&real = dlsym(RTLD_NEXT, #name);                                   \
		return real arguments;                                                               \
	}

FAILING(ssize_t, write, fd, (int fd, const void *p, size_t n), (fd, p, n))
FAILING(ssize_t, pwrite, fd, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
FAILING(ssize_t, pwrite64, fd, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
FAILING(ssize_t, writev, fd, (int fd, const struct iovec *v, int n), (fd, v, n))
FAILING(ssize_t, pwritev, fd, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
FAILING(int, fallocate, fd, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
FAILING(int, fallocate64, fd, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n))
FAILING(ssize_t, sendfile, to, (int to, int from, off_t *at, size_t n), (to, from, at, n))
FAILING(ssize_t, copy_file_range, to,
    (int from, off64_t *from_at, int to, off64_t *to_at, size_t n, unsigned flags),
    (from, from_at, to, to_at, n, flags))

/* These two say what failed by their value, and leave errno alone. */
int
posix_fallocate(int fd, off_t at, off_t n)
{
	static int (*real)(int fd, off_t at, off_t n);

	if (is_on_full_disk(fd))
		return ENOSPC;
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "posix_fallocate");
	return real(fd, at, n);
}

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	static int (*real)(int fd, off64_t at, off64_t n);

	if (is_on_full_disk(fd))
		return ENOSPC;
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "posix_fallocate64");
	return real(fd, at, n);
}
