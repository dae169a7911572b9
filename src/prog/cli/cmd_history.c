/* cli/cmd_history.c: holdfast history: what happened on this device. */
#include <getopt.h>
#include <stdio.h>

#include "base/timestamp.h"
#include "prog/cli/show.h"
#include "prog/cli/cli.h"

static void
print_event(const struct history_event *event, bool json)
{
	char when[TIMESTAMP_HUMAN_SIZE];

	if (json) {
		show_json(json_pack("{s:o, s:s, s:s}", "time", show_json_time(event->time), "event",
		    event_kind_name(event->kind), "text", event->text));
		return;
	}
	timestamp_write_human(event->time, when);
	printf("%-28s%s\n", when, event->text);
}

int
cmd_history(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 } };
	struct request request = { .kind = REQUEST_HISTORY };
	static struct reply reply;
	static struct talk t;
	struct fault why;
	bool json = false;
	int code = EXIT_FINE, o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 'j')
			return cli_wrong_use(cli, "unknown option");
		json = true;
	}
	if (optind != argc)
		return cli_wrong_use(cli, "history takes no arguments");
	if (talk_open(cli->state, &t, &why) != ERR_NONE)
		return cli_fail(&why);
	for (;;) {
		if (talk_ask(&t, &request, -1, &reply, &why) != ERR_NONE) {
			code = cli_fail(&why);
			break;
		}
		if (reply.kind != REPLY_EVENT)
			break;
		print_event(&reply.event.event, json);
		request.cursor = reply.event.cursor;
	}
	if (code == EXIT_FINE && reply.kind != REPLY_END)
		code = cli_unwelcome(&reply);
	talk_close(&t);
	return code;
}
