/* agent/original.c: see original.h. */
#include "agent/original.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <unistd.h>

#include "agent/limits.h"
#include "base/text.h"

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static const char *
remove_from(int dir, const char *name, const struct stat *sealed)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? "it is gone already" : "it cannot be looked at any more";
	if (!is_same_file(&st, sealed))
		return "it changed while it was scanned; scan it again";
	/* Between these two calls whoever may write in the folder can put another file under the name, one
	 * that he could remove himself. Renaming it away first, to look at it undisturbed, would close that
	 * and open worse: killed there, an infected file stays under a name that nobody knows. */
	return unlinkat(dir, name, 0) == 0 ? NULL : "you may not remove it";
}

const char *
original_remove(const char *path, const struct stat *sealed)
{
	char folder[AGENT_PATH_SIZE], name[AGENT_PATH_SIZE];
	const char *trouble;
	int dir;

	if (text_copy(folder, sizeof folder, path) != ERR_NONE)
		return "its name is too long";
	text_copy(name, sizeof name, path);
	/* By the folder's descriptor: a folder that is swapped for a link leads nowhere else. */
	if ((dir = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return errno == ENOENT ? "it is gone already" : "it cannot be looked at any more";
	trouble = remove_from(dir, basename(name), sealed);
	close(dir);
	return trouble;
}
