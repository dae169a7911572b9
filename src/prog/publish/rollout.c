/* publish/rollout.c: "holdfast-publish rollout": a release that is tried on some goes to more, to all, or is halted. All
 * of it is publishing: no device is told anything but what is signed. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "prog/publish/health.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/site.h"
#include "tuf/rollout.h"

static const char usage[] =
    "usage: holdfast-publish rollout --keys DIR --repo DIR [--passphrase-file FILE]\n"
    "                                [--percent N | --halt | --health FILE]\n"
    "\n"
    "Without an option, say what is being tried, and on how many.\n"
    "\n"
    "  --percent N     let N percent of the devices take the candidate; 100: it is the release\n"
    "  --halt          give all devices what was released before, as a new generation\n"
    "  --health FILE   go on to the next step (1, 10, 100), stay, or halt, as the report says:\n"
    "                  {\"generation\":G,\"devices\":N,\"failed\":N,\"crashed\":N,\"detected\":N,\"usual\":N}\n"
    "                  Without a report of enough devices on this generation it stays as it is.\n"
    "\n"
    "Exit status: 0; 1 when it failed; 2 when --health halted the rollout; 3 when it stays.\n";

enum { HALTED = 2, STAYED = 3, REPORT_MAX = 65536 };

struct rollout_options {
	struct site_paths paths;
	const char *percent, *health;
	bool halt;
};

struct rollout {
	struct site site;
	struct tuf_target release, candidate;
	int64_t now;
};

static enum err
open_rollout(const struct rollout_options *o, struct rollout *r, struct fault *why)
{
	enum err e;

	r->now = clock_wall();
	if ((e = site_open(&o->paths, &r->site, why)) != ERR_NONE)
		return e;
	if ((e = tuf_repo_find(r->site.repo, TUF_RELEASE_NAME, &r->release, why)) == ERR_NONE &&
	    (e = tuf_repo_find(r->site.repo, TUF_CANDIDATE_NAME, &r->candidate, why)) == ERR_NOT_FOUND)
		fault_set(why, e, "nothing is being tried: \"release --percent\" begins a rollout");
	if (e != ERR_NONE)
		site_close(&r->site);
	return e;
}

static enum err
set_percent(struct rollout *r, uint32_t percent, struct fault *why)
{
	struct tuf_target put = { .is_release = true, .release = r->candidate.release };
	struct tuf_repo_words words = { &put, TUF_CANDIDATE_NAME, NULL };
	enum err e;

	put.release.percent = percent;
	text_copy(put.name, sizeof put.name, percent >= 100 ? TUF_RELEASE_NAME : TUF_CANDIDATE_NAME);
	if (percent >= 100)
		words.drop = TUF_CANDIDATE_NAME;
	if ((e = tuf_repo_say(r->site.repo, words, r->now, why)) == ERR_NONE)
		printf("generation %" PRIu64 ": for %" PRIu32 " %% of the devices\n", put.release.generation, percent);
	return e;
}

/* What was released before, under a generation that is higher than the bad one's. */
static enum err
halt(struct rollout *r, struct fault *why)
{
	struct tuf_target put = { .is_release = true, .release = r->release.release };
	const struct tuf_repo_words words = { &put, TUF_RELEASE_NAME, TUF_CANDIDATE_NAME };
	enum err e;

	text_copy(put.name, sizeof put.name, TUF_RELEASE_NAME);
	put.release.generation = r->candidate.release.generation + 1;
	if ((e = tuf_repo_say(r->site.repo, words, r->now, why)) == ERR_NONE)
		printf("halted: generation %" PRIu64 "; generation %" PRIu64 " brings back %" PRIu64 "\n",
		    r->candidate.release.generation, put.release.generation, r->release.release.generation);
	return e;
}

static uint32_t
next_step(uint32_t percent)
{
	static const uint32_t steps[] = TUF_ROLLOUT_STEPS;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (steps[i] > percent)
			return steps[i];
	return 100;
}

static enum err
follow_health(struct rollout *r, const char *path, int *code, struct fault *why)
{
	struct health health;
	struct buf text;
	char words[256];
	enum err e;

	buf_init(&text, REPORT_MAX);
	if ((e = file_read(AT_FDCWD, path, &text, why)) != ERR_NONE ||
	    (e = health_read(buf_bytes(&text), &health, why)) != ERR_NONE) {
		fault_within(why, "%s", path);
		goto done;
	}
	switch (health_judge(&health, r->candidate.release.generation, words, sizeof words)) {
	case HEALTH_GOOD:
		puts(words);
		e = set_percent(r, next_step(r->candidate.release.percent), why);
		break;
	case HEALTH_BAD:
		puts(words);
		*code = HALTED;
		e = halt(r, why);
		break;
	case HEALTH_UNKNOWN:
		printf("%s: it stays at %" PRIu32 " %%\n", words, r->candidate.release.percent);
		*code = STAYED;
		break;
	}
done:
	buf_fini(&text);
	return e;
}

static enum err
run(const struct rollout_options *o, uint32_t percent, int *code, struct fault *why)
{
	struct rollout r;
	enum err e;

	if ((e = open_rollout(o, &r, why)) != ERR_NONE)
		return e;
	if (o->halt)
		e = halt(&r, why);
	else if (o->health != NULL)
		e = follow_health(&r, o->health, code, why);
	else if (o->percent != NULL)
		e = set_percent(&r, percent, why);
	else
		printf("generation %" PRIu64 " is tried on %" PRIu32 " %% of the devices; all others have %" PRIu64 "\n",
		    r.candidate.release.generation, r.candidate.release.percent,
		    r.release.release.generation);
	site_close(&r.site);
	return e;
}

int
rollout_run(int argc, char **argv)
{
	struct rollout_options o = { .halt = false };
	const struct option_spec specs[] = {
		{ "keys", 0, NULL, &o.paths.keys },
		{ "repo", 0, NULL, &o.paths.repo },
		{ "passphrase-file", 0, NULL, &o.paths.passphrase },
		{ "percent", 0, NULL, &o.percent },
		{ "health", 0, NULL, &o.health },
		{ "halt", 0, &o.halt, NULL },
	};
	struct command_line line = { .usage = usage };
	int code = PUBLISH_DONE;
	uint64_t percent = 100;
	struct fault why;

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (o.paths.keys == NULL || o.paths.repo == NULL || line.operand_count != 0 ||
	    (o.percent != NULL) + (o.health != NULL) + o.halt > 1) {
		options_complain("rollout", "it needs --keys DIR and --repo DIR, and one step at most");
		return PUBLISH_USAGE;
	}
	if (o.percent != NULL &&
	    (text_to_u64(bytes_of_text(o.percent), 100, &percent) != ERR_NONE || percent < 1)) {
		options_complain("rollout", "--percent takes 1 to 100");
		return PUBLISH_USAGE;
	}
	process_protect_memory();
	if (run(&o, (uint32_t)percent, &code, &why) == ERR_NONE)
		return code;
	options_say_fault("rollout", &why);
	return PUBLISH_FAILED;
}
