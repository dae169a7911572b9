/* publish/resign.c: "holdfast-publish resign": what is published stays good for longer. */
#include <stdio.h>

#include "os/clock.h"
#include "os/process.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/site.h"

static const char usage[] =
    "usage: holdfast-publish resign --keys DIR --repo DIR\n"
    "\n"
    "Sign the timestamp anew, and snapshot and targets when less than a third of their time\n"
    "is left. Run it at least daily: a timestamp is good for three days, and devices call\n"
    "their protection data stale after that.\n"
    "\n"
    "  --keys DIR    made by \"holdfast-publish keys\"\n"
    "  --repo DIR    where releases are published\n";

static enum err
resign(const char *keys, const char *repo, struct fault *why)
{
	int64_t now = clock_wall();
	struct site s;
	enum err e;

	if ((e = site_open(keys, repo, &s, why)) != ERR_NONE)
		return e;
	if ((e = tuf_repo_resign(s.repo, now, why)) == ERR_NONE) {
		printf("signed anew: %s\n", repo);
		site_print(&s, now);
	}
	site_close(&s);
	return e;
}

int
resign_run(int argc, char **argv)
{
	const char *keys = NULL, *repo = NULL;
	const struct option_spec specs[] = {
		{ "keys", 0, NULL, &keys },
		{ "repo", 0, NULL, &repo },
	};
	struct command_line line = { .usage = usage };
	struct fault why;

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (keys == NULL || repo == NULL || line.operand_count != 0) {
		options_complain("resign", "it needs --keys DIR and --repo DIR, and nothing else");
		return PUBLISH_USAGE;
	}
	process_protect_memory();
	if (resign(keys, repo, &why) == ERR_NONE)
		return PUBLISH_DONE;
	options_say_fault("resign", &why);
	return PUBLISH_FAILED;
}
