/* test/faults/enospc.c: a disk that is full, for the tests: preloaded (LD_PRELOAD), it makes every call fail
 * with ENOSPC that would put bytes on the disk into a file below HOLDFAST_FAULT_FULL, for as long as the
 * file HOLDFAST_FAULT_TRIGGER exists, or, where HOLDFAST_FAULT_ROOM names a file, as soon as so many such calls
 * were made as the number in it says (8 bytes of this machine, counted down by all programs together; below 0: room
 * for ever). Removing, renaming and reading go on, as on a disk that is full.
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
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *below, *trigger;
static long long *room;

static void
open_room(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		abort();
	room = p;
	close(fd);
}

__attribute__((constructor)) static void
read_environment(void)
{
	if (strcmp(program_invocation_short_name, "holdfast-worker") == 0)
		return;
	below = getenv("HOLDFAST_FAULT_FULL");
	trigger = getenv("HOLDFAST_FAULT_TRIGGER");
	if (getenv("HOLDFAST_FAULT_ROOM") != NULL)
		open_room(getenv("HOLDFAST_FAULT_ROOM"));
}

/* Use some of what is left; false when nothing is. */
static bool
take_room(void)
{
	long long left = __atomic_load_n(room, __ATOMIC_SEQ_CST);

	while (left > 0 && !__atomic_compare_exchange_n(room, &left, left - 1, false, __ATOMIC_SEQ_CST,
			       __ATOMIC_SEQ_CST))
		continue;
	return left != 0;
}

static bool
is_on_full_disk(int fd)
{
	char name[40], path[PATH_MAX];
	int before = errno;
	bool full = false;
	ssize_t n;

	if (below == NULL || (room == NULL && (trigger == NULL || access(trigger, F_OK) != 0)))
		goto done;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if ((n = readlink(name, path, sizeof path - 1)) < 0)
		goto done;
	path[n] = '\0';
	full = strncmp(path, below, strlen(below)) == 0 && (room == NULL || !take_room());
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
