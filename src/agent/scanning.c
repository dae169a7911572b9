/* agent/scanning.c: see scanning.h. */
#include "agent/scanning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/original.h"
#include "agent/talk.h"
#include "base/text.h"
#include "os/walk.h"

/* A file that the daemon has. */
struct slot {
	bool used;
	uint64_t tag;
	char path[AGENT_PATH_SIZE];
	struct stat st;
};

struct scanning {
	const struct scanning_face *face;
	struct talk talk;
	struct slot slots[AGENT_WINDOW_MAX];
	uint32_t window, under_way;
	uint32_t removing;	/* sealed ones whose removal the daemon has not confirmed */
	uint64_t next_tag, files, errors;
	struct device_settings settings;
	const char *named;	/* the path that is walked */
	bool ending, ended;
	enum err err;		/* why it ended before its time */
	struct reply *said;
	struct fault *why;
};

static void
stop(struct scanning *s, enum err e)
{
	s->err = e;
	s->ended = true;
}

/* A reply that is not the one hoped for. */
static void
stop_with_reply(struct scanning *s, const struct reply *reply)
{
	*s->said = *reply;
	stop(s, fault_set(s->why, ERR_DENIED, "holdfastd ended the scan"));
}

static bool
is_cancelled(const struct scanning *s)
{
	return s->face->cancelled(s->face->ctx);
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
	enum err e = talk_send(&s->talk, &request, -1, s->why);

	if (e == ERR_NONE)
		s->removing++;
	else
		stop(s, e);
}

static void
take_verdict(struct scanning *s, const struct reply_verdict *v)
{
	struct slot *slot = find_slot(s, true, v->tag);
	struct scanning_result result = { .verdict = &v->verdict, .entry = v->entry,
		.trouble = v->trouble };

	if (slot == NULL) {
		stop(s, fault_set(s->why, ERR_MALFORMED, "holdfastd spoke of a file that it does not have"));
		return;
	}
	if (v->entry[0] != '\0') {
		const char *removal = original_remove(slot->path, &slot->st);

		tell_removed(s, v->tag, removal == NULL);
		if (removal != NULL)
			result.entry = "", result.trouble = removal;
	} else {
		s->under_way--;
	}
	s->files++;
	s->errors += result.trouble[0] != '\0';
	result.path = slot->path;
	result.size = slot->st.st_size > 0 ? (uint64_t)slot->st.st_size : 0;
	s->face->result(s->face->ctx, &result);
	slot->used = false;
}

/* Take one reply; false when none came in time. */
static bool
take_reply(struct scanning *s, int timeout_ms)
{
	struct reply *reply = malloc(sizeof *reply);
	enum err e = ERR_NOMEM;

	if (reply == NULL)
		fault_set(s->why, e, "out of memory");
	else
		e = talk_receive(&s->talk, timeout_ms, reply, s->why);
	if (e != ERR_NONE) {
		free(reply);
		if (e != ERR_TIMEOUT)
			stop(s, e);
		return false;
	}
	if (reply->kind == REPLY_VERDICT) {
		take_verdict(s, &reply->verdict);
	} else if (reply->kind == REPLY_DONE && s->removing > 0) {
		s->removing--;
		s->under_way--;
	} else if (reply->kind == REPLY_DONE && s->ending) {
		s->ended = true;
	} else {
		stop_with_reply(s, reply);
	}
	reply_fini(reply);
	free(reply);
	return true;
}

/* A place for one more file, after waiting for it. NULL: the scan is over. */
static struct slot *
wait_for_slot(struct scanning *s)
{
	while (!s->ended && !is_cancelled(s) && s->under_way >= s->window)
		take_reply(s, 1000);
	while (!s->ended && take_reply(s, 0))
		continue;
	return s->ended || is_cancelled(s) ? NULL : find_slot(s, false, 0);
}

static void
note_trouble(void *ctx, const char *path, const char *why)
{
	struct scanning *s = ctx;

	s->errors++;
	s->face->unread(s->face->ctx, path, why);
}

static void
send_object(struct scanning *s, struct slot *slot, const struct request *request, int fd)
{
	enum err e = talk_send(&s->talk, request, fd, s->why);

	if (e == ERR_NONE) {
		slot->used = true;
		s->under_way++;
		return;
	}
	/* The daemon may have said why before it hung up. */
	while (!s->ended && take_reply(s, 0))
		continue;
	if (!s->ended)
		stop(s, e);
}

static bool
hand_over(void *ctx, const char *path, int fd)
{
	struct request request = { .kind = REQUEST_OBJECT };
	struct scanning *s = ctx;
	struct slot *slot = wait_for_slot(s);

	if (slot == NULL) {
		close(fd);
		return false;
	}
	if (fstat(fd, &slot->st) != 0 ||
	    text_copy(request.object.path, sizeof request.object.path, path) != ERR_NONE) {
		note_trouble(s, path, "its name is too long, or it cannot be looked at");
		close(fd);
		return true;
	}
	request.object.tag = slot->tag = s->next_tag++;
	memcpy(slot->path, request.object.path, sizeof slot->path);
	send_object(s, slot, &request, fd);
	close(fd);
	s->face->progress(s->face->ctx, path);
	return !s->ended;
}

static bool
is_wanted(void *ctx, const char *path)
{
	const struct scanning *s = ctx;

	return !settings_skips(&s->settings, s->named, path);
}

/* What a person names may be a symbolic link; what lies below is not followed. */
static void
walk_named(struct scanning *s, const char *path)
{
	const struct walk_settings settings = { .recursive = true, .wanted = is_wanted, .file = hand_over,
		.trouble = note_trouble, .ctx = s };
	char *absolute = realpath(path, NULL);

	if (absolute == NULL)
		note_trouble(s, path, strerror(errno));
	else if ((s->named = absolute, walk_path(&settings, absolute)) == ERR_NOMEM)
		note_trouble(s, path, "out of memory");
	free(absolute);
}

static void
begin(struct scanning *s, const struct scanning_order *order)
{
	struct request request = { .kind = REQUEST_SETTINGS };
	struct reply reply;
	enum err e;

	if ((e = talk_open(order->state, &s->talk, s->why)) != ERR_NONE ||
	    (e = talk_ask(&s->talk, &request, -1, &reply, s->why)) != ERR_NONE) {
		stop(s, e);
		return;
	}
	if (reply.kind == REPLY_SETTINGS) {
		s->settings = reply.settings;
		request.kind = REQUEST_SCAN;
		request.quarantine = order->quarantine && s->settings.quarantine;
		if ((e = talk_ask(&s->talk, &request, -1, &reply, s->why)) != ERR_NONE) {
			stop(s, e);
			return;
		}
	}
	if (reply.kind != REPLY_SCAN)
		stop_with_reply(s, &reply);
	else
		s->window = reply.scan.window < AGENT_WINDOW_MAX ? reply.scan.window : AGENT_WINDOW_MAX;
}

static void
finish(struct scanning *s)
{
	struct request request = { .kind = REQUEST_SCAN_END };
	enum err e;

	request.end.cancelled = is_cancelled(s);
	while (!s->ended && s->under_way > 0)
		take_reply(s, 1000);
	request.end.files = s->files;
	request.end.errors = s->errors;
	if (!s->ended && (e = talk_send(&s->talk, &request, -1, s->why)) != ERR_NONE)
		stop(s, e);
	s->ending = true;
	while (!s->ended)
		take_reply(s, 1000);
}

enum err
scanning_run(const struct scanning_order *order, const struct scanning_face *face,
    struct reply *said, struct fault *why)
{
	/* Half a megabyte of slots: not for a thread's stack. */
	struct scanning *s = calloc(1, sizeof *s);
	enum err e;

	if (s == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	*said = (struct reply){ .kind = REPLY_NONE };
	s->face = face;
	s->said = said;
	s->why = why;
	begin(s, order);
	for (size_t i = 0; i < order->count && !s->ended && !is_cancelled(s); i++)
		walk_named(s, order->paths[i]);
	finish(s);
	talk_close(&s->talk);
	e = s->err;
	free(s);
	return e;
}
