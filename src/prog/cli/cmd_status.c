/* cli/cmd_status.c: holdfast status, subscription, contact: what the device knows of itself. */
#include <getopt.h>
#include <stdio.h>

#include "base/text.h"
#include "prog/cli/show.h"
#include "prog/cli/watch.h"

enum { WAIT_S = 60, WAIT_MAX_S = 86400 };

struct wish {
	bool json, watch;
	const char *wait;	/* the condition to wait for, or NULL */
	int64_t timeout_s;
};

static enum err
ask_status(const struct cli *cli, struct device_status *out, struct fault *why)
{
	const struct request request = { .kind = REQUEST_STATUS };
	static struct reply reply;
	enum err e = talk_once(cli->state, &request, &reply, why);

	if (e != ERR_NONE)
		return e;
	if (reply.kind != REPLY_STATUS)
		return fault_set(why, ERR_MALFORMED, "holdfastd gave an answer to another question");
	*out = reply.status;
	return ERR_NONE;
}

/* -1: go on; else the exit code. ${letters}: which of the options this command has. */
static int
read_options(const struct cli *cli, int argc, char **argv, const struct option *options,
    struct wish *out)
{
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'j':
			out->json = true;
			break;
		case 'W':
			out->watch = true;
			break;
		case 'w':
			out->wait = optarg;
			break;
		case 't':
			if (text_to_seconds(optarg, WAIT_MAX_S, &out->timeout_s) != ERR_NONE)
				return cli_wrong_use(cli, "--timeout must be a span such as 10s");
			break;
		default:
			return cli_wrong_use(cli, "unknown option");
		}
	}
	if (optind != argc)
		return cli_wrong_use(cli, "%s takes no arguments", argv[0]);
	return -1;
}

static bool
has_condition(void *ctx, const struct device_status *s)
{
	return text_equal(ctx, condition_name(s->condition));
}

int
cmd_status(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ "wait", required_argument, NULL, 'w' }, { "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 } };
	struct wish wish = { .timeout_s = WAIT_S };
	struct device_status s;
	struct fault why;
	enum err e;
	int code;

	if ((code = read_options(cli, argc, argv, options, &wish)) >= 0)
		return code;
	if (wish.wait == NULL)
		e = ask_status(cli, &s, &why);
	else if (text_equal(wish.wait, "protected") || text_equal(wish.wait, "grace") ||
	    text_equal(wish.wait, "unprotected"))
		e = watch_until(cli, has_condition, (void *)(uintptr_t)wish.wait, wish.timeout_s, &s,
		    &why);
	else
		return cli_wrong_use(cli, "--wait takes protected, grace or unprotected");
	if (e == ERR_TIMEOUT)
		fault_set(&why, e, "this device did not become %s in time", wish.wait);
	if (e != ERR_NONE)
		return cli_fail(&why);
	if (wish.json)
		return show_json(show_json_status(&s)) ? EXIT_FINE : EXIT_ERROR;
	show_status(&s);
	return EXIT_FINE;
}

static bool
show_and_go_on(void *ctx, const struct device_status *s)
{
	const struct wish *wish = ctx;

	if (wish->json) {
		show_json(show_json_subscription(s));
	} else {
		show_subscription(s);
		printf("\n");
		fflush(stdout);
	}
	return false;
}

int
cmd_subscription(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'W' }, { NULL, 0, NULL, 0 } };
	struct wish wish = { .timeout_s = -1 };
	struct device_status s;
	struct fault why;
	int code;

	if ((code = read_options(cli, argc, argv, options, &wish)) >= 0)
		return code;
	if (wish.watch && watch_until(cli, show_and_go_on, &wish, -1, &s, &why) != ERR_NONE)
		return cli_fail(&why);
	if (ask_status(cli, &s, &why) != ERR_NONE)
		return cli_fail(&why);
	if (wish.json)
		return show_json(show_json_subscription(&s)) ? EXIT_FINE : EXIT_ERROR;
	show_subscription(&s);
	return EXIT_FINE;
}

int
cmd_contact(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 } };
	struct wish wish = { .json = false };
	struct device_status s;
	struct fault why;
	int code;

	if ((code = read_options(cli, argc, argv, options, &wish)) >= 0)
		return code;
	if (ask_status(cli, &s, &why) != ERR_NONE)
		return cli_fail(&why);
	if (s.provider.name[0] == '\0') {
		fault_set(&why, ERR_NOT_FOUND,
		    "this device is not activated yet, so it knows of no provider");
		return cli_fail(&why);
	}
	if (wish.json) {
		json_t *status = show_json_status(&s);
		bool shown = show_json(json_incref(json_object_get(status, "provider")));

		json_decref(status);
		return shown ? EXIT_FINE : EXIT_ERROR;
	}
	show_contact(&s);
	return EXIT_FINE;
}
