/* os/landlock.h: what of the file system and the network the kernel lets this process reach, from now on.
 * For programs that go on opening files: they say which. What needs no file at all enters the whole sandbox
 * (os/sandbox.h), which uses this too. Unlike users and modes it needs no root, so that a process that was
 * captured is kept from its siblings' files even where all run as one user. */
#ifndef HOLDFAST_OS_LANDLOCK_H
#define HOLDFAST_OS_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum landlock_right {
	LANDLOCK_NOTHING = 0,
	LANDLOCK_READ,		/* read files and list folders */
	LANDLOCK_WRITE		/* that, and make, change and remove files; never folders, links or devices */
};

/* A file, or a folder with all below it. One that does not exist gives nothing. */
struct landlock_path {
	const char *path;
	enum landlock_right right;
};

/* Reach nothing but ${paths}; execute nothing; trace and signal nobody outside and, unless ${network}, make
 * no TCP connection and listen nowhere (what is open stays open), as far as the kernel knows how. There is
 * no way back, and children inherit it. *in_force is false when the kernel has no Landlock: nothing is
 * changed then, and the caller decides. ERR_DENIED, ERR_IO: it has, and refused; end the process.
 * Call it with one thread, after files that are needed once were opened. */
enum err landlock_enter(const struct landlock_path *paths, size_t count, bool network, bool *in_force,
    struct fault *why);

/* As landlock_enter, for a server's process at its start: says in the log what is not in force. */
enum err landlock_confine(const struct landlock_path *paths, size_t count, bool network,
    struct fault *why);

#endif
