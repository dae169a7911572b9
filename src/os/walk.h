/* os/walk.h: find the regular files under paths, in an order that is always the same, and open
 * them. Follows no symbolic link and looks into neither /proc nor /sys: those are views of the kernel,
 * where reading has no end or has effects. */
#ifndef HOLDFAST_OS_WALK_H
#define HOLDFAST_OS_WALK_H

#include <stdbool.h>

#include "base/err.h"

/* Folders within folders, each an open descriptor; more than any honest tree has. */
#define WALK_DEPTH_MAX 200

struct walk_settings {
	bool recursive;	/* else a folder's own files, but not the folders in it */
	/* Asked before a file, or a folder with all in it, is opened: false passes it over. NULL: all are wanted. */
	bool (*wanted)(void *ctx, const char *path);
	/* A regular file, opened for reading only; ${fd} is the callee's. False stops the walk. */
	bool (*file)(void *ctx, const char *path, int fd);
	/* A folder is begun; may be NULL. */
	void (*folder)(void *ctx, const char *path);
	/* Something that could not be looked at; ${words} says why. */
	void (*trouble)(void *ctx, const char *path, const char *words);
	void *ctx;
};

/* Walk ${path}, a file or a folder. What is neither is trouble when it is ${path} itself, and passed over
 * when it lies in a folder. ERR_NOMEM; whatever else goes wrong is trouble, and the walk goes on.
 * ERR_CLOSED: a callback stopped it. */
enum err walk_path(const struct walk_settings *settings, const char *path);

#endif
