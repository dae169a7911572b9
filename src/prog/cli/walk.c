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

#include "agent/limits.h"
#include "base/text.h"

/* Each level costs a descriptor and a list of names; deeper trees are traps, and are said. */
enum { WALK_DEPTH_MAX = 256 };

static bool visit(int dir, const char *name, const char *path, unsigned depth,
    const struct walk_visitor *v);

/* File systems of the kernel's own making: no file there is one. */
static bool
is_kernel_file_system(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
	    fs.f_type == DEBUGFS_MAGIC || fs.f_type == TRACEFS_MAGIC ||
	    fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int
not_dots(const struct dirent *entry)
{
	return !text_equal(entry->d_name, ".") && !text_equal(entry->d_name, "..");
}

static bool
visit_folder(int fd, const char *path, unsigned depth, const struct walk_visitor *v)
{
	struct dirent **names = NULL;
	char below[AGENT_PATH_SIZE];
	bool on = true;
	int n;

	if (is_kernel_file_system(fd))
		return true;
	if (depth == WALK_DEPTH_MAX) {
		v->trouble(v->ctx, path, "folders are nested too deep here");
		return true;
	}
	if ((n = scandirat(fd, ".", &names, not_dots, alphasort)) < 0) {
		v->trouble(v->ctx, path, strerror(errno));
		return true;
	}
	for (int i = 0; i < n; i++) {
		int length = snprintf(below, sizeof below, "%s%s%s", path,
		    path[strlen(path) - 1] == '/' ? "" : "/", names[i]->d_name);

		if (on && length >= (int)sizeof below)
			v->trouble(v->ctx, path, "a name below it is too long");
		else if (on)
			on = visit(fd, names[i]->d_name, below, depth + 1, v);
		free(names[i]);
	}
	free(names);
	return on;
}

static bool
visit(int dir, const char *name, const char *path, unsigned depth, const struct walk_visitor *v)
{
	struct stat st;
	bool on;
	int fd;

	/* Looked at before it is opened: opening a device or a pipe can do things. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		v->trouble(v->ctx, path, strerror(errno));
		return true;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return true;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		v->trouble(v->ctx, path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return true;
	}
	if (S_ISREG(st.st_mode))
		return v->file(v->ctx, path, fd, &st);
	on = S_ISDIR(st.st_mode) ? visit_folder(fd, path, depth, v) : true;
	close(fd);
	return on;
}

bool
walk_tree(const char *path, const struct walk_visitor *v)
{
	char *absolute = realpath(path, NULL);
	bool on;

	if (absolute == NULL || strlen(absolute) >= AGENT_PATH_SIZE) {
		v->trouble(v->ctx, path, absolute == NULL ? strerror(errno) : "its name is too long");
		free(absolute);
		return true;
	}
	on = visit(AT_FDCWD, absolute, absolute, 0, v);
	free(absolute);
	return on;
}
