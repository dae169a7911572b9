/* tuf/repo_prune.c: tuf_repo_prune of repo.h: what nothing names any more goes. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tuf/repo_state.h"

/* Whether published targets metadata names this file. */
static bool
is_published_file(const struct tuf_repo *r, const char *file)
{
	json_t *list = json_object_get(r->published[TUF_TARGETS]->body, "targets"), *entry;
	struct tuf_target t;
	const char *name;

	json_object_foreach(list, name, entry)
		if (tuf_repo_find(r, name, &t, NULL) == ERR_NONE && strcmp(t.path, file) == 0)
			return true;
	return false;
}

static bool
is_published_metadata(const struct tuf_repo *r, const char *file)
{
	char name[FILE_NAME_SIZE];
	size_t n = strlen(file);

	if (n > 10 && strcmp(file + n - 10, ".root.json") == 0)
		return true;
	for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLES; role++) {
		tuf_repo_file_name(role, tuf_repo_version(r, role), name);
		if (strcmp(file, name) == 0)
			return true;
	}
	return false;
}

static enum err
prune_dir(const struct tuf_repo *r, int dir, bool (*is_published)(const struct tuf_repo *, const char *),
    int64_t before, size_t *count)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	struct stat st;

	if (list == NULL) {
		if (again >= 0)
			close(again);
		return ERR_IO;
	}
	while ((entry = readdir(list)) != NULL)
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		    st.st_mtime < before && !is_published(r, entry->d_name) &&
		    unlinkat(dir, entry->d_name, 0) == 0)
			++*count;
	closedir(list);
	return ERR_NONE;
}

enum err
tuf_repo_prune(struct tuf_repo *r, int64_t now, int64_t keep, size_t *count, struct fault *why)
{
	enum err e;

	*count = 0;
	if (r->published[TUF_TARGETS] == NULL)
		return ERR_NONE;
	if ((e = prune_dir(r, r->targets, is_published_file, now - keep, count)) != ERR_NONE ||
	    (e = prune_dir(r, r->metadata, is_published_metadata, now - keep, count)) != ERR_NONE)
		fault_set(why, e, "cannot list what is published");
	return e;
}
