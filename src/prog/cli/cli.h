/* cli/cli.h: what the subcommands of holdfast share: the exit codes, and where the daemon is. */
#ifndef HOLDFAST_CLI_CLI_H
#define HOLDFAST_CLI_CLI_H

#include "agent/talk.h"

/* Documented in holdfast(1). The first three are clamscan's. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_FOUND = 1,
	EXIT_ERROR = 2,		/* or a scan that could not look at everything */
	EXIT_REFUSED = 3,	/* because of the subscription */
	EXIT_WRONG_USE = 64
};

struct cli {
	const char *state;	/* the daemon's state directory */
	const char *usage;	/* of the subcommand */
};

/* argv[0] is the subcommand's name. Returns an exit code. */
typedef int command_fn(const struct cli *cli, int argc, char **argv);

command_fn cmd_activate, cmd_status, cmd_subscription, cmd_reactivate, cmd_contact, cmd_purchase, cmd_portal,
    cmd_scan, cmd_update, cmd_quarantine, cmd_history, cmd_devices, cmd_settings;

/* "holdfast: SENTENCE" to standard error; EXIT_ERROR. */
int cli_fail(const struct fault *why);

/* For a reply that is not the one hoped for: print why (a refusal, a fault) and return the exit code. */
int cli_unwelcome(const struct reply *reply);

/* The sentence and the subcommand's usage to standard error; EXIT_WRONG_USE. */
int cli_wrong_use(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
