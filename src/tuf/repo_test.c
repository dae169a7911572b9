/* Goal of this test: what the publisher writes, a device takes; and whatever ends a release early,
 * devices see the old one or the new one and the next release completes. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "os/file.h"
#include "tuf/ceremony.h"
#include "tuf/client.h"
#include "tuf/repo.h"

enum { NOW = 1000000000, DAY = 86400 };

/* Folders of one publisher and one device. */
struct site {
	char path[160];
	int keys, repo, device;
	bool targets_due;
	struct fault why;
};

static enum err
begin(struct site *s)
{
	const struct tuf_keyring ring = { s->keys, NULL };

	return tuf_ceremony_begin(&ring, tuf_quorums, NOW, &s->why);
}

static enum err
open_repo(struct site *s, struct tuf_repo **r)
{
	const struct tuf_keyring ring = { s->keys, NULL };

	return tuf_repo_open(&ring, s->repo, r, &s->why);
}

static void
site_open(struct site *s)
{
	static unsigned number;
	char path[200];

	snprintf(s->path, sizeof s->path, "%s/site%u", test_dir(), number++);
	CHECK_EQ(mkdir(s->path, 0755), 0);
	snprintf(path, sizeof path, "%s/keys", s->path);
	CHECK_EQ(file_open_dir(AT_FDCWD, path, true, &s->keys, &s->why), ERR_NONE);
	snprintf(path, sizeof path, "%s/repo", s->path);
	CHECK_EQ(file_open_dir(AT_FDCWD, path, true, &s->repo, &s->why), ERR_NONE);
	snprintf(path, sizeof path, "%s/device", s->path);
	CHECK_EQ(file_open_dir(AT_FDCWD, path, true, &s->device, &s->why), ERR_NONE);
	CHECK_EQ(begin(s), ERR_NONE);
}

static void
site_trust(struct site *s)
{
	struct buf root;

	buf_init(&root, 1 << 20);
	CHECK_EQ(file_read(s->keys, "root.json", &root, &s->why), ERR_NONE);
	CHECK_EQ(tuf_client_init(s->device, buf_bytes(&root), &s->why), ERR_NONE);
	buf_fini(&root);
}

static void
site_close(struct site *s)
{
	close(s->keys);
	close(s->repo);
	close(s->device);
}

static enum err
fetch(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	struct site *s = ctx;
	char name[128];

	snprintf(name, sizeof name, "metadata/%s", path);
	return file_read(s->repo, name, out, why);
}

/* Change a file in place, as a failing disk or another program might. 0, or -1. */
static int
cut(int dir, const char *name, off_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = ftruncate(fd, size);
	close(fd);
	return result;
}

static int
overwrite(int dir, const char *name, struct bytes content)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	enum err e;

	if (fd < 0)
		return -1;
	e = io_write_all(fd, content);
	close(fd);
	return e == ERR_NONE ? 0 : -1;
}

/* Release ${content}; its generation is the last one's and one more. */
static enum err
release(struct site *s, const char *content, int64_t now)
{
	struct tuf_release what = { .generation = 1, .epoch = "1" };
	struct tuf_repo *r = NULL;
	struct tuf_target t = { .length = 0 };
	enum err e;
	int fd;

	if ((e = open_repo(s, &r)) != ERR_NONE)
		return e;
	if (tuf_repo_find(r, "db", &t, &s->why) == ERR_NONE)
		what.generation = t.release.generation + 1;
	t.name[0] = '\0';
	if ((e = tuf_repo_start(r, "db", &fd, &s->why)) == ERR_NONE &&
	    (e = io_write_all(fd, bytes_of_text(content))) == ERR_NONE)
		e = tuf_repo_release(r, &what, now, &t, &s->why);
	tuf_repo_close(r);
	return e;
}

static enum err
resign(struct site *s, int64_t now)
{
	struct tuf_repo *r = NULL;
	enum err e;

	if ((e = open_repo(s, &r)) == ERR_NONE)
		e = tuf_repo_resign(r, now, &s->targets_due, &s->why);
	tuf_repo_close(r);
	return e;
}

/* The generation that the device finds, with its file checked; 0 when there is none. */
static uint64_t
device_sees(struct site *s, int64_t now)
{
	struct tuf_client *c = NULL;
	uint64_t generation = 0;
	struct tuf_target t;
	char name[512];
	enum err e;
	int fd;

	CHECK_EQ(tuf_client_open(s->device, &c, &s->why), ERR_NONE);
	if ((e = tuf_client_refresh(c, fetch, s, now, &s->why)) == ERR_NONE) {
		CHECK_EQ(tuf_client_target(c, "db", &t, &s->why), ERR_NONE);
		snprintf(name, sizeof name, "targets/%s", t.path);
		CHECK((fd = openat(s->repo, name, O_RDONLY | O_CLOEXEC)) >= 0);
		CHECK_EQ(tuf_target_check(&t, fd, &s->why), ERR_NONE);
		close(fd);
		generation = t.release.generation;
	}
	tuf_client_free(c);
	return generation;
}

TEST(keys_are_made_once_and_only_their_owner_may_read_them)
{
	static const char *const names[] = { "root-1.key", "root-5.key", "targets-1.key",
		"targets-3.key", "snapshot-1.key", "timestamp-1.key" };
	struct site s;
	struct stat st;

	site_open(&s);
	for (size_t i = 0; i < 6; i++) {
		CHECK_EQ(fstatat(s.keys, names[i], &st, 0), 0);
		CHECK_EQ(st.st_mode & 07777, 0600);
		CHECK_EQ(st.st_size, 65);
	}
	CHECK_EQ(begin(&s), ERR_EXISTS);
	/* A run that was killed before the end is completed with the keys that it made. */
	CHECK_EQ(unlinkat(s.keys, "root.json", 0), 0);
	CHECK_EQ(begin(&s), ERR_NONE);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	site_close(&s);
}

TEST(keys_that_others_may_read_or_that_are_damaged_are_not_used)
{
	struct site s;

	site_open(&s);
	CHECK_EQ(fchmodat(s.keys, "snapshot-1.key", 0640, 0), 0);
	CHECK_EQ(release(&s, "one", NOW), ERR_DENIED);
	CHECK(strstr(s.why.text, "chmod 600") != NULL);
	CHECK_EQ(fchmodat(s.keys, "snapshot-1.key", 0600, 0), 0);
	CHECK_EQ(file_replace(s.keys, "targets-1.key", bytes_of_text("abc\n"), 0600, &s.why),
	    ERR_NONE);
	CHECK_EQ(release(&s, "one", NOW), ERR_MALFORMED);
	CHECK_EQ(unlinkat(s.keys, "targets-1.key", 0), 0);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	/* A sound key, but not one that the root names. */
	CHECK_EQ(unlinkat(s.keys, "targets-2.key", 0), 0);
	CHECK_EQ(renameat(s.keys, "root-1.key", s.keys, "targets-2.key"), 0);
	CHECK_EQ(release(&s, "one", NOW), ERR_NOT_FOUND);
	CHECK(strstr(s.why.text, "1 of the 2 keys that must sign targets metadata are here") != NULL);
	site_close(&s);
}

TEST(a_device_follows_release_after_release)
{
	struct site s;

	site_open(&s);
	CHECK_EQ(resign(&s, NOW), ERR_NOT_FOUND);
	site_trust(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	CHECK_EQ(device_sees(&s, NOW), 1);
	CHECK_EQ(release(&s, "two", NOW + 10), ERR_NONE);
	CHECK_EQ(device_sees(&s, NOW + 10), 2);
	site_close(&s);
}

TEST(a_device_away_for_long_catches_up_and_signatures_are_renewed)
{
	struct site s;

	site_open(&s);
	site_trust(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	CHECK_EQ(device_sees(&s, NOW + 4 * DAY), 0);
	CHECK_EQ(s.why.err, ERR_EXPIRED);
	/* Every day, past the lives of snapshot and targets. */
	for (int day = 1; day <= 100; day++)
		CHECK_EQ(resign(&s, NOW + day * (int64_t)DAY), ERR_NONE);
	CHECK_EQ(device_sees(&s, NOW + 100 * (int64_t)DAY), 1);
	site_close(&s);
}

TEST(a_timestamp_is_signed_anew_though_the_targets_keys_are_on_a_shelf)
{
	struct site s;

	site_open(&s);
	site_trust(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	CHECK_EQ(renameat(s.keys, "targets-1.key", s.keys, "away-1"), 0);
	CHECK_EQ(renameat(s.keys, "targets-2.key", s.keys, "away-2"), 0);
	for (int day = 1; day < 90; day++) {
		CHECK_EQ(resign(&s, NOW + day * (int64_t)DAY), ERR_NONE);
		CHECK_EQ(s.targets_due, day > 60);
		CHECK_EQ(device_sees(&s, NOW + day * (int64_t)DAY), 1);
	}
	CHECK_EQ(renameat(s.keys, "away-1", s.keys, "targets-1.key"), 0);
	CHECK_EQ(resign(&s, NOW + 89 * (int64_t)DAY), ERR_NONE);
	CHECK(!s.targets_due);
	CHECK_EQ(device_sees(&s, NOW + 91 * (int64_t)DAY), 1);
	site_close(&s);
}

/* How many files lie in ${name}. */
static int
count_files(const struct site *s, const char *name)
{
	int dir = openat(s->repo, name, O_RDONLY | O_DIRECTORY), n = 0;
	DIR *list = fdopendir(dir);

	for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
		n += entry->d_name[0] != '.';
	closedir(list);
	return n;
}

TEST(what_nothing_names_any_more_is_pruned_when_it_is_old_enough)
{
	struct tuf_repo *r = NULL;
	struct site s;
	size_t count;

	site_open(&s);
	site_trust(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	CHECK_EQ(release(&s, "two", NOW), ERR_NONE);
	CHECK_EQ(release(&s, "three", NOW), ERR_NONE);
	CHECK_EQ(open_repo(&s, &r), ERR_NONE);
	CHECK_EQ(tuf_repo_prune(r, time(NULL), DAY, &count, &s.why), ERR_NONE);
	CHECK_EQ(count, 0);
	/* Two sealed files, two targets, two snapshots. */
	CHECK_EQ(tuf_repo_prune(r, time(NULL) + 2 * DAY, DAY, &count, &s.why), ERR_NONE);
	CHECK_EQ(count, 6);
	tuf_repo_close(r);
	CHECK_EQ(count_files(&s, "targets"), 1);
	CHECK_EQ(count_files(&s, "metadata"), 4);
	CHECK_EQ(device_sees(&s, NOW), 3);
	CHECK_EQ(release(&s, "four", NOW), ERR_NONE);
	CHECK_EQ(device_sees(&s, NOW), 4);
	site_close(&s);
}

TEST(other_words_about_a_file_need_no_other_file)
{
	struct tuf_release what = { .generation = 9, .epoch = "1" };
	struct tuf_target put = { .is_release = true, .release = what, .name = "other" }, t;
	const struct tuf_repo_words words = { &put, "db", "db" };
	struct tuf_repo *r = NULL;
	struct site s;

	site_open(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	CHECK_EQ(open_repo(&s, &r), ERR_NONE);
	CHECK_EQ(tuf_repo_say(r, words, NOW, &s.why), ERR_NONE);
	CHECK_EQ(tuf_repo_find(r, "db", &t, &s.why), ERR_NOT_FOUND);
	CHECK_EQ(tuf_repo_find(r, "other", &t, &s.why), ERR_NONE);
	CHECK_EQ(t.release.generation, 9);
	CHECK_EQ(t.length, 3);
	CHECK_EQ(tuf_repo_say(r, words, NOW, &s.why), ERR_NOT_FOUND);
	tuf_repo_close(r);
	site_close(&s);
}

/* In a repository that stays open. */
static void
put_segment(struct site *s, struct tuf_repo *r, uint64_t from, uint64_t to)
{
	const struct tuf_segment segment = { .from = from, .to = to, .epoch = "1" };
	char name[TUF_NAME_SIZE];
	struct tuf_target t;
	int fd;

	tuf_segment_name(from, to, name);
	CHECK_EQ(tuf_repo_start(r, name, &fd, &s->why), ERR_NONE);
	CHECK_EQ(io_write_all(fd, bytes_of_text(name)), ERR_NONE);
	CHECK_EQ(tuf_repo_add_segment(r, &segment, &t, &s->why), ERR_NONE);
}

static void
put_release(struct site *s, struct tuf_repo *r, uint64_t generation)
{
	const struct tuf_release what = { .generation = generation, .epoch = "1" };
	struct tuf_target t = { .length = 0 };
	int fd;

	CHECK_EQ(tuf_repo_start(r, "db", &fd, &s->why), ERR_NONE);
	CHECK_EQ(io_write_all(fd, bytes_of_text("db")), ERR_NONE);
	CHECK_EQ(tuf_repo_release(r, &what, NOW, &t, &s->why), ERR_NONE);
}

TEST(segments_are_named_and_forgotten_by_one_release_and_not_by_those_after_it)
{
	struct tuf_repo *r = NULL;
	struct tuf_target t;
	struct site s;

	site_open(&s);
	CHECK_EQ(open_repo(&s, &r), ERR_NONE);
	put_segment(&s, r, 1, 2);
	put_release(&s, r, 2);
	CHECK_EQ(tuf_repo_find(r, "segment.1-2", &t, &s.why), ERR_NONE);
	put_segment(&s, r, 2, 3);
	tuf_repo_forget_segments(r, 2);
	put_release(&s, r, 3);
	CHECK_EQ(tuf_repo_find(r, "segment.1-2", &t, &s.why), ERR_NOT_FOUND);
	CHECK_EQ(tuf_repo_find(r, "segment.2-3", &t, &s.why), ERR_NONE);
	/* What begins before 2 is welcome again, as nobody said anything this time. */
	put_segment(&s, r, 1, 2);
	put_release(&s, r, 4);
	put_release(&s, r, 5);
	CHECK_EQ(tuf_repo_find(r, "segment.1-2", &t, &s.why), ERR_NONE);
	tuf_repo_close(r);
	site_close(&s);
}

TEST(only_one_at_a_time_may_publish)
{
	struct tuf_repo *r = NULL;
	struct site s;

	site_open(&s);
	CHECK_EQ(open_repo(&s, &r), ERR_NONE);
	CHECK_EQ(release(&s, "one", NOW), ERR_CONFLICT);
	CHECK(strstr(s.why.text, "publish.lock") != NULL);
	tuf_repo_close(r);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	site_close(&s);
}

TEST(a_repository_of_other_keys_is_left_alone)
{
	struct site s, other;
	int own;

	site_open(&s);
	site_open(&other);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	own = s.keys;
	s.keys = other.keys;
	CHECK_EQ(release(&s, "two", NOW), ERR_CONFLICT);
	CHECK(strstr(s.why.text, "belongs to other keys") != NULL);
	s.keys = own;
	site_close(&s);
	site_close(&other);
}

TEST(a_damaged_repository_is_not_built_upon)
{
	static const char *const names[] = { "metadata/timestamp.json", "metadata/1.snapshot.json",
		"metadata/1.targets.json" };
	struct site s;

	site_open(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	for (size_t i = 0; i < 3; i++) {
		struct buf file;
		enum err e;

		buf_init(&file, 1 << 20);
		CHECK_EQ(file_read(s.repo, names[i], &file, &s.why), ERR_NONE);
		CHECK_EQ(cut(s.repo, names[i], (off_t)file.n / 2), 0);
		e = release(&s, "two", NOW);
		CHECK(e == ERR_MALFORMED || e == ERR_FORGED);
		CHECK(strstr(s.why.text, names[i]) != NULL);
		CHECK_EQ(cut(s.repo, names[i], 0), 0);
		CHECK(release(&s, "two", NOW) != ERR_NONE);
		CHECK_EQ(overwrite(s.repo, names[i], buf_bytes(&file)), 0);
		buf_fini(&file);
	}
	CHECK_EQ(release(&s, "two", NOW), ERR_NONE);
	site_close(&s);
}

TEST(a_full_disk_at_any_byte_leaves_the_old_release)
{
	struct rlimit before, small;
	struct site s;
	char big[600];
	rlim_t n;

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	site_open(&s);
	site_trust(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	signal(SIGXFSZ, SIG_IGN);
	CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (n = 0; n < 4096; n += 50) {
		enum err e;

		small = (struct rlimit){ n, before.rlim_max };
		CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
		e = release(&s, big, NOW);
		CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
		if (e == ERR_NONE)
			break;
		CHECK_EQ(e, ERR_FULL);
		CHECK_EQ(device_sees(&s, NOW), 1);
	}
	CHECK(n >= 600);
	CHECK_EQ(device_sees(&s, NOW), 2);
	site_close(&s);
}

/* Bring the repository to where a run would have left it that ended before its ${left} last files
 * (of four: targets metadata, snapshot, the target, timestamp) were written. */
static void
unrelease(struct site *s, struct bytes old_timestamp, int left)
{
	struct tuf_target t = { .length = 0 };
	struct tuf_repo *r = NULL;
	char name[512];

	CHECK_EQ(open_repo(s, &r), ERR_NONE);
	CHECK_EQ(tuf_repo_find(r, "db", &t, &s->why), ERR_NONE);
	tuf_repo_close(r);
	snprintf(name, sizeof name, "targets/%s", t.path);
	CHECK_EQ(overwrite(s->repo, "metadata/timestamp.json", old_timestamp), 0);
	if (left > 1)
		CHECK_EQ(unlinkat(s->repo, name, 0), 0);
	if (left > 2)
		CHECK_EQ(unlinkat(s->repo, "metadata/2.snapshot.json", 0), 0);
	if (left > 3)
		CHECK_EQ(unlinkat(s->repo, "metadata/2.targets.json", 0), 0);
	CHECK_EQ(overwrite(s->repo, "targets/db.new", bytes_of_text("half")), 0);
	CHECK_EQ(overwrite(s->repo, "metadata/2.targets.json.new", bytes_of_text("ha")), 0);
}

TEST(a_release_that_ended_anywhere_leaves_the_old_and_the_next_completes)
{
	for (int left = 1; left <= 4; left++) {
		struct buf timestamp;
		struct site s;

		buf_init(&timestamp, 1 << 20);
		site_open(&s);
		site_trust(&s);
		CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
		CHECK_EQ(file_read(s.repo, "metadata/timestamp.json", &timestamp, &s.why), ERR_NONE);
		CHECK_EQ(release(&s, "two", NOW), ERR_NONE);
		unrelease(&s, buf_bytes(&timestamp), left);
		CHECK_EQ(device_sees(&s, NOW), 1);
		CHECK_EQ(release(&s, "again", NOW + 1), ERR_NONE);
		CHECK_EQ(device_sees(&s, NOW + 1), 2);
		CHECK(faccessat(s.repo, "targets/db.new", F_OK, 0) != 0);
		CHECK(faccessat(s.repo, "metadata/2.targets.json.new", F_OK, 0) != 0);
		buf_fini(&timestamp);
		site_close(&s);
	}
}

TEST(a_publisher_that_runs_out_of_memory_anywhere_leaves_the_old_release)
{
	struct site s;

	site_open(&s);
	site_trust(&s);
	CHECK_EQ(release(&s, "one", NOW), ERR_NONE);
	for (unsigned n = 1;; n++) {
		enum err e;

		test_fail_allocation(n);
		e = release(&s, "two", NOW);
		test_fail_allocation(0);
		if (e == ERR_NONE)
			break;
		CHECK_EQ(e, ERR_NOMEM);
		CHECK(n < 1000);
		CHECK_EQ(device_sees(&s, NOW), 1);
	}
	CHECK_EQ(device_sees(&s, NOW), 2);
	site_close(&s);
}
