/* daemon/jobs.h: starts holdfast-updater for one job (agent/job.h) and brings its outcome back.
 * Owns these processes. Whatever goes wrong with one (it cannot be started, dies, breaks the protocol,
 * takes too long) is an OUTCOME_FAULT. */
#ifndef HOLDFAST_DAEMON_JOBS_H
#define HOLDFAST_DAEMON_JOBS_H

#include <event2/event.h>

#include "agent/job.h"

struct jobs {
	struct event_base *base;
	const char *updater;	/* the path of holdfast-updater */
};

struct job_run;

/* Called once, from the loop; ${outcome} is borrowed, ${fd} (or -1) is given. The run is over then. */
typedef void job_done_fn(void *ctx, const struct outcome *outcome, int fd);

struct job_order {
	const struct job *job;	/* borrowed for the call */
	const int *fds;		/* likewise */
	size_t fd_count;
	int64_t timeout_s;
	job_done_fn *done;
	void *ctx;
};

/* ERR_NOMEM and what starting a process may say. */
enum err jobs_start(const struct jobs *jobs, const struct job_order *order, struct job_run **out,
    struct fault *why);

/* End it without a call back. NULL is fine. */
void jobs_cancel(struct job_run *run);

#endif
