/* pool/worker.c: see worker.h. */
#include "pool/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/channel.h"
#include "os/clock.h"
#include "os/process.h"

static enum err
send_setup(int channel, const struct message_setup *setup)
{
	struct buf b;
	enum err e;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	message_write_setup(setup, &b);
	e = b.err != ERR_NONE ? b.err : channel_send(channel, buf_bytes(&b), NULL, 0);
	buf_fini(&b);
	return e;
}

enum err
worker_start(struct worker *w, const char *path, uid_t uid, int database,
    const struct message_setup *setup, struct fault *why)
{
	char number[16];
	const char *argv[] = { path, "--uid", number, NULL };
	int ends[2], fds[2];
	pid_t pid;
	enum err e;

	snprintf(number, sizeof number, "%lu", (unsigned long)(uid == 0 ? 65534 : uid));
	if ((e = channel_pair(ends)) != ERR_NONE)
		return fault_set(why, e, "cannot make a channel to a scan worker");
	fds[0] = ends[1];
	fds[1] = database;
	if ((e = process_start(path, argv, fds, 2, &pid, why)) != ERR_NONE) {
		close(ends[0]);
		close(ends[1]);
		return e;
	}
	close(ends[1]);
	*w = (struct worker){ .state = WORKER_STARTING, .pid = pid, .channel = ends[0] };
	w->born = clock_boot_ms();
	w->deadline = w->born + POOL_START_MS;
	if (fcntl(w->channel, F_SETFL, O_NONBLOCK) != 0 ||
	    (e = send_setup(w->channel, setup)) != ERR_NONE) {
		worker_stop(w, NULL, 0);
		return fault_set(why, ERR_CLOSED, "a scan worker ended as soon as it was started");
	}
	return ERR_NONE;
}

static void
set_deadline(struct worker *w, int64_t time_ms)
{
	int64_t grace = time_ms / 8 > POOL_GRACE_MS ? time_ms / 8 : POOL_GRACE_MS;

	w->deadline = clock_boot_ms() + time_ms + grace;
}

enum err
worker_send(struct worker *w, const struct object *object, int64_t time_ms)
{
	struct message_object m = { object->tag, object->size };
	struct buf b;
	enum err e;

	assert(w->state == WORKER_READY && w->held_count < POOL_PIPELINE);
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	message_write_object(&m, &b);
	e = b.err != ERR_NONE ? b.err : channel_send(w->channel, buf_bytes(&b), &object->fd, 1);
	buf_fini(&b);
	if (e != ERR_NONE)
		return e;
	if (w->held_count == 0)
		set_deadline(w, time_ms);
	w->held[w->held_count++] = *object;
	return ERR_NONE;
}

/* held[0] has its verdict. */
static void
drop_first(struct worker *w, int64_t time_ms)
{
	close(w->held[0].fd);
	w->held_count--;
	memmove(&w->held[0], &w->held[1], w->held_count * sizeof w->held[0]);
	w->served++;
	set_deadline(w, time_ms);
}

static enum worker_said
hear_verdict(struct worker *w, int64_t time_ms, struct reader *r, struct worker_message *out)
{
	if (w->state != WORKER_READY || w->held_count == 0 ||
	    message_read_verdict(r, &out->tag, &out->verdict) != ERR_NONE)
		return WORKER_SAID_NONSENSE;
	if (out->tag != w->held[0].tag || !out->verdict.finished) {
		verdict_fini(&out->verdict);
		return WORKER_SAID_NONSENSE;
	}
	drop_first(w, time_ms);
	return WORKER_SAID_VERDICT;
}

static enum worker_said
judge(struct worker *w, int64_t time_ms, struct bytes body, struct worker_message *out,
    struct fault *why)
{
	struct reader r = reader_over(body);

	switch (message_kind(&r)) {
	case MESSAGE_READY:
		if (w->state != WORKER_STARTING ||
		    message_read_ready(&r, &out->ready) != ERR_NONE)
			return WORKER_SAID_NONSENSE;
		w->state = WORKER_READY;
		return WORKER_SAID_READY;
	case MESSAGE_FAULT:
		if (w->state != WORKER_STARTING || message_read_fault(&r, why) != ERR_NONE)
			return WORKER_SAID_NONSENSE;
		return WORKER_SAID_FAULT;
	case MESSAGE_VERDICT:
		return hear_verdict(w, time_ms, &r, out);
	default:
		return WORKER_SAID_NONSENSE;
	}
}

enum worker_said
worker_hear(struct worker *w, int64_t time_ms, uint8_t *room, struct worker_message *out,
    struct fault *why)
{
	struct channel_message m;
	enum worker_said said;

	switch (channel_receive(w->channel, room, &m)) {
	case ERR_NONE:
		break;
	case ERR_TIMEOUT:
		return WORKER_SAID_NOTHING;
	case ERR_LIMIT:
		return WORKER_SAID_NONSENSE;
	default:
		return WORKER_SAID_GONE;
	}
	/* None of its messages carries a descriptor. */
	said = m.fd_count > 0 ? WORKER_SAID_NONSENSE : judge(w, time_ms, m.body, out, why);
	channel_close_fds(&m);
	return said;
}

bool
worker_is_late(const struct worker *w, int64_t now)
{
	return (w->state == WORKER_STARTING || w->held_count > 0) && now >= w->deadline;
}

void
worker_stop(struct worker *w, char *end, size_t end_size)
{
	int status;
	pid_t got;

	assert(w->state != WORKER_NONE);
	close(w->channel);
	kill(w->pid, SIGKILL);
	do {
		got = waitpid(w->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (end != NULL && got == w->pid)
		process_end_text(status, end, end_size);
	else if (end != NULL)
		snprintf(end, end_size, "unknown");
	w->state = WORKER_NONE;
}
