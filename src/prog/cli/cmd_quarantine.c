/* cli/cmd_quarantine.c: holdfast quarantine: list, restore, export, delete. */
#include <getopt.h>
#include <stdio.h>

#include "agent/putback.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "prog/cli/cli.h"
#include "prog/cli/show.h"

static void
print_entry(const struct quarantine_entry *e, bool json)
{
	char when[TIMESTAMP_HUMAN_SIZE], path[AGENT_PATH_SIZE], digest[65], size[SHOW_SIZE_SIZE];

	if (json) {
		encode_hex(bytes_of(e->sha256, sizeof e->sha256), digest);
		show_json(show_json_add_path(e->path,
		    json_pack("{s:s, s:s, s:s, s:o, s:I, s:s}", "id", e->id, "name", e->signature,
			"where", e->where, "time", show_json_time(e->time), "size",
			(json_int_t)e->size, "sha256", digest)));
		return;
	}
	text_make_plain(path, sizeof path, bytes_of_text(e->path));
	timestamp_write_human(e->time, when);
	show_size(e->size, size);
	printf("%s  %-26s %10s  %s  %s\n", e->id, when, size, e->signature, path);
}

static int
list(const struct cli *cli, bool json)
{
	struct request request = { .kind = REQUEST_ENTRY };
	static struct reply reply;
	static struct talk t;
	int code = EXIT_FINE, n = 0;
	struct fault why;

	if (talk_open(cli->state, &t, &why) != ERR_NONE)
		return cli_fail(&why);
	for (;;) {
		if (talk_ask(&t, &request, -1, &reply, &why) != ERR_NONE) {
			code = cli_fail(&why);
			break;
		}
		if (reply.kind != REPLY_ENTRY)
			break;
		print_entry(&reply.entry, json);
		text_copy(request.entry.id, sizeof request.entry.id, reply.entry.id);
		n++;
	}
	if (code == EXIT_FINE && reply.kind != REPLY_END)
		code = cli_unwelcome(&reply);
	else if (code == EXIT_FINE && n == 0 && !json)
		printf("The quarantine is empty.\n");
	talk_close(&t);
	return code;
}

static int
drop(const struct cli *cli, const char *id, bool restored)
{
	struct request request = { .kind = REQUEST_DROP, .entry = { .restored = restored } };
	static struct reply reply;
	struct fault why;

	if (text_copy(request.entry.id, sizeof request.entry.id, id) != ERR_NONE)
		return cli_wrong_use(cli, "%s is not the id of a quarantined file", id);
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	return reply.kind == REPLY_DONE ? EXIT_FINE : cli_unwelcome(&reply);
}

static int
restore(const struct cli *cli, const char *id, const char *to, bool keep)
{
	static struct quarantine_entry entry;
	char shown[AGENT_PATH_SIZE];
	struct fault why;
	const char *path;
	int code;

	if (putback_find(cli->state, id, &entry, &why) != ERR_NONE)
		return cli_fail(&why);
	path = to == NULL ? entry.path : to;
	if (putback_write(cli->state, &entry, path, !keep, &why) != ERR_NONE)
		return cli_fail(&why);
	if (!keep && (code = drop(cli, id, true)) != EXIT_FINE)
		return code;
	text_make_plain(shown, sizeof shown, bytes_of_text(path));
	printf("%s %s\n", keep ? "Exported to" : "Restored", shown);
	return EXIT_FINE;
}

int
cmd_quarantine(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ "to", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 } };
	const char *to = NULL, *verb;
	bool json = false;
	char **rest;
	int o, n;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 'j' && o != 't')
			return cli_wrong_use(cli, "unknown option");
		json = json || o == 'j';
		to = o == 't' ? optarg : to;
	}
	rest = argv + optind;
	n = argc - optind;
	verb = n > 0 ? rest[0] : "";
	if (text_equal(verb, "list") && n == 1)
		return list(cli, json);
	if (text_equal(verb, "restore") && n == 2)
		return restore(cli, rest[1], to, false);
	if (text_equal(verb, "export") && n == 3)
		return restore(cli, rest[1], rest[2], true);
	if (text_equal(verb, "delete") && n == 2)
		return drop(cli, rest[1], false);
	return cli_wrong_use(cli, "quarantine takes list, restore ID, export ID FILE or delete ID");
}
