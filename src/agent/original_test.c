/* Goal of this test: the file that was sealed is removed, and no other. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/original.h"
#include "base/test.h"

static const char *
in_dir(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", test_dir(), name);
	return path;
}

/* Make the file ${name}, and describe it. */
static struct stat
make(const char *name, const char *content)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t n = strlen(content);
	struct stat st;

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, content, n), (ssize_t)n);
	CHECK_EQ(fstat(fd, &st), 0);
	close(fd);
	return st;
}

static bool
exists(const char *name)
{
	return faccessat(AT_FDCWD, in_dir(name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(the_file_that_was_sealed_is_removed)
{
	struct stat st = make("bad", "bad");

	CHECK(original_remove(in_dir("bad"), &st) == NULL);
	CHECK(!exists("bad"));
	CHECK_TEXT(original_remove(in_dir("bad"), &st), "it is gone already");
}

TEST(a_file_that_was_written_to_since_stays)
{
	struct stat st = make("written", "bad");
	int fd = open(in_dir("written"), O_WRONLY);
	const struct timespec times[2] = { st.st_atim, st.st_mtim };

	/* Same length, and its time put back: the change time tells. */
	CHECK_EQ(pwrite(fd, "new", 3, 0), 3);
	CHECK_EQ(futimens(fd, times), 0);
	close(fd);
	CHECK(strstr(original_remove(in_dir("written"), &st), "scan it again") != NULL);
	CHECK(exists("written"));
}

TEST(another_file_under_its_name_stays)
{
	struct stat st = make("first", "bad");

	make("second", "good");
	CHECK_EQ(unlink(in_dir("first")), 0);
	make("first", "good");
	CHECK(strstr(original_remove(in_dir("first"), &st), "scan it again") != NULL);
	CHECK(exists("first"));
}

TEST(a_link_to_it_under_its_name_stays)
{
	struct stat st = make("target", "bad");

	CHECK_EQ(symlink("target", in_dir("link")), 0);
	CHECK(strstr(original_remove(in_dir("link"), &st), "scan it again") != NULL);
	CHECK(exists("link") && exists("target"));
}

TEST(a_folder_that_is_gone_or_no_folder_is_told)
{
	struct stat st = make("plain", "bad");

	CHECK_TEXT(original_remove(in_dir("none/bad"), &st), "it is gone already");
	CHECK_TEXT(original_remove(in_dir("plain/bad"), &st), "it cannot be looked at any more");
	CHECK(exists("plain"));
}
