/* publish/release.c: "holdfast-publish release": a database that was tried in the sandbox, sealed,
 * signed and published. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "crypto/random.h"
#include "os/clock.h"
#include "os/process.h"
#include "pool/pool.h"
#include "prog/publish/database.h"
#include "prog/publish/epoch.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/site.h"

static const char usage[] =
    "usage: holdfast-publish release --keys DIR --repo DIR [--passphrase-file FILE] DB.hfdb\n"
    "\n"
    "Load the database in the sandbox and try it; then seal it with the newest epoch's key,\n"
    "sign it and publish it under the next generation in the repository, a folder that any\n"
    "static web server serves. Interrupted anywhere, the repository stays as it was, and the\n"
    "next run completes.\n"
    "\n"
    "  --keys DIR    made by \"holdfast-publish keys\"\n"
    "  --repo DIR    made when it is missing\n"
    "  --passphrase-file FILE   its first line opens sealed keys\n";

/* The one target's name: what devices ask for. */
static const char target_name[] = "holdfast.hfdb";

struct release_options {
	struct site_paths paths;
	const char *database;
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

/* The generation after the one that is published. */
static enum err
next_generation(const struct site *s, uint64_t *out, struct fault *why)
{
	struct tuf_target published;
	enum err e = tuf_repo_find(s->repo, target_name, &published, why);

	if (e == ERR_NOT_FOUND) {
		*out = 1;
		return ERR_NONE;
	}
	if (e == ERR_NONE && !published.is_release)
		e = fault_set(why, ERR_MALFORMED,
		    "what is published as %s has no generation", target_name);
	if (e == ERR_NONE)
		*out = published.release.generation + 1;
	return e;
}

/* Seal ${database} into the repository, and fill in ${release}. */
static enum err
seal(const struct site *s, int database, struct tuf_release *release, struct fault *why)
{
	struct seal_key key;
	enum err e;
	int sealed;

	if ((e = epoch_newest(s->keys, release->epoch, &key, why)) != ERR_NONE)
		goto done;
	if ((e = tuf_repo_start(s->repo, target_name, &sealed, why)) != ERR_NONE)
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
publish(struct site *s, int database, int64_t now, struct fault *why)
{
	struct tuf_release release = { .generation = 0 };
	struct tuf_target target;
	enum err e;

	if ((e = next_generation(s, &release.generation, why)) != ERR_NONE ||
	    (e = seal(s, database, &release, why)) != ERR_NONE ||
	    (e = tuf_repo_release(s->repo, &release, now, &target, why)) != ERR_NONE)
		return e;
	printf("released: generation %" PRIu64 ", sealed with epoch %s\n"
	       "  targets/%s, %" PRIu64 " bytes\n",
	    release.generation, release.epoch, target.path, target.length);
	return ERR_NONE;
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
	if ((e = site_open(&o->paths, &s, why)) != ERR_NONE)
		goto done;
	if ((e = publish(&s, database, now, why)) == ERR_NONE)
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
	};
	struct command_line line = { .usage = usage };
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
