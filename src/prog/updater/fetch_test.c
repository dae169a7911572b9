/* Goal of this test: an update asks nobody when its time is over, and knows what of it is there. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/test.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/updater/fetch.h"

static int
open_folder(void)
{
	int dir;

	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &dir, NULL), ERR_NONE);
	return dir;
}

TEST(when_the_time_of_an_update_is_over_nobody_is_asked)
{
	/* Nobody listens there: whoever is asked is "closed". */
	const struct job job = { .kind = JOB_UPDATE, .server = "http://127.0.0.1:1/" };
	struct tuf_target target = { .path = "a.b", .length = 10 };
	struct fetcher f = { .job = &job, .dir = open_folder(), .retry_after_s = -1 };
	struct fault why;
	struct buf out;
	int fd = -1;

	buf_init(&out, 100);
	f.deadline_ms = clock_boot_ms() + 60000;
	CHECK_EQ(fetch_metadata(&f, "2.root.json", &out, &why), ERR_CLOSED);
	CHECK_EQ(fetch_target(&f, &target, &fd, &why), ERR_CLOSED);
	f.deadline_ms = clock_boot_ms() - 1;
	CHECK_EQ(fetch_metadata(&f, "timestamp.json", &out, &why), ERR_TIMEOUT);
	CHECK_EQ(fetch_target(&f, &target, &fd, &why), ERR_TIMEOUT);
	CHECK(strstr(why.text, "did not come in the time that it has") != NULL);
	CHECK_EQ(fd, -1);
	buf_fini(&out);
	close(f.dir);
}

TEST(a_part_counts_when_it_is_of_that_very_target_and_holds_something)
{
	const struct tuf_target target = { .path = "a.b", .length = 10 }, other = { .path = "a.c", .length = 10 };
	struct fetcher f = { .dir = open_folder() };

	CHECK(!fetch_has_part(&f, &target));
	CHECK_EQ(file_replace(f.dir, "download.seen", bytes_of_text("a.b\n\"tag\"\n\n"), 0600, NULL), ERR_NONE);
	CHECK(!fetch_has_part(&f, &target));
	CHECK_EQ(file_replace(f.dir, "download.part", bytes_of_text(""), 0600, NULL), ERR_NONE);
	CHECK(!fetch_has_part(&f, &target));
	CHECK_EQ(file_replace(f.dir, "download.part", bytes_of_text("x"), 0600, NULL), ERR_NONE);
	CHECK(fetch_has_part(&f, &target));
	CHECK(!fetch_has_part(&f, &other));
	fetch_forget(&f);
	CHECK(!fetch_has_part(&f, &target));
	close(f.dir);
}
