/* cli/cmd_device.c: holdfast devices, settings: who shares the subscription, and what is set on this device. */
#include <getopt.h>
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "prog/cli/cli.h"
#include "prog/cli/show.h"

/* -1: go on; else the exit code. */
static int
read_json_option(const struct cli *cli, int argc, char **argv, bool *json)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 'j')
			return cli_wrong_use(cli, "unknown option");
		*json = true;
	}
	return -1;
}

static void
print_devices(const struct fellow_list *list)
{
	char when[TIMESTAMP_HUMAN_SIZE];

	if (list->seats > 0)
		printf("%llu of %llu seats are taken\n\n", (unsigned long long)list->count + list->unlisted,
		    (unsigned long long)list->seats);
	else if (list->count == 0)
		printf("This device is not told of others: it has no seat of the subscription.\n");
	for (uint32_t i = 0; i < list->count; i++) {
		const struct fellow_device *d = &list->devices[i];

		timestamp_write_human(d->last_seen, when);
		printf("  %-24s  %s%s\n", d->name, d->is_this ? "this device" : "last seen ", d->is_this ? "" : when);
	}
	if (list->unlisted > 0)
		printf("  and %u more\n", list->unlisted);
}

static json_t *
devices_json(const struct fellow_list *list)
{
	json_t *devices = json_array();

	for (uint32_t i = 0; devices != NULL && i < list->count; i++)
		json_array_append_new(devices, json_pack("{s:s, s:o, s:b}", "name", list->devices[i].name,
			"last_seen", show_json_time(list->devices[i].last_seen), "this", list->devices[i].is_this));
	return json_pack("{s:I, s:o, s:I}", "seats", (json_int_t)list->seats, "devices", devices, "unlisted",
	    (json_int_t)list->unlisted);
}

int
cmd_devices(const struct cli *cli, int argc, char **argv)
{
	const struct request request = { .kind = REQUEST_DEVICES };
	static struct reply reply;
	struct fault why;
	bool json = false;
	int code;

	if ((code = read_json_option(cli, argc, argv, &json)) >= 0)
		return code;
	if (optind != argc)
		return cli_wrong_use(cli, "devices takes no arguments");
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	if (reply.kind != REPLY_DEVICES)
		return cli_unwelcome(&reply);
	if (json)
		return show_json(devices_json(&reply.devices)) ? EXIT_FINE : EXIT_ERROR;
	print_devices(&reply.devices);
	return EXIT_FINE;
}

static const char *
word(bool on)
{
	return on ? "yes" : "no";
}

static void
print_settings(const struct device_settings *s)
{
	printf("quarantine=%s\tput away what is infected\n", word(s->quarantine));
	printf("gentle=%s\tscans take half of the processors at most\n", word(s->gentle));
	printf("notify=%s\ttell me on the desktop\n", word(s->notify));
	for (uint32_t i = 0; i < s->skip_count; i++)
		printf("skip+=%s\n", s->skip[i]);
}

static json_t *
settings_json(const struct device_settings *s)
{
	json_t *skip = json_array();

	for (uint32_t i = 0; i < s->skip_count; i++)
		json_array_append_new(skip, json_string(s->skip[i]));
	return json_pack("{s:b, s:b, s:b, s:o, s:b}", "quarantine", s->quarantine, "gentle", s->gentle, "notify",
	    s->notify, "skip", skip, "may_change", s->may_change);
}

/* Change ${s} by "NAME=yes|no", "skip+=PATH" or "skip-=PATH". */
static enum err
change(struct device_settings *s, const char *text, struct fault *why)
{
	const struct {
		const char *name;
		bool *value;
	} switches[] = { { "quarantine=", &s->quarantine }, { "gentle=", &s->gentle }, { "notify=", &s->notify } };

	if (bytes_start_with(bytes_of_text(text), "skip+="))
		return settings_skip_add(s, text + strlen("skip+="), why);
	if (bytes_start_with(bytes_of_text(text), "skip-="))
		return settings_skip_remove(s, text + strlen("skip-="), why);
	for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
		const char *value = text + strlen(switches[i].name);

		if (!bytes_start_with(bytes_of_text(text), switches[i].name))
			continue;
		if (!text_equal(value, "yes") && !text_equal(value, "no"))
			break;
		*switches[i].value = text_equal(value, "yes");
		return ERR_NONE;
	}
	return fault_set(why, ERR_MALFORMED, "%.200s is no setting: see holdfast settings --help", text);
}

int
cmd_settings(const struct cli *cli, int argc, char **argv)
{
	static struct request request = { .kind = REQUEST_SETTINGS };
	static struct reply reply;
	struct fault why;
	bool json = false;
	int code;

	if ((code = read_json_option(cli, argc, argv, &json)) >= 0)
		return code;
	if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	if (reply.kind == REPLY_SETTINGS && optind < argc) {
		request.kind = REQUEST_SET;
		request.settings = reply.settings;
		for (int i = optind; i < argc; i++)
			if (change(&request.settings, argv[i], &why) != ERR_NONE)
				return cli_wrong_use(cli, "%s", why.text);
		if (talk_once(cli->state, &request, &reply, &why) != ERR_NONE)
			return cli_fail(&why);
	}
	if (reply.kind != REPLY_SETTINGS)
		return cli_unwelcome(&reply);
	if (json)
		return show_json(settings_json(&reply.settings)) ? EXIT_FINE : EXIT_ERROR;
	print_settings(&reply.settings);
	return EXIT_FINE;
}
