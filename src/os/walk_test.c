/* Goal of this test: a walk meets what is there in one order, and does not enter what is not wanted. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/test.h"
#include "os/file.h"
#include "os/walk.h"

/* What was met, a word for each: "a.txt", "sub/", "!deep". */
struct met {
	char said[2000];
	const char *unwanted;	/* the name of what is passed over, or NULL */
};

static void
say(struct met *m, const char *kind, const char *path, const char *behind)
{
	size_t n = strlen(m->said);

	snprintf(m->said + n, sizeof m->said - n, "%s%s%s ", kind, strrchr(path, '/') + 1, behind);
}

static bool
is_wanted(void *ctx, const char *path)
{
	const struct met *m = ctx;

	return m->unwanted == NULL || strcmp(strrchr(path, '/') + 1, m->unwanted) != 0;
}

static bool
meet_file(void *ctx, const char *path, int fd)
{
	close(fd);
	say(ctx, "", path, "");
	return true;
}

static void
meet_folder(void *ctx, const char *path)
{
	say(ctx, "", path, "/");
}

static void
meet_trouble(void *ctx, const char *path, const char *words)
{
	struct met *m = ctx;

	/* Deep ones have a name like all above them. */
	CHECK(strstr(words, "too deep") != NULL);
	say(m, "!", path, "");
}

static void
make_file(int folder, const char *name)
{
	CHECK_EQ(file_replace(folder, name, bytes_of_text("x"), 0600, NULL), ERR_NONE);
}

static int
make_folder(int parent, const char *name)
{
	int folder;

	CHECK_EQ(file_open_dir(parent, name, true, &folder, NULL), ERR_NONE);
	return folder;
}

/* More folders in each other than a walk goes into. */
static void
make_deep(int folder)
{
	int at = dup(folder);

	for (int i = 0; i < WALK_DEPTH_MAX + 1; i++) {
		int next = make_folder(at, "d");

		close(at);
		at = next;
	}
	close(at);
}

static const char *
walk(const char *path, struct met *m)
{
	const struct walk_settings settings = { .recursive = true, .wanted = is_wanted, .file = meet_file,
		.folder = meet_folder, .trouble = meet_trouble, .ctx = m };

	CHECK_EQ(walk_path(&settings, path), ERR_NONE);
	return m->said;
}

TEST(what_is_not_wanted_is_neither_opened_nor_entered)
{
	struct met all = { .said = "" }, less = { .unwanted = "skip" }, file = { .unwanted = "b" }, none = { .unwanted = "tree" };
	char path[200];
	int tree, skip, sub;

	snprintf(path, sizeof path, "%s/tree", test_dir());
	tree = make_folder(AT_FDCWD, path);
	make_file(tree, "b");
	skip = make_folder(tree, "skip");
	make_file(skip, "c");
	make_deep(skip);
	sub = make_folder(tree, "sub");
	make_file(sub, "a");
	CHECK(strstr(walk(path, &all), "tree/ b skip/ c d/ d/ ") == all.said);
	CHECK(strstr(all.said, "!d sub/ a ") != NULL);
	CHECK_TEXT(walk(path, &less), "tree/ b sub/ a ");
	CHECK(strstr(walk(path, &file), "tree/ skip/ ") == file.said);
	CHECK_TEXT(walk(path, &none), "");
	close(sub);
	close(skip);
	close(tree);
}
