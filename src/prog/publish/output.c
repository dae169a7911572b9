/* publish/output.c: see output.h. */
#include "prog/publish/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

static enum err
open_folder_of(const char *path, struct output *out, struct fault *why)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	char folder[PATH_MAX] = ".";
	int n;

	n = snprintf(out->fresh, sizeof out->fresh, "%s" FILE_NEW_SUFFIX, name);
	if (name[0] == '\0' || n < 0 || (size_t)n >= sizeof out->fresh ||
	    (slash != NULL && (size_t)(slash - path) + 2 > sizeof folder))
		return fault_set(why, ERR_LIMIT, "%s is not the name of a file", path);
	snprintf(out->name, sizeof out->name, "%s", name);
	if (slash != NULL)
		snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path);
	return file_open_dir(AT_FDCWD, folder, false, &out->dir, why);
}

enum err
output_start(const char *path, struct output *out, struct fault *why)
{
	struct output o = { .dir = -1, .fd = -1 };
	enum err e;

	if ((e = open_folder_of(path, &o, why)) != ERR_NONE)
		return e;
	o.fd = openat(o.dir, o.fresh, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (o.fd < 0) {
		e = fault_errno(why, "cannot make %s", path);
		close(o.dir);
		return e;
	}
	*out = o;
	return ERR_NONE;
}

void
output_abandon(struct output *out)
{
	unlinkat(out->dir, out->fresh, 0);
	close(out->fd);
	close(out->dir);
}

enum err
output_commit(struct output *out, struct fault *why)
{
	enum err e;

	if (fsync(out->fd) != 0 || renameat(out->dir, out->fresh, out->dir, out->name) != 0) {
		e = fault_errno(why, "cannot write %s", out->name);
		output_abandon(out);
		return e;
	}
	if ((e = file_sync_dir(out->dir)) != ERR_NONE)
		fault_set(why, e, "cannot write %s: %s", out->name, err_name(e));
	close(out->fd);
	close(out->dir);
	return e;
}
