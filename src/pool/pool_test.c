/* Goal of this test: every object gets exactly one verdict, whatever the workers do, and a
 * worker that breaks the rules gains nothing by it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "pool/fake_worker.h"
#include "pool/limits.h"
#include "pool/pool.h"

enum { TAGS = 12000 };

/* What came back. */
struct answers {
	struct pool *pool;
	unsigned total;
	unsigned pids, last_pid;	/* workers seen, when one follows the other */
	uint8_t count[TAGS];
	uint8_t kind[TAGS];
	enum verdict_gap gap;		/* of the last incomplete one */
	unsigned resubmit;		/* so many more from within the callback */
};

static int
open_object(off_t size, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/object-%ld", test_dir(), (long)size);
	CHECK((fd = open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	CHECK_EQ(ftruncate(fd, size), 0);
	close(fd);
	CHECK((fd = open(path, flags)) >= 0);
	return fd;
}

static int
open_database(const char *word)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/database", test_dir());
	unlink(path);
	CHECK((fd = open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	CHECK_EQ(write(fd, word, strlen(word)), strlen(word));
	close(fd);
	CHECK((fd = open(path, O_RDONLY)) >= 0);
	return fd;
}

static void
note_answer(void *ctx, uint64_t tag, const struct verdict *v)
{
	struct answers *a = ctx;

	CHECK(tag < TAGS && v->finished);
	a->total++;
	a->count[tag]++;
	a->kind[tag] = (uint8_t)verdict_kind(v);
	for (int gap = 1; gap < VERDICT_GAPS; gap++)
		if (v->missed[gap].count > 0)
			a->gap = (enum verdict_gap)gap;
	if (verdict_kind(v) == VERDICT_CLEAN && v->bytes != a->last_pid) {
		a->last_pid = (unsigned)v->bytes;
		a->pids++;
	}
	if (a->resubmit > 0 && pool_room(a->pool) > 0) {
		CHECK_EQ(pool_submit(a->pool, a->resubmit, open_object(1, O_RDONLY)), ERR_NONE);
		a->resubmit--;
	}
}

static enum err
make_pool(const char *word, unsigned workers, struct answers *a, struct fault *why)
{
	struct pool_settings s = { .worker = FAKE_WORKER,
		.workers = workers,
		.limits = scan_limits_default(),
		.verdict = note_answer,
		.ctx = a };
	int database = open_database(word);
	enum err e;

	s.limits.time_ms = 100;
	e = pool_new(&s, database, &a->pool, why);
	close(database);
	return e;
}

static struct answers *
start(const char *word, unsigned workers)
{
	struct answers *a = calloc(1, sizeof *a);
	struct fault why;

	CHECK(a != NULL);
	CHECK_EQ(make_pool(word, workers, a, &why), ERR_NONE);
	return a;
}

static void
finish(struct answers *a)
{
	pool_free(a->pool);
	free(a);
}

static void
submit(struct answers *a, uint64_t tag, off_t size)
{
	struct fault why;

	while (pool_room(a->pool) == 0)
		CHECK_EQ(pool_turn(a->pool, 1000, &why), ERR_NONE);
	CHECK_EQ(pool_submit(a->pool, tag, open_object(size, O_RDONLY)), ERR_NONE);
}

static void
await(struct answers *a)
{
	struct fault why;

	while (pool_busy(a->pool) > 0)
		(void)pool_turn(a->pool, 1000, &why);
}

TEST(every_object_gets_one_verdict)
{
	struct answers *a = start("honest", 3);

	for (unsigned tag = 0; tag < 500; tag++)
		submit(a, tag, 1);
	await(a);
	CHECK_EQ(a->total, 500);
	for (unsigned tag = 0; tag < 500; tag++) {
		CHECK_EQ(a->count[tag], 1);
		CHECK_EQ(a->kind[tag], VERDICT_CLEAN);
	}
	finish(a);
}

TEST(more_may_be_submitted_from_the_callback)
{
	struct answers *a = start("honest", 2);

	a->resubmit = 50;
	submit(a, 0, 1);
	await(a);
	CHECK_EQ(a->total, 51);
	finish(a);
}

TEST(a_worker_that_dies_costs_one_verdict)
{
	struct answers *a = start("honest", 2);

	for (unsigned tag = 0; tag < 100; tag++)
		submit(a, tag, tag % 10 == 5 ? FAKE_DIES : 1);
	await(a);
	CHECK_EQ(a->total, 100);
	for (unsigned tag = 0; tag < 100; tag++) {
		CHECK_EQ(a->count[tag], 1);
		CHECK_EQ(a->kind[tag], tag % 10 == 5 ? VERDICT_INCOMPLETE : VERDICT_CLEAN);
	}
	CHECK_EQ(a->gap, VERDICT_GAP_SCANNER);
	finish(a);
}

TEST(a_worker_that_hangs_costs_one_verdict)
{
	struct answers *a = start("honest", 1);

	submit(a, 0, 1);
	submit(a, 1, FAKE_HANGS);
	submit(a, 2, 1);
	await(a);
	CHECK_EQ(a->total, 3);
	CHECK_EQ(a->kind[1], VERDICT_INCOMPLETE);
	CHECK_EQ(a->gap, VERDICT_GAP_TIME);
	CHECK_EQ(a->kind[0], VERDICT_CLEAN);
	CHECK_EQ(a->kind[2], VERDICT_CLEAN);
	finish(a);
}

TEST(a_worker_that_breaks_the_rules_is_never_believed)
{
	static const char *const ways[] = { "lies about the tag", "says more", "says less",
		"says much", "passes a descriptor", "is ready twice", "answers unasked",
		"never finishes" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		struct answers *a = start(ways[i], 1);

		for (unsigned tag = 0; tag < 6; tag++)
			submit(a, tag, 1);
		await(a);
		CHECK_EQ(a->total, 6);
		for (unsigned tag = 0; tag < 6; tag++) {
			if (a->kind[tag] != VERDICT_INCOMPLETE && strncmp(ways[i], "is", 2) != 0 &&
			    strncmp(ways[i], "answers", 7) != 0)
				fail_msg("a worker that %s was believed", ways[i]);
			CHECK_EQ(a->count[tag], 1);
		}
		finish(a);
	}
}

TEST(a_second_verdict_on_an_object_is_not_taken)
{
	struct answers *a = start("says it twice", 1);

	for (unsigned tag = 0; tag < 20; tag++)
		submit(a, tag, 1);
	await(a);
	CHECK_EQ(a->total, 20);
	for (unsigned tag = 0; tag < 20; tag++)
		CHECK_EQ(a->count[tag], 1);
	finish(a);
}

TEST(what_is_wrong_at_the_start_is_told)
{
	struct answers a = { .total = 0 };
	struct fault why;
	struct pool_settings s = { .worker = "/nonexistent/worker",
		.workers = 1,
		.limits = scan_limits_default(),
		.verdict = note_answer,
		.ctx = &a };
	int database;

	CHECK_EQ(make_pool("is at fault", 2, &a, &why), ERR_MALFORMED);
	CHECK_TEXT(why.text, "the word is at fault");
	CHECK_EQ(make_pool("dies at once", 2, &a, &why), ERR_CLOSED);
	CHECK(strstr(why.text, "signal 9") != NULL);
	CHECK_EQ(make_pool("answers before it is ready", 2, &a, &why), ERR_CLOSED);
	database = open_database("honest");
	CHECK_EQ(pool_new(&s, database, &a.pool, &why), ERR_NOT_FOUND);
	close(database);
	CHECK(a.pool == NULL);
}

TEST(a_database_that_stops_working_is_told_and_leaves_no_object_waiting)
{
	struct answers *a = start("honest", 2);
	struct fault why;
	int database = open_database("is at fault");
	enum err e = ERR_NONE;

	submit(a, 0, 1);
	await(a);
	CHECK_EQ(pool_set_database(a->pool, database), ERR_NONE);
	close(database);
	submit(a, 1, 1);
	submit(a, 2, 1);
	while (pool_busy(a->pool) > 0)
		e = pool_turn(a->pool, 1000, &why);
	CHECK_EQ(e, ERR_MALFORMED);
	CHECK_TEXT(why.text, "the word is at fault");
	CHECK_EQ(a->kind[0], VERDICT_CLEAN);
	CHECK_EQ(a->kind[1], VERDICT_INCOMPLETE);
	CHECK_EQ(a->kind[2], VERDICT_INCOMPLETE);
	/* And it recovers. */
	database = open_database("honest");
	CHECK_EQ(pool_set_database(a->pool, database), ERR_NONE);
	close(database);
	submit(a, 3, 1);
	await(a);
	CHECK_EQ(a->kind[3], VERDICT_CLEAN);
	finish(a);
}

TEST(a_new_database_is_used_by_all_that_follow)
{
	struct answers *a = start("honest", 2);
	int database = open_database("new");

	CHECK_EQ(pool_database(a->pool).generation, 'h');
	for (unsigned tag = 0; tag < 10; tag++)
		submit(a, tag, 1);
	CHECK_EQ(pool_set_database(a->pool, database), ERR_NONE);
	close(database);
	for (unsigned tag = 10; tag < 20; tag++)
		submit(a, tag, 1);
	await(a);
	CHECK_EQ(a->total, 20);
	CHECK_EQ(pool_database(a->pool).generation, 'n');
	finish(a);
}

TEST(workers_are_replaced_after_many_objects)
{
	struct answers *a = start("honest", 1);

	for (unsigned tag = 0; tag < 2 * POOL_RECYCLE_OBJECTS + 10; tag++)
		submit(a, tag, 1);
	await(a);
	CHECK_EQ(a->total, 2 * POOL_RECYCLE_OBJECTS + 10);
	CHECK_EQ(a->pids, 3);
	finish(a);
}

TEST(a_pool_at_rest_has_no_workers_and_wakes_again)
{
	struct answers *a = start("honest", 1);

	submit(a, 0, 1);
	await(a);
	pool_rest(a->pool);
	submit(a, 1, 1);
	await(a);
	CHECK_EQ(a->total, 2);
	CHECK_EQ(a->pids, 2);
	finish(a);
}

TEST(only_regular_files_open_for_reading_are_taken)
{
	struct answers *a = start("honest", 1);
	int dir = open(test_dir(), O_RDONLY);

	CHECK_EQ(pool_submit(a->pool, 0, open_object(1, O_RDWR)), ERR_DENIED);
	CHECK_EQ(pool_submit(a->pool, 0, dir), ERR_UNSUPPORTED);
	CHECK_EQ(fcntl(dir, F_GETFD), -1);
	while (pool_room(a->pool) > 0)
		CHECK_EQ(pool_submit(a->pool, 1, open_object(1, O_RDONLY)), ERR_NONE);
	CHECK_EQ(pool_submit(a->pool, 2, open_object(1, O_RDONLY)), ERR_LIMIT);
	finish(a);
}

TEST(short_memory_costs_verdicts_and_no_more)
{
	struct answers *a = start("honest", 1);

	for (unsigned nth = 1; nth < 40; nth++) {
		submit(a, nth, 1);
		test_fail_allocation(nth);
		await(a);
		test_fail_allocation(0);
	}
	CHECK_EQ(a->total, 39);
	submit(a, 0, 1);
	await(a);
	CHECK_EQ(a->kind[0], VERDICT_CLEAN);
	finish(a);
}

TEST(a_pool_without_memory_is_not_made)
{
	struct answers a = { .total = 0 };
	struct fault why;
	enum err e = ERR_NOMEM;

	for (unsigned nth = 1; e != ERR_NONE; nth++) {
		test_fail_allocation(nth);
		e = make_pool("honest", 1, &a, &why);
		test_fail_allocation(0);
		/* A worker that lost its setup to short memory is a worker that ended. */
		CHECK(e == ERR_NONE || e == ERR_NOMEM || e == ERR_CLOSED);
	}
	pool_free(a.pool);
	pool_free(NULL);
}
