/* prog/server/admin_provider.c: the vendor's commands on providers. */
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "entitle/access.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/server/server.h"

static const char provider_usage[] =
    "usage: holdfast-server provider add --state DIR --name NAME [--phone P] [--web URL]\n"
    "         [--hours TEXT] [--verify-url URL] [--verify-token-file FILE]\n"
    "         [--lease SPAN] [--checkin SPAN] [--grace SPAN] [--doubt SPAN] [--retention SPAN]\n"
    "         [--billing-grace SPAN] [--request-grace SPAN] [--expiry-grace SPAN]\n"
    "         [--activate-within SPAN] [--transfers N] [--undo SPAN] [--backdate SPAN]\n"
    "         [--reconcile SPAN]\n"
    "       holdfast-server provider set --state DIR --provider ID [OPTION...]\n"
    "       holdfast-server provider list --state DIR\n\n"
    "Prints JSON. set changes what is given, as add takes it. A SPAN is a number with s, m, h or d, such as 72h. --verify-url is asked\n"
    "about a subscription when a person chooses Reactivate: URL?subscription=EXTERNAL_ID\n"
    "answers {\"state\": \"active\" | \"suspended\" | \"cancelled\"}.\n";

struct provider_options {
	const char *state, *token_file;
	const char *id;		/* which one to change */
	struct provider provider;
	struct fault why;
};

static void
take_text(struct provider_options *o, const char *name, char *out, size_t size, const char *value)
{
	if (text_copy(out, size, value) != ERR_NONE)
		fault_set(&o->why, ERR_LIMIT, "--%s may have at most %zu bytes", name, size - 1);
	else if (!text_is_plain(value))
		fault_set(&o->why, ERR_MALFORMED, "--%s holds control characters", name);
}

/* What a provider decides once for all its subscriptions: each an option here, and a member of what is printed.
 * What is too much is the authority's to say, but for what no lease or agent can do. */
enum { MONTH_S = 31 * 86400, WEEK_S = 7 * 86400, SPAN_MAX_S = 3660 * 86400 };
static const struct policy_option {
	const char *name, *key;
	size_t offset;
	int64_t least, most;	/* seconds; of "transfers", moves */
} policy_options[] = {
	{ "lease", "lease_s", offsetof(struct policy, lease_s), 1, MONTH_S },
	{ "checkin", "checkin_s", offsetof(struct policy, checkin_s), 1, WEEK_S },
	{ "grace", "grace_s", offsetof(struct policy, grace_s), 0, MONTH_S },
	{ "doubt", "doubt_s", offsetof(struct policy, doubt_s), 0, MONTH_S },
	{ "retention", "retention_s", offsetof(struct policy, retention_s), 0, SPAN_MAX_S },
	{ "billing-grace", "billing_grace_s", offsetof(struct policy, billing_grace_s), 0, SPAN_MAX_S },
	{ "request-grace", "request_grace_s", offsetof(struct policy, request_grace_s), 0, SPAN_MAX_S },
	{ "expiry-grace", "expiry_grace_s", offsetof(struct policy, expiry_grace_s), 0, SPAN_MAX_S },
	{ "activate-within", "activate_s", offsetof(struct policy, activate_s), 0, SPAN_MAX_S },
	{ "undo", "undo_s", offsetof(struct policy, undo_s), 0, SPAN_MAX_S },
	{ "backdate", "backdate_s", offsetof(struct policy, backdate_s), 0, SPAN_MAX_S },
	{ "reconcile", "reconcile_s", offsetof(struct policy, reconcile_s), 0, SPAN_MAX_S },
	{ "transfers", "transfers", offsetof(struct policy, transfers), 0, 1000 },
};
enum { POLICY_OPTIONS = sizeof policy_options / sizeof policy_options[0], POLICY_FIRST = 256 };

static void
take_policy(struct provider_options *o, const struct policy_option *option, const char *value)
{
	int64_t *out = (int64_t *)((char *)&o->provider.policy + option->offset);
	uint64_t number;

	if (text_equal(option->name, "transfers")) {
		if (text_to_u64(bytes_of_text(value), (uint64_t)option->most, &number) == ERR_NONE)
			*out = (int64_t)number;
		else
			fault_set(&o->why, ERR_MALFORMED, "--transfers takes a number, 0 for no limit");
	} else if (text_to_seconds(value, (uint64_t)option->most, out) != ERR_NONE ||
	    *out < option->least) {
		fault_set(&o->why, ERR_MALFORMED,
		    "--%s takes a span from %ds to %dd, such as 30s, 4h or 3d, not \"%.50s\"", option->name,
		    (int)option->least, (int)(option->most / 86400), value);
	}
}

static void
take_option(struct provider_options *o, int which, const char *value)
{
	struct provider *p = &o->provider;

	switch (which) {
	case 's':
		o->state = value;
		break;
	case 'i':
		o->id = value;
		break;
	case 'n':
		take_text(o, "name", p->contact.name, sizeof p->contact.name, value);
		break;
	case 'p':
		take_text(o, "phone", p->contact.phone, sizeof p->contact.phone, value);
		break;
	case 'w':
		take_text(o, "web", p->contact.web, sizeof p->contact.web, value);
		break;
	case 'o':
		take_text(o, "hours", p->contact.hours, sizeof p->contact.hours, value);
		break;
	case 'v':
		take_text(o, "verify-url", p->verify_url, sizeof p->verify_url, value);
		break;
	case 't':
		o->token_file = value;
		break;
	default:
		if (which >= POLICY_FIRST)
			take_policy(o, &policy_options[which - POLICY_FIRST], value);
		else
			fault_set(&o->why, ERR_MALFORMED, "see holdfast-server provider --help");
	}
}

/* False: usage was printed, or was wrong; *status is the exit status. */
static bool
read_provider_options(int argc, char **argv, struct provider_options *o, int *status)
{
	static const struct option fixed[] = { { "state", required_argument, NULL, 's' },
		{ "provider", required_argument, NULL, 'i' },
		{ "name", required_argument, NULL, 'n' }, { "phone", required_argument, NULL, 'p' },
		{ "web", required_argument, NULL, 'w' }, { "hours", required_argument, NULL, 'o' },
		{ "verify-url", required_argument, NULL, 'v' },
		{ "verify-token-file", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' } };
	enum { FIXED = sizeof fixed / sizeof fixed[0] };
	struct option known[FIXED + POLICY_OPTIONS + 1] = { { 0 } };
	int which;

	memcpy(known, fixed, sizeof fixed);
	for (int i = 0; i < POLICY_OPTIONS; i++)
		known[FIXED + i] = (struct option){ policy_options[i].name, required_argument, NULL,
			POLICY_FIRST + i };
	optind = 0;	/* set reads them twice */
	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (which == 'h') {
			fputs(provider_usage, stdout);
			*status = EXIT_DONE;
			return false;
		}
		take_option(o, which, optarg);
	}
	if (o->why.err == ERR_NONE && (o->state == NULL || optind != argc))
		fault_set(&o->why, ERR_MALFORMED, "--state DIR is needed, and nothing else");
	if (o->why.err != ERR_NONE) {
		*status = server_usage("provider", o->why.text);
		return false;
	}
	return true;
}

static enum err
read_token(struct provider_options *o)
{
	struct bytes text;
	struct buf b;
	enum err e;

	buf_init(&b, sizeof o->provider.verify_token);
	if ((e = file_read(AT_FDCWD, o->token_file, &b, &o->why)) == ERR_NONE) {
		text = buf_bytes(&b);
		e = text_from_bytes(o->provider.verify_token, sizeof o->provider.verify_token,
		    bytes_first(text, bytes_find(text, '\n')));
	}
	buf_fini(&b);
	return e;
}

static bool
print_provider(void *ctx, const struct provider *p)
{
	json_t *policy = json_object(), *line;

	(void)ctx;
	for (size_t i = 0; i < POLICY_OPTIONS; i++)
		json_object_set_new(policy, policy_options[i].key,
		    json_integer(*(const int64_t *)((const char *)&p->policy + policy_options[i].offset)));
	line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "id", p->id, "name", p->contact.name,
	    "phone", p->contact.phone, "web", p->contact.web, "hours", p->contact.hours, "verify_url",
	    p->verify_url, "policy", policy, "retail", p->retail);
	if (line == NULL)
		return false;
	json_dumpf(line, stdout, 0);
	putchar('\n');
	json_decref(line);
	return true;
}

static int
add_provider(struct provider_options *o)
{
	struct store *store;
	enum err e;

	if (o->provider.contact.name[0] == '\0')
		return server_usage("provider add", "--name NAME is needed");
	if (o->token_file != NULL && read_token(o) != ERR_NONE)
		return server_usage("provider add", o->why.text);
	if ((store = server_open_store(o->state)) == NULL)
		return EXIT_FAILED;
	if ((e = authority_add_provider(store, &o->provider, clock_wall())) == ERR_NONE)
		print_provider(NULL, &o->provider);
	else
		fprintf(stderr, "holdfast-server provider add: %s\n", err_name(e));
	store->close(store);
	return e == ERR_NONE ? EXIT_DONE : EXIT_FAILED;
}

static int
list_providers(struct provider_options *o)
{
	struct store *store = server_open_store(o->state);
	enum err e;

	if (store == NULL)
		return EXIT_FAILED;
	e = store->list_providers(store, print_provider, NULL);
	store->close(store);
	return e == ERR_NONE ? EXIT_DONE : EXIT_FAILED;
}

/* The options are read once for the id and once more over what the provider is now. */
static int
set_provider(struct provider_options *o, int argc, char **argv)
{
	struct store *store = NULL;
	int status = EXIT_FAILED;
	enum err e;

	if (o->id == NULL)
		return server_usage("provider set", "--provider ID is needed");
	if ((store = server_open_store(o->state)) == NULL)
		return EXIT_FAILED;
	if ((e = store->get_provider(store, o->id, &o->provider)) == ERR_NONE) {
		if (!read_provider_options(argc, argv, o, &status))
			goto done;
		e = o->token_file == NULL ? ERR_NONE : read_token(o);
	}
	if (e == ERR_NONE)
		e = authority_set_provider(store, &o->provider, "vendor", clock_wall(), &o->why);
	if (e == ERR_NONE) {
		print_provider(NULL, &o->provider);
		status = EXIT_DONE;
	} else {
		fprintf(stderr, "holdfast-server provider set: %s\n",
		    e == ERR_NOT_FOUND		? "there is no such provider; provider list prints them"
			: o->why.text[0] != '\0' ? o->why.text
						 : err_name(e));
	}
done:
	store->close(store);
	return status;
}

int
server_provider(int argc, char **argv)
{
	struct provider_options o = { .provider = { .policy = policy_default() } };
	const char *action = argc < 2 ? "" : argv[1];
	int status;

	if (action[0] == '-') {
		if (read_provider_options(argc, argv, &o, &status))
			status = server_usage("provider", "say add, set or list");
		return status;
	}
	if (!text_equal(action, "add") && !text_equal(action, "set") && !text_equal(action, "list"))
		return server_usage("provider", "say add, set or list");
	if (!read_provider_options(argc - 1, argv + 1, &o, &status))
		return status;
	if (text_equal(action, "set"))
		return set_provider(&o, argc - 1, argv + 1);
	return text_equal(action, "add") ? add_provider(&o) : list_providers(&o);
}
