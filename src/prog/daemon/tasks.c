/* daemon/tasks.c: see tasks.h. */
#include "prog/daemon/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/reader.h"
#include "prog/daemon/limits.h"

enum { REPORT_MAX = TASK_RESULT_MAX + FAULT_TEXT + 16 };

struct task {
	struct tasks *all;
	struct task_work work;
	pid_t pid;		/* 0: waits for a place */
	int report;		/* -1: likewise */
	struct event *readable;
	uint8_t room[REPORT_MAX];
	size_t got;
	struct task *next;
};

struct tasks {
	struct event_base *base;
	struct task *first;	/* in the order of their coming */
	size_t running;
};

enum err
tasks_new(struct event_base *base, struct tasks **out)
{
	struct tasks *t = calloc(1, sizeof *t);

	if (t == NULL)
		return ERR_NOMEM;
	t->base = base;
	*out = t;
	return ERR_NONE;
}

static void
task_free(struct task *t)
{
	if (t->readable != NULL)
		event_free(t->readable);
	if (t->report >= 0)
		close(t->report);
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	free(t);
}

void
tasks_free(struct tasks *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL) {
		struct task *t = all->first;

		all->first = t->next;
		task_free(t);
	}
	free(all);
}

size_t
tasks_count(const struct tasks *all)
{
	size_t n = 0;

	for (const struct task *t = all->first; t != NULL; t = t->next)
		n++;
	return n;
}

/* The child's whole life. */
static _Noreturn void
live(const struct task_work *work, int report, pid_t parent)
{
	struct fault why = { ERR_NONE, "" };
	struct buf result, message;
	enum err e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* The loop's handlers write to a socket that the daemon reads. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	buf_init(&result, TASK_RESULT_MAX);
	buf_init(&message, REPORT_MAX);
	e = work->run(work->ctx, &result, &why);
	buf_u8(&message, (uint8_t)e);
	buf_put_text(&message, why.text);
	buf_put_blob(&message, buf_bytes(&result));
	if (message.err != ERR_NONE || io_write_all(report, buf_bytes(&message)) != ERR_NONE)
		_exit(1);
	_exit(0);
}

static void start_waiting(struct tasks *all);

static void
finish(struct task *t, enum err e, struct bytes result, const struct fault *why)
{
	struct tasks *all = t->all;

	for (struct task **at = &all->first; *at != NULL; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	all->running--;
	t->work.done(t->work.ctx, e, result, why);
	task_free(t);
	start_waiting(all);
}

static void
read_report(struct task *t)
{
	struct reader r = reader_over(bytes_of(t->room, t->got));
	struct fault why = { ERR_NONE, "" };
	unsigned e = reader_u8(&r);
	struct bytes result;

	reader_text(&r, why.text, sizeof why.text);
	result = reader_blob(&r, TASK_RESULT_MAX);
	if (!reader_is_done(&r) || e >= ERR_COUNT) {
		fault_set(&why, ERR_IO, "a helper process ended before it was done");
		finish(t, ERR_IO, (struct bytes){ NULL, 0 }, &why);
		return;
	}
	why.err = (enum err)e;
	finish(t, why.err, result, &why);
}

static void
on_report(evutil_socket_t fd, short what, void *ctx)
{
	struct task *t = ctx;
	struct fault why;
	ssize_t n;

	if ((what & EV_TIMEOUT) != 0) {
		fault_set(&why, ERR_TIMEOUT, "a helper process took longer than %d seconds",
		    DAEMON_TASK_TIMEOUT_S);
		finish(t, ERR_TIMEOUT, (struct bytes){ NULL, 0 }, &why);
		return;
	}
	n = read(fd, t->room + t->got, sizeof t->room - t->got);
	if (n > 0)
		t->got += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		read_report(t);
}

static enum err
start(struct task *t, struct fault *why)
{
	const struct timeval most = { .tv_sec = DAEMON_TASK_TIMEOUT_S };
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fault_errno(why, "cannot start a helper process");
	t->report = ends[0];
	t->readable = event_new(t->all->base, ends[0], EV_READ | EV_PERSIST, on_report, t);
	if (t->readable == NULL || event_add(t->readable, &most) != 0) {
		close(ends[1]);
		return fault_set(why, ERR_NOMEM, "cannot start a helper process");
	}
	t->pid = fork();
	if (t->pid == 0)
		live(&t->work, ends[1], parent);
	close(ends[1]);
	if (t->pid < 0)
		return fault_errno(why, "cannot start a helper process");
	return ERR_NONE;
}

static void
start_waiting(struct tasks *all)
{
	struct fault why;
	struct task *t = all->first;

	while (t != NULL && all->running < DAEMON_TASKS_MAX) {
		if (t->report >= 0) {
			t = t->next;
			continue;
		}
		all->running++;
		if (start(t, &why) != ERR_NONE)
			finish(t, why.err, (struct bytes){ NULL, 0 }, &why);
		/* What ran meanwhile may have changed the list. */
		t = all->first;
	}
}

enum err
tasks_add(struct tasks *all, struct task_work work)
{
	struct task *t = calloc(1, sizeof *t), **at = &all->first;

	if (t == NULL)
		return ERR_NOMEM;
	t->all = all;
	t->work = work;
	t->report = -1;
	while (*at != NULL)
		at = &(*at)->next;
	*at = t;
	start_waiting(all);
	return ERR_NONE;
}
