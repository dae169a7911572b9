/* cli/walk.h: the regular files below a path, opened with the rights of whoever runs it.
 * Symbolic links are not followed, /proc, /sys and their like are left out, and nothing that is not a regular
 * file is opened for reading. */
#ifndef HOLDFAST_CLI_WALK_H
#define HOLDFAST_CLI_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

struct walk_visitor {
	/* A file, open for reading; ${fd} is given. False ends the walk. */
	bool (*file)(void *ctx, const char *path, int fd, const struct stat *st);
	/* What could not be opened or listed, and why. */
	void (*trouble)(void *ctx, const char *path, const char *why);
	void *ctx;
};

/* Visit ${path}, a file or a folder, in the order of names. False: a visit ended it. */
bool walk_tree(const char *path, const struct walk_visitor *visitor);

#endif
