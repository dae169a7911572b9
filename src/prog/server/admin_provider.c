/* prog/server/admin_provider.c: the vendor's commands on providers. */
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "entitle/access.h"
#include "entitle/authority_tree.h"
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
    "         [--parent ID]\n"
    "       holdfast-server provider set --state DIR --provider ID [OPTION...]\n"
    "       holdfast-server provider suspend --state DIR --provider ID [--reason REASON] [--spare SPAN]\n"
    "       holdfast-server provider resume --state DIR --provider ID\n"
    "       holdfast-server provider list --state DIR\n\n"
    "Prints JSON. set changes what is given, as add takes it; --parent none: below nobody. suspend stops the\n"
    "protection of all its subscribers and of those of all providers below it, at once, or when --spare is over;\n"
    "REASON is billing or provider_request. resume: each is as it was. A SPAN is a number with s, m, h or d, such as 72h. --verify-url is asked\n"
    "about a subscription when a person chooses Reactivate: URL?subscription=EXTERNAL_ID\n"
    "answers {\"state\": \"active\" | \"suspended\" | \"cancelled\"}.\n";

struct provider_options {
	const char *state, *token_file;
	const char *id;		/* which one to change */
	const char *parent;	/* the one above it, or "none"; NULL: as it is */
	struct provider_stop stop;
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
 * What is too much is the authority's to say. */
static const struct policy_option {
	const char *name, *key;
	size_t offset;
	int64_t least, most;	/* seconds; of "transfers", moves */
} policy_options[] = {
	{ "lease", "lease_s", offsetof(struct policy, lease_s), 1, LEASE_MAX_S },
	{ "checkin", "checkin_s", offsetof(struct policy, checkin_s), 1, CHECKIN_MAX_S },
	{ "grace", "grace_s", offsetof(struct policy, grace_s), 0, LEASE_MAX_S },
	{ "doubt", "doubt_s", offsetof(struct policy, doubt_s), 0, LEASE_MAX_S },
	{ "retention", "retention_s", offsetof(struct policy, retention_s), 0, RETENTION_MAX_S },
	{ "billing-grace", "billing_grace_s", offsetof(struct policy, billing_grace_s), 0, STOPPED_GRACE_MAX_S },
	{ "request-grace", "request_grace_s", offsetof(struct policy, request_grace_s), 0, STOPPED_GRACE_MAX_S },
	{ "expiry-grace", "expiry_grace_s", offsetof(struct policy, expiry_grace_s), 0, STOPPED_GRACE_MAX_S },
	{ "activate-within", "activate_s", offsetof(struct policy, activate_s), 0, RETENTION_MAX_S },
	{ "undo", "undo_s", offsetof(struct policy, undo_s), 0, TRANSFER_WINDOW_S },
	{ "backdate", "backdate_s", offsetof(struct policy, backdate_s), 0, RETENTION_MAX_S },
	{ "reconcile", "reconcile_s", offsetof(struct policy, reconcile_s), 0, RETENTION_MAX_S },
	{ "transfers", "transfers", offsetof(struct policy, transfers), 0, TRANSFERS_MAX },
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
	case 'a':
		o->parent = value;
		break;
	case 'r':
		if (!reason_from_code(value, &o->stop.reason) ||
		    (o->stop.reason != REASON_BILLING && o->stop.reason != REASON_PROVIDER_REQUEST))
			fault_set(&o->why, ERR_MALFORMED, "--reason takes billing or provider_request, not \"%.50s\"",
			    value);
		break;
	case 'e':
		if (text_to_seconds(value, TREE_GRACE_MAX_S, &o->stop.grace_s) != ERR_NONE)
			fault_set(&o->why, ERR_MALFORMED, "--spare takes a span from 0s to %dd, such as 14d, not \"%.50s\"",
			    TREE_GRACE_MAX_S / 86400, value);
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
		{ "parent", required_argument, NULL, 'a' },
		{ "reason", required_argument, NULL, 'r' },
		{ "spare", required_argument, NULL, 'e' },
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
	line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:s, s:s}", "id", p->id, "name",
	    p->contact.name, "phone", p->contact.phone, "web", p->contact.web, "hours", p->contact.hours,
	    "verify_url", p->verify_url, "policy", policy, "retail", p->retail, "parent", p->place.parent,
	    "suspended_for", reason_code(p->place.suspended_for));
	if (line == NULL)
		return false;
	if (p->place.suspended_for != REASON_NONE) {
		char since[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];

		timestamp_write(p->place.suspended, since);
		timestamp_write(p->place.spared_until, until);
		json_object_set_new(line, "suspended", json_string(since));
		json_object_set_new(line, "protected_until", json_string(until));
	}
	json_dumpf(line, stdout, 0);
	putchar('\n');
	json_decref(line);
	return true;
}

/* What a rule returned, when it was no success. */
static int
say_refused(const char *command, enum err e, const struct refusal *why)
{
	fprintf(stderr, "holdfast-server provider %s: %s\n", command,
	    e == ERR_CONFLICT	 ? why->detail
		: e == ERR_NOT_FOUND ? "there is no such provider; provider list prints them"
				     : err_name(e));
	return EXIT_FAILED;
}

static enum err
put_below(struct store *store, struct provider_options *o, struct refusal *why)
{
	if (o->parent == NULL)
		return ERR_NONE;
	return authority_set_parent(store, &o->provider, text_equal(o->parent, "none") ? "" : o->parent, "vendor",
	    clock_wall(), why);
}

/* With a parent or not at all. */
static enum err
add_in_place(struct store *store, struct provider_options *o, struct refusal *why)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = authority_add_provider(store, &o->provider, "vendor", clock_wall(), &o->why)) == ERR_NONE &&
	    (e = put_below(store, o, why)) == ERR_NONE)
		e = store->commit(store);
	if (e != ERR_NONE)
		store->rollback(store);
	return e;
}

static int
add_provider(struct provider_options *o)
{
	struct refusal why = { "", "" };
	struct store *store;
	enum err e;

	if (o->provider.contact.name[0] == '\0')
		return server_usage("provider add", "--name NAME is needed");
	if (o->token_file != NULL && read_token(o) != ERR_NONE)
		return server_usage("provider add", o->why.text);
	if ((store = server_open_store(o->state)) == NULL)
		return EXIT_FAILED;
	if ((e = add_in_place(store, o, &why)) == ERR_NONE)
		print_provider(NULL, &o->provider);
	else if (o->why.text[0] != '\0')
		fprintf(stderr, "holdfast-server provider add: %s\n", o->why.text);
	else
		say_refused("add", e, &why);
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
	struct refusal why = { "", "" };
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
	if (e == ERR_NONE)
		e = put_below(store, o, &why);
	if (e == ERR_NONE) {
		print_provider(NULL, &o->provider);
		status = EXIT_DONE;
	} else if (o->why.text[0] != '\0') {
		fprintf(stderr, "holdfast-server provider set: %s\n", o->why.text);
	} else {
		say_refused("set", e, &why);
	}
done:
	store->close(store);
	return status;
}

static int
stop_or_start(struct provider_options *o, const char *action)
{
	struct refusal why = { "", "" };
	int status = EXIT_DONE;
	struct store *store;
	enum err e;

	if (o->id == NULL)
		return server_usage("provider", "suspend and resume need --provider ID");
	if ((store = server_open_store(o->state)) == NULL)
		return EXIT_FAILED;
	if ((e = store->get_provider(store, o->id, &o->provider)) == ERR_NONE)
		e = text_equal(action, "suspend")
		    ? authority_suspend_provider(store, &o->provider, &o->stop, clock_wall(), &why)
		    : authority_resume_provider(store, &o->provider, "vendor", clock_wall(), &why);
	if (e == ERR_NONE)
		print_provider(NULL, &o->provider);
	else
		status = say_refused(action, e, &why);
	store->close(store);
	return status;
}

int
server_provider(int argc, char **argv)
{
	static const char *const actions[] = { "add", "set", "suspend", "resume", "list" };
	static const char say[] = "say add, set, suspend, resume or list";
	struct provider_options o = { .provider = { .policy = policy_default() },
		.stop = { .reason = REASON_PROVIDER_REQUEST, .actor = "vendor" } };
	const char *action = argc < 2 ? "" : argv[1];
	bool known = false;
	int status;

	if (action[0] == '-') {
		if (read_provider_options(argc, argv, &o, &status))
			status = server_usage("provider", say);
		return status;
	}
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		known = known || text_equal(action, actions[i]);
	if (!known)
		return server_usage("provider", say);
	if (!read_provider_options(argc - 1, argv + 1, &o, &status))
		return status;
	if (text_equal(action, "set"))
		return set_provider(&o, argc - 1, argv + 1);
	if (text_equal(action, "add"))
		return add_provider(&o);
	return text_equal(action, "list") ? list_providers(&o) : stop_or_start(&o, action);
}
