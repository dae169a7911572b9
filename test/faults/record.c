/* test/faults/record.c: what a program does to the disk, written down for the tests: preloaded (LD_PRELOAD), it appends a
 * record to HOLDFAST_FAULT_LOG for every call that changes a file or a folder on the disk of that log, or waits until
 * something is on it. test/e2e/power.mjs reads the log and makes of it every state that a power cut could leave.
 *
 *	create DIR NAME FILE MODE	write FILE OFFSET LENGTH, then the bytes	cut FILE LENGTH
 *	folder DIR NAME FOLDER MODE	rename DIR NAME DIR NAME	link FILE DIR NAME
 *	unlink DIR NAME			sync FILE
 *
 * Files and folders are numbers of inodes; fields are parted by tabs. Must not change what a program does. A sandboxed
 * worker, which writes no files, is left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Above the descriptors that programs number themselves. */
enum { LOG_FD_LEAST = 200 };

static int log_fd = -1;
static dev_t disk;

__attribute__((constructor)) static void
open_log(void)
{
	const char *path = getenv("HOLDFAST_FAULT_LOG");
	struct stat st;
	int fd;

	if (path == NULL || strcmp(program_invocation_short_name, "holdfast-worker") == 0)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		abort();
	log_fd = fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD_LEAST);
	syscall(SYS_close, fd);
	if (log_fd < 0 || fstat(log_fd, &st) != 0)
		abort();
	disk = st.st_dev;
}

/* One record in one call, so that those of several processes do not mix. */
static void
say(const void *bytes, size_t n, const char *form, ...)
{
	char line[2 * PATH_MAX];
	int before = errno;
	struct iovec parts[2] = { { line, 0 }, { (void *)bytes, n } };
	va_list more;

	va_start(more, form);
	parts[0].iov_len = (size_t)vsnprintf(line, sizeof line, form, more);
	va_end(more);
	if (log_fd >= 0 && syscall(SYS_writev, log_fd, parts, 2) != (long)(parts[0].iov_len + n))
		abort();
	errno = before;
}

/* The folder that ${path} lies in, and its last part. */
static bool
find_folder(int dir, const char *path, unsigned long long *folder, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX] = ".";
	int before = errno;
	struct stat st;
	bool found;

	if (log_fd < 0)
		return false;
	*name = slash == NULL ? path : slash + 1;
	if (slash != NULL)
		snprintf(parent, sizeof parent, "%.*s", (int)(slash == path ? 1 : slash - path), path);
	found = fstatat(dir, parent, &st, 0) == 0 && st.st_dev == disk;
	*folder = st.st_ino;
	errno = before;
	return found;
}

/* The file behind ${fd}, if it lies on our disk. */
static bool
find_file(int fd, struct stat *st)
{
	int before = errno;
	bool found = log_fd >= 0 && fstat(fd, st) == 0 && st->st_dev == disk &&
	    (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));

	errno = before;
	return found;
}

#define REAL(result, name, parameters)                             \
	static result(*real) parameters;                           \
	if (real == NULL)                                          \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

static void
note_opened(int dir, const char *path, int flags, bool existed, int fd)
{
	unsigned long long folder = 0;
	const char *name = "-";
	struct stat st;

	if (fd < 0 || !find_file(fd, &st))
		return;
	if ((flags & O_TMPFILE) == O_TMPFILE || (!existed && find_folder(dir, path, &folder, &name)))
		say("", 0, "create\t%llu\t%s\t%llu\t%o\n", folder, name, (unsigned long long)st.st_ino,
		    (unsigned)st.st_mode & 07777);
	else if ((flags & O_TRUNC) != 0)
		say("", 0, "cut\t%llu\t0\n", (unsigned long long)st.st_ino);
}

static bool
exists(int dir, const char *path)
{
	int before = errno;
	struct stat st;
	bool there = fstatat(dir, path, &st, 0) == 0;

	errno = before;
	return there;
}

#define OPENING(name, parameters, dir, arguments)                                     \
	int name parameters;                                                          \
	int name parameters                                                           \
	{                                                                             \
		REAL(int, name, parameters);                                          \
		bool makes = log_fd >= 0 && (flags & (O_CREAT | O_TRUNC | __O_TMPFILE)) != 0, existed; \
		va_list more;                                                         \
		int mode, fd;                                                         \
                                                                                      \
		va_start(more, flags);                                                \
		mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, int) : 0; \
		va_end(more);                                                         \
		existed = !makes || exists(dir, path);                                \
		fd = real arguments;                                                  \
		if (makes)                                                            \
			note_opened(dir, path, flags, existed, fd);                   \
		return fd;                                                            \
	}

OPENING(open, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPENING(openat, (int dir, const char *path, int flags, ...), dir, (dir, path, flags, mode))
OPENING(openat64, (int dir, const char *path, int flags, ...), dir, (dir, path, flags, mode))

static void
note_written(int fd, off_t at, const void *p, ssize_t n)
{
	struct stat st;

	if (n > 0 && find_file(fd, &st) && S_ISREG(st.st_mode))
		say(p, (size_t)n, "write\t%llu\t%lld\t%zd\n", (unsigned long long)st.st_ino, (long long)at, n);
}

ssize_t
write(int fd, const void *p, size_t size)
{
	REAL(ssize_t, write, (int fd, const void *p, size_t size));
	ssize_t n = real(fd, p, size);
	int before = errno;

	/* Where it went is known afterwards only: the file may be appended to. */
	if (log_fd >= 0 && n > 0)
		note_written(fd, lseek(fd, 0, SEEK_CUR) - n, p, n);
	errno = before;
	return n;
}

#define PLACED(name, offset)                                                                  \
	ssize_t name(int fd, const void *p, size_t size, offset at)                           \
	{                                                                                     \
		REAL(ssize_t, name, (int fd, const void *p, size_t size, offset at));         \
		ssize_t n = real(fd, p, size, at);                                            \
                                                                                              \
		note_written(fd, at, p, n);                                                   \
		return n;                                                                     \
	}

PLACED(pwrite, off_t)
PLACED(pwrite64, off64_t)

ssize_t
writev(int fd, const struct iovec *v, int count)
{
	REAL(ssize_t, writev, (int fd, const struct iovec *v, int count));
	ssize_t n = real(fd, v, count), left = n;
	int before = errno;
	off_t at = log_fd >= 0 && n > 0 ? lseek(fd, 0, SEEK_CUR) - n : 0;

	for (int i = 0; i < count && left > 0; i++) {
		ssize_t part = (ssize_t)v[i].iov_len < left ? (ssize_t)v[i].iov_len : left;

		note_written(fd, at, v[i].iov_base, part);
		at += part;
		left -= part;
	}
	errno = before;
	return n;
}

/* A call that returns 0 when it did it; ${note} is what is written down then. */
#define CHANGING(name, parameters, arguments, note)      \
	int name parameters;                             \
	int name parameters                              \
	{                                                \
		REAL(int, name, parameters);             \
		int result = real arguments;             \
                                                         \
		if (result == 0)                         \
			note;                            \
		return result;                           \
	}

static void
note_cut(int fd, off_t n)
{
	struct stat st;

	if (find_file(fd, &st))
		say("", 0, "cut\t%llu\t%lld\n", (unsigned long long)st.st_ino, (long long)n);
}

static void
note_synced(int fd)
{
	struct stat st;

	if (find_file(fd, &st))
		say("", 0, "sync\t%llu\n", (unsigned long long)st.st_ino);
}

static void
note_made(int dir, const char *path)
{
	unsigned long long folder;
	const char *name;
	struct stat st;

	if (find_folder(dir, path, &folder, &name) && fstatat(dir, path, &st, 0) == 0)
		say("", 0, "folder\t%llu\t%s\t%llu\t%o\n", folder, name, (unsigned long long)st.st_ino,
		    (unsigned)st.st_mode & 07777);
}

static void
note_removed(int dir, const char *path)
{
	unsigned long long folder;
	const char *name;

	if (find_folder(dir, path, &folder, &name))
		say("", 0, "unlink\t%llu\t%s\n", folder, name);
}

static void
note_renamed(int from, const char *old, int to, const char *path)
{
	unsigned long long a, b;
	const char *before, *after;

	if (find_folder(from, old, &a, &before) && find_folder(to, path, &b, &after))
		say("", 0, "rename\t%llu\t%s\t%llu\t%s\n", a, before, b, after);
}

static void
note_linked(int to, const char *path)
{
	unsigned long long folder;
	const char *name;
	struct stat st;

	if (find_folder(to, path, &folder, &name) && fstatat(to, path, &st, 0) == 0)
		say("", 0, "link\t%llu\t%llu\t%s\n", (unsigned long long)st.st_ino, folder, name);
}

CHANGING(ftruncate, (int fd, off_t n), (fd, n), note_cut(fd, n))
CHANGING(ftruncate64, (int fd, off64_t n), (fd, n), note_cut(fd, n))
CHANGING(fsync, (int fd), (fd), note_synced(fd))
CHANGING(fdatasync, (int fd), (fd), note_synced(fd))
CHANGING(mkdir, (const char *path, mode_t mode), (path, mode), note_made(AT_FDCWD, path))
CHANGING(mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode), note_made(dir, path))
CHANGING(unlink, (const char *path), (path), note_removed(AT_FDCWD, path))
CHANGING(rmdir, (const char *path), (path), note_removed(AT_FDCWD, path))
CHANGING(unlinkat, (int dir, const char *path, int flags), (dir, path, flags), note_removed(dir, path))
CHANGING(rename, (const char *old, const char *path), (old, path), note_renamed(AT_FDCWD, old, AT_FDCWD, path))
CHANGING(renameat, (int from, const char *old, int to, const char *path), (from, old, to, path),
    note_renamed(from, old, to, path))
CHANGING(link, (const char *old, const char *path), (old, path), note_linked(AT_FDCWD, path))
CHANGING(linkat, (int from, const char *old, int to, const char *path, int flags), (from, old, to, path, flags),
    note_linked(to, path))
