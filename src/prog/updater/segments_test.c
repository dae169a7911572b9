/* Goal of this test: a database that is the released one already is handed on, and any other is not even copied. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "prog/updater/segments.h"

static int
make_base(const char *content)
{
	char path[200];
	int fd;

	snprintf(path, sizeof path, "%s/base", test_dir());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, bytes_of_text(content)), ERR_NONE);
	return fd;
}

TEST(the_released_database_is_kept_and_one_that_only_has_its_size_is_not_copied)
{
	const struct job job = { .kind = JOB_UPDATE, .update = { .generation = 8 } };
	struct tuf_target release = { .is_release = true, .release = { .generation = 8, .plain_length = 4 } };
	struct fetcher f = { .job = &job, .retry_after_s = -1 };
	int same = make_base("same"), made = -1, other;
	uint8_t digest[HASH_MAX];
	char got[8] = "";
	struct fault why;

	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &f.dir, NULL), ERR_NONE);
	CHECK_EQ(hash_of(HASH_SHA256, bytes_of_text("same"), digest), ERR_NONE);
	memcpy(release.release.plain_sha256, digest, sizeof release.release.plain_sha256);
	CHECK_EQ(segments_bring(&f, NULL, &release, same, &made, &why), ERR_NONE);
	CHECK_EQ(pread(made, got, sizeof got, 0), 4);
	CHECK_TEXT(got, "same");
	close(made);
	close(f.dir);
	close(same);
	/* No segments lead from a generation to itself; without a folder a copy would be another error. */
	other = make_base("else");
	made = f.dir = -1;
	CHECK_EQ(segments_bring(&f, NULL, &release, other, &made, &why), ERR_NOT_FOUND);
	CHECK_EQ(made, -1);
	close(other);
}
