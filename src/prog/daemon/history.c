/* daemon/history.c: see history.h. */
#include "prog/daemon/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "prog/daemon/limits.h"

static const char file_name[] = "history.jsonl", older_name[] = "history.1.jsonl";

/* A line holds one sentence; every byte of it may be escaped. */
enum { LINE_MAX_BYTES = AGENT_SENTENCE_SIZE * 6 + 256 };

struct history {
	int dir;
	int fd;		/* history.jsonl, for appending and reading */
	int older;	/* history.1.jsonl, or -1 */
};

static uint64_t
size_of(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) != 0 || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
}

static int
open_current(int dir)
{
	return openat(dir, file_name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* A line that was cut by a crash ends here, so that the next one is whole. */
static void
end_cut_line(int fd)
{
	uint64_t n = size_of(fd);
	char last;

	if (n > 0 && pread(fd, &last, 1, (off_t)n - 1) == 1 && last != '\n')
		io_write_all(fd, bytes_of_text("\n"));
}

enum err
history_open(int dir, struct history **out, struct fault *why)
{
	struct history *h = calloc(1, sizeof *h);

	if (h == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	h->dir = dir;
	h->older = openat(dir, older_name, O_RDONLY | O_CLOEXEC);
	if ((h->fd = open_current(dir)) < 0) {
		enum err e = fault_errno(why, "cannot open %s", file_name);

		history_close(h);
		return e;
	}
	end_cut_line(h->fd);
	*out = h;
	return ERR_NONE;
}

void
history_close(struct history *h)
{
	if (h == NULL)
		return;
	if (h->fd >= 0)
		close(h->fd);
	if (h->older >= 0)
		close(h->older);
	free(h);
}

static void
turn_over(struct history *h)
{
	int fresh;

	if (size_of(h->fd) < DAEMON_HISTORY_MAX || renameat(h->dir, file_name, h->dir, older_name) != 0)
		return;
	if ((fresh = open_current(h->dir)) < 0)
		return;
	if (h->older >= 0)
		close(h->older);
	h->older = h->fd;
	h->fd = fresh;
}

void
history_add(struct history *h, int64_t time, enum event_kind kind, uint32_t owner, const char *text)
{
	char when[TIMESTAMP_SIZE], plain[AGENT_SENTENCE_SIZE];
	json_t *value;
	struct buf line;
	enum err e = ERR_NOMEM;

	text_make_plain(plain, sizeof plain, bytes_of_text(text));
	timestamp_write(time, when);
	buf_init(&line, LINE_MAX_BYTES);
	value = json_pack("{s:s, s:s, s:I, s:s}", "time", when, "event", event_kind_name(kind), "owner",
	    (json_int_t)owner, "text", plain);
	if (value != NULL)
		e = json_write(value, &line);
	buf_u8(&line, '\n');
	if (e == ERR_NONE && (e = line.err) == ERR_NONE) {
		turn_over(h);
		/* One write: the line is there whole or, when killed just here, cut at its end. */
		e = io_write_all(h->fd, buf_bytes(&line));
	}
	if (e != ERR_NONE)
		log_warn("not kept in the history (%s): %s", err_name(e), plain);
	json_decref(value);
	buf_fini(&line);
}

enum err
history_read_line(struct bytes line, struct history_event *out)
{
	char when[TIMESTAMP_SIZE], kind[32];
	struct history_event event = { .time = 0 };
	json_t *value = NULL;
	int64_t owner = 0;
	const struct json_field fields[] = {
		{ .name = "time", .kind = JSON_KIND_TEXT, .required = true, .out = when, .size = sizeof when },
		{ .name = "event", .kind = JSON_KIND_TEXT, .required = true, .out = kind, .size = sizeof kind },
		{ .name = "owner", .kind = JSON_KIND_WHOLE, .required = true, .out = &owner, .most = UINT32_MAX },
		{ .name = "text", .kind = JSON_KIND_TEXT, .required = true, .out = event.text, .size = sizeof event.text },
	};
	enum err e;

	if ((e = json_parse(line, &value, NULL)) == ERR_NONE &&
	    (e = json_read_object(value, fields, sizeof fields / sizeof fields[0], NULL)) == ERR_NONE &&
	    (e = timestamp_read(when, &event.time)) == ERR_NONE) {
		event.owner = (uint32_t)owner;
		if (event_kind_from_name(kind, &event.kind))
			*out = event;
		else
			e = ERR_MALFORMED;
	}
	json_decref(value);
	return e;
}

/* The line at ${at} of the two files put together; *next is behind it. */
static enum err
line_at(const struct history *h, uint64_t at, struct buf *line, uint64_t *next)
{
	uint64_t older = size_of(h->older);
	int fd = at < older ? h->older : h->fd;
	uint64_t start = at < older ? at : at - older;
	uint8_t *to;
	ssize_t n;
	size_t end;

	buf_clear(line);
	if ((to = buf_reserve(line, LINE_MAX_BYTES)) == NULL)
		return line->err;
	n = pread(fd, to, LINE_MAX_BYTES, (off_t)start);
	if (n <= 0)
		return n == 0 ? ERR_NOT_FOUND : err_from_errno(errno);
	end = bytes_find(bytes_of(to, (size_t)n), '\n');
	line->n = end;
	/* The end of a file ends a line too, and a line that is too long is none of ours. */
	*next = at + end + (end < (size_t)n ? 1 : 0);
	return ERR_NONE;
}

enum err
history_next(struct history *h, uint32_t uid, bool all, uint64_t *cursor, struct history_event *out)
{
	struct history_event event;
	struct buf line;
	uint64_t at = *cursor, next = at;
	enum err e;

	buf_init(&line, LINE_MAX_BYTES + 1);
	while ((e = line_at(h, at, &line, &next)) == ERR_NONE) {
		at = next;
		if (history_read_line(buf_bytes(&line), &event) != ERR_NONE)
			continue;
		if (!all && uid != 0 && event.owner != EVENT_OF_ALL && event.owner != uid)
			continue;
		*out = event;
		*cursor = at;
		break;
	}
	buf_fini(&line);
	return e;
}
