/* bench/match: how fast is the engine itself, on one core, files in the page cache?
 * Compiles the signature sources into a database in memory, opens it as any program does, matches
 * the files, and prints one line of figures. With --names it prints what it finds instead, a line
 * "FILE: NAME" each, for comparisons with other scanners. With --open it opens a compiled database and makes
 * ready to match, and prints how long that took and what memory of its own the process has then. With --share
 * ten processes open it and read all of it; it prints what they have in memory, each and together. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "sigdb/build.h"
#include "sigdb/sigdb.h"

struct run {
	struct sigdb_matcher *matcher;
	bool names;		/* print findings, not speed */
	const char *file;
	uint64_t bytes, files, found, failed;
};

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
	fprintf(stderr, "match: %s\n", what);
	exit(2);
}

static void
tell_skipped(void *ctx, const struct sigdb_skipped *s)
{
	(void)ctx;
	fprintf(stderr, "match: %s:%zu: skipped: %s\n", s->file, s->line, s->words);
}

static void
read_whole(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	uint8_t *to;
	size_t n;

	if (f == NULL)
		fail(path);
	do {
		if ((to = buf_reserve(out, 1 << 20)) == NULL)
			fail("out of memory");
		out->n += n = fread(to, 1, 1 << 20, f);
	} while (n > 0);
	fclose(f);
}

/* Compile the sources into a database, mapped as any other. */
static struct sigdb *
build(const char *const *sources, size_t count)
{
	static const struct sigdb_stamp stamp = { 1, 0 };
	struct sigdb_build *b;
	struct sigdb *db = NULL;
	struct fault why;
	int fd = memfd_create("hfdb", MFD_CLOEXEC);

	if (fd < 0 || sigdb_build_new(&b) != ERR_NONE)
		fail("out of memory");
	for (size_t i = 0; i < count; i++) {
		struct buf text;

		buf_init(&text, SIZE_MAX);
		read_whole(sources[i], &text);
		if (sigdb_build_add(b, sources[i], buf_bytes(&text), tell_skipped, NULL) !=
		    ERR_NONE)
			fail(sources[i]);
		buf_fini(&text);
	}
	if (sigdb_build_write(b, &stamp, fd, &why) != ERR_NONE ||
	    sigdb_open(fd, &db, &why) != ERR_NONE)
		fail(why.text);
	sigdb_build_free(b);
	close(fd);
	return db;
}

static bool
found(void *ctx, const char *name)
{
	struct run *r = ctx;

	r->found++;
	if (r->names)
		printf("%s: %s\n", r->file, name);
	return true;
}

static void
match_file(struct run *r, const char *path)
{
	struct source object;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	r->file = path;
	if (fd < 0 || source_of_file(fd, &object) != ERR_NONE)
		fail(path);
	if (sigdb_match(r->matcher, &object, r->names, found, r) != ERR_NONE)
		r->failed++;
	close(fd);
	r->files++;
	r->bytes += object.size;
}

/* The names of the files to match come on standard input, a line each. */
static void
match_files(struct run *r)
{
	char path[4096];

	while (fgets(path, sizeof path, stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		match_file(r, path);
	}
}

/* KiB of memory of a process, by a line of its smaps_rollup: "Anonymous:" is what no other process can share,
 * "Rss:" all, and "Pss:" its part of what is shared. */
static unsigned long
memory_of(const char *process, const char *line_begins)
{
	char path[64], line[256];
	unsigned long kib = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%s/smaps_rollup", process);
	if ((f = fopen(path, "r")) == NULL)
		fail(path);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, line_begins, strlen(line_begins)) == 0)
			kib = strtoul(line + strlen(line_begins), NULL, 10);
	fclose(f);
	return kib;
}

static int
open_only(const char *path)
{
	struct source nothing = source_of_memory(bytes_of("", 0));
	double begun = seconds(CLOCK_MONOTONIC), opened;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sigdb_matcher *m = NULL;
	struct run r = { 0 };
	struct sigdb *db = NULL;
	struct fault why;

	if (fd < 0 || sigdb_open(fd, &db, &why) != ERR_NONE || sigdb_matcher_new(db, &m) != ERR_NONE ||
	    sigdb_match(m, &nothing, true, found, &r) != ERR_NONE)
		fail(path);
	opened = seconds(CLOCK_MONOTONIC);
	printf("open-us %.0f private-kib %lu\n", (opened - begun) * 1e6, memory_of("self", "Anonymous:"));
	sigdb_matcher_free(m);
	sigdb_close(db);
	close(fd);
	return 0;
}

/* Open it, read all of it, say so, and wait to be ended. */
static _Noreturn void
hold_open(const char *path, int ready)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sigdb_matcher *m;
	struct sigdb *db;
	struct fault why;

	if (fd < 0 || sigdb_open(fd, &db, &why) != ERR_NONE || sigdb_matcher_new(db, &m) != ERR_NONE ||
	    sigdb_verify(db, &why) != ERR_NONE || write(ready, "", 1) != 1)
		fail(path);
	for (;;)
		pause();
}

static int
share(const char *path)
{
	enum { PROCESSES = 10 };
	pid_t pids[PROCESSES];
	unsigned long one = 0, together = 0;
	char said, name[32];
	int ends[2];

	if (pipe(ends) != 0)
		fail("no pipe");
	for (int i = 0; i < PROCESSES; i++) {
		if ((pids[i] = fork()) < 0)
			fail("no process");
		if (pids[i] == 0)
			hold_open(path, ends[1]);
	}
	close(ends[1]);		/* so that one that fails is heard of */
	for (int i = 0; i < PROCESSES; i++)
		if (read(ends[0], &said, 1) != 1)
			fail("a process ended");
	for (int i = 0; i < PROCESSES; i++) {
		snprintf(name, sizeof name, "%d", (int)pids[i]);
		one = memory_of(name, "Rss:");
		together += memory_of(name, "Pss:");
	}
	for (int i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	printf("processes %d one-kib %lu together-kib %lu\n", PROCESSES, one, together);
	return 0;
}

int
main(int argc, char **argv)
{
	double begun = seconds(CLOCK_MONOTONIC), built, cpu, wall;
	struct run r = { 0 };
	struct sigdb *db;
	int first = 1;

	if (argc == 3 && strcmp(argv[1], "--open") == 0)
		return open_only(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--share") == 0)
		return share(argv[2]);
	if (argc > 1 && strcmp(argv[1], "--names") == 0) {
		r.names = true;
		first = 2;
	}
	if (first >= argc)
		fail("usage: match [--names] SOURCE... < LIST-OF-FILES, or match --open|--share DATABASE");
	db = build((const char *const *)argv + first, (size_t)(argc - first));
	if (sigdb_matcher_new(db, &r.matcher) != ERR_NONE)
		fail("out of memory");
	built = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	match_files(&r);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - built;
	if (!r.names)
		printf("files %llu bytes %llu found %llu failed %llu build %.3f cpu %.4f wall %.4f "
		       "MB/s %.0f\n",
		    (unsigned long long)r.files, (unsigned long long)r.bytes,
		    (unsigned long long)r.found, (unsigned long long)r.failed, built - begun, cpu,
		    wall, (double)r.bytes / 1e6 / cpu);
	sigdb_matcher_free(r.matcher);
	sigdb_close(db);
	return r.failed > 0 ? 2 : r.found > 0 ? 1 : 0;
}
