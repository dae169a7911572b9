/* prog/server/admin_user.c: the vendor's commands on people who sign in to the console. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "crypto/random.h"
#include "entitle/access.h"
#include "entitle/session.h"
#include "entitle/user.h"
#include "os/clock.h"
#include "prog/server/server.h"

static const char usage[] =
    "usage: holdfast-server user add --state DIR --provider ID|--vendor --mail ADDRESS --name TEXT [--role ROLE]\n"
    "       holdfast-server user list --state DIR --provider ID|--vendor\n"
    "       holdfast-server user set --state DIR [--role ROLE] [--name TEXT] WHO\n"
    "       holdfast-server user reset|disable|enable --state DIR WHO\n\n"
    "People who sign in to the console at /console. WHO is an id or an address.\n"
    "add and reset print JSON with a password, once: it is to be changed when it is first used, and an\n"
    "authenticator app is then set up. A reset also forgets the app that was lost. A list is JSON, one a line.\n"
    "  --role ROLE   owner (unless given), operator, support, read_only\n";

struct user_options {
	const char *state;
	struct user user;	/* provider, mail, name, role */
	bool vendor;
	const char *who;	/* which one, for all but add and list */
	struct fault why;
	struct refusal refusal;
};

static void
take_option(struct user_options *o, int which, const char *value)
{
	struct user *u = &o->user;

	switch (which) {
	case 's':
		o->state = value;
		break;
	case 'p':
		if (text_copy(u->provider, sizeof u->provider, value) != ERR_NONE)
			fault_set(&o->why, ERR_LIMIT, "that is no id of a provider");
		break;
	case 'm':
		if (text_copy(u->mail, sizeof u->mail, value) != ERR_NONE)
			fault_set(&o->why, ERR_LIMIT, "--mail takes an address of mail");
		break;
	case 'n':
		if (value[0] == '\0' || text_copy(u->name, sizeof u->name, value) != ERR_NONE)
			fault_set(&o->why, ERR_LIMIT, "--name takes a name, in a short line");
		break;
	case 'r':
		if (!role_from_name(value, &u->role) || u->role > ROLE_OWNER)
			fault_set(&o->why, ERR_MALFORMED,
			    "--role takes owner, operator, support or read_only");
		break;
	case 'v':
		o->vendor = true;
		break;
	default:
		fault_set(&o->why, ERR_MALFORMED, "see holdfast-server user --help");
	}
}

/* An action, and what it must be told. */
struct action {
	const char *name;
	bool of_provider;	/* --provider or --vendor; else who it is */
	enum err (*run)(struct store *store, struct user_options *o);
};

static void
check_options(const struct action *a, struct user_options *o, int argc, char **argv)
{
	if (!a->of_provider && optind == argc - 1)
		o->who = argv[optind++];
	if (o->why.err != ERR_NONE)
		return;
	if (o->state == NULL || optind != argc)
		fault_set(&o->why, ERR_MALFORMED, "--state DIR is needed, and nothing else");
	else if (!a->of_provider && o->who == NULL)
		fault_set(&o->why, ERR_MALFORMED, "say who: the list shows their ids and addresses");
	else if (a->of_provider && (o->user.provider[0] != '\0') == o->vendor)
		fault_set(&o->why, ERR_MALFORMED, "say --provider ID or --vendor");
}

static void
read_options(const struct action *a, struct user_options *o, int argc, char **argv)
{
	static const struct option known[] = { { "state", required_argument, NULL, 's' },
		{ "provider", required_argument, NULL, 'p' }, { "vendor", no_argument, NULL, 'v' },
		{ "mail", required_argument, NULL, 'm' }, { "name", required_argument, NULL, 'n' },
		{ "role", required_argument, NULL, 'r' }, { 0 } };
	int which;

	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1)
		take_option(o, which, optarg);
	check_options(a, o, argc, argv);
}

static void
print_line(json_t *line)
{
	if (line == NULL)
		return;
	json_dumpf(line, stdout, 0);
	putchar('\n');
	json_decref(line);
}

static void
print_password(const struct user *u, char password[static USER_PASSWORD_SIZE])
{
	print_line(json_pack("{s:s, s:s, s:s}", "id", u->id, "mail", u->mail, "password", password));
	random_forget(password, USER_PASSWORD_SIZE);
}

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
print_user(void *ctx, const struct user *u)
{
	(void)ctx;
	print_line(json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "id", u->id, "mail", u->mail, "name",
	    u->name, "role", role_name(u->role), "authenticator", u->totp_on, "created", time_to_json(u->created),
	    "last_seen", time_to_json(u->last_seen), "disabled", time_to_json(u->disabled)));
	return true;
}

static enum err
add(struct store *store, struct user_options *o)
{
	char password[USER_PASSWORD_SIZE];
	enum err e;

	if (o->user.role == ROLE_NONE)
		o->user.role = ROLE_OWNER;
	if ((e = user_add(store, &o->user, "vendor", clock_wall(), password, &o->refusal)) == ERR_NONE)
		print_password(&o->user, password);
	return e;
}

static enum err
list(struct store *store, struct user_options *o)
{
	struct provider p;
	enum err e;

	if (!o->vendor && (e = store->get_provider(store, o->user.provider, &p)) != ERR_NONE)
		return e;
	return store->user.list(store, o->user.provider, print_user, NULL);
}

static enum err
find(struct store *store, const char *who, struct user *out)
{
	char mail[MAIL_ADDRESS_SIZE];

	if (strchr(who, '@') == NULL)
		return store->user.get(store, who, out);
	return session_normalise_address(who, mail) ? store->user.find(store, mail, out) : ERR_NOT_FOUND;
}

static enum err
change(struct store *store, struct user_options *o, const bool *disabled)
{
	struct user_change c = { .role = o->user.role, .disabled = disabled, .even_last = true, .actor = "vendor" };
	struct user u;
	enum err e;

	if ((e = find(store, o->who, &u)) != ERR_NONE)
		return e;
	c.provider = u.provider;
	c.id = u.id;
	c.name = o->user.name[0] == '\0' ? NULL : o->user.name;
	return user_change(store, &c, clock_wall(), &u, &o->refusal);
}

static enum err
set(struct store *store, struct user_options *o)
{
	return change(store, o, NULL);
}

static enum err
disable(struct store *store, struct user_options *o)
{
	return change(store, o, &(const bool){ true });
}

static enum err
enable(struct store *store, struct user_options *o)
{
	return change(store, o, &(const bool){ false });
}

static enum err
reset(struct store *store, struct user_options *o)
{
	char password[USER_PASSWORD_SIZE];
	struct user u;
	enum err e;

	if ((e = find(store, o->who, &u)) != ERR_NONE ||
	    (e = user_reset(store, u.provider, u.id, "vendor", clock_wall(), password)) != ERR_NONE)
		return e;
	print_password(&u, password);
	return ERR_NONE;
}

static const struct action actions[] = {
	{ "add", true, add },
	{ "list", true, list },
	{ "set", false, set },
	{ "reset", false, reset },
	{ "disable", false, disable },
	{ "enable", false, enable },
};

static int
act(const struct action *a, struct user_options *o)
{
	struct store *store = server_open_store(o->state);
	const char *sentence;
	enum err e;

	if (store == NULL)
		return EXIT_FAILED;
	e = a->run(store, o);
	store->close(store);
	if (e == ERR_NONE)
		return EXIT_DONE;
	sentence = o->refusal.detail[0] != '\0' ? o->refusal.detail : err_name(e);
	if (e == ERR_NOT_FOUND)
		sentence = a->of_provider ? "there is no such provider; holdfast-server provider list prints them"
					  : "there is nobody like that; holdfast-server user list prints them";
	fprintf(stderr, "holdfast-server user %s: %s\n", a->name, sentence);
	return EXIT_FAILED;
}

int
server_user(int argc, char **argv)
{
	struct user_options o = { .user = { .role = ROLE_NONE } };

	if (argc >= 2 && text_equal(argv[1], "--help"))
		return fputs(usage, stdout), EXIT_DONE;
	for (size_t i = 0; argc >= 2 && i < sizeof actions / sizeof actions[0]; i++) {
		if (!text_equal(argv[1], actions[i].name))
			continue;
		read_options(&actions[i], &o, argc - 1, argv + 1);
		if (o.why.err != ERR_NONE)
			return server_usage("user", o.why.text);
		return act(&actions[i], &o);
	}
	return server_usage("user", "say add, list, set, reset, disable or enable; see holdfast-server user --help");
}
