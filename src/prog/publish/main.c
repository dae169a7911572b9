/* holdfast-publish: makes protection data: compiles, tests, signs and releases it, and scans with it.
 * This file owns the table of subcommands. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "prog/publish/publish.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} subcommands[] = {
	{ "build", build_run, "compile signatures into a database" },
	{ "scan", scan_run, "scan files with a database, without a subscription" },
	{ "explain", explain_run, "show which parts of which signatures stand where in a file" },
	{ "keys", keys_run, "make the keys that releases are signed and sealed with" },
	{ "root", root_run, "change keys, or renew the root: draft, sign, keep" },
	{ "release", release_run, "test, seal, sign and publish a database" },
	{ "rollout", rollout_run, "take a release that is tried on some to more, to all, or halt it" },
	{ "resign", resign_run, "sign what is published anew, before it expires" },
};

enum { SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

static void
print_usage(FILE *to)
{
	fputs("usage: holdfast-publish SUBCOMMAND [OPTION...] [OPERAND...]\n"
	      "       holdfast-publish --help | --version\n\n", to);
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		fprintf(to, "  %-10s%s\n", subcommands[i].name, subcommands[i].summary);
	fputs("\n\"holdfast-publish SUBCOMMAND --help\" explains each. See holdfast-publish(1).\n", to);
}

int
main(int argc, char **argv)
{
	log_init("holdfast-publish");
	if (argc == 2 && text_equal(argv[1], "--help")) {
		print_usage(stdout);
		return PUBLISH_DONE;
	}
	if (argc == 2 && text_equal(argv[1], "--version")) {
		puts("holdfast-publish " HOLDFAST_VERSION);
		return PUBLISH_DONE;
	}
	for (size_t i = 0; argc > 1 && i < SUBCOMMANDS; i++)
		if (text_equal(argv[1], subcommands[i].name))
			return subcommands[i].run(argc - 1, argv + 1);
	if (argc > 1)
		fprintf(stderr, "holdfast-publish: there is no subcommand \"%s\"\n\n", argv[1]);
	print_usage(stderr);
	return PUBLISH_USAGE;
}
