/* prog/server/server.h: the subcommands of holdfast-server. Each takes its own arguments (argv[0] is its
 * name) and returns the program's exit status: 0 done, 1 failed, 2 wrong usage. */
#ifndef HOLDFAST_PROG_SERVER_SERVER_H
#define HOLDFAST_PROG_SERVER_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "entitle/store.h"
#include "service/place.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int server_run(int argc, char **argv);		/* run.c */
int server_sandbox(int argc, char **argv);	/* sandbox.c */
int server_provider(int argc, char **argv);	/* admin_provider.c */
int server_key(int argc, char **argv);		/* admin_access.c */
int server_client(int argc, char **argv);	/* admin_access.c */
int server_user(int argc, char **argv);		/* admin_user.c */
int server_log(int argc, char **argv);		/* admin_log.c */
int server_trust(int argc, char **argv);	/* admin_trust.c */

/* More names in the state directory, which only the parent needs. */
#define STATE_BASE_URL "base-url"	/* the running or last base URL, and a newline */
#define STATE_PORT "port"		/* the port that was found when any free one was asked for */
#define STATE_LOCK "lock"

/* Open the store in the state directory ${state}; prints why not. NULL on failure. */
struct store *server_open_store(const char *state);

/* How server_serve serves. */
struct config;
struct serving {
	const char *command;	/* whose name stands before what goes wrong */
	struct config *config;	/* its state names a directory; the base URL is filled in */
	/* Called once, when the sockets are open: an error stops the server again, and is said. */
	enum err (*ready)(void *ctx, const struct config *config, struct fault *why);
	void *ctx;
	bool ends_on_hangup;	/* SIGHUP stops it, rather than have the epoch keys read again */
};

/* Run the server until SIGTERM or SIGINT, which are blocked from here on, and return the exit status.
 * No process of it is left. Once in a program. run.c. */
int server_serve(const struct serving *serving);

/* Say on standard error what is wrong with the command's usage; returns EXIT_USAGE. */
int server_usage(const char *command, const char *usage);

#endif
