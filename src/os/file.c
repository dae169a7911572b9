/* os/file.c: see file.h. */
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

enum err
file_open_dir(int dir, const char *name, bool create, int *out, struct fault *why)
{
	int fd;

	if (create && mkdirat(dir, name, 0700) != 0 && errno != EEXIST)
		return fault_errno(why, "cannot make the directory %s", name);
	if ((fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return fault_errno(why, "cannot open the directory %s", name);
	*out = fd;
	return ERR_NONE;
}

static enum err
read_to_end(int fd, struct buf *out)
{
	enum { CHUNK = 65536 };
	uint8_t *to;
	ssize_t n;

	/* The reserve shrinks to what the ceiling leaves, and one byte over it is the proof of LIMIT. */
	for (;;) {
		size_t room = out->max - out->n < CHUNK ? out->max - out->n : CHUNK;
		uint8_t extra;

		to = room == 0 ? &extra : buf_reserve(out, room);
		if (to == NULL)
			return out->err;
		n = read(fd, to, room == 0 ? 1 : room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			return ERR_NONE;
		if (room == 0)
			return ERR_LIMIT;
		out->n += (size_t)n;
	}
}

/* Takes ${fd} over. */
static enum err
read_open(int fd, const char *name, struct buf *out, struct fault *why)
{
	size_t before = out->n;
	enum err e = read_to_end(fd, out);

	if (e == ERR_LIMIT)
		fault_set(why, e, "%s is larger than the %zu bytes allowed", name, out->max);
	else if (e != ERR_NONE)
		fault_set(why, e, "cannot read %s: %s", name, err_name(e));
	if (e != ERR_NONE)
		out->n = before;
	close(fd);
	return e;
}

enum err
file_read(int dir, const char *name, struct buf *out, struct fault *why)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fault_errno(why, "cannot open %s", name) : read_open(fd, name, out, why);
}

enum err
file_read_plain(int dir, const char *name, struct buf *out, struct fault *why)
{
	/* Not blocking, should it be a pipe; no terminal becomes ours. */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return fault_set(why, ERR_DENIED, "%s is a symbolic link", name);
	if (fd < 0)
		return fault_errno(why, "cannot open %s", name);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fault_set(why, ERR_DENIED, "%s is not a regular file", name);
	}
	return read_open(fd, name, out, why);
}

enum err
file_sync_dir(int dir)
{
	enum err e;
	int here;

	/* The current directory has no descriptor that could be synced. */
	if (dir == AT_FDCWD) {
		if ((here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			return err_from_errno(errno);
		e = fsync(here) == 0 ? ERR_NONE : err_from_errno(errno);
		close(here);
		return e;
	}
	return fsync(dir) == 0 ? ERR_NONE : err_from_errno(errno);
}

/* Write ${content} to a synced file NAME.new, whose name goes to ${fresh}. */
static enum err
write_fresh(int dir, const char *name, struct bytes content, mode_t mode, char fresh[NAME_MAX + 1])
{
	enum err e;
	int fd;

	if (snprintf(fresh, NAME_MAX + 1, "%s" FILE_NEW_SUFFIX, name) > NAME_MAX)
		return ERR_LIMIT;
	if (unlinkat(dir, fresh, 0) != 0 && errno != ENOENT)
		return err_from_errno(errno);
	if ((fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) < 0)
		return err_from_errno(errno);
	e = io_write_all(fd, content);
	if (e == ERR_NONE && fsync(fd) != 0)
		e = err_from_errno(errno);
	if (close(fd) != 0 && e == ERR_NONE)
		e = err_from_errno(errno);
	if (e != ERR_NONE)
		unlinkat(dir, fresh, 0);
	return e;
}

enum err
file_replace(int dir, const char *name, struct bytes content, mode_t mode, struct fault *why)
{
	char fresh[NAME_MAX + 1];
	enum err e;

	if ((e = write_fresh(dir, name, content, mode, fresh)) != ERR_NONE)
		goto done;
	if (renameat(dir, fresh, dir, name) != 0) {
		e = err_from_errno(errno);
		unlinkat(dir, fresh, 0);
		goto done;
	}
	e = file_sync_dir(dir);
done:
	if (e != ERR_NONE)
		fault_set(why, e, "cannot write %s: %s", name, err_name(e));
	return e;
}

enum err
file_create(int dir, const char *name, struct bytes content, mode_t mode, struct fault *why)
{
	char fresh[NAME_MAX + 1];
	enum err e;

	if ((e = write_fresh(dir, name, content, mode, fresh)) != ERR_NONE)
		goto done;
	/* link(2), unlike rename(2), refuses a name that is taken. */
	if (linkat(dir, fresh, dir, name, 0) != 0)
		e = err_from_errno(errno);
	unlinkat(dir, fresh, 0);
	if (e == ERR_NONE)
		e = file_sync_dir(dir);
done:
	if (e != ERR_NONE)
		fault_set(why, e, "cannot create %s: %s", name, err_name(e));
	return e;
}

enum err
file_lock(int dir, const char *name, int *out, struct fault *why)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fault_errno(why, "cannot open %s", name);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		enum err e = errno == EWOULDBLOCK ? ERR_CONFLICT : err_from_errno(errno);

		close(fd);
		return fault_set(why, e, "%s is held by another process", name);
	}
	*out = fd;
	return ERR_NONE;
}

enum err
file_remove_leftovers(int dir)
{
	static const size_t suffix = sizeof FILE_NEW_SUFFIX - 1;
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *list;

	if (again < 0)
		return err_from_errno(errno);
	if ((list = fdopendir(again)) == NULL) {
		close(again);
		return err_from_errno(errno);
	}
	while ((entry = readdir(list)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n > suffix && strcmp(entry->d_name + n - suffix, FILE_NEW_SUFFIX) == 0)
			unlinkat(dir, entry->d_name, 0);
	}
	closedir(list);
	return ERR_NONE;
}
