/* cli/cmd_scan.c: holdfast scan: walk, hand the files over, act on the verdicts. What is infected is sealed
 * by the daemon and then removed here, with the rights of whoever asked. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/walk.h"
#include "prog/cli/original.h"
#include "prog/cli/report.h"
#include "prog/cli/show.h"
#include "prog/cli/talk.h"

/* A file that the daemon has. */
struct slot {
	bool used;
	uint64_t tag;
	char path[AGENT_PATH_SIZE];
	struct stat st;
};

struct scanning {
	struct talk talk;
	struct report report;
	struct slot slots[AGENT_WINDOW_MAX];
	uint32_t window, under_way;
	uint32_t removing;	/* sealed ones whose removal the daemon has not confirmed */
	uint64_t next_tag;
	bool ending, ended;
	int code;		/* EXIT_FINE until something stopped the scan */
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static void
stop(struct scanning *s, int code)
{
	s->code = code;
	s->ended = true;
}

static struct slot *
find_slot(struct scanning *s, bool used, uint64_t tag)
{
	for (uint32_t i = 0; i < s->window; i++)
		if (s->slots[i].used == used && (!used || s->slots[i].tag == tag))
			return &s->slots[i];
	return NULL;
}

static void
tell_removed(struct scanning *s, uint64_t tag, bool removed)
{
	const struct request request = { .kind = REQUEST_REMOVED, .removed = { tag, removed } };
	struct fault why;

	if (talk_send(&s->talk, &request, -1, &why) == ERR_NONE)
		s->removing++;
	else
		stop(s, cli_fail(&why));
}

static void
take_verdict(struct scanning *s, const struct reply_verdict *v)
{
	struct slot *slot = find_slot(s, true, v->tag);
	const char *trouble = v->trouble;

	if (slot == NULL) {
		const struct fault why = { ERR_MALFORMED, "holdfastd spoke of a file that it does not have" };

		stop(s, cli_fail(&why));
		return;
	}
	if (v->entry[0] != '\0') {
		const char *removal = original_remove(slot->path, &slot->st);

		tell_removed(s, v->tag, removal == NULL);
		if (removal != NULL)
			trouble = removal;
	} else {
		s->under_way--;
	}
	s->report.bytes += slot->st.st_size > 0 ? (uint64_t)slot->st.st_size : 0;
	report_verdict(&s->report, slot->path, &v->verdict, trouble == v->trouble ? v->entry : "", trouble);
	slot->used = false;
}

/* Take one reply; false when none came in time. */
static bool
take_reply(struct scanning *s, int timeout_ms)
{
	static struct reply reply;
	struct fault why;
	enum err e = talk_receive(&s->talk, timeout_ms, &reply, &why);

	if (e == ERR_TIMEOUT)
		return false;
	if (e != ERR_NONE) {
		stop(s, cli_fail(&why));
		return false;
	}
	if (reply.kind == REPLY_VERDICT) {
		take_verdict(s, &reply.verdict);
	} else if (reply.kind == REPLY_DONE && s->removing > 0) {
		s->removing--;
		s->under_way--;
	} else if (reply.kind == REPLY_DONE && s->ending) {
		s->ended = true;
	} else {
		stop(s, talk_unwelcome(&reply));
	}
	reply_fini(&reply);
	return true;
}

/* A place for one more file, after waiting for it. NULL: the scan is over. */
static struct slot *
wait_for_slot(struct scanning *s)
{
	while (!s->ended && !interrupted && s->under_way >= s->window)
		take_reply(s, 1000);
	while (!s->ended && take_reply(s, 0))
		continue;
	return s->ended || interrupted ? NULL : find_slot(s, false, 0);
}

static bool
hand_over(void *ctx, const char *path, int fd)
{
	struct request request = { .kind = REQUEST_OBJECT };
	struct scanning *s = ctx;
	struct slot *slot = wait_for_slot(s);
	struct fault why;
	struct stat st;

	if (slot == NULL) {
		close(fd);
		return false;
	}
	if (fstat(fd, &st) != 0 ||
	    text_copy(request.object.path, sizeof request.object.path, path) != ERR_NONE) {
		report_error(&s->report, path, "its name is too long, or it cannot be looked at");
		close(fd);
		return true;
	}
	request.object.tag = s->next_tag++;
	*slot = (struct slot){ .used = true, .tag = request.object.tag, .st = st };
	text_copy(slot->path, sizeof slot->path, path);
	if (talk_send(&s->talk, &request, fd, &why) == ERR_NONE) {
		s->under_way++;
	} else {
		/* The daemon may have said why before it hung up. */
		while (!s->ended && take_reply(s, 0))
			continue;
		if (!s->ended)
			stop(s, cli_fail(&why));
	}
	close(fd);
	report_progress(&s->report, path);
	return !s->ended;
}

static void
note_trouble(void *ctx, const char *path, const char *why)
{
	struct scanning *s = ctx;

	report_error(&s->report, path, why);
}

static void
finish(struct scanning *s)
{
	struct request request = { .kind = REQUEST_SCAN_END };
	struct fault why;

	s->report.cancelled = interrupted != 0;
	while (!s->ended && s->under_way > 0)
		take_reply(s, 1000);
	request.end.files = s->report.files;
	request.end.errors = s->report.errors;
	request.end.cancelled = s->report.cancelled;
	if (!s->ended && talk_send(&s->talk, &request, -1, &why) != ERR_NONE)
		stop(s, cli_fail(&why));
	s->ending = true;
	while (!s->ended)
		take_reply(s, 1000);
}

static int
exit_code(const struct scanning *s)
{
	const struct report *r = &s->report;

	if (s->code != EXIT_FINE)
		return s->code;
	if (r->infected > 0)
		return EXIT_FOUND;
	return r->errors > 0 || r->incomplete > 0 || r->cancelled ? EXIT_ERROR : EXIT_FINE;
}

/* What a person names may be a symbolic link; what lies below is not followed. */
static void
walk_named(struct scanning *s, const char *path)
{
	const struct walk_settings settings = { .recursive = true, .file = hand_over,
		.trouble = note_trouble, .ctx = s };
	char *absolute = realpath(path, NULL);

	if (absolute == NULL)
		note_trouble(s, path, strerror(errno));
	else if (walk_path(&settings, absolute) == ERR_NOMEM)
		note_trouble(s, path, "out of memory");
	free(absolute);
}

static int
scan_paths(struct scanning *s, char **paths, int count)
{
	struct sigaction on_int = { .sa_handler = on_interrupt };

	/* Once to stop in order, twice to stop at once: what is half done is settled by the daemon. */
	on_int.sa_flags = (int)SA_RESETHAND;
	sigaction(SIGINT, &on_int, NULL);
	for (int i = 0; i < count && !s->ended && !interrupted; i++)
		walk_named(s, paths[i]);
	finish(s);
	report_end(&s->report);
	return exit_code(s);
}

static int
begin(const struct cli *cli, struct scanning *s, bool quarantine)
{
	const struct request request = { .kind = REQUEST_SCAN, .quarantine = quarantine };
	static struct reply reply;
	struct fault why;

	if (talk_open(cli, &s->talk, &why) != ERR_NONE ||
	    talk_ask(&s->talk, &request, -1, &reply, &why) != ERR_NONE)
		return cli_fail(&why);
	if (reply.kind != REPLY_SCAN)
		return talk_unwelcome(&reply);
	s->window = reply.scan.window < AGENT_WINDOW_MAX ? reply.scan.window : AGENT_WINDOW_MAX;
	return -1;
}

int
cmd_scan(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ "no-quarantine", no_argument, NULL, 'n' }, { NULL, 0, NULL, 0 } };
	static struct scanning s;
	bool json = false, quarantine = true;
	int o, code;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o != 'j' && o != 'n')
			return cli_wrong_use(cli, "unknown option");
		json = json || o == 'j';
		quarantine = quarantine && o != 'n';
	}
	if (optind == argc)
		return cli_wrong_use(cli, "scan takes files and folders");
	report_begin(&s.report, json);
	if ((code = begin(cli, &s, quarantine)) < 0)
		code = scan_paths(&s, argv + optind, argc - optind);
	talk_close(&s.talk);
	return code;
}
