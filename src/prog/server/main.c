/* prog/server/main.c: holdfast-server: runs the server, and the vendor's commands on its store. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "os/file.h"
#include "os/process.h"
#include "prog/server/server.h"
#include "store/store_sqlite.h"

static const struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", "run the server", server_run },
	{ "sandbox", "run a throw-away server with examples in it, to try the interfaces", server_sandbox },
	{ "provider", "add or list service providers", server_provider },
	{ "key", "add, list or revoke API keys", server_key },
	{ "client", "add, list or revoke OAuth clients of a provider", server_client },
	{ "user", "add, list or change people who sign in to the console", server_user },
	{ "log", "print the event log and verify its hash chain", server_log },
	{ "trust", "print the trust file for the agents", server_trust },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void
print_help(FILE *to)
{
	fputs("usage: holdfast-server COMMAND --state DIR [OPTION...]\n\ncommands:\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\nholdfast-server COMMAND --help says more; so does holdfast-server(8).\n", to);
}

int
server_usage(const char *command, const char *usage)
{
	fprintf(stderr, "holdfast-server %s: %s\n", command, usage);
	return EXIT_USAGE;
}

/* The store has a folder of its own, made in a state directory that must be there. */
static enum err
make_store_dir(const char *state, struct fault *why)
{
	int dir = -1, store = -1;
	enum err e;

	if ((e = file_open_dir(AT_FDCWD, state, false, &dir, why)) == ERR_NONE &&
	    (e = file_open_dir(dir, STATE_STORE_DIR, true, &store, why)) == ERR_NONE)
		close(store);
	if (dir >= 0)
		close(dir);
	return e;
}

struct store *
server_open_store(const char *state)
{
	struct store *store = NULL;
	struct fault why;
	char path[4096];

	if (snprintf(path, sizeof path, "%s/" STATE_STORE, state) >= (int)sizeof path) {
		fprintf(stderr, "holdfast-server: the path %s is too long\n", state);
		return NULL;
	}
	if (make_store_dir(state, &why) != ERR_NONE ||
	    store_sqlite_open(path, &store, &why) != ERR_NONE) {
		fprintf(stderr, "holdfast-server: %s\n", why.text);
		return NULL;
	}
	return store;
}

int
main(int argc, char **argv)
{
	log_init("holdfast-server");
	process_protect_memory();
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (text_equal(argv[1], "--help") || text_equal(argv[1], "-h")) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (text_equal(argv[1], "--version")) {
		puts("holdfast-server " HOLDFAST_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (text_equal(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "holdfast-server: there is no command \"%s\"; see holdfast-server --help\n",
	    argv[1]);
	return EXIT_USAGE;
}
