/* publish/sources.c: see sources.h. */
#include "prog/publish/sources.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/text.h"
#include "os/file.h"

/* What stays the same from folder to folder. */
struct gathering {
	struct sigdb_build *build;
	sigdb_skipped_fn *skipped;
	void *ctx;
	struct fault *why;
};

static enum err
add_file(const struct gathering *g, const char *path)
{
	struct buf text;
	enum err e;

	if (!sigdb_build_wants(g->build, path))
		return ERR_NONE;
	buf_init(&text, SOURCES_FILE_MAX);
	if ((e = file_read(AT_FDCWD, path, &text, g->why)) == ERR_NONE &&
	    (e = sigdb_build_add(g->build, path, buf_bytes(&text), g->skipped, g->ctx)) != ERR_NONE)
		fault_set(g->why, e, "cannot take up %s: %s", path, err_name(e));
	buf_fini(&text);
	return e;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* By bytes: the same everywhere, whatever the locale. */
static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err add_folder(const struct gathering *g, const char *path, unsigned depth);

static enum err
add_entry(const struct gathering *g, const char *folder, const char *name, unsigned depth)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof path, "%s/%s", folder, name);

	if (n < 0 || (size_t)n >= sizeof path)
		return fault_set(g->why, ERR_LIMIT, "the path of %s is too long", name);
	if (lstat(path, &st) != 0)
		return fault_errno(g->why, "cannot look at %s", path);
	if (S_ISDIR(st.st_mode))
		return add_folder(g, path, depth + 1);
	return S_ISREG(st.st_mode) ? add_file(g, path) : ERR_NONE;
}

static enum err
add_folder(const struct gathering *g, const char *path, unsigned depth)
{
	struct dirent **entries = NULL;
	enum err e = ERR_NONE;
	int count;

	if (depth > SOURCES_DEPTH_MAX)
		return fault_set(g->why, ERR_LIMIT, "folders nest too deep at %s", path);
	if ((count = scandir(path, &entries, is_visible, compare_entries)) < 0)
		return fault_errno(g->why, "cannot list %s", path);
	for (int i = 0; i < count && e == ERR_NONE; i++)
		e = add_entry(g, path, entries[i]->d_name, depth);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return e;
}

enum err
sources_add(struct sigdb_build *b, const char *path, sigdb_skipped_fn *skipped, void *ctx,
    struct fault *why)
{
	const struct gathering g = { b, skipped, ctx, why };
	struct stat st;

	if (stat(path, &st) != 0)
		return fault_errno(why, "cannot open %s", path);
	if (S_ISDIR(st.st_mode))
		return add_folder(&g, path, 0);
	if (!S_ISREG(st.st_mode))
		return fault_set(why, ERR_UNSUPPORTED, "%s is neither a file nor a folder", path);
	return add_file(&g, path);
}

bool
sources_is_source(const char *path)
{
	struct stat st;

	return sigdb_build_reads(path) || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}
