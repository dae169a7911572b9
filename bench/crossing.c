/* bench/crossing.c: what the sandbox costs: 20,000 small files scanned in this process, and by one
 * worker behind a pool, with the same database. Prints CPU time for each file, and the ratio.
 * Usage: crossing WORKER-PROGRAM [FILES] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "format/container.h"
#include "pool/pool.h"
#include "scan/scan.h"
#include "sigdb/build.h"
#include "sigdb/sigdb.h"

static char dir[] = "/tmp/holdfast-crossing-XXXXXX";

static void
die(const char *what)
{
	fprintf(stderr, "crossing: %s\n", what);
	exit(2);
}

static double
cpu_us(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int
open_nth(unsigned i, int flags)
{
	char path[80];
	int fd;

	snprintf(path, sizeof path, "%s/%u", dir, i);
	if ((fd = open(path, flags | O_CLOEXEC, 0600)) < 0)
		die("cannot open a file");
	return fd;
}

/* Ordinary text of one to eight kilobytes. */
static void
make_files(unsigned count)
{
	static char text[8192];

	if (mkdtemp(dir) == NULL)
		die("cannot make a folder");
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "etaoin shrdlu cmfwyp\n"[i * 7 % 13 + i % 9];
	for (unsigned i = 0; i < count; i++) {
		size_t n = 1024 + i * 37 % 7168;
		int fd = open_nth(i, O_WRONLY | O_CREAT);

		if (write(fd, text, n) != (ssize_t)n)
			die("cannot write a file");
		close(fd);
	}
}

static int
make_database(void)
{
	struct sigdb_stamp stamp = { 1, 0 };
	struct sigdb_build *build = NULL;
	char path[80];
	int fd;

	snprintf(path, sizeof path, "%s/database", dir);
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0 ||
	    sigdb_build_new(&build) != ERR_NONE ||
	    sigdb_build_add(build, "a.ndb",
		bytes_of_text("Bench.Test:0:*:0123456789abcdef0011223344556677\n"), NULL, NULL) !=
		ERR_NONE ||
	    sigdb_build_write(build, &stamp, fd, NULL) != ERR_NONE)
		die("cannot make a database");
	sigdb_build_free(build);
	return fd;
}

static double
scan_here(int database, unsigned count)
{
	struct scan_limits limits = scan_limits_default();
	struct sigdb *db = NULL;
	struct scan *scan = NULL;
	double began;

	container_prepare();
	if (sigdb_open(database, &db, NULL) != ERR_NONE ||
	    scan_new(db, &limits, false, &scan) != ERR_NONE)
		die("cannot prepare to scan");
	began = cpu_us(RUSAGE_SELF);
	for (unsigned i = 0; i < count; i++) {
		int fd = open_nth(i, O_RDONLY);
		struct source s;
		struct verdict v;

		if (source_of_file(fd, &s) != ERR_NONE)
			die("cannot read a file");
		verdict_init(&v);
		scan_object(scan, &s, &v);
		verdict_fini(&v);
		close(fd);
	}
	began = cpu_us(RUSAGE_SELF) - began;
	scan_free(scan);
	sigdb_close(db);
	return began;
}

static void
ignore(void *ctx, uint64_t tag, const struct verdict *verdict)
{
	unsigned *answers = ctx;

	(void)tag, (void)verdict;
	(*answers)++;
}

static double
scan_there(const char *worker, int database, unsigned count)
{
	unsigned answers = 0;
	struct pool_settings settings = { .worker = worker, .workers = 1,
		.limits = scan_limits_default(), .verdict = ignore, .ctx = &answers };
	double began = cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN);
	struct pool *pool = NULL;
	struct fault why;

	if (pool_new(&settings, database, &pool, &why) != ERR_NONE)
		die(why.text);
	for (unsigned i = 0; i < count; i++) {
		while (pool_room(pool) == 0)
			if (pool_turn(pool, -1, &why) != ERR_NONE)
				die(why.text);
		if (pool_submit(pool, i, open_nth(i, O_RDONLY)) != ERR_NONE)
			die("cannot submit a file");
	}
	while (pool_busy(pool) > 0)
		if (pool_turn(pool, -1, &why) != ERR_NONE)
			die(why.text);
	pool_free(pool);
	if (answers != count)
		die("verdicts are missing");
	return cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN) - began;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	enum { RUNS = 5 };
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 20000;
	double here[RUNS], there[RUNS], a, b;
	char command[80];
	int database;

	if (argc < 2 || count == 0)
		die("usage: crossing WORKER-PROGRAM [FILES]");
	make_files(count);
	database = make_database();
	for (int i = 0; i < RUNS; i++) {
		here[i] = scan_here(database, count);
		there[i] = scan_there(argv[1], database, count);
	}
	qsort(here, RUNS, sizeof *here, compare_doubles);
	qsort(there, RUNS, sizeof *there, compare_doubles);
	a = here[RUNS / 2] / count;
	b = there[RUNS / 2] / count;
	printf("%u small files: in process %.1f us of CPU a file, in the sandbox %.1f us, %+.0f %%\n",
	    count, a, b, (b / a - 1) * 100);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) == 0 ? 0 : 1;
}
