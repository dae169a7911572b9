/* cli/walk.c: see walk.h. */
#include "prog/cli/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

struct walk_dir {
	DIR *stream;
	unsigned holders;
	size_t length;		/* of the path up to here, in struct way */
};

/* Where the walk is. */
struct way {
	const struct walk_calls *calls;
	char path[AGENT_PATH_SIZE];
	unsigned depth;
};

int
walk_dir_fd(const struct walk_dir *dir)
{
	return dirfd(dir->stream);
}

struct walk_dir *
walk_dir_hold(struct walk_dir *dir)
{
	dir->holders++;
	return dir;
}

void
walk_dir_release(struct walk_dir *dir)
{
	if (--dir->holders > 0)
		return;
	closedir(dir->stream);
	free(dir);
}

/* The kernel's own views: what they show is not stored anywhere, and reading some of it has effects. */
static bool
is_kernels_own(int fd)
{
	static const unsigned long magics[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC,
		TRACEFS_MAGIC, SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,
		PSTOREFS_MAGIC, EFIVARFS_MAGIC, DEVPTS_SUPER_MAGIC, SELINUX_MAGIC };
	struct statfs st;

	if (fstatfs(fd, &st) != 0)
		return false;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if ((unsigned long)st.f_type == magics[i])
			return true;
	return false;
}

static void
tell(const struct way *w, const char *why)
{
	w->calls->trouble(w->calls->ctx, w->path, why);
}

/* Put ${name} behind the path of ${length}. False: it is too long, which was told. */
static bool
step_into(struct way *w, size_t length, const char *name)
{
	/* The root's own path ends in its slash. */
	const char *slash = length > 0 && w->path[length - 1] == '/' ? "" : "/";
	size_t room = sizeof w->path - length;

	if ((size_t)snprintf(w->path + length, room, "%s%s", slash, name) < room)
		return true;
	w->path[length] = '\0';
	tell(w, "a name in it makes too long a path");
	return false;
}

/* Without touching the time of last access where that is allowed. */
static int
open_reading(int dir, const char *name)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(dir, name, flags | O_NOATIME);

	return fd < 0 && errno == EPERM ? openat(dir, name, flags) : fd;
}

static bool
walk_file(struct way *w, struct walk_dir *dir, const char *name)
{
	struct walk_file file = { .dir = dir, .name = name, .path = w->path };

	if ((file.fd = open_reading(walk_dir_fd(dir), name)) < 0) {
		tell(w, strerror(errno));
		return true;
	}
	/* What was a file a moment ago may be something else by now. */
	if (fstat(file.fd, &file.st) != 0 || !S_ISREG(file.st.st_mode)) {
		close(file.fd);
		return true;
	}
	return w->calls->file(w->calls->ctx, &file);
}

static bool walk_entries(struct way *w, struct walk_dir *dir);

/* Walk the folder behind ${fd}, which is given. */
static bool
walk_open_dir(struct way *w, int fd)
{
	struct walk_dir *dir = calloc(1, sizeof *dir);
	bool go_on = true;

	if (dir == NULL || (dir->stream = fdopendir(fd)) == NULL) {
		tell(w, dir == NULL ? "out of memory" : strerror(errno));
		free(dir);
		close(fd);
		return true;
	}
	dir->holders = 1;
	dir->length = strlen(w->path);
	w->depth++;
	go_on = walk_entries(w, dir);
	w->depth--;
	w->path[dir->length] = '\0';
	walk_dir_release(dir);
	return go_on;
}

static bool
walk_subdir(struct way *w, struct walk_dir *parent, const char *name)
{
	int fd;

	if (w->depth >= WALK_DEPTH_MAX) {
		tell(w, "too many folders within folders");
		return true;
	}
	fd = openat(walk_dir_fd(parent), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		tell(w, strerror(errno));
		return true;
	}
	if (is_kernels_own(fd)) {
		close(fd);
		return true;
	}
	return walk_open_dir(w, fd);
}

static bool
walk_entry(struct way *w, struct walk_dir *dir, const char *name)
{
	struct stat st;

	if (fstatat(walk_dir_fd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		/* Gone since it was listed: nothing is left to be looked at. */
		if (errno != ENOENT)
			tell(w, strerror(errno));
		return true;
	}
	if (S_ISDIR(st.st_mode))
		return walk_subdir(w, dir, name);
	return S_ISREG(st.st_mode) ? walk_file(w, dir, name) : true;
}

static bool
walk_entries(struct way *w, struct walk_dir *dir)
{
	struct dirent *entry;
	bool go_on = true;

	while (go_on && (errno = 0, entry = readdir(dir->stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (step_into(w, dir->length, entry->d_name))
			go_on = walk_entry(w, dir, entry->d_name);
		w->path[dir->length] = '\0';
	}
	if (go_on && errno != 0)
		tell(w, strerror(errno));
	return go_on;
}

/* A single file: through the folder that it lies in. */
static bool
walk_one(struct way *w)
{
	char *slash = strrchr(w->path, '/');
	char name[NAME_MAX + 1];
	struct walk_dir *dir;
	bool go_on = true;
	int fd;

	snprintf(name, sizeof name, "%s", slash + 1);
	*slash = '\0';
	fd = open(slash == w->path ? "/" : w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (fd < 0 || (dir = calloc(1, sizeof *dir)) == NULL) {
		tell(w, strerror(errno));
		if (fd >= 0)
			close(fd);
		return true;
	}
	if ((dir->stream = fdopendir(fd)) == NULL) {
		tell(w, strerror(errno));
		free(dir);
		close(fd);
		return true;
	}
	dir->holders = 1;
	go_on = walk_file(w, dir, name);
	walk_dir_release(dir);
	return go_on;
}

bool
walk(const char *path, const struct walk_calls *calls)
{
	struct way w = { .calls = calls };
	char *real = realpath(path, NULL);
	struct stat st;
	int fd;

	snprintf(w.path, sizeof w.path, "%s", real != NULL ? real : path);
	free(real);
	if (real == NULL || stat(w.path, &st) != 0) {
		tell(&w, strerror(errno));
		return true;
	}
	if (S_ISREG(st.st_mode))
		return walk_one(&w);
	if (!S_ISDIR(st.st_mode)) {
		tell(&w, "neither a file nor a folder");
		return true;
	}
	if ((fd = open(w.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		tell(&w, strerror(errno));
		return true;
	}
	return walk_open_dir(&w, fd);
}
