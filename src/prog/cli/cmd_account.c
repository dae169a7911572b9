/* cli/cmd_account.c: holdfast activate, reactivate, purchase, portal, update: what asks the service. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "crypto/random.h"
#include "prog/cli/show.h"
#include "prog/cli/watch.h"

/* How long activate waits for the protection data to arrive, so that it can say "protected". */
enum { DATA_WAIT_S = 30 };

/* A line to whoever sits at the terminal, while it takes time. */
static void
progress(const char *text)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", text);
}

/* True once nothing more is to be waited for: protected, or not for a reason that data does not cure. */
static bool
is_settled(void *ctx, const struct device_status *s)
{
	(void)ctx;
	return s->condition != CONDITION_UNPROTECTED || s->reason != REASON_UPDATE_STALE ||
	    s->update_trouble[0] != '\0';
}

/* Show what came of it. EXIT_FINE when the device is protected, or will be as soon as its data came. */
static int
show_result(const struct cli *cli)
{
	struct device_status s = { .condition = CONDITION_UNPROTECTED };
	struct fault why;
	enum err e = watch_until(cli, is_settled, NULL, DATA_WAIT_S, &s, &why);

	if (e != ERR_NONE && e != ERR_TIMEOUT)
		return cli_fail(&why);
	show_status(&s);
	return s.condition != CONDITION_UNPROTECTED || s.reason == REASON_UPDATE_STALE ? EXIT_FINE
										       : EXIT_REFUSED;
}

static void
show_seats(const struct seat_list *seats)
{
	char when[TIMESTAMP_HUMAN_SIZE];

	fprintf(stderr, "All seats of this subscription are taken:\n\n");
	for (uint32_t i = 0; i < seats->count; i++) {
		const struct seat_holder *h = &seats->holders[i];

		timestamp_write_human(h->last_seen, when);
		fprintf(stderr, "  %u. %s  (%s, last seen %s)\n", i + 1, h->name, h->id, when);
	}
	if (seats->unlisted > 0)
		fprintf(stderr, "  and %u more\n", seats->unlisted);
	fprintf(stderr, "\nThis device can take the place of one of them, which is then not protected"
			" any more.\n");
}

/* Ask who shall give way; NULL: nobody. */
static const char *
choose_seat(const struct seat_list *seats)
{
	char answer[32];
	uint64_t n;

	fprintf(stderr, "Which one shall give way? [1-%u, or nothing to stop] ", seats->count);
	if (fgets(answer, sizeof answer, stdin) == NULL)
		return NULL;
	answer[strcspn(answer, "\n")] = '\0';
	if (text_to_u64(bytes_of_text(answer), seats->count, &n) != ERR_NONE || n < 1)
		return NULL;
	return seats->holders[n - 1].id;
}

static int
read_code(const char *argument, char out[static AGENT_CODE_SIZE])
{
	char line[128] = "";

	if (!text_equal(argument, "-"))
		return text_copy(out, AGENT_CODE_SIZE, argument) == ERR_NONE ? 0 : -1;
	if (fgets(line, sizeof line, stdin) == NULL)
		return -1;
	line[strcspn(line, "\r\n")] = '\0';
	return text_copy(out, AGENT_CODE_SIZE, line) == ERR_NONE && out[0] != '\0' ? 0 : -1;
}

static void
default_name(char out[static NAME_SIZE])
{
	char host[NAME_SIZE] = "";

	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		text_copy(host, sizeof host, "this device");
	text_make_plain(out, NAME_SIZE, bytes_of_text(host));
}

/* -1: go on; else the exit code. */
static int
read_activate_options(const struct cli *cli, int argc, char **argv, struct request_activate *out)
{
	static const struct option options[] = { { "name", required_argument, NULL, 'n' },
		{ "replace", required_argument, NULL, 'r' }, { NULL, 0, NULL, 0 } };
	int o;

	default_name(out->name);
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'n' && (text_copy(out->name, sizeof out->name, optarg) != ERR_NONE ||
		    out->name[0] == '\0' || !text_is_plain(out->name)))
			return cli_wrong_use(cli, "--name must be plain text of 1 to 80 bytes");
		if (o == 'r' && text_copy(out->replace, sizeof out->replace, optarg) != ERR_NONE)
			return cli_wrong_use(cli, "--replace takes a device's id");
		if (o != 'n' && o != 'r')
			return cli_wrong_use(cli, "unknown option");
	}
	if (optind != argc - 1)
		return cli_wrong_use(cli, "activate takes one code, or - to read it");
	if (read_code(argv[optind], out->code) != 0)
		return cli_wrong_use(cli, "that is not an activation code");
	return -1;
}

/* All seats are taken: ask whose to take, or say how. Returns the exit code. */
static int
offer_seats(const struct cli *cli, struct request *request, const struct seat_list *seats)
{
	const char *chosen = NULL;
	static struct reply reply;
	struct fault why;

	show_seats(seats);
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		chosen = choose_seat(seats);
	if (chosen == NULL) {
		fprintf(stderr, "\nTo do so: holdfast activate CODE --replace ID\n");
		return EXIT_REFUSED;
	}
	text_copy(request->activate.replace, sizeof request->activate.replace, chosen);
	if (talk_once(cli->state, request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	return reply.kind == REPLY_DONE ? show_result(cli) : cli_unwelcome(&reply);
}

int
cmd_activate(const struct cli *cli, int argc, char **argv)
{
	struct request request = { .kind = REQUEST_ACTIVATE };
	static struct reply reply;
	struct fault why;
	int code;

	if ((code = read_activate_options(cli, argc, argv, &request.activate)) >= 0)
		return code;
	progress("Asking the service...");
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		code = cli_fail(&why);
	else if (reply.kind == REPLY_DONE)
		code = show_result(cli);
	else if (reply.kind == REPLY_SEATS)
		code = offer_seats(cli, &request, &reply.seats);
	else
		code = cli_unwelcome(&reply);
	if (code == EXIT_ERROR && reply.kind == REPLY_FAULT && reply.fault.err == ERR_EXPIRED)
		code = EXIT_REFUSED;
	random_forget(&request, sizeof request);
	return code;
}

/* No options, no arguments. -1: go on; else the exit code. */
static int
no_options(const struct cli *cli, int argc, char **argv)
{
	return argc == 1 ? -1 : cli_wrong_use(cli, "%s takes no arguments", argv[0]);
}

static const char *
reactivation_words(enum reactivation r)
{
	static const char *const words[REACTIVATIONS] = {
		[REACTIVATION_NONE] = "",
		[REACTIVATION_ACTIVE] = "Your provider's system says that the subscription is active.",
		[REACTIVATION_STILL_BLOCKED] =
		    "Your provider's system says that it is not resolved yet.",
		[REACTIVATION_BENEFIT_OF_DOUBT] =
		    ("Your provider's system cannot be reached just now. This device is protected for a"
		     " limited time."),
		[REACTIVATION_UNREACHABLE] = "Your provider's system cannot be reached just now.",
		[REACTIVATION_NOT_POSSIBLE] = "Your provider cannot change this.",
	};

	return words[r];
}

int
cmd_reactivate(const struct cli *cli, int argc, char **argv)
{
	const struct request request = { .kind = REQUEST_REACTIVATE };
	enum reactivation outcome;
	static struct reply reply;
	struct device_status s;
	struct fault why;
	int code;

	if ((code = no_options(cli, argc, argv)) >= 0)
		return code;
	progress("Asking your provider's system...");
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	if (reply.kind != REPLY_REACTIVATED)
		return cli_unwelcome(&reply);
	outcome = reply.reactivated.outcome;
	printf("%s\n%s%s\n", reactivation_words(outcome), reply.reactivated.detail,
	    reply.reactivated.detail[0] != '\0' ? "\n" : "");
	if (watch_until(cli, is_settled, NULL, DATA_WAIT_S, &s, &why) != ERR_NONE &&
	    why.err != ERR_TIMEOUT)
		return cli_fail(&why);
	show_subscription(&s);
	return s.condition != CONDITION_UNPROTECTED ? EXIT_FINE : EXIT_REFUSED;
}

/* Print the address that ${kind} is answered with, under ${words}. */
static int
print_address(const struct cli *cli, enum request_kind kind, const char *words, int argc, char **argv)
{
	const struct request request = { .kind = kind };
	static struct reply reply;
	struct fault why;
	int code;

	if ((code = no_options(cli, argc, argv)) >= 0)
		return code;
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	if (reply.kind != REPLY_ADDRESS)
		return cli_unwelcome(&reply);
	progress(words);
	printf("%s\n", reply.url);
	return EXIT_FINE;
}

int
cmd_purchase(const struct cli *cli, int argc, char **argv)
{
	return print_address(cli, REQUEST_PURCHASE,
	    "Buy the product for this device on this page; protection starts when it is paid:", argc, argv);
}

int
cmd_portal(const struct cli *cli, int argc, char **argv)
{
	return print_address(cli, REQUEST_PORTAL,
	    "Open this page within 15 minutes; it signs in once. Whoever has the address can:", argc, argv);
}

int
cmd_update(const struct cli *cli, int argc, char **argv)
{
	const struct request request = { .kind = REQUEST_UPDATE };
	static struct reply reply;
	struct fault why;
	int code;

	if ((code = no_options(cli, argc, argv)) >= 0)
		return code;
	progress("Looking for new protection data...");
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	if (reply.kind != REPLY_UPDATED)
		return cli_unwelcome(&reply);
	printf("Protection data: generation %llu%s\n", (unsigned long long)reply.updated.generation,
	    reply.updated.fresh ? ", just received" : ", which is current");
	return EXIT_FINE;
}
