/* cli/walk.h: finds the regular files of a tree with the rights of whoever runs it. Owns the way
 * through the folders: no symbolic link is followed below what was named, no device, pipe or socket
 * is opened, and the kernel's own file systems are passed over. */
#ifndef HOLDFAST_CLI_WALK_H
#define HOLDFAST_CLI_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/limits.h"
#include "base/err.h"

/* Folders within folders; each costs a descriptor while one is inside it. */
#define WALK_DEPTH_MAX 256

/* A folder on the way, kept open as long as somebody holds it: a file in it can then be removed by its
 * name without asking the path again. */
struct walk_dir;
int walk_dir_fd(const struct walk_dir *dir);
struct walk_dir *walk_dir_hold(struct walk_dir *dir);
void walk_dir_release(struct walk_dir *dir);

/* A file that was found and opened for reading only. */
struct walk_file {
	struct walk_dir *dir;	/* borrowed for the call: walk_dir_hold */
	const char *name;	/* in ${dir}; likewise */
	const char *path;	/* absolute; likewise */
	int fd;			/* given */
	struct stat st;
};

struct walk_calls {
	/* False ends the walk. */
	bool (*file)(void *ctx, const struct walk_file *file);
	/* What could not be looked at, and why. */
	void (*trouble)(void *ctx, const char *path, const char *why);
	void *ctx;
};

/* Walk a file or folder, which may itself be a symbolic link. False: a call ended it. */
bool walk(const char *path, const struct walk_calls *calls);

#endif
