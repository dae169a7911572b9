/* publish/scan.c: "holdfast-publish scan": files -> verdicts, without a subscription, for those who
 * write signatures. The scanning itself happens in sandboxed workers. */
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/walk.h"
#include "pool/pool.h"
#include "prog/publish/database.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/results.h"

static const char usage[] =
    "usage: holdfast-publish scan [OPTION...] -d DB PATH...\n"
    "\n"
    "Scan files, and the files in folders, with a database. A line a file:\n"
    "\"PATH: NAME FOUND\", \"PATH: OK\" or \"PATH: INCOMPLETE (reason)\".\n"
    "\n"
    "  -d, --database DB    compiled (.hfdb), or a source or folder of sources, compiled first\n"
    "  -r, --recursive      the folders in folders too\n"
    "  --all                name every signature that matches, not only the first\n"
    "  --json               a JSON object a line\n"
    "  --stats              a summary at the end\n"
    "  --threads N          so many workers (default: one for each processor)\n"
    "  --limits LIST        such as depth=20,memory=64M,time=30s: see doc/limits.md\n"
    "\n"
    "Exit code: 0 nothing found, 1 found, 2 error or something could not be scanned to its end.\n";

/* clamscan's. */
enum scan_exit {
	SCAN_CLEAN = 0,
	SCAN_FOUND = 1,
	SCAN_ERROR = 2
};

struct scan_options {
	bool recursive, all, json, stats;
	const char *database, *threads, *limits;
};

struct scan {
	const struct scan_options *options;
	struct pool *pool;
	struct results *results;
	struct fault failure;	/* why no more can be scanned; err is ERR_NONE while it can */
};

static void
take_verdict(void *ctx, uint64_t tag, const struct verdict *verdict)
{
	struct scan *s = ctx;

	results_take(s->results, tag, verdict);
}

/* Let the workers get on. False when there can be none. */
static bool
turn(struct scan *s, int timeout_ms)
{
	return pool_turn(s->pool, timeout_ms, &s->failure) == ERR_NONE;
}

static bool
scan_file(void *ctx, const char *path, int fd)
{
	struct scan *s = ctx;
	uint64_t tag;
	enum err e;

	while (pool_room(s->pool) == 0 || results_is_full(s->results))
		if (!turn(s, -1)) {
			close(fd);
			return false;
		}
	if ((e = results_expect(s->results, path, &tag)) != ERR_NONE) {
		close(fd);
		fault_set(&s->failure, e, "out of memory");
		return false;
	}
	if ((e = pool_submit(s->pool, tag, fd)) != ERR_NONE)
		results_take_error(s->results, tag, err_name(e));
	return turn(s, 0);
}

static void
note_folder(void *ctx, const char *path)
{
	struct scan *s = ctx;

	(void)path;
	results_note_folder(s->results);
}

static void
note_trouble(void *ctx, const char *path, const char *words)
{
	struct scan *s = ctx;

	while (results_is_full(s->results))
		if (!turn(s, -1))
			return;
	results_note_error(s->results, path, words);
}

static void
scan_paths(struct scan *s, const struct command_line *line)
{
	const struct walk_settings settings = { .recursive = s->options->recursive,
		.file = scan_file, .folder = note_folder, .trouble = note_trouble, .ctx = s };

	for (size_t i = 0; i < line->operand_count && s->failure.err == ERR_NONE; i++)
		if (walk_path(&settings, line->operands[i]) == ERR_NOMEM)
			fault_set(&s->failure, ERR_NOMEM, "out of memory");
	while (pool_busy(s->pool) > 0 && s->failure.err == ERR_NONE)
		turn(s, -1);
}

static void
print_stats(const struct scan *s, int64_t took_ms)
{
	const struct results_counts *c = results_counts(s->results);
	uint64_t known = pool_database(s->pool).signatures;
	double megabytes = (double)c->bytes / 1e6, seconds = (double)took_ms / 1000;

	if (s->options->json) {
		json_t *stats = json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "stats",
		    "signatures", (json_int_t)known, "folders", (json_int_t)c->folders, "files",
		    (json_int_t)c->files, "infected", (json_int_t)c->infected, "incomplete",
		    (json_int_t)c->incomplete, "errors", (json_int_t)c->errors, "bytes",
		    (json_int_t)c->bytes, "milliseconds", (json_int_t)took_ms);

		json_dumpf(stats, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(stats);
		return;
	}
	printf("\n----------- SCAN SUMMARY -----------\n"
	       "Known viruses: %" PRIu64 "\n"
	       "Engine version: " HOLDFAST_VERSION "\n"
	       "Scanned directories: %" PRIu64 "\n"
	       "Scanned files: %" PRIu64 "\n"
	       "Infected files: %" PRIu64 "\n"
	       "Incomplete files: %" PRIu64 "\n"
	       "Total errors: %" PRIu64 "\n"
	       "Data scanned: %.2f MB\n"
	       "Time: %.3f sec (%d m %d s)\n",
	    known, c->folders, c->files, c->infected, c->incomplete, c->errors, megabytes, seconds,
	    (int)(seconds / 60), (int)seconds % 60);
}

/* Found wins over everything; then whatever keeps us from saying that all is clean. */
static int
exit_code(const struct scan *s)
{
	const struct results_counts *c = results_counts(s->results);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("holdfast-publish scan: the results cannot be written\n", stderr);
		return SCAN_ERROR;
	}
	if (c->infected > 0)
		return SCAN_FOUND;
	if (s->failure.err != ERR_NONE || c->errors > 0 || c->incomplete > 0)
		return SCAN_ERROR;
	return SCAN_CLEAN;
}

static enum err
start_pool(struct scan *s, unsigned workers, struct fault *why)
{
	struct pool_settings settings = { .workers = workers, .all = s->options->all,
		.limits = scan_limits_default(), .verdict = take_verdict, .ctx = s };
	char worker[PATH_MAX];
	uint64_t left_out = 0;
	int database;
	enum err e = ERR_NONE;

	if (s->options->limits != NULL)
		e = scan_limits_change(&settings.limits, s->options->limits, why);
	if (e != ERR_NONE ||
	    (e = process_find_sibling("worker", "holdfast-worker", worker, sizeof worker, why)) !=
		ERR_NONE ||
	    (e = database_open(s->options->database, &database, &left_out, why)) != ERR_NONE)
		return e;
	settings.worker = worker;
	if (left_out > 0)
		fprintf(stderr,
		    "holdfast-publish scan: %" PRIu64 " lines or files of %s are left out: "
		    "\"holdfast-publish build\" says which and why\n",
		    left_out, s->options->database);
	if ((e = pool_new(&settings, database, &s->pool, why)) != ERR_NONE)
		fault_within(why, "%s", s->options->database);
	close(database);
	return e;
}

static int
run(const struct command_line *line, const struct scan_options *options, unsigned workers)
{
	const struct results_settings settings = { options->all, options->json };
	struct scan s = { .options = options };
	int64_t started = clock_boot_ms();
	int code = SCAN_ERROR;
	struct fault why;

	if (results_new(&settings, &s.results) != ERR_NONE) {
		fault_set(&why, ERR_NOMEM, "out of memory");
		options_say_fault("scan", &why);
		goto done;
	}
	if (start_pool(&s, workers, &why) != ERR_NONE) {
		options_say_fault("scan", &why);
		goto done;
	}
	scan_paths(&s, line);
	if (s.failure.err != ERR_NONE)
		options_say_fault("scan", &s.failure);
	if (options->stats)
		print_stats(&s, clock_boot_ms() - started);
	code = exit_code(&s);
done:
	pool_free(s.pool);
	results_free(s.results);
	return code;
}

/* As many as were asked for, or as there are processors. 0: what was asked for is no number. */
static unsigned
count_workers(const char *asked)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t n;

	if (asked != NULL)
		return text_to_u64(bytes_of_text(asked), POOL_WORKERS_MAX, &n) == ERR_NONE ?
		    (unsigned)n : 0;
	if (processors < 1)
		return 1;
	return processors > POOL_WORKERS_MAX ? POOL_WORKERS_MAX : (unsigned)processors;
}

int
scan_run(int argc, char **argv)
{
	struct scan_options o = { .database = NULL };
	const struct option_spec specs[] = {
		{ "database", 'd', NULL, &o.database },
		{ "recursive", 'r', &o.recursive, NULL },
		{ "all", 0, &o.all, NULL },
		{ "json", 0, &o.json, NULL },
		{ "stats", 0, &o.stats, NULL },
		{ "threads", 0, NULL, &o.threads },
		{ "limits", 0, NULL, &o.limits },
	};
	struct command_line line = { .usage = usage };
	unsigned workers;

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return SCAN_ERROR;
	case OPTIONS_ANSWERED:
		return SCAN_CLEAN;
	case OPTIONS_READ:
		break;
	}
	if (o.database == NULL || line.operand_count == 0) {
		options_complain("scan", "it needs -d DB and at least one PATH");
		return SCAN_ERROR;
	}
	if ((workers = count_workers(o.threads)) == 0) {
		options_complain("scan", "--threads takes a number from 1 to %d, not \"%s\"",
		    POOL_WORKERS_MAX, o.threads);
		return SCAN_ERROR;
	}
	return run(&line, &o, workers);
}
