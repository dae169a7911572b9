/* publish/against.c: see against.h. Nothing is unpacked: it is for signatures, not for files. */
#include "prog/publish/against.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "os/walk.h"
#include "prog/publish/database.h"
#include "sigdb/sigdb.h"

struct against {
	struct sigdb_matcher *matcher;
	char path[1024];	/* of the file at hand, plain */
};

static bool
warn_of(void *ctx, const char *name)
{
	struct against *a = ctx;

	fprintf(stderr, "%s: warning: %s matches this ordinary file\n", a->path, name);
	return true;
}

static bool
match_file(void *ctx, const char *path, int fd)
{
	struct against *a = ctx;
	struct source object;

	text_make_plain(a->path, sizeof a->path, bytes_of_text(path));
	if (source_of_file(fd, &object) == ERR_NONE &&
	    sigdb_match(a->matcher, &object, true, warn_of, a) != ERR_NONE)
		fprintf(stderr, "%s: warning: it could not be matched to its end\n", a->path);
	close(fd);
	return true;
}

static void
note_folder(void *ctx, const char *path)
{
	(void)ctx, (void)path;
}

static void
note_trouble(void *ctx, const char *path, const char *words)
{
	char plain[1024];

	(void)ctx;
	text_make_plain(plain, sizeof plain, bytes_of_text(path));
	fprintf(stderr, "%s: warning: %s\n", plain, words);
}

enum err
against_match(const char *database, const char *folder, struct fault *why)
{
	struct against a = { .matcher = NULL };
	const struct walk_settings settings = { .recursive = true, .file = match_file,
		.folder = note_folder, .trouble = note_trouble, .ctx = &a };
	struct sigdb *db = NULL;
	int fd = -1;
	enum err e;

	if ((e = database_open_compiled(database, &fd, why)) != ERR_NONE ||
	    (e = sigdb_open(fd, &db, why)) != ERR_NONE)
		goto done;
	if ((e = sigdb_matcher_new(db, &a.matcher)) != ERR_NONE) {
		fault_set(why, e, "out of memory");
		goto done;
	}
	if (walk_path(&settings, folder) == ERR_NOMEM)
		e = fault_set(why, ERR_NOMEM, "out of memory");
done:
	sigdb_matcher_free(a.matcher);
	sigdb_close(db);
	if (fd >= 0)
		close(fd);
	return e;
}
