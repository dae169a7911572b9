/* publish/resign.c: "holdfast-publish resign": what is published stays good for longer; once, or as a service that
 * cries out before anything ends. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "os/clock.h"
#include "os/process.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/site.h"

static const char usage[] =
    "usage: holdfast-publish resign --keys DIR --repo DIR [--passphrase-file FILE]\n"
    "                               [--every SPAN [--alarm PROGRAM]]\n"
    "\n"
    "Sign the timestamp anew, and snapshot and targets when less than a third of their time\n"
    "is left. A timestamp is good for three days, and devices call their protection data stale\n"
    "after that. Targets whose keys are sealed or elsewhere are left as they are while they hold.\n"
    "\n"
    "  --keys DIR    made by \"holdfast-publish keys\"\n"
    "  --repo DIR    where releases are published\n"
    "  --passphrase-file FILE   its first line opens sealed keys; only targets' are needed, and only\n"
    "                           every 60 days\n"
    "  --every SPAN  do it again and again, such as 1h, until it is told to end (SIGTERM)\n"
    "  --alarm PROGRAM   run it, with a sentence as its argument, when it fails, or when something\n"
    "                    that only a person can renew ends within 30 days; also to standard error\n";

enum {
	SPAN_MAX = 86400,		/* a third of a timestamp's life: two failures are survived */
	WARNING = 30 * 86400
};

struct resign_options {
	struct site_paths paths;
	const char *every, *alarm;
};

static volatile sig_atomic_t ending;

static void
on_signal(int number)
{
	(void)number;
	ending = 1;
}

/* Say it, and have it said. Waits for the program, so that alarms do not pile up. */
static void
raise_alarm(const struct resign_options *o, const char *sentence)
{
	pid_t pid;

	fprintf(stderr, "holdfast-publish resign: ALARM: %s\n", sentence);
	if (o->alarm == NULL)
		return;
	if ((pid = fork()) == 0) {
		execl(o->alarm, o->alarm, sentence, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void
look_ahead(const struct resign_options *o, const struct site *s, bool targets_due, int64_t now)
{
	char when[TIMESTAMP_SIZE], sentence[256];

	timestamp_write(tuf_repo_expires(s->repo, TUF_ROOT), when);
	snprintf(sentence, sizeof sentence, "the root ends at %s: \"holdfast-publish root\" renews it", when);
	if (tuf_repo_expires(s->repo, TUF_ROOT) - now < WARNING)
		raise_alarm(o, sentence);
	timestamp_write(tuf_repo_expires(s->repo, TUF_TARGETS), when);
	snprintf(sentence, sizeof sentence,
	    "the targets metadata ends at %s, and its keys are not here or sealed: bring them", when);
	if (targets_due)
		raise_alarm(o, sentence);
}

static enum err
resign(const struct resign_options *o, struct fault *why)
{
	int64_t now = clock_wall();
	bool targets_due;
	struct site s;
	enum err e;

	if ((e = site_open(&o->paths, &s, why)) != ERR_NONE)
		return e;
	if ((e = tuf_repo_resign(s.repo, now, &targets_due, why)) == ERR_NONE) {
		printf("signed anew: %s\n", o->paths.repo);
		site_print(&s, now);
		look_ahead(o, &s, targets_due, now);
	}
	site_close(&s);
	return e;
}

/* Until it is told to end. A failure is cried out each time: the timestamp outlives several. */
static void
serve(const struct resign_options *o, int64_t every)
{
	const struct timespec span = { (time_t)every, 0 };
	const struct sigaction end = { .sa_handler = on_signal };
	char sentence[FAULT_TEXT + 64];
	struct fault why;

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	while (!ending) {
		if (resign(o, &why) != ERR_NONE) {
			snprintf(sentence, sizeof sentence, "nothing was signed: %s", why.text);
			raise_alarm(o, sentence);
		}
		if (!ending)
			nanosleep(&span, NULL);
	}
}

static int
run(const struct resign_options *o)
{
	struct fault why;
	int64_t every;

	if (o->every != NULL &&
	    (text_to_seconds(o->every, SPAN_MAX, &every) != ERR_NONE || every < 1)) {
		options_complain("resign", "--every takes a span such as 1h, at most 24h");
		return PUBLISH_USAGE;
	}
	process_protect_memory();
	if (o->every != NULL) {
		serve(o, every);
		return PUBLISH_DONE;
	}
	if (resign(o, &why) == ERR_NONE)
		return PUBLISH_DONE;
	options_say_fault("resign", &why);
	return PUBLISH_FAILED;
}

int
resign_run(int argc, char **argv)
{
	struct resign_options o = { .every = NULL };
	const struct option_spec specs[] = {
		{ "keys", 0, NULL, &o.paths.keys },
		{ "repo", 0, NULL, &o.paths.repo },
		{ "passphrase-file", 0, NULL, &o.paths.passphrase },
		{ "every", 0, NULL, &o.every },
		{ "alarm", 0, NULL, &o.alarm },
	};
	struct command_line line = { .usage = usage };

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (o.paths.keys == NULL || o.paths.repo == NULL || line.operand_count != 0) {
		options_complain("resign", "it needs --keys DIR and --repo DIR, and nothing else");
		return PUBLISH_USAGE;
	}
	return run(&o);
}
