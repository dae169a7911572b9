/* daemon/jobs.c: see jobs.h. */
#include "prog/daemon/jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/random.h"
#include "os/channel.h"
#include "os/process.h"

struct job_run {
	pid_t pid;
	int channel;
	struct event *readable;
	job_done_fn *done;
	void *ctx;
};

void
jobs_cancel(struct job_run *run)
{
	if (run == NULL)
		return;
	if (run->readable != NULL)
		event_free(run->readable);
	if (run->channel >= 0)
		close(run->channel);
	/* It has answered or is not wanted any more: nothing in it is worth waiting for. */
	if (run->pid > 0) {
		kill(run->pid, SIGKILL);
		while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	free(run);
}

static void
set_fault(struct outcome *out, enum err e, const char *text)
{
	memset(out, 0, sizeof *out);
	out->kind = OUTCOME_FAULT;
	out->fault.err = e;
	out->fault.retry_after_s = -1;
	snprintf(out->fault.text, sizeof out->fault.text, "%s", text);
}

/* How a process that said nothing ended. */
static void
set_end(struct job_run *run, struct outcome *out)
{
	char end[64], text[FAULT_TEXT];
	int status = 0;

	kill(run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	run->pid = 0;
	process_end_text(status, end, sizeof end);
	snprintf(text, sizeof text, "holdfast-updater ended without an answer (%s)", end);
	set_fault(out, ERR_CLOSED, text);
}

static void
on_answer(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	static struct outcome outcome;
	struct channel_message m = { .fd_count = 0 };
	struct job_run *run = ctx;
	job_done_fn *done = run->done;
	void *done_ctx = run->ctx;
	int passed = -1;

	if ((what & EV_TIMEOUT) != 0)
		set_fault(&outcome, ERR_TIMEOUT, "the service did not answer in time");
	else if (channel_receive(fd, room, &m) != ERR_NONE)
		set_end(run, &outcome);
	else if (outcome_read(m.body, &outcome) != ERR_NONE)
		set_fault(&outcome, ERR_MALFORMED, "holdfast-updater's answer makes no sense");
	else
		passed = channel_take_fd(&m, 0);
	channel_close_fds(&m);
	jobs_cancel(run);
	done(done_ctx, &outcome, passed);
	random_forget(&outcome, sizeof outcome);
	random_forget(room, sizeof room);
}

static enum err
send_job(const struct job_order *order, int channel, struct fault *why)
{
	struct buf message;
	enum err e;

	buf_init(&message, CHANNEL_MESSAGE_MAX);
	job_write(order->job, &message);
	if ((e = message.err) == ERR_NONE)
		e = channel_send(channel, buf_bytes(&message), order->fds, order->fd_count);
	if (message.p != NULL)
		random_forget(message.p, message.n);
	buf_fini(&message);
	return e == ERR_NONE ? e : fault_set(why, e, "cannot tell holdfast-updater its job");
}

enum err
jobs_start(const struct jobs *jobs, const struct job_order *order, struct job_run **out,
    struct fault *why)
{
	const char *const argv[] = { "holdfast-updater", NULL };
	struct timeval most = { .tv_sec = order->timeout_s };
	struct job_run *run = calloc(1, sizeof *run);
	int ends[2] = { -1, -1 };
	enum err e = ERR_NOMEM;

	fault_set(why, e, "cannot start holdfast-updater: out of memory");
	if (run == NULL)
		return e;
	run->channel = -1;
	run->done = order->done;
	run->ctx = order->ctx;
	if ((e = channel_pair(ends)) != ERR_NONE) {
		fault_set(why, e, "cannot make a channel: %s", err_name(e));
		goto done;
	}
	run->channel = ends[0];
	if ((e = process_start(jobs->updater, argv, &ends[1], 1, &run->pid, why)) != ERR_NONE ||
	    (e = send_job(order, ends[0], why)) != ERR_NONE)
		goto done;
	run->readable = event_new(jobs->base, ends[0], EV_READ, on_answer, run);
	if (run->readable == NULL || event_add(run->readable, &most) != 0) {
		e = fault_set(why, ERR_NOMEM, "cannot wait for holdfast-updater");
		goto done;
	}
	*out = run;
	run = NULL;
done:
	jobs_cancel(run);
	if (ends[1] >= 0)
		close(ends[1]);
	return e;
}
