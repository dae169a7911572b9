/* publish/release.c: "holdfast-publish release": a database that was tried in the sandbox, sealed,
 * signed and published. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "os/clock.h"
#include "os/process.h"
#include "pool/pool.h"
#include "prog/publish/database.h"
#include "prog/publish/epoch.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/segments.h"
#include "prog/publish/site.h"
#include "tuf/rollout.h"

static const char usage[] =
    "usage: holdfast-publish release --keys DIR --repo DIR [OPTION...] DB.hfdb\n"
    "\n"
    "Load the database in the sandbox and try it; then seal it with the newest epoch's key,\n"
    "sign it and publish it under the next generation in the repository, a folder that any\n"
    "static web server serves. Interrupted anywhere, the repository stays as it was, and the\n"
    "next run completes.\n"
    "\n"
    "  --keys DIR    made by \"holdfast-publish keys\"\n"
    "  --repo DIR    made when it is missing\n"
    "  --passphrase-file FILE   its first line opens sealed keys\n"
    "  --corpus DIR  scan these ordinary files first; when it finds anything, nothing is released\n"
    "  --percent N   let only N percent of the devices take it: \"rollout\" takes it further\n"
    "\n"
    "Files in the repository that nothing names any more are removed after 7 days.\n";

/* Seconds that what is no longer published is kept: a device may be in the middle of it, and caches lag. */
enum { PRUNE_AFTER = 7 * 86400 };


struct release_options {
	struct site_paths paths;
	const char *database, *percent, *corpus;
	uint32_t share;		/* of ${percent}; 100 unless it is given */
};

static void
ignore_verdict(void *ctx, uint64_t tag, const struct verdict *verdict)
{
	(void)ctx, (void)tag, (void)verdict;
}

/* Load it and scan with it, where a database that is hostile or broken can do no harm. */
static enum err
try_database(int database, struct pool_database *info, struct fault *why)
{
	struct pool_settings settings = { .workers = 1, .limits = scan_limits_default(),
		.verdict = ignore_verdict };
	char worker[PATH_MAX];
	enum err e;

	if ((e = process_find_sibling("worker", "holdfast-worker", worker, sizeof worker, why)) !=
	    ERR_NONE)
		return e;
	settings.worker = worker;
	if ((e = pool_test_database(&settings, database, info, why)) != ERR_NONE)
		return e;
	if (info->signatures == 0)
		return fault_set(why, ERR_NOT_FOUND, "it holds no signature: not released");
	return ERR_NONE;
}

/* Scan ordinary files with it, by this very program: a match there would be one on every device. */
static enum err
try_corpus(const struct release_options *o, struct fault *why)
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) < 0)
		return fault_errno(why, "cannot scan %s", o->corpus);
	if (pid == 0) {
		execl("/proc/self/exe", "holdfast-publish", "scan", "-r", "-d", o->database, "--", o->corpus,
		    (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		return fault_errno(why, "cannot scan %s", o->corpus);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERR_NONE;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		return fault_set(why, ERR_CONFLICT, "it finds something in %s: not released", o->corpus);
	return fault_set(why, ERR_IO, "%s could not be scanned to its end: not released", o->corpus);
}

/* The generation of what is published as ${name}; 0 when there is none. */
static enum err
published_generation(const struct site *s, const char *name, uint64_t *out, struct fault *why)
{
	struct tuf_target published;
	enum err e = tuf_repo_find(s->repo, name, &published, why);

	*out = 0;
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	if (e == ERR_NONE && !published.is_release)
		e = fault_set(why, ERR_MALFORMED, "what is published as %s has no generation", name);
	if (e == ERR_NONE)
		*out = published.release.generation;
	return e;
}

/* The generation after those that are published. */
static enum err
next_generation(const struct site *s, uint32_t share, uint64_t *out, struct fault *why)
{
	uint64_t all, some;
	enum err e;

	if ((e = published_generation(s, TUF_RELEASE_NAME, &all, why)) != ERR_NONE ||
	    (e = published_generation(s, TUF_CANDIDATE_NAME, &some, why)) != ERR_NONE)
		return e;
	if (all == 0 && share < 100)
		return fault_set(why, ERR_CONFLICT, "the first release is for all: leave --percent out");
	*out = (all > some ? all : some) + 1;
	return ERR_NONE;
}

/* Seal ${database} into the repository, and fill in ${release}. */
static enum err
seal(const struct site *s, int database, const char *name, struct tuf_release *release,
    struct fault *why)
{
	struct seal_key key;
	enum err e;
	int sealed;

	if ((e = epoch_newest(s->keys, release->epoch, &key, why)) != ERR_NONE)
		goto done;
	if ((e = tuf_repo_start(s->repo, name, &sealed, why)) != ERR_NONE)
		goto done;
	if (lseek(database, 0, SEEK_SET) != 0) {
		e = fault_errno(why, "cannot read the database");
		goto done;
	}
	e = seal_file(&key, database, sealed, &release->plain_length, release->plain_sha256);
	if (e != ERR_NONE)
		fault_set(why, e, "cannot seal the database: %s", err_name(e));
done:
	random_forget(&key, sizeof key);
	return e;
}

static enum err
publish(struct site *s, int database, uint32_t share, int64_t now, struct fault *why)
{
	const char *name = share < 100 ? TUF_CANDIDATE_NAME : TUF_RELEASE_NAME;
	struct tuf_release release = { .percent = share };
	struct tuf_target target = { .length = 0 };
	size_t pruned;
	enum err e;

	/* What is for all ends whatever is tried on some. */
	if (share >= 100)
		text_copy(target.name, sizeof target.name, TUF_CANDIDATE_NAME);
	if ((e = next_generation(s, share, &release.generation, why)) != ERR_NONE ||
	    (e = segments_make(s, release.generation, database, why)) != ERR_NONE ||
	    (e = seal(s, database, name, &release, why)) != ERR_NONE ||
	    (e = tuf_repo_release(s->repo, &release, now, &target, why)) != ERR_NONE)
		return e;
	printf("released: generation %" PRIu64 ", sealed with epoch %s\n"
	       "  targets/%s, %" PRIu64 " bytes\n",
	    release.generation, release.epoch, target.path, target.length);
	if (share < 100)
		printf("  for %" PRIu32 " %% of the devices: \"rollout\" takes it further\n", share);
	if ((e = tuf_repo_prune(s->repo, now, PRUNE_AFTER, &pruned, why)) == ERR_NONE && pruned > 0)
		printf("  removed %zu files that nothing names any more\n", pruned);
	return e;
}

static enum err
release(const struct release_options *o, struct fault *why)
{
	struct site s = { .keys = -1, .folder = -1 };
	struct pool_database info;
	int64_t now = clock_wall();
	int database = -1;
	enum err e;

	if ((e = database_open_compiled(o->database, &database, why)) != ERR_NONE)
		goto done;
	if ((e = try_database(database, &info, why)) != ERR_NONE) {
		fault_within(why, "%s", o->database);
		goto done;
	}
	printf("tried: %s, %" PRIu64 " signatures, loads and scans in the sandbox\n", o->database,
	    info.signatures);
	if (o->corpus != NULL && (e = try_corpus(o, why)) != ERR_NONE)
		goto done;
	if ((e = site_open(&o->paths, &s, why)) != ERR_NONE)
		goto done;
	if ((e = publish(&s, database, o->share, now, why)) == ERR_NONE)
		site_print(&s, now);
done:
	site_close(&s);
	if (database >= 0)
		close(database);
	return e;
}

int
release_run(int argc, char **argv)
{
	struct release_options o = { .database = NULL };
	const struct option_spec specs[] = {
		{ "keys", 0, NULL, &o.paths.keys },
		{ "repo", 0, NULL, &o.paths.repo },
		{ "passphrase-file", 0, NULL, &o.paths.passphrase },
		{ "percent", 0, NULL, &o.percent },
		{ "corpus", 0, NULL, &o.corpus },
	};
	struct command_line line = { .usage = usage };
	uint64_t share = 100;
	struct fault why;
	enum err e;

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (o.paths.keys == NULL || o.paths.repo == NULL || line.operand_count != 1) {
		options_complain("release", "it needs --keys DIR, --repo DIR and one database");
		return PUBLISH_USAGE;
	}
	if (o.percent != NULL &&
	    (text_to_u64(bytes_of_text(o.percent), 100, &share) != ERR_NONE || share < 1)) {
		options_complain("release", "--percent takes 1 to 100");
		return PUBLISH_USAGE;
	}
	o.share = (uint32_t)share;
	o.database = line.operands[0];
	process_protect_memory();
	if ((e = release(&o, &why)) == ERR_NONE)
		return PUBLISH_DONE;
	options_say_fault("release", &why);
	if (e == ERR_FULL)
		fputs("Nothing was released; devices keep the last release. "
		      "Make room on the disk and run it again.\n", stderr);
	return PUBLISH_FAILED;
}
