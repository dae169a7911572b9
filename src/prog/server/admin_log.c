/* prog/server/admin_log.c: print the event log and verify its hash chains. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/timestamp.h"
#include "codec/encode.h"
#include "entitle/event.h"
#include "prog/server/server.h"

static const char usage[] =
    "usage: holdfast-server log --state DIR [--json] [--chain ID] [--quiet]\n\n"
    "Prints every event, oldest first, and then whether the hash chains hold.\n"
    "  --chain ID  only the events of one subscription (or \"vendor\")\n"
    "  --json      one JSON object a line; the last is the verification\n"
    "  --quiet     only the verification\n"
    "Exit status 1 when a chain is broken.\n";

static bool
print_text(void *ctx, const struct event *e)
{
	char when[TIMESTAMP_SIZE], hash[HASH_HEX_SIZE];

	(void)ctx;
	timestamp_write(e->at, when);
	encode_hex(bytes_of(e->hash, sizeof e->hash), hash);
	printf("%s  %-30s #%-3" PRId64 " %-16s %s\n      %s  %.16s\n", when, e->chain, e->seq, e->kind,
	    e->actor, e->detail, hash);
	return true;
}

static bool
print_json(void *ctx, const struct event *e)
{
	json_t *detail = json_loads(e->detail, 0, NULL), *line;
	char when[TIMESTAMP_SIZE], hash[HASH_HEX_SIZE];

	(void)ctx;
	timestamp_write(e->at, when);
	encode_hex(bytes_of(e->hash, sizeof e->hash), hash);
	line = json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:s}", "at", when, "chain", e->chain, "seq",
	    (json_int_t)e->seq, "kind", e->kind, "actor", e->actor, "detail",
	    detail == NULL ? json_null() : detail, "hash", hash);
	if (line == NULL)
		return false;
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
	return true;
}

static void
print_check(const struct event_check *c, bool json)
{
	if (json)
		printf("{\"events\":%" PRId64 ",\"chains\":%" PRId64 ",\"intact\":%s,\"broken_at\":%" PRId64
		       "}\n",
		    c->events, c->chains, c->broken_at == 0 ? "true" : "false", c->broken_at);
	else if (c->broken_at == 0)
		printf("log: %" PRId64 " events in %" PRId64 " chains, every hash holds\n", c->events,
		    c->chains);
	else
		printf("log: BROKEN: the event at position %" PRId64 " does not follow from the one before\n",
		    c->broken_at);
}

static int
show(const char *state, const char *chain, bool json, bool quiet)
{
	struct store *store = server_open_store(state);
	struct event_check check;
	enum err e = ERR_NONE;

	if (store == NULL)
		return EXIT_FAILED;
	if (!quiet)
		e = store->list_events(store, chain, 0, json ? print_json : print_text, NULL);
	if (e == ERR_NONE)
		e = event_verify_log(store, &check);
	store->close(store);
	if (e != ERR_NONE) {
		fprintf(stderr, "holdfast-server log: the store failed: %s\n", err_name(e));
		return EXIT_FAILED;
	}
	print_check(&check, json);
	return check.broken_at == 0 ? EXIT_DONE : EXIT_FAILED;
}

int
server_log(int argc, char **argv)
{
	static const struct option known[] = { { "state", required_argument, NULL, 's' },
		{ "chain", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	const char *state = NULL, *chain = NULL;
	bool json = false, quiet = false;
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 's':
			state = optarg;
			break;
		case 'c':
			chain = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'q':
			quiet = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return server_usage("log", "see holdfast-server log --help");
		}
	}
	if (state == NULL || optind != argc)
		return server_usage("log", "--state DIR is needed; see holdfast-server log --help");
	return show(state, chain, json, quiet);
}
