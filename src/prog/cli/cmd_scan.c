/* cli/cmd_scan.c: holdfast scan: what agent/scanning.h does, told as report.h tells it. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "agent/scanning.h"
#include "prog/cli/cli.h"
#include "prog/cli/report.h"

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static void
tell_result(void *ctx, const struct scanning_result *result)
{
	struct report *r = ctx;

	r->bytes += result->size;
	report_verdict(r, result->path, result->verdict, result->entry, result->trouble);
}

static void
tell_unread(void *ctx, const char *path, const char *why)
{
	report_error(ctx, path, why);
}

static void
tell_progress(void *ctx, const char *path)
{
	report_progress(ctx, path);
}

static bool
is_interrupted(void *ctx)
{
	(void)ctx;
	return interrupted != 0;
}

static int
exit_code(const struct report *r)
{
	if (r->infected > 0)
		return EXIT_FOUND;
	return r->errors > 0 || r->incomplete > 0 || r->cancelled ? EXIT_ERROR : EXIT_FINE;
}

static int
run(const struct scanning_order *order, struct report *r)
{
	const struct scanning_face face = { .result = tell_result, .unread = tell_unread,
		.progress = tell_progress, .cancelled = is_interrupted, .ctx = r };
	struct sigaction on_int = { .sa_handler = on_interrupt };
	static struct reply said;
	struct fault why;
	enum err e;
	int code;

	/* Once to stop in order, twice to stop at once: what is half done is settled by the daemon. */
	on_int.sa_flags = (int)SA_RESETHAND;
	sigaction(SIGINT, &on_int, NULL);
	e = scanning_run(order, &face, &said, &why);
	r->cancelled = interrupted != 0;
	code = said.kind != REPLY_NONE ? cli_unwelcome(&said) : e != ERR_NONE ? cli_fail(&why) : EXIT_FINE;
	/* Nothing was begun: there is nothing to sum up. */
	if (code != EXIT_FINE && r->files == 0 && r->errors == 0)
		return code;
	report_end(r);
	return code != EXIT_FINE ? code : exit_code(r);
}

int
cmd_scan(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ "no-quarantine", no_argument, NULL, 'n' }, { NULL, 0, NULL, 0 } };
	struct scanning_order order = { .state = cli->state, .quarantine = true };
	struct report report;
	bool json = false;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 'j' && o != 'n')
			return cli_wrong_use(cli, "unknown option");
		json = json || o == 'j';
		order.quarantine = order.quarantine && o != 'n';
	}
	if (optind == argc)
		return cli_wrong_use(cli, "scan takes files and folders");
	order.paths = argv + optind;
	order.count = (size_t)(argc - optind);
	report_begin(&report, json);
	return run(&order, &report);
}
