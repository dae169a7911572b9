/* os/walk.c: see walk.h. */
#include "os/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"

/* The longest path that is built up; the system's own limit per call is a twentieth of it. */
enum { PATH_BYTES_MAX = 65536 };

struct walk {
	const struct walk_settings *settings;
	struct buf path;	/* of where we are, with a NUL behind that is not counted */
};

/* The names in one folder. */
struct names {
	char **list;
	size_t count, room;
};

static void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static enum err
names_add(struct names *names, const char *name)
{
	enum err e = array_grow((void **)&names->list, &names->room, names->count + 1,
	    sizeof names->list[0]);
	char *copy;

	if (e != ERR_NONE)
		return e;
	if ((copy = strdup(name)) == NULL)
		return ERR_NOMEM;
	names->list[names->count++] = copy;
	return ERR_NONE;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes ${dir} over in any case. ERR_IO with errno set. */
static enum err
names_read(int dir, struct names *names)
{
	DIR *list = fdopendir(dir);
	struct dirent *entry;
	enum err e = ERR_NONE;

	if (list == NULL) {
		close(dir);
		return ERR_IO;
	}
	for (errno = 0; e == ERR_NONE && (entry = readdir(list)) != NULL; errno = 0)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			e = names_add(names, entry->d_name);
	if (e == ERR_NONE && errno != 0)
		e = ERR_IO;
	closedir(list);
	if (names->count > 0)
		qsort(names->list, names->count, sizeof names->list[0], compare_names);
	return e;
}

static const char *
walk_here(const struct walk *w)
{
	return (const char *)w->path.p;
}

static void
tell_trouble(const struct walk *w, const char *words)
{
	w->settings->trouble(w->settings->ctx, walk_here(w), words);
}

/* Append ${name} to where we are. ERR_NOMEM, ERR_LIMIT. */
static enum err
walk_enter(struct walk *w, const char *name)
{
	size_t n = w->path.n;

	if (n > 0 && w->path.p[n - 1] != '/')
		buf_u8(&w->path, '/');
	buf_put_string(&w->path, name);
	buf_u8(&w->path, '\0');
	if (w->path.err == ERR_NONE)
		w->path.n--;
	return w->path.err;
}

static void
walk_leave(struct walk *w, size_t before)
{
	w->path.err = ERR_NONE;
	w->path.n = before;
	w->path.p[before] = '\0';
}

static bool
is_kernel_view(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 &&
	    (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
}

static enum err
walk_file(struct walk *w, int dir, const char *name)
{
	/* Not blocking, should the file have become a pipe just now; no terminal becomes ours. */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		tell_trouble(w, strerror(errno));
		return ERR_NONE;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		tell_trouble(w, "it is no longer a regular file");
		return ERR_NONE;
	}
	return w->settings->file(w->settings->ctx, walk_here(w), fd) ? ERR_NONE : ERR_CLOSED;
}

static enum err walk_entry(struct walk *w, int dir, const char *name, unsigned depth);

/* All in the folder ${dir}, which stays the caller's. */
static enum err
walk_names(struct walk *w, int dir, unsigned depth)
{
	struct names names = { NULL, 0, 0 };
	size_t before = w->path.n;
	enum err e = ERR_NONE;
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (again < 0 || (e = names_read(again, &names)) == ERR_IO) {
		tell_trouble(w, strerror(errno));
		e = ERR_NONE;
	}
	for (size_t i = 0; i < names.count && e == ERR_NONE; i++) {
		if ((e = walk_enter(w, names.list[i])) == ERR_NONE)
			e = walk_entry(w, dir, names.list[i], depth + 1);
		walk_leave(w, before);
	}
	names_free(&names);
	return e;
}

static enum err
walk_folder(struct walk *w, int parent, const char *name, unsigned depth)
{
	enum err e = ERR_NONE;
	int dir;

	if (depth > WALK_DEPTH_MAX) {
		tell_trouble(w, "folders nest too deep here");
		return ERR_NONE;
	}
	dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		tell_trouble(w, strerror(errno));
		return ERR_NONE;
	}
	if (is_kernel_view(dir)) {
		if (depth == 0)
			tell_trouble(w, "it is a view of the kernel, not a folder of files");
	} else {
		if (w->settings->folder != NULL)
			w->settings->folder(w->settings->ctx, walk_here(w));
		e = walk_names(w, dir, depth);
	}
	close(dir);
	return e;
}

static bool
is_wanted(const struct walk *w)
{
	return w->settings->wanted == NULL || w->settings->wanted(w->settings->ctx, walk_here(w));
}

/* One name in ${dir}; depth 0 is what the walk was asked for. */
static enum err
walk_entry(struct walk *w, int dir, const char *name, unsigned depth)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		tell_trouble(w, strerror(errno));
		return ERR_NONE;
	}
	if (S_ISREG(st.st_mode))
		return is_wanted(w) ? walk_file(w, dir, name) : ERR_NONE;
	if (S_ISDIR(st.st_mode))
		return (depth == 0 || w->settings->recursive) && is_wanted(w) ?
		    walk_folder(w, dir, name, depth) : ERR_NONE;
	if (depth == 0)
		tell_trouble(w, S_ISLNK(st.st_mode) ?
			"it is a symbolic link, which is not followed" :
			"it is neither a file nor a folder");
	return ERR_NONE;
}

enum err
walk_path(const struct walk_settings *settings, const char *path)
{
	struct walk w = { .settings = settings };
	enum err e;

	buf_init(&w.path, PATH_BYTES_MAX);
	if ((e = walk_enter(&w, path)) == ERR_NONE)
		e = walk_entry(&w, AT_FDCWD, path, 0);
	buf_fini(&w.path);
	return e;
}
