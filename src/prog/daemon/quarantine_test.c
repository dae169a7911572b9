/* Goal of this test: at every moment a file is whole in one of two places, and only those who may have
 * it back get it; helper processes answer once, whatever becomes of them. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/daemon/index.h"
#include "prog/daemon/quarantine.h"

struct scene {
	int dir;
	char path[200];		/* of the file that is to be quarantined */
	struct event_base *base;
	struct tasks *tasks;
	struct quarantine *q;
	/* What came back last. */
	int calls;
	enum err e;
	struct quarantine_entry entry;
	char why[FAULT_TEXT];
};

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	CHECK(fd >= 0);
	CHECK_EQ(io_write_all(fd, bytes_of_text(text)), ERR_NONE);
	close(fd);
}

static void
scene_make(struct scene *s, const char *name)
{
	struct fault why;
	int parent;

	memset(s, 0, sizeof *s);
	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &parent, NULL), ERR_NONE);
	CHECK_EQ(file_open_dir(parent, name, true, &s->dir, NULL), ERR_NONE);
	close(parent);
	snprintf(s->path, sizeof s->path, "%s/%s.bad", test_dir(), name);
	write_file(s->path, "what was found");
	CHECK((s->base = event_base_new()) != NULL);
	CHECK_EQ(tasks_new(s->base, &s->tasks), ERR_NONE);
	CHECK_EQ(quarantine_open(s->dir, s->tasks, &s->q, &why), ERR_NONE);
}

static void
scene_end(struct scene *s)
{
	quarantine_close(s->q);
	tasks_free(s->tasks);
	event_base_free(s->base);
	close(s->dir);
}

/* As when the daemon was killed and started again. */
static void
restart(struct scene *s)
{
	struct fault why;

	quarantine_close(s->q);
	CHECK_EQ(quarantine_open(s->dir, s->tasks, &s->q, &why), ERR_NONE);
}

static void
note(void *ctx, enum err e, const struct quarantine_entry *entry, const struct fault *why)
{
	struct scene *s = ctx;

	s->calls++;
	s->e = e;
	s->entry = *entry;
	memcpy(s->why, why->text, sizeof s->why);
}

static void
run_tasks(struct scene *s)
{
	while (tasks_count(s->tasks) > 0)
		event_base_loop(s->base, EVLOOP_ONCE);
}

/* Seal the scene's file for user 1000. */
static void
seal(struct scene *s)
{
	struct quarantine_entry draft = { .owner = 1000, .time = 50, .signature = "Test" };
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);

	strcpy(draft.path, s->path);
	CHECK(fd >= 0);
	CHECK_EQ(quarantine_seal(s->q, &draft, fd, (struct quarantine_call){ note, s }), ERR_NONE);
	run_tasks(s);
}

static bool
has_file(const struct scene *s, const char *id, const char *ending)
{
	char name[80];

	snprintf(name, sizeof name, "quarantine/%s%s", id, ending);
	return faccessat(s->dir, name, F_OK, 0) == 0;
}

TEST(a_sealed_file_becomes_final_and_comes_back_byte_for_byte)
{
	struct scene s;
	struct fault why;
	char got[32] = "";
	int to;

	scene_make(&s, "whole");
	seal(&s);
	CHECK_EQ(s.e, ERR_NONE);
	CHECK_EQ(s.entry.size, 14);
	CHECK_EQ(s.entry.mode & 07777, 0640);
	/* Not final: nobody is shown it yet. */
	CHECK_EQ(quarantine_count(s.q, 0, true), 0);
	unlink(s.path);
	CHECK_EQ(quarantine_finish(s.q, s.entry.id, &why), ERR_NONE);
	CHECK_EQ(quarantine_count(s.q, 1000, false), 1);
	to = openat(s.dir, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_EQ(quarantine_unseal(s.q, &s.entry, to, (struct quarantine_call){ note, &s }), ERR_NONE);
	run_tasks(&s);
	CHECK_EQ(s.e, ERR_NONE);
	to = openat(s.dir, "out", O_RDONLY | O_CLOEXEC);
	CHECK_EQ(read(to, got, sizeof got - 1), 14);
	CHECK_TEXT(got, "what was found");
	close(to);
	CHECK_EQ(quarantine_drop(s.q, s.entry.id, &why), ERR_NONE);
	CHECK(!has_file(&s, s.entry.id, ".sealed") && !has_file(&s, s.entry.id, ".entry"));
	scene_end(&s);
}

TEST(a_file_is_had_back_only_by_its_owner_and_the_administrator)
{
	struct quarantine_entry got;
	struct scene s;
	struct fault why;

	scene_make(&s, "owner");
	seal(&s);
	CHECK_EQ(quarantine_finish(s.q, s.entry.id, &why), ERR_NONE);
	CHECK_EQ(quarantine_find(s.q, s.entry.id, 1001, false, &got, &why), ERR_NOT_FOUND);
	CHECK_EQ(quarantine_next(s.q, "", 1001, false, &got), ERR_NOT_FOUND);
	CHECK_EQ(quarantine_count(s.q, 1001, false), 0);
	CHECK_EQ(quarantine_find(s.q, s.entry.id, 1000, false, &got, &why), ERR_NONE);
	CHECK_EQ(quarantine_find(s.q, s.entry.id, 0, false, &got, &why), ERR_NONE);
	CHECK_EQ(quarantine_next(s.q, s.entry.id, 1000, false, &got), ERR_NOT_FOUND);
	scene_end(&s);
}

TEST(after_a_crash_before_the_removal_the_entry_is_rolled_back)
{
	struct scene s;

	scene_make(&s, "rollback");
	seal(&s);
	restart(&s);
	/* Whoever was told to remove it may be about to, so nothing is dropped yet. */
	CHECK(quarantine_look(s.q, clock_boot_ms()));
	CHECK(has_file(&s, s.entry.id, ".sealed"));
	CHECK_EQ(quarantine_count(s.q, 0, true), 0);
	CHECK(!quarantine_look(s.q, INT64_MAX));
	CHECK(!has_file(&s, s.entry.id, ".sealed") && !has_file(&s, s.entry.id, ".entry"));
	CHECK_EQ(access(s.path, F_OK), 0);
	scene_end(&s);
}

TEST(after_a_crash_behind_the_removal_the_entry_is_final)
{
	struct scene s;

	scene_make(&s, "forward");
	seal(&s);
	unlink(s.path);
	restart(&s);
	CHECK_EQ(quarantine_count(s.q, 1000, false), 1);
	CHECK(!quarantine_look(s.q, INT64_MAX));
	CHECK_EQ(quarantine_count(s.q, 1000, false), 1);
	scene_end(&s);
}

TEST(while_somebody_will_say_whether_it_is_gone_nothing_is_settled)
{
	struct scene s;

	scene_make(&s, "live");
	seal(&s);
	CHECK(!quarantine_look(s.q, INT64_MAX));
	CHECK(has_file(&s, s.entry.id, ".sealed"));
	scene_end(&s);
}

TEST(a_removal_that_comes_after_the_connection_ended_loses_nothing)
{
	struct scene s;

	scene_make(&s, "late");
	seal(&s);
	quarantine_leave(s.q, s.entry.id);
	CHECK(quarantine_look(s.q, clock_boot_ms()));
	CHECK(has_file(&s, s.entry.id, ".sealed"));
	unlink(s.path);
	CHECK(!quarantine_look(s.q, clock_boot_ms()));
	CHECK_EQ(quarantine_count(s.q, 1000, false), 1);
	scene_end(&s);
}

TEST(a_file_that_was_left_half_done_and_sealed_again_is_kept_once)
{
	char first[AGENT_ENTRY_ID_SIZE];
	struct fault why;
	struct scene s;

	scene_make(&s, "twice");
	seal(&s);
	memcpy(first, s.entry.id, sizeof first);
	restart(&s);
	seal(&s);
	unlink(s.path);
	CHECK_EQ(quarantine_finish(s.q, s.entry.id, &why), ERR_NONE);
	CHECK(!quarantine_look(s.q, clock_boot_ms()));
	CHECK_EQ(quarantine_count(s.q, 1000, false), 1);
	CHECK(!has_file(&s, first, ".sealed") && !has_file(&s, first, ".entry"));
	CHECK(has_file(&s, s.entry.id, ".sealed"));
	scene_end(&s);
}

TEST(another_file_at_the_old_place_does_not_roll_the_entry_back)
{
	struct scene s;

	scene_make(&s, "another");
	seal(&s);
	unlink(s.path);
	write_file(s.path, "something else, longer");
	quarantine_settle(s.q, s.entry.id);
	CHECK_EQ(quarantine_count(s.q, 1000, false), 1);
	scene_end(&s);
}

TEST(content_without_an_entry_is_removed_and_that_of_a_damaged_entry_kept)
{
	struct scene s;
	int dir;

	scene_make(&s, "orphan");
	CHECK_EQ(file_open_dir(s.dir, "quarantine", false, &dir, NULL), ERR_NONE);
	CHECK_EQ(file_replace(dir, "a.sealed", bytes_of_text("x"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_replace(dir, "b.sealed", bytes_of_text("x"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_replace(dir, "b.entry", bytes_of_text("damaged"), 0600, NULL), ERR_NONE);
	CHECK_EQ(file_replace(dir, "c.sealed.new", bytes_of_text("x"), 0600, NULL), ERR_NONE);
	restart(&s);
	CHECK(!has_file(&s, "a", ".sealed"));
	CHECK(has_file(&s, "b", ".sealed"));
	CHECK(!has_file(&s, "c", ".sealed.new"));
	close(dir);
	scene_end(&s);
}

TEST(a_full_disk_leaves_the_original_and_nothing_else)
{
	struct rlimit old, small;
	struct scene s;

	scene_make(&s, "full");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 8;
	setrlimit(RLIMIT_FSIZE, &small);
	/* Not through seal(): the helper inherits the limit, the report goes through a pipe. */
	seal(&s);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_EQ(s.e, ERR_FULL);
	CHECK(strstr(s.why, "no room on the disk") != NULL);
	CHECK(!has_file(&s, s.entry.id, ".sealed") && !has_file(&s, s.entry.id, ".sealed.new"));
	CHECK(!has_file(&s, s.entry.id, ".entry"));
	CHECK_EQ(access(s.path, F_OK), 0);
	scene_end(&s);
}

TEST(sealed_content_that_was_changed_is_not_given_back)
{
	struct scene s;
	char name[80];
	int fd, to;

	scene_make(&s, "changed");
	seal(&s);
	snprintf(name, sizeof name, "quarantine/%s.sealed", s.entry.id);
	fd = openat(s.dir, name, O_RDWR | O_CLOEXEC);
	CHECK_EQ(pwrite(fd, "\0\1\2", 3, 30), 3);
	close(fd);
	to = openat(s.dir, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_EQ(quarantine_unseal(s.q, &s.entry, to, (struct quarantine_call){ note, &s }), ERR_NONE);
	run_tasks(&s);
	CHECK_EQ(s.e, ERR_FORGED);
	scene_end(&s);
}

TEST(a_damaged_key_is_said_and_never_replaced)
{
	struct quarantine *q = NULL;
	struct scene s;
	struct fault why;

	scene_make(&s, "key");
	CHECK_EQ(file_replace(s.dir, "quarantine.key", bytes_of_text("short"), 0600, NULL), ERR_NONE);
	CHECK_EQ(quarantine_open(s.dir, s.tasks, &q, &why), ERR_MALFORMED);
	CHECK(strstr(why.text, "backup") != NULL);
	scene_end(&s);
}

TEST(every_truncation_of_an_entry_is_refused)
{
	static uint8_t room[8192];
	struct quarantine_entry got;
	struct scene s;
	char name[80];
	ssize_t n;
	int fd;

	scene_make(&s, "entry");
	seal(&s);
	snprintf(name, sizeof name, "quarantine/%s.entry", s.entry.id);
	fd = openat(s.dir, name, O_RDONLY | O_CLOEXEC);
	n = read(fd, room, sizeof room);
	close(fd);
	CHECK(n > 0 && (size_t)n < sizeof room);
	CHECK_EQ(index_read_entry(bytes_of(room, (size_t)n), &got), ERR_NONE);
	CHECK_TEXT(got.path, s.path);
	for (size_t i = 0; i < (size_t)n; i++) {
		uint8_t *exact = test_copy(room, i);

		CHECK_EQ(index_read_entry(bytes_of(exact, i), &got), ERR_MALFORMED);
		free(exact);
	}
	CHECK_EQ(index_read_entry(bytes_of(room, (size_t)n + 1), &got), ERR_MALFORMED);
	scene_end(&s);
}

/* What a helper process does in the next tests. */
static enum err
die(void *ctx, struct buf *result, struct fault *why)
{
	(void)ctx, (void)result, (void)why;
	raise(SIGKILL);
	return ERR_NONE;
}

static enum err
answer(void *ctx, struct buf *result, struct fault *why)
{
	(void)ctx, (void)why;
	buf_u8(result, 42);
	return ERR_NONE;
}

struct told {
	int calls;
	enum err e;
	size_t n;
};

static void
tell(void *ctx, enum err e, struct bytes result, const struct fault *why)
{
	struct told *told = ctx;

	(void)why;
	told->calls++;
	told->e = e;
	told->n = result.n;
}

TEST(a_helper_that_dies_is_an_error_and_more_than_fit_wait_their_turn)
{
	enum { MANY = 20 };
	struct told told[MANY] = { { 0 } };
	struct scene s;

	scene_make(&s, "helper");
	for (int i = 0; i < MANY; i++)
		CHECK_EQ(tasks_add(s.tasks, (struct task_work){ i == 3 ? die : answer, tell, &told[i] }),
		    ERR_NONE);
	CHECK_EQ(tasks_count(s.tasks), MANY);
	run_tasks(&s);
	for (int i = 0; i < MANY; i++) {
		CHECK_EQ(told[i].calls, 1);
		CHECK_EQ(told[i].e, i == 3 ? ERR_IO : ERR_NONE);
		CHECK_EQ(told[i].n, i == 3 ? 0 : 1);
	}
	scene_end(&s);
}
