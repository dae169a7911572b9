/* cli/main.c: holdfast: the command line of a protected device. Talks to holdfastd's socket alone. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/place.h"
#include "base/log.h"
#include "base/text.h"
#include "prog/cli/cli.h"

static const struct command {
	const char *name, *arguments, *summary;
	command_fn *run;
} commands[] = {
	{ "activate", "CODE|- [--name NAME] [--replace DEVICE]", "take a seat of a subscription",
	    cmd_activate },
	{ "status", "[--json] [--wait CONDITION [--timeout SPAN]]", "say how this device is protected",
	    cmd_status },
	{ "subscription", "[--json] [--watch]", "show the Subscription window", cmd_subscription },
	{ "reactivate", "", "ask the provider again: I've resolved the issue", cmd_reactivate },
	{ "contact", "[--json]", "show how to reach the service provider", cmd_contact },
	{ "purchase", "", "help me stay protected: where to buy", cmd_purchase },
	{ "devices", "[--json]", "which devices share this subscription", cmd_devices },
	{ "settings", "[--json] [quarantine|gentle|notify=yes|no] [skip+=PATH] [skip-=PATH]",
	    "show or change what is set on this device", cmd_settings },
	{ "portal", "", "see and change the whole subscription in a browser", cmd_portal },
	{ "scan", "[--json] [--no-quarantine] PATH...", "scan files and folders", cmd_scan },
	{ "update", "", "fetch new protection data now", cmd_update },
	{ "quarantine", "list [--json] | restore ID [--to FILE] | export ID FILE | delete ID",
	    "what was found and put away", cmd_quarantine },
	{ "history", "[--json]", "what happened on this device", cmd_history },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void
print_help(FILE *to)
{
	fputs("usage: holdfast [--state DIR] COMMAND [ARGUMENT...]\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].summary);
	fputs("\n--state DIR (or " AGENT_STATE_VARIABLE ") names holdfastd's directory, " AGENT_STATE_DIR
	      " unless given.\nExit status: 0 fine, 1 something was found, 2 an error, 3 the subscription "
	      "does not allow it,\n64 wrong use. holdfast COMMAND --help says more; so does "
	      "holdfast(1).\n",
	    to);
}

static int
run_command(const struct command *c, struct cli *cli, int argc, char **argv)
{
	char usage[256];

	snprintf(usage, sizeof usage, "%s %s", c->name, c->arguments);
	cli->usage = usage;
	for (int i = 1; i < argc && !text_equal(argv[i], "--"); i++) {
		if (!text_equal(argv[i], "--help"))
			continue;
		printf("usage: holdfast %s\n%s; see holdfast(1)\n", usage, c->summary);
		return EXIT_FINE;
	}
	return c->run(cli, argc, argv);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .state = getenv(AGENT_STATE_VARIABLE) };
	int at = 1;

	setlocale(LC_ALL, "");
	log_init("holdfast");
	if (cli.state == NULL || cli.state[0] == '\0')
		cli.state = AGENT_STATE_DIR;
	if (argc > 2 && text_equal(argv[1], "--state")) {
		cli.state = argv[2];
		at = 3;
	}
	if (at < argc && text_equal(argv[at], "--help"))
		return print_help(stdout), EXIT_FINE;
	if (at < argc && text_equal(argv[at], "--version"))
		return puts("holdfast " HOLDFAST_VERSION), EXIT_FINE;
	for (size_t i = 0; at < argc && i < COMMANDS; i++)
		if (text_equal(argv[at], commands[i].name))
			return run_command(&commands[i], &cli, argc - at, argv + at);
	if (at < argc)
		fprintf(stderr, "holdfast: there is no command \"%s\"\n", argv[at]);
	print_help(stderr);
	return EXIT_WRONG_USE;
}
