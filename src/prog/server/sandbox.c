/* prog/server/sandbox.c: a throw-away server for those who write an integration: on the loopback address, in a
 * directory of its own that is removed at the end, with one provider and a subscription in every state.
 * Owns its subscriptions; every rule is the authority's, as for any other server. */
#include <ftw.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "entitle/access.h"
#include "os/clock.h"
#include "prog/server/config.h"
#include "prog/server/server.h"
#include "tmforum/example.h"

static const char usage[] =
    "usage: holdfast-server sandbox [--port N]\n\n"
    "Runs a server on 127.0.0.1 with one provider and a subscription in every state, for those who\n"
    "write an integration. Prints one line of JSON: where it is, how to authenticate, and bodies that\n"
    "its interfaces accept. Runs until it is interrupted, and leaves nothing behind.\n"
    "  --port N  any free port unless given\n";

/* The name of a socket in the directory may have 107 bytes. */
enum { PARENT_MAX = 60 };
enum { DAY_S = 86400 };

/* The subscriptions, each brought into its state by what would have brought it there. */
static const struct example {
	const char *external_id;
	int64_t seats;
	int64_t ordered_d;	/* so many days ago */
	int64_t paid_d;		/* and paid for so many days from then; 0: open-ended */
	bool activated;		/* a device took a seat on the same day */
	enum sub_event event;	/* yesterday */
	enum reason reason;
} examples[] = {
	{ "sandbox-pending", 1, 1, 0, false, EV_NONE, REASON_NONE },
	{ "sandbox-active", 3, 30, 0, true, EV_NONE, REASON_NONE },
	{ "sandbox-suspended", 1, 60, 0, true, EV_SUSPEND, REASON_BILLING },
	{ "sandbox-cancelled", 1, 60, 0, true, EV_CANCEL, REASON_DISCONTINUED },
	{ "sandbox-expired", 1, 60, 30, true, EV_NONE, REASON_NONE },
};
enum { EXAMPLES = sizeof examples / sizeof examples[0] };

struct sandbox {
	struct store *store;
	struct provider provider;
	int64_t now;
	char key[TOKEN_SIZE];
	struct credential client;
	char client_secret[TOKEN_SIZE];
};

static enum err
activate(struct sandbox *s, const struct example *x, const char *code, int64_t at)
{
	struct activation a = { .peer = "sandbox" };
	struct refusal why = { "", "" };
	struct subscription sub;
	char token[TOKEN_SIZE];
	struct device d;
	int64_t retry_s;

	text_copy(a.code, sizeof a.code, code);
	snprintf(a.device.name, sizeof a.device.name, "Laptop of %s", x->external_id);
	snprintf(a.device.machine, sizeof a.device.machine, "machine-of-%s", x->external_id);
	text_copy(a.device.platform, sizeof a.device.platform, "linux");
	return authority_activate(s->store, &a, at, &d, token, &sub, &why, &retry_s);
}

static enum err
add_example(struct sandbox *s, const struct example *x)
{
	int64_t at = s->now - x->ordered_d * DAY_S;
	struct order order = { .seats = x->seats, .paid_until = x->paid_d == 0 ? 0 : at + x->paid_d * DAY_S };
	struct change change = { .event = x->event, .reason = x->reason, .actor = "sandbox" };
	char code[CODE_SHOWN_SIZE];
	struct subscription sub;
	struct refusal why;
	enum err e;

	text_copy(order.external_id, sizeof order.external_id, x->external_id);
	if ((e = authority_order(s->store, &s->provider, &order, at, &sub, code, &why)) != ERR_NONE)
		return e;
	if (x->activated && (e = activate(s, x, code, at)) != ERR_NONE)
		return e;
	if (x->event == EV_NONE)
		return ERR_NONE;
	return authority_change(s->store, &s->provider, sub.id, &change, s->now - DAY_S, &sub, &why);
}

static enum err
add_credentials(struct sandbox *s)
{
	struct credential key = { .kind = CREDENTIAL_KEY, .label = "sandbox", .role = ROLE_OWNER };
	enum err e;

	s->client = key;
	s->client.kind = CREDENTIAL_CLIENT;
	memcpy(key.provider, s->provider.id, ID_SIZE);
	memcpy(s->client.provider, s->provider.id, ID_SIZE);
	if ((e = access_add(s->store, &key, "sandbox", s->now, s->key)) != ERR_NONE)
		return e;
	return access_add(s->store, &s->client, "sandbox", s->now, s->client_secret);
}

static enum err
furnish(struct sandbox *s)
{
	static const struct provider provider = { .contact = { .name = "Sandbox Broadband",
						      .phone = "+44 20 7946 0000",
						      .web = "https://broadband.example/help",
						      .hours = "Mon-Fri 9-17" } };
	enum err e;

	s->provider = provider;
	s->provider.policy = policy_default();
	e = authority_add_provider(s->store, &s->provider, "vendor", s->now - 90 * DAY_S, NULL);
	if (e == ERR_NONE)
		e = add_credentials(s);
	for (size_t i = 0; i < EXAMPLES && e == ERR_NONE; i++)
		e = add_example(s, &examples[i]);
	return e;
}

/* The one line. ${base} ends with a slash, which the line leaves out. */
static enum err
print_line(const struct sandbox *s, const char *base)
{
	json_t *line = json_pack("{s:s#, s:s, s:s, s:s, s:o, s:o}", "base", base, (int)strlen(base) - 1,
	    "api_key", s->key, "client_id", s->client.id, "client_secret", s->client_secret,
	    "example_order", example_order(s->now), "example_service",
	    example_service(s->now));
	enum err e = ERR_NOMEM;

	if (line != NULL)
		e = json_dumpf(line, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n' &&
			fflush(stdout) == 0
		    ? ERR_NONE
		    : ERR_IO;
	json_decref(line);
	return e;
}

static enum err
open_sandbox(void *ctx, const struct config *config, struct fault *why)
{
	struct sandbox s = { .now = clock_wall() };
	enum err e = ERR_IO;

	(void)ctx;
	if ((s.store = server_open_store(config->state)) == NULL)
		return fault_set(why, e, "the store cannot be used");
	if ((e = furnish(&s)) != ERR_NONE)
		fault_set(why, e, "the examples cannot be made: %s", err_name(e));
	else if ((e = print_line(&s, config->base_url)) != ERR_NONE)
		fault_set(why, e, "the line cannot be printed: %s", err_name(e));
	s.store->close(s.store);
	return e;
}

static int
remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info, (void)type, (void)where;
	/* What cannot be removed must not keep the rest. */
	if (remove(path) != 0)
		perror(path);
	return 0;
}

static int
make_directory(char out[static CONFIG_PATH_SIZE])
{
	const char *parent = getenv("TMPDIR");

	if (parent == NULL || parent[0] != '/' || strlen(parent) > PARENT_MAX)
		parent = "/tmp";
	snprintf(out, CONFIG_PATH_SIZE, "%s/holdfast-sandbox-XXXXXX", parent);
	if (mkdtemp(out) != NULL)
		return EXIT_DONE;
	perror(out);
	return EXIT_FAILED;
}

static int
read_options(int argc, char **argv, struct config *c)
{
	static const struct option known[] = { { "port", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	uint64_t port;
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (o == 'h')
			return fputs(usage, stdout), -1;
		if (o != 'p')
			return server_usage("sandbox", "see holdfast-server sandbox --help");
		if (text_to_u64(bytes_of_text(optarg), 65535, &port) != ERR_NONE)
			return server_usage("sandbox", "--port takes a number from 0 to 65535");
		c->listen_port = (int)port;
	}
	if (optind != argc)
		return server_usage("sandbox", "see holdfast-server sandbox --help");
	return EXIT_DONE;
}

int
server_sandbox(int argc, char **argv)
{
	static struct config config;
	struct serving serving = { "sandbox", &config, open_sandbox, NULL, true };
	sigset_t set;
	int status;

	config_init(&config);
	if ((status = read_options(argc, argv, &config)) != EXIT_DONE)
		return status < 0 ? EXIT_DONE : status;
	/* From here on a signal waits until the directory can be removed behind it. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if ((status = make_directory(config.state)) != EXIT_DONE)
		return status;
	status = server_serve(&serving);
	nftw(config.state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}
