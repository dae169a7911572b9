/* daemon/fellows.c: see fellows.h. */
#include "prog/daemon/fellows.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "prog/daemon/limits.h"

enum { ANSWER_S = 45 };

struct fellows {
	const struct jobs *jobs;
	const struct membership *membership;
	struct job_run *run;		/* NULL: nothing is asked */
	size_t count;
	struct checkins_asker askers[DAEMON_CLIENTS_MAX];
};

enum err
fellows_new(const struct jobs *jobs, const struct membership *membership, struct fellows **out)
{
	struct fellows *f = calloc(1, sizeof *f);

	if (f == NULL)
		return ERR_NOMEM;
	f->jobs = jobs;
	f->membership = membership;
	*out = f;
	return ERR_NONE;
}

void
fellows_free(struct fellows *f)
{
	if (f == NULL)
		return;
	jobs_cancel(f->run);
	free(f);
}

static void
read_outcome(const struct outcome *outcome, struct reply *reply)
{
	const struct outcome_problem *p = &outcome->problem;
	struct fault why;

	memset(reply, 0, sizeof *reply);
	if (outcome->kind == OUTCOME_DEVICES) {
		reply->kind = REPLY_DEVICES;
		reply->devices = outcome->devices;
		return;
	}
	if (outcome->kind == OUTCOME_FAULT)
		fault_set(&why, outcome->fault.err, "%s", outcome->fault.text);
	else if (outcome->kind == OUTCOME_PROBLEM)
		fault_set(&why, ERR_DENIED, "%s", p->detail[0] != '\0' ? p->detail : "the service refused");
	else
		fault_set(&why, ERR_MALFORMED, "holdfast-updater's answer does not fit the question");
	reply_of_fault(&why, reply);
}

static void
on_answer(void *ctx, const struct outcome *outcome, int fd)
{
	static struct reply reply;
	struct fellows *f = ctx;
	struct checkins_asker askers[DAEMON_CLIENTS_MAX];
	size_t count = f->count;

	if (fd >= 0)
		close(fd);
	read_outcome(outcome, &reply);
	f->run = NULL;
	/* An answer may bring the next question: first forget, then tell. */
	memcpy(askers, f->askers, sizeof askers);
	f->count = 0;
	for (size_t i = 0; i < count; i++)
		askers[i].reply(askers[i].ctx, &reply);
}

static enum err
start(struct fellows *f, struct fault *why)
{
	static struct job job;
	const struct job_order order = { .job = &job, .timeout_s = ANSWER_S, .done = on_answer, .ctx = f };
	enum err e;

	memset(&job, 0, sizeof job);
	job.kind = JOB_DEVICES;
	text_copy(job.server, sizeof job.server, f->membership->trust->server);
	text_copy(job.token, sizeof job.token, f->membership->device.token);
	e = jobs_start(f->jobs, &order, &f->run, why);
	random_forget(&job, sizeof job);
	return e;
}

enum err
fellows_ask(struct fellows *f, struct checkins_asker asker, struct fault *why)
{
	enum err e;

	if (!f->membership->enrolled)
		return fault_set(why, ERR_DENIED,
		    "this device is not activated yet: run \"holdfast activate CODE\" first");
	if (f->count == DAEMON_CLIENTS_MAX)
		return fault_set(why, ERR_LIMIT, "too many programs ask at once; try again in a moment");
	if (f->run == NULL && (e = start(f, why)) != ERR_NONE)
		return e;
	f->askers[f->count++] = asker;
	return ERR_NONE;
}

void
fellows_forget(struct fellows *f, const void *ctx)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++)
		if (f->askers[i].ctx != ctx)
			f->askers[kept++] = f->askers[i];
	f->count = kept;
}
