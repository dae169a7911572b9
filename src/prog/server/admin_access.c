/* prog/server/admin_access.c: the vendor's commands on credentials: API keys and OAuth clients, of providers and
 * of the vendor itself. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "entitle/access.h"
#include "os/clock.h"
#include "prog/server/server.h"

static const char usage[] =
    "usage: holdfast-server key add --state DIR --provider ID|--vendor [--role ROLE] [--label TEXT]\n"
    "       holdfast-server key list --state DIR --provider ID|--vendor\n"
    "       holdfast-server key revoke --state DIR ID\n"
    "       holdfast-server client add|list|revoke ...   likewise, of a provider\n\n"
    "A key is an API key; its text is printed once, alone on a line. A client gets tokens at\n"
    "/oauth2/token; its id and secret are printed once, as JSON. A list is JSON, one a line.\n"
    "  --role ROLE   owner (unless given), operator, support, read_only\n"
    "  --label TEXT  what it is for, in your words\n"
    "  --vendor      a key that may do what only the vendor may\n";

struct access_options {
	const char *state;
	struct credential credential; /* kind, provider, role, label */
	bool vendor;
	const char *id;		/* to revoke */
	struct fault why;
};

static void
take_option(struct access_options *o, int which, const char *value)
{
	struct credential *c = &o->credential;

	switch (which) {
	case 's':
		o->state = value;
		break;
	case 'p':
		if (text_copy(c->provider, sizeof c->provider, value) != ERR_NONE)
			fault_set(&o->why, ERR_LIMIT, "that is no id of a provider");
		break;
	case 'r':
		if (!role_from_name(value, &c->role) || c->role == ROLE_VENDOR || c->role == ROLE_NONE)
			fault_set(&o->why, ERR_MALFORMED,
			    "--role takes owner, operator, support or read_only");
		break;
	case 'l':
		if (text_copy(c->label, sizeof c->label, value) != ERR_NONE || !text_is_plain(value))
			fault_set(&o->why, ERR_MALFORMED, "--label takes a short line of text");
		break;
	case 'v':
		o->vendor = true;
		break;
	default:
		fault_set(&o->why, ERR_MALFORMED, "see holdfast-server key --help");
	}
}

static void
check_options(struct access_options *o, int argc, char **argv)
{
	struct credential *c = &o->credential;
	bool has_provider = c->provider[0] != '\0';

	if (text_equal(argv[0], "revoke") && optind == argc - 1)
		o->id = argv[optind++];
	if (o->why.err != ERR_NONE)
		return;
	if (o->state == NULL || optind != argc)
		fault_set(&o->why, ERR_MALFORMED, "--state DIR is needed, and nothing else");
	else if (text_equal(argv[0], "revoke") && o->id == NULL)
		fault_set(&o->why, ERR_MALFORMED, "say which: the list shows their ids");
	else if (o->id == NULL && has_provider == o->vendor)
		fault_set(&o->why, ERR_MALFORMED, "say --provider ID or --vendor");
	else if (o->vendor && (c->kind == CREDENTIAL_CLIENT || c->role != ROLE_NONE))
		fault_set(&o->why, ERR_MALFORMED, "the vendor has keys alone, and they have no roles");
	else if (o->vendor)
		c->role = ROLE_VENDOR;
	else if (c->role == ROLE_NONE)
		c->role = ROLE_OWNER;
}

/* ${argv} begins with "add", "list" or "revoke". */
static void
read_options(struct access_options *o, int argc, char **argv)
{
	static const struct option known[] = { { "state", required_argument, NULL, 's' },
		{ "provider", required_argument, NULL, 'p' }, { "role", required_argument, NULL, 'r' },
		{ "label", required_argument, NULL, 'l' }, { "vendor", no_argument, NULL, 'v' }, { 0 } };
	int which;

	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1)
		take_option(o, which, optarg);
	check_options(o, argc, argv);
}

static int
print_line(json_t *line)
{
	if (line == NULL)
		return -1;
	json_dumpf(line, stdout, 0);
	putchar('\n');
	json_decref(line);
	return 0;
}

static enum err
add(struct store *store, struct access_options *o)
{
	struct credential *c = &o->credential;
	char secret[TOKEN_SIZE];
	enum err e = access_add(store, c, "vendor", clock_wall(), secret);

	if (e != ERR_NONE)
		return e;
	if (c->kind == CREDENTIAL_KEY)
		printf("%s\n", secret);
	else
		print_line(json_pack("{s:s, s:s}", "client_id", c->id, "client_secret", secret));
	return ERR_NONE;
}

struct listing {
	enum credential_kind kind;
};

static json_t *
time_to_json(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}

static bool
print_credential(void *ctx, const struct credential *c)
{
	const struct listing *l = ctx;

	if (c->kind != l->kind)
		return true;
	return print_line(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", c->id, "role",
		   role_name(c->role), "label", c->label, "created", time_to_json(c->created), "last_used",
		   time_to_json(c->last_used), "revoked", time_to_json(c->revoked))) == 0;
}

static enum err
list(struct store *store, struct access_options *o)
{
	struct listing l = { o->credential.kind };
	struct provider p;
	enum err e;

	if (!o->vendor && (e = store->get_provider(store, o->credential.provider, &p)) != ERR_NONE)
		return e;
	return store->access.list(store, o->credential.provider, print_credential, &l);
}

static enum err
revoke(struct store *store, struct access_options *o)
{
	struct credential c;
	enum err e;

	if ((e = store->access.get(store, o->id, &c)) != ERR_NONE)
		return e;
	if (c.kind != o->credential.kind)
		return ERR_NOT_FOUND;
	return access_revoke(store, c.provider, c.id, "vendor", clock_wall());
}

static const struct action {
	const char *name;
	enum err (*run)(struct store *store, struct access_options *o);
	const char *missing;	/* what ERR_NOT_FOUND means */
} actions[] = {
	{ "add", add, "there is no such provider; holdfast-server provider list prints them" },
	{ "list", list, "there is no such provider; holdfast-server provider list prints them" },
	{ "revoke", revoke, "there is none with this id; the list shows them" },
};

static int
act(const char *command, const struct action *a, struct access_options *o)
{
	struct store *store = server_open_store(o->state);
	enum err e;

	if (store == NULL)
		return EXIT_FAILED;
	e = a->run(store, o);
	store->close(store);
	if (e == ERR_NONE)
		return EXIT_DONE;
	fprintf(stderr, "holdfast-server %s %s: %s\n", command, a->name,
	    e == ERR_NOT_FOUND ? a->missing : err_name(e));
	return EXIT_FAILED;
}

static int
run(enum credential_kind kind, int argc, char **argv)
{
	struct access_options o = { .credential = { .kind = kind } };

	if (argc >= 2 && text_equal(argv[1], "--help"))
		return fputs(usage, stdout), EXIT_DONE;
	for (size_t i = 0; argc >= 2 && i < sizeof actions / sizeof actions[0]; i++) {
		if (!text_equal(argv[1], actions[i].name))
			continue;
		read_options(&o, argc - 1, argv + 1);
		if (o.why.err != ERR_NONE)
			return server_usage(argv[0], o.why.text);
		return act(argv[0], &actions[i], &o);
	}
	return server_usage(argv[0], "say add, list or revoke; see holdfast-server key --help");
}

int
server_key(int argc, char **argv)
{
	return run(CREDENTIAL_KEY, argc, argv);
}

int
server_client(int argc, char **argv)
{
	return run(CREDENTIAL_CLIENT, argc, argv);
}
